"""What irkit writes into a git repository: objects, and refs that are moved only from where they were known to be.

Nothing of the repository is executed (`irkit.sources.git.run`): no hook, no filter, no program that its configuration names.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from irkit.errors import BadInput, StepFailed
from irkit.model import Skipped
from irkit.openpgp import Gpg
from irkit.openpgp.runner import Status, parse_status, throwaway_home
from irkit.openpgp.signer import Signer
from irkit.openpgp.verdicts import read_block, signature_blocks
from irkit.release.git_locks import Move, noted
from irkit.sources.git.answers import Answers
from irkit.sources.git.objects import contents
from irkit.sources.git.run import Repository, git, last_line, object_format, repository_at, start

_WHO = {
    f"GIT_{role}_{what}": said
    for role in ("AUTHOR", "COMMITTER")
    for what, said in (("NAME", "irkit"), ("EMAIL", "irkit@localhost.invalid"))
}
_FEW = 200


def opened(path: Path) -> Repository:
    """The repository at `path`, its main part where it is a linked work tree. BadInput when it is none."""
    found = repository_at(path)
    if found is None:
        raise BadInput("not a git repository", on=path, do="name a work tree, a bare repository or a .git directory")
    return replace(found, git_dir=found.common)


def refs_now(repository: Repository, refs: Iterable[str]) -> dict[str, str]:
    """Object ids of those refs that are there. A symbolic ref has "-> its target" instead: it is never moved."""
    wanted = list(dict.fromkeys(refs))
    asked = wanted if len(wanted) < _FEW else []
    form = "--format=%(objectname) %(symref) %(refname)"
    found: dict[str, str] = {}
    for line in (
        git(repository, "for-each-ref", form, *asked, apart=True).decode("utf-8", "surrogateescape").split("\n")
    ):
        if line:
            oid, symref, ref = line.split(" ", 2)
            found[ref] = f"-> {symref}" if symref else oid
    return {ref: found[ref] for ref in wanted if ref in found}


def kinds(repository: Repository, oids: Sequence[str]) -> dict[str, str]:
    """ "tag", "commit", "tree" or "blob" of each object that is there and can be read."""
    if not oids:
        return {}
    answers = Answers(repository, oids, "--batch-check=%(objectname) %(objecttype)", [])
    pairs = (line.decode("ascii", "replace").split() for line in answers.lines())
    return {oid: kind for oid, kind in pairs if kind in ("tag", "commit", "tree", "blob")}


def objects(repository: Repository, oids: Sequence[str]) -> dict[str, bytes]:
    """The bytes of each object that can be read whole; one process for all of them."""
    skipped: list[Skipped] = []
    found = {oid: b"".join(pieces) for oid, pieces in contents(repository, list(dict.fromkeys(oids)), skipped)}
    torn = " ".join(one.what for one in skipped)
    return {oid: data for oid, data in found.items() if oid not in torn}


def write(repository: Repository, kind: str, data: Sequence[bytes]) -> list[str]:
    """Store objects of one kind; one process for all of them. StepFailed when git finds one ill-formed or cannot write."""
    if not data:
        return []
    with tempfile.TemporaryDirectory(prefix="irkit-") as name:
        paths = [Path(name) / str(number) for number in range(len(data))]
        for path, one in zip(paths, data, strict=True):
            path.write_bytes(one)
        listed = "".join(f"{path}\n" for path in paths).encode()
        made = git(repository, "hash-object", "-t", kind, "-w", "--no-filters", "--stdin-paths", given=listed)
    return made.decode().split()


def move(repository: Repository, moves: Sequence[Move], why: str) -> None:
    """Move refs, all of them or none, each with a reflog entry. StepFailed when one is not where it was known to be, or is locked.

    A lock that a killed run left is no obstacle (`irkit.release.git_locks`).
    """
    nowhere = "0" * (64 if object_format(repository) == "sha256" else 40)
    lines = [f"update {one.ref}\0{one.new or nowhere}\0{one.old or nowhere}\0" for one in moves]
    given = "".join(f"option no-deref\0{line}" for line in lines).encode("utf-8", "surrogateescape")
    command = ("update-ref", "--create-reflog", "-m", why, "--stdin", "-z")
    with noted(repository, moves) as note:
        while True:
            try:
                git(repository, *command, given=given, environment=_WHO, held=(note.handle,))
                return
            except StepFailed as refused:
                if not note.clear():
                    raise note.explained(refused) from None


def commit_tree(repository: Repository, tree: str, parent: str, message: str) -> str:
    """A commit by irkit itself (it is no signature and no evidence)."""
    parents = ["-p", parent] if parent else []
    return git(repository, "commit-tree", tree, *parents, "-m", message, environment=_WHO).decode().strip()


def wrong_tags(repository: Repository, oids: Sequence[str], signer: Signer) -> dict[str, str]:
    """What `git verify-tag` has against each tag object, in a gpg home that holds the new certificate alone; {} for nothing."""
    with throwaway_home() as home:
        Gpg(home).must("the new certificate could not be read", ["--import"], stdin=signer.certificate.encode())
        said = _verify(repository, oids, home)
        blocks = signature_blocks(parse_status(said))
        if len(blocks) != len(oids):  # which of them is it? asked one by one, each answers for itself
            each = [signature_blocks(parse_status(_verify(repository, [oid], home))) for oid in oids]
            blocks = [block[0] if len(block) == 1 else [] for block in each]
    found = {oid: _against(block, signer.primary) for oid, block in zip(oids, blocks, strict=True)}
    return {oid: why for oid, why in found.items() if why}


def _verify(repository: Repository, oids: Sequence[str], home: Path) -> bytes:
    with tempfile.TemporaryFile() as errors:
        command = ["verify-tag", "--raw", *oids]
        given: Mapping[str, str] = {"GNUPGHOME": str(home)}
        # It prints nothing until the last is verified, and each of them starts a gpg.
        patience = 120.0 + len(oids)
        with start(
            repository, command, stdin=None, stderr=errors, apart=True, patience=patience, environment=given
        ) as running:
            running.out.read()
        errors.seek(0)
        said = errors.read()
    if running.stalled:
        raise StepFailed("git verify-tag did not answer", on=repository.shown, why=last_line(said), do="try again")
    return said


def _against(block: Sequence[Status], primary: str) -> str:
    """ "" for exactly one good signature by that primary key and nothing against it."""
    verdict = read_block(block, (primary,))
    said = {"error": "no good signature", "another key": f"signed by {verdict.primary}"}.get(
        verdict.reason, verdict.reason
    )
    return "" if verdict.good else f"git verify-tag: {said}"
