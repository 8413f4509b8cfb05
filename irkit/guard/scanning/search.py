"""`irkit guard scan`: what is staged, a range of commits, a push, a file or a folder, searched for secrets.

Three things are looked for: what a rule of Kingfisher knows; the team's own credentials, by keyed digests; those of a case. What a person
accepted, with a reason and a date, is found all the same and stops nothing. Who could write the list of what is accepted matters: of a
range or a push it is taken from before them, so that nobody accepts their own secret with the commit that brings it.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from irkit.errors import BadInput, NotAvailable
from irkit.guard.git import common_dir, top
from irkit.guard.scanning import baseline
from irkit.guard.scanning.baseline import BASELINE, Baseline
from irkit.guard.scanning.findings import Finding, Found, Place, Scanned, merged
from irkit.guard.scanning.laying import Piece, Search
from irkit.guard.scanning.objects import brought, file_at, named_by, refs_named, revision, staged, with_commits
from irkit.guard.unknown import fingerprint
from irkit.model import Skipped
from irkit.sources.scanner import program

if TYPE_CHECKING:
    from irkit.guard.known.windows import Windows
    from irkit.redact import Redactor

HIDDEN = "(hidden)"
_NOTHING = "0"  # git's name for no commit is zeros alone


@dataclass(frozen=True)
class Wanted:
    """What to look for, and what is accepted. `rules`: by Kingfisher. `baseline`: a file in place of the one that is there.
    `warm`: a scanner that waits may look, and one is had waiting for the next time (`irkit.guard.spare`)."""

    rules: bool = True
    windows: Windows | None = None
    redactor: Redactor | None = None
    baseline: Path | None = None
    warm: bool = False

    def search(self) -> Search:
        return Search(self.rules and _scanner_is_here(self), self.windows, self.redactor, warm=self.warm)


def scan_staged(path: Path, wanted: Wanted) -> Scanned:
    """What the next commit changes in the repository that `path` is in. NotAvailable without Kingfisher."""
    root = top(path)
    search = wanted.search()
    search.lfs = common_dir(root) / "lfs" / "objects"
    accepted = _accepted(wanted, (root,))
    search.all_of(staged(root, search.skipped))
    do = "take it out of what is staged, and revoke it if it ever left this machine"
    return _judged("what is staged", search, search.found, accepted, wanted, do=do)


def scan_range(path: Path, text: str, wanted: Wanted) -> Scanned:
    """Every object that `A..B` brings; of a tag B its message too. Where A is no commit here (zeros for a new branch, or one that was
    pushed away), all of B.

    What is accepted is what A says, or the file that is named.
    """
    before, dots, after = text.partition("..")
    if not dots or before.endswith(".") or after.startswith("."):
        raise BadInput("this is no range of commits", on=text, do="write A..B: what is in B and not in A")
    revision(path, after or "HEAD")  # or BadInput
    first, notes = _first(path, before)
    search = wanted.search()
    search.lfs = common_dir(path) / "lfs" / "objects"
    known = (first,) if first else ()
    accepted = _accepted_at(wanted, path, first)
    tips = (named_by(path, after or "HEAD"),)
    search.all_of(brought(path, tips, known, search.skipped))
    found = with_commits(path, merged(search.found), tips, known)
    do = (
        "revoke it, for whoever could fetch these commits has it; then take it out of them (git rebase -i, git commit --amend) and "
        "push again"
    )
    where = f"in {BASELINE}, in a change of its own that comes first"
    return _judged(f"the commits of {text}", search, found, accepted, wanted, notes=notes, do=do, where=where)


def scan_push(
    repository: Path,
    tips: Sequence[str],
    wanted: Wanted,
    known: Sequence[str] = (),
    refs: Sequence[str] = (),
    *,
    history: bool = False,
) -> Scanned:
    """Every object that leads to the tips and to none of `known`, and the names of `refs`. What is accepted is what the repository's HEAD
    says, or the named file. `history`: it is no push, but what is there.

    Neither a day that is over nor a list that is broken closes the repository: what it accepted is found again, and nothing else
    changes; or nobody could push the list that mends it.
    """
    search = wanted.search()
    search.lfs = repository / "lfs" / "objects"
    head = _head(repository)
    accepted = _accepted_at(wanted, repository, head, strict=False)
    search.all_of(itertools.chain(brought(repository, tips, known, search.skipped), refs_named(refs)))
    found = with_commits(repository, merged(search.found), tips, known)
    over = tuple(f"{one.finding} is accepted no longer: it was until {one.until}" for one in accepted.expired)
    do = (
        "revoke it: whoever could fetch from here has it; irkit locate says where else it stands"
        if history
        else "nothing of this push was taken; take it out of the commits that are named (git rebase -i, git commit --amend), push again, "
        "and revoke it if it ever left your machine"
    )
    where = f"in {BASELINE} of the default branch, in a push of its own"
    return _judged(
        "the history of this repository" if history else "this push",
        search,
        found,
        accepted,
        wanted,
        notes=(*accepted.unread, *over),
        do=do,
        where=where,
    )


def scan_path(path: Path, wanted: Wanted) -> Scanned:
    """A file, a folder, or a repository with its history. BadInput when there is nothing."""
    from irkit.guard.scanning.folders import search_folder

    if not path.exists():
        raise BadInput("there is nothing at this path", on=path, do="check the path and give it again")
    search = wanted.search()
    accepted = _accepted(wanted, (path if path.is_dir() else path.parent,))
    search_folder(path, search)
    return _judged(
        "this folder" if path == Path() else str(path), search, search.found, accepted, wanted, within=f"{path}/"
    )


def scan_stream(name: str, chunks: Iterator[bytes], wanted: Wanted) -> Scanned:
    """What comes in at standard input, as one file. What is accepted is what this folder says."""
    search = wanted.search()
    accepted = _accepted(wanted, (Path(),))
    search.all_of([Piece(Place(name), chunks)])
    return _judged(name, search, search.found, accepted, wanted)


def today() -> date:
    return datetime.now(UTC).date()


def judged(what: str, search: Search, wanted: Wanted, folder: Path, *, notes: tuple[str, ...] = (), do: str) -> Scanned:
    """What a search of the caller's own found in a folder, whose list of accepted findings counts."""
    accepted = _accepted(wanted, (folder,))
    return _judged(what, search, search.found, accepted, wanted, notes=notes, do=do, within=f"{folder}/")


