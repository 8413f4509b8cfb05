"""A tag that nothing proves is taken out of the names that people fetch; its object stays, under another name.

withdraw-tag   repository, ref (refs/tags/NAME), tag (object id as judged), why
"""

from __future__ import annotations

from pathlib import Path

from irkit.openpgp.content import NotJudged
from irkit.openpgp.operations import Done, Hands, Operation
from irkit.plan import GpgCommand
from irkit.release.git_locks import Move
from irkit.release.git_writing import move, opened, refs_now

KEPT = "refs/resign/withdrawn/"


def _withdraw(command: GpgCommand, _hands: Hands) -> Done:
    path, ref, judged = Path(command.argument("repository")), command.argument("ref"), command.argument("tag")
    repository = opened(path)
    short = KEPT + ref.removeprefix("refs/")
    long = f"{short}.{judged[:12]}"
    now = refs_now(repository, (ref, short, long))
    kept = short if now.get(short, judged) == judged else long  # an earlier tag of that name may be kept already
    facts = (("path", ref), ("why", command.argument("why")), ("kept_at", kept), ("repository", str(path)))
    if ref not in now and now.get(kept) == judged:
        return Done(f"{ref} was withdrawn already", facts)
    if now.get(ref) != judged:
        raise NotJudged(
            "the tag moved since it was judged", on=ref, why=f"it is {now.get(ref, 'gone')}, judged {judged}",
            do="find out who moved it; judge the releases again",
        )  # fmt: skip
    keep = [] if kept in now else [Move(kept, judged)]
    move(repository, [*keep, Move(ref, "", judged)], "withdrawn: nothing proves it")
    return Done(f"{ref} was withdrawn; its object is kept as {kept}", facts)


OPERATIONS: dict[str, Operation] = {"withdraw-tag": _withdraw}
