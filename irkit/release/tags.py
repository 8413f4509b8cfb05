"""Signed tags of git, signed anew: the same target, tagger, date and message under another signature.

A tag object is headers, an empty line, the message, and at its end the signature over everything in front of it
(`Documentation/gitformat-signature`). Only the tag object's id changes, and the ref that names it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from irkit.errors import BadInput, StepFailed
from irkit.openpgp.armor import armored
from irkit.openpgp.content import NotJudged
from irkit.openpgp.signer import Signer
from irkit.release.git_locks import Move
from irkit.release.git_writing import kinds, move, objects, opened, refs_now, write, wrong_tags
from irkit.sources.git.history import tag as read_tag
from irkit.sources.git.run import Repository

KEPT = "refs/resign/old/"
"""Where the tag objects with the old signatures stay: `refs/tags/v1` under `refs/resign/old/tags/v1`."""

_OPENPGP = re.compile(rb"^-----BEGIN PGP (?:SIGNATURE|MESSAGE)-----", re.MULTILINE)
_OTHER = re.compile(rb"^-----BEGIN (?:SSH SIGNATURE|SIGNED MESSAGE)-----", re.MULTILINE)
_HEADER_SIGNATURE = re.compile(rb"^gpgsig(?:-sha256)? ", re.MULTILINE)
_OID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REF = re.compile(r"refs/tags/[^\s~^:?*\[\\\x00-\x1f\x7f]+")
_BATCH = 100

Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class JudgedTag:
    """A tag as it was judged: full name of its ref, id of its tag object, id of what that names (directly or in the end)."""

    ref: str
    tag: str
    target: str


@dataclass(frozen=True)
class SignedTag:
    """A tag signed by the new key: its object before and after, the ref that keeps the old one, whether it was found done."""

    ref: str
    old: str
    new: str
    target: str
    kept_at: str
    already: bool


class TagParts(NamedTuple):
    """A tag object cut where git cuts it: what is signed, and the signature ("" when there is none)."""

    payload: bytes
    signature: bytes


def tag_parts(data: bytes) -> TagParts:
    """Cut a tag object at the last line that begins an OpenPGP signature, as git does. Pure."""
    starts = [match.start() for match in _OPENPGP.finditer(data)]
    cut = starts[-1] if starts else len(data)
    return TagParts(data[:cut], data[cut:])


def kept_ref(ref: str) -> str:
    return KEPT + ref.removeprefix("refs/")


def sign_tags(
    path: Path, judged: Sequence[JudgedTag], signer: Signer, progress: Progress | None = None
) -> tuple[SignedTag, ...]:
    """Sign every tag anew, verify each by `git verify-tag` and by Sequoia, and only then move its ref.

    Looks first: a tag that the new key has signed over the same bytes is done. In rounds of a hundred, each with a handful of
    processes; killed at any moment, it goes on there. A tag that is not the judged one any
    more is refused (StepFailed), like one that is no annotated tag; BadInput for a name or an id that is none.
    """
    for one in judged:
        _checked(one)
    repository, tell = opened(path), progress or (lambda _what, _done, _total: None)
    signed: list[SignedTag] = []
    for at in range(0, len(judged), _BATCH):
        signed += _round(repository, judged[at : at + _BATCH], signer)
        tell(f"tags of {path}", len(signed), len(judged))
    return tuple(signed)


def push_commands(path: Path, signed: Sequence[SignedTag], remote: str = "origin") -> tuple[str, ...]:
    """What a person runs to publish them: each old tag under its kept name first, then the new one in its place, and only
    where the remote still has the tag that was judged (`--force-with-lease`)."""
    git = ["git", "-C", str(path), "push"]
    keep = [f"{one.kept_at}:{one.kept_at}" for one in signed]
    leases = [f"--force-with-lease={one.ref}:{one.old}" for one in signed]
    return (
        shlex.join([*git, remote, *keep]),
        shlex.join([*git, *leases, remote, *(f"{one.ref}:{one.ref}" for one in signed)]),
    )


def _round(repository: Repository, judged: Sequence[JudgedTag], signer: Signer) -> list[SignedTag]:
    now = refs_now(repository, [name for one in judged for name in (one.ref, *_kept_names(one))])
    data = _tag_objects(repository, [*(one.tag for one in judged), *(now.get(one.ref, "") for one in judged)])
    parts = {one.ref: _cut(one, now, data, repository) for one in judged}
    done = _done(repository, judged, now, data, signer)
    todo = [one for one in judged if one.ref not in done]
    for one in todo:
        if now.get(one.ref) != one.tag:
            raise NotJudged(
                "the tag is not the one that was judged", on=one.ref,
                why=f"it names {now.get(one.ref) or 'nothing: it is gone'}, judged was {one.tag}",
                do="do not sign it; judge the repository again",
            )  # fmt: skip
    fresh = _signed_anew(repository, todo, parts, signer)
    kept = {one.ref: _kept_name(one, now) for one in judged}
    why = f"tag signed anew with {signer.primary}"
    new_kept = [Move(kept[one.ref], one.tag) for one in todo if now.get(kept[one.ref]) != one.tag]
    if new_kept:
        move(repository, new_kept, "the tag as the old key signed it")
    if todo:
        move(repository, [Move(one.ref, fresh[one.ref], one.tag) for one in todo], why)
    new = {**{ref: now[ref] for ref in done}, **fresh}
    return [SignedTag(one.ref, one.tag, new[one.ref], one.target, kept[one.ref], one.ref in done) for one in judged]


def _cut(one: JudgedTag, now: Mapping[str, str], data: Mapping[str, bytes], repository: Repository) -> TagParts:
    """The judged tag, taken apart. StepFailed when it cannot be signed as it is."""
    if now.get(one.ref, "").startswith("-> "):
        raise StepFailed(
            "this ref stands for another one", on=one.ref, why=now[one.ref], do="remove it, or sign the tag it leads to"
        )
    if one.tag not in data:
        raise StepFailed(
            "there is no annotated tag to sign", on=f"{one.ref} in {repository.shown}", why=f"{one.tag} is no tag object here",
            do="a lightweight tag holds no signature; attest its commit instead",
        )  # fmt: skip
    whole = data[one.tag]
    read = read_tag(one.tag, whole)
    if read is None or one.target not in (read.target, _last_target(read.target, data)):
        raise StepFailed(
            "the tag names something else than was judged", on=one.ref, why=f"it names {read.target if read else 'nothing'}",
            do="judge the repository again",
        )  # fmt: skip
    parts = tag_parts(whole)
    headers = parts.payload.partition(b"\n\n")[0]
    if _HEADER_SIGNATURE.search(headers) or (not parts.signature and _OTHER.search(whole)):
        raise StepFailed(
            "the tag holds a signature of another kind", on=one.ref, why="it is no OpenPGP signature at the end of the tag",
            do="sign it with the tool that made it",
        )  # fmt: skip
    if not parts.payload.endswith(b"\n"):
        raise StepFailed("the tag's text does not end with a line", on=one.ref, do="make a new tag of it by hand")
    return parts


def _tag_objects(repository: Repository, oids: Sequence[str]) -> dict[str, bytes]:
    """The tag objects among these, and those that they lead to."""
    data: dict[str, bytes] = {}
    wanted = list(dict.fromkeys(oid for oid in oids if _OID.fullmatch(oid)))
    while wanted:
        data |= objects(repository, [oid for oid, kind in kinds(repository, wanted).items() if kind == "tag"])
        read = [read_tag(oid, data[oid]) for oid in wanted if oid in data]
        wanted = [one.target for one in read if one and one.kind == "tag" and one.target not in data]
        wanted = [oid for oid in dict.fromkeys(wanted) if _OID.fullmatch(oid)]
    return data


def _last_target(oid: str, data: Mapping[str, bytes]) -> str:
    """What a chain of tags ends at, as far as its tags were read with this one."""
    seen: set[str] = set()
    while oid in data and oid not in seen:
        seen.add(oid)
        read = read_tag(oid, data[oid])
        oid = read.target if read else oid
    return oid


def _done(
    repository: Repository,
    judged: Sequence[JudgedTag],
    now: Mapping[str, str],
    data: Mapping[str, bytes],
    signer: Signer,
) -> set[str]:
    """Refs whose tag is the judged one in every byte but its signature, which is the new key's and good for both programs."""
    same: dict[str, str] = {}
    for one in judged:
        current = now.get(one.ref, "")
        parts = tag_parts(data.get(current, b""))
        if parts.payload == tag_parts(data[one.tag]).payload and not signer.wrong(*parts, by_gpg=False):
            same[one.ref] = current
    against = wrong_tags(repository, list(same.values()), signer) if same else {}
    return {ref for ref, oid in same.items() if oid not in against}


