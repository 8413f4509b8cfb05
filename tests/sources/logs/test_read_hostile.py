"""Folders and files that are not as one would wish: every part that is not read is said, and the rest is read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from irkit.sources.logs import Wanted, content, documents, events, listing, values
from irkit.sources.logs import lines as lines_module
from tests.sources.logs.test_read import FIVE, KEY, SESSION, WHOLE, assume, lines, read, trail

IDS = [f"id-{number}" for number in range(5)]


def test_folders_of_any_depth_and_links_in_circles(tmp_path: Path) -> None:
    deep = tmp_path
    for number in range(60):
        deep = deep / f"level{number}"
    deep.mkdir(parents=True)
    (deep / "log").write_bytes(WHOLE)
    (tmp_path / "level0" / "circle").symlink_to(tmp_path)
    (tmp_path / "itself").symlink_to(tmp_path / "itself")
    (tmp_path / "out").symlink_to("/")
    os.mkfifo(tmp_path / "pipe")
    reading, found = read(tmp_path)
    assert [event.event_id for event in found] == IDS
    assert sorted((Path(one.what).name, one.why) for one in reading.skipped) == [
        ("itself", "a symbolic link that leads nowhere, or round in a circle"),
        ("out", "a symbolic link out of this folder, not followed"),
        ("pipe", "a named pipe, not read"),
    ]


def test_what_is_given_twice_or_within_another_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "log").write_bytes(WHOLE)
    (tmp_path / "link").symlink_to(tmp_path / "in")
    for paths in (
        [tmp_path, tmp_path / "in"],
        [tmp_path / "in" / "log", tmp_path],
        [tmp_path / "link", tmp_path / "in"],
    ):
        reading, found = read(*paths)
        assert [event.event_id for event in found] == IDS
        assert reading.texts == 1


def test_names_of_any_bytes(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9\nlog")).write_bytes(WHOLE)
    _, found = read(tmp_path)
    assert [event.event_id for event in found] == IDS
    assert found[0].file.endswith("caf\\xe9\nlog")


def test_a_file_without_permission_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root sees every file, the refusal is the opener's."""
    (tmp_path / "closed").write_bytes(WHOLE)
    (tmp_path / "open").write_bytes(WHOLE)

    class Refusing(content._File):
        def __init__(self, path: str, progress: object) -> None:
            if path.endswith("closed"):
                raise PermissionError(13, "Permission denied")
            super().__init__(path, None)

    monkeypatch.setattr(content, "_File", Refusing)
    reading, found = read(tmp_path)
    assert [event.event_id for event in found] == IDS
    assert [(Path(one.what).name, one.why) for one in reading.skipped] == [
        ("closed", "cannot be read: Permission denied")
    ]


