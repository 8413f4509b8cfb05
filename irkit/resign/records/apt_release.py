"""The `Release` or `InRelease` file of an apt repository, as a snapshot or a mirror kept it. Pure.

https://wiki.debian.org/DebianRepository/Format ("Release" files). What is signed is its text, whose SHA-256 stays
the same when it is signed anew.
"""

from __future__ import annotations

import hashlib
import re

from irkit.resign.records.entry import Entry, Record, leads_out, plain

_NAME = re.compile(r"^(?:Suite|Codename): *(\S+)[ \t]*$", re.MULTILINE)
_LISTED = re.compile(r"^ (?P<digest>[0-9a-fA-F]{64}) +\d+ (?P<path>\S+)[ \t]*$", re.MULTILINE)
_INLINE = re.compile(
    r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:Hash: [^\n]*\n)*\n(.*?)-----BEGIN PGP SIGNATURE-----", re.DOTALL
)


def read(text: str) -> Record:
    """ "apt-release" of the signed text, and the SHA-256 of each index that it lists.

    Paths are below the repository's root, in `dists/` under the suite's name and under the code name.
    """
    text = text.replace("\r\n", "\n")
    inline = _INLINE.search(text)
    signed = re.sub(r"^- ", "", inline[1], flags=re.MULTILINE) if inline else text
    digest = hashlib.sha256(signed.encode()).hexdigest()
    entries: list[Entry] = []
    wrong: list[str] = []
    for name in dict.fromkeys(_NAME.findall(signed)):
        folder = f"dists/{name}"
        if leads_out(folder):
            wrong.append(f"suite {name[:80]!r}")
            continue
        entries += [Entry(f"{folder}/{file}", digest, "apt-release") for file in ("InRelease", "Release")]
        for one in _LISTED.finditer(signed):
            if leads_out(one["path"]):
                wrong.append(f"index {one['path'][:80]!r}")
            else:
                entries.append(Entry(plain(f"{folder}/{one['path']}"), one["digest"].lower()))
    return Record("apt Release", tuple(entries), tuple(dict.fromkeys(wrong)))


def matches(lines: list[str]) -> bool:
    return any(_NAME.match(line) for line in lines) and any(line.startswith(("SHA256:", "MD5Sum:")) for line in lines)
