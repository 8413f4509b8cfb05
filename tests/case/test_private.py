"""All of a case is its owner's alone, whatever the umask; and what is handed out begins as its maker's alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from irkit.case import Case, elsewhere
from irkit.case.seal import seal
from irkit.errors import BadInput, WouldLeak
from irkit.model import Kind, SecretRef
from tests.case.signing import Incident, incident
from tests.owners import Owner

TOKEN = "unknown-service_FAKE_FAKE_FAKE_0123456789"


@pytest.fixture(params=[0o000, 0o077], ids=["no umask", "strict umask"])
def _mask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def wrong(folder: Path) -> list[str]:
    found = [(path, 0o700 if path.is_dir() else 0o600) for path in (folder, *folder.rglob("*"))]
    return [str(path.relative_to(folder)) for path, mode in found if path.lstat().st_mode & 0o7777 != mode]


@pytest.mark.usefixtures("_mask")
def test_everything_that_a_signing_case_writes(
    tmp_path: Path, make_owner: Callable[..., Owner], make_gpg_home: Callable[[], Path]
) -> None:
    made = incident(tmp_path, make_owner, make_gpg_home())
    (made.release / "late.tar").chmod(0o4777)  # as it came from the server
    made.carry_out(approvals_required=2)
    made.case.statement()
    for person in made.people:
        made.case.vouch(person.key.primary, home=person.home)
    made.case.export("md")
    seal(made.case, made.people[0].key.primary, made.people[0].home)
    assert {"quarantine", "transition", "evidence", "seals", "postmortem.md", "lock"} <= {
        path.name for path in made.case.folder.iterdir()
    }
    assert list((made.case.folder / "quarantine").rglob("*.why"))
    assert wrong(made.case.folder) == []
    assert "Other users" not in made.case.verify().text()


@pytest.mark.usefixtures("_mask")
def test_what_is_handed_out(case: Case, tmp_path: Path) -> None:
    case.plan_revocation()
    elsewhere.save_request(case, case.plan("revoke"), tmp_path / "plan.json")
    made = case.export("html", tmp_path / "postmortem.html")
    assert {path.stat().st_mode & 0o7777 for path in (tmp_path / "plan.json", made)} == {0o600}


def test_verify_names_what_others_may_use(case: Case) -> None:
    (case.folder / "evidence" / "kept by hand").mkdir(mode=0o755)
    (case.folder / "case.toml").chmod(0o640)
    said = " ".join(case.verify().text().split())
    assert "case.toml, and 1 more" in said or "kept by hand, and 1 more" in said


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    return Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")])


def test_no_plan_leaves_with_a_secret_in_it(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case.plan_revocation()
    # A colleague without the credential planned: their irkit could not hide it.
    monkeypatch.delenv("FAKE_TOKEN")
    blind = Case.open(case.folder)
    record = blind.journal.records(Kind.PLAN)[-1]
    body = {**record.body, "plan": {**record.body["plan"], "reasons": [f"it was found as {TOKEN}"]}}
    blind.journal.append(Kind.PLAN, body, "carol")
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    again = Case.open(case.folder)
    with pytest.raises(WouldLeak) as refused:
        elsewhere.save_request(again, again.plan("revoke"), tmp_path / "plan.json")
    assert "plan.json" in str(refused.value)
    assert TOKEN not in str(refused.value)
    assert not [path for path in tmp_path.iterdir() if "plan.json" in path.name]


def test_no_statement_is_signed_with_a_secret_in_it(
    tmp_path: Path, make_owner: Callable[..., Owner], make_gpg_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: Incident = incident(tmp_path, make_owner, make_gpg_home())
    made.carry_out(approvals_required=2)
    token = "irkitCANARY-0123456789-0123456789"
    monkeypatch.setattr("irkit.case.resigning.statement._why", lambda _source: f"it was seen as {token}")
    monkeypatch.setenv("ANOTHER", token)
    from irkit.needles import token_needles
    from irkit.redact import Hidden, Redactor

    made.case.__dict__["redactor"] = made.case.redactor | Redactor([Hidden("fp:x", token_needles(token.encode()))])
    with pytest.raises(WouldLeak, match=r"statement\.(txt|json|html)"):
        made.case.statement()
    assert not made.case.journal.records(Kind.STATED)
    assert not list((made.case.folder / "transition").glob("statement*"))


def test_a_document_takes_the_place_of_files_only(case: Case, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(BadInput, match="Name a file"):
        case.export("md", pipe)
    assert pipe.is_fifo()
