"""Which playbook it was: the digest of its file and of what it extends, as sha256sum tells them, in the journal and in the appendix."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from irkit import playbook as books
from irkit.case import Case
from irkit.errors import Waiting
from irkit.model import Kind, Record, SecretRef
from irkit.playbook.library import folder, library_playbooks
from irkit.playbook.reading import files
from tests.postmortem import story
from tests.postmortem.test_document import said, write

BASE = "name: base\ntitle: Base\nexport: []\nsteps:\n  - {id: call, title: Call, manual: Call them.}\n"
OWN = "extends: base\nname: own\ntitle: Own\nsteps:\n  - {id: call}\n"


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setenv("FAKE_TOKEN", "what-ran_FAKE_FAKE_FAKE_0123456789")
    return Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")])


def started(case: Case, path: Path) -> Record:
    """The record of the step that it stopped at."""
    book, ready = books.prepare(path, case, {})
    with pytest.raises(Waiting):
        books.run(book, ready, case)
    return case.journal.records(Kind.STEP_STARTED)[-1]


def sha256sum(path: Path) -> str:
    return subprocess.run(["sha256sum", str(path)], capture_output=True, text=True, check=True).stdout.split()[0]


def test_a_change_in_either_file_is_another_digest_that_sha256sum_tells(tmp_path: Path, case: Case) -> None:
    own, base = tmp_path / "own.yaml", tmp_path / "base.yaml"
    own.write_text(OWN)
    base.write_text(BASE)
    before = started(case, own).body
    assert before["playbook_sha256"] == sha256sum(own)
    assert before["extends"] == [{"name": "base", "sha256": sha256sum(base)}]
    base.write_text(f"# another word\n{BASE}")
    after = started(case, own).body
    assert after["playbook_sha256"] == before["playbook_sha256"]
    assert after["extends"] == [{"name": "base", "sha256": sha256sum(base)}] != before["extends"]
    case.verify()


def test_one_that_extends_nothing_has_its_own_digest_alone(tmp_path: Path, case: Case) -> None:
    (tmp_path / "base.yaml").write_text(BASE)
    body = started(case, tmp_path / "base.yaml").body
    assert body["playbook_sha256"] == sha256sum(tmp_path / "base.yaml")
    assert body["extends"] == []


@pytest.mark.parametrize("path", library_playbooks(), ids=lambda path: path.stem)
def test_what_the_librarys_playbooks_stand_on_is_found(path: Path) -> None:
    own, *under = files(path)
    assert own == (path.stem, path)
    assert under in ([], [("shared/leak", folder("playbooks") / "shared" / "leak.yaml")])
    assert bool(under) is ("\nextends:" in f"\n{path.read_text()}")


def test_the_appendix_of_an_older_case_names_the_one_digest_it_has() -> None:
    journal = story.opened(story.TOKEN)
    body = {"playbook": "api-token", "step": "exposure", "notebook": "01_exposure", "playbook_sha256": "7c" * 32}
    journal.add(1, Kind.STEP_STARTED, body)
    told = said(write(journal), "appendix")
    assert "7c" * 32 in told
    assert "extends" not in told
