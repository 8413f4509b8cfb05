"""Containers of every kind around a visibly fake token, made by the real tool or library wherever there is one."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import sqlite3
import struct
import subprocess
import tarfile
import zipfile
import zlib
from pathlib import Path

import nbformat

from irkit.needles import token_needles
from irkit.sources.hunt import Hunted

TOKEN = b"FAKEtokenFAKEtokenFAKE0123456789"
SECRET = TOKEN.decode()
HUNTED = (Hunted("fp:fake", token_needles(TOKEN)),)
TEXT = b"first\nkey=" + TOKEN + b"\n"
"""The token in line 2, at offset 10."""


def tarred(files: dict[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=form) as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return made.getvalue()


def zipped(files: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", how) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def zstd(data: bytes) -> bytes:
    import zstandard

    return zstandard.compress(data)


def seven(files: dict[str, bytes]) -> bytes:
    import py7zr

    made = io.BytesIO()
    with py7zr.SevenZipFile(made, "w") as archive:
        for name, data in files.items():
            archive.writestr(data, name)
    return made.getvalue()


def deb(folder: Path) -> bytes:
    """By dpkg-deb, with the token in a file and in the script that runs on installation."""
    tree = folder / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN" / "control").write_text(
        "Package: fake\nVersion: 1\nArchitecture: all\nMaintainer: Fake <fake@example.org>\nDescription: fake\n"
    )
    (tree / "DEBIAN" / "postinst").write_bytes(b"#!/bin/sh\n# " + TOKEN + b"\n")
    (tree / "DEBIAN" / "postinst").chmod(0o755)
    (tree / "etc").mkdir()
    (tree / "etc" / "app.env").write_bytes(TEXT)
    subprocess.run(["dpkg-deb", "-b", "-Zxz", str(tree), str(folder / "fake.deb")], check=True, capture_output=True)
    return (folder / "fake.deb").read_bytes()


def cpio(files: dict[str, bytes]) -> bytes:
    def entry(name: str, data: bytes, mode: int) -> bytes:
        fields = (1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        head = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
        return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)

    return b"".join(entry(name, data, 0o100644) for name, data in files.items()) + entry("TRAILER!!!", b"", 0)


def rpm(files: dict[str, bytes]) -> bytes:
    """Lead, an empty signature header, a header with one entry of five bytes, and a compressed cpio."""
    lead = b"\xed\xab\xee\xdb\x03\x00" + bytes(90)
    magic = b"\x8e\xad\xe8\x01\0\0\0\0"
    signature = magic + struct.pack(">II", 0, 5) + b"12345"
    header = magic + struct.pack(">II", 1, 5) + struct.pack(">IIII", 1000, 6, 0, 1) + b"fake\0"
    return lead + signature + bytes(-(len(lead) + len(signature)) % 8) + header + gzip.compress(cpio(files))


def notebook(*, broken_up: bool) -> bytes:
    """The token in a source and an output, cut into lists of lines by JSON, or whole."""
    output = nbformat.v4.new_output("stream", text=f"first\nkey={SECRET}\n")
    cells = [nbformat.v4.new_markdown_cell("# Costs"), nbformat.v4.new_code_cell(f"k = '{SECRET}'", outputs=[output])]
    made = json.loads(nbformat.writes(nbformat.v4.new_notebook(cells=cells)))
    if broken_up:
        made["cells"][1]["source"] = [f"k = '{SECRET[:9]}", f"{SECRET[9:]}'"]
        made["cells"][1]["outputs"][0]["text"] = ["first\n", f"key={SECRET[:4]}", SECRET[4:]]
    return json.dumps(made, indent=1).encode()


def database(folder: Path, *, padding: int = 0) -> bytes:
    path = folder / "made.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE history (session INTEGER, source TEXT)")
    connection.execute("INSERT INTO history VALUES (1, 'ls')")
    connection.execute("INSERT INTO history VALUES (1, ?)", ("x" * padding + f"export K={SECRET}",))
    connection.commit()
    connection.close()
    return path.read_bytes()


_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def docx() -> bytes:
    runs = f"<w:r><w:t>{SECRET[:7]}</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>{SECRET[7:]}</w:t></w:r>"
    text = f'<?xml version="1.0"?><w:document xmlns:w="{_WORD}"><w:body><w:p>{runs}</w:p></w:body></w:document>'
    return zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": text.encode()})


def pdf(page: bytes) -> bytes:
    stream = zlib.compress(page)
    head = b"%%PDF-1.7\n4 0 obj\n<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(stream)
    return head + stream + b"\nendstream\nendobj\ntrailer\n<< >>\n%%EOF\n"


def cast(version: int) -> bytes:
    if version == 1:
        return json.dumps({"version": 1, "width": 80, "height": 24, "stdout": [[0.1, one] for one in SECRET]}).encode()
    lines = [json.dumps({"version": 2, "width": 80, "height": 24})]
    lines += [json.dumps([number / 10, "o", one]) for number, one in enumerate(SECRET)]
    return "\n".join(lines).encode()


def image() -> bytes:
    """As `docker save` writes it: a layer that brings a file, and one that deletes it again."""
    below, above = tarred({"etc/app.env": TEXT}), tarred({"etc/.wh.app.env": b""})
    files = {f"blobs/sha256/{'a' * 64}": below, f"blobs/sha256/{'b' * 64}": gzip.compress(above)}
    manifest = [{"Config": "blobs/sha256/" + "c" * 64, "Layers": list(files)}]
    config = json.dumps({"config": {"Env": [f"KEY={SECRET}"]}}).encode()
    return tarred({**files, f"blobs/sha256/{'c' * 64}": config, "manifest.json": json.dumps(manifest).encode()})


COMPRESSORS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd}


def png(kind: bytes, body: bytes) -> bytes:
    """A picture of nothing, with one chunk of text: https://www.w3.org/TR/png-3/#5Chunk-layout"""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(13)) + chunk(kind, body) + chunk(b"IEND", b"")
