"""Lists that grow, in three slots of the frame: address, items used, items there is room for."""

from __future__ import annotations

from numba import njit

from irkit.sources.git.pack.frame import SLACK
from irkit.sources.git.pack.kernel.memory import i64, put64, resize


@njit
def room(frame, slot, items, width):
    """Makes room for `items` more of `width` bytes; False when there is no memory."""
    wanted = i64(frame, slot + 1) + items
    if wanted <= i64(frame, slot + 2):
        return True
    capacity = wanted + (wanted >> 1) + 1024
    address = resize(i64(frame, slot), capacity * width + SLACK)
    if address == 0:
        return False
    put64(frame, slot, address)
    put64(frame, slot + 2, capacity)
    return True
