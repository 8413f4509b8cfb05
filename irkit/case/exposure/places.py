"""The places where credentials stand, for people: a table, and under each row what is known of the place and how to look at it.

A value is never shown, nor what stands around it: the line beside may hold the next credential.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from irkit.model import CommitMark, GitPresence, Occurrence, Skipped, iso
from irkit.show import Block, Cell, Details, Facts, Figure, Link, Notice, Table, View
from irkit.sources.addresses import page, remotes

_SHOWN = 200
_WHERE = "the case's evidence; desk.frame('occurrences') and irkit locate --format csv give all of them"
_OPENED = 60
_MARKS = 5
_LABEL = 26  # characters
_Cell = TypeVar("_Cell")
_NO_LABELS: Mapping[str, str] = MappingProxyType({})
_MESSAGES = {"git-commit": "message of commit", "git-tag": "message of tag"}


def located_view(
    occurrences: Sequence[Occurrence],
    skipped: Sequence[Skipped],
    title: str,
    *,
    labels: Mapping[str, str] = _NO_LABELS,
    pictures: Sequence[Figure] = (),
    opens: bool = False,
) -> View:
    """Live ones first; times are commit times, which whoever committed could choose.

    `labels` are what to call each credential. With `opens` each row leads to how to look at the evidence.
    """
    ordered = sorted(occurrences, key=lambda found: (not found.live, found.names_only, found.place, found.path))
    opened = ordered[:_OPENED] if opens else []
    rows = [_row(number, found, labels, opens=number <= len(opened)) for number, found in enumerate(ordered, 1)]
    named = sum(found.names_only for found in occurrences)
    facts = Facts(
        (
            ("Places", len(occurrences)),
            ("Live now", sum(found.live for found in occurrences)),
            ("Only named there", named),
            ("Not read", len(skipped)),
        )
    )
    columns: tuple[str, ...] = (
        "Nr",
        "Now",
        "Credential",
        "In",
        "Path",
        "Line",
        "Form",
        "First commit (settable)",
        "Still held by",
    )
    if len({found.git.repository for found in occurrences if found.git}) <= 1:  # then "held by" says as much
        at = columns.index("In")
        columns, rows = _without(columns, at), [_without(row, at) for row in rows]
    blocks: list[Block] = [facts, *pictures]
    blocks.append(Table.of(columns, rows, "Every place it stands or stood", _SHOWN, _WHERE))
    blocks += [_opening(number, found, labels) for number, found in enumerate(opened, 1)]
    blocks += [Notice("warn", f"not read: {item.what}: {item.why}") for item in skipped[:20]]
    return View(title, tuple(blocks))


def _without(row: tuple[_Cell, ...], at: int) -> tuple[_Cell, ...]:
    return row[:at] + row[at + 1 :]


def _row(number: int, found: Occurrence, labels: Mapping[str, str], *, opens: bool) -> tuple[Cell, ...]:
    git = found.git
    return (
        Link(str(number), f"#place-{number}") if opens else number,
        "live" if found.live else "past" if git is None or git.reachable else "past, in no ref",
        _cut(labels.get(found.credential, found.credential)),
        _in(found),
        what(found),
        found.line if found.line is not None else "binary",
        f"{found.form} (only named)" if found.names_only else found.form,
        min((mark.commit_time for mark in git.added), default=None) if git else "not in git",
        _held(git, 3) if git else "the file",
    )


def _cut(label: str) -> str:
    """A whole OpenPGP fingerprint would push the rest of the row out of sight; it stands in the details."""
    return label if len(label) <= _LABEL else f"{label[: _LABEL - 1]}…"


def _held(git: GitPresence, most: int) -> str:
    named = [name.removeprefix("refs/heads/") for name in (*git.refs[:most], *git.tags[:most])]
    return ", ".join(named) or "no branch or tag"


def _in(found: Occurrence) -> str:
    if found.git:
        return _short(found.git.repository)
    return _short(found.path.rpartition("!")[0]) if found.place == "git-ref" else "disk"


def _short(repository: str) -> str:
    """The end of a path or address that tells repositories apart."""
    parts = repository.rstrip("/").removesuffix(".git").split("/")
    return "/".join(parts[-2:] if "://" in repository else parts[-1:])


def what(found: Occurrence) -> str:
    """The path, or for a message whose it is."""
    if found.place == "git-ref":
        return found.path.rpartition("!")[2]
    message = _MESSAGES.get(found.place)
    name = found.path[:12] if found.place == "git-commit" else found.path
    return f"{message} {name}" if message else name or "a blob without a path"


def _opening(number: int, found: Occurrence, labels: Mapping[str, str]) -> Details:
    rows: list[tuple[str, Cell]] = [
        ("Credential", labels.get(found.credential, found.credential)),
        ("Form", found.form),
    ]
    rows.append(("Line", found.line) if found.line is not None else ("Byte", found.offset))
    if found.git:
        git = found.git
        rows += [("Repository", git.repository), ("Object", git.blob)]
        rows += [("Brought by", _marks(git.added)), ("Removed by", _marks(git.removed) if git.removed else "no commit")]
        rows.append(
            ("Held by", ", ".join([*git.refs, *git.tags]) or "no branch or tag: the object is still in the repository")
        )
    rows.append(("To look at it", _command(found)))
    rows += [("At its host", Link(address, address)) for address in _pages(found)[:1]]
    place = f"{what(found)}, line {found.line}" if found.line is not None else what(found)
    return Details(f"{number}. {place}", (Facts(tuple(rows)),), f"place-{number}")


def _marks(marks: Sequence[CommitMark]) -> str:
    if not marks:
        return "no commit that is here"
    told = [f"{mark.commit} (committed {iso(mark.commit_time)}, by its own word)" for mark in marks[:_MARKS]]
    more = len(marks) - len(told)
    return "; ".join(told) + (f" and {more} more" if more else "")


def _command(found: Occurrence) -> str:
    """What prints the evidence in a terminal, where it is the responder's to see; git runs nothing of the repository for it."""
    inside = found.path.partition("!")[2]
    then = (
        f", then in it {shlex.quote(inside)}"
        if inside
        else f" | sed -n {found.line}p"
        if found.line is not None
        else ""
    )
    if found.place == "git-ref":
        return f"git --no-pager -C {shlex.quote(found.path.rpartition('!')[0])} for-each-ref"
    if found.git is None:
        path = shlex.quote(found.path.partition("!")[0])
        return f"cat {path}{then}"
    if "://" in found.git.repository:
        return f"git cat-file -p {found.git.blob}{then}, in a clone of {found.git.repository}"
    return f"git --no-pager -C {shlex.quote(found.git.repository)} cat-file -p {found.git.blob}{then}"


def _pages(found: Occurrence) -> list[str]:
    if found.git is None:
        return []
    address = found.git.repository
    known = (address,) if "://" in address else remotes(Path(address))
    if found.place == "git-commit":
        return [one for one in (page(each, found.git.blob) for each in known) if one]
    commits = [mark.commit for mark in found.git.added][:1]
    path, line = found.path.partition("!")[0], None if "!" in found.path else found.line
    return [one for commit in commits for one in (page(each, commit, path, line) for each in known) if one]
