"""The kernel, compiled once by numba, stored as object code, and loaded from there without numba.

Importing numba costs three times as long as loading what it made, and its own cache needs that import. The stored
object names no address of the process that built it. It lies in the user's cache folder, which must be the user's alone;
otherwise it is built anew in memory each time. Whoever may write there could run code as the user by other means anyway.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import stat
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

KERNEL = "irkit_kernel"
_FOLDER = Path(__file__).parent
_DIGEST = 32
_OF_C = frozenset({"free", "memcpy", "memmove", "memset", "realloc"})


class Kernel(Protocol):
    """`verb` 0 headers, 1 plant, 2 walk, 3 one object, 4 free, 5 reach; all else are numbers or addresses (`frame`)."""

    def __call__(self, verb: int, frame: int, a: int = 0, b: int = 0, c: int = 0, d: int = 0, /) -> int: ...


def installed() -> bool:
    """Whether the kernel can be built or loaded here: 64-bit Linux or macOS with the extra `fast`."""
    wanted = ("llvmlite", "numba", "numpy")
    return ctypes.sizeof(ctypes.c_void_p) == 8 and os.name == "posix" and all(map(importlib.util.find_spec, wanted))


def stored() -> bool:
    """Whether it need not be compiled first, which takes seconds."""
    place = _place()
    return place is not None and place.is_file()


@cache
def kernel() -> Kernel:
    """The compiled function. It releases the GIL while it runs. ImportError or OSError when it cannot be had."""
    import llvmlite.binding as llvm

    _prepare(llvm)
    place = _place()
    code = _read(place) if place else None
    if code is None:
        code = _compiled(llvm)
        if place:
            _write(place, code)
    names, _, code = code.partition(b"\n")
    _resolve(llvm, names.decode().split())
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine(llvm))
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    address = engine.get_function_address(KERNEL)
    if not address:
        raise OSError("the compiled kernel could not be loaded")
    function = ctypes.CFUNCTYPE(*[ctypes.c_int64] * 7)(address)

    def call(verb: int, frame: int, a: int = 0, b: int = 0, c: int = 0, d: int = 0, /) -> int:
        return int(function(verb, frame, a, b, c, d))

    call.engine = engine  # type: ignore[attr-defined]  # the code lives as long as its engine
    return call


def _resolve(llvm: Any, names: list[str]) -> None:
    """Gives the loader an address for every name that the code mentions; with one missing it would resolve none.

    Beside C's functions these belong to numba's way of raising an exception, which no path of the kernel takes.
    """
    library = ctypes.CDLL(None)
    for name in {*names, *_OF_C}:
        function = getattr(library, name if name in _OF_C else "abort")
        llvm.add_symbol(name, ctypes.cast(function, ctypes.c_void_p).value)


def _compiled(llvm: Any) -> bytes:
    """The names the code needs from outside, a line feed, the object code."""
    from irkit.sources.git.pack.kernel.entry import build

    assembly, name = build()
    module = llvm.parse_assembly(assembly.replace(f'@"{name}"', f"@{KERNEL}").replace(f"@{name}(", f"@{KERNEL}("))
    outside = [one.name for one in [*module.functions, *module.global_variables] if one.is_declaration]
    names = " ".join(name for name in outside if not name.startswith("llvm."))
    return names.encode() + b"\n" + bytes(_machine(llvm).emit_object(module))


def _prepare(llvm: Any) -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


def _machine(llvm: Any) -> Any:
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        jit=True,
        codemodel="jitdefault",
    )


def _place() -> Path | None:
    """The file of the stored kernel for this source, compiler and processor; None when the folder is not ours alone."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "irkit"
    try:
        base.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = base.lstat()
    except (OSError, RuntimeError):
        return None
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o022:
        return None
    return base / f"kernel-{_version()}.o"


@cache
def _version() -> str:
    digest = hashlib.sha256()
    for file in [*sorted((_FOLDER / "kernel").glob("*.py")), _FOLDER / "frame.py", Path(__file__)]:
        digest.update(file.read_bytes())
    for package in ("numba", "llvmlite"):
        digest.update(" ".join(_release(package)).encode())
    digest.update("\n".join(_processor()).encode())
    return digest.hexdigest()[:32]


def _release(package: str) -> list[str]:
    """The names of its metadata folders, which carry its version; reading them properly takes longer than loading the kernel."""
    spec = importlib.util.find_spec(package)
    folder = Path(spec.origin).parent.parent if spec and spec.origin else _FOLDER
    return sorted(one.name for one in folder.glob(f"{package}-*.dist-info"))


