"""What a commit or a push brings, as pieces: the index as it will be committed, every new object of a range or of a push.

Content comes from git's object database, past every filter and hook. Of a range each blob is looked at once, wherever it came and
went in between: what a later commit removes is in the history all the same. Messages of commits and tags are content, as are file names.
https://git-scm.com/docs/git-rev-list, https://git-scm.com/docs/git-cat-file
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO

from irkit.errors import BadInput
from irkit.guard.git import Content, asked, contents, git, ran
from irkit.guard.scanning.findings import Found, Place
from irkit.guard.scanning.laying import Piece
from irkit.model import Skipped

NAMES = "(names of files)"
REFS = "(names of branches and tags)"
_CHECK = "--batch-check=%(objecttype) %(objectname) %(rest)"
_SUBMODULE = "160000"
ELSEWHERE = "not searched: a submodule has its content in another repository"
_IDS = (b"tree", b"parent", b"object", b"type", b"gpgsig", b"gpgsig-sha256")
_TOLD = 50  # findings for which the commit that brought them is asked for
_BEFORE = 50  # commits whose submodules are looked at, to tell new ones


def staged(top: Path, skipped: list[Skipped]) -> Iterator[Piece]:
    """Each file that the next commit changes, as staged."""
    listed = git(
        top, "diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", "--diff-filter=ACMT"
    )
    fields = iter(listed.split(b"\0"))
    with tempfile.TemporaryFile() as ids, tempfile.TemporaryFile() as names:
        for about in fields:
            if not about:
                continue
            _, mode, _, oid, _ = about.split(b" ")
            name = next(fields)
            if mode.decode() == _SUBMODULE:
                skipped.append(Skipped(os.fsdecode(name), ELSEWHERE))
                continue
            ids.write(oid + b"\n")
            names.write(name + b"\0")
        yield from _pieces(top, ids, names, skipped)
        names.seek(0)
        if os.fstat(names.fileno()).st_size:
            yield Piece(Place(NAMES), (name + b"\n" for name in _null_ended(names)))


def brought(
    repository: Path,
    tips: Sequence[str],
    known: Sequence[str],
    skipped: list[Skipped],
    only: Callable[[str], bool] | None = None,
) -> Iterator[Piece]:
    """Every object that is reachable from `tips` and from none of `known` (ids; a tip may be `--all`); with `only`, files of such paths
    alone.

    Git names each blob once, by its first path and up to a line end, and no blob that was there before: the names of files are taken
    from the trees, as are submodules, which git does not list.
    """
    with (
        tempfile.TemporaryFile() as listed,
        tempfile.TemporaryFile() as ids,
        tempfile.TemporaryFile() as names,
        tempfile.TemporaryFile() as trees,
    ):
        # Ids may be many, and go in at standard input; what begins with a dash may not.
        options, wanted = _given(tips, known)
        with ran(repository, "rev-list", "--objects", "--stdin", *options, given=wanted) as running:
            assert running.stdout is not None
            while block := running.stdout.read(1 << 20):
                listed.write(block)
        listed.seek(0)
        with ran(repository, "cat-file", _CHECK, "--buffer", stdin=listed) as running:
            assert running.stdout is not None
            for line in running.stdout:
                kind, oid, *rest = line.rstrip(b"\n").split(b" ", 2)
                name = rest[0] if rest else b""
                if oid == b"missing":
                    skipped.append(Skipped(kind.decode()[:12], "not searched: its content is not in this repository"))
                elif only and not (kind == b"blob" and only(os.fsdecode(name))):
                    continue
                elif kind == b"tree":
                    trees.write(oid + b"\n")
                elif kind in (b"blob", b"commit", b"tag"):
                    ids.write(oid + b"\n")
                    names.write((name if kind == b"blob" else b"") + b"\0")
        yield from _pieces(repository, ids, names, skipped)
        trees.seek(0)
        if os.fstat(trees.fileno()).st_size:
            links: dict[bytes, bytes] = {}
            yield Piece(Place(NAMES), _names_in(repository, trees, links))
            skipped += _submodules(repository, links, known)


def refs_named(refs: Sequence[str]) -> Iterator[Piece]:
    """The names of branches and tags, as content."""
    if refs:
        yield Piece(Place(REFS), iter(os.fsencode(f"{one}\n") for one in refs))


def commit_of(repository: Path, found: Found, tips: Sequence[str], known: Sequence[str]) -> Found:
    """The same, with the oldest commit of the range that brings the content."""
    if not found.place.blob or found.place.commit:
        return found
    options, given = _given(tips, known)
    how = ("--reverse", "--format=%H", "-m", "--root", "--no-renames", "--no-show-signature", "--find-object")
    commits = (asked(repository, "log", *how, found.place.blob, "--stdin", *options, given=given) or b"").split()
    return replace(found, place=replace(found.place, commit=commits[0].decode() if commits else ""))


def with_commits(repository: Path, found: Sequence[Found], tips: Sequence[str], known: Sequence[str]) -> list[Found]:
    return [commit_of(repository, one, tips, known) if number < _TOLD else one for number, one in enumerate(found)]


def revision(repository: Path, name: str) -> str:
    """The id of a commit. BadInput when there is none of this name."""
    oid = asked(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if oid is None:
        raise BadInput("this is no commit here", on=name or "an empty name", do="fetch it first, or check the name")
    return oid.decode().strip()


def named_by(repository: Path, name: str) -> str:
    """The id of what a name that is known to lead to a commit stands for: of a tag with a message the tag's own."""
    return git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", name).decode().strip()


