"""Small repositories of apt and rpm, made by the distributions' own programs and signed by a given key."""

from __future__ import annotations

import gzip
import lzma
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from irkit.openpgp import Gpg

APT = ("dpkg-deb", "apt-ftparchive")
RPM = ("rpmbuild", "rpmsign", "rpmkeys", "createrepo_c")


def run(*args: str | Path, home: Path | None = None, cwd: Path | None = None) -> str:
    """A program of the distribution, with that gpg home. Fails the test with what it said."""
    world = dict(os.environ) | {"LC_ALL": "C.UTF-8"} | ({"GNUPGHOME": str(home)} if home else {})
    done = subprocess.run([*map(str, args)], cwd=cwd, env=world, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{args}: {done.stdout}{done.stderr}"
    return done.stdout


def deb_names(packages: int) -> list[str]:
    """Where `apt_repository` puts its packages."""
    return [f"pool/main/d/demo{number}/demo{number}_1.0-1_all.deb" for number in range(packages)]


def make_debs(root: Path, packages: int) -> list[Path]:
    """Packages demo0, demo1, ... of architecture all, in their places in the pool."""
    made = []
    for number, name in enumerate(deb_names(packages)):
        tree = root / ".build" / f"demo{number}"
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "usr/share/demo").mkdir(parents=True)
        (tree / "usr/share/demo" / str(number)).write_text(f"demo {number}\n")
        (tree / "DEBIAN/control").write_text(
            f"Package: demo{number}\nVersion: 1.0-1\nArchitecture: all\nSection: misc\nPriority: optional\n"
            f"Maintainer: Demo <demo@example.test>\nDescription: demo {number}\n"
        )
        (root / name).parent.mkdir(parents=True)
        run("dpkg-deb", "--build", "--root-owner-group", "-Znone", tree, root / name)
        made.append(root / name)
    shutil.rmtree(root / ".build")
    return made


def sign_release(release: Path, home: Path, key: str) -> None:
    """Release.gpg and InRelease, as a script with gpg makes them."""
    for args, name in (
        (["--armor", "--detach-sign"], "Release.gpg"),
        (["--clear-sign"], "InRelease"),
    ):
        out = str(release / name)
        Gpg(home).must(
            "a test's signature", ["--yes", "-u", key, "--digest-algo", "SHA256", "-o", out, *args, str(release / "Release")]
        )  # fmt: skip


def apt_repository(folder: Path, home: Path, key: str, packages: int = 6, *, options: Sequence[str] = ()) -> Path:
    """`dists/stable` with one component, made by apt-ftparchive and signed by `key`. `options` are fields such as "Acquire-By-Hash=yes"."""
    folder.mkdir(parents=True, exist_ok=True)
    make_debs(folder, packages)
    binary = folder / "dists/stable/main/binary-amd64"
    binary.mkdir(parents=True)
    listing = run("apt-ftparchive", "packages", "pool", cwd=folder).encode()
    (binary / "Packages").write_bytes(listing)
    (binary / "Packages.gz").write_bytes(gzip.compress(listing, mtime=0))
    (binary / "Packages.xz").write_bytes(lzma.compress(listing))
    said = ("Origin=Demo", "Suite=stable", "Codename=stable", "Architectures=amd64", "Components=main", *options)
    args = [word for one in said for word in ("-o", f"APT::FTPArchive::Release::{one}")]
    text = run("apt-ftparchive", *args, "release", "dists/stable", cwd=folder)
    (folder / "dists/stable/Release").write_text(text)
    sign_release(folder / "dists/stable", home, key)
    return folder


def reprepro_repository(folder: Path, home: Path, key: str, packages: int = 3) -> Path:
    """The same by reprepro: `conf`, `db`, `dists`, `pool` in one folder."""
    (folder / "conf").mkdir(parents=True)
    (folder / "conf/distributions").write_text(
        "Origin: Demo\nSuite: stable\nCodename: stable\nArchitectures: amd64\nComponents: main\n"
        f"Description: what a team releases\nSignWith: {key}\n"
    )
    for deb in make_debs(folder / "incoming", packages):
        run("reprepro", "-b", folder, "includedeb", "stable", deb, home=home)
    shutil.rmtree(folder / "incoming")
    return folder


def aptly_repository(folder: Path, home: Path, key: str, packages: int = 3) -> Path:
    """The same by aptly; gives its configuration. What apt sees is in `public` beside it."""
    folder.mkdir(parents=True)
    config = folder / "aptly.conf"
    config.write_text(f'{{"rootDir": "{folder}", "architectures": ["amd64"], "gpgProvider": "gpg"}}')
    debs = make_debs(folder / "incoming", packages)
    run("aptly", f"-config={config}", "repo", "create", "-distribution=stable", "-component=main", "demo", home=home)
    run("aptly", f"-config={config}", "repo", "add", "demo", *debs, home=home)
    run("aptly", f"-config={config}", "publish", "repo", "-batch", f"-gpg-key={key}", "demo", home=home)
    shutil.rmtree(folder / "incoming")
    return config


