"""The transition statement says what changed, and nothing in it can pass for something else."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from irkit.resign.statement import KeyNamed, Listed, Statement, listed

OLD, NEW = "0A" * 20, "1B" * 20
SAID = Statement(
    "Transition to a new signing key",
    "2026-03-12T10:00:00Z",
    KeyNamed(OLD, ("Old Releases <releases@example.test>",)),
    KeyNamed(NEW, ("New Releases <releases@example.test>",), "2028-03-12T00:00:00Z"),
    "2026-03-01T00:00:00Z",
    "it was seen exposed (the push record)",
    "2026-03-12T09:00:00Z",
    "compromised",
    (Listed("app.tar", "detached", "sha256:" + "aa" * 32), Listed("refs/tags/v1", "git-tag", "git-tag:" + "1" * 40)),
    (Listed("evil.tar", "detached", "sha256:" + "ee" * 32, "altered: it differs"),),
    ("hkp://keys.example.test",),
    (("Alice <alice@example.test>", "2C" * 20), ("Bob <bob@example.test>", "3D" * 20)),
    2,
)


def test_the_text_names_both_keys_since_when_why_and_who_vouches() -> None:
    text = SAID.text()
    spaced = " ".join(["1B1B"] * 10)
    for words in (
        spaced,
        "2026-03-01T00:00:00Z",
        "compromised",
        "Alice <alice@example.test>",
        "proves nothing",
        "At least 2",
    ):
        assert words in text


def test_its_lists_are_read_by_sha256sum_and_withdrawn_ones_never_pass(tmp_path: Path) -> None:
    good, evil = tmp_path / "app.tar", tmp_path / "evil.tar"
    good.write_bytes(b"good\n")
    evil.write_bytes(b"evil\n")

    def digest(path: Path) -> str:
        return subprocess.run(
            ["sha256sum", path.name], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout.split()[0]

    said = replace(
        SAID,
        resigned=(Listed("app.tar", "detached", f"sha256:{digest(good)}"),),
        withdrawn=(Listed("evil.tar", "detached", f"sha256:{digest(evil)}", "altered"),),
    )
    (tmp_path / "statement.txt").write_text(said.text())
    done = subprocess.run(
        ["sha256sum", "--check", "--ignore-missing", "statement.txt"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "app.tar: OK" in done.stdout
    assert "evil.tar" not in done.stdout


def test_the_document_says_the_same_as_the_text() -> None:
    said = SAID.document()
    assert said["schema"] == "irkit-transition-statement/1"
    assert (said["old_key"]["fingerprint"], said["new_key"]["fingerprint"]) == (OLD, NEW)
    assert [one["path"] for one in said["withdrawn"]] == ["evil.tar"]


def test_a_hostile_name_stays_on_its_line() -> None:
    hostile = KeyNamed(OLD, ("Old\n    good signature by EVIL\x85\u202e <a@b>",))
    lines = replace(SAID, old=hostile).text().split("\n")
    assert not any(line.strip().startswith("good signature") for line in lines)
    assert "\u202e" not in "".join(lines)
    assert "\x85" not in "".join(lines)


def test_only_subkeys_leaked_is_said_so() -> None:
    text = replace(SAID, subkeys=("4E" * 20,)).text()
    assert "Only these subkeys" in text
    assert "proves nothing: its holder" not in text
    assert "Every signature by the leaked subkeys" in text


@pytest.mark.parametrize(
    ("since", "by", "said"),
    [
        (
            "2026-03-01T00:00:00Z",
            "2026-03-02T00:00:00Z",
            "some time between 2026-03-01T00:00:00Z and 2026-03-02T00:00:00Z",
        ),
        ("unknown", "2026-03-02T00:00:00Z", "unknown; seen by 2026-03-02T00:00:00Z"),
        ("2026-03-01T00:00:00Z", "unknown", "unknown; not before 2026-03-01T00:00:00Z"),
        ("unknown", "unknown", "unknown"),
    ],
)
def test_since_when_is_said_no_more_exactly_than_is_known(since: str, by: str, said: str) -> None:
    assert f"Exposed since:  {said}\n" in replace(SAID, exposed_since=since, exposed_by=by).text()


def test_an_artifact_without_bytes_is_named_by_what_stays() -> None:
    assert listed("refs/tags/v1", "git-tag", None, (("git-tag", "1" * 40),)).digest == "git-tag:" + "1" * 40
    assert listed("app.tar", "detached", "aa", ()).digest == "sha256:aa"
