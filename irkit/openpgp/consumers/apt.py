"""apt on a root of its own, twice: with fresh lists, and with lists fetched before the revocation.

When a signature fails, `apt-get update` keeps the lists it has, warns and ends with 0; what they list can still be installed
(apt-secure(8), `APT::Update::Error-Mode`). To take the key away does not change that: the lists must go.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from irkit.openpgp.consumers.interface import (
    Answer,
    Consumer,
    KeyringState,
    Ran,
    Sample,
    here,
    run,
    says_version,
    throwaway_place,
)
from irkit.openpgp.consumers.samples import PACKAGE

_SAYS = ("were invalid", "NO_PUBKEY", "is not signed")


def _fresh(ring: KeyringState, sample: Sample) -> Answer:
    with throwaway_place() as place:
        root = _root(place, sample.apt)
        _trust(root, ring.trusted)
        return _answer(_apt(root, "update"), _apt(root, "--print-uris", "download", PACKAGE))


def _cached(ring: KeyringState, sample: Sample) -> Answer:
    """The lists are fetched once for a sample and an earlier ring; each question begins with the root as it was then.

    apt names its lists after where they came from, so that place stays the same, and one question waits for another.
    """
    with sample.alone:
        place = sample.text.parent / "lists-from-before"
        root, kept = place / "root", place / hashlib.sha256(b"".join(ring.earlier)).hexdigest()
        if not kept.exists():
            if why := _fetched_before(place, root, ring, sample):
                return Answer(None, f"the lists could not be fetched with the old key: {why}")
            root.rename(kept)
        shutil.copytree(kept, root, copy_function=shutil.copy2)
        try:
            _sources(root, sample.apt)
            _trust(root, ring.trusted)
            if ring.taken_out:
                shutil.rmtree(root / "var/lib/apt/lists")
            answer = _answer(_apt(root, "update"), _apt(root, "--print-uris", "download", PACKAGE))
        finally:
            shutil.rmtree(root)
    removed = "; its lists were removed as well" if ring.taken_out else ""
    return Answer(answer.accepts, answer.why + removed)


def _fetched_before(place: Path, root: Path, ring: KeyringState, sample: Sample) -> str:
    """Why the lists could not be fetched, "" when they were."""
    shutil.rmtree(root, ignore_errors=True)
    _root(place, sample.apt_before)
    _trust(root, ring.earlier)
    first = _apt(root, "update")
    return "" if first.returncode == 0 else first.line_with(*_SAYS) or first.last_words()


def _answer(update: Ran, download: Ran) -> Answer:
    usable = "can" if download.returncode == 0 else "cannot"
    against = update.line_with(*_SAYS)
    why = f"exit code {update.returncode}" + (f", {against}" if against else "")
    return Answer(update.returncode == 0 and usable == "can", f"{why}; the package {usable} be fetched")


def _root(place: Path, repository: Path) -> Path:
    """A root for apt, under which it finds all it looks for and nothing of the machine's."""
    root = place / "root"
    for folder in ("etc/apt/apt.conf.d", "etc/apt/preferences.d", "etc/apt/trusted.gpg.d", "etc/apt/sources.list.d",
                   "var/lib/apt", "var/cache/apt/archives/partial", "var/lib/dpkg", "var/log/apt", "repository"):  # fmt: skip
        (root / folder).mkdir(parents=True)
    (root / "var/lib/dpkg/status").touch()
    (root / "apt.conf").write_text(
        f'Dir "{root}";\nDir::State::status "{root}/var/lib/dpkg/status";\nDir::Bin::methods "/usr/lib/apt/methods";\n'
        'APT::Sandbox::User "root";\nAPT::Architecture "amd64";\nAPT::Architectures { "amd64"; };\nAcquire::Languages "none";\n'
    )
    (root / "etc/apt/sources.list").write_text(f"deb [signed-by={root}/keys.gpg] copy:{root}/repository ./\n")
    _sources(root, repository)
    return root


def _sources(root: Path, repository: Path) -> None:
    """What stands at the address of the repository now."""
    shutil.copytree(repository, root / "repository", dirs_exist_ok=True)


def _trust(root: Path, certificates: Sequence[bytes]) -> None:
    (root / "keys.gpg").write_bytes(b"".join(certificates))


def _apt(root: Path, *arguments: str) -> Ran:
    (root / "var/lib/apt/lists/partial").mkdir(parents=True, exist_ok=True)
    return run(["apt-get", "-q", *arguments], root, APT_CONFIG=str(root / "apt.conf"))


CONSUMERS = tuple(
    Consumer(
        name, "apt", says_version("apt-get"), here("apt-get", "dpkg-deb", get="apt is part of Debian and Ubuntu"), asks
    )
    for name, asks in (("apt (fresh lists)", _fresh), ("apt (lists from before)", _cached))
)