class Apt:
    """apt with a root of its own, which trusts one key ring for one repository."""

    def __init__(self, root: Path, repository: Path, certificate: str, *, release: str = "stable main") -> None:
        self.root = root
        for name in ("etc/apt/apt.conf.d", "etc/apt/preferences.d", "etc/apt/sources.list.d", "state/lists/partial",
                     "cache/archives/partial", "log"):  # fmt: skip
            (root / name).mkdir(parents=True, exist_ok=True)
        (root / "state/status").touch()
        self.ring = root / "trusted.asc"
        self.ring.write_text(certificate)
        (root / "etc/apt/sources.list").write_text(
            f"deb [signed-by={self.ring} arch=amd64] copy:{repository} {release}\n"
        )

    def __call__(self, *args: str) -> subprocess.CompletedProcess[str]:
        root = self.root
        options = {
            "Dir": root, "Dir::Etc": root / "etc/apt", "Dir::State": root / "state", "Dir::State::status": root / "state/status",
            "Dir::Cache": root / "cache", "Dir::Log": root / "log", "Dir::Bin::methods": "/usr/lib/apt/methods",
            "APT::Sandbox::User": "root", "APT::Architecture": "amd64", "Acquire::Languages": "none",
        }  # fmt: skip
        said = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        return subprocess.run(
            ["apt-get", *said, *args], cwd=root, capture_output=True, text=True, check=False,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(root)},
        )  # fmt: skip

    def forget(self) -> None:
        """Away with the lists: the next update is a client's first."""
        shutil.rmtree(self.root / "state/lists")
        (self.root / "state/lists/partial").mkdir(parents=True)

    def updates(self) -> bool:
        """Whether a fresh client accepts the repository."""
        self.forget()
        return self("update").returncode == 0

    def downloads(self, package: str) -> bool:
        return self("download", package).returncode == 0


SPEC = """Name: demo
Version: 1.0
Release: 1
Summary: what a team releases
License: Apache-2.0
BuildArch: noarch
%description
demo
{packages}
%install
mkdir -p %{{buildroot}}/opt/demo
{files}
"""


def rpm_names(packages: int) -> list[str]:
    """What `rpm_repository` makes."""
    return [f"demo-part{number}-1.0-1.noarch.rpm" for number in range(packages)]


def rpm_sign(path: Path, home: Path, key: str, *options: str) -> None:
    """As a release script with rpmsign does it."""
    macros = {
        "__gpg": shutil.which("gpg"), "_gpg_name": key, "_gpg_path": home,
        "_gpg_sign_cmd_extra_args": "--batch --pinentry-mode loopback --passphrase ''",
    }  # fmt: skip
    run(
        "rpmsign",
        *(word for name, value in macros.items() for word in ("--define", f"{name} {value}")),
        *options,
        "--resign",
        path,
    )


def make_rpms(folder: Path, packages: int) -> list[Path]:
    """Unsigned packages, all by one run of rpmbuild."""
    folder.mkdir(parents=True, exist_ok=True)
    parts, files = [], []
    for number in range(packages):
        parts.append(
            f"%package part{number}\nSummary: part {number}\n%description part{number}\npart\n%files part{number}\n/opt/demo/{number}"
        )
        files.append(f"echo {number} > %{{buildroot}}/opt/demo/{number}")
    spec = folder / "demo.spec"
    spec.write_text(SPEC.format(packages="\n".join(parts), files="\n".join(files)))
    macros = {
        "_topdir": folder / ".build",
        "_rpmdir": folder,
        "_build_name_fmt": "%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm",
    }
    run(
        "rpmbuild",
        "-bb",
        "--quiet",
        *(word for name, value in macros.items() for word in ("--define", f"{name} {value}")),
        spec,
    )
    spec.unlink()
    shutil.rmtree(folder / ".build", ignore_errors=True)
    return [folder / name for name in rpm_names(packages)]


def rpm_repository(folder: Path, home: Path, key: str, packages: int = 4) -> Path:
    """Packages signed by `key`, and `repodata` with a signed repomd.xml."""
    for path in make_rpms(folder, packages):
        rpm_sign(path, home, key)
    run("createrepo_c", "--quiet", "--no-database", folder)
    repomd = folder / "repodata/repomd.xml"
    Gpg(home).must("a test's signature", ["-u", key, "--armor", "-o", f"{repomd}.asc", "--detach-sign", str(repomd)])
    return folder


def rpm_accepts(database: Path, certificate: str, path: Path) -> bool:
    """Whether rpm, knowing that key alone, says that the signature is good: its exit code is 0 for an unsigned package, too."""
    if not database.is_dir():
        database.mkdir(parents=True)
        armored = database.with_suffix(".asc")
        armored.write_text(certificate)
        run("rpmkeys", "--dbpath", database, "--import", armored)
    done = subprocess.run(
        ["rpmkeys", "--dbpath", str(database), "-K", str(path)], capture_output=True, text=True, check=False,
        env=dict(os.environ) | {"LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    return done.returncode == 0 and done.stdout.strip().endswith("digests signatures OK")