def test_files_that_vanish_grow_or_are_replaced_while_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        (tmp_path / name).write_bytes(lines(FIVE))
    reading = events([tmp_path], Wanted.of("fake", [KEY]))
    found: Iterator[object] = iter(reading)
    first = next(found)
    with (tmp_path / "a").open("ab") as file:
        file.write(b'{"half')
    (tmp_path / "b").unlink()
    rest = list(found)
    assert len([first, *rest]) == 10
    assert [(Path(one.what).name, one.why.split(";")[0]) for one in reading.skipped] == [
        ("a", "it changed while it was read"),
        ("b", "cannot be read: it is no longer there"),
    ]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds a hundredth of what they are, so that a test of them is quick."""
    monkeypatch.setattr(values, "LARGEST", 160_000)
    monkeypatch.setattr(lines_module, "LONGEST", 160_000)
    monkeypatch.setattr(documents, "WHOLE", 80_000)
    monkeypatch.setattr(content, "CHUNK", 10_000)
    monkeypatch.setattr(content, "SMALL", 10_000)


MANY = [trail(number, KEY if number % 9 == 0 else "AKIAother") for number in range(2000)]
HUGE = json.dumps(trail(9, userAgent="x" * 2_000_000)).encode()


@pytest.mark.parametrize(
    ("data", "ids", "why"),
    [
        pytest.param(json.dumps({"Records": MANY}).encode(), 223, "", id="a document larger than is held"),
        pytest.param(json.dumps(MANY, indent=1).encode(), 223, "", id="a pretty array larger than is held"),
        pytest.param(b"\n".join(json.dumps(one, indent=2).encode() for one in MANY), 223, "", id="pretty values in a row"),
        pytest.param(json.dumps({"Records": MANY, "NextToken": "t"}).encode() * 2, 446, "", id="documents run together"),
        pytest.param(HUGE, 0, "one JSON value of more than", id="one line that is one value"),
        pytest.param(lines(FIVE) + HUGE + b"\n" + lines(FIVE), 10, ":6 a line of more than", id="a huge line among lines"),
        pytest.param(lines(FIVE) + HUGE[:-20], 5, ":6 a line of more than", id="a huge line at the end, cut"),
        pytest.param(b"x" * 2_000_000, 0, "not a log", id="a huge line of nothing"),
        pytest.param(b"{" + b"x" * 2_000_000, 0, "", id="a huge line that is no JSON"),
        pytest.param(b"[" + HUGE + b"," + b",".join(lines(FIVE).split(b"\n")[:-1]) + b"]", 0, "one JSON value of more than",
                     id="a huge element"),
        pytest.param(b"[" * 2_000_000, 0, "nested too deep", id="brackets"),
        pytest.param(b'{"Records":[' + b" " * 2_000_000 + b"]}", 0, "", id="a document of spaces"),
        pytest.param(b"\n" * 2_000_000 + lines(FIVE), 5, "", id="blank lines first"),
        pytest.param(b"\0" * 2_000_000, 0, "not a log", id="zeros"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("small")
def test_what_is_larger_than_any_event_is_passed_over(tmp_path: Path, data: bytes, ids: int, why: str) -> None:
    (tmp_path / "log").write_bytes(data)
    reading, found = read(tmp_path)
    assert len(found) == ids
    told = [f"{one.what.removeprefix(str(tmp_path / 'log'))} {one.why}".strip() for one in reading.skipped]
    assert any(why in one for one in told) if why else len(told) <= 1, told


# What the process itself had at most: getrusage would count what it was forked from as well.
MEASURE = """
import re, sys
from pathlib import Path
from irkit.sources.logs import Wanted, events
reading = events([Path(sys.argv[1])], Wanted.of("fake", ["AKIAFAKEFAKEFAKE0001"]))
print(len(list(reading)), len(reading.skipped), int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) >> 10)
"""


@pytest.mark.parametrize("shape", ["line", "document", "value"])
def test_two_hundred_megabytes_in_one_line_stay_within_memory(tmp_path: Path, shape: str) -> None:
    one = json.dumps(trail(1)).encode() + b","
    with (tmp_path / "log").open("wb") as file:
        file.write({"line": lines(FIVE) + b'{"a":"', "document": b'{"Records":[', "value": b'{"a":"'}[shape])
        for _ in range(200):
            file.write(one * ((1 << 20) // len(one)) if shape == "document" else b"x" * (1 << 20))
        file.write(b'"}\n' if shape != "document" else one[:-1] + b"]}")
    if shape == "document":  # nothing sought in it, so that not every event of it is an answer
        subprocess.run(["sed", "-i", f"s/{KEY}/AKIAFAKEFAKEFAKE9999/g", str(tmp_path / "log")], check=True)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path)], capture_output=True, text=True, check=True, timeout=300
    )
    found, skipped, megabytes = map(int, done.stdout.split())
    assert (found, skipped) == {"line": (5, 1), "document": (0, 0), "value": (0, 1)}[shape]
    assert megabytes < 300


def test_a_million_bad_lines_are_one_line_of_the_answer(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(lines(FIVE) + b"{\n" * 20_000)
    reading, found = read(tmp_path)
    assert len(found) == 5
    [row] = reading.skipped
    assert "19999 more" in row.why
    assert len(row.why) < 200


def test_files_that_are_no_logs_are_counted_beyond_a_thousand(tmp_path: Path) -> None:
    for number in range(1200):
        (tmp_path / f"{number:04d}.txt").write_text("hello\n")
    (tmp_path / "log").write_bytes(WHOLE)
    reading, found = read(tmp_path)
    assert len(found) == 5
    assert reading.skipped[-1].what == "200 more files"
    assert len(reading.skipped) == 1001


def test_many_files_are_many_batches_and_every_one_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "BATCH_FILES", 7)
    for number in range(100):
        folder = tmp_path / f"{number % 9}"
        folder.mkdir(exist_ok=True)
        (folder / f"{number}").write_bytes(lines([trail(number)]))
    skipped: list[object] = []
    batches = listing.batches([tmp_path], skipped)  # type: ignore[arg-type]
    files = [file for batch in batches for file in batch.files()]
    assert sorted(files) == sorted(map(str, (one for one in tmp_path.rglob("*") if one.is_file())))
    assert [batch.first for batch in batches] == list(range(0, 100, 7))
    _, found = read(tmp_path)
    assert len({event.event_id for event in found}) == 100


def test_progress_counts_bytes_and_ends_where_they_end(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(lines([assume(1, KEY, SESSION)] * 5000))
    (tmp_path / "b").write_bytes(lines([trail(2, SESSION)]))
    size = sum((tmp_path / name).stat().st_size for name in "ab")
    told: list[tuple[str, int, int | None]] = []
    found = list(events([tmp_path], Wanted.of("fake", [KEY]), lambda *one: told.append(one)))
    assert len(found) == 5001
    first = [one for one in told if one[0] == "bytes of logs for fake"]
    assert first[-1][1:] == (size, size)
    assert [one[1] for one in first] == sorted(one[1] for one in first)
    assert len(first) > 2
    assert {one[0] for one in told} == {"bytes of logs for fake", "bytes of logs for fake, pass 2"}
