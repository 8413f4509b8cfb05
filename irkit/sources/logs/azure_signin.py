"""Microsoft Entra sign-ins: of users, service principals (AADServicePrincipalSignInLogs) and managed identities.

The credential of a service principal is `ServicePrincipalCredentialKeyId`, the keyId of its secret or certificate. Each
sign-in issues a token, whose `UniqueTokenIdentifier` (uti) the logs of Graph and Azure activity bear. The portal groups rows
of one service principal, address, status and resource: export from diagnostic settings or Log Analytics.
https://learn.microsoft.com/azure/azure-monitor/reference/tables/aadserviceprincipalsigninlogs
"""

from __future__ import annotations

from irkit.model import UsageEvent
from irkit.sources.logs.azure_fields import GRAPH, SIGN_INS, fields, has, kind
from irkit.sources.logs.interface import SESSION, Event, Where, text
from irkit.sources.logs.rows import first, inner, key_of, made, row

_DENIED = frozenset({"50053", "50057", "50126", "53003", "530003", "700016", "7000112", "7000215", "7000222", "90072"})
"""AADSTS codes that say: this credential, or this account, may not. https://learn.microsoft.com/entra/identity-platform/reference-error-codes"""


class EntraSignIn:
    name = "entra-signin"

    def recognise(self, event: Event) -> bool:
        said, values = kind(event), fields(event)
        if said in SIGN_INS:
            return True
        return said not in GRAPH and has(values, "uniquetokenidentifier", "appid") and "requesturi" not in values

    def read(self, event: Event, where: Where) -> UsageEvent:
        values = fields(event)
        service = text(values, "serviceprincipalid")
        key, flags = key_of(
            text(values, "serviceprincipalcredentialkeyid"), "serviceprincipalcredentialkeyid" in values
        )
        code = first(values, "resulttype") or text(inner(values, "status"), "errorCode")
        uti = first(values, "uniquetokenidentifier")
        failed = code not in ("", "0", "Success")
        return row(
            self.name,
            where,
            event_id=first(values, "id"),
            said=next((values[one] for one in ("createddatetime", "timegenerated", "time") if values.get(one)), None),
            key=key,
            flags=flags if service else (),
            also=(
                text(values, "serviceprincipalcredentialthumbprint"),
                uti,
                *((text(values, "appid"), service) if service else ()),
            ),
            action="Sign-in",
            service="microsoft-entra",
            principal=first(values, "serviceprincipalname", "userprincipalname", "serviceprincipalid", "userid"),
            address=first(values, "ipaddress", "calleripaddress"),
            agent=text(values, "useragent"),
            region=first(inner(values, "locationdetails"), "countryOrRegion")
            or first(inner(values, "location"), "countryOrRegion")
            or text(values, "location"),
            outcome=("denied" if code in _DENIED else "failed") if failed else ("ok" if code else "unknown"),
            error=code if failed else "",
            writes=False,
            target=first(values, "resourcedisplayname", "resourceidentity"),
            begot=() if failed else made(SESSION, uti),
        )
