"""The same harmless content, signed in every form that a consumer reads."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path

from irkit.errors import IrkitError
from irkit.model.matrix import SampleName
from irkit.openpgp.consumers.interface import Form, Sample, must
from irkit.openpgp.consumers.signers import Signer

PACKAGE = "irkit-consumer-test"
CONTENT = "irkit consumer test, not a release\n"
_CONTROL = f"Package: {PACKAGE}\nVersion: 1\nArchitecture: all\nMaintainer: irkit <irkit@example.invalid>\nDescription: {CONTENT}"
_SPEC = f"Name: {PACKAGE}\nVersion: 1\nRelease: 1\nSummary: {CONTENT}License: none\nBuildArch: noarch\n%description\n{CONTENT}%files\n"


class Workshop:
    """Makes samples below one folder. What a form needs is built once; each form is made only where somebody reads it."""

    def __init__(self, folder: Path, forms: Collection[Form]) -> None:
        self._folder = folder
        self._forms = forms
        self._failed: dict[Form, str] = {}
        self._try("git", self._failed, self._git)
        self._try("apt", self._failed, self._deb)
        self._try("rpm", self._failed, self._rpm)

    def make(self, name: SampleName, signer: Signer, apt_before: Path | None = None) -> Sample:
        """Sign once for each form. StepFailed when the signer cannot sign at all; `missing` for the form that failed."""
        place = self._folder / name
        place.mkdir()
        text, signature = place / "test.txt", place / "test.txt.asc"
        text.write_text(f"{CONTENT}{name}\n")
        signature.write_bytes(signer.detached(text.read_bytes()))
        missing = dict(self._failed)
        self._try("apt", missing, lambda: self._sign_apt(place, signer))
        self._try("rpm", missing, lambda: self._sign_rpm(place, signer))
        tag = commit = ""
        if "git" in self._forms and "git" not in missing:
            tag, commit = self._sign_git(name, signer)
        repository = self._folder / "git"
        return Sample(
            name,
            text,
            signature,
            repository,
            tag,
            commit,
            place / "apt",
            apt_before or place / "apt",
            place / "test.rpm",
            missing,
        )

    def _try(self, form: Form, missing: dict[Form, str], build: Callable[[], None]) -> None:
        if form not in self._forms or form in missing:
            return
        try:
            build()
        except (IrkitError, OSError) as error:
            missing[form] = str(error)

    def _git(self) -> None:
        (self._folder / "git").mkdir()
        must(["git", "init", "--quiet", "--bare", "--template=", "--object-format=sha1", "."], self._folder / "git")

    def _sign_git(self, name: str, signer: Signer) -> tuple[str, str]:
        """A signed commit with an empty tree, and a signed tag on it, written as objects: git itself signs nothing here."""
        place = self._folder / "git"
        who = f"irkit <irkit@example.invalid> {int((signer.at or datetime.now(UTC)).timestamp())} +0000"
        tree = must(["git", "hash-object", "-t", "tree", "-w", "--stdin"], place).strip()
        head, message = f"tree {tree}\nauthor {who}\ncommitter {who}\n", f"\n{CONTENT}{name}\n"
        signature = signer.detached((head + message).encode()).decode().strip().replace("\n", "\n ")
        signed = f"{head}gpgsig {signature}\n{message}".encode()
        commit = must(["git", "hash-object", "-t", "commit", "-w", "--stdin"], place, stdin=signed).strip()
        tag = f"object {commit}\ntype commit\ntag {name}\ntagger {who}\n\n{CONTENT}".encode()
        made = must(["git", "mktag"], place, stdin=tag + signer.detached(tag)).strip()
        must(["git", "update-ref", f"refs/tags/{name}", made], place)
        return name, commit

    def _deb(self) -> None:
        tree = self._folder / "deb"
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "DEBIAN/control").write_text(_CONTROL)
        must(["dpkg-deb", "-Znone", "--root-owner-group", "--build", "deb", "test.deb"], self._folder)

    def _sign_apt(self, place: Path, signer: Signer) -> None:
        """A flat repository (sources.list(5)) of one package."""
        repository = place / "apt"
        repository.mkdir()
        package = Path(shutil.copy(self._folder / "test.deb", repository)).read_bytes()
        index = f"{_CONTROL}Filename: ./test.deb\nSize: {len(package)}\nSHA256: {hashlib.sha256(package).hexdigest()}\n".encode()
        (repository / "Packages").write_bytes(index)
        date = f"{signer.at or datetime.now(UTC):%a, %d %b %Y %H:%M:%S} UTC"
        release = f"Origin: {PACKAGE}\nSuite: stable\nCodename: stable\nDate: {date}\nSHA256:\n"
        release += f" {hashlib.sha256(index).hexdigest()} {len(index)} Packages\n"
        (repository / "InRelease").write_bytes(signer.clear(release.encode()))

    def _rpm(self) -> None:
        place = self._folder / "rpm"
        place.mkdir()
        (place / "test.spec").write_text(_SPEC)
        must(["rpmbuild", "-bb", "--quiet", "--define", f"_topdir {place}", "test.spec"], place)
        next(place.glob("RPMS/noarch/*.rpm")).replace(place / "test.rpm")

    def _sign_rpm(self, place: Path, signer: Signer) -> None:
        """rpmsign calls gpg itself. A passphrase is in the agent's keeping since the detached signature was made."""
        shutil.copy(self._folder / "rpm/test.rpm", place / "test.rpm")
        gpg = shutil.which("gpg") or "gpg"  # Debian's macro names a gpg2 that is not there
        extra = " ".join(["--batch", "--pinentry-mode", "loopback", *signer.options])
        macros = {
            "__gpg": gpg,
            "_gpg_path": str(signer.home),
            "_gpg_name": f"{signer.signing}!",
            "_gpg_sign_cmd_extra_args": extra,
        }
        defined = [part for name, value in macros.items() for part in ("--define", f"{name} {value}")]
        must(["rpmsign", *defined, "--addsign", "test.rpm"], place)
