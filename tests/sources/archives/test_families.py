"""Each kind of container, made by its own tool, holds the token in a known line of a known member."""

from __future__ import annotations

import base64
import gzip
import lzma
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.sources.files import locate_in_files
from tests.needs import needs
from tests.sources.archives import builders as b
from tests.sources.archives.builders import HUNTED, SECRET, TEXT, TOKEN

Place = tuple[str, str, int | None, int]


def places(path: Path) -> list[Place]:
    """Place, path from the file's name on, line and offset of all that was found; nothing may have been skipped."""
    found = locate_in_files(path, HUNTED)
    assert not found.skipped
    return sorted((o.place, o.path.removeprefix(f"{path.parent}/"), o.line, o.offset) for o in found.occurrences)


def archived(*names: str) -> list[Place]:
    return sorted(("archive", f"x!{name}", 2, 10) for name in names)


def dumped(command: str, data: bytes = TEXT) -> bytes:
    return subprocess.run(["bash", "-c", command], input=data, capture_output=True, check=True).stdout


_LAYER = f"layer:{'a' * 64}!etc/app.env"

CASES: list[tuple[str, Callable[[], bytes], list[Place]]] = [
    ("tar", lambda: b.tarred({"in/a.env": TEXT, "empty": b"", "b": TEXT}), archived("in/a.env", "b")),
    ("gnu tar", lambda: b.tarred({"l" * 150: TEXT}, tarfile.GNU_FORMAT), archived("l" * 150)),
    ("old tar", lambda: b.tarred({"a": TEXT}, tarfile.USTAR_FORMAT), archived("a")),
    ("two tars", lambda: b.tarred({"a": TEXT}) + b.tarred({"b": TEXT}), archived("a", "b")),
    ("tar.gz", lambda: gzip.compress(b.tarred({"a": TEXT})), archived("a")),
    ("tar.xz", lambda: lzma.compress(b.tarred({"a": TEXT})), archived("a")),
    ("gz", lambda: gzip.compress(TEXT), archived("content")),
    ("two gz", lambda: gzip.compress(b"1\n") + gzip.compress(TEXT), [("archive", "x!content", 3, 12)]),
    ("zip", lambda: b.zipped({"a": TEXT, "dir/": b"", "b": b""}), archived("a")),
    ("stored zip", lambda: b.zipped({"a": TEXT, "b": TEXT}, zipfile.ZIP_STORED), archived("a", "b")),
    ("bzip2 zip", lambda: b.zipped({"a": TEXT}, zipfile.ZIP_BZIP2), archived("a")),
    ("script with a zip", lambda: b"#!/usr/bin/env python3\n" + b.zipped({"a": TEXT}), archived("a")),
    ("zip in tar.gz", lambda: gzip.compress(b.tarred({"z": b.zipped({"a": TEXT})})), archived("z!a")),
    ("tar.gz in zip", lambda: b.zipped({"t": gzip.compress(b.tarred({"a": TEXT}))}), archived("t!a")),
    ("names that climb", lambda: b.tarred({"../../a": TEXT, "/etc/b": TEXT}), archived("../../a", "/etc/b")),
    ("rpm", lambda: b.rpm({"etc/app.env": TEXT}), archived("etc/app.env")),
    ("cpio", lambda: b.cpio({"a": b"odd", "b": TEXT}), archived("b")),
    ("notebook", lambda: b.notebook(broken_up=False), [
        ("archive", "x!cell 2 output 1", 2, 10), ("archive", "x!cell 2 source", 1, 5)]),
    ("cut notebook", lambda: b.notebook(broken_up=True), [
        ("archive", "x!cell 2 output 1", 2, 10), ("archive", "x!cell 2 source", 1, 5)]),
    ("png", lambda: b.png(b"tEXt", b"Comment\0" + TEXT), [("archive", "x!text Comment", None, 18)]),
    ("compressed png", lambda: b.png(b"zTXt", b"Comment\0\0" + zlib.compress(TEXT)), [("archive", "x!text Comment", 3, 18)]),
    ("international png", lambda: b.png(b"iTXt", b"T\0\1\0en\0t\0" + zlib.compress(TEXT)), [("archive", "x!text T", 5, 17)]),
    ("docx", b.docx, [("archive", "x!word/document.xml!text", 1, 0)]),
    ("pdf", lambda: b.pdf(b"BT /F1 9 Tf 72 700 Td [(" + TOKEN[:5] + b") -20 (" + TOKEN[5:] + b")] TJ ET"), [
        ("archive", "x!object 4!text", 2, 1)]),
    ("pdf in hexadecimal", lambda: b.pdf(b"BT /F1 9 Tf <" + b"61" + TOKEN.hex().encode() + b"> Tj ET"), [
        ("archive", "x!object 4", 1, 15)]),
    ("cast v2", lambda: b.cast(2), [("archive", "x!output", 1, 0)]),
    ("cast v1", lambda: b.cast(1), [("archive", "x!output", 1, 0)]),
    ("image", b.image, sorted([*archived(_LAYER), ("archive", f"x!blobs/sha256/{'c' * 64}", 1, 25)])),
    ("two gz with something between", lambda: gzip.compress(b"1\n") + b"junk" + gzip.compress(TEXT), [("archive", "x!content", 3, 12)]),
    ("zlib", lambda: zlib.compress(TEXT), archived("content")),
    ("program with a zip", lambda: b"\x7fELF" + bytes(5000) + b.zipped({"a": TEXT}), archived("a")),
    ("windows program with a zip", lambda: b"MZ" + bytes(5000) + b.zipped({"a": TEXT}), archived("a")),
    ("cpio and a compressed one behind it", lambda: b.cpio({"m": b"odd"}) + bytes(512) + gzip.compress(b.cpio({"a": TEXT})), archived("a")),
    ("base64 in utf-16", lambda: ("\ufeffk: " + base64.b64encode(TEXT).decode()).encode("utf-16-le"), [("archive", "x!text", 1, 17)]),
    ("entities in utf-16 without a mark", lambda: f"<key secret='{SECRET.replace('8', '&#56;')}'/>".encode("utf-16-be"), [
        ("archive", "x!text", 1, 13)]),
    ("escaped in utf-32", lambda: ("\ufeff" + SECRET.replace("F", "\\u0046")).encode("utf-32-le"), [("archive", "x!text", 1, 0)]),
    ("web page", lambda: f"<!DOCTYPE html><p><span>{SECRET[:9]}</span><span>{SECRET[9:]}</span>".encode(), [
        ("archive", "x!text", 1, 0)]),
    ("sheet", lambda: b.zipped({"xl/sheet1.xml": (
        f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><c t="inlineStr"><is><t>{SECRET[:9]}</t>'
        f"<t>{SECRET[9:]}</t></is></c></worksheet>").encode()}), [("archive", "x!xl/sheet1.xml!text", 1, 0)]),
    ("log of a container", lambda: b"2026-01-02T03:04:05.6Z stdout F a\n" * 3 + b"2026-01-02T03:04:05.6Z stdout P k=" + TOKEN[:9]
        + b"\n2026-01-02T03:04:05.6Z stdout F " + TOKEN[9:] + b"\n", [("archive", "x!plain text", 4, 8)]),
    ("xxd", lambda: dumped("xxd"), [("archive", "x!bytes", 2, 10)]),
    ("xxd by bytes", lambda: dumped("xxd -g1 -c12"), [("archive", "x!bytes", 2, 10)]),
    ("od", lambda: dumped("od -A x -t x1z"), [("archive", "x!bytes", 2, 10)]),
    ("zip through xxd", lambda: dumped("xxd", b.zipped({"a": TEXT})), [("archive", "x!bytes!a", 2, 10)]),
    ("build log", lambda: b"2026-01-02T03:04:05.678Z a\n" * 3 + b"k=\x1b[1m" + TOKEN[:9] + b"\x1b[0m" + TOKEN[9:], [
        ("archive", "x!plain text", 4, 8)]),
    ("log that needs no reading", lambda: b"\x1b[1mbold\x1b[0m\n" + TOKEN, [("file", "x", 2, 13)]),
    ("script(1)", lambda: b"Script started on 2026-01-02\n$ k=FAX\bKE" + TOKEN[4:] + b"\n", [
        ("archive", "x!plain text", 2, 33)]),
    ("shell history", lambda: b": 1700000000:0;export K=" + TOKEN, [("file", "x", 1, 24)]),
    ("core dump", lambda: b"\x7fELF\2\1\1" + bytes(9000) + TOKEN + bytes(90), [("file", "x", None, 9007)]),
    ("nothing", lambda: b"", []),
]  # fmt: skip