def _judged(
    what: str,
    search: Search,
    found: Sequence[Found],
    accepted: Baseline,
    wanted: Wanted,
    *,
    notes: tuple[str, ...] = (),
    do: str = Scanned.do,
    where: str = Scanned.where,
    within: str = "",
) -> Scanned:
    """Values become fingerprints, and are hidden in what is shown: a file may be called after the secret in it."""
    of_the_case = wanted.redactor
    ours = [one for one in merged(found) if not (of_the_case and of_the_case.finds(one.value))]
    hide = _hiding([one.value for one in ours])
    findings: dict[Finding, None] = {}
    for one in ours:
        name = fingerprint(one.value)
        place = replace(one.place, file=hide(one.place.file), within=hide(one.place.within), blob="")
        findings[
            Finding(place, one.line, one.rule, one.known, name, accepted.of(name, one.place.file.removeprefix(within)))
        ] = None
    scanned = Scanned(
        hide(what),
        tuple(sorted(findings, key=lambda one: (one.place.file, one.place.commit, one.line or 0))),
        tuple(dict.fromkeys(search.leaks)),
        tuple(dict.fromkeys(Skipped(hide(one.what), hide(one.why)) for one in search.skipped)),
        search.rules,
        notes,
        do,
        where,
    )
    if wanted.rules and not search.rules and scanned.clean is not False:
        try:
            program()
        except NotAvailable as missing:
            why = (
                "the known credentials were looked for and do not stand there; what no digest knows was not looked for"
            )
            raise NotAvailable(missing.what, on=missing.on, why=why, do=f"{missing.do}; or say --no-rules") from None
    return scanned


def _scanner_is_here(wanted: Wanted) -> bool:
    """Without it the known credentials are looked for all the same, and the end says what was not."""
    try:
        program()
    except NotAvailable:
        if wanted.windows is None:
            raise
        return False
    return True


def _hiding(values: Sequence[bytes]) -> Callable[[str], str]:
    texts = sorted(
        {text for one in values if len(text := one.decode("utf-8", "surrogateescape")) >= 8}, key=len, reverse=True
    )

    def hide(text: str) -> str:
        for value in texts:
            text = text.replace(value, HIDDEN)
        return text

    return hide


def _accepted(wanted: Wanted, folders: Iterable[Path]) -> Baseline:
    found = _named(wanted.baseline) if wanted.baseline else baseline.here(folders, today())
    found.check()
    return found


def _accepted_at(wanted: Wanted, repository: Path, commit: str, *, strict: bool = True) -> Baseline:
    """What a commit's own lists say; nothing where there is no commit. Unless `strict`, a broken one says nothing, and a day that is
    over is no error."""
    found = Baseline()
    if wanted.baseline:
        found = _named(wanted.baseline)
    elif commit:
        for name in baseline.NAMES:
            text = file_at(repository, commit, name)
            if text is None:
                continue
            try:
                found = baseline.READERS[name](f"{name} of {commit[:12]}", text, today()) | found
            except BadInput as error:
                if strict:
                    raise
                found |= Baseline(unread=(f"nothing is accepted by it: {error}",))
    if strict:
        found.check()
    return found


def _named(file: Path) -> Baseline:
    try:
        return baseline.read(os.fspath(file), file.read_bytes(), today())
    except OSError as error:
        raise BadInput(
            "the list of accepted findings cannot be read", on=file, why=str(error.strerror), do="check the path"
        ) from None


def _first(path: Path, before: str) -> tuple[str, tuple[str, ...]]:
    if before.strip(_NOTHING):
        try:
            return revision(path, before), ()
        except BadInput:
            return "", (f"{before[:40]} is no commit here, so everything that leads to the other end was searched",)
    return "", ("there is no commit to begin from, so everything that leads to the other end was searched",)


def _head(repository: Path) -> str:
    try:
        return revision(repository, "HEAD")
    except BadInput:
        return ""  # nothing was ever pushed
