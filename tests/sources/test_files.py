"""Files on disk: any depth, any size, nothing dropped silently."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from irkit.errors import BadInput
from irkit.needles import token_needles
from irkit.sources import files
from irkit.sources.files import locate_in_files
from irkit.sources.hunt import Hunted

TOKEN = b"FAKEtokenFAKEtokenFAKE0123456789"
HUNTED = (Hunted("fp:fake", token_needles(TOKEN)),)


def test_a_folder_is_read_to_any_depth(tmp_path: Path) -> None:
    deep = tmp_path / "evidence"
    for _ in range(300):
        deep = deep / "d"
    deep.mkdir(parents=True)
    (deep / "here.txt").write_bytes(b"1\n2\n" + TOKEN)
    [one] = locate_in_files(tmp_path / "evidence", HUNTED).occurrences
    assert (one.place, one.path, one.line, one.offset, one.live) == ("file", str(deep / "here.txt"), 3, 4, True)


def test_a_single_file_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(TOKEN)
    assert [one.path for one in locate_in_files(tmp_path / "one", HUNTED).occurrences] == [str(tmp_path / "one")]


def test_a_token_across_the_border_of_two_pieces_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "CHUNK", 1000)
    (tmp_path / "big").write_bytes(b"x" * 985 + TOKEN + b"y" * 5000)
    assert [one.offset for one in locate_in_files(tmp_path / "big", HUNTED).occurrences] == [985]


def test_what_is_not_read_is_listed_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(TOKEN)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "good").write_bytes(TOKEN)
    (folder / "inward").symlink_to("good")
    (folder / "outward").symlink_to(tmp_path / "outside")
    (folder / "loop").symlink_to("loop")
    os.mkfifo(folder / "pipe")
    door = socket.socket(socket.AF_UNIX)
    door.bind(str(folder / "s"))
    found = locate_in_files(folder, HUNTED)
    door.close()
    assert [one.path for one in found.occurrences] == [str(folder / "good")]
    assert {(Path(one.what).name, one.why) for one in found.skipped} == {
        ("outward", "a symbolic link out of this folder, not followed"),
        ("loop", "a symbolic link that leads nowhere"),
        ("pipe", "a named pipe, not read"),
        ("s", "a socket, not read"),
    }


def test_a_file_that_fails_while_it_is_read_is_listed() -> None:
    found = locate_in_files(Path("/proc/self/mem"), HUNTED)  # its first page is never mapped, not even for root
    assert [(one.what, one.why) for one in found.skipped] == [("/proc/self/mem", "cannot be read: Input/output error")]


def test_a_name_that_is_no_utf_8_can_still_be_printed(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9")).write_bytes(TOKEN)
    assert [one.path for one in locate_in_files(tmp_path, HUNTED).occurrences] == [f"{tmp_path}/caf\\xe9"]


def test_a_path_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nothing at this path"):
        locate_in_files(tmp_path / "no", HUNTED)
