"""A download server: versions of many small files, each with a detached signature, and a signed SHA256SUMS a version."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from irkit.drill.signing.truth import Part, Thing

Sign = Callable[[list[Path], datetime], None]
"""Puts an armored detached signature beside each file, as `NAME.asc`, dated as told."""

_IN_A_VERSION = 50


def build(folder: Path, mirror: Path, sign: Sign, chance: Random, now: datetime, count: int) -> Part:
    """`count` signed files in all, manifests included. One file in four hundred was changed by the thief; one more is new."""
    things: list[Thing] = []
    digests: list[str] = []
    left, version = count, 0
    while left > 0:
        number = min(_IN_A_VERSION - 1, left - 1)
        left -= number + 1
        name = f"v{version // 10}.{version % 10}"
        at = now - timedelta(days=330 - version * 7) if version < 45 else now - timedelta(days=14)
        things += _version(folder / name, name, number, sign, chance, at, digests)
        version += 1
    mirror.write_text("".join(sorted(digests)))
    return Part("files", str(folder), tuple(things), mirror.name)


def _version(
    folder: Path, name: str, number: int, sign: Sign, chance: Random, at: datetime, digests: list[str]
) -> list[Thing]:
    folder.mkdir(parents=True)
    things, paths, listing = [], [], []
    for one in range(number):
        path = folder / f"part-{one:03d}.bin"
        data = chance.randbytes(chance.randint(600, 1400))
        digest = hashlib.sha256(data).hexdigest()
        digests.append(f"{digest}  {name}/{path.name}\n")
        state = "good"
        if (one, name[-1]) == (7, "3"):
            state, data = "tampered", data + b"\nimplant, visibly fake\n"
            digest = hashlib.sha256(data).hexdigest()
        path.write_bytes(data)
        listing.append(f"{digest}  {path.name}\n")
        paths.append(path)
        things.append(Thing(f"{name}/{path.name}", state))  # type: ignore[arg-type]
    if name == "v0.2":
        late = folder / "hotfix.bin"
        late.write_bytes(b"made after the record\n")
        paths.append(late)
        things.append(Thing(f"{name}/hotfix.bin", "unknown"))
    sums = folder / "SHA256SUMS"
    sums.write_text("".join(listing))
    sign([*paths, sums], at)
    for path in [*paths, sums]:
        os.utime(path, (at.timestamp(), at.timestamp()))
    return [*things, Thing(f"{name}/SHA256SUMS", "good")]
