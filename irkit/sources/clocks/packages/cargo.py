"""What crates.io answers about a crate: its versions, each with when it was published and by whom.

Format: the OpenAPI description that https://github.com/rust-lang/crates.io serves of itself: `versions` with `num`, `created_at`,
`checksum` (SHA-256 of the .crate file), `yanked`, `published_by.login`. Not seen at a real registry.
"""

from __future__ import annotations

from typing import Any

from irkit.model import PackageRecord, Upload
from irkit.sources.clocks.interface import Reader, Record, each, entries_with
from irkit.sources.clocks.packages.common import YANKED, instant, mapping, sign


def _crates(content: Any, where: str) -> Record:
    crate = mapping(content.get("crate"))
    uploads: list[Upload] = []

    def take(version: dict[str, Any], place: str) -> Record:
        name = f"{version.get('crate') or crate.get('id') or where}@{version['num']}"
        at = instant(version["created_at"], f"{place}: {name} published")
        by, note = str(mapping(version.get("published_by")).get("login") or ""), YANKED if version.get("yanked") else ""
        uploads.append(Upload(name, at, str(version.get("checksum") or ""), True, by, note))
        if at is None:
            raise ValueError
        return sign(uploads[-1])

    found = each(content["versions"], where, take, "a version with num and created_at")
    name = str(crate.get("id") or next((one.name.rpartition("@")[0] for one in uploads), where))
    total = mapping(content.get("meta")).get("total")
    cut = isinstance(total, int) and total > len(uploads)
    gaps = (f"{where} tells of {len(uploads)} of {total} versions",) if cut else ()
    return found + Record(packages=(PackageRecord(name, "cargo", where, uploads=tuple(uploads), gaps=gaps),))


READERS = (
    Reader(
        "crates-uploads", "versions of a crate at crates.io", "https://github.com/rust-lang/crates.io", "documented, unverified",
        "whoever runs the package registry",
        lambda content: isinstance(content, dict) and entries_with(content.get("versions"), "num", "created_at", "yanked"), _crates,
    ),
)  # fmt: skip
