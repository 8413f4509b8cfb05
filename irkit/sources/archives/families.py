"""Every kind of container that is opened, in the order they are tried. To add one: a `Family` in a short file, and a line here."""

from __future__ import annotations

from irkit.sources.archives.closed import CLOSED
from irkit.sources.archives.compressed import BZIP2, GZIP, LZMA, XZ, ZLIB, ZSTD
from irkit.sources.archives.databases import SQLITE
from irkit.sources.archives.git_objects import LOOSE, PACK
from irkit.sources.archives.hexdump import HEXDUMP
from irkit.sources.archives.history import HISTORY
from irkit.sources.archives.interface import Family
from irkit.sources.archives.notebooks import NOTEBOOK
from irkit.sources.archives.office import OFFICE
from irkit.sources.archives.packages import AR, CPIO, RPM
from irkit.sources.archives.pdf import PAGE, PDF
from irkit.sources.archives.pictures import PNG
from irkit.sources.archives.sevenzip import SEVENZIP
from irkit.sources.archives.tars import TAR
from irkit.sources.archives.terminal import BUILD_LOG, CAST, TERMINAL
from irkit.sources.archives.wide import WIDE
from irkit.sources.archives.zips import PROGRAM, ZIP

FAMILIES: tuple[Family, ...] = (
    GZIP,
    BZIP2,
    XZ,
    ZSTD,
    LZMA,
    TAR,  # docker save and OCI images are tars whose layers are tars
    ZIP,  # jar, whl, apk, docx, xlsx, odt
    SEVENZIP,
    AR,  # deb
    RPM,
    CPIO,
    SQLITE,
    NOTEBOOK,
    PNG,
    CAST,
    PDF,
    PAGE,
    OFFICE,
    LOOSE,
    ZLIB,
    PACK,
    PROGRAM,
    CLOSED,
    WIDE,
    HEXDUMP,
    TERMINAL,
    BUILD_LOG,
    HISTORY,
)

__all__ = ["FAMILIES", "TERMINAL"]