@pytest.mark.parametrize(("make", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_a_container_holds_is_found_where_it_stands(
    tmp_path: Path, make: Callable[[], bytes], expected: list[Place]
) -> None:
    (tmp_path / "x").write_bytes(make())
    assert places(tmp_path / "x") == expected


@needs("python:zstandard", "python:py7zr")
@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: b.zstd(TEXT), archived("content")),
        (lambda: b.zstd(b.tarred({"a": TEXT})) + b.zstd(b""), archived("a")),
        (lambda: b"\x50\x2a\x4d\x18\4\0\0\0skip" + b.zstd(TEXT), archived("content")),
        (lambda: b.zstd(b"") + b"\x5a\x2a\x4d\x18\4\0\0\0skip" + b.zstd(TEXT), archived("content")),
        (lambda: b.seven({"a/b": TEXT, "c": TEXT}), archived("a/b", "c")),
        (lambda: b.zipped({"s": b.seven({"t": gzip.compress(b.tarred({"a": TEXT}))})}), archived("s!t!a")),
    ],
    ids=["zst", "tar.zst", "zst behind what is to be skipped", "zst in two", "7z", "tar.gz in 7z in zip"],
)
def test_what_the_extra_packages_open(tmp_path: Path, make: Callable[[], bytes], expected: list[Place]) -> None:
    (tmp_path / "x").write_bytes(make())
    assert places(tmp_path / "x") == expected


