"""What a mirror knew of rpm packages: `primary.xml` of its metadata, or a list of header and payload digests. Pure.

primary.xml: https://github.com/rpm-software-management/createrepo_c, and the XML schema in its tests; `checksum` is of the whole file.
Digests of header and payload stay the same when a package is signed anew. Such a list is written by
`rpm -qp --qf '%{nvra}.rpm: %{sha256header} %{payloaddigest}\\n' FILE...` (rpm-queryformat; tags SHA256HEADER and PAYLOADDIGEST of
rpm's rpmtag.h), with the path in place of the name where the packages lie in folders.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from irkit.resign.records.entry import Entry, Record, leads_out, plain

_COMMON = "{http://linux.duke.edu/metadata/common}"
_DIGEST = re.compile(r"[0-9a-fA-F]{64}")
_LINE = re.compile(r"(?P<path>.+?\.rpm):\s+(?P<header>[0-9a-fA-F]{64})(?:\s+(?P<payload>[0-9a-fA-F]{64}))?\s*")


def read_primary(text: str) -> Record:
    """Paths as `location` has them, relative to the folder that holds repodata. A document with a DTD is refused: it may be a bomb."""
    entries: list[Entry] = []
    wrong: list[str] = []
    try:
        declared = "<!" in text.split("<metadata", 1)[0] or "<!ENTITY" in text
        root = None if declared else ElementTree.fromstring(text)  # noqa: S314  (entities are refused above)
    except (ElementTree.ParseError, ValueError) as error:
        return Record("rpm primary.xml", (), (f"not XML that can be read: {error}",))
    if root is None:
        return Record("rpm primary.xml", (), ("a document type or an entity, which metadata has no need of",))
    for package in root.iter(f"{_COMMON}package"):
        location, checksum = package.find(f"{_COMMON}location"), package.find(f"{_COMMON}checksum")
        path = plain(location.get("href", "")) if location is not None else ""
        digest = (checksum.text or "").strip() if checksum is not None else ""
        kind = checksum.get("type", "") if checksum is not None else ""
        if not path or leads_out(path) or kind != "sha256" or not _DIGEST.fullmatch(digest):
            wrong.append(f"package {path[:80]!r}: no path, or no SHA-256 ({kind or 'no digest'})")
        else:
            entries.append(Entry(path, digest.lower()))
    return Record("rpm primary.xml", tuple(entries), tuple(wrong))


def read_headers(text: str) -> Record:
    entries: list[Entry] = []
    wrong: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None or leads_out(match["path"]):
            wrong.append(f"line {number}: {line[:80]!r}")
            continue
        path = plain(match["path"])
        entries.append(Entry(path, match["header"].lower(), "rpm-header"))
        if match["payload"]:
            entries.append(Entry(path, match["payload"].lower(), "rpm-payload"))
    return Record("rpm digests", tuple(entries), tuple(wrong))


def matches_headers(lines: list[str]) -> bool:
    return any(_LINE.fullmatch(line) for line in lines)
