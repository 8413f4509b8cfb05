"""A kernel that is started ahead of its notebook: it is guarded like any other, has nothing of another, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from irkit.case import Case, in_kernel
from irkit.errors import StepFailed
from irkit.guard import kernelspec, warm
from irkit.guard.engine import NotebookRun, run_notebook
from irkit.model import SecretRef
from tests.guard.canary import forms_in, make_canary, notebook, redactor_of

_PATIENCE_S = 60


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the folders of kernels lie: nothing is in it when a test has ended."""
    place = Path(f"/tmp/irk-t-{os.getpid()}")
    place.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place))
    yield place
    assert list(place.iterdir()) == []
    place.rmdir()


def run(folder: Path, kernels: warm.Kernels, *cells: str, on_cell: Callable[..., None] | None = None) -> NotebookRun:
    source = notebook(folder / "in.ipynb", *cells)
    unknown = redactor_of("irkitCANARY-none")
    return run_notebook(source, folder / "out.ipynb", {}, unknown, cwd=folder, on_cell=on_cell, kernels=kernels)


def of_kernels(runtime: Path) -> list[psutil.Process]:
    """Processes of ours whose connection file is in there."""
    mine = psutil.Process().children(recursive=True)
    return [one for one in mine if any(str(runtime) in text for text in one.cmdline())]


def test_it_has_imported_what_notebooks_use_and_the_next_one_has_nothing_of_it(tmp_path: Path, runtime: Path) -> None:
    first = (
        f"import sys, os, builtins\nassert set({in_kernel.IMPORTED}) <= set(sys.modules)",
        f"assert {kernelspec.WAITS!r} not in os.environ\nbuiltins.kept = 1\nsys.modules['matplotlib.figure'].kept = 1",
        "import resource, pathlib\nassert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0\n"
        "pathlib.Path('places').write_text(os.environ['TMPDIR'])",
    )
    second = (
        "import builtins, matplotlib.figure as drawn\nassert not hasattr(builtins, 'kept') and not hasattr(drawn, 'kept')",
        "import os, pathlib\nassert not pathlib.Path(open('places').read()).exists()\n"
        "assert os.environ['TMPDIR'] != open('places').read() and os.environ['TMPDIR'].startswith(os.environ['RUNTIME'])",
    )
    with warm.kernels(tmp_path, {"RUNTIME": str(runtime)}) as kernels:
        kernels.start_next()
        assert run(tmp_path, kernels, *first, on_cell=lambda *_: kernels.start_next()) == NotebookRun(None, "", 3, 3)
        assert run(tmp_path, kernels, *second) == NotebookRun(None, "", 2, 2)


def test_what_a_case_has_come_to_hide_while_it_waited_is_hidden_before_its_first_cell(
    tmp_path: Path, runtime: Path
) -> None:
    canary, token = make_canary(), tmp_path / "token"
    token.write_text(canary)
    case = Case.create(tmp_path / "case", [SecretRef(f"file:{token}")])
    token.unlink()
    with warm.kernels(tmp_path, {in_kernel.VARIABLE: str(case.folder)}) as kernels:
        kernels.start_next()
        say = f"print(open({str(token)!r}).read())"
        ended = run(tmp_path, kernels, say, on_cell=lambda *_: token.write_text(canary))
    assert ended == NotebookRun(None, "", 1, 1)
    shown = (tmp_path / "out.ipynb").read_text()
    assert forms_in(shown, canary) == []
    assert "[redacted" in shown


def test_one_that_does_not_end_as_asked_lets_the_next_run_and_is_gone_with_the_run(
    tmp_path: Path, runtime: Path
) -> None:
    fifo = tmp_path / "held"
    os.mkfifo(fifo)
    slow = f"import atexit, os\natexit.register(open, {str(fifo)!r})\nopen('kernel', 'w').write(str(os.getpid()))"
    with warm.kernels(tmp_path, {}) as kernels:
        assert run(tmp_path, kernels, slow).error_name is None
        first = psutil.Process(int((tmp_path / "kernel").read_text()))
        assert run(tmp_path, kernels, "1").error_name is None
    assert not first.is_running()


BROKEN = """
import os, sys
if "ipykernel_launcher" in sys.orig_argv:
    from irkit.case import in_kernel
    tried = []
    def hide(folder):
        tried.append(folder)
        if {when}:
            raise ZeroDivisionError
    in_kernel.hide = hide
"""


def broken(folder: Path, when: str) -> dict[str, str]:
    """The environment of a kernel that cannot hide its case at some moment."""
    (folder / "sitecustomize.py").write_text(BROKEN.format(when=when))
    return {"PYTHONPATH": os.pathsep.join([str(folder), str(Path.cwd())]), in_kernel.VARIABLE: str(folder)}


def test_one_that_cannot_hide_the_case_before_its_first_cell_runs_no_cell(tmp_path: Path, runtime: Path) -> None:
    with warm.kernels(tmp_path, broken(tmp_path, "len(tried) == 2")) as kernels:
        kernels.start_next()
        ended = run(tmp_path, kernels, "open('ran', 'w')")
    assert (ended.error_name, ended.cells_run) == ("DeadKernelError", 0)
    assert not (tmp_path / "ran").exists()


