"""The guarded kernel as a client without any guard of its own sees it: what leaves the process, and what it refuses to start without."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from irkit.case import Case, desk, in_kernel
from irkit.guard import extension, kernelspec
from irkit.guard.engine import run_notebook
from irkit.model import SecretRef
from irkit.show import live
from tests.guard.canary import forms_in, make_canary, notebook, redactor_of

_PATIENCE_S = 60


@contextmanager
def kernel(place: Path, **env: str) -> Iterator[Any]:
    """A client of a guarded kernel that redacts nothing itself."""
    kernelspec.write(place)
    specs = KernelSpecManager(kernel_dirs=[str(place / "kernels")], ensure_native_kernel=False)
    manager = KernelManager(kernel_name=kernelspec.NAME, kernel_spec_manager=specs)
    manager.start_kernel(env=os.environ | env)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=_PATIENCE_S)
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def said(client: Any, code: str) -> str:
    """Every message that one cell made, as JSON."""
    seen: list[Any] = []
    client.execute_interactive(code, output_hook=seen.append, timeout=_PATIENCE_S)
    return json.dumps([one["content"] for one in seen])


@pytest.fixture
def case(tmp_path: Path) -> tuple[Case, str]:
    canary = make_canary()
    (tmp_path / "token").write_text(canary)
    return Case.create(tmp_path / "case", [SecretRef(f"file:{tmp_path / 'token'}")]), canary


def test_the_case_it_works_on_is_hidden_before_the_first_cell(case: tuple[Case, str], tmp_path: Path) -> None:
    made, canary = case
    with kernel(tmp_path / "k", **{in_kernel.VARIABLE: str(made.folder)}) as client:
        shown = said(client, f"print(open({str(tmp_path / 'token')!r}).read())")
    assert forms_in(shown, canary) == []
    assert "[redacted" in shown


def test_a_case_that_cannot_be_opened_is_left_to_the_cell_that_opens_it(tmp_path: Path) -> None:
    with kernel(tmp_path / "k", **{in_kernel.VARIABLE: str(tmp_path / "nowhere")}) as client:
        assert "it runs" in said(client, "print('it runs')")
    assert not (tmp_path / "nowhere").exists()


def test_nobody_is_asked_for_a_secret_while_a_kernel_starts(
    case: tuple[Case, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = case
    asked: list[object] = []
    monkeypatch.setattr(desk, "resolve", asked.append)
    monkeypatch.setattr(in_kernel, "_ASKS", frozenset({"file"}))
    in_kernel.hide(made.folder)
    assert asked == []


def test_a_debugger_gets_nothing_and_writes_no_file(tmp_path: Path) -> None:
    with kernel(tmp_path / "k") as client:
        asked = client.session.msg(
            "debug_request", {"type": "request", "seq": 1, "command": "dumpCell", "arguments": {"code": "x = 1"}}
        )
        client.control_channel.send(asked)
        answer = client.get_control_msg(timeout=_PATIENCE_S)
    assert answer["content"] == {}
    assert list((tmp_path / "k" / "tmp").iterdir()) == []


def test_history_and_store_are_not_kept(tmp_path: Path) -> None:
    with kernel(tmp_path / "k") as client:
        assert "%store is off" in said(client, "x = 1\n%store x")
        assert "%logstart is off" in said(client, "%logstart log.py")
        assert "%pastebin is off" in said(client, "%pastebin 1")
    kept = [path.name for path in (tmp_path / "k" / "ipython").rglob("*") if path.is_file()]
    assert not {"history.sqlite", "x"} & set(kept)


@pytest.mark.parametrize("module", ["irkit.guard.extension", "irkit.case.in_kernel"])
def test_a_kernel_whose_guard_cannot_be_loaded_does_not_start(tmp_path: Path, module: str) -> None:
    source = notebook(tmp_path / "in.ipynb", "open('ran', 'w')")
    (tmp_path / "sitecustomize.py").write_text(
        f"import sys, types\nif 'ipykernel_launcher' in sys.orig_argv:\n    sys.modules[{module!r}] = types.ModuleType('broken')\n"
        f"    sys.modules[{module!r}].load_ipython_extension = lambda shell: 1 / 0\n"
    )
    ended = run_notebook(
        source,
        tmp_path / "out.ipynb",
        {},
        redactor_of("irkitCANARY-none"),
        cwd=tmp_path,
        env={"PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path.cwd())])},
    )
    assert ended.error_name == "DeadKernelError"
    assert not (tmp_path / "ran").exists()


def test_kernels_of_a_run_listen_on_no_port(tmp_path: Path) -> None:
    cell = "import json, ipykernel\nassert json.load(open(ipykernel.get_connection_file()))['transport'] == 'ipc'"
    source = notebook(tmp_path / "in.ipynb", cell)
    ended = run_notebook(source, tmp_path / "out.ipynb", {}, redactor_of("irkitCANARY-none"), cwd=tmp_path)
    assert ended.error_name is None, ended.error_text


def test_what_is_said_while_a_kernel_ends_goes_nowhere(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    canary = make_canary()
    cell = "import atexit, os\natexit.register(lambda: (os.write(1, T), os.write(2, T)))"
    source = notebook(tmp_path / "in.ipynb", f"T = {canary[:9]!r}.encode() + {canary[9:]!r}.encode()", cell)
    ended = run_notebook(source, tmp_path / "out.ipynb", {}, redactor_of(canary), cwd=tmp_path)
    assert ended.error_name is None, ended.error_text
    assert forms_in("".join(capfd.readouterr()), canary) == []


def test_kernels_have_sockets_also_where_temporary_files_lie_deep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 90)
    deep.mkdir()
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    assert not kernelspec.has_room_for_sockets(deep)
    with kernelspec.private_folder() as place:
        assert kernelspec.has_room_for_sockets(place)
        assert place.stat().st_mode & 0o077 == 0
    assert not place.exists()


def test_what_a_kernel_answers_while_a_cell_runs_does_not_cut_its_output_in_two(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    canary, said = make_canary(), []
    redactor = redactor_of(canary)
    monkeypatch.setattr(extension, "get_redactor", lambda: redactor)
    outlet = extension.Outlet(lambda _socket, kind, content, **_named: said.append((kind, content)))
    cell, other = {"header": {"msg_id": "cell"}}, {"header": {"msg_id": "kernel info, on the control channel"}}
    outlet(None, "stream", {"name": "stdout", "text": canary[:12]}, parent=cell)
    outlet(None, "status", {"execution_state": "idle"}, parent=other)
    outlet(None, "stream", {"name": "stdout", "text": canary[12:] + " and a beginning " + canary[:5]}, parent=cell)
    outlet(None, "status", {"execution_state": "idle"}, parent=cell)
    outlet(None, "stream", {"name": "stdout", "text": canary[:6]}, parent=cell)  # by a thread that outlives its cell
    outlet(None, "status", {"execution_state": "idle"}, parent=other)
    text = "".join(content["text"] for kind, content in said if kind == "stream")
    assert text == f"[redacted fp:canary] and a beginning {canary[:5]}{canary[:6]}"


def test_a_table_does_not_cut_a_secret_and_a_crash_leaves_no_memory_behind(
    case: tuple[Case, str], tmp_path: Path
) -> None:
    made, canary = case
    code = f"""
