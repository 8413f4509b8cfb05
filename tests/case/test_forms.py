"""Approvals and hand tasks as forms: nothing secret is taken or repeated, pressing twice does nothing twice, no form without JupyterLab."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from irkit import openpgp
from irkit.case import Case, elsewhere
from irkit.case.forms import approvals, by_hand, typed, widgets
from irkit.case.forms.signing import in_home
from irkit.case.forms.widgets import in_lab
from irkit.errors import BadInput, WouldLeak
from irkit.guard.notebook import WIDGET, without_widgets
from irkit.model import Kind, SecretRef
from irkit.plan import HumanTask
from irkit.redact import Redactor
from irkit.show import View, live
from tests.case.on_screen import on_screen, says
from tests.owners import Owner

TOKEN = "unknown-service_FAKE_FAKE_FAKE_0123456789"


@pytest.fixture
def case(make_owner: Callable[..., Owner], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    """Alice may approve; one approval is enough. Its token can be revoked by hand alone."""
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    alice = make_owner("Alice <alice@example.test>")
    monkeypatch.setenv("GNUPGHOME", str(alice.home))
    (tmp_path / "alice.asc").write_text(openpgp.export_public(alice.home, alice.key.primary))
    made = Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")], approvers=[tmp_path / "alice.asc"])
    made.plan_revocation()
    return made


# What may be typed

REFERENCES = {
    "": None,
    "  ": None,
    "env:PHRASE": SecretRef("env:PHRASE"),
    " file:/run/phrase ": SecretRef("file:/run/phrase"),
    "keyring:irkit/alice": SecretRef("keyring:irkit/alice"),
}


@pytest.mark.parametrize(("text", "ref"), REFERENCES.items(), ids=["empty", "blank", "env", "file", "keyring"])
def test_a_passphrase_is_given_by_reference_or_not_at_all(text: str, ref: SecretRef | None) -> None:
    assert typed.reference(text, Redactor(())) == ref


@pytest.mark.parametrize(
    "text",
    [
        "correct horse battery",
        "hunter2",
        "prompt:phrase",
        "fd:3",
        "id:hunter2",
        "gpg:AB12",
        "minted:x",
        "vault:x",
        "keyring:x",
    ],
)
def test_anything_else_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(BadInput, match="field is empty again") as refused:
        typed.reference(text, Redactor(()))
    assert text not in str(refused.value)
    assert refused.value.__context__ is None


@pytest.mark.parametrize("text", [TOKEN, "password=hunter2hunter2", "-----BEGIN PGP PRIVATE KEY BLOCK-----"])
def test_a_sentence_with_a_secret_in_it_is_refused_and_not_repeated(case: Case, text: str) -> None:
    with pytest.raises(WouldLeak, match="field is empty again") as refused:
        typed.said("what was done", f"I took {text} out", case.redactor)
    assert text not in str(refused.value)


def test_a_digest_is_compared_when_one_is_given(case: Case) -> None:
    plan = case.plan("revoke")
    for right in ("", " ", plan.digest, plan.digest.upper().replace("SHA256", "sha256"), plan.digest[7:19]):
        typed.same_digest("the plan", plan.name, plan.digest, right)
    for wrong in (plan.digest[:-1] + "x", plan.digest[7:12], "0" * 64):
        with pytest.raises(BadInput, match="nothing was signed"):
            typed.same_digest("the plan", plan.name, plan.digest, wrong)


# Where there is no JupyterLab


def test_unattended_it_is_a_page_with_the_commands(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(live.VARIABLE, raising=False)
    assert not in_lab()
    page, tasks = case.approvals("revoke"), case.by_hand()
    assert isinstance(page, View)
    assert isinstance(tasks, View)
    (alice,) = case.approvers.values()
    plan = case.plan("revoke")
    assert f"irkit approve {case.folder} {plan.name} --key {alice.fingerprint}" in " ".join(
        page.markdown().replace("\\", "").split()
    )
    assert "0 of 1" in page.text()
    (task,) = [one for one in plan.actions if isinstance(one.do, HumanTask)][:1]
    assert f"irkit done {case.folder} {task.id}" in tasks.markdown().replace("\\", "")


def test_there_must_be_a_plan_to_approve(case: Case) -> None:
    with pytest.raises(BadInput, match="no such plan"):
        case.approvals("resign")


# In JupyterLab


def test_a_person_approves_once_however_often_the_button_is_pressed(case: Case, lab: list[Any]) -> None:
    form = on_screen(approvals(case, case.plan("revoke")))
    assert [label for label, _ in form.inputs["signer"].options] == [
        f"Alice <alice@example.test> {form.inputs['signer'].value[-16:]}"
    ]
    form.button.click()
    assert "Approved with the key" in says(form)
    assert "That is enough" in says(form)
    form.button.click()
    assert "already" in says(form)
    assert len(case.journal.records(Kind.APPROVAL)) == 1
    updated = [what for what, how in lab if how.get("display_id")][-1]
    assert "1 of 1" in updated["text/plain"]


def test_a_passphrase_typed_by_mistake_is_gone_and_nothing_is_signed(case: Case, lab: list[Any]) -> None:
    form = on_screen(approvals(case, case.plan("revoke")))
    form.inputs["passphrase"].value = "correct horse battery"
    assert form.inputs["passphrase"].value == ""
    assert "field is empty again" in says(form)
    form.inputs["digest"].value = "0" * 64
    form.button.click()
    assert "nothing was signed" in says(form)
    assert "correct" not in says(form)
    assert not case.journal.records(Kind.APPROVAL)


def test_a_home_without_an_approvers_key_offers_nobody(
    case: Case, lab: list[Any], make_gpg_home: Callable[[], Path]
) -> None:
    form = on_screen(approvals(case, case.plan("revoke")))
    for home in (str(make_gpg_home()), "/nowhere"):
        form.inputs["home"].value = home
        assert [value for _, value in form.inputs["signer"].options] == [""]
        form.button.click()
        assert "nobody is chosen" in says(form)
    assert in_home(case.approvers.values(), Path("/nowhere")) == []


def test_an_approval_made_elsewhere_is_taken_once(case: Case, lab: list[Any], tmp_path: Path) -> None:
    plan = case.plan("revoke")
    elsewhere.save_request(case, plan, tmp_path / "plan.json")
    (alice,) = case.approvers
    elsewhere.sign_request(tmp_path / "plan.json", tmp_path / "signed.json", alice, Path(os.environ["GNUPGHOME"]), None)
    form = on_screen(approvals(case, plan), 1)
    form.button.click()
    assert "nothing was said" in says(form)
    form.inputs["file"].value = str(tmp_path / "plan.json")
    form.button.click()
    assert "Not done" in says(form)
    form.inputs["file"].value = str(tmp_path / "signed.json")
    form.button.click()
    assert "The approval was taken" in says(form)
    form.button.click()
    assert "taken before" in says(form)
    assert len(case.journal.records(Kind.APPROVAL)) == 1


def test_a_form_of_a_plan_that_is_no_longer_the_latest_signs_nothing(case: Case, lab: list[Any]) -> None:
    form = on_screen(approvals(case, case.plan("revoke")))
    case.plan_revocation(approvals_valid_h=2)
    form.button.click()
    assert "no longer the latest" in says(form)
    assert not case.journal.records(Kind.APPROVAL)


def test_a_hand_task_is_said_to_be_done_once_and_in_words(case: Case, lab: list[Any]) -> None:
    form = on_screen(by_hand(case))
    form.button.click()
    assert "nothing was said" in says(form)
    form.inputs["text"].value = f"I removed {TOKEN}"
    assert form.inputs["text"].value == ""
    assert TOKEN not in says(form)
    form.inputs["text"].value = "removed <b>in</b> the console"
    form.button.click()
    assert "removed &lt;b&gt;in&lt;/b&gt; the console" in says(form)
    form.button.click()
    assert "said before" in says(form)
    (record,) = case.journal.records(Kind.HUMAN_DONE)
    assert record.body["text"] == "removed <b>in</b> the console"


def test_an_error_of_another_kind_is_told_by_its_kind_alone(
    case: Case, lab: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError(TOKEN)

    form = on_screen(by_hand(case))
    monkeypatch.setattr("irkit.case.plans.hand_done", broken)
    form.inputs["text"].value = "done"
    form.button.click()
    assert "ValueError" in says(form)
    assert TOKEN not in says(form)


def test_a_saved_notebook_keeps_the_page_and_a_sentence_in_the_forms_place(case: Case, lab: list[Any]) -> None:
    on_screen(approvals(case, case.plan("revoke")))
    (bundle,) = [what for what, how in lab if WIDGET in what]
    output = {"output_type": "display_data", "data": bundle, "metadata": {}}
    state = {"widgets": {"state": {"1": {"value": "typed"}}}, "kernelspec": {"name": "irkit"}}
    saved = without_widgets({"metadata": state, "cells": [{"cell_type": "code", "outputs": [output]}]})
    assert WIDGET in bundle
    assert saved["cells"][0]["outputs"][0]["data"] == {"text/plain": widgets.LEFT}
    assert saved["metadata"] == {"kernelspec": {"name": "irkit"}}