@pytest.mark.parametrize(("name", "inner"), [("a.log.gz", "a.log"), ("a.tgz", "a.tar"), ("odd", "content")])
def test_the_content_of_a_gz_is_named_without_the_suffix(tmp_path: Path, name: str, inner: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(TEXT))
    assert places(tmp_path / name) == [("archive", f"{name}!{inner}", 2, 10)]


def test_a_gz_that_names_its_content_is_believed(tmp_path: Path) -> None:
    (tmp_path / "app.env").write_bytes(TEXT)
    subprocess.run(["gzip", "-N", "app.env"], cwd=tmp_path, check=True)
    (tmp_path / "app.env.gz").rename(tmp_path / "x")
    assert places(tmp_path / "x") == archived("app.env")


def test_an_archive_by_real_tar_with_links_and_odd_names_is_read(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "a.env").write_bytes(TEXT)
    (tree / "link").symlink_to("a.env")
    (tree / "hard").hardlink_to(tree / "a.env")
    Path(bytes(tree).decode() + "/caf\udce9").write_bytes(TEXT)
    with (tree / "sparse").open("wb") as sparse:
        sparse.seek(1 << 20)
        sparse.write(TEXT)
    subprocess.run(
        ["tar", "-C", str(tree), "-czSf", str(tmp_path / "x"), "a.env", "link", "hard", "caf\udce9", "sparse"],
        check=True,
    )
    found = places(tmp_path / "x")
    assert [one[1] for one in found] == ["x!a.env", "x!caf\\xe9", "x!sparse"]
    assert found[2][2:] == (None, (1 << 20) + 10)


@pytest.mark.parametrize("fonts", [3, 42])
def test_a_pdf_by_a_real_writer_is_read_however_its_fonts_are_kept(tmp_path: Path, fonts: int) -> None:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"pdf.fonttype": fonts}):
        figure = Figure()
        figure.text(0.1, 0.5, f"key {SECRET}")
        figure.savefig(tmp_path / "x", format="pdf")
    assert {one[1].rpartition("!")[2] for one in places(tmp_path / "x")} == {"text"}


def test_a_pdf_whose_font_numbers_its_letters_is_read_by_the_fonts_map(tmp_path: Path) -> None:
    numbered = {one: number for number, one in enumerate(sorted(set(SECRET)), 3)}
    chars = "".join(f"<{number:04x}> <{ord(one):04x}>\n" for one, number in numbered.items())
    font = zlib.compress(f"/CIDInit begin begincmap {len(numbered)} beginbfchar\n{chars}endbfchar endcmap".encode())
    shown = "".join(f"{numbered[one]:04x}" for one in SECRET)
    head = b"7 0 obj\n<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream\nendobj\n" % (len(font), font)
    page = b.pdf(f"BT /F1 9 Tf 72 700 Td <{shown}> Tj ET".encode())
    (tmp_path / "x").write_bytes(page[:9] + head + page[9:])
    assert places(tmp_path / "x") == [("archive", "x!object 4 text", 2, 1)]


