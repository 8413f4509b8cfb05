"""Apache and nginx access logs: common and combined format, with or without a virtual host in front; and JSON lines.

A token is logged only where it stands in the URL, the Referer or as the user of a Basic login; headers and cookies are not
logged. It is known by its SHA-256 (see `web_tokens`). Times have their zone. Lines may be cut short and out of order.
https://httpd.apache.org/docs/current/mod/mod_log_config.html and https://nginx.org/en/docs/http/ngx_http_log_module.html
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from irkit.model import UsageEvent
from irkit.sources.logs.interface import Event, Where, text
from irkit.sources.logs.rows import MONTHS, first, of_status, row, writes_by_verb
from irkit.sources.logs.web_tokens import hashes, masked, masked_user, public_ids

_QUOTED = r'(?:[^"\\]|\\.)*+'
_LINE = re.compile(
    r'(?:(?P<site>[\w.-]+(?::\d+)?) )?(?P<ip>[^\s"]+) [^\s"]+ (?P<user>[^"\[]*?) '
    r"\[(?P<time>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\]"
    rf' "(?P<request>{_QUOTED})(?:"(?: (?P<status>\d{{3}}|-)(?: (?:\d+|-)(?: "(?P<referer>{_QUOTED})"'
    rf'(?: "(?P<agent>{_QUOTED})"?)?)?)?)?.*)?',
    re.DOTALL,
)
_TIME = re.compile(r"\[?(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\]?")
_ADDRESSES = (
    "remote_addr",
    "remote_ip",
    "client_ip",
    "clientip",
    "remoteIP",
    "client_addr",
    "ClientHost",
    "http_x_real_ip",
)
_URIS = ("request_uri", "uri", "RequestPath", "url", "path")


class AccessLog:
    name = "web-access"

    def event(self, line: str) -> Event | None:
        found = _LINE.fullmatch(line.rstrip("\r\n"))
        return {f"web.{name}": value for name, value in found.groupdict("").items()} if found else None

    def recognise(self, event: Event) -> bool:
        return "web.request" in event

    def read(self, event: Event, where: Where) -> UsageEvent:
        method, _, uri = text(event, "web.request").partition(" ")
        return _row(
            self.name,
            where,
            time=text(event, "web.time"),
            method=method,
            uri=uri.removesuffix(" HTTP/1.1").removesuffix(" HTTP/1.0").removesuffix(" HTTP/2.0"),
            site=text(event, "web.site"),
            user=text(event, "web.user"),
            address=text(event, "web.ip"),
            status=text(event, "web.status"),
            referer=text(event, "web.referer"),
            agent=text(event, "web.agent"),
        )


class AccessLogJson:
    """JSON lines, whose names each site chooses: those of nginx's variables, of Caddy and of Traefik are known."""

    name = "web-access-json"

    def recognise(self, event: Event) -> bool:
        if any(name in event for name in ("correlation_id", "ecs", "eventName", "protoPayload", "class_uid")):
            return False
        caddy = isinstance(event.get("request"), dict) and "status" in event and "uri" in event["request"]
        named = any(name in event for name in _ADDRESSES) and (
            "request" in event or any(name in event for name in _URIS)
        )
        return caddy or (named and any(name in event for name in ("status", "DownstreamStatus", "OriginStatus")))

    def read(self, event: Event, where: Where) -> UsageEvent:
        request: Any = event.get("request")
        inside = request if isinstance(request, dict) else {}
        line = request if isinstance(request, str) else ""
        return _row(
            self.name,
            where,
            time=next(
                (
                    event[one]
                    for one in ("time_iso8601", "msec", "ts", "StartUTC", "time", "time_local", "@timestamp")
                    if one in event
                ),
                None,
            ),
            method=first(event, "request_method", "RequestMethod", "method")
            or text(inside, "method")
            or line.partition(" ")[0],
            uri=text(inside, "uri") or first(event, *_URIS) or line.partition(" ")[2].rpartition(" HTTP/")[0],
            query=first(event, "args", "query_string"),
            site=text(inside, "host") or first(event, "server_name", "host", "http_host", "RequestHost"),
            user=first(event, "remote_user", "ClientUsername", "user_id"),
            address=text(inside, "remote_ip") or first(event, *_ADDRESSES),
            status=first(event, "status", "DownstreamStatus", "OriginStatus"),
            referer=first(event, "http_referer", "referer", "http_referrer", "request_Referer"),
            agent=first(event, "http_user_agent", "user_agent", "agent", "request_User-Agent"),
        )


def _row(
    name: str, where: Where, *, time: Any, method: str, uri: str, site: str, user: str, address: str, status: str,
    referer: str, agent: str, query: str = "",
) -> UsageEvent:  # fmt: skip
    login = "" if user == "-" else user
    asked = f"{uri}?{query}" if query and "?" not in uri else uri
    ids = public_ids(asked, referer)
    names = (*ids, *hashes(asked, referer, login))
    outcome, error = of_status(status)
    known = re.fullmatch(r"[A-Za-z-]{3,20}", method) is not None
    at = instant(time) if isinstance(time, str) else None
    return row(
        name,
        where,
        said=at.isoformat() if at else time,
        key=names[0] if names else "",
        also=names[1:],
        action=method if known else "request",
        service=site or "web",
        principal=masked_user(login),
        address=address,
        agent="" if agent == "-" else agent,
        outcome=outcome,
        error=error,
        writes=writes_by_verb(method) if known else None,
        target=masked(asked),
    )


def instant(said: str) -> datetime | None:
    """Apache's 10/Oct/2000:13:55:36 -0700, in UTC."""
    found = _TIME.fullmatch(said.strip())
    if found is None or found[2].lower() not in MONTHS:
        return None
    away = timedelta(hours=int(found[8]), minutes=int(found[9]))
    try:
        zone = timezone(-away if found[7] == "-" else away)
        month = MONTHS.index(found[2].lower()) + 1
        at = datetime(int(found[3]), month, int(found[1]), int(found[4]), int(found[5]), int(found[6]), tzinfo=zone)
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