def _signed_anew(
    repository: Repository, todo: Sequence[JudgedTag], parts: Mapping[str, TagParts], signer: Signer
) -> dict[str, str]:
    """New tag objects by ref, stored and verified. StepFailed when one does not verify; no ref has moved then."""
    if not todo:
        return {}
    signatures = signer.sign(parts[one.ref].payload for one in todo)
    made = [parts[one.ref].payload + armored(packet) for one, packet in zip(todo, signatures, strict=True)]
    oids = write(repository, "tag", made)
    stored = objects(repository, oids)
    against = wrong_tags(repository, oids, signer)
    for one, oid, whole in zip(todo, oids, made, strict=True):
        why = "it was not stored as it was made" if stored.get(oid) != whole else against.get(oid, "")
        if why := why or signer.wrong(*tag_parts(whole), by_gpg=False):
            raise StepFailed("the new tag does not verify", on=one.ref, why=why, do="the ref was not moved; try again")
    return {one.ref: oid for one, oid in zip(todo, oids, strict=True)}


def _kept_names(one: JudgedTag) -> tuple[str, str]:
    return kept_ref(one.ref), f"{kept_ref(one.ref)}.{one.tag[:12]}"


def _kept_name(one: JudgedTag, now: Mapping[str, str]) -> str:
    """The name for the old tag; the longer one when an older tag than that is kept under the short one."""
    short, long = _kept_names(one)
    return short if now.get(short, one.tag) == one.tag else long


def _checked(one: JudgedTag) -> None:
    if not _REF.fullmatch(one.ref) or ".." in one.ref or one.ref.endswith((".lock", "/", ".")):
        raise BadInput("this is no name of a tag", on=one.ref[:120], do="give the full name: refs/tags/NAME")
    for oid in (one.tag, one.target):
        if not _OID.fullmatch(oid):
            raise BadInput("this is no object id", on=oid[:80], do="give all of its digits")
