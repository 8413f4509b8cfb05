"""The `Packages` or `Sources` index of an apt repository, as a snapshot or a mirror kept it. Pure.

https://wiki.debian.org/DebianRepository/Format ("Packages" indices): stanzas of `Field: value`, parted by empty lines.
"""

from __future__ import annotations

import re

from irkit.resign.records.entry import Entry, Record, leads_out, plain

_DIGEST = re.compile(r"[0-9a-fA-F]{64}")
_LISTED = re.compile(r"(?<!\S)(?P<digest>[0-9a-fA-F]{64})\s+\d+\s+(?P<name>\S+)")


def read(text: str) -> Record:
    """Paths are relative to the repository's root, as `Filename` has them; of a source package each file in its `Directory`."""
    entries: list[Entry] = []
    wrong: list[str] = []
    for number, stanza in enumerate(filter(str.strip, re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n"))), start=1):
        fields = _fields(stanza)
        found = list(_files(fields))
        if not found or any(leads_out(one.path) for one in found):
            wrong.append(f"stanza {number}: {fields.get('Package', stanza[:60])!r}")
        else:
            entries += found
    return Record("apt index", tuple(entries), tuple(wrong))


def matches(lines: list[str]) -> bool:
    return any(line.startswith("Package: ") for line in lines)


def _files(fields: dict[str, str]) -> list[Entry]:
    digest = fields.get("SHA256", "").strip()
    if "Filename" in fields and _DIGEST.fullmatch(digest):
        return [Entry(plain(fields["Filename"].strip()), digest.lower())]
    folder = fields.get("Directory", "").strip()
    listed = _LISTED.finditer(fields.get("Checksums-Sha256", ""))
    return [Entry(plain(f"{folder}/{one['name']}"), one["digest"].lower()) for one in listed] if folder else []


def _fields(stanza: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in stanza.split("\n"):
        if line[:1] in (" ", "\t"):
            fields[name] = f"{fields.get(name, '')}\n{line}"
        else:
            name, _, value = line.partition(":")
            fields[name] = value
    return fields
