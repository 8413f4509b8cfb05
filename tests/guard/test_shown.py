"""What a command shows holds no secret: not where a file is called after it, not where a log holds it, not cut in two by a table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from irkit.guard import active
from irkit.redact import Redactor
from irkit.show import Details, Entry, Facts, Figure, Link, Notice, Prose, Table, Timeline, View
from tests.guard.canary import make_canary, redactor_of
from tests.show.test_renderings import AT, PICTURE

SECRET = "irkitCANARY-" + "0123456789abcdef" * 5  # longer than a column of any table


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    before = active.get_redactor()
    active.set_redactor(Redactor())
    yield
    active.set_redactor(before)


def pieces(secret: str) -> list[str]:
    return [secret[at : at + 12] for at in range(0, len(secret) - 12, 6)]


def everywhere(text: str) -> View:
    wide = Table((f"{text} 1", "n", "m"), tuple((f"a/{text}/b", row, "x" * 60) for row in range(2)), text, text)
    blocks = (
        Facts(((text, Link(text, f"https://h.example/{text}")),), text), wide, Timeline((Entry(AT, text, text, text),), text),
        Figure(PICTURE, text, text, wide), Notice("warn", text), Prose((text,)), Details(text, (Facts(((text, text),)),), "place-1"),
    )  # fmt: skip
    return View(text, blocks)


@pytest.mark.parametrize("form", ["text", "html", "markdown"])
def test_a_view_is_laid_out_without_the_secret(form: str) -> None:
    secret = make_canary() * 4
    active.add(redactor_of(secret))
    shown = getattr(everywhere(secret), form)()
    assert shown.count("redacted") > 12
    assert not [piece for piece in pieces(secret) if piece in shown]


def test_nothing_of_a_view_changes_while_nothing_is_hidden() -> None:
    secret = make_canary()
    assert secret in everywhere(secret).text()


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    folder = tmp_path / "evidence"
    folder.mkdir()
    (folder / f"{SECRET}.txt").write_text(f"token={SECRET}\n")
    line = f'192.0.2.1 - - [01/Mar/2026:12:00:00 +0000] "GET /?key={SECRET} HTTP/1.1" 200 1 "-" "{SECRET}"\n'
    (folder / "access.log").write_text(line)
    return folder


@pytest.mark.parametrize(
    ("command", "form"),
    [("locate", "table"), ("locate", "json"), ("locate", "csv"), ("usage", "table"), ("usage", "json")],
)
def test_an_answer_holds_no_secret(command: str, form: str, evidence: Path) -> None:
    arguments = [sys.executable, "-m", "irkit", command, "env:IRKIT_TEST_TOKEN", str(evidence), "--format", form]
    events = evidence.parent / "events.jsonl"
    if command == "usage":
        arguments += ["--events", str(events)]
    ran = subprocess.run(arguments, env=os.environ | {"IRKIT_TEST_TOKEN": SECRET}, capture_output=True, text=True)
    assert ran.returncode == 0
    said = ran.stdout + ran.stderr + (events.read_text() if events.exists() else "")
    # A table breaks a long path where its column ends, wherever the test's folder lies.
    unbroken = "".join(said.split())
    assert "[redacted" in unbroken
    assert not [piece for piece in pieces(SECRET) if piece in said or piece in unbroken]
    if form == "json":
        json.loads(ran.stdout)


def test_a_sentence_about_a_failure_holds_no_secret(evidence: Path) -> None:
    named = str(evidence / f"missing-{SECRET}")
    ran = subprocess.run(
        [sys.executable, "-m", "irkit", "locate", "env:IRKIT_TEST_TOKEN", named],
        env=os.environ | {"IRKIT_TEST_TOKEN": SECRET}, capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode != 0
    assert SECRET not in ran.stdout + ran.stderr
