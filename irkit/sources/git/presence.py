"""From blobs to every commit that holds them, and where they came and went. Pure.

1. Bottom up over all trees: which blobs sought does each tree hold, at which paths below it.
2. A commit holds a blob at a path when its root tree does. All commits count, reachable or not.
3. A commit *adds* a blob at a path when it holds it there and no parent does (a root has none). A merge that takes it
   over from one parent adds nothing; a merge that holds what no parent holds ("evil merge") does.
4. A commit *removes* it when it does not hold it there and some parent does; a merge may remove too.
5. What is not here (the parents of a shallow clone, a missing or damaged tree) is unknown: no commit is said to add or
   remove on the strength of something nobody read.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from irkit.sources.git.history import Commit, Tag, tree_entries

Place = tuple[str, bytes]
"""A blob's id and a path."""

Places = frozenset[Place]
_NOWHERE: Places = frozenset()

MOST_PLACES = 20_000
"""Places listed of the blobs sought in one tree: some small trees that name one another again and again have more than anybody can list."""


@dataclass(frozen=True)
class Presence:
    """Where one blob stands at one path: the commits that hold, add and remove it, and the refs whose tip holds it."""

    blob: str
    path: bytes
    commits: int = 0
    added: tuple[Commit, ...] = ()
    removed: tuple[Commit, ...] = ()
    refs: tuple[str, ...] = ()
    reachable: bool = False


class Trees:
    """All trees of a repository, as numbers: the edges between directories, and where the blobs sought stand directly."""

    def __init__(self, trees: Sequence[str], sought: Iterable[str], id_bytes: int) -> None:
        self._number = {oid: number for number, oid in enumerate(trees)}
        self._sought = frozenset(sought)
        self._raw = [bytes.fromhex(oid) for oid in self._sought]
        self._id_bytes = id_bytes
        self._edges: dict[int, tuple[int, int]] = {}
        self._children, self._names = array("I"), array("I")
        self._name_number: dict[bytes, int] = {}
        self._direct: dict[int, list[Place]] = {}
        self._torn: set[int] = set(self._number.values())  # until it has been read, a tree is unknown

    def add(self, oid: str, data: bytes) -> None:
        """One tree's bytes. Trees may come in any order."""
        number, start = self._number[oid], len(self._children)
        self._torn.discard(number)
        # Most trees hold no directory and no blob sought: two searches in bytes spare taking them apart.
        if b"40000 " not in data and not any(raw in data for raw in self._raw):
            return
        for entry in tree_entries(data, self._id_bytes):
            if entry.is_tree:
                child = self._number.get(entry.oid)
                if child is None:
                    self._torn.add(number)
                    continue
                self._children.append(child)
                self._names.append(self._name_number.setdefault(entry.name, len(self._name_number)))
            elif entry.oid in self._sought:
                self._direct.setdefault(number, []).append((entry.oid, entry.name))
        self._edges[number] = (start, len(self._children))

    def places(self) -> Held:
        """What every tree holds, with the trees that are not fully known."""
        names = list(self._name_number)
        places: list[Places | None] = [None] * len(self._number)
        shared: dict[Places, Places] = {}
        nested = set(self._children)
        begun: set[int] = set()
        for root in range(len(places)):
            stack = [root]
            while stack:
                number = stack[-1]
                start, end = self._edges.get(number, (0, 0))
                waiting = [child for child in self._children[start:end] if places[child] is None]
                if waiting and number not in begun:
                    begun.add(number)
                    stack += waiting
                    continue
                stack.pop()
                if waiting:  # only a tree within itself, whose id is not its hash, still waits for one that was begun
                    self._torn.add(number)
                if places[number] is None:
                    merged = self._merged(number, places, names)
                    places[number] = shared.setdefault(merged, merged) if merged else _NOWHERE
        held = {oid: places[number] or _NOWHERE for oid, number in self._number.items()}
        torn = {oid for oid, number in self._number.items() if number in self._torn}
        return Held(held, torn, {oid for oid, number in self._number.items() if number not in nested})

    def _merged(self, number: int, places: Sequence[Places | None], names: Sequence[bytes]) -> Places:
        """What stands in a tree and in those that it names. Of more than `MOST_PLACES` some are left out: it is then not fully known."""
        start, end = self._edges.get(number, (0, 0))
        found = set(self._direct.get(number, ()))
        for child, name in zip(self._children[start:end], self._names[start:end], strict=True):
            if len(found) < MOST_PLACES:
                found |= {(blob, names[name] + b"/" + path) for blob, path in places[child] or ()}
            else:
                self._torn.add(number)
            if child in self._torn:
                self._torn.add(number)
        if len(found) > MOST_PLACES:
            self._torn.add(number)
        return bounded(found)


def bounded(found: set[Place]) -> Places:
    """The first `MOST_PLACES` of them, in the order of blobs and paths."""
    return frozenset(found if len(found) <= MOST_PLACES else sorted(found)[:MOST_PLACES])


