"""What people write survives every draft, is asked for by role, and is searched for secrets before anything leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from irkit.case import Case
from irkit.case.postmortem.drafting import keep
from irkit.case.postmortem.writeup import build
from irkit.errors import BadInput, WouldLeak
from irkit.model import Kind, SecretRef, parse_instant
from irkit.postmortem import to_html, to_json, to_markdown

VALUE = "ghp_" + "Fake" * 9


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setenv("LEAKED", VALUE)
    monkeypatch.setenv("IRKIT_RESPONDER", "dana")
    return Case.create(
        tmp_path / "case-1",
        [SecretRef("env:LEAKED")],
        aware_at=parse_instant("2026-05-04T08:46:00Z"),
    )


def put(desk: Case, name: str, text: str) -> None:
    (desk.folder / "postmortem" / name).write_text(text)


def said(desk: Case, form: str = "md") -> str:
    return {"md": to_markdown, "html": to_html, "json": to_json}[form](build(desk))


def test_files_are_made_once_and_what_people_wrote_is_never_overwritten(desk: Case) -> None:
    first = desk.draft().text()
    assert "factors.md" in first
    assert "incident lead" in first
    put(desk, "factors.md", "The token had no *expiry*.")
    (desk.folder / "postmortem" / "lessons.md").unlink()
    again = desk.draft().text()
    assert (desk.folder / "postmortem" / "factors.md").read_text() == "The token had no *expiry*."
    assert (desk.folder / "postmortem" / "lessons.md").exists()
    assert "Made now            1" in again or "Made now" in again


def test_what_is_written_stands_in_every_format_and_prompts_in_none(desk: Case) -> None:
    assert "To be written by the incident lead" in said(desk)
    desk.draft()
    put(desk, "factors.md", "<!-- what? -->\nThe token had no *expiry*.\n\n- it was read by `ci`")
    for form, shown in (
        ("md", "The token had no *expiry*."),
        ("html", "The token had no <em>expiry</em>."),
        ("json", "expiry"),
    ):
        text = said(desk, form)
        assert shown in text
        assert "what?" not in text
        assert "hindsight bias" not in text
    assert said(desk).count("The token had no") == 1


def test_front_matter_comes_from_its_file_first(desk: Case) -> None:
    desk.note("severity", "SEV-4")
    desk.draft()
    assert "15 business days after the case was opened" in said(desk)
    put(desk, "front.toml", 'severity = "SEV-1"\ntlp = "TLP:GREEN"\n[roles]\nincident_lead = "the night shift"\n')
    text = said(desk)
    assert "SEV-1" in text
    assert "5 business days after the case was opened" in text
    assert "TLP:GREEN" in text
    assert "To be written by the incident lead (the night shift)" in text


def test_action_items_are_decided_by_their_ids(desk: Case) -> None:
    name = desk.credentials[0].name
    desk.draft()
    put(desk, "front.toml", f'[actions."expiry:{name}"]\nowner = "platform"\ndue = 2026-06-30\nstatus = "accepted"\n'
        '[actions."gone:thing"]\nticket = "OPS-7"\n[[own_actions]]\nid = "train"\ntext = "Rehearse this once a quarter"\n')  # fmt: skip
    text = said(desk)
    for words in (
        "platform",
        "2026-06-30",
        "accepted",
        "OPS-7",
        "no rule proposes this any more",
        "Rehearse this once a quarter",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("text", "where"),
    [('severity = "SEV-1"\nseverty = "x"\n', "severty"), ("status = 'maybe'\n", "status"), ("= 3", "front.toml"),
     ("[actions.x]\ndue = 'soon'\n", "actions.x.due")],
)  # fmt: skip
def test_a_wrong_entry_of_the_front_matter_is_named(desk: Case, text: str, where: str) -> None:
    desk.draft()
    put(desk, "front.toml", text)
    with pytest.raises(BadInput, match=where):
        said(desk)


@pytest.mark.parametrize("name", ["lessons.md", "front.toml", "of-our-own.md"])
@pytest.mark.parametrize("value", [VALUE, "-----BEGIN PGP PRIVATE KEY BLOCK-----", "https://bob:hunter2hunter2@intranet.example/"],
                         ids=["the case's", "a private key", "an address"])  # fmt: skip
def test_a_secret_in_what_people_wrote_stops_the_export_and_its_line_is_named(
    desk: Case, name: str, value: str
) -> None:
    desk.draft()
    put(desk, name, f"# all\n\n# it was {value}\n")
    with pytest.raises(WouldLeak, match=rf"postmortem/{name}, line 3") as stopped:
        desk.export("md")
    assert value not in str(stopped.value)
    assert not (desk.folder / "postmortem.md").exists()


def test_words_about_secrets_are_no_secrets(desk: Case) -> None:
    desk.draft()
    put(
        desk,
        "lessons.md",
        "The password policy held. Commit 9f1c9f1c9f1c, ticket OPS-1123, bucket irkit-prod-eu-west-1-backups.",
    )
    assert "password policy" in said(desk)


def test_a_file_of_another_name_stands_under_notes_and_is_pointed_out(desk: Case) -> None:
    desk.draft()
    put(desk, "lesons.md", "We were lucky.")
    assert "lesons.md is no section's name" in desk.draft().text()
    assert "We were lucky." in said(desk)


def test_what_customers_will_not_read_is_shown_before_and_said_when_it_goes_out(desk: Case) -> None:
    desk.draft()
    assert "customers' edition replaces" not in desk.draft().text()
    put(desk, "customer.md", "<!-- what? -->\n\nIt ran on build-7.corp.\nSee https://status.example.com/12.")
    put(desk, "lessons.md", "build-8.corp may stay here")
    shown = " ".join(desk.draft().markdown().replace("\\", "").split())
    assert "customers' edition replaces" in shown
    assert "postmortem/customer.md:3 | build-7.corp | (an internal host)" in shown
    assert "build-8.corp" not in shown
    heard: list[str] = []
    path = desk.export("md", audience="customer", tell=heard.append)
    assert [one for one in heard if "once (an internal host)" in one and "irkit draft CASE" in one] == heard
    text = path.read_text().replace("\\", "")
    assert "It ran on (an internal host). See https://status.example.com/12" in " ".join(text.split())
    assert "| What customers are told | once (an internal host) |" in text
    heard.clear()
    desk.export("md", tell=heard.append)
    assert heard == []


def test_a_draft_is_told_from_the_last_one_section_by_section(desk: Case) -> None:
    assert "No draft has been exported yet" in desk.changes().text()
    keep(desk, build(desk))
    desk.write(Kind.EXPORTED, {"path": "postmortem.html", "sha256": "5e" * 32})
    assert "Nothing changed since the draft of 20" in desk.changes().text()
    desk.draft()
    put(desk, "factors.md", "The token had no expiry.")
    desk.milestone("classified-at", parse_instant("2026-05-04T12:00:00Z"), "by the security officer")
    told = desk.changes().text()
    assert "Contributing factors: 1 line came and 1 line went" in told
    assert "The token had no expiry." in told
    assert "Notifications: " in told
    assert "Impact" not in told


def test_a_milestone_of_another_name_lists_the_names(desk: Case) -> None:
    with pytest.raises(BadInput, match="classified_at, material_at"):
        desk.milestone("clasified-at", parse_instant("2026-05-04T12:00:00Z"))


def test_blame_is_pointed_out_by_file_and_line_and_stops_nothing(desk: Case) -> None:
    desk.draft()
    put(desk, "factors.md", "<!-- who should have\nseen it? -->\n\nDana pushed it.\nThe check failed to run.")
    told = " ".join(desk.draft().text().split())
    assert "postmortem/factors.md:4" in told
    assert "postmortem/factors.md:5" in told
    assert "factors.md:1" not in told
    assert said(desk)
