"""Out to CACAO 2.0 and back is the same playbook; of others' documents irkit takes what it can do, and says what it cannot.

The committee's own JSON schemas are not kept here; `docs/playbooks.md` says how the documents were checked against them.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any
from uuid import UUID

import nbformat
import pytest
from typer.testing import CliRunner

from irkit.cli.playbooks import app
from irkit.errors import BadInput, WouldLeak
from irkit.playbook import library_playbooks, read_playbook
from irkit.playbook.cacao import Imported, read_cacao, to_cacao
from irkit.playbook.check import check_playbook
from irkit.playbook.library import folder
from tests.guard.canary import notebook

FAKE = "ghp_" + "FAKE" * 9
ID = re.compile(r"[a-z][a-z0-9-]+[a-z0-9]--[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def taken(tmp_path: Path, document: dict[str, Any]) -> Imported:
    file = tmp_path / "document.json"
    file.write_text(json.dumps(document))
    return read_cacao(file)


@pytest.mark.parametrize("parallel", [False, True], ids=["in a row", "side by side"])
@pytest.mark.parametrize("path", library_playbooks(), ids=lambda one: one.stem)
def test_out_and_back_is_the_same_playbook(tmp_path: Path, path: Path, parallel: bool) -> None:
    book = read_playbook(path)
    document = to_cacao(book, path, parallel=parallel)
    assert document == to_cacao(book, path, parallel=parallel)
    came = taken(tmp_path, document)
    assert came.playbook == book
    assert came.notebooks == {}  # they are the library's own
    written = came.write(tmp_path / "there")
    assert read_playbook(written) == book
    assert check_playbook(written) == ()


def test_each_step_and_each_gate_is_an_action_and_a_failure_never_leads_on() -> None:
    path = folder("playbooks") / "token-and-key.yaml"
    document = to_cacao(read_playbook(path), path, parallel=True)
    workflow = document["workflow"]
    actions = {key: one for key, one in workflow.items() if one["type"] == "action"}
    assert [one["commands"][0]["type"] for one in actions.values()].count("manual") == 2
    assert [one["commands"][0]["type"] for one in actions.values()].count("jupyter") == 4
    gate = next(one for one in actions.values() if "revocation" in one["commands"][0].get("command", ""))
    revoke = workflow[gate["on_success"]]
    assert json.loads(base64.b64decode(revoke["commands"][0]["command_b64"]))["nbformat"] == 4
    assert "__approvals__" in revoke["in_args"]
    assert document["playbook_variables"]["__paths__"]["external"] is True
    assert "value" not in document["playbook_variables"]["__paths__"]
    for one in actions.values():
        assert workflow[one["on_failure"]]["type"] == "end"
        assert one["agent"] in document["agent_definitions"]
    (side,) = [one for one in workflow.values() if one["type"] == "parallel"]
    ends = []
    for branch in side["next_steps"]:
        while workflow[branch]["type"] != "end":
            branch = workflow[branch]["on_success"]
        ends.append(branch)
    assert len(set(ends)) == len(side["next_steps"]) == 2
    assert document["playbook_processing_summary"]["parallel_processing"] is True
    assert document["data_marking_definitions"][document["markings"][0]]["tlpv2_level"] == "TLP:CLEAR"
    for key, one in workflow.items():
        assert ID.fullmatch(key)
        assert key.startswith(f"{one['type']}--")
        assert UUID(key.partition("--")[2]).version == 4  # steps must be; a playbook may be of version 5
    assert UUID(document["id"].partition("--")[2]).version == 5
    uuids = [
        key.partition("--")[2]
        for part in ("workflow", "agent_definitions", "data_marking_definitions")
        for key in document[part]
    ]
    assert len(set(uuids)) == len(uuids)


def test_times_are_given_and_never_taken_from_a_clock(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\ntitle: Mine\nsteps:\n  - {id: tell, manual: call}\n")
    book = read_playbook(path)
    with pytest.raises(BadInput, match="--created"):
        to_cacao(book, path)
    document = to_cacao(book, path, created="2026-03-01T12:00:00+02:00", modified="2026-03-02T00:00:00.123456Z")
    assert (document["created"], document["modified"]) == ("2026-03-01T10:00:00.000Z", "2026-03-02T00:00:00.123Z")
    assert document["playbook_processing_summary"]["manual_playbook"] is True
    with pytest.raises(BadInput, match="identity"):
        to_cacao(book, path, created="2026-03-01T12:00:00Z", by="me")


# A team's own notebook


@pytest.fixture
def own(tmp_path: Path) -> Path:
    notebook(tmp_path / "intake.ipynb", "1 + 1", parameters='case: str = "."\nwho: str = ""  # asks')
    path = tmp_path / "mine.yaml"
    path.write_text(
        "name: mine\ntitle: Mine\ncreated: '2026-03-01T12:00:00Z'\nparameters: {who: {help: who asks}}\n"
        "steps:\n  - {id: ask, notebook: intake, parameters: {who: '{who}'}}\n"
    )
    return path


def test_an_own_notebook_travels_in_it_without_its_outputs(tmp_path: Path, own: Path) -> None:
    ran = nbformat.read(tmp_path / "intake.ipynb", 4)
    ran.cells[-1].outputs = [nbformat.v4.new_output("stream", text="said before")]
    ran.cells[-1].execution_count = 3
    nbformat.write(ran, tmp_path / "intake.ipynb")
    document = to_cacao(read_playbook(own), own)
    assert "said before" not in base64.b64decode(next(iter(_commands(document)))["command_b64"]).decode()
    came = taken(tmp_path, document)
    assert list(came.notebooks) == ["intake"]
    assert came.playbook.steps == read_playbook(own).steps
    came.write(tmp_path / "there")
    with pytest.raises(BadInput, match="overwritten"):
        came.write(tmp_path / "there")
    assert check_playbook(tmp_path / "there" / "mine.yaml") == ()


def test_a_secret_in_a_notebook_goes_neither_way(tmp_path: Path, own: Path) -> None:
    document = to_cacao(read_playbook(own), own)
    notebook(tmp_path / "intake.ipynb", f'x = "{FAKE}"', parameters='case: str = "."\nwho: str = ""')
    code = base64.b64encode((tmp_path / "intake.ipynb").read_bytes()).decode()
    next(iter(_commands(document)))["command_b64"] = code
    with pytest.raises(WouldLeak) as out:
        to_cacao(read_playbook(own), own)
    with pytest.raises(WouldLeak) as back:
        taken(tmp_path, document)
    assert FAKE not in str(out.value) + str(back.value)


def test_a_changed_notebook_does_not_take_the_name_of_the_librarys(tmp_path: Path) -> None:
    path = folder("playbooks") / "api-token.yaml"
    document = to_cacao(read_playbook(path), path)
    for command in _commands(document):
        if command["type"] == "jupyter":
            changed = base64.b64decode(command["command_b64"]).replace(b"Case.open(case)", b"Case.open(case) ")
            command["command_b64"] = base64.b64encode(changed).decode()
    came = taken(tmp_path, document)
    assert sorted(came.notebooks) == ["exposure-notebook", "postmortem-notebook", "revoke-notebook"]
    assert any("02_revoke in it is not irkit's own" in note for note in came.notes)


def _commands(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [command for step in document["workflow"].values() for command in step.get("commands", ())]


# Documents by others: without irkit's extension


def _id(kind: str, number: int) -> str:
    return f"{kind}--00000000-0000-4000-8000-{number:012d}"


def foreign(tmp_path: Path) -> dict[str, Any]:
    notebook(tmp_path / "theirs.ipynb", "2 + 2", parameters='case: str = "."\nhost: str = ""')
    code = base64.b64encode((tmp_path / "theirs.ipynb").read_bytes()).decode()
    first, second, end = _id("action", 2), _id("action", 3), _id("end", 4)
    return {
        "type": "playbook",
        "spec_version": "cacao-2.0",
        "id": _id("playbook", 0),
        "name": "Look at a host",
        "created_by": _id("identity", 9),
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-02T00:00:00.000Z",
        "playbook_variables": {"__host__": {"type": "string", "description": "which", "external": True}},
        "workflow_start": _id("start", 1),
        "workflow": {
            _id("start", 1): {"type": "start", "on_completion": first},
            first: {
                "type": "action", "name": "Call the owner!", "agent": _id("individual", 7), "on_completion": second,
                "commands": [{"type": "manual", "command_b64": base64.b64encode(b"ring them up").decode()}],
            },
            second: {
                "type": "action", "name": "Look", "agent": _id("linux", 8), "on_completion": end,
                "commands": [{"type": "jupyter", "command_b64": code}],
            },
            end: {"type": "end"},
        },
    }  # fmt: skip


def test_what_others_wrote_is_taken_over(tmp_path: Path) -> None:
    came = taken(tmp_path, foreign(tmp_path) | {"signatures": [{"type": "jss"}]})
    book = came.playbook
    assert (book.name, book.tlp, list(book.parameters)) == ("look-at-a-host", "TLP:AMBER", ["host"])
    assert book.parameters["host"].required
    ask, look = book.steps
    assert (ask.id, ask.manual, ask.needs) == ("call-the-owner", "ring them up", ())
    assert (look.id, look.notebook, look.needs, look.parameters) == (
        "look",
        "look-notebook",
        ("call-the-owner",),
        {"host": "{host}"},
    )
    assert any("1 signatures, which irkit does not verify" in note for note in came.notes)
    assert any("it stops here" in note for note in came.notes)
    written = came.write(tmp_path / "there")
    assert written.read_text().startswith("# Taken over from a CACAO playbook")
    assert check_playbook(written) == ()


def _command(kind: str) -> Callable[[dict[str, Any]], None]:
    return lambda one: one["workflow"][_id("action", 3)].update(commands=[{"type": kind, "command": "id"}])


REFUSED: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "ssh": (_command("ssh"), r"command of type ssh \(Look"),
    "http": (_command("http-api"), "command of type http-api"),
    "bash": (_command("bash"), "command of type bash"),
    "if": (lambda one: one["workflow"][_id("action", 3)].update(type="if-condition"), "of type if-condition.*conditions"),
    "while": (lambda one: one["workflow"][_id("action", 3)].update(type="while-condition"), "of type while-condition"),
    "another playbook": (lambda one: one["workflow"][_id("action", 3)].update(type="playbook-action"), "of type playbook-action"),
    "delay": (lambda one: one["workflow"][_id("action", 3)].update(delay=5), "waits before it starts"),
    "loop": (lambda one: one["workflow"][_id("action", 3)].update(on_completion=_id("action", 2)), "loop"),
    "nowhere": (lambda one: one["workflow"][_id("action", 3)].update(on_completion=_id("action", 99)), "not there"),
    "no next": (lambda one: one["workflow"][_id("action", 3)].pop("on_completion"), "leads nowhere"),
    "elsewhere": (lambda one: one["workflow"][_id("action", 3)].update(on_failure=_id("action", 2)), "elsewhere when it fails"),
    "exception": (lambda one: one.update(workflow_exception=_id("action", 2)), "when anything fails"),
    "no notebook": (
        lambda one: one["workflow"][_id("action", 3)]["commands"][0].update(command_b64=base64.b64encode(b"{}").decode()),
        "no notebook of format 4",
    ),
    "no base64": (lambda one: one["workflow"][_id("action", 3)]["commands"][0].update(command_b64="%%"), "not base64"),
    "nothing said": (lambda one: one["workflow"][_id("action", 2)].update(commands=[{"type": "manual"}]), "does not say what"),
    "no command": (lambda one: one["workflow"][_id("action", 2)].update(commands=[]), "has no command"),
    "version 1": (lambda one: one.update(spec_version="cacao-1.0"), "no CACAO 2.0 playbook"),
    "no start": (lambda one: one.update(workflow_start=_id("action", 2)), "is no start"),
    "empty": (lambda one: one["workflow"][_id("start", 1)].update(on_completion=_id("end", 4)), "does nothing"),
    "a gate alone": (
        lambda one: one["workflow"][_id("action", 2)].update(
            step_extensions={_extension(): {"role": "gate", "step_id": "elsewhere"}}
        ),
        "approval that nothing follows",
    ),
}  # fmt: skip


def _extension() -> str:
    path = folder("playbooks") / "api-token.yaml"
    return next(iter(to_cacao(read_playbook(path), path)["extension_definitions"]))


@pytest.mark.parametrize("what", REFUSED)
def test_what_irkit_does_not_do_is_refused_with_the_step(tmp_path: Path, what: str) -> None:
    change, said = REFUSED[what]
    document = deepcopy(foreign(tmp_path))
    change(document)
    with pytest.raises(BadInput, match=said):
        taken(tmp_path, document)


@pytest.mark.parametrize("text", ["", "[]", "null", '{"type": "playbook"}', "[" * 100_000])
def test_what_is_no_document_is_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(BadInput):
        read_cacao(tmp_path / "x.json")


def test_by_the_command_line(tmp_path: Path) -> None:
    out = tmp_path / "document.json"
    assert (
        CliRunner().invoke(app, ["export", "publishing-token", "--format", "cacao", "--out", str(out)]).exit_code == 0
    )
    done = CliRunner().invoke(app, ["import", str(out), "--into", str(tmp_path / "there")])
    assert done.exit_code == 0
    assert "Read its notebooks before you run it" in done.stderr
    assert CliRunner().invoke(app, ["check", str(tmp_path / "there" / "publishing-token.yaml")]).exit_code == 0
    assert json.loads(CliRunner().invoke(app, ["export", "publishing-token"]).stdout) == json.loads(out.read_text())
