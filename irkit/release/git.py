"""What a key signed in a git repository: every tag and commit of the object database, reachable or not, read in one pass."""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from irkit.errors import BadInput, IrkitError
from irkit.model import Artifact, OpenPgpKey, Skipped
from irkit.openpgp.keyblock import read_signatures, shown
from irkit.release import rows
from irkit.release.carried import Carried, field, in_commit, in_tag, merged_tags
from irkit.release.inventory import Inventory
from irkit.sources.git import repository_at
from irkit.sources.git.absent import absent
from irkit.sources.git.objects import Torn, contents, inventory, refs
from irkit.sources.git.run import Repository, object_format

TAGS = "refs/tags/"
MOST = 64 << 20
"""Bytes of a tag or commit beyond which it is not read: no person wrote that."""


def in_git(repository: Path, key: OpenPgpKey | None) -> Inventory:
    """Every signed tag, signed commit and tag kept in a merge, and every tag without a signature.

    Kinds: "git-tag", path and ref its full name (the object's id and None where no ref names it), a row for each ref; "git-commit",
    path and ref its id; "git-mergetag", a signed tag that the commit `path` keeps in its header. `content` has "git-tag" (the object
    that the ref names), "git-target" (what the tag names), "git-peeled" (what a tag of a tag leads to in the end) and "git-commit".
    Signatures are read, not verified.
    BadInput when there is no repository, NotAvailable without git, StepFailed when git cannot list its objects.
    """
    found = repository_at(repository)
    if found is None:
        raise BadInput(
            "not a git repository", on=repository, do="name a work tree, a bare repository or a .git directory"
        )
    skipped: list[Skipped] = []
    named = refs(found, skipped)  # before the objects: what they lead to is then among these
    listed = inventory(found)
    tags = set(listed.tags)
    refs_of: dict[str, list[str]] = {}
    for name, oid in named.items():
        if oid in tags or name.startswith(TAGS):
            refs_of.setdefault(oid, []).append(name)
    read = _Reader(found, key, refs_of, skipped)
    artifacts = _peeled([*read.rows(listed.tags, listed.commits), *read.lightweight(tags)])
    skipped += [*listed.skipped, *absent(found)]
    return Inventory(tuple(sorted(artifacts, key=_order)), (), tuple(dict.fromkeys(skipped)))


def _peeled(found: Sequence[Artifact]) -> list[Artifact]:
    """With what a tag of a tag leads to in the end, which is what mirrors tell of it."""
    told = [dict(row.content) for row in found]
    leads = {one["git-tag"]: one["git-target"] for one in told if one.get("git-tag", "") != one.get("git-target", "")}
    return [
        replace(row, content=(*row.content, ("git-peeled", _last(leads, one["git-target"]))))
        if row.kind == "git-tag" and one["git-target"] in leads
        else row
        for row, one in zip(found, told, strict=True)
    ]


def _last(leads: Mapping[str, str], oid: str) -> str:
    seen: set[str] = set()
    while oid in leads and oid not in seen:
        seen.add(oid)
        oid = leads[oid]
    return oid


def _order(row: Artifact) -> tuple[int, bool, str, str]:
    """Tags by name, then those without one, then commits."""
    return ("git-tag", "git-commit", "git-mergetag").index(row.kind), row.ref is None, row.path, row.issuer or ""


