"""Commits that the old key signed: never rewritten, but attested, since their ids are what everybody knows them by.

One clear-signed text names the commits and their trees. It is one object, and a note (`refs/notes/resign`) on every commit it names, so
that whoever holds any of them finds it: `git notes --ref=resign show COMMIT | gpg --verify`. Notes that were there stay in front of it.
A commit's id is a digest over its tree and its parents (https://git-scm.com/book/en/v2/Git-Internals-Git-Objects).
"""

from __future__ import annotations

import re
import shlex
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from irkit.errors import BadInput, StepFailed
from irkit.model import SecretRef, iso
from irkit.openpgp.cleartext import ClearSigned, frames, whole
from irkit.openpgp.keyblock import read_keys
from irkit.openpgp.signer import Signer, wrong
from irkit.release.git_locks import Move
from irkit.release.git_writing import commit_tree, kinds, move, objects, opened, refs_now, write
from irkit.sources.git.history import commit as read_commit
from irkit.sources.git.run import Repository, git

NOTES = "refs/notes/resign"
TITLE = "Attestation of commits, version 1"

_OID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LINE = re.compile(rb"^commit ([0-9a-f]{40,64}) tree ([0-9a-f]{40,64})$", re.MULTILINE)
_MADE = re.compile(rb"^Made: (\S+)$", re.MULTILINE)
_FLAT = 256
"""Notes up to which git itself would keep them in one folder (notes.c builds its fan-out about there)."""


@dataclass(frozen=True)
class Attestation:
    """What the notes of a repository attest under one key. `commits` are (commit, tree) ids that are here and good for both programs;
    `against` says of every other commit named why it does not count; `made` are the times that the texts tell (UTC, the signer's word)."""

    key: str
    commits: tuple[tuple[str, str], ...]
    against: tuple[tuple[str, str], ...]
    made: tuple[str, ...]
    notes: str


def attest_commits(path: Path, commits: Sequence[str], signer: Signer, because: str = "") -> tuple[Attestation, bool]:
    """Attest these commits, all in one text, verified by gpg and Sequoia before it is written; True when it was there already.

    BadInput for what is no whole id of a commit here. The notes are moved only from where they were read (StepFailed).
    """
    if not commits or not all(_OID.fullmatch(one) for one in commits):
        wrong_ones = [one for one in commits if not _OID.fullmatch(one)]
        raise BadInput("a commit is named by its whole id", on=", ".join(wrong_ones)[:120], do="give all of its digits")
    repository = opened(path)
    trees = _trees(repository, list(dict.fromkeys(commits)))
    known = check_attestation(path, signer.certificate)
    missing = [oid for oid in trees if (oid, trees[oid]) not in known.commits]
    if not missing:
        return known, True
    made = signer.clear(_text(signer, trees, because).encode())
    if why := _against(made, signer.certificate, signer.primary):
        raise StepFailed("the attestation does not verify", on=path, why=why, do="nothing was written; try again")
    _note(repository, known.notes, missing, made, f"{len(trees)} commits attested by {signer.primary}")
    return check_attestation(path, signer.certificate), False


def check_attestation(path: Path, certificate: str) -> Attestation:
    """Read the notes back: which commits this certificate's key attests, and what speaks against the others that are named."""
    (key,) = [one.openpgp for one in read_keys(certificate.encode(), SecretRef("id:certificate"))]
    repository = opened(path)
    notes = refs_now(repository, [NOTES]).get(NOTES, "")
    noted = _noted(repository, notes)
    texts = objects(repository, list(dict.fromkeys(noted.values())))
    named: dict[str, str] = {}
    against: dict[str, str] = {}
    made: list[str] = []
    for text in texts.values():
        for frame in frames(text):
            rows = {commit.decode(): tree.decode() for commit, tree in _LINE.findall(frame.text)}
            if not frame.text.startswith(TITLE.encode()):
                continue
            if why := _frame_against(frame, certificate, key):
                against |= dict.fromkeys(rows, why)
                continue
            named |= rows
            made += [moment.decode() for moment in _MADE.findall(frame.text)]
    trees = _trees(repository, list(named), must=False)
    for oid, tree in named.items():
        if trees.get(oid) != tree:
            against[oid] = f"its tree is {trees[oid]} here" if oid in trees else "it is not in this repository"
    good = {oid: tree for oid, tree in named.items() if trees.get(oid) == tree}
    return Attestation(
        key,
        tuple(sorted(good.items())),
        tuple(sorted((oid, why) for oid, why in against.items() if oid not in good)),
        tuple(sorted(set(made))),
        notes,
    )


