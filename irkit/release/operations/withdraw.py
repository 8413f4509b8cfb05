"""A tag that nothing proves is taken out of the names that people fetch; its object stays, under another name.

withdraw-tag   repository, ref (refs/tags/NAME), tag (object id as judged), why
"""

from __future__ import annotations

from pathlib import Path

from irkit.errors import BadInput, IrkitError, StepFailed
from irkit.openpgp.operations import Done, Hands, Operation
from irkit.plan import GpgCommand
from irkit.sources.git import repository_at
from irkit.sources.git.run import Repository, git

KEPT = "refs/resign/withdrawn/"


def _withdraw(command: GpgCommand, _hands: Hands) -> Done:
    path, ref, judged = Path(command.argument("repository")), command.argument("ref"), command.argument("tag")
    repository = repository_at(path)
    if repository is None:
        raise BadInput("this is no git repository", on=path, do="judge the releases again")
    kept = KEPT + ref.removeprefix("refs/")
    facts = (("path", ref), ("why", command.argument("why")), ("kept_at", kept), ("repository", str(path)))
    now = _id(repository, ref)
    if now is None and _id(repository, kept) == judged:
        return Done(f"{ref} was withdrawn already", facts)
    if now != judged:
        raise StepFailed(
            "the tag moved since it was judged",
            on=ref,
            why=f"it is {now or 'gone'}, judged {judged}",
            do="find out who moved it; judge the releases again",
        )
    git(repository, "update-ref", kept, judged)
    git(repository, "update-ref", "-d", ref, judged)  # only if it still is what was judged
    return Done(f"{ref} was withdrawn; its object is kept as {kept}", facts)


def _id(repository: Repository, ref: str) -> str | None:
    try:
        return git(repository, "rev-parse", "--verify", "--quiet", ref).decode().strip()
    except IrkitError:
        return None


OPERATIONS: dict[str, Operation] = {"withdraw-tag": _withdraw}