def file_at(repository: Path, commit: str, name: str) -> bytes | None:
    """A file as it is in a commit; None when it is not."""
    return asked(repository, "cat-file", "blob", f"{commit}:{name}")


def _pieces(repository: Path, ids: IO[bytes], names: IO[bytes], skipped: list[Skipped]) -> Iterator[Piece]:
    ids.seek(0)
    names.seek(0)
    for one, name in zip(contents(repository, ids), _null_ended(names), strict=False):
        shown = os.fsdecode(name)
        if not one.kind:
            skipped.append(Skipped(shown or one.oid[:12], "not searched: its content is not in this repository"))
        elif one.kind == "blob":
            yield Piece(Place(shown or f"blob {one.oid[:12]}", blob=one.oid), one.pieces)
        else:
            yield _message(one)


def _given(tips: Sequence[str], known: Sequence[str]) -> tuple[list[str], bytes]:
    """What to tell git: options, and by standard input the ids, of which there may be more than fit into arguments."""
    ids = [one for one in tips if not one.startswith("-")] + [f"^{one}" for one in known]
    return [one for one in tips if one.startswith("-")], "".join(f"{one}\n" for one in ids).encode()


def _submodules(repository: Path, links: dict[bytes, bytes], known: Sequence[str]) -> Iterator[Skipped]:
    """The submodules among `links` (a commit elsewhere, and a name) that the commits before had not: their content is nowhere here."""
    new = dict(links)
    for commit in known[:_BEFORE] if new else ():
        for entry in (asked(repository, "ls-tree", "-r", "-z", "--full-tree", commit) or b"").split(b"\0"):
            if entry.startswith(_SUBMODULE.encode()):
                new.pop(entry.partition(b"\t")[0].split(b" ")[2], None)
    for name in dict.fromkeys(new.values()):
        yield Skipped(os.fsdecode(name), ELSEWHERE)


def _names_in(repository: Path, trees: IO[bytes], links: dict[bytes, bytes]) -> Iterator[bytes]:
    """The name of each entry of these trees, once; submodules are put into `links`."""
    seen: set[bytes] = set()
    for tree in contents(repository, trees):
        raw = 32 if len(tree.oid) == 64 else 20
        data, at = b"".join(tree.pieces), 0
        while (end := data.find(b"\0", at)) > 0:
            mode, _, name = data[at:end].partition(b" ")
            at = end + 1 + raw
            if mode == _SUBMODULE.encode():
                links.setdefault(data[end + 1 : at].hex().encode(), name)
            if name not in seen:
                seen.add(name)
                yield name + b"\n"


def _message(one: Content) -> Piece:
    is_commit = one.kind == "commit"
    place = Place(
        "(commit message)" if is_commit else f"(message of tag {one.oid[:12]})", commit=one.oid if is_commit else ""
    )
    return Piece(place, _message_first(one.pieces))


def _message_first(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The message, then what else people wrote in the head; ids of objects and signatures look random and are not content."""
    message, written = _written(b"".join(pieces))
    return iter((message, b"\n", b"\n".join(written), b"\n"))


def _written(data: bytes) -> tuple[bytes, list[bytes]]:
    """The message of a commit or a tag, and the lines of its head that are no ids; of a tag that a merge keeps in it, both."""
    head, _, message = data.partition(b"\n\n")
    written: list[bytes] = []
    for entry in re.split(rb"\n(?! )", head):
        name, _, value = entry.partition(b" ")
        if name == b"mergetag":
            said, more = _written(value.replace(b"\n ", b"\n"))
            written += [*more, *said.split(b"\n")]
        elif name not in _IDS:
            written.append(entry)
    return message, written


def _null_ended(file: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while block := file.read(1 << 20):
        *whole, rest = (rest + block).split(b"\0")
        yield from whole
