"""What a key signed in a release folder: every file with the signatures beside it, read and hashed, nothing changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from irkit.errors import BadInput
from irkit.model import Artifact, OpenPgpKey, Skipped
from irkit.release import rows
from irkit.release.inventory import Inventory
from irkit.release.manifests import Line, lines_of, may_be_manifest, read_manifest
from irkit.release.tree import LINK, SUFFIXES, Looked, digests_of, files_of, look_at

_KEPT = re.compile(r"\.(?:[0-9A-F]{8}|[0-9A-F]{16}|[0-9A-F]{40})\Z")
"""A signature kept beside a newer one, or named after its key: `NAME.KEYID.asc` belongs to NAME."""
_BESIDE = (".md5", ".sha1", ".sha256", ".sha512")
"""Digests that build tools write beside each file; no artifacts of their own."""
_MAVEN = (".jar", ".pom", ".war", ".ear", ".aar", ".module")
_WHEEL = re.compile(r"(?P<name>[A-Za-z0-9._]+)-(?P<version>[0-9][^-]*)(?:-[0-9][^-]*)?-[^-]+-[^-]+-[^-]+\.whl")
"""https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention"""


def in_files(
    folder: Path, key: OpenPgpKey | None, but: frozenset[str] = frozenset(), also: Sequence[str] = ()
) -> Inventory:
    """Walk a release folder and pair X with X.asc, X.sig, X.sign and X.gpg. BadInput when there is no such folder.

    Kinds: "detached", "clearsigned", "manifest" (a signed or unsigned list of digests), "listed" (a file signed through a manifest:
    `signature_path` is the manifest's, the verdict "listed, digest differs" when it is not the file that was listed, and "listed,
    missing" when there is no such file: then its digest is the listed one), "maven" and "python" for files of those. A file that is
    listed and bears a signature of its own has both rows. Signatures are read, not verified; with `key` each says whether it names that
    key. Symbolic links are not followed; one that is named like the signature of a file here is a signature that cannot be read. `but` are
    paths that another reader has told of already, of files or whole folders; `also` names further digests to take of every file ("sha512"),
    for its `content`.
    """
    if not folder.is_dir():
        raise BadInput("there is no such release folder", on=folder, do="give the folder that holds the released files")
    skipped: list[Skipped] = []
    files = files_of(folder, but, skipped)
    links = tuple(one.what for one in skipped if one.why == LINK)
    pairing = _Pairing(files, look_at(files, ("sha256", *also)), key, skipped, links)
    ordered = sorted(pairing.rows(), key=lambda row: (row.path, row.kind, row.signature_path or "", row.issuer or ""))
    return Inventory(tuple(ordered), (), tuple(skipped))


@dataclass
class _Pairing:
    """The files of one release, while each is given its signatures."""

    files: Mapping[str, str]
    looked: Mapping[str, Looked]
    key: OpenPgpKey | None
    skipped: list[Skipped]
    links: tuple[str, ...] = ()
    spoken_for: set[str] = field(default_factory=set)

    def rows(self) -> list[Artifact]:
        """Signed files first: what is left bears no signature."""
        found = [row for name, one in self.looked.items() for row in self._signed(name, one)]
        found += self._linked()
        found += self._through(found)
        for name, one in self.looked.items():
            if name not in self.spoken_for and not self._beside(name):
                found.append(replace(self._blank(name), verdict=rows.NO_SIGNATURE))
                if one.fault and (one.clear or not one.digests):
                    self.skipped.append(Skipped(name, one.fault))
        return found

    def _signed(self, name: str, one: Looked) -> Iterator[Artifact]:
        """A row for each signature that is in this file."""
        owner = self._owner(name)
        if one.clear and one.signatures:
            self.spoken_for.add(name)
            manifest = may_be_manifest(name) and read_manifest(self.files[name])
            yield from self._each(replace(self._blank(name), kind="manifest" if manifest else "clearsigned"), name, one)
        elif one.detached and owner:
            self.spoken_for |= {owner, name}
            blank = self._blank(owner)
            yield from self._each(blank if owner in self.files else replace(blank, verdict=rows.ALONE), name, one)
        elif one.fault and owner in self.files and not one.clear:
            self.skipped.append(Skipped(name, one.fault))
            self.spoken_for |= {owner, name}
            yield replace(self._blank(owner), signature_path=name, verdict=rows.UNREADABLE)

    def _linked(self) -> Iterator[Artifact]:
        """A file beside a link that clients take for its signature: they do follow it."""
        for name in self.links:
            owner = self._owner(name)
            if owner in self.files:
                self.spoken_for.add(owner)
                yield replace(self._blank(owner), signature_path=name, verdict=rows.UNREADABLE)

    def _each(self, blank: Artifact, signature: str, one: Looked) -> Iterator[Artifact]:
        for packet in one.signatures:
            yield rows.signed(replace(blank, signature_path=signature), packet, self.key)

    def _owner(self, name: str) -> str:
        """What a file of this name would be the signature of; "" when it would be none."""
        suffix = next((one for one in SUFFIXES if name.endswith(one) and len(name) > len(one)), "")
        owner = name.removesuffix(suffix) if suffix else ""
        return owner if owner in self.files else _KEPT.sub("", owner)

    def _through(self, signed: Sequence[Artifact]) -> list[Artifact]:
        """What is signed through a manifest: a row for each file that it lists and each signature of it."""
        found = []
        records = {
            name: (list(lines_of(name, record)), record)
            for name in dict.fromkeys(row.path for row in signed if row.kind == "manifest")
            if (record := read_manifest(self.files[name]))
        }
        sha512 = {line.path for lines, _record in records.values() for line in lines if line.algorithm == "sha512"}
        others = digests_of(self.files, sha512 & self.files.keys(), "sha512")
        for name, (lines, record) in records.items():
            here = [line for line in lines if line.path in self.files]
            self._note(name, len(lines) - len(here), record.wrong)
            self.spoken_for |= {line.path for line in here}
            for row in (one for one in signed if one.path == name and one.kind == "manifest"):
                found += [self._listed(row, line, others) for line in lines]
        return found

    def _listed(self, manifest: Artifact, line: Line, sha512: Mapping[str, str]) -> Artifact:
        if line.path not in self.files:
            told = (("sha512", line.digest),) if line.algorithm == "sha512" else ()
            digest = line.digest if line.algorithm == "sha256" else None
            return replace(manifest, path=line.path, sha256=digest, content=told, kind="listed", verdict=rows.MISSING)
        digests = self.looked[line.path].digests
        digest = digests.get("sha256") if line.algorithm == "sha256" else sha512.get(line.path)
        return replace(
            manifest,
            path=line.path,
            sha256=digests.get("sha256"),
            content=self._content(line.path),
            kind="listed",
            verdict=manifest.verdict if digest == line.digest else rows.DIFFERS,
        )

    def _note(self, manifest: str, missing: int, wrong: Sequence[str]) -> None:
        if missing:
            self.skipped.append(Skipped(manifest, f"{missing} of the files that it lists are not here"))
        if wrong:
            self.skipped.append(Skipped(manifest, f"{len(wrong)} of its lines list no file: {wrong[0]}"))

    def _blank(self, name: str) -> Artifact:
        digest = self.looked[name].digests.get("sha256") if name in self.looked else None
        kind = self._kind(name)
        return Artifact(name, digest, None, None, None, rows.NOT_VERIFIED, kind, content=self._content(name))

    def _content(self, name: str) -> tuple[tuple[str, str], ...]:
        digests = self.looked[name].digests if name in self.looked else {}
        return tuple((algorithm, value) for algorithm, value in digests.items() if algorithm != "sha256")

    def _kind(self, name: str) -> str:
        if may_be_manifest(name) and name in self.files and read_manifest(self.files[name]):
            return "manifest"
        if name.endswith(_MAVEN):
            return "maven"
        return "python" if self._python(name) else "detached"

    def _python(self, name: str) -> bool:
        """A wheel by its name; a source archive is named like any other, and told by a wheel of the same release beside it."""
        path = PurePosixPath(name)
        if path.suffix == ".whl":
            return bool(_WHEEL.fullmatch(path.name))
        if not name.endswith(".tar.gz"):
            return False
        return (path.parent.as_posix(), path.name.removesuffix(".tar.gz").replace("-", "_").lower()) in self._wheels

    @cached_property
    def _wheels(self) -> set[tuple[str, str]]:
        """Folder, and name and version, of every wheel."""
        found = set()
        for path in map(PurePosixPath, self.files):
            if path.suffix == ".whl" and (match := _WHEEL.fullmatch(path.name)):
                found.add((path.parent.as_posix(), f"{match['name']}_{match['version']}".lower()))
        return found

    def _beside(self, name: str) -> bool:
        """A digest that a build tool wrote beside a file."""
        return name.endswith(_BESIDE) and name.rpartition(".")[0] in self.files
