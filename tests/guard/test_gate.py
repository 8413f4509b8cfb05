"""The last look before anything leaves: every way a secret can stand in a file, and what could not be looked at."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import shutil
import sqlite3
import struct
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from irkit.errors import BadInput
from irkit.guard.gate import gate
from irkit.redact import Redactor
from tests.guard.canary import forms_in, make_canary, redactor_of
from tests.needs import needs


def in_sqlite(folder: Path, secret: str) -> None:
    with sqlite3.connect(folder / "a.sqlite") as base:
        base.execute("create table t (x text)")
        base.execute("insert into t values (?)", (secret,))


def in_zip(folder: Path, secret: str) -> None:
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner/x.txt", f"{'-' * 4000}{secret}")


def in_notebook(folder: Path, secret: str) -> None:
    text = json.dumps({"cells": [{"cell_type": "code", "source": [secret[:9], secret[9:]]}], "nbformat": 4})
    (folder / "a.ipynb").write_text(text)


def in_a_folder(folder: Path, secret: str) -> None:
    (folder / "b").mkdir()
    (folder / "b" / "a").write_text(secret)


def across_chunks(folder: Path, secret: str) -> None:
    (folder / "big").write_bytes(b"x" * ((1 << 20) - 5) + secret.encode() + b"y" * 100)


def png(kind: bytes, body: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(13)) + chunk(kind, body) + chunk(b"IEND", b"")


def in_png(folder: Path, secret: str) -> None:
    (folder / "a.png").write_bytes(png(b"zTXt", b"Comment\0\0" + zlib.compress(secret.encode())))


def in_png_in_a_notebook(folder: Path, secret: str) -> None:
    picture = base64.b64encode(png(b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(secret.encode()))).decode()
    cell = {
        "cell_type": "code",
        "source": "x",
        "outputs": [{"output_type": "display_data", "data": {"image/png": [picture]}}],
    }
    (folder / "a.ipynb").write_text(json.dumps({"cells": [cell], "nbformat": 4}))


def in_a_file_attached_to_a_cell(folder: Path, secret: str) -> None:
    bundle = {"image/png": base64.b64encode(png(b"zTXt", b"Comment\0\0" + zlib.compress(secret.encode()))).decode()}
    cell = {"cell_type": "markdown", "source": "x", "attachments": {"a.png": bundle}}
    (folder / "a.ipynb").write_text(json.dumps({"cells": [cell], "nbformat": 4}))


def in_free_pages(folder: Path, secret: str) -> None:
    """Rows that were deleted with their table: their pages are free, and not wiped."""
    with closing(sqlite3.connect(folder / "a.sqlite", isolation_level=None)) as base:
        base.execute("pragma secure_delete = off")
        base.execute("create table t (x text)")
        base.executemany("insert into t values (?)", [(f"{secret}{'x' * 2000}",)] * 40)
        base.execute("drop table t")


def in_nest(folder: Path, secret: str) -> None:
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.txt", secret)
    with tarfile.open(fileobj=outer, mode="w:xz") as archive:
        member = tarfile.TarInfo("in.zip")
        member.size = len(inner.getvalue())
        archive.addfile(member, io.BytesIO(inner.getvalue()))
    (folder / "a.tar.xz").write_bytes(outer.getvalue())


def in_log_beside(folder: Path, secret: str) -> None:
    """A database whose last rows are in its write-ahead log alone, as a killed process leaves it."""
    with closing(sqlite3.connect(folder / "live.sqlite", isolation_level=None)) as base:
        base.execute("pragma journal_mode=wal")
        base.execute("create table journal (body text)")
        base.execute("pragma wal_checkpoint(truncate)")
        base.execute("insert into journal values (?)", (secret,))
        for name in ("live.sqlite", "live.sqlite-wal"):
            shutil.copy(folder / name, folder / name.replace("live", "a"))
    for left in folder.glob("live*"):
        left.unlink()


def in_folder_name(folder: Path, secret: str) -> None:
    (folder / secret).mkdir()
    (folder / secret / "a").touch()


def in_docx(folder: Path, secret: str) -> None:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    runs = "".join(f"<w:r><w:t>{escape(part)}</w:t></w:r>" for part in (secret[:9], secret[9:]))
    with zipfile.ZipFile(folder / "a.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{space}"><w:p>{runs}</w:p></w:document>')


PLACES: dict[str, tuple[Callable[[Path, str], object], str]] = {
    "plain text": (lambda folder, secret: (folder / "a.txt").write_text(f"x {secret} y"), "content"),
    "base64": (lambda folder, secret: (folder / "a").write_bytes(base64.b64encode(b"a" + secret.encode())), "content"),
    "UTF-16": (lambda folder, secret: (folder / "a.txt").write_text(secret, encoding="utf-16"), "content"),
    "a cut between two reads": (across_chunks, "content"),
    "a database": (in_sqlite, "SQLite database: t.x row 1"),
    "the log beside a database": (in_log_beside, "SQLite database: journal.body row 1"),
    "a gzip stream": (
        lambda folder, secret: (folder / "a.gz").write_bytes(gzip.compress(secret.encode() * 3)),
        "gzip: a",
    ),
    "a member of a zip archive": (in_zip, "zip: inner/x.txt"),
    "an archive in an archive": (in_nest, "xz: in.zip!x.txt"),
    "a document": (in_docx, "zip: word/document.xml!text"),
    "a notebook that cuts it into a list": (in_notebook, "notebook: cell 1 source"),
    "compressed text in a picture": (in_png, "PNG picture: text Comment"),
    "plain text in a picture": (
        lambda folder, secret: (folder / "a.png").write_bytes(png(b"tEXt", b"Comment\0" + secret.encode())),
        "PNG picture: text Comment",
    ),
    "compressed text in a picture that a notebook shows": (
        in_png_in_a_notebook,
        "notebook: cell 1 output 1 image/png!text Comment",
    ),
    "compressed text in a picture that is attached to a cell": (
        in_a_file_attached_to_a_cell,
        "notebook: cell 1 attachment a.png image/png!text Comment",
    ),
    "free pages of a database": (in_free_pages, "content"),
    "the target of a link": (
        lambda folder, secret: (folder / "a").symlink_to(f"/nowhere/{secret}"),
        "target of a link",
    ),
    "the name of a file": (lambda folder, secret: (folder / f"of {secret}").touch(), "file name"),
    "the name of a folder": (in_folder_name, "folder name"),
    "a folder below": (in_a_folder, "content"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_is_found_and_not_repeated(tmp_path: Path, place: str) -> None:
    canary = make_canary()
    folder = tmp_path / "out"
    folder.mkdir()
    put, channel = PLACES[place]
    put(folder, canary)
    seen = gate(folder, redactor_of(canary))
    assert channel in {leak.channel for leak in seen.leaks}
    assert {leak.label for leak in seen.leaks} == {"fp:canary"}
    assert seen.clean is False
    assert forms_in(repr(seen), canary) == []


@needs("python:py7zr")
def test_the_name_of_a_member_that_its_archive_hides_is_found(tmp_path: Path) -> None:
    import py7zr

    with py7zr.SevenZipFile(tmp_path / "a.7z", "w") as archive:
        archive.writestr("nothing", "of irkitCANARY-0123456789.txt")
    seen = gate(tmp_path, redactor_of("irkitCANARY-0123456789"))
    assert [leak.channel for leak in seen.leaks] == ["7z: of [redacted fp:canary].txt"]


def test_a_clean_folder_is_clean_and_counted(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text("nothing here")
    seen = gate(tmp_path, redactor_of(make_canary()))
    assert (seen.clean, seen.files, seen.leaks, seen.skipped) == (True, 3, (), ())


def bomb(folder: Path) -> None:
    """Zeros, a thousand times as many as bytes to hold them."""
    once = io.BytesIO()
    with gzip.GzipFile(fileobj=once, mode="wb") as zeros:
        for _ in range(300):
            zeros.write(bytes(1 << 20))
    (folder / "a.gz").write_bytes(once.getvalue())


def locked_zip(folder: Path) -> None:
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("x", "text")
    data = bytearray((folder / "a.zip").read_bytes())
    data[6] |= 1  # the flag that says encrypted, here and in the directory at the end
    data[data.index(b"PK\1\2") + 8] |= 1
    (folder / "a.zip").write_bytes(data)


UNREADABLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a truncated gzip": (
        lambda folder: (folder / "a.gz").write_bytes(gzip.compress(os.urandom(999))[:300]),
        "cut short",
    ),
    "a broken zip": (lambda folder: (folder / "a.zip").write_bytes(b"PK\x03\x04 nonsense"), "damaged"),
    "a notebook cut short": (lambda folder: (folder / "a.ipynb").write_text('{"cells": [{"cell_type": '), "damaged"),
    "a pipe": (lambda folder: os.mkfifo(folder / "a"), "named pipe"),
    "what expands without end": (bomb, "made to do harm"),
    "an encrypted zip": (locked_zip, "encrypted"),
    "a kind that is not opened": (lambda folder: (folder / "a.rar").write_bytes(b"Rar!\x1a\x07 x"), "not opened"),
    "a link that leads out": (lambda folder: (folder / "a").symlink_to("/etc"), "link out of this folder"),
    "a message to somebody": (
        lambda folder: (folder / "a").write_text("-----BEGIN PGP MESSAGE-----\n\nirkitFAKE\n"),
        "OpenPGP",
    ),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_cannot_be_read_is_unknown_rather_than_clean(tmp_path: Path, what: str) -> None:
    make, why = UNREADABLE[what]
    make(tmp_path)
    seen = gate(tmp_path, redactor_of(make_canary()))
    assert seen.clean is None
    assert why in seen.skipped[0].why


def test_a_place_where_nothing_is_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nothing at this path"):
        gate(tmp_path / "none", redactor_of(make_canary()))


def test_without_a_known_secret_nothing_can_be_called_clean(tmp_path: Path) -> None:
    assert gate(tmp_path, Redactor()).clean is None


def test_what_only_names_a_credential_is_no_leak(tmp_path: Path) -> None:
    canary = make_canary()
    (tmp_path / "a").write_text(hashlib.sha256(canary.encode()).hexdigest())
    assert gate(tmp_path, redactor_of(canary)).clean is True


def repository(folder: Path) -> list[str]:
    git = ["git", "-C", str(folder), "-c", "user.name=n", "-c", "user.email=e@example.com"]
    subprocess.run([*git, "init", "-q"], check=True)
    return git


@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
def test_a_file_deleted_from_a_repository_is_found_in_its_history(tmp_path: Path, packed: bool) -> None:
    canary = make_canary()
    git = repository(tmp_path)
    (tmp_path / "a").write_text(canary)
    subprocess.run([*git, "add", "a"], check=True)
    subprocess.run([*git, "commit", "-qm", "a"], check=True)
    subprocess.run([*git, "rm", "-q", "a"], check=True)
    subprocess.run([*git, "commit", "-qm", "gone"], check=True)
    if packed:
        subprocess.run([*git, "repack", "-adq"], check=True)
    (leak,) = gate(tmp_path, redactor_of(canary)).leaks
    assert leak.channel.startswith("git blob ")
    assert leak.channel.endswith(": a")


def test_a_name_in_a_repository_s_history_is_found(tmp_path: Path) -> None:
    secret = "irkitCANARY-0123456789"
    git = repository(tmp_path)
    (tmp_path / secret).write_text("x")
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "a"], check=True)
    subprocess.run([*git, "rm", "-q", secret], check=True)
    channels = {leak.channel for leak in gate(tmp_path, redactor_of(secret)).leaks}
    assert "file name in git: [redacted fp:canary]" in channels
    assert "file name" not in channels
