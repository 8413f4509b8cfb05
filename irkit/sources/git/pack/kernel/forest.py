"""The headers of a pack's objects, and the order in which their deltas are best applied."""

from __future__ import annotations

from numba import njit

from irkit.sources.git.pack.frame import (
    BASE,
    CHILD,
    DATA,
    FIRST,
    ID_BYTES,
    KIND,
    NEED,
    NODES,
    OFFSET,
    ORDER,
    PACK,
    PACK_END,
    PARENT,
    SIZE,
    WEIGHT,
)
from irkit.sources.git.pack.kernel.memory import i32, i64, put8, put32, put64, u8

_OFFSET_DELTA, _REFERENCE_DELTA = 6, 7


@njit
def read_headers(frame):
    """Kind, size, base and start of the stream of every node; kind 0 for a header that is none."""
    pack, end = i64(frame, PACK), i64(frame, PACK_END)
    for node in range(i64(frame, NODES)):
        offset = i64(i64(frame, OFFSET), node)
        put8(i64(frame, KIND), node, 0)
        if offset < 12 or offset >= end:
            continue
        at, down = offset, 4
        byte = u8(pack, at)
        kind, size = (byte >> 4) & 7, byte & 15
        at += 1
        while byte > 127 and at < end and down < 56:
            byte = u8(pack, at)
            size |= (byte & 127) << down
            down += 7
            at += 1
        base = -1
        if kind == _OFFSET_DELTA:
            back = 0
            while at < end:
                byte = u8(pack, at)
                at += 1
                back = (back << 7) | (byte & 127)
                if byte < 128 or back > offset:
                    break
                back += 1
            base = offset - back
        elif kind == _REFERENCE_DELTA:
            base = at
            at += i64(frame, ID_BYTES)
        if byte > 127 and kind != _REFERENCE_DELTA:
            continue
        if at >= end or kind in (0, 5):
            continue
        put8(i64(frame, KIND), node, kind)
        put64(i64(frame, SIZE), node, size)
        put64(i64(frame, DATA), node, at)
        put64(i64(frame, BASE), node, base)
    return 0


@njit
def plant(frame):
    """Orders the nodes bases first, gives deltas the kind of their root, and links needed nodes to needed children.

    Expects PARENT, NEED (sought only) and WEIGHT (own bytes); nodes in a loop or without a root get kind 0.
    Returns how many nodes hang on a root.
    """
    nodes = i64(frame, NODES)
    parent, need, weight = i64(frame, PARENT), i64(frame, NEED), i64(frame, WEIGHT)
    first, child, order, kind = i64(frame, FIRST), i64(frame, CHILD), i64(frame, ORDER), i64(frame, KIND)
    _link(frame, False)
    reached = 0
    for node in range(nodes):
        if i32(parent, node) == -1:
            put32(order, reached, node)
            reached += 1
    at = 0
    while at < reached:
        node = i32(order, at)
        at += 1
        for place in range(i32(first, node), i32(first, node + 1)):
            below = i32(child, place)
            put8(kind, below, u8(kind, node))
            put32(order, reached, below)
            reached += 1
    for node in range(nodes):
        if u8(kind, node) > 4:
            put8(kind, node, 0)
    for at in range(reached - 1, -1, -1):
        node = i32(order, at)
        above = i32(parent, node)
        if above >= 0 and u8(need, node):
            put8(need, above, 1)
            put64(weight, above, i64(weight, above) + i64(weight, node))
    _link(frame, True)
    for node in range(nodes):
        last = i32(first, node + 1) - 1
        for place in range(i32(first, node), last):
            one, heaviest = i32(child, place), i32(child, last)
            if i64(weight, one) > i64(weight, heaviest):
                put32(child, place, heaviest)
                put32(child, last, one)
    return reached


@njit
def _link(frame, needed_only):
    """Children by base, by counting: FIRST and CHILD."""
    nodes = i64(frame, NODES)
    parent, need = i64(frame, PARENT), i64(frame, NEED)
    first, child = i64(frame, FIRST), i64(frame, CHILD)
    for node in range(nodes + 2):
        put32(first, node, 0)
    for node in range(nodes):
        above = i32(parent, node)
        if above >= 0 and (u8(need, node) or not needed_only):
            put32(first, above + 2, i32(first, above + 2) + 1)
    for node in range(1, nodes + 2):
        put32(first, node, i32(first, node) + i32(first, node - 1))
    for node in range(nodes):
        above = i32(parent, node)
        if above >= 0 and (u8(need, node) or not needed_only):
            place = i32(first, above + 1)
            put32(child, place, node)
            put32(first, above + 1, place + 1)
