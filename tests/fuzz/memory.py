"""Memory that ends where it should: reading or writing one byte behind it ends the process, which libFuzzer tells."""

from __future__ import annotations

import atexit
import ctypes
import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

_PAGE = mmap.PAGESIZE
_LIBRARY = ctypes.CDLL(None, use_errno=True)
_LIBRARY.mmap.restype = ctypes.c_void_p
_LIBRARY.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
_LIBRARY.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
_LIBRARY.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
_FAILED = ctypes.c_void_p(-1).value
_NOTHING = 0  # PROT_NONE


class Guarded:
    """An allocator for C: `realloc` and `free` as functions that compiled code may call.

    What is given back may not be touched any more either, unless `again`: then it is taken for the next that is asked for.
    """

    def __init__(self, *, again: bool = False) -> None:
        self.live: dict[int, int] = {}
        self._again = again
        self._spare: dict[int, list[int]] = {}
        self.realloc = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)(self.resize)
        self.free = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(self.give)

    def take(self, size: int) -> int:
        """The address of so many zeros, right before a page that nobody may touch. 0 when there is no memory."""
        whole = _whole(size)
        place = self._place(whole)
        if not place:
            return 0
        address = place + whole - size
        self.live[address] = size
        return address

    def copy(self, data: bytes) -> Any:
        """These bytes in such memory, as an array for numpy; for as long as this allocator is not asked to give it back."""
        address = self.take(len(data))
        ctypes.memmove(address, data, len(data))
        return (ctypes.c_uint8 * len(data)).from_address(address)

    def resize(self, old: int, size: int) -> int:
        new = self.take(size)
        if old and new:
            ctypes.memmove(new, old, min(self.live[old], size))
            self.give(old)
        return new

    def give(self, address: int) -> int:
        if address:
            size = self.live.pop(address)  # KeyError: it was given back twice, or was never taken
            whole = _whole(size)
            place = address + size - whole
            if self._again:
                self._spare.setdefault(whole, []).append(place)
            else:
                _LIBRARY.munmap(place, whole + _PAGE)
        return 0

    def give_back(self) -> None:
        """Everything."""
        for address in list(self.live):
            self.give(address)

    def _place(self, whole: int) -> int:
        if spare := self._spare.get(whole):
            place = spare.pop()
            ctypes.memset(place, 0, whole)
            return place
        access = mmap.PROT_READ | mmap.PROT_WRITE
        found = _LIBRARY.mmap(None, whole + _PAGE, access, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
        if found in (None, _FAILED):
            return 0
        _LIBRARY.mprotect(found + whole, _PAGE, _NOTHING)
        return int(found)


def _whole(size: int) -> int:
    """Bytes of the pages that hold so many."""
    return -(-max(size, 1) // _PAGE) * _PAGE


_C = ctypes.c_void_p
_MALLOC, _CALLOC = ctypes.CFUNCTYPE(_C, _C, ctypes.c_size_t), ctypes.CFUNCTYPE(_C, _C, ctypes.c_size_t, ctypes.c_size_t)
_REALLOC, _FREE = ctypes.CFUNCTYPE(_C, _C, _C, ctypes.c_size_t), ctypes.CFUNCTYPE(None, _C, _C, ctypes.c_size_t)


class _Handler(ctypes.Structure):
    """https://numpy.org/doc/stable/reference/c-api/data_memory.html"""

    _fields_ = (
        ("name", ctypes.c_char * 127), ("version", ctypes.c_uint8), ("context", _C),
        ("malloc", _MALLOC), ("calloc", _CALLOC), ("realloc", _REALLOC), ("free", _FREE),
    )  # fmt: skip


class Arrays:
    """The same for the arrays of numpy: those made within `guarded` end at a page that nobody may touch."""

    _SET_HANDLER = 304  # numpy's list of its C functions, numpy/core/code_generators/numpy_api.py

    def __init__(self) -> None:
        memory = Guarded(again=True)
        self._functions = (
            _MALLOC(lambda _context, size: memory.take(size)),
            _CALLOC(lambda _context, count, size: memory.take(count * size)),
            _REALLOC(lambda _context, address, size: memory.resize(address or 0, size)),
            _FREE(lambda _context, address, _size: memory.give(address or 0) and None),
        )
        self._handler = _Handler(b"irkit_guarded", 1, None, *self._functions)
        new, pointer = ctypes.pythonapi.PyCapsule_New, ctypes.pythonapi.PyCapsule_GetPointer
        new.restype, new.argtypes = ctypes.py_object, [_C, ctypes.c_char_p, _C]
        pointer.restype, pointer.argtypes = _C, [ctypes.py_object, ctypes.c_char_p]
        self._capsule = new(ctypes.addressof(self._handler), b"mem_handler", None)
        table = ctypes.cast(pointer(np._core._multiarray_umath._ARRAY_API, None), ctypes.POINTER(_C))
        self._set: Any = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(table[self._SET_HANDLER])
        # Arrays may outlive what Python can still be asked for: from its end on they are given to a function that does nothing.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._handler))
        atexit.register(setattr, self._handler, "free", ctypes.cast(_LIBRARY.labs, _FREE))

    @contextmanager
    def guarded(self) -> Iterator[None]:
        before = self._set(self._capsule)
        try:
            yield
        finally:
            self._set(before)
