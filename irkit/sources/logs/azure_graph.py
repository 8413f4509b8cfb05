"""Microsoft Graph activity (MicrosoftGraphActivityLogs): each request to Graph, by the token's `SignInActivityId`.

That is the `UniqueTokenIdentifier` of the sign-in which issued the token, and the `uti` claim of the token itself. The log
must be switched on in diagnostic settings. https://learn.microsoft.com/graph/microsoft-graph-activity-logs-overview
"""

from __future__ import annotations

from urllib.parse import urlsplit

from irkit.model import UsageEvent
from irkit.sources.logs.azure_fields import GRAPH, SIGN_INS, fields, has, kind
from irkit.sources.logs.interface import Event, Where, text
from irkit.sources.logs.rows import first, key_of, of_status, row, writes_by_verb


class GraphActivity:
    name = "microsoft-graph"

    def recognise(self, event: Event) -> bool:
        said = kind(event)
        return said in GRAPH or (said not in SIGN_INS and has(fields(event), "signinactivityid", "requesturi"))

    def read(self, event: Event, where: Where) -> UsageEvent:
        values = fields(event)
        key, flags = key_of(text(values, "signinactivityid"), "signinactivityid" in values)
        uri, method = text(values, "requesturi"), first(values, "requestmethod", "httpmethod")
        service = text(values, "serviceprincipalid")
        outcome, error = of_status(first(values, "responsestatuscode", "httpstatuscode", "resultsignature"))
        return row(
            self.name,
            where,
            event_id=first(values, "requestid", "operationid"),
            said=next((values[one] for one in ("timegenerated", "time") if values.get(one)), None),
            key=key,
            flags=flags,
            also=(text(values, "appid"), service) if service else (),
            action=f"{method} {_kind(uri)}".strip(),
            service="microsoft-graph",
            principal=first(values, "serviceprincipalid", "userid", "appid"),
            address=first(values, "ipaddress", "calleripaddress"),
            agent=text(values, "useragent"),
            region=text(values, "location"),
            outcome=outcome,
            error=error,
            writes=None if uri.endswith("/$batch") else writes_by_verb(method),
            target=uri,
        )


def _kind(uri: str) -> str:
    """The version and the kind of thing asked for: /v1.0/users."""
    try:
        parts = [part for part in urlsplit(uri).path.split("/") if part]
    except ValueError:
        return ""
    return "/" + "/".join(parts[:2])