def push_command(path: Path, remote: str = "origin") -> str:
    """What a person runs to publish the notes."""
    return shlex.join(["git", "-C", str(path), "push", remote, f"{NOTES}:{NOTES}"])


def _text(signer: Signer, trees: dict[str, str], because: str) -> str:
    former = ", ".join(signer.former) or "the key before"
    lines = [
        TITLE, "",
        f"The commits below may bear signatures by {former}. Its secret part has become known",
        "to others: those signatures are void, whatever date they tell. The commits are not rewritten.",
        f"Their content is known from before: {because or 'it was compared with independent records.'}"
        f" {signer.primary} attests it by this text.", "",
        f"Made: {iso(datetime.now(UTC))}", f"Key: {signer.primary}", f"Former key: {former}", f"Commits: {len(trees)}", "",
        *(f"commit {oid} tree {tree}" for oid, tree in sorted(trees.items())), "",
    ]  # fmt: skip
    return "\n".join(line.rstrip() for line in lines)


def _trees(repository: Repository, oids: Sequence[str], *, must: bool = True) -> dict[str, str]:
    """Tree ids of the commits. BadInput when one is none, or without `must` it is left out."""
    are = kinds(repository, oids)
    data = objects(repository, [oid for oid in oids if are.get(oid) == "commit"])
    read = {oid: read_commit(oid, whole_commit) for oid, whole_commit in data.items()}
    trees = {oid: one.tree for oid, one in read.items() if one}
    lost = [oid for oid in oids if oid not in trees]
    if must and lost:
        why = f"{len(lost)} of {len(oids)} are no commits here"
        raise BadInput(
            "this is no commit of the repository", on=lost[0], why=why, do="name the repository that holds it"
        )
    return trees


def _against(made: bytes, certificate: str, key: str) -> str:
    frame = whole(made)
    return "it is not one clear-signed text" if frame is None else _frame_against(frame, certificate, key)


def _frame_against(frame: ClearSigned, certificate: str, key: str) -> str:
    return wrong(frame.signed, frame.signature, certificate, key)


def _noted(repository: Repository, notes: str) -> dict[str, str]:
    """Blob ids by the commit they are notes of, whatever folders they are spread over (git-notes, "fan-out")."""
    found = {}
    for path, (_mode, blob) in _entries(repository, notes).items():
        oid = path.replace("/", "")
        if _OID.fullmatch(oid):
            found[oid] = blob
    return found


def _entries(repository: Repository, notes: str) -> dict[str, tuple[str, str]]:
    if not notes:
        return {}
    listed = git(repository, "ls-tree", "-r", "-z", "--full-tree", notes, apart=True).decode("utf-8", "surrogateescape")
    rows = [row.partition("\t") for row in listed.split("\0") if row]
    return {path: (head.split(" ")[0], head.split(" ")[2]) for head, _, path in rows}


def _note(repository: Repository, notes: str, commits: Sequence[str], made: bytes, message: str) -> None:
    """Put the text on every one of the commits, behind what is noted there already, and move the notes."""
    entries = _entries(repository, notes)
    noted = _noted(repository, notes)
    before = objects(repository, [noted[oid] for oid in commits if oid in noted])
    texts = [_joined(before.get(noted.get(oid, ""), b""), made) for oid in commits]
    distinct = list(dict.fromkeys(texts))
    blob = dict(zip(distinct, write(repository, "blob", distinct), strict=True))
    kept = {path: row for path, row in entries.items() if not _OID.fullmatch(path.replace("/", ""))}
    wanted = noted | {oid: blob[text] for oid, text in zip(commits, texts, strict=True)}
    spread = len(wanted) > _FLAT
    rows = {f"{oid[:2]}/{oid[2:]}" if spread else oid: ("100644", each) for oid, each in wanted.items()}
    given = "".join(f"{mode} {oid}\t{path}\0" for path, (mode, oid) in (kept | rows).items())
    with tempfile.TemporaryDirectory(prefix="irkit-") as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        encoded = given.encode("utf-8", "surrogateescape")
        git(repository, "update-index", "-z", "--index-info", given=encoded, environment=index)
        tree = git(repository, "write-tree", environment=index).decode().strip()
    move(repository, [Move(NOTES, commit_tree(repository, tree, notes, message), notes)], message)


def _joined(before: bytes, made: bytes) -> bytes:
    return before.rstrip() + b"\n\n" + made if before else made
