"""`irkit usage` as typed: what it ends with when something, or everything, could not be read."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sources.logs.test_read import FIVE, KEY, lines

GOOD, CUT, OTHER = lines(FIVE), gzip.compress(lines(FIVE))[:-8], b"a letter\n"
NO_EVENT = json.dumps({"Records": []}).encode()


def usage(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "irkit", "usage", f"id:{KEY}", str(folder), "--format", "json", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(
    ("files", "code", "events", "skipped", "said"),
    [
        pytest.param({"a": GOOD}, 0, 5, 0, "", id="a log"),
        pytest.param({"a": GOOD, "b": OTHER}, 0, 5, 1, "1 thing could not be read", id="a log and a letter"),
        pytest.param({"a": CUT}, 0, 5, 1, "1 thing could not be read", id="a log cut short"),
        pytest.param({"a": NO_EVENT}, 0, 0, 0, "", id="a log without events"),
        pytest.param({"a": b""}, 0, 0, 0, "", id="an empty log"),
        pytest.param({"a": OTHER, "b": OTHER}, 2, None, 0, "none of this could be read as a log", id="letters"),
        pytest.param({}, 2, None, 0, "there is no log here", id="an empty folder"),
        pytest.param(None, 2, None, 0, "there are no logs at this path", id="nothing"),
    ],
)
def test_the_exit_code_says_whether_something_could_be_read(
    tmp_path: Path, files: dict[str, bytes] | None, code: int, events: int | None, skipped: int, said: str
) -> None:
    folder = tmp_path / "logs"
    if files is not None:
        folder.mkdir()
        for name, data in files.items():
            (folder / name).write_bytes(data)
    done = usage(folder)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr
    if events is None:
        assert done.stdout == ""
        return
    told = json.loads(done.stdout)
    assert (told["by_key"]["events"], len(told["skipped"])) == (events, skipped)
    assert bool(done.stderr) == bool(skipped)


def test_workers_of_the_command_give_the_same_document(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.gz").write_bytes(gzip.compress(lines(FIVE)))
    (tmp_path / "cut").write_bytes(CUT)
    alone, several = usage(tmp_path, "--workers", "1"), usage(tmp_path, "--workers", "2")
    documents = [json.loads(done.stdout) for done in (alone, several)]
    for document in documents:
        assert document.pop("as_of")  # the second at which it was asked
    assert documents[0]["by_key"]["duplicates"] > 0
    assert documents[0] == documents[1]
    assert alone.stderr == several.stderr
