"""The single function that is compiled and stored."""

from __future__ import annotations

from numba import cfunc, types

from irkit.sources.git.pack.kernel.forest import plant, read_headers
from irkit.sources.git.pack.kernel.graph import reach
from irkit.sources.git.pack.kernel.memory import release
from irkit.sources.git.pack.kernel.walk import read_alone, walk

_I = types.int64


def build() -> tuple[str, str]:
    """The kernel as LLVM assembly, and the name of the function in it."""

    @cfunc(_I(_I, _I, _I, _I, _I, _I), nopython=True, error_model="numpy")
    def irkit_kernel(verb, frame, a, b, c, d):
        if verb == 0:
            return read_headers(frame)
        if verb == 1:
            return plant(frame)
        if verb == 2:
            return walk(frame)
        if verb == 3:
            return read_alone(frame, a, b, c, d)
        if verb == 4:
            return release(a)
        if verb == 5:
            return reach(frame, a, b, c, d)
        return -1

    return str(irkit_kernel.inspect_llvm()), str(irkit_kernel.native_name)
