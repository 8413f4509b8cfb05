"""Amazon S3 server access logs: lines of fields between spaces.

They name the requester by ARN or canonical id, never its key, but for presigned URLs: those have the access key id in the URL.
Delivered within hours, at best effort. Times have their zone.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
"""

from __future__ import annotations

import re

from irkit.model import UsageEvent
from irkit.sources.logs.interface import Event, Where, text
from irkit.sources.logs.rows import of_status, row
from irkit.sources.logs.web import instant
from irkit.sources.logs.web_tokens import masked, public_ids

_QUOTED = r'(?P<%s>(?:[^"\\]|\\.)*+)'
_LINE = re.compile(
    r"(?P<owner>\S+) (?P<bucket>\S+) \[(?P<time>[^\]]+)\] (?P<ip>\S+) (?P<requester>\S+) (?P<id>\S+) "
    r"(?P<operation>(?:REST|SOAP|BATCH|WEBSITE|S3)\.\S+) (?P<object>\S+) "
    rf'(?:"{_QUOTED % "request"}"|-) (?P<status>\d{{3}}|-) (?P<error>\S+) '
    rf'\S+ \S+ \S+ \S+ (?:"{_QUOTED % "referer"}"|-) (?:"{_QUOTED % "agent"}"|-).*',
    re.DOTALL,
)
_READS = ("GET", "HEAD", "OPTIONS")


class S3Access:
    name = "aws-s3-access"

    def event(self, line: str) -> Event | None:
        found = _LINE.fullmatch(line.rstrip("\r\n"))
        return {f"s3.{name}": value for name, value in found.groupdict("").items()} if found else None

    def recognise(self, event: Event) -> bool:
        return "s3.operation" in event

    def read(self, event: Event, where: Where) -> UsageEvent:
        request, operation = text(event, "s3.request"), text(event, "s3.operation")
        ids = public_ids(request)
        outcome, _ = of_status(text(event, "s3.status"))
        error, at = text(event, "s3.error"), instant(text(event, "s3.time"))
        requester = text(event, "s3.requester")
        return row(
            self.name,
            where,
            event_id=text(event, "s3.id"),
            said=at.isoformat() if at else text(event, "s3.time"),
            key=ids[0] if ids else "",
            also=(*ids[1:], requester),
            action=operation,
            service="s3.amazonaws.com",
            principal=requester if requester != "-" else "",
            address=text(event, "s3.ip"),
            agent=text(event, "s3.agent"),
            outcome=outcome,
            error=error if error != "-" else "",
            writes=not any(f".{verb}." in f"{operation}." for verb in _READS),
            target=f"{text(event, 's3.bucket')}/{masked(text(event, 's3.object'))}",
        )
