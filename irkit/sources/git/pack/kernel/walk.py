"""Down every tree of deltas, depth first: each stream is inflated once, and its base is in memory by then."""

from __future__ import annotations

from numba import njit

from irkit.sources.archives.first_bytes import LOOKED_AT
from irkit.sources.git.pack.frame import (
    CHILD,
    DELTA,
    FIRST,
    HEAD,
    HITS,
    JOB_FROM,
    JOB_TO,
    KIND,
    LEVELS,
    LIMIT,
    LONGEST,
    MODE,
    OBJECT,
    OPENS,
    OWNER,
    ROOTS,
    SEGMENT,
    SIZE,
    SLACK,
    STACK,
    STATUS,
)
from irkit.sources.git.pack.kernel.commit import read_commit
from irkit.sources.git.pack.kernel.delta import MORE, READ, TORN, apply, varint
from irkit.sources.git.pack.kernel.first_bytes import first_bytes, holds_zip, is_program, may_open
from irkit.sources.git.pack.kernel.inflate import inflate
from irkit.sources.git.pack.kernel.lists import room
from irkit.sources.git.pack.kernel.memory import i32, i64, put8, put64, release, resize, u8
from irkit.sources.git.pack.kernel.seek import note, seek
from irkit.sources.git.pack.kernel.tree import marks_size, pack_marks, read_changed_tree, read_tree

COMMIT, TREE, BLOB, TAG = 1, 2, 3, 4
SEEK, TREES, OPEN = 1, 2, 4
_LARGEST_TREE = 1 << 30
_LEVEL = 8  # numbers per level of the stack: node, next child, content, its size, first and last hit, status, marks


@njit
def walk(frame):
    """Reads the roots [JOB_FROM, JOB_TO) of ROOTS and all below them that is needed."""
    if not room(frame, STACK, LEVELS * _LEVEL, 8) or not room(frame, HEAD, LOOKED_AT, 1):
        return -1
    for number in range(i64(frame, JOB_FROM), i64(frame, JOB_TO)):
        _descend(frame, i32(i64(frame, ROOTS), number))
    return 0


@njit
def _descend(frame, root):
    stack, first, child = i64(frame, STACK), i64(frame, FIRST), i64(frame, CHILD)
    if not _enter_root(frame, root, stack):
        return
    depth = 1
    while depth:
        level = stack + (depth - 1) * _LEVEL * 8
        node, place, content = i64(level, 0), i64(level, 1), i64(level, 2)
        end = i32(first, node + 1)
        if place >= end or depth >= LEVELS:
            release(content)
            depth -= 1
            continue
        put64(level, 1, place + 1)
        entered = _enter_child(frame, i32(child, place), level, level + _LEVEL * 8)
        if place + 1 == end:
            # The last child takes the place of its base: nothing else needs it any more.
            release(content)
            if entered:
                for at in range(_LEVEL):
                    put64(level, at, i64(level + _LEVEL * 8, at))
            else:
                depth -= 1
        elif entered:
            depth += 1


@njit
def _enter_root(frame, node, level):
    """Inflates and reads a node that stands alone. True when it has children that need it."""
    size = i64(i64(frame, SIZE), node)
    if size > i64(frame, LIMIT):
        return False
    content = resize(0, size + SLACK)
    if content == 0:
        return False
    if not inflate(frame, node, content):
        release(content)
        return False
    hits = i64(frame, HITS + 1)
    status = READ
    if _sought(frame):
        put64(frame, OWNER, node)
        if not seek(frame, hits, content, size, 0):
            status = MORE
        if _opens(frame, node):
            _note_container(frame, hits, content, size, content, size)
    return _keep(frame, node, level, content, size, hits, status, 0, 0, 0, 0)


