"""A notebook that tries every way out, run for real: nothing leaves, and how it ended is told truly."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from irkit.errors import BadInput, WouldLeak
from irkit.guard.engine import NotebookRun, run_notebook
from irkit.guard.gate import gate
from irkit.guard.notebook import Scrubber, scrubbed
from tests.guard.canary import forms_in, make_canary, notebook, redactor_of

WAYS_OUT = {
    "stdout": "print('value', T)",
    "stderr": "print(T, file=sys.stderr)",
    "two prints": "print(T[:17], end='', flush=True); time.sleep(0.5); print(T[17:])",
    "last expression": "T",
    "repr of a list": "[T, {T: T.encode()}]",
    "HTML": "display(HTML('<b title=\"' + html.escape(T) + '\">x</b>'))",
    "JSON": "display({'application/json': {'deep': [T]}}, raw=True)",
    "base64": "print(base64.b64encode(T.encode()).decode(), base64.urlsafe_b64encode(b'x' + T.encode()))",
    "hex": "print(T.encode().hex(), T.encode().hex().upper())",
    "metadata of a display": "display({'text/plain': 'x'}, raw=True, metadata={'note': T})",
    "a display that is changed": "h = display('x', display_id=True); h.update(T)",
    "child process": "subprocess.run(['sh', '-c', 'echo \"$T\"; echo \"$T\" >&2']); time.sleep(0.5)",
    "shell magic": '!echo "$T"',
    "file descriptor": "os.write(1, T.encode() + b'\\n'); os.write(2, T.encode() + b'\\n'); time.sleep(0.5)",
    "logging": "logging.basicConfig(); logging.getLogger('x').warning('sent %s', T)",
    "warning": "warnings.warn(T)",
    "exception": "raise ValueError('bad token ' + T)",
}
IMPORTS = """
import base64, html, logging, os, subprocess, sys, time, warnings
from IPython.display import HTML, display
T = os.environ['T']
"""

RUNNER = """
import logging, os, sys
from pathlib import Path
from irkit.guard.engine import run_notebook
from tests.guard.canary import redactor_of
logging.basicConfig(level=logging.DEBUG)
here = Path(sys.argv[1])
print(run_notebook(here / "in.ipynb", here / "out.ipynb", {"label": "plain"}, redactor_of(os.environ["T"]), cwd=here))
"""


@dataclass(frozen=True)
class World:
    folder: Path
    canary: str
    printed: str
    cells: dict[str, str]


def outside(folder: Path, canary: str) -> dict[str, str]:
    """The environment of a runner that is no part of pytest: ipykernel leaves descriptors alone under it."""
    keep = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    return keep | {"T": canary, "HOME": str(folder / "home"), "PYTHONPATH": str(Path.cwd())}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Everything above in one notebook, each way out in a cell, failures tolerated but for the last."""
    folder, canary = tmp_path_factory.mktemp("ways"), make_canary()
    (folder / "home").mkdir()
    notebook(folder / "in.ipynb", IMPORTS, *WAYS_OUT.values(), parameters="label: str = ''")
    ran = subprocess.run(
        [sys.executable, "-c", RUNNER, str(folder)],
        env=outside(folder, canary),
        capture_output=True,
        text=True,
        check=False,
    )
    made = json.loads((folder / "out.ipynb").read_text())
    outputs = [json.dumps(cell["outputs"]) for cell in made["cells"][-len(WAYS_OUT) :]]
    return World(folder, canary, ran.stdout + ran.stderr, dict(zip(WAYS_OUT, outputs, strict=True)))


@pytest.mark.parametrize("way", WAYS_OUT)
def test_a_way_out_is_redacted_and_the_rest_of_it_is_shown(world: World, way: str) -> None:
    assert forms_in(world.cells[way], world.canary) == []
    assert "[redacted fp:canary]" in world.cells[way]


def test_nothing_of_it_is_printed_or_logged_by_the_runner_even_at_debug_level(world: World) -> None:
    assert "NotebookRun(error_name='ValueError'" in world.printed
    assert forms_in(world.printed, world.canary) == []


def test_nothing_of_it_stands_in_any_file(world: World) -> None:
    seen = gate(world.folder, redactor_of(world.canary))
    assert (seen.leaks, seen.skipped) == ((), ())
    assert all(forms_in(file.read_bytes(), world.canary) == [] for file in world.folder.rglob("*") if file.is_file())


def test_the_executed_notebook_is_readable_by_its_owner_alone(world: World) -> None:
    assert (world.folder / "out.ipynb").stat().st_mode & 0o077 == 0


def run(
    folder: Path, *cells: str, parameters: str = "", given: dict[str, object] | None = None, **named: object
) -> NotebookRun:
    source = notebook(folder / "in.ipynb", *cells, parameters=parameters)
    return run_notebook(source, folder / "out.ipynb", given or {}, redactor_of("irkitCANARY-none"), cwd=folder, **named)  # type: ignore[arg-type]


