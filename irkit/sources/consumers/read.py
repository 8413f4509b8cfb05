"""Every consumer under some paths: the tips of all branches of each repository, and the files on disk. It reads and changes nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from irkit.errors import StepFailed
from irkit.model import Consumer, Skipped
from irkit.sources.consumers import owners
from irkit.sources.consumers.interface import SLUG, Broken, Reference
from irkit.sources.consumers.remote import Remote, remote_of
from irkit.sources.consumers.resolve import Match, Placed, resolve, search_words
from irkit.sources.consumers.table import may_be_read, platform_of, readers_of
from irkit.sources.consumers.tips import LARGEST, Tips
from irkit.sources.files import shown, walk
from irkit.sources.git.run import Repository, repository_at

_ROUNDS = 4
"""How many names in a row the value may be given on under."""
_SHORTEST_WORD = 3
_SETS = re.compile(
    rb"secrets:\s*inherit|tojson\s*\(\s*secrets|secrets\s*\[|env_?file|secretRef|secretKeyRef|secretName|imagePullSecrets|include:|context:|"
    rb"pipeline_variables|^[ \t]*password[ \t]*[=:]",
    re.IGNORECASE | re.MULTILINE,
)
"""What takes a value without naming it."""
_NOT_OURS = frozenset({"node_modules", ".venv", "site-packages", ".terraform", "__pycache__", ".tox"})
_OTHER_HOSTS = {"github": "gitlab", "gitlab": "github"}


@dataclass(frozen=True)
class FoundConsumers:
    """What was found, under which names, what could not be read, and how many files were looked into."""

    consumers: tuple[Consumer, ...] = ()
    names: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    files: int = 0


class _Holder(Protocol):
    """Where files come from. A key stands for a content; a place is a path and a key."""

    label: str
    remote: Remote

    def keys(self) -> Collection[str]: ...
    def texts(self, keys: Collection[str]) -> Iterator[tuple[str, bytes]]: ...
    def places(self, keys: Collection[str]) -> dict[tuple[str, str], list[str]]: ...
    def owner(self, path: str, branches: Sequence[str], /) -> tuple[str, str]: ...


def consumers_in(paths: Sequence[Path], names: Sequence[str], ids: Sequence[str] = ()) -> FoundConsumers:
    """What takes one of `names`, or names one of `ids` (public identifiers). BadInput when a path is not there.

    Branches are those the repository has, remote ones included. A file on disk that a branch holds as well is told once.
    """
    skipped: list[Skipped] = []
    made: list[Consumer] = []
    known: dict[str, None] = {}
    files, read = 0, set[Path]()
    for path in paths:
        for holder in _holders(path, skipped, read):
            search = _Search(holder, names, ids, skipped)
            made += search.consumers()
            known |= dict.fromkeys(search.known)
            files += search.files
    return FoundConsumers(tuple(dict.fromkeys(made)), tuple(known), tuple(dict.fromkeys(skipped)), files)


def _holders(path: Path, skipped: list[Skipped], read: set[Path]) -> Iterator[_Holder]:
    """The repository or folder itself, then the repositories below it."""
    below: list[Path] = []

    def apart(folder: Path) -> bool:
        if folder.name == ".git":
            return True
        if folder.name in _NOT_OURS:
            skipped.append(Skipped(shown(folder), "made or fetched by a tool, not read for consumers"))
            return True
        if repository_at(folder) is not None:
            below.append(folder)
            return True
        return False

    repository = repository_at(path) if path.is_dir() else None
    bare = repository is not None and repository.git_dir == path
    files = () if bare else tuple(_files(path, apart, skipped))
    if repository is not None:
        objects = (repository.common / "objects").resolve()
        yield from _repository(repository, None if objects in read else objects, path, files, skipped, read)
    else:
        yield _Disk(path, files, shown(path), Remote())
    for folder in below:
        yield from _holders(folder, skipped, read)


def _repository(
    repository: Repository,
    objects: Path | None,
    path: Path,
    files: Sequence[Path],
    skipped: list[Skipped],
    read: set[Path],
) -> Iterator[_Holder]:
    remote = remote_of(_config(repository))
    label = remote.slug or shown(path)
    disk = _Disk(path, files, label, remote)
    if objects is None:  # a second work tree of it
        yield disk
        return
    read.add(objects)
    try:
        yield _Both(Tips(repository, may_be_read, skipped), disk)
    except StepFailed as error:
        skipped.append(Skipped(shown(path), f"its branches could not be read: {error.what}: {error.why}"))
        yield disk


def _config(repository: Repository) -> str:
    try:
        return (repository.common / "config").read_bytes()[:LARGEST].decode("utf-8", "replace")
    except OSError:
        return ""


def _files(path: Path, apart: Callable[[Path], bool], skipped: list[Skipped]) -> Iterator[Path]:
    for one in walk(path, apart):
        if isinstance(one, Skipped):
            skipped.append(one)
        elif may_be_read(one.name):
            yield one


class _Disk:
    """Files on disk, by their path below the folder."""

    def __init__(self, root: Path, files: Sequence[Path], label: str, remote: Remote) -> None:
        self.label, self.remote = label, remote
        self._skipped: list[Skipped] = []
        # Of a file that is named itself, the folders tell what it is as well.
        self._files = {shown(file.relative_to(root) if root.is_dir() else file).lstrip("/"): file for file in files}

    def keys(self) -> Collection[str]:
        return self._files.keys()

    def texts(self, keys: Collection[str]) -> Iterator[tuple[str, bytes]]:
        for key in sorted(keys):
            try:
                with self._files[key].open("rb") as file:
                    data = file.read(LARGEST + 1)
            except OSError as error:
                self._skipped.append(Skipped(shown(self._files[key]), f"cannot be read: {error.strerror}"))
                continue
            if len(data) > LARGEST:
                why = f"larger than {LARGEST >> 20} MiB, not read for consumers"
                self._skipped.append(Skipped(shown(self._files[key]), why))
            else:
                yield key, data

    def places(self, keys: Collection[str]) -> dict[tuple[str, str], list[str]]:
        return {(key, key): [] for key in keys}

    def owner(self, path: str, _branches: Sequence[str]) -> tuple[str, str]:
        known = next((self._files[name] for name in owners.PLACES if name in self._files), None)
        if known is None:
            return "", ""
        try:
            told = owners.owners_of(path, owners.rules(known.read_bytes()[:LARGEST].decode("utf-8", "replace")))
        except OSError:
            return "", ""
        return told, "CODEOWNERS" if told else ""

    def complaints(self) -> list[Skipped]:
        return self._skipped


class _Both:
    """A repository: its branches, and what stands on disk beside them."""

    def __init__(self, tips: Tips, disk: _Disk) -> None:
        self.label, self.remote = disk.label, disk.remote
        self._tips, self._disk = tips, disk
        self._rules: dict[str, tuple[owners.Rule, ...]] = {}
        self._authors: dict[tuple[str, str], str] = {}

    def keys(self) -> Collection[str]:
        return {*self._tips.blobs, *(f"disk:{key}" for key in list(self._disk.keys()))}

    def texts(self, keys: Collection[str]) -> Iterator[tuple[str, bytes]]:
        yield from self._tips.texts({key for key in keys if not key.startswith("disk:")})
        for key, data in self._disk.texts({key.removeprefix("disk:") for key in keys if key.startswith("disk:")}):
            yield f"disk:{key}", data

    def places(self, keys: Collection[str]) -> dict[tuple[str, str], list[str]]:
        held = self._tips.places({key for key in keys if not key.startswith("disk:")})
        return held | {(key.removeprefix("disk:"), key): [] for key in keys if key.startswith("disk:")}

    def owner(self, path: str, branches: Sequence[str]) -> tuple[str, str]:
        if not branches:
            return self._disk.owner(path, ())
        branch = branches[0]
        told = owners.owners_of(path, self._rules_of(branch))
        if told:
            return told, "CODEOWNERS"
        if (branch, path) not in self._authors:
            self._authors[branch, path] = self._tips.last_author(branch, path)
        author = self._authors[branch, path]
        return author, "last commit, as it states: no proof" if author else ""

    def _rules_of(self, branch: str) -> tuple[owners.Rule, ...]:
        if branch not in self._rules:
            found = {path: oid for (path, oid), on in self._owner_files().items() if branch in on}
            oid = next((found[name] for name in owners.PLACES if name in found), None)
            data = next((data for _, data in self._tips.texts({oid})), b"") if oid else b""
            self._rules[branch] = owners.rules(data.decode("utf-8", "replace"))
        return self._rules[branch]

    def _owner_files(self) -> dict[tuple[str, str], list[str]]:
        return self._tips.named(owners.PLACES)

    def complaints(self) -> list[Skipped]:
        return self._disk.complaints()


@dataclass
class _File:
    path: str
    branches: list[str]
    on_disk: bool = False


@dataclass
class _Search:
    """One repository or folder, read until no new name turns up."""

    holder: _Holder
    names: Sequence[str]
    ids: Sequence[str]
    skipped: list[Skipped]
    known: frozenset[str] = frozenset()
    files: int = 0
    _placed: list[Placed] = field(default_factory=list)
    _where: list[_File] = field(default_factory=list)

    def consumers(self) -> list[Consumer]:
        left = set(self.holder.keys())
        self.files = len(left)
        words = {one for one in (*self.names, *self.ids) if one}
        sought = _pattern(words, first=True)
        matches: list[Match] = []
        for _ in range(_ROUNDS):
            self._take(left, sought)
            matches, self.known = resolve(self._placed, (*self.names, *self.ids))
            new = {w for w in search_words(self.known, frozenset()) if len(w) >= _SHORTEST_WORD} - words
            if not new or not left:
                break
            words |= new
            sought = _pattern(new, first=False)
        self.skipped += getattr(self.holder, "complaints", list)()
        return self._made(matches)

    def _take(self, left: set[str], sought: re.Pattern[bytes]) -> None:
        """Reads what is left; files that hold a word are parsed and are left no more."""
        texts: dict[str, str] = {}
        for key, data in self.holder.texts(left):
            text = _text(data)
            if text is not None and (
                sought.search(data) or (text and b"\0" in data[:64] and sought.search(text.encode()))
            ):
                texts[key] = text
        left -= texts.keys()
        seen: dict[tuple[str, str], _File] = {}
        for (path, key), branches in sorted(self.holder.places(texts.keys()).items(), key=_by_branches):
            same = (path, hashlib.sha256(texts[key].encode("utf-8", "replace")).hexdigest())
            if same in seen:
                seen[same].branches += [one for one in branches if one not in seen[same].branches]
                continue
            seen[same] = _File(path, list(branches))
            for platform, reference in self._references(path, texts[key]):
                self._placed.append(Placed(path, platform, reference))
                self._where.append(seen[same])

    def _references(self, path: str, text: str) -> Iterator[tuple[str, Reference]]:
        for reader in readers_of(path):
            try:
                yield from ((reader.name, one) for one in tuple(reader.read(path, text)))
            except Broken as error:
                self.skipped.append(Skipped(f"{self.holder.label}/{path}", str(error)))
        for public in self.ids:
            at = text.find(public) if public else -1
            if at >= 0:
                line = text.count("\n", 0, at) + 1
                yield platform_of(path), Reference((public,), f"file {path}", "names the credential's public id", line)

    def _made(self, matches: Sequence[Match]) -> list[Consumer]:
        """One consumer for each reference, whatever branches hold it and on whichever line."""
        number = {id(one): self._where[at] for at, one in enumerate(self._placed)}
        made: dict[tuple[str, ...], Consumer] = {}
        for match in matches:
            told, file = match.placed.reference, number[id(match.placed)]
            key = (file.path, told.what, told.how, match.name, match.placed.platform)
            if key in made:
                branches = tuple(dict.fromkeys((*made[key].branches, *file.branches)))
                made[key] = replace(made[key], branches=branches)
                continue
            owner, owner_by = self.holder.owner(file.path, file.branches)
            made[key] = Consumer(
                what=told.what,
                platform=match.placed.platform,
                where=f"{self.holder.label}/{file.path}:{told.line}",
                how=told.how,
                name=match.name,
                sure=match.sure,
                store=self._store(told.store),
                owner=owner,
                owner_by=owner_by,
                branches=tuple(file.branches),
                note=match.note.replace(SLUG, self.holder.remote.slug or "OWNER/REPO"),
            )
        return list(made.values())

    def _store(self, place: str) -> str:
        """ "" when the repository does not say where it came from, or says another host than the store's."""
        if SLUG not in place:
            return place
        remote = self.holder.remote
        other = _OTHER_HOSTS.get(re.split(r"[-:]", place)[0], "\0")
        return place.replace(SLUG, remote.slug) if remote.slug and other not in remote.host else ""


def _by_branches(one: tuple[tuple[str, str], list[str]]) -> tuple[bool, str]:
    """What branches hold comes first; of one path, as the branches are ordered."""
    (path, _), branches = one
    return not branches, path


def _pattern(words: Collection[str], *, first: bool) -> re.Pattern[bytes]:
    each = [re.escape(word.encode()) for word in sorted(words)]
    if first:
        each.append(_SETS.pattern)
    return re.compile(b"|".join(each) or rb"(?!)", re.IGNORECASE | re.MULTILINE)


def _text(data: bytes) -> str | None:
    """UTF-8, or UTF-16 with its mark; None for what is no text."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    return None if b"\0" in data[:8192] else data.decode("utf-8-sig", "replace")
