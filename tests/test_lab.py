"""Working copies for a responder: filled in once, never written over."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from irkit.case import Case
from irkit.errors import BadInput
from irkit.guard.parameters import declared, parameters_source, read
from irkit.lab import last_parameters, prepare
from irkit.model import Kind, Purpose, SecretRef
from tests.guard.canary import notebook


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    notebook(
        folder / "01_a.ipynb",
        "1",
        parameters='logs: list[str] = []  # "case" = x\ncase: str = "é" ""  # the case folder\nn = 1',
    )
    notebook(folder / "02_b.ipynb", "# No parameters", "2")
    return folder


def test_copies_name_the_case_and_the_guarded_kernel_and_keep_everything_else(tmp_path: Path, library: Path) -> None:
    case = tmp_path / "it's a case"
    working = prepare(case, library)
    assert working == case / "notebooks" / "working"
    assert sorted(copy.name for copy in working.iterdir()) == ["01_a.ipynb", "02_b.ipynb"]
    found = declared(working / "01_a.ipynb")
    assert found["case"] == ("str", str(case), "the case folder")
    assert (found["logs"].default, found["n"].default) == ([], 1)
    assert parameters_source(read(working / "01_a.ipynb")).count("\n") == 2
    assert {read(copy)["metadata"]["kernelspec"]["name"] for copy in working.iterdir()} == {"irkit"}


def test_a_copy_somebody_has_worked_in_is_left_alone(tmp_path: Path, library: Path) -> None:
    working = prepare(tmp_path / "case", library)
    (working / "01_a.ipynb").write_text("mine")
    (working / "02_b.ipynb").unlink()
    prepare(tmp_path / "case", library)
    assert (working / "01_a.ipynb").read_text() == "mine"
    assert (working / "02_b.ipynb").exists()


def test_the_library_is_not_touched(tmp_path: Path, library: Path) -> None:
    before = [file.read_bytes() for file in sorted(library.iterdir())]
    prepare(tmp_path / "case", library)
    assert [file.read_bytes() for file in sorted(library.iterdir())] == before


@pytest.mark.parametrize(
    ("purpose", "names"),
    [
        ("readiness", ["00_readiness"]),
        ("rotation", ["05_rotate"]),
        ("incident", ["01_exposure", "02_revoke", "03_resign", "04_postmortem"]),
    ],
)
def test_a_folder_has_the_notebooks_that_are_for_it(tmp_path: Path, purpose: Purpose, names: list[str]) -> None:
    working = prepare(tmp_path / "case", Path(__file__).parent.parent / "notebooks", purpose=purpose)
    assert sorted(copy.stem for copy in working.glob("*.ipynb")) == names


def test_a_folder_without_notebooks_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no notebooks here"):
        prepare(tmp_path / "case", tmp_path)


def test_a_copy_is_python_that_still_compiles(tmp_path: Path, library: Path) -> None:
    copy = prepare(tmp_path / "a\\b'c\"d", library) / "01_a.ipynb"
    ast.parse(parameters_source(json.loads(copy.read_text())))


def test_parameters_of_the_last_run_are_in_fresh_copies(
    tmp_path: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_TOKEN", "unknown-service_FAKE_FAKE_FAKE_0123456789")
    case = Case.create(tmp_path / "acme-7", [SecretRef("env:FAKE_TOKEN")])
    step = {"playbook": "p", "step": "s", "notebook": "01_a"}
    for logs in (["a.json"], ["b.json"]):
        case.write(Kind.STEP_STARTED, {**step, "parameters": {"logs": logs, "case": "elsewhere"}})
    working = prepare(case.folder, library, last_parameters(case))
    found = declared(working / "01_a.ipynb")
    assert (found["logs"].default, found["case"].default) == (["b.json"], str(case.folder))


STOPPED = """
import asyncio, sys
import anyio.to_thread
from irkit import lab

async def answered():
    await anyio.to_thread.run_sync(int)
    loop.stop()
    await asyncio.sleep(3600)

loop = asyncio.new_event_loop()
task = loop.create_task(answered())
loop.run_forever()
if "go" in sys.argv:
    lab._let_threads_go()
print("the server has ended", flush=True)
"""


def test_a_request_that_was_being_answered_when_lab_stopped_does_not_keep_the_process() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STOPPED, "go"], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout == "the server has ended\n"
