"""An rpm repository: small packages, signed, with their metadata. Built by rpmbuild, rpmsign and createrepo_c where these are here."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from irkit.drill.homes import gpg
from irkit.drill.signing.truth import Part, Thing

_PACKAGES = 5
PROGRAMS = ("rpmbuild", "rpmsign", "createrepo_c")

_SPEC = """Name: {name}
Version: 1.0
Release: 1
Summary: part of a drill
License: MIT
BuildArch: noarch
%description
part of a drill
%install
mkdir -p %{{buildroot}}/usr/share/{name}
echo '{text}' > %{{buildroot}}/usr/share/{name}/data
%files
/usr/share/{name}/data
"""


def missing() -> str:
    """The first program that is not here; "" when all are."""
    return next((program for program in PROGRAMS if shutil.which(program) is None), "")


def build(folder: Path, record: Path, home: Path, key: str) -> Part:
    """Five packages; one was built anew with an implant, signed and listed. `record` is primary.xml as a mirror had it."""
    folder.mkdir()
    if missing():
        return Part("rpm", str(folder), (), "", f"{missing()} is not here")
    names = [f"larkspur-{number:02d}" for number in range(_PACKAGES)]
    with tempfile.TemporaryDirectory(prefix="irk-") as scratch:
        for name in names:
            _package(Path(scratch), folder, name, name)
        _sign(folder, home, key)
        _metadata(folder, home, key)
        record.write_bytes(_primary(folder))
        changed = names[3]
        _package(Path(scratch), folder, changed, "implant, visibly fake")
        _sign(folder, home, key, changed)
        _metadata(folder, home, key)
    things = [Thing(f"{name}-1.0-1.noarch.rpm", "tampered" if name == changed else "good") for name in names]
    return Part("rpm", str(folder), (*things, Thing("repodata/repomd.xml", "good")), record.name)


def _package(scratch: Path, folder: Path, name: str, text: str) -> None:
    spec = scratch / f"{name}.spec"
    spec.write_text(_SPEC.format(name=name, text=text))
    out = scratch / "out"
    said = (
        "--define",
        f"_topdir {scratch / 'top'}",
        "--define",
        f"_rpmdir {out}",
        "--define",
        "_rpmfilename %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm",
    )
    _run(["rpmbuild", "--quiet", "-bb", *said, str(spec)])
    shutil.copy(out / f"{name}-1.0-1.noarch.rpm", folder)


def _sign(folder: Path, home: Path, key: str, only: str = "") -> None:
    said = (
        "--define", "__gpg /usr/bin/gpg", "--define", f"_gpg_name {key}", "--define", f"_gpg_path {home}",
        "--define", "_gpg_sign_cmd_extra_args --batch --pinentry-mode loopback --passphrase ''",
    )  # fmt: skip
    _run(["rpmsign", *said, "--addsign", *map(str, sorted(folder.glob(f"{only}*.rpm")))], GNUPGHOME=str(home))


def _metadata(folder: Path, home: Path, key: str) -> None:
    _run(["createrepo_c", "--quiet", "--general-compress-type=gz", str(folder)])
    repomd = folder / "repodata/repomd.xml"
    gpg(home, "--local-user", key, "--armor", "--output", f"{repomd}.asc", "--detach-sign", str(repomd))


def _primary(folder: Path) -> bytes:
    import gzip

    (path,) = (folder / "repodata").glob("*primary.xml.gz")
    return gzip.decompress(path.read_bytes())


def _run(command: list[str], **env: str) -> None:
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **env})