@njit
def _enter_child(frame, node, above, level):
    """The same for a delta, whose base is the level above."""
    delta_size = i64(i64(frame, SIZE), node)
    put64(frame, DELTA + 1, 0)
    if delta_size > i64(frame, LIMIT) or not room(frame, DELTA, delta_size + SLACK, 1):
        return False
    delta = i64(frame, DELTA)
    if not inflate(frame, node, delta):
        return False
    base, base_size = i64(above, 2), i64(above, 3)
    declared, at = varint(delta, 0, delta_size)
    size, at = varint(delta, at, delta_size)
    if declared != base_size or size < 0 or size > i64(frame, LIMIT):
        return False
    sought = _sought(frame)
    inside_out = sought and i64(above, 6) == MORE  # not all of the base's occurrences are known: search everything
    leaf = i32(i64(frame, FIRST), node) == i32(i64(frame, FIRST), node + 1)
    whole = inside_out or not leaf or u8(i64(frame, KIND), node) != BLOB
    opens, head, head_size = _opens(frame, node), i64(frame, HEAD), 0
    if opens:
        head_size = first_bytes(delta, at, delta_size, base, base_size, head)
        whole |= is_program(head, head_size)
    hits = i64(frame, HITS + 1)
    put64(frame, OWNER, node)
    if whole:
        out = resize(0, size + SLACK)
    else:
        put64(frame, SEGMENT + 1, 0)
        most = min(size, delta_size * (2 * i64(frame, LONGEST) + 2))
        out = i64(frame, SEGMENT) if room(frame, SEGMENT, most + SLACK, 1) else 0
        out = i64(frame, SEGMENT) if out or i64(frame, SEGMENT + 2) >= most + SLACK else 0
    if out == 0:
        return False
    status = apply(
        frame, delta, at, delta_size, base, base_size, out, size, whole, sought and not inside_out,
        hits, i64(above, 4), i64(above, 5),
    )  # fmt: skip
    if status == TORN:
        put64(frame, HITS + 1, hits)
        if whole:
            release(out)
        return False
    if inside_out and not seek(frame, hits, out, size, 0):
        status = MORE
    if opens:
        _note_container(frame, hits, head, head_size, out, size)
    return _keep(frame, node, level, out if whole else 0, size, hits, status, delta, at, delta_size, i64(above, 7))


@njit
def _keep(frame, node, level, content, size, hits, status, delta, at, end, base_marks):
    """What is read out of a node's content, and the content itself for the children, if any."""
    put8(i64(frame, STATUS), node, status)
    kind = u8(i64(frame, KIND), node)
    number = i32(i64(frame, OBJECT), node)
    if number >= 0 and content and kind == COMMIT and i64(frame, MODE) & SEEK:
        read_commit(frame, number, content, size)
    leaf = i32(i64(frame, FIRST), node) == i32(i64(frame, FIRST), node + 1)
    marks = 0
    if kind == TREE and content and i64(frame, MODE) & TREES:
        marks, content = _keep_tree(frame, number, content, size, not leaf, delta, at, end, base_marks)
    if leaf or content == 0:
        if content:
            release(content)
        return False
    put64(level, 0, node)
    put64(level, 1, i32(i64(frame, FIRST), node))
    put64(level, 2, content)
    put64(level, 3, size)
    put64(level, 4, hits)
    put64(level, 5, i64(frame, HITS + 1))
    put64(level, 6, status)
    put64(level, 7, marks)
    return True


@njit
def _keep_tree(frame, number, content, size, keep, delta, at, end, base_marks):
    """Reads a tree; for its children puts behind its content where its entries start. Gives these marks and the content."""
    if number < 0 or size > _LARGEST_TREE:
        return 0, content
    if base_marks:
        read = read_changed_tree(frame, number, content, size, keep, delta, at, end, base_marks)
    else:
        read = read_tree(frame, number, content, size, keep)
    if not keep or not read:
        return 0, content
    start = (size + SLACK + 7) & -8
    grown = resize(content, start + marks_size(frame))
    if grown == 0:
        return 0, content
    pack_marks(frame, grown + start)
    return grown + start, grown


@njit
def _sought(frame):
    return i64(frame, MODE) & SEEK != 0


@njit
def _note_container(frame, hits, head, head_size, content, size):
    if may_open(frame, head, head_size) or (is_program(head, head_size) and holds_zip(content, size)):
        note(frame, hits, i64(frame, OPENS), 0)


@njit
def _opens(frame, node):
    return i64(frame, MODE) & OPEN != 0 and u8(i64(frame, KIND), node) == BLOB


@njit
def read_alone(frame, kind, number, data, length):
    """An object that did not come out of a pack: `data` has slack behind it. OWNER is set by the caller."""
    complete = True
    if i64(frame, MODE) & SEEK:
        hits = i64(frame, HITS + 1)
        complete = seek(frame, hits, data, length, 0)
        if kind == BLOB and i64(frame, MODE) & OPEN:
            _note_container(frame, hits, data, length, data, length)
        if kind == COMMIT:
            read_commit(frame, number, data, length)
    if kind == TREE and i64(frame, MODE) & TREES:
        read_tree(frame, number, data, length, False)
    return READ if complete else MORE
