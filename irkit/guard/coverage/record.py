"""The record of the guard, in the repository that it guards: what was searched, line by line, each chained to the one before.

`irkit-guard.log` lies in git's own directory, where no push reaches. Each line is a JSON object; `chain` is SHA-256 over the `chain`
of the line before (64 zeros before the first) and the line without it. Whoever may write in that directory can write a whole new
file: the chain shows a line that was changed or taken out, not that; an earlier report does (`irkit guard coverage --earlier`).

A search of a push is recorded by its tips and its `bounds`: those commits at which it stopped, because the repository had them
already. What was searched is what leads to the tips without passing a bound, so that later it can be told of each commit; of a push
of few commits they are named as well, for a tip that was forced away is one day gone."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from irkit import __version__
from irkit.errors import StepFailed
from irkit.guard.git import git
from irkit.guard.scanning.findings import Scanned
from irkit.guard.scanning.objects import ELSEWHERE
from irkit.model import iso, parse_instant

LOG = "irkit-guard.log"
START = "0" * 64
_MOST_NAMED = 500
Kind = Literal["installed", "removed", "push", "history", "commit"]
_KINDS = ("installed", "removed", "push", "history", "commit")


@dataclass(frozen=True)
class Change:
    """A ref of a push: its object before and after, zeros for none. Where nothing was pushed both are what it was."""

    ref: str
    old: str
    new: str


@dataclass(frozen=True)
class Entry:
    """One line. `passed` None: nothing was searched (a hook was installed or removed).

    `tips`, `bounds`, `commits` (how many) and `named` (which, unless they are many) say what was searched, or what was there when a
    hook was installed or removed. `tree` is what a commit was about to hold; its `bounds` is then the tree that it was compared with.
    `whole` is False where part of what is in this repository could not be searched (of a submodule only the name is), `rules` where
    only known credentials were looked for. `account` is the account on this machine that ran it, and for whom by REMOTE_USER."""

    kind: Kind
    at: datetime
    changes: tuple[Change, ...] = ()
    tips: tuple[str, ...] = ()
    bounds: tuple[str, ...] = ()
    commits: int = 0
    named: tuple[str, ...] = ()
    tree: str = ""
    passed: bool | None = None
    whole: bool = True
    rules: bool = True
    accepted: int = 0
    account: str = ""
    versions: tuple[tuple[str, str], ...] = ()
    chain: str = ""

    @property
    def counts(self) -> bool:
        """Whether what it searched went through the guard: it was let pass, by rules, and none of it was left out."""
        return self.passed is True and self.whole and self.rules

    @property
    def names_all(self) -> bool:
        """Whether its changes are every ref that there was; where a hook was installed an older irkit wrote down so many and no more."""
        return self.kind == "history" or (self.kind in ("installed", "removed") and len(self.changes) != _MOST_NAMED)

    def document(self) -> dict[str, Any]:
        """All but the chain, as it is written."""
        return {
            "kind": self.kind,
            "at": iso(self.at),
            "changes": [[one.ref, one.old, one.new] for one in self.changes],
            "tips": list(self.tips),
            "bounds": list(self.bounds),
            "commits": self.commits,
            "named": list(self.named),
            "tree": self.tree,
            "passed": self.passed,
            "whole": self.whole,
            "rules": self.rules,
            "accepted": self.accepted,
            "account": self.account,
            "versions": dict(self.versions),
        }


@dataclass(frozen=True)
class Log:
    """What a file says, as far as its chain holds. `broken` is the line (1-based) from which on nothing counts; None where it is
    whole."""

    entries: tuple[Entry, ...] = ()
    broken: int | None = None
    there: bool = False

    @property
    def head(self) -> str:
        return self.entries[-1].chain if self.entries else START

    def holds(self, head: str) -> bool:
        """Whether it goes on from what an earlier report saw."""
        return head == START or any(one.chain == head for one in self.entries)


@dataclass(frozen=True)
class Span:
    """What a search is of: the commits that lead to `tips` without passing one of `bounds`. `before` are the bounds, and those tips that
    were there already: what none of them has is searched."""

    tips: tuple[str, ...] = ()
    bounds: tuple[str, ...] = ()
    found: tuple[str, ...] = ()

    @property
    def before(self) -> tuple[str, ...]:
        return (*self.bounds, *sorted(set(self.tips) - set(self.found)))


def searched(
    kind: Kind, scanned: Scanned | None, span: Span | None = None, *, rules: bool = True, changes: Sequence[Change] = ()
) -> Entry:
    """The entry of a search; without one (only refs were deleted) it passed, for there was nothing to search."""
    span = span or Span()
    return Entry(
        kind,
        _now(),
        tuple(changes),
        span.tips,
        span.bounds,
        len(span.found),
        span.found if len(span.found) <= _MOST_NAMED else (),
        passed=scanned is None or scanned.clean is not False,
        whole=scanned is None or all(one.why == ELSEWHERE for one in scanned.skipped),
        rules=scanned.rules if scanned else rules,
        accepted=sum(one.accepted is not None for one in scanned.findings) if scanned else 0,
    )


def append(repository: Path, entry: Entry) -> Entry:
    """Write one line, chained to the last; StepFailed when it cannot be written. Two at once wait for one another."""
    file = place(repository)
    entry = replace(entry, account=entry.account or _account(), versions=entry.versions or _versions(entry))
    try:
        with os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b") as log:
            fcntl.flock(log, fcntl.LOCK_EX)
            if os.fstat(log.fileno()).st_size == 0:
                os.fchmod(log.fileno(), (file.parent / "HEAD").stat().st_mode & 0o666)  # as git shares it
            text = json.dumps(entry.document(), ensure_ascii=True)
            chained = replace(entry, chain=_link(_last(log), text))
            log.write(json.dumps(entry.document() | {"chain": chained.chain}).encode() + b"\n")
            log.flush()
            os.fsync(log.fileno())
    except OSError as error:
        raise StepFailed(
            "the guard's record could not be written",
            on=file,
            why=str(error.strerror),
            do="let whoever the hook runs as write there; what cannot be recorded is not taken",
        ) from None
    return chained


def mark(repository: Path, kind: Literal["installed", "removed"]) -> Entry:
    """That a hook was installed or removed, and what the refs led to then."""
    refs = standing_refs(repository)
    tips = _commits(repository, [one.new for one in refs])
    return append(repository, Entry(kind, _now(), tuple(refs), tips))


def standing_refs(repository: Path) -> list[Change]:
    """Each ref, and what it is; what is only another name of one is left out."""
    told = git(repository, "for-each-ref", "--format=%(objectname)%00%(refname)%00%(symref)")
    lines = [line.split("\0") for line in os.fsdecode(told).split("\n") if line]
    return [Change(ref, oid, oid) for oid, ref, other in lines if not other]


def spanned(repository: Path, ids: Sequence[str], known: Sequence[str] = ()) -> Span:
    """The commits that `ids` lead to: `known` are options of git rev-list, such as --all, that say what was there before."""
    tips = _commits(repository, ids)
    if not tips:
        return Span()
    said = "".join(f"{tip}\n" for tip in tips).encode()  # by standard input, for there may be many
    listed = git(repository, "rev-list", "--boundary", "--stdin", *(("--not", *known) if known else ()), given=said)
    lines = listed.decode().split()
    bounds = tuple(line.removeprefix("-") for line in lines if line.startswith("-"))
    return Span(tips, bounds, tuple(line for line in lines if not line.startswith("-")))


def read(repository: Path) -> Log:
    """The record of a repository, as far as its chain holds. StepFailed when it is there and cannot be read."""
    file = place(repository)
    try:
        lines = file.read_bytes().splitlines()
    except FileNotFoundError:
        return Log()
    except OSError as error:
        raise StepFailed(
            "the guard's record cannot be read", on=file, why=str(error.strerror), do="check who may"
        ) from None
    entries: list[Entry] = []
    before = START
    for number, line in enumerate(lines, 1):
        entry = _entry(line, before)
        if entry is None:
            return Log(tuple(entries), number, True)
        entries.append(entry)
        before = entry.chain
    return Log(tuple(entries), None, True)


def place(repository: Path) -> Path:
    """Where the record of a repository lies: in the directory that its work trees share."""
    return repository / os.fsdecode(git(repository, "rev-parse", "--git-common-dir")).rstrip("\n") / LOG


def _commits(repository: Path, ids: Sequence[str]) -> tuple[str, ...]:
    """The commits that tags and other objects lead to, each once; what leads to none is left out."""
    if not ids:
        return ()
    given = "".join(f"{one}^{{commit}}\n" for one in ids).encode()
    lines = git(repository, "cat-file", "--batch-check=%(objectname) %(objecttype)", given=given).decode().splitlines()
    return tuple(dict.fromkeys(line.split()[0] for line in lines if line.endswith(" commit")))


def _entry(line: bytes, before: str) -> Entry | None:
    try:
        told = json.loads(line)
        chain = told.pop("chain")
        if chain != _link(before, json.dumps(told, ensure_ascii=True)) or told["kind"] not in _KINDS:
            return None
        return Entry(
            told["kind"],
            parse_instant(told["at"]),
            tuple(Change(*one) for one in told["changes"]),
            tuple(told["tips"]),
            tuple(told["bounds"]),
            int(told["commits"]),
            tuple(told["named"]),
            str(told["tree"]),
            told["passed"],
            bool(told["whole"]),
            bool(told["rules"]),
            int(told["accepted"]),
            str(told["account"]),
            tuple(told["versions"].items()),
            chain,
        )
    except Exception:  # whatever is wrong with it, it is no line of ours
        return None


def _last(log: Any) -> str:
    """The chain of the last line; of one that is none of ours, a digest of it, so that the break stays visible."""
    size = log.seek(0, os.SEEK_END)
    span = 1 << 16
    while size:
        log.seek(max(0, size - span))
        _, newline, line = log.read().rstrip(b"\n").rpartition(b"\n")
        if newline or span >= size:
            try:
                return str(json.loads(line)["chain"])
            except (ValueError, KeyError, TypeError):
                return hashlib.sha256(line).hexdigest()
        span *= 8
    return START


def _link(before: str, text: str) -> str:
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


def _account() -> str:
    """Whom the web server vouches for (https://datatracker.ietf.org/doc/html/rfc3875#section-4.1.11), and always who it was that ran it:
    where no web server does, REMOTE_USER is whatever who pushes says."""
    import pwd

    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = f"uid {os.getuid()}"
    vouched = os.environ.get("REMOTE_USER")
    return f"{name} for {vouched[:200]}" if vouched else name


def _versions(entry: Entry) -> tuple[tuple[str, str], ...]:
    looked = entry.rules and entry.passed is not None
    return (("irkit", __version__), *((("kingfisher", _scanner()),) if looked else ()))


def _scanner() -> str:
    """The version of the scanner's package, by the name of the folder that tells of it: to ask importlib.metadata takes 20 ms.
    https://packaging.python.org/en/latest/specifications/recording-installed-packages/"""
    for folder in sys.path:
        for told in Path(folder or ".").glob("kingfisher_bin-*.dist-info"):
            return told.name.removeprefix("kingfisher_bin-").removesuffix(".dist-info")
    return "of another origin"


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