@needs("dpkg-deb")
def test_a_deb_is_read_with_its_scripts(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b.deb(tmp_path))
    assert [one[1] for one in places(tmp_path / "x")] == ["x!control.tar.xz!./postinst", "x!data.tar.xz!./etc/app.env"]


def test_a_database_kept_with_a_write_ahead_log_is_read_and_left_alone(tmp_path: Path) -> None:
    import sqlite3

    connection = sqlite3.connect(tmp_path / "x")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE t (a)")
    connection.execute("INSERT INTO t VALUES (?)", (SECRET,))
    connection.commit()
    connection.close()
    data = (tmp_path / "x").read_bytes()
    (tmp_path / "z").write_bytes(b.zipped({"x": data}))
    before = sorted(path.name for path in tmp_path.iterdir())
    assert places(tmp_path / "x") == [("archive", "x!t.a row 1", 1, 0)]
    assert places(tmp_path / "z") == [("archive", "z!x!t.a row 1", 1, 0)]
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_what_is_only_in_the_log_of_a_database_is_read_across_its_pages(tmp_path: Path) -> None:
    import shutil
    import sqlite3

    connection = sqlite3.connect(tmp_path / "made")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("CREATE TABLE t (a)")
    # On its first overflow page a row of 50,000 bytes goes on behind 4 bytes, at every page of 4,096.
    row = "x" * 4092 * 3 + SECRET
    for shift in range(0, 4096, 8):
        connection.execute("INSERT INTO t VALUES (?)", ("y" * shift + row + "z" * 9000,))
    connection.commit()
    for name in ("made", "made-wal"):
        shutil.copy(tmp_path / name, tmp_path / name.replace("made", "x"))
    connection.close()
    assert len(places(tmp_path / "x")) == 4096 // 8
    (tmp_path / "x-wal").write_bytes((tmp_path / "x-wal").read_bytes()[:5000])  # cut in its first transaction
    assert places(tmp_path / "x") == []


@pytest.mark.parametrize("padding", [0, 9000])
def test_a_database_is_read_by_cells_even_where_pages_cut_them(tmp_path: Path, padding: int) -> None:
    (tmp_path / "x").write_bytes(b.database(tmp_path, padding=padding))
    assert places(tmp_path / "x") == [("archive", "x!history.source row 2", 1, padding + 9)]


def test_a_deleted_row_is_found_in_the_raw_pages(tmp_path: Path) -> None:
    import sqlite3

    (tmp_path / "x").write_bytes(b.database(tmp_path))
    connection = sqlite3.connect(tmp_path / "x")
    connection.execute("PRAGMA secure_delete = OFF")
    connection.execute("DELETE FROM history WHERE source LIKE 'export%'")
    connection.commit()
    connection.close()
    [one] = places(tmp_path / "x")
    assert one[:3] == ("file", "x", None)


def test_what_a_schema_computes_is_not_run(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "x"
    connection = sqlite3.connect(path)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    connection.execute("CREATE TABLE t (a TEXT)")
    connection.execute("INSERT INTO t VALUES (?)", (SECRET,))
    connection.execute(f"CREATE VIEW endless AS {endless}")
    connection.commit()
    connection.close()
    assert places(path) == [("archive", "x!t.a row 1", 1, 0)]


def test_a_repository_in_an_archive_is_read_by_its_loose_objects(tmp_path: Path) -> None:
    from tests.sources.git.conftest import Repo

    repo = Repo(tmp_path / "repo")
    repo.commit("add", {"key.env": TEXT})
    oid = repo.git("hash-object", "key.env")
    subprocess.run(["tar", "-C", str(repo.path), "-czf", str(tmp_path / "x"), ".git/objects"], check=True)
    assert places(tmp_path / "x") == archived(f".git/objects/{oid[:2]}/{oid[2:]}!blob")
