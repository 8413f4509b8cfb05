"""What is recognised and not opened here: other compressors, archives, disks, tables. It is searched as it is, and said.

The first bytes are those of each format's own documentation, as the `file` command lists them: https://github.com/file/file
"""

from __future__ import annotations

from collections.abc import Iterator

from irkit.sources.archives.interface import Family, Member, Noted, Source

FIRST = {
    b"\x04\x22\x4d\x18": "lz4",
    b"\x02\x21\x4c\x18": "lz4",
    b"LZIP": "lzip",
    b"\x1f\x9d": "compress (.Z)",
    b"\x89LZO\0": "lzop",
    b"LRZI": "lrzip",
    b"\xff\x06\0\0sNaPpY": "snappy",
    b"Rar!\x1a\x07": "rar",
    b"MSCF\0\0\0\0": "cabinet",
    b"xar!": "xar (.pkg)",
    b"MSWIM\0\0\0": "Windows image (.wim)",
    b"070707": "cpio of an old format",
    b"\xc7\x71": "cpio of an old format",
    b"hsqs": "squashfs",
    b"QFI\xfb": "disk of a virtual machine (qcow)",
    b"KDMV": "disk of a virtual machine (vmdk)",
    b"vhdxfile": "disk of a virtual machine (vhdx)",
    b"conectix": "disk of a virtual machine (vhd)",
    b"LUKS\xba\xbe": "encrypted disk (LUKS)",
    b"age-encryption.org/v1\n": "file encrypted by age",
    b"\x03\xd9\xa2\x9a": "KeePass database",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "compound file (Office before 2007, Outlook, installers)",
    b"PAR1": "Parquet table",
    b"Obj\x01": "Avro table",
    b"\x89HDF\r\n\x1a\n": "HDF5 file",
}


def _kind(head: bytes) -> str | None:
    return next((name for first, name in FIRST.items() if head.startswith(first)), None)


def _none(source: Source, note: Noted) -> Iterator[Member]:
    note("", f"this {_kind(source.head)} was searched as it is and not opened; unpack it and give its path")
    yield from ()


CLOSED = Family("format that is not opened", lambda head: _kind(head) is not None, _none, seeks=True)
