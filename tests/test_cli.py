"""Bad input, everywhere: one sentence on standard error, the documented exit code, no traceback, never the value."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FAKE = "ghp_" + "FAKE" * 9


def irkit(*arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "irkit", *arguments],
        cwd=cwd,
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with what the cases below point at; `case` is a good case."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "not.yaml").write_text("steps: [")
    (tmp_path / "odd.yaml").write_text("name: odd\ntitle: odd\nsteps:\n  - {id: one, notebook: 01_exposur}\n")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("in use")
    (tmp_path / "html.json").write_text("<html>not json</html>")
    made = irkit("new", "case", "--credential", "env:FAKE_TOKEN", cwd=tmp_path, FAKE_TOKEN=FAKE)
    assert made.returncode == 0, made.stderr
    return tmp_path


CASES = [
    # what is typed, exit code, what the sentence must say
    (("show", "nowhere"), 2, "no case.toml"),
    (("show", "empty"), 2, "no case.toml"),
    (("verify", "empty"), 2, "no case.toml"),
    (("export", "empty"), 2, "no case.toml"),
    (("new", "fresh", "--credential", FAKE), 2, "as a reference"),
    (("new", "fresh", "--credential", "env:NOT_SET_ANYWHERE"), 2, "NOT_SET_ANYWHERE"),
    (("new", "fresh", "--credential", "file:nowhere"), 2, "nowhere"),
    (("new", "fresh", "--credential", "file:empty"), 2, "empty"),
    (("new", "fresh", "--credential", "env:FAKE_TOKEN", "--aware-at", "yesterday"), 2, "not a time"),
    (("new", "fresh", "--credential", "env:FAKE_TOKEN", "--aware-at", "2026-03-01T10:00:00"), 2, "without a zone"),
    (("new", "fresh", "--credential", "env:FAKE_TOKEN", "--approver", "html.json"), 2, "html.json"),
    (("new", "full", "--credential", "env:FAKE_TOKEN"), 2, "must be empty"),
    (("new", "bad name!", "--credential", "env:FAKE_TOKEN"), 2, "no name for a case"),
    (("new", "fresh"), 2, "--credential"),
    (("run", "api-tokn", "case"), 2, "api-token"),
    (("run", "not.yaml", "case"), 2, "not YAML"),
    (("run", "odd.yaml", "case"), 2, "01_exposure"),
    (("run", "api-token", "case"), 2, "paths"),
    (("run", "api-token", "case", "-p", "paths=empty", "-p", "pathz=empty"), 2, "pathz"),
    (("run", "api-token", "case", "-p", "paths=empty", "-p", "approvals=two"), 2, "must be int"),
    (("run", "api-token", "case", "-p", "paths"), 2, "name=value"),
    (("run", "api-token", "case", "-p", "paths=empty", "--from", "nowhere"), 2, "no such step"),
    (("run", "api-token", "case", "-p", f"paths={FAKE}"), 4, "paths"),
    (("new", "fresh", "--credential", "env:FAKE_TOKEN", "--why", "it is old"), 2, "Add --rotation"),
    (
        ("new", "fresh", "--credential", "env:FAKE_TOKEN", "--rotation", "--from", "html.json"),
        2,
        "nobody learned of a leak",
    ),
    (("new", "fresh", "--credential", "env:FAKE_TOKEN", "--rotation", "--why", f"it is {FAKE}"), 4, "why"),
    (("run", "rotate", "case"), 2, "this playbook is for a rotation"),
    (("plan", "case", "--observe-hours", "2"), 2, "irkit new CASE --rotation"),
    (("consumers", "case", "nowhere", "--name", "NPM_TOKEN"), 2, "nowhere"),
    (("consumers", "case", "empty", "--name", FAKE), 2, "as a reference"),
    (("consumers", "case", "empty", "--replacement", "some-id"), 2, "--replaced-at"),
    (("locate", "env:FAKE_TOKEN", "nowhere"), 2, "nowhere"),
    (("locate", FAKE, "empty"), 2, "as a reference"),
    (("locate", "env:SHORT", "empty"), 2, "too short"),
    (("usage", "env:FAKE_TOKEN", "nowhere"), 2, "nowhere"),
    (("usage", "env:FAKE_TOKEN", "empty", "--since", "soon"), 2, "not a time"),
    (("identify", "file:nowhere"), 2, "nowhere"),
    (("approve", "case", "revoke-0", "--key", "A" * 40), 2, "no such plan"),
    (("carry-out", "case", "revoke-0"), 2, "no such plan"),
    (("done", "case", "nothing", "--text", "x"), 2, "no hand task"),
    (("keys", "inspect", "file:html.json"), 2, ""),
    (("drill", "nowhere"), 2, "token-and-key"),
    (("frobnicate",), 2, "frobnicate"),
    (("show",), 2, "CASE"),
]


@pytest.mark.parametrize(
    ("typed", "code", "said"), CASES, ids=[" ".join(typed).replace(FAKE, "VALUE") for typed, _, _ in CASES]
)
def test_bad_input_is_a_sentence_and_a_code(desk, typed, code, said):
    done = irkit(*typed, cwd=desk, FAKE_TOKEN=FAKE, SHORT="abc")
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "defect" not in done.stderr
    assert FAKE not in done.stderr + done.stdout


ROTATING = [
    (("run", "api-token", "rotating", "-p", "paths=empty"), 2, "this playbook is for an incident"),
    (("run", "rotate", "rotating", "-p", "observe_h=soon"), 2, "must be float"),
    (("run", "rotate", "rotating", "-p", "logs=nowhere"), 2, "nowhere"),
    (("export", "rotating", "--format", "stix"), 2, "a rotation has no document of this format"),
    (("export", "rotating", "--audience", "customer"), 2, "a rotation has one edition"),
]


def test_a_rotation_says_why_it_is_one_and_refuses_likewise(tmp_path):
    opened = ("new", "rotating", "--credential", "env:FAKE_TOKEN", "--rotation", "--why", "rule max-age: 90 days")
    for typed in (opened, ("export", "rotating", "--format", "md")):
        done = irkit(*typed, cwd=tmp_path, FAKE_TOKEN=FAKE)
        assert done.returncode == 0, done.stderr
    assert "rule max-age: 90 days" in (tmp_path / "rotating" / "rotation.md").read_text()
    (tmp_path / "empty").mkdir()
    for typed, code, said in ROTATING:
        done = irkit(*typed, cwd=tmp_path, FAKE_TOKEN=FAKE)
        assert (done.returncode, said in done.stderr) == (code, True), done.stderr
        assert "Traceback" not in done.stderr


def test_a_damaged_journal_is_named_not_traced(desk):
    (desk / "case" / "journal.sqlite").write_bytes(b"not a database" * 100)
    done = irkit("show", "case", cwd=desk, FAKE_TOKEN=FAKE)
    assert done.returncode == 1
    assert "journal" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_misspelt_setting_is_named(desk):
    toml = desk / "case" / "case.toml"
    toml.write_text(toml.read_text() + "\n[providers.github]\nbaze = 'x'\n")
    done = irkit("show", "case", cwd=desk, FAKE_TOKEN=FAKE)
    assert (done.returncode, "baze" in done.stderr) == (2, True)


def test_a_credential_that_cannot_be_reached_now_is_said_not_hidden(desk):
    done = irkit("show", "case", cwd=desk)
    assert done.returncode == 0
    assert "FAKE_TOKEN" in done.stdout
    assert "cannot be read now" in done.stdout


def test_a_dry_run_runs_nothing(desk):
    done = irkit("run", "api-token", "case", "-p", "paths=empty", "--dry-run", cwd=desk, FAKE_TOKEN=FAKE)
    assert done.returncode == 0, done.stderr
    assert "01_exposure" in done.stdout
    assert not list((desk / "case" / "notebooks").iterdir())


@pytest.mark.parametrize(
    "command", ["", "new", "run", "locate", "usage", "approve", "export", "keys", "guard", "drill", "lab"]
)
def test_help_is_there_and_light(tmp_path, command):
    done = imports(*command.split(), "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert "Usage:" in done.stdout
    assert not HEAVY & named(done.stderr)


def test_the_version_is_light(tmp_path):
    done = imports("version", cwd=tmp_path)
    assert done.returncode == 0
    assert not HEAVY & named(done.stderr)


HEAVY = {
    "pandas", "numpy", "matplotlib", "boto3", "botocore", "papermill", "nbformat", "nbclient", "jupyter_client", "jsonschema", "requests",
    "pydantic", "jinja2", "cryptography", "pysequoia", "IPython",
}  # fmt: skip
"""What a help page needs nothing of, and waits for."""


def imports(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command, which names on standard error every module that it imports."""
    command = [sys.executable, "-X", "importtime", "-m", "irkit", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)


def named(told: str) -> set[str]:
    """Packages, from what `-X importtime` tells (https://docs.python.org/3/using/cmdline.html#cmdoption-X)."""
    return {
        line.rpartition("|")[2].strip().split(".")[0] for line in told.splitlines() if line.startswith("import time:")
    }