class _Reader:
    """One pass over the tags and commits of a repository."""

    def __init__(
        self, repository: Repository, key: OpenPgpKey | None, refs_of: dict[str, list[str]], skipped: list[Skipped]
    ) -> None:
        self._repository, self._key, self._refs_of, self._skipped = repository, key, refs_of, skipped
        self._format = object_format(repository)

    def rows(self, tags: list[str], commits: list[str]) -> Iterator[Artifact]:
        wanted = set(tags)
        for oid, data in whole_objects(self._repository, [*tags, *commits], self._skipped):
            yield from self._tag(oid, data) if oid in wanted else self._commit(oid, data)

    def lightweight(self, tags: set[str]) -> Iterator[Artifact]:
        """Tags that name a commit without a tag object: nothing about them can be signed."""
        for oid, found in self._refs_of.items():
            if oid not in tags:
                for ref in found:
                    blank = self._blank("git-tag", ref, (("git-tag", oid), ("git-target", oid)))
                    yield replace(blank, signature_path=None, verdict=rows.NO_SIGNATURE)

    def _tag(self, oid: str, data: bytes) -> Iterator[Artifact]:
        content = (("git-tag", oid), ("git-target", field(data, b"object")))
        for ref in self._refs_of.get(oid) or [""]:
            blank = self._blank("git-tag", ref or oid, content)
            yield from self._signatures(blank if ref else replace(blank, ref=None), in_tag(data))

    def _commit(self, oid: str, data: bytes) -> Iterator[Artifact]:
        if b"\ngpgsig" in data and (carried := in_commit(data, self._format)):
            yield from self._signatures(self._blank("git-commit", oid, (("git-commit", oid),)), carried)
        if b"\nmergetag " in data:
            for tag in merged_tags(data):
                if carried := in_tag(tag):
                    id_of = (("git-tag", self._id("tag", tag)), ("git-target", field(tag, b"object")))
                    yield from self._signatures(
                        self._blank("git-mergetag", oid, (("git-commit", oid), *id_of)), carried
                    )

    def _blank(self, kind: str, name: str, content: tuple[tuple[str, str], ...]) -> Artifact:
        """A row to be filled in. It carries its signature within itself, as a clear-signed text does."""
        shown_at = str(self._repository.shown)
        return Artifact(
            name, None, name, None, None, rows.NOT_VERIFIED, kind, repository=shown_at, ref=name, content=content
        )

    def _signatures(self, blank: Artifact, carried: Carried | None) -> Iterator[Artifact]:
        if carried is None:
            yield replace(blank, signature_path=None, verdict=rows.NO_SIGNATURE)
        elif carried.form == "ssh":
            yield replace(blank, issuer=ssh_issuer(carried.signature), verdict=rows.SSH)
        elif carried.form == "x509":
            yield replace(blank, verdict=rows.X509)
        else:
            try:
                for packet in read_signatures(carried.signature):
                    yield rows.signed(blank, packet, self._key)
            except IrkitError as error:
                self._skipped.append(
                    Skipped(f"{self._repository.shown} {shown(blank.path)}", f"its signature: {error}")
                )
                yield replace(blank, verdict=rows.UNREADABLE)

    def _id(self, kind: str, data: bytes) -> str:
        """https://git-scm.com/book/en/v2/Git-Internals-Git-Objects#_object_storage"""
        whole = f"{kind} {len(data)}\0".encode() + data
        return hashlib.new(self._format, whole, usedforsecurity=False).hexdigest()


def whole_objects(repository: Repository, oids: list[str], skipped: list[Skipped]) -> Iterator[tuple[str, bytes]]:
    """Each object with its bytes; one that is torn or past all measure goes to `skipped`. `oids` are of those that were listed."""
    for oid, pieces in contents(repository, oids, skipped, ()):  # no deltas in a circle: those are listed as skipped
        parts, size = [], 0
        try:
            for piece in pieces:
                parts.append(piece)
                size += len(piece)
                if size > MOST:
                    break
        except Torn:
            continue
        if size > MOST:
            skipped.append(Skipped(f"{repository.shown} object {oid}", f"not read: it has more than {MOST} bytes"))
        else:
            yield oid, parts[0] if len(parts) == 1 else b"".join(parts)


def ssh_issuer(armored: bytes) -> str | None:
    """Fingerprint of the key that an SSH signature holds, as ssh-keygen shows it (PROTOCOL.sshsig); None when it is none."""
    try:
        blob = base64.b64decode(b"".join(armored.split(b"\n")[1:]).partition(b"-----END")[0])
        magic, size = blob[:6], struct.unpack_from(">I", blob, 10)[0]
        key = blob[14 : 14 + size]
    except (ValueError, struct.error):
        return None
    if magic != b"SSHSIG" or len(key) != size:
        return None
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")
