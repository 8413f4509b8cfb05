"""What stands in a signing incident's releases at this moment, as others see it: gpg, gpgv, sqv, Sequoia, git, rpm. irkit is not asked.

All of them know two keys: the old one as it was before it was revoked, and the new one once it is there. Every artifact that is in
the release must be well signed by one of them, and nothing may stand half written under its final name.
"""

from __future__ import annotations

import gzip
import hashlib
import itertools
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pysequoia

from tests.e2e.signing_incident import SigningIncident

PART = ".irkit-part"
_GOOD = re.compile(rb"^\[GNUPG:\] GOODSIG ", re.MULTILINE)
_VALID = re.compile(rb"^\[GNUPG:\] VALIDSIG (?:\S+ ){9}(\S+)", re.MULTILINE)
_LISTED = re.compile(rb"^ ([0-9a-f]{64}) \d+ (\S+)$", re.MULTILINE)


@dataclass
class Outside:
    """`room` is an empty folder, `home` an empty gpg home. What was verified once is not verified again, by its content."""

    incident: SigningIncident
    home: Path
    room: Path
    keys: list[str] = field(default_factory=list)
    learnt: list[bytes] = field(default_factory=list)
    known: dict[tuple[str, ...], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        incident = self.incident
        self.first = {path: digest(path) for path in self._files()}
        self.initial = set(self.first.values())
        self.rpms = {path.name: path.read_bytes() for path in incident.release.glob("rpm/*.rpm")}
        self.old = incident.made.world.truth.release_key
        self._learn(incident.before)

    # Keys

    def _learn(self, certificate: bytes) -> None:
        if certificate in self.learnt:
            return
        self.learnt.append(certificate)
        self.known = {key: why for key, why in self.known.items() if not why}
        run(["gpg", "--homedir", str(self.home), "--batch", "--import"], given=certificate)
        listed = run(["gpg", "--homedir", str(self.home), "--with-colons", "--list-keys"]).stdout.decode()
        rows = [line.split(":") for line in listed.splitlines()]
        self.keys = [after[9] for row, after in itertools.pairwise(rows) if row[0] == "pub"]
        whole = run(["gpg", "--homedir", str(self.home), "--export"]).stdout
        self.ring = self.room / f"ring-{len(self.learnt)}.pgp"
        self.ring.write_bytes(whole)
        self.certificates = pysequoia.Cert.split_bytes(whole)
        self.database = self.room / f"rpmdb-{len(self.learnt)}"
        self.database.mkdir()
        for key in self.keys:
            armored = self.room / f"{key}.asc"
            armored.write_bytes(run(["gpg", "--homedir", str(self.home), "--armor", "--export", key]).stdout)
            run(["rpmkeys", "--dbpath", str(self.database), "--import", str(armored)])

    def new_keys(self) -> list[str]:
        """Fingerprints of the primary keys whose secret parts are in the new home."""
        new = self.incident.made.world.homes.new
        if not (new / "pubring.kbx").exists():
            return []
        listed = run(["gpg", "--homedir", str(new), "--with-colons", "--list-secret-keys"], must=False).stdout.decode()
        rows = [line.split(":") for line in listed.splitlines()]
        return [after[9] for row, after in itertools.pairwise(rows) if row[0] == "sec"]

    # The whole

    def look(self) -> list[str]:
        """What is wrong, in words; nothing when all is as promised."""
        if self.new_keys():
            new = self.incident.made.world.homes.new
            self._learn(run(["gpg", "--homedir", str(new), "--export"]).stdout)
        wrong = [f"{len(self.new_keys())} new keys"] if len(self.new_keys()) > 1 else []
        for part in self.incident.made.parts:
            folder = Path(part.folder)
            for thing in part.things:
                if part.name == "tags":
                    wrong += self._tag(folder, thing.name, thing.state != "good")
                else:
                    wrong += self._thing(part.name, folder, thing.name, thing.state != "good")
        return [*wrong, *self._half()]

    def _thing(self, part: str, folder: Path, name: str, doubtful: bool) -> list[str]:
        path = folder / name
        if not path.exists():
            aside = self.incident.case.folder / "quarantine" / part / name
            return [] if doubtful and aside.exists() else [f"{name} is gone"]
        if part == "files":
            why = self.detached(path, path.with_name(f"{path.name}.asc"), path.with_name(f".{path.name}{PART}"))
        elif part == "rpm" and name.endswith(".rpm"):
            why = self.rpm(path)
        elif part == "rpm":
            why = self.detached(path, Path(f"{path}.asc"), folder / f".repodata{PART}" / "repodata" / path.name)
        elif name.endswith("InRelease"):
            why = self.clear(path)
        elif name.endswith("Release"):
            staged = path.parent / PART / "Release.gpg"
            why = self.detached(path, Path(f"{path}.gpg"), half_signature=staged)
        else:
            why = ""  # a package of Debian's is signed through its index
        return [f"{name}: {why}"] if why else []

    # One by one

    def detached(
        self, path: Path, signature: Path, half: Path | None = None, half_signature: Path | None = None
    ) -> str:
        """With `half`: between the renames of a list and of its signature, the other one lies beside, whole."""
        why = self._detached(path, signature)
        if why and half is not None and half.exists():
            return self._detached(half, signature)
        if why and half_signature is not None and half_signature.exists():
            return self._detached(path, half_signature)
        return why

    def _detached(self, path: Path, signature: Path) -> str:
        if not signature.exists():
            return "it has no signature"
        key = ("detached", digest(path), digest(signature))
        if key not in self.known:
            self.known[key] = self._verified(path, signature)
        return self.known[key]

    def _verified(self, path: Path, signature: Path) -> str:
        try:
            packet = pysequoia.Sig.from_bytes(signature.read_bytes())
            seen = pysequoia.verify(file=str(path), store=lambda _ids: self.certificates, signature=packet).valid_sigs
        except Exception as error:  # the library raises bare RuntimeError
            return f"Sequoia: {str(error).splitlines()[0]}"
        if digest(signature) in self.initial and seen:
            return ""  # as the release team left it
        said = run(
            ["gpg", "--homedir", str(self.home), "--status-fd", "1", "--verify", str(signature), str(path)], must=False
        )
        if why := self._by_gpg(said.stdout):
            return f"gpg: {why}"
        by_sqv = run(["sqv", "--keyring", str(self.ring), str(signature), str(path)], must=False)
        return "" if by_sqv.returncode == 0 else f"sqv: {by_sqv.stderr.decode()}"

    def clear(self, path: Path) -> str:
        key = ("clear", digest(path))
        if key not in self.known:
            said = run(["gpgv", "--keyring", str(self.ring), "--status-fd", "1", str(path)], must=False)
            self.known[key] = self._by_gpg(said.stdout)
        return self.known[key]

    def rpm(self, path: Path) -> str:
        key = ("rpm", digest(path))
        if key not in self.known:
            said = run(["rpmkeys", "--dbpath", str(self.database), "-K", "-v", str(path)], must=False)
            words = said.stdout.decode()
            good = said.returncode == 0 and "Signature, key ID" in words and "digest: OK" in words
            self.known[key] = "" if good and "BAD" not in words and "NOKEY" not in words else words
        return self.known[key]

    def _tag(self, folder: Path, ref: str, doubtful: bool) -> list[str]:
        now = self.git(folder, "rev-parse", "--verify", "--quiet", ref)
        if not now:
            kept = self.git(
                folder, "rev-parse", "--verify", "--quiet", f"refs/resign/withdrawn/{ref.removeprefix('refs/')}"
            )
            return [] if doubtful and kept else [f"{ref} is gone"]
        key = ("tag", now)
        if key not in self.known:
            env = {**os.environ, "GNUPGHOME": str(self.home)}
            said = run(["git", f"--git-dir={folder}", "verify-tag", "--raw", now], must=False, env=env)
            self.known[key] = self._by_gpg(said.stderr) or ("" if said.returncode == 0 else "git verify-tag refuses it")
        return [f"{ref}: {self.known[key]}"] if self.known[key] else []

    def git(self, folder: Path, *args: str) -> str:
        return run(["git", f"--git-dir={folder}", *args], must=False).stdout.decode().strip()

    def _by_gpg(self, status: bytes) -> str:
        valid = [one.decode() for one in _VALID.findall(status)]
        good = len(_GOOD.findall(status)) == 1 and len(valid) == 1 and valid[0] in self.keys
        return "" if good else status.decode("utf-8", "replace") or "no answer"

    # Nothing half written under a final name

    def _files(self) -> list[Path]:
        folder, case = self.incident.made.world.folder, self.incident.case.folder
        roots = [folder / "release", folder / "site", folder / "apart", case / "quarantine"]
        found = (path for root in roots if root.exists() for path in root.rglob("*") if path.is_file())
        return [path for path in found if PART not in str(path) and not any(".git" in one for one in path.parts)]

    def _half(self) -> list[str]:
        return [f"{path} stands half written" for path in self._files() if not self._whole(path)]

    def _whole(self, path: Path) -> bool:
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() in self.initial:
            return True
        name, folder = path.name, path.parent
        if name.endswith(".sighdr"):
            return any(whole.startswith(data) and len(data) > 96 for whole in self.rpms.values())
        if self.old[-16:] in name and "site" not in path.parts:
            return False  # a copy of what was there before is that, or nothing
        if name.endswith(".why"):
            return data.endswith(b"\n") and data.count(b"\n") == 3
        if folder.name == "repodata" and "-" in name:
            return name.startswith(hashlib.sha256(data).hexdigest())
        if name.startswith("Packages"):
            return self._index_is_named(path, data)
        if "site" in path.parts or "apart" in path.parts:
            return data.rstrip().endswith(b"-----END PGP PUBLIC KEY BLOCK-----")
        return True  # looked at as an artifact, or as the signature of one

    def _index_is_named(self, path: Path, data: bytes) -> bool:
        release = next(parent for parent in path.parents if (parent / "InRelease").exists())
        texts = [one.read_bytes() for one in (release / "Release", release / PART / "Release") if one.exists()]
        wanted = path.relative_to(release).as_posix().encode()
        if path.suffix == ".gz":
            gzip.decompress(data)
        listed = {found for text in texts for found, name in _LISTED.findall(text) if name == wanted}
        return hashlib.sha256(data).hexdigest().encode() in listed

    # At the end

    def left_over(self) -> list[str]:
        """What a killed run left and nobody took away, in the releases and beside the keys."""
        folder = self.incident.made.world.folder
        found = [str(path) for path in folder.rglob("*") if PART in path.name or path.suffix == ".lock"]
        homes = self.incident.made.world.homes
        return [*found, *(str(path) for home in homes.all() for path in home.glob("*.lock"))]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run(
    command: list[str], *, given: bytes = b"", must: bool = True, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, input=given, capture_output=True, check=must, env=env)
