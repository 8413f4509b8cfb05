"""What becomes of each judged artifact: signed anew, set aside, withdrawn, or left alone. Pure.

Some things are signed by themselves (a file beside its signature, an rpm, a tag), others through an index that lists them with their
digests (SHA256SUMS, the index of an apt repository). An index may be signed anew without having been known from before: every line of
it is proven by itself, and what is not proven leaves it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from irkit.model import Artifact, OpenPgpKey
from irkit.resign.judging import APART, DIFFERS, MISSING, Judged, Judgement, signed_by


class Fate(StrEnum):
    """RESIGN: proven, and signed anew. QUARANTINE: moved out of the release, with its reason. WITHDRAW: what cannot be moved (a tag, a
    commit, a line of an index whose file is not here) is no longer vouched for. LEAVE: the old key never signed it, nothing speaks
    against it, and no index that is signed anew would vouch for it."""

    RESIGN = "re-signed"
    QUARANTINE = "quarantined"
    WITHDRAW = "withdrawn"
    LEAVE = "left as it is"


GONE = (Fate.QUARANTINE, Fate.WITHDRAW)
INDEXES = ("manifest", "apt-release", "apt-inrelease", "rpm-repomd")
LISTED = ("listed", "apt-package", "apt-source")
REMARKS = ("apt-index", "rpm-listed", "git-mergetag")
"""Rows that say something of an index, or of a tag that a merge carries along; no artifact of their own."""
IN_GIT = ("git-tag", "git-commit")
_KEPT = re.compile(r"\.(?:[0-9A-F]{8}|[0-9A-F]{16}|[0-9A-F]{40})(?:\.[a-z]+)?\Z")


@dataclass(frozen=True)
class Disposed:
    """One thing of a release with all rows about it (one a signature), what becomes of it, and why.

    `through` is the signature file of the index that vouches for it, "" when it is signed by itself.
    """

    path: str
    kind: str
    rows: tuple[Judged, ...]
    fate: Fate
    why: str
    through: str = ""

    @property
    def artifact(self) -> Artifact:
        return self.rows[0].artifact

    @property
    def signatures(self) -> tuple[str, ...]:
        """The signature files beside it, in order; not those inside it or of an index, which vouch for others too."""
        own = (row.artifact for row in self.rows if row.artifact.kind not in (*LISTED, *IN_GIT))
        found = (artifact.signature_path for artifact in own)
        return tuple(dict.fromkeys(one for one in found if one and one != self.path))


def dispose(judged: Iterable[Judged], old: OpenPgpKey, leaked: frozenset[str] = frozenset()) -> tuple[Disposed, ...]:
    """Every thing once, by path. `leaked` are the (sub)keys whose signatures count for nothing; empty: all of the key's."""
    by_path: dict[str, list[Judged]] = {}
    for one in judged:
        if one.artifact.kind in REMARKS:
            continue
        by_path.setdefault(one.artifact.path, []).append(one)
    things = [_by_itself(path, _ordered(rows), old, leaked) for path, rows in sorted(by_path.items())]
    things = [_beside(one, things, old, leaked) for one in things]
    return tuple(_index(one, things, old, leaked) if one.kind in INDEXES else one for one in things)


def _ordered(rows: Sequence[Judged]) -> tuple[Judged, ...]:
    """Its own signatures first, then what vouches for it from elsewhere."""
    return tuple(
        sorted(
            rows,
            key=lambda row: (
                row.artifact.kind in LISTED, row.artifact.signature_path or "", row.artifact.issuer or "",
            ),
        )
    )  # fmt: skip


def _by_itself(path: str, rows: tuple[Judged, ...], old: OpenPgpKey, leaked: frozenset[str]) -> Disposed:
    why = "; ".join(dict.fromkeys(f"{one.judgement}: {one.why}" for one in rows))
    worst = max((one.judgement for one in rows), key=_BADNESS.index)
    bearing = [one for one in rows if bears(one.artifact, old, leaked, rows)]
    kind = (bearing or rows)[0].artifact.kind
    through = next((one.artifact.signature_path or "" for one in bearing if one.artifact.kind in LISTED), "")
    own = any(one.artifact.kind not in LISTED for one in bearing)
    if worst is Judgement.TRUSTED:
        fate = Fate.RESIGN if bearing else Fate.LEAVE
    elif bearing or worst in (Judgement.ALTERED, Judgement.SUSPECT):
        nowhere = all(one.artifact.verdict == MISSING for one in rows)
        fate = Fate.WITHDRAW if kind in IN_GIT or nowhere else Fate.QUARANTINE
        why = f"there is no such file here, and links are not followed; {why}" if nowhere else why
    else:
        fate = Fate.LEAVE
    return Disposed(path, kind, rows, fate, why, "" if own else through)


