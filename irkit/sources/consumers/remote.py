"""Where a repository says it came from: OWNER/REPO and the host, without what may stand in the address as a credential. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SECTION = re.compile(r"^\s*\[\s*remote\s+\"([^\"]+)\"\s*\]", re.IGNORECASE)
_URL = re.compile(r"^\s*url\s*=\s*\"?([^\s\"]+)", re.IGNORECASE)
_ADDRESS = re.compile(
    r"^(?:[a-z+]+://)?(?:[^@/\s]*@)?([\w.-]+)(?::\d+/|[:/])/*([\w.~/-]+?)(?:\.git)?/*$", re.IGNORECASE
)
_LONGEST = 2048


@dataclass(frozen=True)
class Remote:
    """`slug` is OWNER/REPO (a group may have several parts)."""

    host: str = ""
    slug: str = ""


def remote_of(config: str) -> Remote:
    """The remote called origin, else the first; empty when there is none with an address of a host."""
    found: dict[str, Remote] = {}
    section = ""
    for line in config.splitlines():
        if line.lstrip().startswith("["):
            header = _SECTION.match(line)
            section = header[1] if header else ""
        elif section and (told := _URL.match(line)):
            address = _ADDRESS.match(told[1]) if len(told[1]) <= _LONGEST else None
            if address and "/" in address[2] and not told[1].startswith(("/", ".", "file:")):
                found.setdefault(section, Remote(address[1].lower(), address[2]))
    return found.get("origin") or next(iter(found.values()), Remote())
