"""Who signed the postmortem, over which draft: for irkit, and for a third person with gpg alone."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import pytest

from irkit.case import Case
from irkit.case.approvals import read_certificate
from irkit.case.signing_report import sign
from irkit.errors import BadInput, StepFailed
from irkit.model import Kind, SecretRef
from irkit.openpgp import approvals, generate
from irkit.openpgp.keys import export_public
from irkit.openpgp.runner import throwaway_home

TOKEN = "unknown-service_FAKE_FAKE_FAKE_0123456789"
DOCUMENT = Path(__file__).parents[2] / "docs" / "verify-by-hand.md"


@dataclass(frozen=True)
class World:
    folder: Path
    home: Path
    alice: str
    bob: str
    robot: str
    mallory: str


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A case with its postmortem exported, two people, an automation, and somebody who is none of its people."""
    folder = tmp_path_factory.mktemp("signing")
    with throwaway_home() as home, pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAKE_TOKEN", TOKEN)
        names = (
            "Alice <alice@example.test>",
            "Bob <bob@example.test>",
            "Releases (CI) <ci@example.test>",
            "Mallory <m@example.test>",
        )
        keys = [generate(home, name).primary for name in names]
        for key in keys:
            (folder / f"{key}.asc").write_text(export_public(home, key))
        case = Case.create(
            folder / "case", [SecretRef("env:FAKE_TOKEN")], approvers=[folder / f"{key}.asc" for key in keys[:3]]
        )
        case.export()
        case.journal.close()
        yield World(folder, home, *keys)


