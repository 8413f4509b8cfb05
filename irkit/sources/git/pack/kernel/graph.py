"""Which commits a set of commits leads to."""

from __future__ import annotations

from numba import njit

from irkit.sources.git.pack.kernel.memory import i32, put8, put32, u8


@njit
def reach(stack, depth, first, next_one, marks):
    """Marks all that can be reached from the `depth` marked numbers on `stack` along next_one[first[n]:first[n + 1]].

    The stack has room for every number; returns how many more were marked.
    """
    marked = 0
    while depth > 0:
        depth -= 1
        number = i32(stack, depth)
        for place in range(i32(first, number), i32(first, number + 1)):
            other = i32(next_one, place)
            if other >= 0 and u8(marks, other) == 0:
                put8(marks, other, 1)
                put32(stack, depth, other)
                depth += 1
                marked += 1
    return marked
