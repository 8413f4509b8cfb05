"""One zlib stream of a pack into a buffer of exactly its size, by libdeflate or zlib. Both verify Adler-32.

https://github.com/ebiggers/libdeflate/blob/master/libdeflate.h, https://zlib.net/manual.html (z_stream on a 64-bit machine)
"""

from __future__ import annotations

from numba import njit

from irkit.sources.git.pack.frame import DATA, DECODER, INFLATE, LIBRARY, PACK, PACK_END, RESET, SIZE
from irkit.sources.git.pack.kernel.memory import call1, call2, call7, i64, put32, put64

_Z_FINISH, _Z_STREAM_END = 4, 1
_MOST_IN = 1 << 30


@njit
def inflate(frame, node, target):
    """True when the node's stream is whole and of its declared size. `target` has that size plus slack."""
    start = i64(i64(frame, DATA), node)
    size = i64(i64(frame, SIZE), node)
    source = i64(frame, PACK) + start
    left = i64(frame, PACK_END) - start
    decoder = i64(frame, DECODER)
    if left <= 0:
        return False
    if i64(frame, LIBRARY) == 0:
        return call7(i64(frame, INFLATE), decoder, source, left, target, size, 0, 0) == 0
    if call1(i64(frame, RESET), decoder) != 0:
        return False
    # z_stream: next_in, avail_in (32 bit), total_in, next_out, avail_out (32 bit), total_out
    put64(decoder, 0, source)
    put32(decoder, 2, min(left, _MOST_IN))
    put64(decoder, 3, target)
    put32(decoder, 8, size + 1)
    return call2(i64(frame, INFLATE), decoder, _Z_FINISH) == _Z_STREAM_END and i64(decoder, 5) == size
