"""Vouching as a form: each person signs once and only what was shown, from here or elsewhere; without JupyterLab it is a page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from irkit.errors import BadInput
from irkit.model import Kind
from irkit.show import View, live
from tests.case.on_screen import on_screen, says
from tests.case.signing import Incident, incident
from tests.owners import Owner


@pytest.fixture
def made(
    tmp_path: Path, make_owner: Callable[..., Owner], make_gpg_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> Incident:
    """A statement that Alice and Bob may vouch for; both must."""
    made = incident(tmp_path, make_owner, make_gpg_home())
    made.carry_out(approvals_required=2)
    made.case.statement()
    monkeypatch.setenv("GNUPGHOME", str(made.people[0].home))
    return made


def voices(made: Incident) -> list[str]:
    return [str(one.body["fingerprint"]) for one in made.case.journal.records(Kind.VOUCHED)]


def signature_by(person: Owner, path: Path, text: str) -> Path:
    path.write_text(text)
    person.gpg("--armor", "--detach-sign", str(path))
    return path.with_name(f"{path.name}.asc")


def test_before_there_is_a_statement_nobody_can_vouch(
    tmp_path: Path, make_owner: Callable[..., Owner], make_gpg_home: Callable[[], Path]
) -> None:
    with pytest.raises(BadInput, match="no transition statement yet"):
        incident(tmp_path, make_owner, make_gpg_home()).case.vouching()


def test_unattended_it_is_a_page_with_the_text_and_the_commands(
    made: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(live.VARIABLE, raising=False)
    page = made.case.vouching()
    assert isinstance(page, View)
    told = page.text()
    assert "0 of 2" in told
    assert "Transition to a new signing key" in told
    commands = " ".join(page.markdown().replace("\\", "").split())
    for person in made.people:
        assert f"irkit vouch {made.case.folder} --key {person.key.primary}" in commands
    assert "the form in notebook 3, or irkit vouch CASE" in made.case.status().markdown()


def test_a_person_vouches_once_and_the_record_is_the_command_lines(made: Incident, lab: list[Any]) -> None:
    alice, bob = made.people
    form = on_screen(made.case.vouching())
    form.button.click()
    assert f"Signed with the key {alice.key.primary}. 1 more must sign it." in says(form)
    form.button.click()
    assert "already" in says(form)
    form.inputs["home"].value = str(bob.home)
    form.button.click()
    assert "That is enough: it can be published." in says(form)
    assert voices(made) == [alice.key.primary, bob.key.primary]
    assert "2 of 2" in [what for what, how in lab if how.get("display_id")][-1]["text/plain"]
    by_form = made.case.journal.records(Kind.VOUCHED)[0].body
    made.case.vouch(alice.key.primary, home=alice.home)
    by_command = made.case.journal.records(Kind.VOUCHED)[-1].body
    assert dict(by_form) | {"signature": ""} == dict(by_command) | {"signature": ""}
    made.case.verify()


def test_no_passphrase_is_taken_and_another_digest_signs_nothing(made: Incident, lab: list[Any]) -> None:
    form = on_screen(made.case.vouching())
    form.inputs["passphrase"].value = "correct horse battery"
    assert form.inputs["passphrase"].value == ""
    assert "correct" not in says(form)
    form.inputs["digest"].value = "0" * 64
    form.button.click()
    assert "nothing was signed" in says(form)
    assert voices(made) == []
    form.inputs["digest"].value = made.case.journal.records(Kind.STATED)[-1].body["evidence"]
    form.button.click()
    assert voices(made) == [made.people[0].key.primary]


def test_a_home_without_a_persons_key_offers_nobody(
    made: Incident,
    lab: list[Any],
    make_owner: Callable[..., Owner],
) -> None:
    form = on_screen(made.case.vouching(make_owner("Eve <eve@example.test>").home))
    assert [value for _, value in form.inputs["signer"].options] == [""]
    form.button.click()
    assert "nobody is chosen" in says(form)


def test_a_signature_from_elsewhere_is_taken_once(made: Incident, lab: list[Any], tmp_path: Path) -> None:
    text = (made.case.folder / "transition" / "statement.txt").read_text()
    form = on_screen(made.case.vouching(), 1)
    form.button.click()
    assert "nothing was said" in says(form)
    bob = made.people[1]
    form.inputs["file"].value = str(signature_by(bob, tmp_path / "statement.txt", text))
    form.button.click()
    assert f"The signature of the key {bob.key.primary} was taken" in says(form)
    form.button.click()
    assert "taken before" in says(form)
    assert voices(made) == [bob.key.primary]


def test_a_signature_over_another_text_by_a_stranger_or_by_nobody_is_not_taken(
    made: Incident,
    lab: list[Any],
    tmp_path: Path,
    make_owner: Callable[..., Owner],
) -> None:
    text = (made.case.folder / "transition" / "statement.txt").read_text()
    (tmp_path / "text").write_text("no signature\n")
    form = on_screen(made.case.vouching(), 1)
    for path in (
        signature_by(made.people[0], tmp_path / "other.txt", "another text\n"),
        signature_by(make_owner("Eve <eve@example.test>"), tmp_path / "statement.txt", text),
        tmp_path / "text",
    ):
        form.inputs["file"].value = str(path)
        form.button.click()
        assert "no good signature over the statement" in says(form)
    form.inputs["file"].value = str(tmp_path / "nowhere.asc")
    form.button.click()
    assert "cannot be read" in says(form)
    assert voices(made) == []


def test_a_form_of_a_statement_that_says_something_else_by_now_signs_nothing(
    made: Incident,
    lab: list[Any],
) -> None:
    page = made.case.vouching()
    seen = {"place": "hkp://example.test", "old": "revoked", "new": "present", "why": "", "published": "yes"}
    made.case.write(Kind.PUBLISHED, seen)
    made.case.statement()
    for number in (0, 1):
        form = on_screen(page, number)
        if number:
            form.inputs["file"].value = "statement.txt.asc"
        form.button.click()
        assert "says something else by now" in says(form)
    assert voices(made) == []


def test_who_has_left_vouches_for_nothing_any_more_and_is_not_waited_for(made: Incident, lab: list[Any]) -> None:
    alice, bob = made.people
    made.case.vouch(bob.key.primary, home=bob.home)
    for name in ("Alice", "Bob"):
        made.case.left(name, datetime.now(UTC), "their last day")
    form = on_screen(made.case.vouching())
    assert [value for _, value in form.inputs["signer"].options] == [""]
    with pytest.raises(BadInput, match=r"would not count.*they have left"):
        made.case.vouch(alice.key.primary, home=alice.home)
    assert voices(made) == [bob.key.primary]
    assert "1 of 2 people, whose signatures verify" in made.case.verify().text()
    assert "nobody whom this case knows" in made.case.status().markdown()
