"""An apt repository, written by hand as the format asks (deb(5), Debian's repository format): no program is needed for it."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from irkit.drill.homes import gpg
from irkit.drill.signing.truth import Part, Thing

_PACKAGES = 12


def build(folder: Path, record: Path, home: Path, key: str, now: datetime) -> Part:
    """Twelve packages in `stable`; one was changed after the leak, and the index with it. `record` is the index as a mirror had it."""
    at = now - timedelta(days=20)
    packages = {f"larkspur-{number:02d}": _package(f"larkspur-{number:02d}", "1.0") for number in range(_PACKAGES)}
    _write(folder, home, key, packages, at)
    record.write_bytes((folder / "dists/stable/main/binary-all/Packages").read_bytes())
    changed = "larkspur-05"
    packages[changed] = _package(changed, "1.0", b"implant, visibly fake\n")
    _write(folder, home, key, packages, at)
    things = [Thing(f"{_pool(name)}", "tampered" if name == changed else "good") for name in packages]
    index = [Thing(f"dists/stable/{name}", "good") for name in ("Release", "InRelease")]
    return Part("deb", str(folder), (*things, *index), record.name)


def _pool(name: str) -> str:
    return f"pool/main/{name}_1.0_all.deb"


def _write(folder: Path, home: Path, key: str, packages: dict[str, bytes], at: datetime) -> None:
    stanzas = []
    for name, data in packages.items():
        path = folder / _pool(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        stanzas.append(
            f"Package: {name}\nVersion: 1.0\nArchitecture: all\nMaintainer: Larkspur <releases@larkspur.example>\n"
            f"Filename: {_pool(name)}\nSize: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\nDescription: part of a drill\n"
        )
    dist = folder / "dists/stable"
    index = dist / "main/binary-all"
    index.mkdir(parents=True, exist_ok=True)
    plain = "\n".join(stanzas).encode() + b"\n"
    listed = {"main/binary-all/Packages": plain, "main/binary-all/Packages.gz": gzip.compress(plain, mtime=0)}
    for name, data in listed.items():
        (dist / name).write_bytes(data)
    sums = "".join(f" {hashlib.sha256(data).hexdigest()} {len(data)} {path}\n" for path, data in listed.items())
    release = (
        "Origin: Larkspur\nLabel: Larkspur\nSuite: stable\nCodename: stable\n"
        f"Date: {format_datetime(at, usegmt=True)}\nArchitectures: all\nComponents: main\nDescription: a drill\nSHA256:\n{sums}"
    )
    (dist / "Release").write_text(release)
    said = ("--local-user", key, "--armor", "--digest-algo", "SHA512", "--output")
    gpg(home, *said, str(dist / "Release.gpg"), "--detach-sign", str(dist / "Release"), at=at)
    gpg(home, *said, str(dist / "InRelease"), "--clear-sign", str(dist / "Release"), at=at)


def _package(name: str, version: str, more: bytes = b"") -> bytes:
    """A .deb: an ar archive of debian-binary, control.tar.gz and data.tar.gz."""
    control = (
        f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: Larkspur <releases@larkspur.example>\n"
        "Description: part of a drill\n"
    )
    parts = {
        "debian-binary": b"2.0\n",
        "control.tar.gz": _tar({"./control": control.encode()}),
        "data.tar.gz": _tar({f"./usr/share/{name}/data": name.encode() + b"\n" + more}),
    }
    out = io.BytesIO(b"")
    out.write(b"!<arch>\n")
    for part, data in parts.items():
        out.write(f"{part:<16}{'0':<12}{'0':<6}{'0':<6}{'100644':<8}{len(data):<10}`\n".encode())
        out.write(data + b"\n" * (len(data) % 2))
    return out.getvalue()


def _tar(files: dict[str, bytes]) -> bytes:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.GNU_FORMAT) as tar:
        folders = sorted(
            {f"./{'/'.join(path.split('/')[1:end])}" for path in files for end in range(2, len(path.split("/")))}
        )
        for folder in ["./", *folders]:
            member = tarfile.TarInfo(folder)
            member.type, member.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(member)
        for path, data in files.items():
            member = tarfile.TarInfo(path)
            member.size, member.mode = len(data), 0o644
            tar.addfile(member, io.BytesIO(data))
    return gzip.compress(plain.getvalue(), mtime=0)