@pytest.fixture
def case(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    shutil.copytree(world.folder / "case", tmp_path / "case")
    return Case.open(tmp_path / "case")


def told(case: Case, what: str) -> str:
    """The row of the answer that begins so, with the lines it goes on in."""
    lines = case.verify().text().splitlines()
    (start,) = [number for number, line in enumerate(lines) if line.startswith(what)]
    return " ".join(
        " ".join([lines[start], *takewhile(lambda line: line.startswith("  "), lines[start + 1 :])]).split()
    )


def test_two_people_sign_one_document_and_gpg_says_so(case: Case, world: World) -> None:
    sign(case, world.alice, home=world.home)
    sign(case, world.bob, home=world.home)
    row = told(case, "Signatures of postmortem.html")
    assert "Alice" in row
    assert "Bob" in row
    asked = ["gpg", "--homedir", world.home, "--batch", "--status-fd", "1", "--verify"]
    files = [case.folder / "postmortem.html.asc", case.folder / "postmortem.html"]
    said = subprocess.run([*asked, *files], capture_output=True, text=True, check=False).stdout
    assert re.findall(r"VALIDSIG .* ([0-9A-F]{40})$", said, re.MULTILINE) == [world.alice, world.bob]
    with files[1].open("a") as page:
        page.write(" ")
    assert "GOODSIG" not in subprocess.run([*asked, *files], capture_output=True, text=True, check=False).stdout


def test_the_commands_of_the_document_find_them(case: Case, world: World, tmp_path: Path) -> None:
    sign(case, world.alice, home=world.home)
    sign(case, world.bob, home=world.home)
    section = DOCUMENT.read_text().partition("## The signed postmortem")[2].partition("\n## ")[0]
    commands = "set -eu\n" + "\n".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL))
    shutil.copytree(case.folder, tmp_path / "handed" / "copy")
    for key, expected in ((world.alice, 0), (world.bob, 0), (world.mallory, 1)):
        environment = {"PATH": "/usr/bin:/bin", "PERSON": str(world.folder / f"{key}.asc"), "KEY": key}
        ran = subprocess.run(
            ["bash", "-c", commands],
            cwd=tmp_path / "handed" / "copy",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == expected, ran.stderr


def test_a_signature_made_elsewhere_is_taken_when_it_holds(case: Case, world: World) -> None:
    content = (case.folder / "postmortem.html").read_bytes()
    sign(case, world.alice, signature=approvals.sign(world.home, world.alice, content))
    assert "Alice" in told(case, "Signatures of")
    for wrong in (
        approvals.sign(world.home, world.alice, b"another"),
        approvals.sign(world.home, world.bob, content),
        "no signature",
    ):
        with pytest.raises(BadInput, match="not one over the document"):
            sign(case, world.alice, signature=wrong)


def test_a_draft_made_again_is_signed_by_nobody_and_the_signed_one_is_kept(case: Case, world: World) -> None:
    sign(case, world.alice, home=world.home)
    signed = (case.folder / "postmortem.html").read_bytes()
    case.export()
    assert not (case.folder / "postmortem.html.asc").exists()
    assert "nobody has signed this draft" in told(case, "Signatures of postmortem.html")
    assert "was made again since" in told(case, "Signed draft")
    (record,) = case.journal.records(Kind.SIGNED)
    assert case.evidence.get(record.body["evidence"]) == signed
    assert "Signatures over reports written before this one" in (case.folder / "postmortem.html").read_text()
    sign(case, world.bob, home=world.home)
    assert "Alice" not in told(case, "Signatures of postmortem.html")


@pytest.mark.parametrize(
    ("who", "why"), [("robot", "an automation's"), ("mallory", "its people: Alice"), ("nobody", "its people: Alice")]
)
def test_only_a_person_of_the_case_signs(case: Case, world: World, who: str, why: str) -> None:
    with pytest.raises(BadInput, match="cannot sign a document of the case") as error:
        sign(case, getattr(world, who, "AB" * 20), home=world.home)
    assert why in error.value.why
    assert case.journal.records(Kind.SIGNED) == ()


def test_what_was_not_exported_or_was_changed_is_not_signed(case: Case, world: World) -> None:
    for what in ("postmortem.md", "case.toml", "../case/case.key"):
        with pytest.raises(BadInput, match="no document of this name"):
            sign(case, world.alice, what, home=world.home)
    (case.folder / "postmortem.html").write_text("another")
    with pytest.raises(StepFailed, match="not what was exported"):
        sign(case, world.alice, home=world.home)


def forged_file(case: Case, world: World) -> None:
    content = (case.folder / "postmortem.html").read_bytes()
    (case.folder / "postmortem.html.asc").write_text(approvals.sign(world.home, world.mallory, content))


def forged_record(case: Case, world: World) -> None:
    body = dict(case.journal.records(Kind.SIGNED)[-1].body)
    case.write(Kind.SIGNED, body | {"who": "Bob", "fingerprint": world.bob})


def by_a_stranger(case: Case, world: World) -> None:
    body = dict(case.journal.records(Kind.SIGNED)[-1].body)
    signature = approvals.sign(world.home, world.mallory, case.evidence.get(body["evidence"]))
    case.write(Kind.SIGNED, body | {"fingerprint": world.mallory, "signature": signature})


def by_who_is_an_automation_now(case: Case, world: World) -> None:
    case.add_approver(read_certificate(world.folder / f"{world.alice}.asc", automation=True))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (forged_file, "a signature file was changed"),
        (forged_record, "a signature over a document does not hold"),
        (by_a_stranger, "signed by nobody of this case"),
        (by_who_is_an_automation_now, "signed by nobody of this case"),
        (lambda case, _: next((case.folder / "evidence").glob(
            str(case.journal.records(Kind.SIGNED)[-1].body["evidence"])[7:])).unlink(), "evidence is missing"),
        (lambda case, _: (case.folder / "postmortem.html").write_text("x"), "an exported document was changed"),
    ],
    ids=["file", "record", "stranger", "automation", "evidence", "document"],
)  # fmt: skip
def test_what_does_not_hold_fails(case: Case, world: World, change, said: str) -> None:
    sign(case, world.alice, home=world.home)
    change(case, world)
    with pytest.raises(StepFailed, match=said):
        case.verify()


def test_stopped_between_journal_and_file_it_is_said_and_mended_by_signing_again(case: Case, world: World) -> None:
    sign(case, world.alice, home=world.home)
    first = (case.folder / "postmortem.html.asc").read_bytes()
    sign(case, world.bob, home=world.home)
    (case.folder / "postmortem.html.asc").write_bytes(first)
    assert "has not all of them" in told(case, "Signatures of")
    (case.folder / "postmortem.html.asc").unlink()
    assert "not at its place any more" in told(case, "Signatures of")
    sign(case, world.alice, home=world.home)
    assert "sign again" not in told(case, "Signatures of")


def test_what_was_written_elsewhere_by_a_relative_path_is_found_from_anywhere(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    case.export("md", Path("elsewhere.md"))
    monkeypatch.chdir("/")
    assert "unchanged" in told(case, "Export elsewhere.md")