def _processor() -> Iterator[str]:
    """What decides which instructions were used, without loading LLVM."""
    yield from os.uname()[0:5:4]
    try:
        text = Path("/proc/cpuinfo").read_text(errors="replace").split("\n\n")[0]
    except OSError:
        yield os.uname().nodename
        return
    yield from (
        line for line in text.splitlines() if line.startswith(("model", "flags", "vendor", "Features", "CPU part"))
    )


def _read(place: Path) -> bytes | None:
    """The stored code; None when there is none or it is not what was written (a full disk, another version)."""
    try:
        data = place.read_bytes()
        if place.lstat().st_uid != os.getuid():
            return None
    except OSError:
        return None
    digest, code = data[:_DIGEST], data[_DIGEST:]
    return code if code and hashlib.sha256(code).digest() == digest else None


def _write(place: Path, code: bytes) -> None:
    try:
        with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as file:
            file.write(hashlib.sha256(code).digest() + code)
        Path(file.name).replace(place)
    except OSError:
        return  # it is compiled again next time


@dataclass(frozen=True)
class Inflater:
    """A library that inflates, by its addresses. `kind` 0 libdeflate, 1 zlib."""

    name: str
    kind: int
    inflate: int
    reset: int
    library: Any

    def decoder(self) -> Decoder:
        return Decoder(self)


class Decoder:
    """The state of one thread's inflating."""

    def __init__(self, inflater: Inflater) -> None:
        self._inflater = inflater
        if inflater.kind == 0:
            inflater.library.libdeflate_alloc_decompressor.restype = ctypes.c_void_p
            self.address = int(inflater.library.libdeflate_alloc_decompressor())
        else:
            self._stream = ctypes.create_string_buffer(_Z_STREAM)
            self.address = ctypes.addressof(self._stream)
            version = ctypes.c_char_p(zlib.ZLIB_RUNTIME_VERSION.encode())
            if inflater.library.inflateInit_(ctypes.c_void_p(self.address), version, _Z_STREAM):
                raise OSError("zlib could not be started")

    def close(self) -> None:
        address, self.address = ctypes.c_void_p(self.address), 0
        if address.value and self._inflater.kind == 0:
            self._inflater.library.libdeflate_free_decompressor(address)
        elif address.value:
            self._inflater.library.inflateEnd(address)


_Z_STREAM = 112
"""sizeof(z_stream) where pointers and longs have 64 bits; zlib itself refuses any other."""


@cache
def inflater() -> Inflater:
    """libdeflate when it is here (twice as fast on the short streams of a pack), zlib otherwise. OSError when neither is.

    The system's libdeflate.so.0 has a stable interface. The wheel `deflate` carries the same library and leaves its
    functions visible, which nobody promised: they are used only after they have inflated a known stream rightly.
    """
    for kind, name in _libraries():
        library = _library(name)
        if library is None:
            continue
        found = Inflater(name, kind, *_addresses(library, kind), library)
        if found.inflate and (kind == 1 or _inflates(found)):
            return found
    raise OSError("neither libdeflate nor zlib is installed as a shared library")


def _libraries() -> Iterator[tuple[int, str]]:
    yield from ((0, "libdeflate.so.0"), (0, "libdeflate.0.dylib"))
    spec = importlib.util.find_spec("deflate")
    for folder in spec.submodule_search_locations or () if spec else ():
        yield from ((0, str(file)) for file in Path(folder).glob("_deflate*.so"))
    yield from ((1, "libz.so.1"), (1, "libz.1.dylib"))


def _inflates(found: Inflater) -> bool:
    plain = b"a known stream " * 9
    packed, out = zlib.compress(plain), ctypes.create_string_buffer(len(plain))
    decoder = found.decoder()
    function = ctypes.CFUNCTYPE(
        ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t,
        ctypes.c_void_p, ctypes.c_void_p,
    )  # fmt: skip
    result = function(found.inflate)(
        decoder.address, packed + b"more", len(packed) + 4, ctypes.addressof(out), len(plain), None, None
    )
    decoder.close()
    return result == 0 and out.raw == plain


def _library(name: str) -> Any:
    try:
        return ctypes.CDLL(name)
    except OSError:
        return None


def _addresses(library: Any, kind: int) -> tuple[int, int]:
    names = ("libdeflate_zlib_decompress_ex", "") if kind == 0 else ("inflate", "inflateReset")
    found = [
        ctypes.cast(getattr(library, name), ctypes.c_void_p).value if hasattr(library, name) else 0 for name in names
    ]
    return found[0] or 0, found[1] or 0
