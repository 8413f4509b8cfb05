"""Plain memory for the kernel: loads, stores, copies and calls at addresses. Bounds are the callers' business.

Every value is a signed 64-bit integer and no array object exists, so the compiled code needs nothing of Python's or
numba's runtime, keeps no address of this process, and can be stored and loaded again.
"""

# ruff: noqa: ARG001

from __future__ import annotations

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

_I64 = ir.IntType(64)


def _pointer(builder, address, index, bits):
    base = builder.inttoptr(address, ir.IntType(bits).as_pointer())
    return builder.gep(base, [index])


def _load(bits, signed):
    def typed(typingctx, address, index):
        def emit(context, builder, signature, arguments):
            value = builder.load(_pointer(builder, *arguments, bits), align=1)
            if bits == 64:
                return value
            return builder.sext(value, _I64) if signed else builder.zext(value, _I64)

        return types.int64(types.int64, types.int64), emit

    return intrinsic(typed)


def _store(bits):
    def typed(typingctx, address, index, value):
        def emit(context, builder, signature, arguments):
            address, index, value = arguments
            narrow = value if bits == 64 else builder.trunc(value, ir.IntType(bits))
            builder.store(narrow, _pointer(builder, address, index, bits), align=1)
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, types.int64), emit

    return intrinsic(typed)


u8, u16, i32, u32, i64 = _load(8, False), _load(16, False), _load(32, True), _load(32, False), _load(64, True)
put8, put32, put64 = _store(8), _store(32), _store(64)
"""`u16(address, index)` reads the index-th element of that width; `put32(address, index, value)` writes it."""


@njit
def has_byte(address, byte):
    """Whether one of the 64 bytes there is this one: eight are asked at a time, and not after which one it is."""
    spread, seen = byte * 0x0101010101010101, 0
    for step in range(8):
        word = i64(address, step) ^ spread
        seen |= (word - 0x0101010101010101) & ~word & -0x7F7F7F7F7F7F7F80
    return seen != 0


@intrinsic
def copy(typingctx, target, source, length):
    """Copies `length` bytes between places that do not overlap."""

    def emit(context, builder, signature, arguments):
        target, source, length = arguments
        byte = ir.IntType(8).as_pointer()
        cgutils.raw_memcpy(builder, builder.inttoptr(target, byte), builder.inttoptr(source, byte), length, 1)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), emit


@njit
def copy_short(target, source, length):
    """Like `copy`, for some dozens of bytes: by eights, without a call. Up to seven bytes more are read and written: there is slack."""
    at = 0
    while at < length:
        put64(target + at, 0, i64(source + at, 0))
        at += 8


def _external(name, arity):
    def emit(context, builder, signature, arguments):
        kind = ir.FunctionType(_I64, [_I64] * arity)
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), arguments)

    return emit


@intrinsic
def resize(typingctx, address, length):
    """C's realloc: 0 when there is no memory."""
    return types.int64(types.int64, types.int64), _external("realloc", 2)


@intrinsic
def release(typingctx, address):
    """C's free."""
    return types.int64(types.int64), _external("free", 1)


def _call(builder, function, arguments):
    kind = ir.FunctionType(ir.IntType(32), [_I64] * len(arguments))
    result = builder.call(builder.inttoptr(function, kind.as_pointer()), arguments)
    return builder.sext(result, _I64)


@intrinsic
def call1(typingctx, function, a):
    """Calls `int function(a)`; integers and pointers share the registers of the C calling conventions in use."""

    def emit(context, builder, signature, arguments):
        return _call(builder, arguments[0], arguments[1:])

    return types.int64(types.int64, types.int64), emit


@intrinsic
def call2(typingctx, function, a, b):
    def emit(context, builder, signature, arguments):
        return _call(builder, arguments[0], arguments[1:])

    return types.int64(types.int64, types.int64, types.int64), emit


@intrinsic
def call7(typingctx, function, a, b, c, d, e, f, g):
    def emit(context, builder, signature, arguments):
        return _call(builder, arguments[0], arguments[1:])

    return types.int64(*[types.int64] * 8), emit
