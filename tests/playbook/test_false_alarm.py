"""A false alarm is closed by a person, for facts, and nothing is revoked by it: one real run, from the alert to the note."""

from __future__ import annotations

import json
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from irkit import playbook as books
from irkit.case import Case
from irkit.drill.provider import FakeProvider
from irkit.drill.provider.state import ProviderState, Token
from irkit.errors import BadInput, Waiting
from irkit.model import Kind, SecretRef
from irkit.providers.github import checksum

BODY = "FAKE" * 7 + "00"
SAMPLE = f"ghp_{BODY}{checksum(BODY)}"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    place = tmp_path / "docs"
    place.mkdir()
    (place / "README.md").write_text(f"curl -H 'Authorization: Bearer {SAMPLE}' https://api.example\n")
    git = ["git", "-C", str(place), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "how to call it"], check=True)
    return place


def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> Case:
    monkeypatch.setenv("FAKE_TOKEN", SAMPLE)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    settings = {"responder": "carol", "providers": {"github": {"base": url}}}
    return Case.create(
        tmp_path / "case", [SecretRef("env:FAKE_TOKEN")], title="A token in the manual", settings=settings
    )


def test_from_the_alert_to_the_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repository: Path) -> None:
    mail = tmp_path / "support.txt"
    mail.write_text("GitHub support: this token was never issued.\n")
    with FakeProvider(ProviderState()) as provider:
        case = opened(tmp_path, monkeypatch, provider.url)
        book, ready = books.prepare(books.find_playbook("false-alarm"), case, {"paths": str(repository)})
        with pytest.raises(Waiting, match="never used is not known"):
            books.run(book, ready, case)
        with pytest.raises(BadInput, match=r"whether never used is not known.*--despite"):
            case.close("false alarm", "a sample in the manual")
        with pytest.raises(BadInput, match="--evidence"):
            case.close("false alarm", "a sample", said=["never issued"])
        with pytest.raises(BadInput, match="never issued"):
            case.close("false alarm", "a sample", said=["never mind"])
        assert case.journal.records(Kind.CLOSED) == ()
        despite = "GitHub keeps no log of a token that it does not know"
        case.close("false alarm", "a sample in the manual", said=["never issued"], evidence=[mail], despite=despite)
        ran = []
        book, ready = books.prepare(books.find_playbook("false-alarm"), case, {"paths": str(repository)})
        books.run(book, ready, case, say=ran.append)
        assert provider.mutations() in (0, [], ())
    assert "done before" in ran[0]
    records = case.journal.records()
    assert not {Kind.PLAN, Kind.INTENT, Kind.OUTCOME} & {one.kind for one in records}
    (closed,) = case.journal.records(Kind.CLOSED)
    assert {one["fact"]: one["answer"] for one in closed.body["facts"]} == {
        "refused by its issuer": True, "never used": None, "visibly fake": True, "searched for everywhere named": True,
        "never issued": True,
    }  # fmt: skip
    assert case.evidence.document(closed.body["evidence"][0])["text"] == mail.read_text()
    case.verify()
    note = json.loads(case.export("json").read_text())
    assert [one["key"] for one in note["sections"]][:5] == ["summary", "front", "credentials", "checked", "open"]
    text = case.export("md").read_text()
    assert "carol closed the case" in text
    assert despite in text
    assert "What was checked" in text
    assert SAMPLE not in text


def test_one_that_its_issuer_lets_in_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeProvider(
        ProviderState(tokens={sha256(SAMPLE.encode()).hexdigest(): Token("octo", 1, "repo")})
    ) as provider:
        case = opened(tmp_path, monkeypatch, provider.url)
        with pytest.raises(Waiting, match="its issuer let it in"):
            case.closing("false alarm")
        with pytest.raises(BadInput, match="its issuer let it in"):
            case.close("false alarm", "I would like it to be", despite="I do not mind")
        with pytest.raises(BadInput, match="known: false alarm, contained"):
            case.close("whatever", "so")
        with pytest.raises(BadInput, match="nobody has proved it dead"):
            case.close("contained", "so")
    assert case.journal.records(Kind.CLOSED) == ()
    assert "open" in case.closing().text()
