"""A playbook is checked to the last word before anything runs."""

from pathlib import Path

import pytest

from irkit.case import Case
from irkit.errors import BadInput, WouldLeak
from irkit.model import Kind, SecretRef
from irkit.playbook import prepare
from irkit.playbook.library import find_notebook, find_playbook, folder
from irkit.playbook.reading import read_playbook
from irkit.playbook.schema import bind, filled, for_case
from tests.guard.canary import notebook

GOOD = """
name: test
title: A test
parameters:
  paths: {type: "list[path]", required: true, help: "what to search"}
  count: {type: int, default: 2, help: "how many"}
steps:
  - id: one
    notebook: 01_exposure
    parameters: {paths: "{paths}", fixed: "as is {not a name}"}
  - id: two
    notebook: 02_revoke
    needs: [one]
    parameters: {approvals_required: "{count}"}
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "test.yaml"
    path.write_text(text)
    return path


def test_parameters_reach_the_steps_with_their_types(tmp_path):
    book = read_playbook(written(tmp_path, GOOD))
    values = bind(book, {"paths": "a,/b"})
    assert filled(book.steps[0], values, Path("/c")) == {
        "paths": [str(Path("a").absolute()), "/b"],
        "fixed": "as is {not a name}",
        "case": "/c",
    }
    assert filled(book.steps[1], values, Path("/c")) == {"approvals_required": 2, "case": "/c"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("notebook: 02_revoke", "notebok: 02_revoke"), "steps.1"),
        (("id: two", "id: one"), "there twice"),
        (("needs: [one]", "needs: [three]"), "does not come before"),
        (('"{count}"', '"{cuont}"'), "not among the parameters"),
        (("type: int", "type: number"), "parameters.count.type"),
        (("steps:", "stepps:"), "stepps"),
        (("title: A test", "title: [A"), "not YAML"),
        (("title: A test", "title: !!python/object/apply:os.system [id]"), "not YAML"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path, change, said):
    with pytest.raises(BadInput, match=said):
        read_playbook(written(tmp_path, GOOD.replace(*change)))


@pytest.mark.parametrize("content", ["", "just text", "[]", "\x00"])
def test_what_is_no_playbook_at_all_is_a_sentence(tmp_path, content):
    with pytest.raises(BadInput):
        read_playbook(written(tmp_path, content))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "needs a parameter"),
        ({"paths": "a", "pathz": "b"}, "no such parameter"),
        ({"paths": "a", "count": "two"}, "must be int"),
    ],
)
def test_wrong_parameters_are_refused(tmp_path, given, said):
    with pytest.raises(BadInput, match=said):
        bind(read_playbook(written(tmp_path, GOOD)), given)


def test_every_playbook_of_the_library_reads_and_finds_its_notebooks():
    books = sorted(folder("playbooks").glob("*.yaml"))
    assert books
    for path in books:
        assert find_playbook(path.stem) == path
        for step in read_playbook(path).steps:
            assert step.manual or find_notebook(step.notebook, path.parent).is_file()


def test_an_unknown_playbook_names_the_known_ones():
    with pytest.raises(BadInput, match="token-and-key"):
        find_playbook("tokn")


FAKE = "ghp_" + "FAKE" * 9


@pytest.mark.parametrize(
    ("change", "given"),
    [
        (("default: 2", f'default: "{FAKE}"'), {}),
        (("as is {not a name}", f"see https://{FAKE}@git.example"), {}),
        (("", ""), {"paths": f"a,{FAKE}"}),
        (("", ""), {"paths": "a,irkitCANARY-0123456789"}),
    ],
    ids=["a default", "a value of a step", "a given parameter", "a credential of the case"],
)
def test_a_secret_in_it_is_refused_before_anything_runs(tmp_path, monkeypatch, change, given):
    monkeypatch.setenv("IRKIT_TEST_TOKEN", "irkitCANARY-0123456789")
    case = Case.create(tmp_path / "case", [SecretRef("env:IRKIT_TEST_TOKEN")])
    with pytest.raises(WouldLeak, match="env:NAME") as refusal:
        prepare(written(tmp_path, GOOD.replace(*change)), case, {"paths": "a"} | given)
    assert FAKE not in str(refusal.value)
    assert "CANARY" not in str(refusal.value)


@pytest.mark.parametrize("where", ["title: ", "description: ", "a: {help: "])
def test_nor_does_it_stand_in_what_a_playbook_says_to_people(tmp_path, monkeypatch, where):
    monkeypatch.setenv("IRKIT_TEST_TOKEN", "irkitCANARY-0123456789")
    case = Case.create(tmp_path / "case", [SecretRef("env:IRKIT_TEST_TOKEN")])
    text = f"description: x\n{GOOD}".replace("parameters:\n", "parameters:\n  a: {help: what}\n", 1)
    with pytest.raises(WouldLeak, match="env:NAME") as refusal:
        prepare(written(tmp_path, text.replace(where, f"{where}{FAKE} ", 1)), case, {"paths": "a"})
    assert FAKE not in str(refusal.value)


def test_a_secret_in_a_default_of_any_notebook_stops_the_playbook_before_its_first_step(tmp_path, monkeypatch):
    monkeypatch.setenv("IRKIT_TEST_TOKEN", "irkitCANARY-0123456789")
    case = Case.create(tmp_path / "case", [SecretRef("env:IRKIT_TEST_TOKEN")])
    notebook(tmp_path / "own.ipynb", "1", parameters=f'case = ""\nx = "{FAKE}"')
    book = written(tmp_path, GOOD.replace(', fixed: "as is {not a name}"', "") + "  - {id: last, notebook: own}\n")
    with pytest.raises(WouldLeak, match="env:NAME") as refusal:
        prepare(book, case, {"paths": "a"})
    assert FAKE not in str(refusal.value)
    assert [record.kind for record in case.journal.records()] == [Kind.CASE_OPENED]


STOLEN = {
    "tokens alone": (("token", "token"), ["stop", "exposure", "revoke", "rebuild", "postmortem"], ""),
    "a signing key as well": (
        ("token", "openpgp"),
        ["stop", "exposure", "revoke", "resign", "rebuild", "postmortem"],
        "old_home",
    ),
    "a signing key alone": (("openpgp",), ["stop", "exposure", "resign", "rebuild", "postmortem"], "old_home"),
}


@pytest.mark.parametrize("case", STOLEN)
def test_of_a_stolen_ci_every_kind_of_secret_has_its_step_and_asks_only_for_what_that_takes(case: str) -> None:
    kinds, steps, missing = STOLEN[case]
    book = read_playbook(find_playbook("ci-secrets"))
    chosen = for_case(book, kinds)
    assert [one.id for one in chosen] == steps
    given = {"paths": "a", "names": "K=N"}
    if not missing:
        bind(book, given, chosen)
        return
    with pytest.raises(BadInput, match=missing):
        bind(book, given, chosen)
    bind(book, {"paths": "a", "old_home": "o", "new_home": "n", "user_id": "A <a@example.org>", "names": "K=N"}, chosen)
