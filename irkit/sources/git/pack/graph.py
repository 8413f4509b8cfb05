"""Commits, trees and refs as numbers: presence on a repository of any size. The rules are those of `sources.git.presence`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from irkit.sources.git.history import Commit, Entry, Tag
from irkit.sources.git.pack.native import Kernel
from irkit.sources.git.pack.refs import tag_chain
from irkit.sources.git.pack.table import ObjectTable
from irkit.sources.git.pack.walk import Lists, Notes
from irkit.sources.git.presence import MOST_PLACES, Place, Places, Presence, bounded, peeled

_REACH = 5
_COMMIT, _TREE = 1, 2
_NOWHERE: Places = frozenset()
Numbers = NDArray[np.int32]
Mask = NDArray[np.bool_]


class TreeTable:
    """What every tree holds of the blobs sought: `set_of` tree number is an index into `sets`, 0 for nothing."""

    def __init__(self, table: ObjectTable, blobs: Sequence[str], lists: Lists, known: Mask) -> None:
        self._table, self._blobs, self._names = table, {blob: at for at, blob in enumerate(blobs)}, list(lists.names)
        self._edges, self._direct = np.concatenate(lists.edges), np.concatenate(lists.direct)
        self._known = known & (table.kinds == _TREE)
        self._extra_edges: list[tuple[int, int, int]] = []
        self._extra_direct: list[tuple[int, int, int]] = []
        self._closed = False

    def add(self, oid: str, entries: Iterable[Entry]) -> None:
        """A tree that the kernel could not read or did not understand."""
        number = self._table.number(oid)
        self._edges, self._direct = self._edges[self._edges[:, 0] != number], self._direct[self._direct[:, 0] != number]
        self._known[number] = True
        self._table.kinds[number] = _TREE
        for entry in entries:
            if entry.is_tree:
                self._extra_edges.append((number, self._table.number(entry.oid), self._named(entry.name)))
            elif entry.oid in self._blobs:
                self._extra_direct.append((number, self._blobs[entry.oid], self._named(entry.name)))

    def close(self) -> None:
        """Closes upwards: from the trees that name a blob to all above them, and from what is not here likewise."""
        if self._closed:
            return
        self._closed = True
        edges, direct = _with(self._edges, self._extra_edges), _with(self._direct, self._extra_direct)
        above, self._below = np.ascontiguousarray(edges[:, 0]), np.ascontiguousarray(edges[:, 1])
        gone = (self._below < 0) | (self._table.kinds[self._below] != _TREE)
        torn = ~self._known
        if gone.any():
            torn[above[gone]] = True
            edges, above, self._below = edges[~gone], above[~gone], self._below[~gone]
        self.torn = _upwards(torn, above, self._below)
        holding = np.zeros(len(self._known), np.bool_)
        holding[direct[:, 0]] = True
        holding = _upwards(holding, above, self._below)
        self.set_of, self.sets = self._sets(edges[holding[self._below]], direct)
        self.torn = _upwards(self.torn, above, self._below)

    def outermost(self) -> Mask:
        """The trees that no other tree contains."""
        outermost = np.ones(len(self._known), np.bool_)
        outermost[self._below] = False
        return outermost

    def _sets(self, edges: Numbers, direct: Numbers) -> tuple[Numbers, list[Places]]:
        """Places below every holding tree, from the bottom up; trees that hold the same share one number.

        A tree with more than `MOST_PLACES`, and one within itself (its id is then not its hash), is marked as not fully known.
        """
        found: defaultdict[int, set[Place]] = defaultdict(set)
        blobs = list(self._blobs)
        for tree, blob, name in direct.tolist():
            found[tree].add((blobs[blob], self._names[name]))
        above: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        waiting: Counter[int] = Counter()
        for tree, child, name in edges.tolist():
            above[child].append((tree, name))
            waiting[tree] += 1
        numbers: dict[Places, int] = {_NOWHERE: 0}
        moved: dict[tuple[int, int], set[Place]] = {}
        sets = [_NOWHERE]
        set_of = np.zeros(len(self._known), np.int32)
        ready = [tree for tree in found if not waiting[tree]]
        while ready:
            tree = ready.pop()
            below = found.pop(tree, set())
            self.torn[tree] |= len(below) > MOST_PLACES
            places = bounded(below)
            number = numbers.setdefault(places, len(sets))
            if number == len(sets):
                sets.append(places)
            set_of[tree] = number
            for parent, name in above.get(tree, ()):
                if len(found[parent]) > MOST_PLACES:
                    self.torn[parent] = True
                elif (number, name) in moved:
                    found[parent] |= moved[number, name]
                else:
                    prefix = self._names[name] + b"/"
                    moved[number, name] = {(blob, prefix + path) for blob, path in places}
                    found[parent] |= moved[number, name]
                waiting[parent] -= 1
                if not waiting[parent]:
                    ready.append(parent)
        for tree in (tree for tree, left in waiting.items() if left > 0):
            self.torn[tree] = True
            set_of[tree] = numbers.setdefault(places := bounded(found.pop(tree, set())), len(sets))
            if set_of[tree] == len(sets):
                sets.append(places)
        return set_of, sets

    def _named(self, name: bytes) -> int:
        self._names.append(name)
        return len(self._names) - 1


def _with(listed: Numbers, more: Sequence[tuple[int, int, int]]) -> Numbers:
    return np.concatenate([listed, np.array(more, np.int32)]) if more else listed


def _upwards(marked: Mask, above: Numbers, below: Numbers) -> Mask:
    """`marked`, and every tree above a marked one."""
    while len(below):
        reached = marked[below]
        new = above[reached]
        if marked[new].all():
            break
        marked[new] = True
    return marked


@dataclass
class _Marks:
    added: list[int] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    refs: list[str] = field(default_factory=list)


class Graph:
    """All commits with their trees, parents and times; tags and refs."""

    def __init__(
        self,
        kernel: Kernel,
        table: ObjectTable,
        notes: Notes,
        parents: Numbers,
        odd: Mapping[int, Commit],
        tags: Mapping[str, Tag],
        refs: Mapping[str, str],
    ) -> None:
        self._kernel, self._table, self._notes, self._odd = kernel, table, notes, odd
        self.tags, self.refs = tags, refs
        usual = (table.kinds == _COMMIT) & (notes.state == 1)
        self._commits: Mask = usual.copy()
        more = []
        for number, commit in odd.items():
            self._commits[number] = True
            notes.tree_of[number] = table.number(commit.tree)
            more += [(number, table.number(parent)) for parent in commit.parents]
        links = np.concatenate([parents, np.array(more, np.int32).reshape(-1, 2)])
        # A parent that is here but is no commit counts as one that is not here.
        above = links[:, 1]
        links[:, 1] = np.where((above >= 0) & self._commits[np.maximum(above, 0)], above, -1)
        self._links = links[np.argsort(links[:, 0], kind="stable")]
        self._first = _starts(self._links[:, 0], len(table.ids))

    def commit(self, oid: str) -> Commit | None:
        number = self._table.number(oid)
        return self._commit(number) if number >= 0 and self._commits[number] else None

    def leading(self, oid: str) -> tuple[str, ...]:
        number = self._table.number(oid)
        if oid in self.tags:
            return tuple(ref for ref, tip in sorted(self.refs.items()) if oid in tag_chain(tip, self.tags))
        if number < 0 or not self._commits[number]:
            return ()
        down = self._links[self._links[:, 1] >= 0][:, ::-1]
        down = down[np.argsort(down[:, 0], kind="stable")]
        later = self._reach([number], _starts(down[:, 0], len(self._table.ids)), np.ascontiguousarray(down[:, 1]))
        tips = ((ref, self._table.number(peeled(tip, self.tags))) for ref, tip in sorted(self.refs.items()))
        return tuple(ref for ref, tip in tips if tip >= 0 and later[tip])

    def unknown(self, trees: TreeTable) -> int:
        """How many commits have a tree of which a part is not here."""
        trees.close()
        tree = self._notes.tree_of[self._commits]
        return int(((tree < 0) | trees.torn[np.maximum(tree, 0)]).sum())

    def presences(self, blobs: Sequence[str], trees: TreeTable) -> list[Presence]:
        """One row per blob and path. A blob no commit holds has the path its outermost tree gives it, or an empty one."""
        trees.close()
        tree = self._notes.tree_of
        mine = np.where(tree >= 0, trees.set_of[np.maximum(tree, 0)], 0)
        reached = self._reach(
            [self._table.number(peeled(tip, self.tags)) for tip in self.refs.values()],
            self._first,
            np.ascontiguousarray(self._links[:, 1]),
        )
        counts = _spread(mine[self._commits], trees.sets)
        near = _spread(mine[self._commits & reached], trees.sets)
        marks: defaultdict[Place, _Marks] = defaultdict(_Marks)
        self._mark(mine, trees, marks)
        for ref, tip in sorted(self.refs.items()):
            for place in self._named_by(tip, mine, trees):
                marks[place].refs.append(ref)
        places = set(counts) | set(marks)
        places |= self._homeless(blobs, places, trees)
        sought = set(blobs)
        return [
            Presence(
                blob=place[0],
                path=place[1],
                commits=counts[place],
                added=self._by_time(marks[place].added),
                removed=self._by_time(marks[place].removed),
                refs=tuple(marks[place].refs),
                reachable=near[place] > 0 or bool(marks[place].refs),
            )
            for place in sorted(places)
            if place[0] in sought
        ]

    def _mark(self, mine: Numbers, trees: TreeTable, marks: defaultdict[Place, _Marks]) -> None:
        child, parent = self._links[:, 0], self._links[:, 1]
        theirs = np.where(parent >= 0, mine[np.maximum(parent, 0)], 0)
        changed = set(child[mine[child] != theirs].tolist())
        has_parents = np.diff(self._first) > 0
        changed |= set(np.flatnonzero(self._commits & (mine > 0) & ~has_parents).tolist())
        for number in changed:
            parents = self._links[self._first[number] : self._first[number + 1], 1].tolist()
            here = trees.sets[mine[number]]
            before = frozenset().union(*(trees.sets[mine[one]] for one in parents if one >= 0))
            if all(one >= 0 and self._known(one, trees) for one in parents):
                for place in here - before:
                    marks[place].added.append(number)
            if self._known(number, trees):
                for place in before - here:
                    marks[place].removed.append(number)

    def _known(self, commit: int, trees: TreeTable) -> bool:
        tree = int(self._notes.tree_of[commit])
        return tree >= 0 and not trees.torn[tree]

    def _named_by(self, tip: str, mine: Numbers, trees: TreeTable) -> Places:
        """What stands at the tip a ref names: a commit, or (rarely) a tree or a blob itself."""
        target = peeled(tip, self.tags)
        number = self._table.number(target)
        if number >= 0 and self._commits[number]:
            return trees.sets[int(mine[number])]
        below = trees.sets[trees.set_of[number]] if number >= 0 else _NOWHERE
        return below or frozenset({(target, b"")})

    def _homeless(self, blobs: Iterable[str], placed: set[Place], trees: TreeTable) -> set[Place]:
        missing = set(blobs) - {blob for blob, _ in placed}
        if not missing:
            return set()
        roots = set(trees.set_of[trees.outermost()].tolist())
        in_trees = {place for one in roots for place in trees.sets[one] if place[0] in missing}
        return in_trees | {(blob, b"") for blob in missing - {blob for blob, _ in in_trees}}

    def _reach(self, starts: Iterable[int], first: Numbers, following: Numbers) -> Mask:
        marks = np.zeros(len(self._table.ids), np.uint8)
        stack = np.zeros(len(self._table.ids) + 1, np.int32)
        begin = sorted({one for one in starts if one >= 0 and self._commits[one]})
        stack[: len(begin)] = begin
        marks[begin] = 1
        self._kernel(_REACH, stack.ctypes.data, len(begin), first.ctypes.data, following.ctypes.data, marks.ctypes.data)
        return marks.astype(np.bool_)

    def _by_time(self, numbers: list[int]) -> tuple[Commit, ...]:
        found = (self._commit(number) for number in numbers)
        return tuple(sorted(found, key=lambda one: (one.commit_time.timestamp() if one.commit_time else 0.0, one.oid)))

    def _commit(self, number: int) -> Commit:
        if number in self._odd:
            return self._odd[number]
        parents = tuple(self._parent_ids(number))
        tree = int(self._notes.tree_of[number])
        times = (_when(int(times[number])) for times in (self._notes.authored, self._notes.committed))
        return Commit(self._table.oid(number), self._table.oid(tree) if tree >= 0 else "", parents, *times)

    def _parent_ids(self, number: int) -> list[str]:
        links = self._links[self._first[number] : self._first[number + 1], 1].tolist()
        return [self._table.oid(one) if one >= 0 else "" for one in links]


def _starts(owners: Numbers, count: int) -> Numbers:
    """Where each number's run begins among its sorted `owners`, and where the last one ends."""
    return np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=count))]).astype(np.int32)


def _spread(sets: Numbers, places: Sequence[Places]) -> Counter[Place]:
    spread: Counter[Place] = Counter()
    for number, count in enumerate(np.bincount(sets, minlength=len(places)).tolist()):
        for place in places[number] if count else ():
            spread[place] += count
    return spread


def _when(seconds: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
