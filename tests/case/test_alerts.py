"""From a report to a case: the value goes into a reference, the alert into the journal, and nothing of the value anywhere else."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from irkit.case import Case
from irkit.model import Kind
from tests.sources.alerts.reports import (
    KEY_ID,
    OTHER,
    TOKEN,
    ggshield,
    github,
    gitlab,
    gitleaks,
    kingfisher,
    lines,
    private_key,
    sarif,
    trufflehog,
    trufflehog2,
    webhook,
)
from tests.test_cli import irkit


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


def report(desk: Path, content: object, name: str = "report.json") -> Path:
    path = desk / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def vault(desk: Path) -> list[str]:
    """What is in the files of the vault, in order of name."""
    return [path.read_text() for path in sorted((desk / "state").rglob("*")) if path.is_file()]


def test_one_alert_makes_a_case_and_the_value_is_nowhere_in_it(desk):
    report(desk, github())
    done = irkit("new", "case", "--from", "report.json", cwd=desk)
    assert done.returncode == 0, done.stderr
    assert "still holds the value: report.json" in done.stdout
    assert "documented sample" in done.stdout
    assert vault(desk) == [TOKEN]
    case = Case.open(desk / "case")
    (credential,) = case.credentials
    assert (credential.provider, credential.ref.scheme) == ("github", "file")
    assert case.redactor.finds(TOKEN.encode())
    everything = b"".join(path.read_bytes() for path in (desk / "case").rglob("*") if path.is_file())
    assert TOKEN.encode() not in everything
    assert TOKEN not in done.stdout + done.stderr
    case.gate(case.folder)
    case.verify()


EVERY_FORMAT = {
    "SARIF": sarif("gitleaks", TOKEN),
    "gitleaks": [gitleaks()],
    "TruffleHog 3": lines(trufflehog()),
    "truffleHog 2": lines(trufflehog2()),
    "Kingfisher": lines(kingfisher()),
    "ggshield": ggshield(),
    "GitHub, a list": [github()],
    "GitLab": gitlab(),
    "pasted": f"deploy.sh:2: {TOKEN}\n",
}


@pytest.mark.parametrize("name", EVERY_FORMAT)
def test_the_value_of_every_format_goes_into_a_reference_and_stands_nowhere_in_the_case(name, desk):
    report(desk, EVERY_FORMAT[name])
    done = irkit("new", "case", "--from", "report.json", cwd=desk)
    assert done.returncode == 0, done.stderr
    assert vault(desk) == [TOKEN]
    assert not [path for path in (desk / "case").rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]
    assert TOKEN not in done.stdout + done.stderr


def test_the_host_s_record_of_the_alert_bounds_the_opening_and_a_file_s_own_time_does_not(desk):
    report(desk, github(), "host.json")
    report(desk, lines(kingfisher(), {"audit": {"started_at": "2026-02-01T08:00:00+00:00"}}), "local.jsonl")
    opened = {}
    for name in ("host.json", "local.jsonl"):
        assert irkit("new", name[:4], "--from", name, cwd=desk).returncode == 0
        case = Case.open(desk / name[:4])
        case.window()
        opened[name] = case.journal.records(Kind.WINDOW)[-1].body["window"]["opened"]
        assert "alert" in case.postmortem().text().lower()
    assert opened["host.json"]["latest"]["at"] == "2026-03-01T08:00:00Z"
    assert opened["local.jsonl"]["latest"] is None
    assert "moves no bound" in str(opened["local.jsonl"]["why"])


def test_several_findings_of_one_value_are_one_credential_with_several_places(desk):
    report(desk, [gitleaks(), gitleaks(file="old/deploy.sh"), gitleaks(Commit="0" * 39 + "1")])
    assert irkit("new", "case", "--from", "report.json", cwd=desk).returncode == 0
    case = Case.open(desk / "case")
    assert len(case.credentials) == len(vault(desk)) == 1
    (record,) = case.journal.records(Kind.ALERTED)
    assert [place["path"] for place in record.body["alert"]["places"]] == ["deploy.sh", "old/deploy.sh", "deploy.sh"]


@pytest.mark.parametrize("front", ["", "deploy.pem:{}:", "+", "> "])
def test_a_pasted_private_key_goes_whole_into_a_reference_and_is_found_where_it_stands(front, desk):
    key = private_key()
    numbered = enumerate(key.splitlines(), 1)
    report(
        desk, "we found this:\n" + "".join(f"{front.format(number)}{line}\n" for number, line in numbered), "paste.txt"
    )
    (desk / "searched").mkdir()
    (desk / "searched" / "deploy.pem").write_text(key)
    done = irkit("new", "case", "--from", "paste.txt", cwd=desk)
    assert done.returncode == 0, done.stderr
    assert [value.strip() for value in vault(desk)] == [key.strip()]
    case = Case.open(desk / "case")
    case.locate(desk / "searched")
    assert case.journal.records(Kind.LOCATED)[-1].body["occurrences"] == 1
    body = key.splitlines()[1].encode()
    assert not [path for path in case.folder.rglob("*") if path.is_file() and body in path.read_bytes()]
    assert body.decode() not in done.stdout + done.stderr


PICKS = {
    "the first": (("--pick", "1"), [TOKEN]),
    "the second": (("--pick", "2"), [OTHER]),
    "one twice is one": (("--pick", "2", "--pick", "2"), [OTHER]),
    "all": (("--pick", "all"), [TOKEN, OTHER]),
}


@pytest.mark.parametrize("name", PICKS)
def test_a_person_picks(name, desk):
    typed, values = PICKS[name]
    report(desk, lines(trufflehog(), trufflehog(OTHER), trufflehog()))
    done = irkit("new", "case", "--from", "report.json", *typed, cwd=desk)
    assert done.returncode == 0, done.stderr
    assert vault(desk) == values
    assert done.stdout.count("Github") == len(values)  # only what was picked is shown, one row each


def test_what_was_pasted_into_a_pipe_stands_nowhere_afterwards(desk):
    piped = subprocess.run(
        [sys.executable, "-m", "irkit", "new", "case", "--from", "/dev/stdin"],
        input=f"deploy.sh:2: {TOKEN}\n",
        cwd=desk,
        capture_output=True,
        text=True,
        check=True,
    )
    assert vault(desk) == [TOKEN]
    assert "still holds" not in piped.stdout


def test_an_identifier_without_its_secret_is_public_and_nothing_is_put_away(desk):
    report(desk, [gitleaks(KEY_ID, RuleID="aws-access-token")])
    assert irkit("new", "case", "--from", "report.json", cwd=desk).returncode == 0
    assert [str(one.ref) for one in Case.open(desk / "case").credentials] == [f"id:{KEY_ID}"]
    assert not (desk / "state").exists()


def test_a_value_the_report_hides_is_given_by_reference(desk):
    report(desk, webhook())
    done = irkit("new", "case", "--from", "report.json", "--credential", "env:FAKE_TOKEN", cwd=desk, FAKE_TOKEN=TOKEN)
    assert done.returncode == 0, done.stderr
    assert "still holds the value" not in done.stdout
    case = Case.open(desk / "case")
    (record,) = case.journal.records(Kind.ALERTED)
    assert record.body["credential"] == case.credentials[0].name
    assert record.body["instant"]["trust"] == "independent"


def baseline(value: str) -> dict[str, object]:
    """What detect-secrets writes: a hash, no value."""
    digest = hashlib.sha1(value.encode(), usedforsecurity=False).hexdigest()
    found = {"type": "GitHub Token", "filename": "gone.sh", "hashed_secret": digest, "is_verified": False}
    results = {"gone.sh": [found | {"line_number": 2}]}
    return {"version": "1.5.0", "plugins_used": [], "results": results, "generated_at": "2026-03-01T08:00:00Z"}


@pytest.mark.parametrize(("value", "code"), [(TOKEN, 0), (OTHER, 2)])
def test_a_hash_in_the_report_refutes_another_credential(value, code, desk):
    report(desk, baseline(TOKEN))
    typed = ("new", "case", "--from", "report.json", "--credential", "env:FAKE_TOKEN")
    done = irkit(*typed, cwd=desk, FAKE_TOKEN=value)
    assert done.returncode == code, done.stderr
    assert ("its hash is another" in done.stderr) is (code == 2)


REFUSED = {
    # what is in the report, what is typed beside, what the sentence says
    "several and no pick": ([gitleaks(), gitleaks(OTHER)], (), "--pick"),
    "a pick out of range": ([gitleaks(), gitleaks(OTHER)], ("--pick", "3"), "1 to 2"),
    "a pick that is no number": ([gitleaks(), gitleaks(OTHER)], ("--pick", "x"), "no such finding"),
    "hidden": ([gitleaks("REDACTED")], (), "--credential file:PATH"),
    "a webhook": (webhook(), (), "--credential file:PATH"),
    "only a hash": (baseline(TOKEN), (), "only its hash"),
    "two hidden, one given": (
        [gitleaks("REDACTED")] * 2,
        ("--pick", "all", "--credential", "env:HOME"),
        "without its value",
    ),
    "nothing in it": ([], (), "names no credential"),
    "a page": (f"<html>{TOKEN}</html>", (), "a web page"),
    "cut off": (json.dumps([gitleaks()])[:-5], (), "not whole JSON"),
    "another tool's": ({"value": TOKEN}, (), "does not know this report"),
    "another store": ([gitleaks()], ("--store", "vault:x"), "no store"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_acted_on_is_one_sentence_and_nothing_is_left(name, desk):
    content, typed, says = REFUSED[name]
    report(desk, content)
    done = irkit("new", "case", "--from", "report.json", *typed, cwd=desk)
    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert TOKEN not in done.stdout + done.stderr
    assert not (desk / "case").exists()
    assert not (desk / "state").exists() or vault(desk) == []


def test_a_case_that_does_not_come_about_leaves_no_value_behind(desk):
    report(desk, [gitleaks()])
    (desk / "case").mkdir()
    (desk / "case" / "in-use").touch()
    done = irkit("new", "case", "--from", "report.json", cwd=desk)
    assert (done.returncode, vault(desk)) == (2, [])


def test_values_are_not_kept_inside_the_case(desk):
    report(desk, [gitleaks()])
    done = irkit("new", "case", "--from", "report.json", cwd=desk, XDG_STATE_HOME=str(desk / "case"))
    assert (done.returncode, "inside the case" in done.stderr) == (2, True)


@pytest.mark.parametrize("typed", [("--pick", "1"), ("--store", "keyring:x")])
def test_picking_without_a_report_is_refused(typed, desk):
    done = irkit("new", "case", "--credential", "env:FAKE_TOKEN", *typed, cwd=desk, FAKE_TOKEN=TOKEN)
    assert (done.returncode, "--from" in done.stderr) == (2, True)
