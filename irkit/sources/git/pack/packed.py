"""The object database through the kernel: every stream of every pack inflated once, bases first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from irkit.model import Skipped
from irkit.sources.archives.first_bytes import FirstBytes
from irkit.sources.git import history, objects
from irkit.sources.git.folders import loose_files, object_folders, pack_files
from irkit.sources.git.history import Commit, Tag
from irkit.sources.git.objects import Torn
from irkit.sources.git.pack import forest as forests
from irkit.sources.git.pack import native
from irkit.sources.git.pack.graph import Graph, TreeTable
from irkit.sources.git.pack.model import KINDS, Match
from irkit.sources.git.pack.needles import SHORTEST, firsts, tables
from irkit.sources.git.pack.packfile import Pack, Unreadable, open_pack
from irkit.sources.git.pack.plain import matches, more, untorn
from irkit.sources.git.pack.stray import kinds_of, loose_object
from irkit.sources.git.pack.table import table_of
from irkit.sources.git.pack.walk import Lists, Notes, Walker
from irkit.sources.git.presence import Presence
from irkit.sources.git.run import Repository

COMMIT, TREE, BLOB, TAG = 1, 2, 3, 4
_REPLACED_AT_MOST = 20
Progress = Callable[[str, int, int | None], None]


class PackedDatabase:
    """See `model.Database`. Unreadable when a pack is not what its index says: git may still make something of it."""

    def __init__(self, repository: Repository, id_bytes: int, progress: Progress | None = None) -> None:
        self._repository = repository
        self._refs = objects.refs(repository)  # before the objects: what they lead to is then among these
        self._kernel, inflater = native.kernel(), native.inflater()
        self.engine = f"pack walk, {inflater.name}"
        self.skipped: list[Skipped] = []
        # Loose objects before packs: git packs a loose one first and removes it then. A pack that is replaced is looked for again.
        folders = object_folders(repository)
        loose = {
            oid: path for folder in reversed(folders) for oid, path in loose_files(folder) if len(oid) == 2 * id_bytes
        }
        self._packs = _packs(folders, id_bytes)
        self._table = table_of(self._packs, sorted(loose.items()), id_bytes)
        self._forests = [
            forests.grow(self._kernel, pack, self._table, numbers)
            for pack, numbers in zip(self._packs, self._table.packed, strict=True)
        ]
        self._turning = {
            self._table.oid(number)
            for forest in self._forests
            for number in forest.object[forest.looped & (forest.object >= 0)].tolist()
        }
        self._notes = Notes.for_objects(len(self._table.ids))
        self._walker = Walker(self._kernel, inflater, self._table, self._notes)
        self._loose_trees: list[tuple[int, str]] = []
        self._graph: Graph | None = None
        self._trees: TreeTable | None = None
        self._tell = progress or (lambda _what, _done, _total: None)

    def search(self, needles: Sequence[bytes], containers: bool = False) -> Iterator[Match]:
        if not needles:
            return
        self._walker.seek(tables(needles), firsts() if containers else None)
        lists = Lists()
        stray = self._read((COMMIT, TAG, BLOB), lists)
        odd = [
            match
            for kind, oid, pieces in self._strays(stray)
            for match in self._search_stray(kind, oid, pieces, needles, containers)
        ]
        self._graph = self._graph_of(lists)
        hits = np.concatenate(lists.hits)
        hits = hits[np.lexsort((hits[:, 1], hits[:, 2], hits[:, 0]))]
        for number, needle, offset in hits.tolist():
            yield Match(self._table.oid(number), KINDS[self._table.kinds[number]], needle, offset)
        yield from odd

    def contents(self, oids: Sequence[str], skipped: list[Skipped]) -> Iterator[tuple[str, Iterator[bytes]]]:
        return objects.contents(self._repository, oids, skipped, self._turning)

    def presence(self, blobs: Sequence[str]) -> list[Presence]:
        sought = sorted({bytes.fromhex(blob) for blob in blobs})
        if not sought:
            return []
        graph = self._graph_now()
        self._walker.look_up(sought)
        lists = Lists()
        stray = self._read((TREE,), lists)
        self._trees = TreeTable(self._table, [blob.hex() for blob in sought], lists, self._notes.state == 1)
        odd = set(stray) | set(np.flatnonzero((self._table.kinds == TREE) & (self._notes.state == 2)).tolist())
        for kind, oid, pieces in self._strays(sorted(odd)):
            if kind != TREE:
                continue
            try:
                self._trees.add(oid, history.tree_entries(b"".join(pieces), self._table.ids.shape[1]))
            except Torn:
                continue  # it stays unknown, and `contents` lists it
        return graph.presences([blob.hex() for blob in sought], self._trees)

    def leading(self, oid: str) -> tuple[str, ...]:
        return self._graph_now().leading(oid)

    def commit(self, oid: str) -> Commit | None:
        return self._graph_now().commit(oid)

    def tags(self) -> Mapping[str, Tag]:
        return self._graph_now().tags

    def unknown_commits(self) -> int:
        return self._graph_now().unknown(self._trees) if self._trees else 0

    def close(self) -> None:
        self._packs, self._forests = [], []

    def _read(self, kinds: tuple[int, ...], lists: Lists) -> list[int]:
        """All objects of these kinds from packs and from loose files; gives the numbers of those left to git."""
        left: list[int] = []
        for number, forest in enumerate(self._forests):
            self._tell(f"packs of {self._repository.shown}", number, len(self._forests))
            for _ in self._walker.walk(forest, kinds, lists):
                pass
            counted = forest.object >= 0
            for one in forest.object[counted & forest.looped].tolist():
                what = f"{self._repository.shown} object {self._table.oid(one)}"
                self.skipped.append(Skipped(what, "its delta leads in a circle"))
            due = ~forest.looped & counted & (np.isin(forest.kind, kinds) | (forest.kind == 0)) & (forest.status == 0)
            left += forest.object[due].tolist()
            for one in forest.object[counted & (forest.status == 2) & np.isin(forest.kind, kinds)].tolist():
                self.skipped.append(more(self._repository, self._table.oid(one)))
        left += self._read_loose(kinds, lists)
        self._tell(f"packs of {self._repository.shown}", len(self._forests), len(self._forests))
        return left

    def _read_loose(self, kinds: tuple[int, ...], lists: Lists) -> list[int]:
        files = self._loose_trees if kinds == (TREE,) else self._table.loose
        if not files:
            return []
        left, alone = [], self._walker.alone(lists)
        if kinds != (TREE,):
            self._loose_trees = []
        for number, path in files:
            found = loose_object(path)
            if found is None:
                left.append(number)
                continue
            kind, data = found
            self._table.kinds[number] = kind
            if kind == TREE and kinds != (TREE,):
                self._loose_trees.append((number, path))
            elif kind in kinds and not alone.read(kind, number, data):
                self.skipped.append(more(self._repository, self._table.oid(number)))
        alone.close()
        return left

    def _strays(self, numbers: Sequence[int]) -> Iterator[tuple[int, str, Iterator[bytes]]]:
        """What the kernel could not read, through git: another copy of it, or the reason why not."""
        oids = [self._table.oid(number) for number in numbers]
        if not oids:
            return
        kinds = kinds_of(self._repository, oids)
        for oid in oids:
            self._table.kinds[self._table.number(oid)] = kinds.get(oid, 0)
        for oid, pieces in self.contents(oids, self.skipped):
            yield kinds.get(oid, 0), oid, pieces

    def _search_stray(
        self, kind: int, oid: str, pieces: Iterator[bytes], needles: Sequence[bytes], containers: bool
    ) -> list[Match]:
        if kind in (COMMIT, TREE):
            self._notes.state[self._table.number(oid)] = 2  # not understood here: it is read through git
        if kind == TREE:
            return []
        name, watched = KINDS[kind] or "blob", FirstBytes(untorn(pieces))
        found = matches(self._repository, oid, name, needles, watched, self.skipped)
        if containers and name == "blob" and watched.may_open():
            found.append(Match(oid, name, len(needles), 0))
        return found

    def _graph_now(self) -> Graph:
        if self._graph is None:
            self._walker.seek(tables([bytes(SHORTEST)]))
            lists = Lists()
            for _ in self._strays(self._read((COMMIT, TAG), lists)):
                pass  # they have a kind now, and are read with the commits written oddly
            self._graph = self._graph_of(lists)
        return self._graph

    def _graph_of(self, lists: Lists) -> Graph:
        """Commits and tags; the few that are written oddly are read again, by `history`."""
        parents = np.concatenate(lists.parents)
        odd = np.flatnonzero((self._table.kinds == COMMIT) & (self._notes.state != 1)).tolist()
        tags = np.flatnonzero(self._table.kinds == TAG).tolist()
        oids = [self._table.oid(number) for number in [*odd, *tags]]
        data = {oid: b"".join(untorn(pieces)) for oid, pieces in self.contents(oids, self.skipped)}
        commits, named = {}, {}
        for number in odd:
            oid = self._table.oid(number)
            if oid in data and (commit := history.commit(oid, data[oid])):
                commits[number] = commit
            elif oid in data:
                self.skipped.append(Skipped(f"object {oid}", "it is a commit whose inside is none"))
        for oid in oids[len(odd) :]:
            if oid in data and (tag := history.tag(oid, data[oid])):
                named[oid] = tag
            elif oid in data:
                self.skipped.append(Skipped(f"object {oid}", "it is a tag whose inside is none"))
        return Graph(self._kernel, self._table, self._notes, parents, commits, named, self._refs)


def _packs(folders: Sequence[Path], id_bytes: int) -> list[Pack]:
    for _ in range(_REPLACED_AT_MOST):
        opened = [path for folder in folders for path in pack_files(folder)]
        try:
            return [open_pack(path, id_bytes) for path in opened]
        except Unreadable:
            if all(path.is_file() for path in opened):
                raise
    raise Unreadable("its packs are replaced faster than they can be opened")