@dataclass(frozen=True)
class Held:
    """`places` by tree id; `torn` trees of which a part is not here; `roots` that no other tree contains."""

    places: Mapping[str, Places]
    torn: set[str]
    roots: set[str]

    def of(self, tree: str) -> Places:
        return self.places.get(tree, _NOWHERE)

    def known(self, tree: str) -> bool:
        return tree in self.places and tree not in self.torn


@dataclass
class _Marks:
    added: list[Commit] = field(default_factory=list)
    removed: list[Commit] = field(default_factory=list)
    refs: list[str] = field(default_factory=list)


def presences(
    blobs: Iterable[str],
    held: Held,
    commits: Mapping[str, Commit],
    refs: Mapping[str, str],
    tags: Mapping[str, Tag],
) -> list[Presence]:
    """One row per blob and path. A blob no commit holds has the path its outermost tree gives it, or an empty one."""
    sought = frozenset(blobs)
    marks: defaultdict[Place, _Marks] = defaultdict(_Marks)
    reached = reachable(commits, refs, tags)
    everywhere: Counter[Places] = Counter()
    within_reach: Counter[Places] = Counter()
    for commit in commits.values():
        mine = held.of(commit.tree)
        everywhere[mine] += 1
        within_reach[mine] += commit.oid in reached
        _mark(commit, mine, held, commits, marks)
    for ref, oid in sorted(refs.items()):
        for place in _named_by(oid, held, commits, tags):
            marks[place].refs.append(ref)
    counts, near = _spread(everywhere), _spread(within_reach)
    places = set(counts) | set(marks)
    places |= _homeless(sought, places, held)
    return [
        Presence(
            blob=place[0],
            path=place[1],
            commits=counts[place],
            added=_by_time(marks[place].added),
            removed=_by_time(marks[place].removed),
            refs=tuple(marks[place].refs),
            reachable=near[place] > 0 or bool(marks[place].refs),
        )
        for place in sorted(places)
        if place[0] in sought
    ]


def reachable(commits: Mapping[str, Commit], refs: Mapping[str, str], tags: Mapping[str, Tag]) -> set[str]:
    """Every commit that some ref leads to."""
    stack = [peeled(oid, tags) for oid in refs.values()]
    reached: set[str] = set()
    while stack:
        oid = stack.pop()
        if oid in commits and oid not in reached:
            reached.add(oid)
            stack += commits[oid].parents
    return reached


def descendants(oid: str, commits: Mapping[str, Commit]) -> set[str]:
    """The commit and every commit it is an ancestor of."""
    children: defaultdict[str, list[str]] = defaultdict(list)
    for commit in commits.values():
        for parent in commit.parents:
            children[parent].append(commit.oid)
    stack, found = [oid], set()
    while stack:
        one = stack.pop()
        if one not in found:
            found.add(one)
            stack += children[one]
    return found


def peeled(oid: str, tags: Mapping[str, Tag]) -> str:
    """What an annotated tag names in the end, or the id itself."""
    seen = set()
    while oid in tags and oid not in seen:
        seen.add(oid)
        oid = tags[oid].target
    return oid


def _mark(
    commit: Commit, mine: Places, held: Held, commits: Mapping[str, Commit], marks: defaultdict[Place, _Marks]
) -> None:
    parents = [commits.get(parent) for parent in commit.parents]
    theirs = [held.of(parent.tree) for parent in parents if parent]
    if all(places is mine for places in theirs) and len(theirs) == len(parents) and parents:
        return
    before = frozenset().union(*theirs)
    if all(parent and held.known(parent.tree) for parent in parents):
        for place in mine - before:
            marks[place].added.append(commit)
    if held.known(commit.tree):
        for place in before - mine:
            marks[place].removed.append(commit)


def _named_by(oid: str, held: Held, commits: Mapping[str, Commit], tags: Mapping[str, Tag]) -> Places:
    """What stands at the tip a ref names: a commit, or (rarely) a tree or a blob itself."""
    target = peeled(oid, tags)
    if target in commits:
        return held.of(commits[target].tree)
    return held.of(target) or frozenset({(target, b"")})


def _homeless(blobs: Iterable[str], placed: set[Place], held: Held) -> set[Place]:
    missing = set(blobs) - {blob for blob, _ in placed}
    in_trees = {place for root in held.roots for place in held.of(root) if place[0] in missing}
    return in_trees | {(blob, b"") for blob in missing - {blob for blob, _ in in_trees}}


def _spread(counted: Counter[Places]) -> Counter[Place]:
    spread: Counter[Place] = Counter()
    for places, number in counted.items():
        for place in places:
            spread[place] += number
    return spread


def _by_time(commits: list[Commit]) -> tuple[Commit, ...]:
    return tuple(sorted(commits, key=lambda one: (one.commit_time.timestamp() if one.commit_time else 0.0, one.oid)))