def test_one_whose_guard_cannot_be_loaded_does_not_start_and_neither_does_the_one_in_its_place(
    tmp_path: Path, runtime: Path
) -> None:
    with warm.kernels(tmp_path, broken(tmp_path, "True")) as kernels:
        kernels.start_next()
        ended = run(tmp_path, kernels, "open('ran', 'w')")
    assert (ended.error_name, ended.cells) == ("DeadKernelError", 0)
    assert "its guard could not be loaded" in ended.error_text
    assert not (tmp_path / "ran").exists()


def test_one_that_was_killed_is_replaced(tmp_path: Path, runtime: Path) -> None:
    with warm.kernels(tmp_path, {}) as kernels:
        kernels.start_next()
        (waiting,) = of_kernels(runtime)
        waiting.kill()
        waiting.wait(_PATIENCE_S)
        assert run(tmp_path, kernels, "1").error_name is None


def test_one_that_nobody_comes_to_need_ends_with_the_run(tmp_path: Path, runtime: Path) -> None:
    with warm.kernels(tmp_path, {}) as kernels:
        kernels.start_next()
        kernels.start_next()
        (waiting,) = of_kernels(runtime)
    assert not waiting.is_running()


STRUCK = """
import sys
from pathlib import Path
from irkit.guard import warm
from irkit.guard.engine import run_notebook
from irkit.redact import Redactor
here = Path(sys.argv[1])
with warm.kernels(here, {}) as kernels:
    run_notebook(
        here / "in.ipynb", here / "out.ipynb", {}, Redactor(), cwd=here, kernels=kernels, on_cell=lambda *_: kernels.start_next()
    )
"""


def test_a_run_that_is_killed_leaves_no_kernel_and_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Path(f"/tmp/irk-k-{os.getpid()}")
    place.mkdir(mode=0o700)
    # The cell ends once the other kernel listens, which is after it has begun to look whether its parent lives.
    notebook(
        tmp_path / "in.ipynb",
        f"import pathlib, time\nwhile not list(pathlib.Path({str(place)!r}).glob('irk-*/2/k.json-ipc-*')): time.sleep(0.02)\n"
        "pathlib.Path('now').touch()\ntime.sleep(600)",
    )
    env = os.environ | {"XDG_RUNTIME_DIR": str(place), "PYTHONPATH": str(Path.cwd())}
    struck = subprocess.Popen([sys.executable, "-c", STRUCK, str(tmp_path)], env=env)
    try:
        watched = psutil.Process(struck.pid)
        while not (tmp_path / "now").exists():
            assert struck.poll() is None
        kernels = watched.children(recursive=True)
        assert len(kernels) == 2
        struck.send_signal(signal.SIGKILL)
        struck.wait()
        assert psutil.wait_procs(kernels, timeout=_PATIENCE_S)[1] == []
        (left,) = place.iterdir()
        assert left.stat().st_mode & 0o077 == 0
    finally:
        struck.kill()
        struck.wait()
        subprocess.run(["rm", "-rf", str(place)], check=True)


# One kernel for all, where somebody asked for it


def test_one_kernel_for_all_keeps_what_each_notebook_left_and_is_gone_with_the_run(
    tmp_path: Path, runtime: Path
) -> None:
    first = "import builtins, os\nkept = builtins.kept = 1\nopen('kernel', 'w').write(str(os.getpid()))"
    second = "assert kept == builtins.kept == 1\nassert os.getpid() == int(open('kernel').read())"
    with warm.kernels(tmp_path, {}, shared=True) as kernels:
        kernels.start_next()
        assert run(tmp_path, kernels, first, on_cell=lambda *_: kernels.start_next()).error_name is None
        assert run(tmp_path, kernels, second, on_cell=lambda *_: kernels.start_next()).error_name is None
        assert len(of_kernels(runtime)) == 1
    assert of_kernels(runtime) == []


def test_it_hides_before_each_cell_what_the_case_has_come_to_hide(tmp_path: Path, runtime: Path) -> None:
    canary, token = make_canary(), tmp_path / "token"
    token.write_text(canary)
    case = Case.create(tmp_path / "case", [SecretRef(f"file:{token}")])
    token.unlink()
    with warm.kernels(tmp_path, {in_kernel.VARIABLE: str(case.folder)}, shared=True) as kernels:
        assert run(tmp_path, kernels, "1").error_name is None
        token.write_text(canary)
        assert run(tmp_path, kernels, f"print(open({str(token)!r}).read())").error_name is None
    shown = (tmp_path / "out.ipynb").read_text()
    assert forms_in(shown, canary) == []
    assert "[redacted" in shown


def test_when_it_dies_between_two_notebooks_no_other_takes_its_place(tmp_path: Path, runtime: Path) -> None:
    with warm.kernels(tmp_path, {}, shared=True) as kernels:
        assert run(tmp_path, kernels, "import os\nopen('kernel', 'w').write(str(os.getpid()))").error_name is None
        dead = psutil.Process(int((tmp_path / "kernel").read_text()))
        dead.kill()
        psutil.wait_procs([dead], timeout=_PATIENCE_S)
        with pytest.raises(StepFailed, match="the notebooks share has died"):
            run(tmp_path, kernels, "1")