ENDINGS = {
    "every cell ran": (("x = 1", "# Heading", "x"), None, "", 2),
    "an error of irkit keeps its name and sentence": (
        (
            "from irkit.errors import Waiting\nraise Waiting('an approval is missing', on='revoke-1', do='irkit approve')",
            "1",
        ),
        "Waiting",
        "an approval is missing (revoke-1). irkit approve.",
        0,
    ),
    "any other error": (("1", "{}['k']"), "KeyError", "'k'", 1),
    "a traceback that a cell shows and goes on": (
        ("try:\n    1 / 0\nexcept ZeroDivisionError:\n    get_ipython().showtraceback()", "2"),
        None,
        "",
        2,
    ),
    "the kernel died": (
        ("1", "import os; os.kill(os.getpid(), 9)", "2"),
        "DeadKernelError",
        "The kernel died in cell 2 of 3.",
        1,
    ),
    "a cell that leaves early did not do the rest": (("import sys; sys.exit(0)", "2"), "SystemExit", "0", 0),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_how_a_notebook_ended_is_told_by_the_kernel(tmp_path: Path, ending: str) -> None:
    cells, name, text, cells_run = ENDINGS[ending]
    ended = run(tmp_path, *cells)
    assert (ended.error_name, ended.error_text, ended.cells_run) == (name, text, cells_run)


def test_cells_that_never_ran_are_not_called_completed(tmp_path: Path) -> None:
    run(tmp_path, "1", "import os; os.kill(os.getpid(), 9)", "2")
    made = json.loads((tmp_path / "out.ipynb").read_text())
    assert [cell["metadata"]["papermill"]["status"] for cell in made["cells"]] == ["completed", "failed", "not run"]


def test_an_error_of_irkit_is_one_sentence_and_no_traceback(tmp_path: Path) -> None:
    run(tmp_path, "from irkit.errors import BadInput\nraise BadInput('no such key', on='AB12', do='name another')")
    (output,) = json.loads((tmp_path / "out.ipynb").read_text())["cells"][0]["outputs"]
    assert output["output_type"] == "error"
    assert output["traceback"] == ["BadInput: no such key (AB12). Name another."]


def test_time_is_for_the_whole_notebook(tmp_path: Path) -> None:
    ended = run(tmp_path, "1", "import time; time.sleep(600)", timeout_s=3)
    assert (ended.error_name, ended.cells_run) == ("CellTimeoutError", 1)


def test_a_later_cell_changes_what_an_earlier_one_displayed(tmp_path: Path) -> None:
    first = "print(1)\nimport sys; sys.stdout.flush()\nprint(2)\nh = display('before', display_id='here')"
    assert run(tmp_path, first, "h.update('after')").error_name is None
    outputs = json.loads((tmp_path / "out.ipynb").read_text())["cells"][0]["outputs"]
    assert [one.get("text") or one["data"]["text/plain"] for one in outputs] == [["1\n", "2\n"], ["'after'"]]


def test_progress_names_the_heading_above_each_cell(tmp_path: Path) -> None:
    said: list[tuple[int, int, str]] = []
    run(tmp_path, "# One", "1", "# Two\nwords", "2", on_cell=lambda *cell: said.append(cell))
    assert said == [(1, 2, "One"), (2, 2, "Two")]


def test_cells_of_parameters_do_not_repeat_the_notebooks_title(tmp_path: Path) -> None:
    said: list[tuple[int, int, str]] = []
    cells = ("# One", "1", "# Two\nwords", "2")
    run(tmp_path, *cells, parameters="many: int = 1", given={"many": "3"}, on_cell=lambda *cell: said.append(cell))
    assert [title for *_, title in said] == ["its parameters", "the parameters it was given", "One", "Two"]


def test_the_kernel_gets_the_parameter_itself_and_runs_where_it_is_told(tmp_path: Path) -> None:
    cell = "import os\nassert (many, os.getcwd(), os.environ['WHERE']) == (3, FOLDER, 'here')".replace(
        "FOLDER", repr(str(tmp_path))
    )
    ended = run(tmp_path, cell, parameters="many: int = 1", given={"many": "3"}, env={"WHERE": "here"})
    assert ended.error_name is None


def test_a_folder_with_braces_in_its_name_is_no_template(tmp_path: Path) -> None:
    folder = tmp_path / "case {label}"
    folder.mkdir()
    assert run(folder, "1", parameters="label: str = ''", given={"label": "x"}).error_name is None
    assert (folder / "out.ipynb").exists()


def test_history_store_and_temporary_files_of_a_kernel_go_with_it(tmp_path: Path) -> None:
    cells = (
        "import os, tempfile, pathlib\npathlib.Path('places').write_text(os.environ['IPYTHONDIR'] + '\\n' + tempfile.mkdtemp())",
        "assert not get_ipython().history_manager.enabled",
    )
    assert run(tmp_path, *cells).error_name is None
    assert [Path(place).exists() for place in (tmp_path / "places").read_text().splitlines()] == [False, False]
    assert not (Path.home() / ".ipython").exists()


REFUSED = {
    "the secret of the case": ({"label": "CANARY"}, WouldLeak),
    "the secret in a list": ({"paths": ["a", "see CANARY"]}, WouldLeak),
    "a name it does not have": ({"lable": "x"}, BadInput),
    "another type": ({"many": "three"}, BadInput),
}


@pytest.mark.parametrize("refused", REFUSED)
def test_what_is_refused_starts_no_kernel_writes_no_file_and_is_not_repeated(tmp_path: Path, refused: str) -> None:
    canary = make_canary()
    given, kind = REFUSED[refused]
    given = json.loads(json.dumps(given).replace("CANARY", json.dumps(canary)[1:-1]))
    source = notebook(tmp_path / "in.ipynb", "1", parameters="label: str = ''\npaths: list[str] = []\nmany: int = 1")
    with pytest.raises(kind) as refusal:
        run_notebook(source, tmp_path / "out.ipynb", given, redactor_of(canary), cwd=tmp_path)
    assert not (tmp_path / "out.ipynb").exists()
    assert forms_in(str(refusal.value), canary) == []
    assert any(name in str(refusal.value) for name in given)


def test_a_secret_as_a_default_starts_no_kernel_either(tmp_path: Path) -> None:
    canary = make_canary()
    source = notebook(tmp_path / "in.ipynb", "1", parameters=f"label: str = {canary!r}")
    with pytest.raises(WouldLeak, match="label") as refusal:
        run_notebook(source, tmp_path / "out.ipynb", {}, redactor_of(canary), cwd=tmp_path)
    assert not (tmp_path / "out.ipynb").exists()
    assert forms_in(str(refusal.value), canary) == []


@pytest.mark.parametrize(
    ("content", "why"), [(None, "cannot be read"), ("{", "not a notebook"), ('{"cells": 1}', "format 4")]
)
def test_what_is_no_notebook_is_said_before_anything_starts(tmp_path: Path, content: str | None, why: str) -> None:
    if content is not None:
        (tmp_path / "in.ipynb").write_text(content)
    with pytest.raises(BadInput, match=why):
        run_notebook(tmp_path / "in.ipynb", tmp_path / "out.ipynb", {}, redactor_of("irkitCANARY"), cwd=tmp_path)


IN_KERNEL = """
import os
from irkit.guard import active
from tests.guard.canary import redactor_of
T = os.environ['T']
active.add(redactor_of(T))
"""


def papermill(folder: Path, canary: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "papermill", "--engine", "irkit", "in.ipynb", "out.ipynb", *arguments]
    return subprocess.run(command, cwd=folder, env=outside(folder, canary), capture_output=True, text=True, check=False)


def test_papermill_itself_with_the_engine_is_guarded_by_the_kernel(tmp_path: Path) -> None:
    """The runner knows no secret here: whatever is hidden was hidden by the kernel's extension."""
    canary = make_canary()
    notebook(tmp_path / "in.ipynb", IN_KERNEL, IMPORTS, *WAYS_OUT.values())
    ran = papermill(tmp_path, canary, "--log-output", "--log-level", "DEBUG")
    assert "ValueError" in ran.stderr
    assert forms_in(ran.stdout + ran.stderr, canary) == []
    assert forms_in((tmp_path / "out.ipynb").read_bytes(), canary) == []


def test_papermill_itself_refuses_a_parameter_that_looks_like_a_secret(tmp_path: Path) -> None:
    token = "irkitCANARY" + "x7Qm2pL9vK4nR8tW3zB6"
    notebook(tmp_path / "in.ipynb", "1", parameters="who = ''")
    ran = papermill(tmp_path, "unused", "-p", "who", token)
    assert "WouldLeak" in ran.stderr
    assert token not in ran.stdout + ran.stderr
    assert not (tmp_path / "out.ipynb").exists()


def test_a_notebook_that_is_written_again_and_again_is_as_clean_as_one_that_is_written_once() -> None:
    canary = make_canary()
    redactor, cells = redactor_of(canary), [{"cell_type": "code", "source": f"x = {number}"} for number in range(3)]
    scrubber = Scrubber(redactor)
    for number, cell in enumerate(cells):
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": [canary[:9], canary[9:]]}] * (number + 1)  # type: ignore[assignment]
        made = {"cells": cells, "metadata": {"title": canary}}
        assert scrubber.scrubbed(made) == scrubbed(made, redactor)
        assert forms_in(json.dumps(scrubber.scrubbed(made)), canary) == []
