"""OpenSSH's server, as syslog files have it (traditional, ISO 8601, RFC 5424) and as journald exports it (`journalctl -o json`).

The key that acted is its fingerprint, `SHA256:` and unpadded base64, or MD5 in colons in releases before 6.8; for a
certificate also that of its CA, and its key id. Traditional lines have neither year nor zone: their time is kept as text.
"message repeated N times" stands for N events. https://github.com/openssh/openssh-portable/blob/master/auth.c (auth_log) and
https://www.rfc-editor.org/rfc/rfc5424; lines of other programs are read as lines that name no key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from irkit.model import UsageEvent
from irkit.model.evidence import FLAG_NO_YEAR, FLAG_NO_ZONE
from irkit.sources.logs.interface import Event, Where, text
from irkit.sources.logs.rows import MONTHS, first, row, whole

_PROGRAM = r"(?P<program>[^\s:\[\]]{1,64})"
_OLD = re.compile(
    rf"(?:<\d{{1,3}}>)?(?P<time>[A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d) (?P<host>\S+) {_PROGRAM}(?:\[(?P<pid>\d+)\])?: (?P<said>.*)",
    re.DOTALL,
)
_ISO = re.compile(
    rf"(?:<\d{{1,3}}>)?(?P<time>\d{{4}}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*) (?P<host>\S+) {_PROGRAM}(?:\[(?P<pid>\d+)\])?: (?P<said>.*)",
    re.DOTALL,
)
_RFC5424 = re.compile(
    r"<\d{1,3}>1 (?P<time>\S+) (?P<host>\S+) (?P<program>\S+) (?P<pid>\S+) \S+ (?:-|(?:\[(?:[^\]\\]|\\.)*+\])++) ?(?:\ufeff)?(?P<said>.*)",
    re.DOTALL,
)
_REPEATED = re.compile(r"message repeated (\d+) times: \[ ?(.*)\]\s*")
_FINGERPRINT = r"(?:SHA256:[A-Za-z0-9+/]{43}|(?:MD5:)?(?:[0-9a-f]{2}:){15}[0-9a-f]{2})"
_AUTH = re.compile(
    r"(?P<verdict>Accepted|Failed|Postponed|Partial) (?P<method>\S+) for (?P<invalid>invalid user )?(?P<user>.*?) from (?P<ip>\S+)"
    r"(?: port \d+)?(?: ssh2?)?(?:: (?P<rest>.*))?"
)
_KEY = re.compile(rf"(?P<sort>[A-Z0-9-]+) (?P<key>{_FINGERPRINT})")
_CERTIFICATE = re.compile(
    rf"(?P<sort>\S+-CERT)(?: (?P<key>{_FINGERPRINT}))? ID (?P<id>.*) \(serial (?P<serial>\d+)\) CA \S+ (?P<ca>{_FINGERPRINT})"
)
_FROM = re.compile(r"\bfrom (\S+)")


class Syslog:
    name = "sshd"

    def event(self, line: str) -> Event | None:
        line = line.rstrip("\r\n")
        found = _RFC5424.fullmatch(line) or _OLD.fullmatch(line) or _ISO.fullmatch(line)
        if found is None or (found.re is _OLD and found["time"][:3].lower() not in MONTHS):
            return None
        return {f"syslog.{name}": value for name, value in found.groupdict("").items()}

    def recognise(self, event: Event) -> bool:
        return "syslog.said" in event

    def read(self, event: Event, where: Where) -> UsageEvent:
        time, said = text(event, "syslog.time"), text(event, "syslog.said")
        old = (FLAG_NO_YEAR, FLAG_NO_ZONE) if re.match("[A-Z]", time) else ()
        return _row(where, text(event, "syslog.program"), said, time, text(event, "syslog.host"), flags=old)


class Journald:
    """Fields: https://www.freedesktop.org/software/systemd/man/systemd.journal-fields.html. Times are epoch microseconds."""

    name = "sshd-journald"

    def recognise(self, event: Event) -> bool:
        return "MESSAGE" in event and ("__REALTIME_TIMESTAMP" in event or "_SOURCE_REALTIME_TIMESTAMP" in event)

    def read(self, event: Event, where: Where) -> UsageEvent:
        said = event.get("_SOURCE_REALTIME_TIMESTAMP", event.get("__REALTIME_TIMESTAMP"))
        program = first(event, "SYSLOG_IDENTIFIER", "_COMM")
        host = text(event, "_HOSTNAME")
        return _row(where, program, _message(event.get("MESSAGE")), said, host, event_id=text(event, "__CURSOR"))


def _message(said: Any) -> str:
    """Journald writes what is not UTF-8 as a list of bytes."""
    if isinstance(said, list):
        return bytes(one for one in said if isinstance(one, int) and 0 <= one < 256).decode("utf-8", "replace")
    return said if isinstance(said, str) else ""


def _row(
    where: Where, program: str, said: str, time: Any, host: str, event_id: str = "", flags: tuple[str, ...] = ()
) -> UsageEvent:
    repeated = _REPEATED.fullmatch(said)
    message = repeated[2].strip() if repeated else said.strip()
    auth = _AUTH.fullmatch(message) if program.startswith("sshd") else None
    names = _names(auth["rest"] or "") if auth else {}
    other = _FROM.search(message) if program.startswith("sshd") else None
    return row(
        "sshd",
        where,
        event_id=event_id,
        said=time,
        key=_plain(names.get("key") or ""),
        also=(_plain(names.get("ca") or ""), names.get("id") or ""),
        action=f"{auth['verdict']} {auth['method']}" if auth else (message.split(" ", 1)[0] or program)[:40],
        service=program,
        principal=auth["user"] if auth else "",
        address=auth["ip"] if auth else other[1] if other else "",
        outcome={"Accepted": "ok", "Failed": "denied"}.get(auth["verdict"], "unknown") if auth else "unknown",
        error="invalid user" if auth and auth["invalid"] else "",
        target=host,
        repeated=whole(repeated[1]) if repeated else 1,
        flags=flags,
    )


def _names(rest: str) -> Mapping[str, str | None]:
    found = _CERTIFICATE.match(rest) or _KEY.match(rest)
    return found.groupdict() if found else {}


def _plain(fingerprint: str) -> str:
    return fingerprint.removeprefix("MD5:")
