"""Everything that is wrong with a playbook is told in one go, each with its line, before there is a case."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import nbformat
import pytest
import yaml
from typer.testing import CliRunner

from irkit.cli.playbooks import app
from irkit.errors import BadInput
from irkit.playbook import library_playbooks, published, read_playbook
from irkit.playbook.check import check_playbook
from irkit.playbook.library import folder
from tests.guard.canary import notebook

FAKE = "ghp_" + "FAKE" * 9
ROOT = Path(__file__).parent.parent.parent
GOOD = """\
name: mine
title: A good one
parameters:
  paths: {type: "list[path]", required: true, help: "what to search"}
  people: {type: int, default: 2, help: "who approve"}
steps:
  - id: look
    notebook: 01_exposure
    parameters: {paths: "{paths}"}
  - id: act
    notebook: 02_revoke
    needs: [look]
    irreversible: true
    gate: two people sign
    parameters: {approvals_required: "{people}"}
  - id: tell
    needs: [act]
    manual: tell the customer
"""


def flaws(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    return [str(flaw).removeprefix(f"{path}:") for flaw in check_playbook(path)]


def test_a_good_one_has_no_flaw(tmp_path: Path) -> None:
    assert flaws(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    "path", [*library_playbooks(), folder("playbooks") / "shared" / "leak.yaml"], ids=lambda one: one.stem
)
def test_each_of_the_library_has_none_and_says_what_it_answers_to(path: Path) -> None:
    assert check_playbook(path) == ()
    book = read_playbook(path)
    assert all(step.csf for step in book.steps)
    assert (path.parent / path.read_text().splitlines()[0].partition("$schema=")[2]).resolve() == (
        ROOT / "docs/schemas/playbook.schema.json"
    )
    if path.parent.name != "shared":
        assert book.when
        assert book.name == path.stem


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("title: A good one", "title: A good one\ncolour: red"), ["3: colour: there is no such word here"]),
        (("title: A good one", "title: [A"), ["3: the whole: "]),
        (("notebook: 01_exposure", "notebook: 01_exposur"), ["8: steps.0.notebook: there is no such notebook"]),
        (("notebook: 01_exposure", "notebook: 01_exposure\n    manual: and this"), ["7: steps.0: step 'look' names both"]),
        (('paths: "{paths}"', 'pathz: "{paths}"'), ["9: steps.0.parameters.pathz: 01_exposure.ipynb has no parameter pathz"]),
        (('paths: "{paths}"', 'paths: "{paths}", workers: many'), ["9: steps.0.parameters.workers: parameter workers must be int"]),
        (('paths: "{paths}"', 'paths: "{paths}", workers: "{paths}"'), ["takes int, and {paths} is list[path]"]),
        (('paths: "{paths}"', 'paths: "{pathz}"'), ["4: parameters.paths: no step takes it", "refers to {pathz}, which is not among"]),
        (("default: 2", "default: two"), ["5: parameters.people.default: it must be int"]),
        (("default: 2", "default: 0"), ["15: steps.1.parameters.approvals_required: step 'act' cannot be undone, and nobody"]),
        (("    gate: two people sign\n", ""), ["10: steps.1: step 'act' cannot be undone: say in `gate`"]),
        (("    irreversible: true\n", ""), ["10: steps.1: step 'act' carries out a plan: say `irreversible: true`"]),
        (("needs: [look]", "needs: [lok]"), ["needs 'lok', which does not come before it: no step", "can never run"]),
        (("notebook: 01_exposure", "notebook: 01_exposure\n    needs: [act]"), ["9: steps.0.needs: step 'look' needs 'act'", "a circle"]),
        (("needs: [act]", "needs: [tell]"), ["17: steps.2.needs: step 'tell' needs 'tell', which is the step itself"]),
        (("id: tell", "id: act"), ["16: steps.2.id: step 'act' is there twice"]),
        (("gate: two", "csf: [RS.XX.1]\n    attack: ['1552']\n    gate: two"), ["14: steps.1.csf.0: ", "15: steps.1.attack.0: "]),
        (("gate: two", "gate: one\n    gate: two"), ["15: steps.1.gate: it is there twice"]),
        (("tell the customer", f"tell the customer {FAKE}"), ["18: steps.2.manual: this must not be in a playbook"]),
        (("title: A good one", f"title: A good one\n{FAKE}: x"), ["a word here must not be in a playbook"]),
    ],
)  # fmt: skip
def test_each_flaw_is_told_with_its_line(tmp_path: Path, change: tuple[str, str], told: list[str]) -> None:
    found = flaws(tmp_path, GOOD.replace(*change, 1))
    for text in told:
        assert any(text in one for one in found), found
    assert FAKE not in "\n".join(found)


def test_several_in_one_run_and_the_exit_code(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(
        GOOD.replace("id: tell", "id: act").replace("default: 2", "default: two").replace("needs: [look]", "needs: [b]")
    )
    done = CliRunner().invoke(app, ["check", str(bad), "api-token"])
    assert done.exit_code == 2
    assert [line.split(":")[2] for line in done.stderr.splitlines()] == ["5", "12", "16"]
    told = json.loads(CliRunner().invoke(app, ["check", str(bad), "--format", "json"]).stdout)
    assert [(flaw["line"], flaw["leaks"]) for flaw in told["flaws"]] == [(5, False), (12, False), (16, False)]
    bad.write_text(GOOD.replace("who approve", f"who approve {FAKE}"))
    done = CliRunner().invoke(app, ["check", str(bad), "--format", "json"])
    assert done.exit_code == 4
    assert FAKE not in done.output
    assert CliRunner().invoke(app, ["check", "api-token"]).exit_code == 0


@pytest.mark.parametrize(
    "text", ["", "just text", "[]", "steps: {}", "steps: [1, {id: 3}]\nparameters: [a]", "a: &a [*a]", "a: 2026-99-99"]
)
def test_what_is_no_playbook_is_told_and_never_a_defect(tmp_path: Path, text: str) -> None:
    assert flaws(tmp_path, text)


def test_an_own_notebook_outside_of_its_folder_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "books").mkdir()
    notebook(tmp_path / "own.ipynb", "1", parameters='case: str = "."')
    (tmp_path / "books" / "linked.ipynb").symlink_to(tmp_path / "own.ipynb")
    for name in ("../own", "linked", str(tmp_path / "own")):
        text = GOOD.replace("manual: tell the customer", f"notebook: {name}")
        assert "lies outside of the playbook's folder" in flaws(tmp_path / "books", text)[0]
        assert flaws(tmp_path / "books", text + "    outside: true\n") == []


# The schema, as editors have it


def test_the_published_schema_is_up_to_date() -> None:
    kept = json.loads((ROOT / "docs/schemas/playbook.schema.json").read_text())
    assert kept == published.schema(), "irkit playbook schema > docs/schemas/playbook.schema.json"
    assert json.loads(CliRunner().invoke(app, ["schema"]).stdout) == kept


def test_the_schema_takes_what_irkit_takes() -> None:
    schema = published.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    takes = jsonschema.Draft202012Validator(schema)
    for path in (*library_playbooks(), folder("playbooks") / "shared" / "leak.yaml"):
        takes.validate(yaml.safe_load(path.read_text()))
    good = yaml.safe_load(GOOD)
    takes.validate(good)
    for bad in (
        good | {"colour": "red"},
        good | {"steps": []},
        good | {"steps": [{"id": "one"}]},
        good | {"parameters": {"a": {}}},
        {name: value for name, value in good.items() if name != "steps"},
    ):
        assert list(takes.iter_errors(bad))
    for every in (schema["properties"], *(one["properties"] for one in schema["$defs"].values())):
        assert all(one.get("description") for name, one in every.items())


# One on top of another


def test_a_playbook_starts_from_another(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "extends: api-token\nname: mine\ntitle: Mine\n"
        "parameters: {approvals: {default: 3}}\n"
        "steps:\n  - {id: revoke, needs: [], parameters: {paths: null}}\n  - {id: tell, manual: call, needs: [revoke]}\n"
    )
    with pytest.raises(BadInput, match="extends another itself"):
        read_playbook(path)
    path.write_text(path.read_text().replace("extends: api-token", "extends: shared/leak"))
    book = read_playbook(path)
    assert [step.id for step in book.steps] == ["revoke", "tell"]
    assert sorted(book.parameters) == ["approvals", "approvals_valid_h", "names"]
    assert book.parameters["approvals"].default == 3
    assert book.parameters["approvals"].help == "how many people must approve each plan"
    assert "paths" not in book.steps[0].parameters
    assert book.steps[0].irreversible
    assert check_playbook(path) == ()


@pytest.mark.parametrize("name", ["nowhere", "../x", "/etc/x", "mine", "[a]"])
def test_what_it_extends_must_be_there_and_near(tmp_path: Path, name: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"extends: {name}\n{GOOD}")
    with pytest.raises(BadInput, match="extends"):
        read_playbook(path)
    assert [flaw.where for flaw in check_playbook(path)] == ["extends"]


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda one: one.stem)
def test_our_own_notebooks_are_what_nbformat_asks_for(path: Path) -> None:
    made = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(made)
    names = [cell["id"] for cell in made.cells]
    assert len(set(names)) == len(names), "cells are known by their ids"
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in made.cells)
