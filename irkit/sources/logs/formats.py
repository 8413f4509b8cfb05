"""The log formats, in the order they are tried; the content decides, never a file's name. A new one is a file and a line here."""

from __future__ import annotations

from irkit.sources.logs.cloudtrail import CloudTrail
from irkit.sources.logs.github_audit import GitHubAudit
from irkit.sources.logs.interface import LogFormat, TextFormat

JSON_FORMATS: tuple[LogFormat, ...] = (CloudTrail(), GitHubAudit())
TEXT_FORMATS: tuple[TextFormat, ...] = ()