_BADNESS = (Judgement.TRUSTED, Judgement.UNPROVEN, Judgement.SUSPECT, Judgement.ALTERED)


def _beside(one: Disposed, things: Sequence[Disposed], old: OpenPgpKey, leaked: frozenset[str]) -> Disposed:
    """An rpm that is not proven cannot stay where the metadata is made and signed anew: it would be listed, whoever signed it or nobody."""
    if one.kind != "rpm" or one.fate is not Fate.LEAVE or all(row.judgement is Judgement.TRUSTED for row in one.rows):
        return one
    for index in things:
        if index.kind == "rpm-repomd" and lists(index, one) and _bear(index, old, leaked):
            return replace(one, fate=Fate.QUARANTINE, why=f"{one.why}; {index.path} would vouch for it")
    return one


def _bear(index: Disposed, old: OpenPgpKey, leaked: frozenset[str]) -> bool:
    return any(bears(row.artifact, old, leaked, index.rows) for row in index.rows)


def _index(index: Disposed, things: Sequence[Disposed], old: OpenPgpKey, leaked: frozenset[str]) -> Disposed:
    """An index is as good as what stays in it; one that says what nobody listed is set aside like any file."""
    if not _bear(index, old, leaked):
        return index
    listed = [one for one in things if one.kind not in INDEXES and lists(index, one)]
    kept = [one for one in listed if one.fate not in GONE]
    if not listed or not kept:
        return index
    gone, odd = len(listed) - len(kept), [one.path for one in kept if listed_otherwise(one)]
    if odd and index.kind.startswith("apt-"):
        told = f"it lists {odd[0]} with another digest than the file has that is proven: have its tool make it anew"
        return replace(index, why=f"{index.why}; {told}")
    why = f"each of the {len(kept)} files it lists is proven by itself" + (f"; {gone} leave it" if gone else "")
    if odd and index.kind == "manifest":
        why += (
            f"; it tells another digest of {', '.join(odd[:3])}{' and others' if odd[3:] else ''}, which is corrected"
        )
    if any(APART in row.artifact.verdict for row in index.rows):
        why += f"; {APART}: both are written from what InRelease says"
    return Disposed(index.path, index.kind, index.rows, Fate.RESIGN, why)


def listed_otherwise(one: Disposed) -> bool:
    """Whether an index that lists it tells another digest of it."""
    return any(row.artifact.kind in LISTED and row.artifact.verdict == DIFFERS for row in one.rows)


def lists(index: Disposed, one: Disposed) -> bool:
    """Whether the index vouches for it. Release and InRelease of one distribution are the same index, written twice."""
    if index.kind == "rpm-repomd":
        return one.kind == "rpm" and one.path.startswith(index.path.removesuffix("repodata/repomd.xml"))
    through = {row.artifact.signature_path or "" for row in one.rows if row.artifact.kind in LISTED}
    if index.kind == "manifest":
        return not through.isdisjoint(row.artifact.signature_path for row in index.rows)
    return index.path.rpartition("/")[0] in {path.rpartition("/")[0] for path in through}


def bears(
    artifact: Artifact, old: OpenPgpKey, leaked: frozenset[str] = frozenset(), beside: Sequence[Judged] = ()
) -> bool:
    """Whether it bears a signature that is, or may be, by what leaked.

    One that is kept (NAME.KEYID.asc) is history where its successor (NAME.asc) is among those `beside`; without one it is what vouches
    for the file, whatever it is called.
    """
    if artifact.signature_path is None:
        return False
    kept = _KEPT.search(artifact.signature_path)
    if kept and _succeeded(artifact.signature_path[: kept.start()], beside):
        return False
    by = signed_by(artifact, old)
    if by is None or not leaked or not by:
        return by is not False
    issuer = artifact.issuer or ""
    return any(key.endswith(issuer) or key.startswith(issuer) for key in leaked)


def _succeeded(name: str, beside: Sequence[Judged]) -> bool:
    """Whether there is a signature under the name that a kept one had before; a clear-signed file is its own."""
    names = [row.artifact.signature_path or "" for row in beside]
    return any(one == name or (one.rpartition(".")[0] == name and not _KEPT.search(one)) for one in names)