import pandas, resource
value = open({str(tmp_path / "token")!r}).read()
display(pandas.DataFrame({{"where": ["x" * 30 + value]}}))
print(pandas.DataFrame({{"where": ["x" * 30 + value]}}), resource.getrlimit(resource.RLIMIT_CORE)[0])
"""
    with kernel(tmp_path / "k", **{in_kernel.VARIABLE: str(made.folder)}) as client:
        shown = said(client, code)
    assert not any(canary[:length] in shown for length in (10, 15, 20))
    assert "[redacted" in shown
    assert " 0\\n" in shown


def test_a_table_to_sort_in_lab_carries_no_secret_into_the_page(case: tuple[Case, str], tmp_path: Path) -> None:
    """Through a view, which hides it as well, and in a widget made past it."""
    made, canary = case
    shows = f"""
from IPython.display import display
from irkit.show import Table, View, live
secret = open({str(tmp_path / "token")!r}).read()
rows = [(number, secret if number == 40 else "x") for number in range(50)]
display(View("t", (Table.of(("n", secret), rows, secret, 20),)))
display(live._widget(Table(("n", secret), rows, secret)), raw=True)
"""
    lab = {in_kernel.VARIABLE: str(made.folder), live.VARIABLE: "1"}
    with kernel(tmp_path / "k", **lab) as client:
        shown = said(client, shows)
    assert shown.count("application/vnd.jupyter.widget-view+json") == 2
    assert shown.count('"target_name": "jupyter.widget"') == 4, shown[:2000]  # each table, and its layout
    assert "redacted" in shown
    assert not forms_in(shown, canary)
