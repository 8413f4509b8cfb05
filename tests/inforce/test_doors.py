"""Known credentials, a home, policies, rehearsals: each looked at for real, and what cannot be is unknown."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from irkit.drill import kept
from irkit.drill.practice import Result, Seconds
from irkit.guard.known.making import add, make_key
from irkit.inforce.looking import DOORS
from irkit.model import iso
from irkit.postmortem.checks.named import CHECKS
from tests.case.test_rotating import ALLOW, Cloud
from tests.case.test_rotating import cloud as a_cloud  # noqa: F401  (a fixture)
from tests.guard.test_unknown import never_issued, scans
from tests.inforce.world import Desk, desk
from tests.needs import needs

IN_FORCE, NOT, UNKNOWN = "in force", "not in force", "unknown"


def test_every_check_has_its_door() -> None:
    assert DOORS.keys() == CHECKS.keys()


# Known credentials


@pytest.fixture
def book(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The old credential is known; the fresh one is at hand."""
    make_key(desk.folder / "team.key")
    monkeypatch.setenv("OLD_ONE", f"irkitFAKE-{secrets.token_hex(12)}")
    monkeypatch.setenv("FRESH_ONE", f"irkitFAKE-{secrets.token_hex(12)}")
    key = f"file:{desk.folder / 'team.key'}"
    add("env:OLD_ONE", desk.folder / "known.toml", key, "deploy token")
    return {"check": "known-credential", "file": "../known.toml", "key": key}


def test_a_fresh_credential_is_known_once_its_digests_are_there(desk: Desk, book: dict[str, str]) -> None:
    assert desk.look(**book, credential="env:OLD_ONE").answer == IN_FORCE
    missing = desk.look(**book, credential="env:FRESH_ONE")
    assert (missing.answer, missing.do) == (NOT, "irkit guard known add REF --into FILE --known-key REF")
    assert desk.look(**book, credential="env:FRESH_ONE", name="deploy token").answer == NOT, "the name of another"
    add("env:FRESH_ONE", desk.folder / "known.toml", book["key"], "deploy token 2")
    assert desk.look(**book, credential="env:FRESH_ONE").answer == IN_FORCE


def test_by_name_alone_it_is_said_that_nothing_was_compared(desk: Desk, book: dict[str, str]) -> None:
    named = {name: value for name, value in book.items() if name != "key"}
    found = desk.look(**named, name="deploy token")
    assert (found.answer, "not compared" in found.why) == (IN_FORCE, True)
    assert desk.look(**named, name="other").answer == NOT


def test_what_cannot_be_compared_is_unknown(desk: Desk, book: dict[str, str]) -> None:
    make_key(desk.folder / "other.key")
    assert desk.look(**{**book, "key": f"file:{desk.folder / 'other.key'}"}, credential="env:OLD_ONE").answer == UNKNOWN
    assert desk.look(**book, credential="env:NOT_THERE").answer == UNKNOWN
    (desk.folder / "known.toml").write_text("version = 2\n")
    assert desk.look(**book, credential="env:OLD_ONE").answer == UNKNOWN


# A home


@scans
def test_a_home_is_clean_until_something_stands_in_it(desk: Desk) -> None:
    home = desk.folder / "somebody"
    home.mkdir()
    (home / ".bash_history").write_text("ls\n")
    clean: dict[str, Any] = {"check": "clean-home", "home": "../somebody"}
    assert desk.look(**clean).answer == IN_FORCE
    value = never_issued()
    (home / ".bash_history").write_text(f"ls\nexport GITHUB_TOKEN={value}\n")
    found = desk.look(**clean)
    assert found.answer == NOT
    assert ".bash_history, line 2" in found.why
    assert value not in repr(found)
    (home / ".bash_history").write_text(f"curl -H 'X: {(desk.folder / 'leaked').read_text()}'\n")
    assert "credentials of this case" in desk.look(**clean).why


def test_without_kingfisher_a_home_is_unknown(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from irkit.errors import NotAvailable
    from irkit.guard.scanning import search

    def gone() -> str:
        raise NotAvailable("kingfisher is not here", do="pip install '.[scan]'")

    monkeypatch.setattr(search, "program", gone)
    found = desk.look(check="clean-home")
    assert (found.answer, found.do) == (UNKNOWN, "pip install '.[scan]'")
    assert desk.look(check="clean-home", home="../nobody").answer == UNKNOWN
    (desk.folder / "unmounted").mkdir()
    assert desk.look(check="clean-home", home="../unmounted").answer == UNKNOWN
    assert desk.look(check="clean-home", home="a\0b").answer == UNKNOWN


# What a replacement may do


def policy(desk: Desk, name: str, *actions: str, on: str = "*") -> str:
    made = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": on}]}
    (desk.folder / name).write_text(json.dumps(made))
    return f"../{name}"


@needs("python:policy_sentry")
def test_a_replacement_is_narrower_or_it_is_not(desk: Desk) -> None:
    old = policy(desk, "old.json", "s3:*", "iam:*")

    def narrower(name: str, *actions: str, **more: str) -> Any:
        return desk.look(check="narrower", old=old, new=policy(desk, name, *actions, **more))

    few = narrower("few.json", "s3:GetObject", on="arn:aws:s3:::builds/*")
    assert few.answer == IN_FORCE
    assert [one.found.count("SHA-256") for one in few.looked] == [1, 1, 0]
    assert narrower("same.json", "s3:*", "iam:*").answer == NOT
    assert "ec2:RunInstances" in narrower("more.json", "s3:GetObject", "ec2:RunInstances").why
    assert narrower("all.json", "*").answer == NOT
    old = policy(desk, "old.json", "secretsmanager:GetSecretValue")
    every = "arn:aws:secretsmanager:*:*:secret:*"
    assert narrower("every.json", "secretsmanager:GetSecretValue", on=every).answer == NOT, "less in its text alone"


def test_of_a_whole_account_one_users_policy_is_meant(desk: Desk) -> None:
    def user(name: str, action: str) -> dict[str, Any]:
        statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
        return {"UserName": name, "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}]}

    details = {"UserDetailList": [user("ci", "s3:GetObject"), user("admin", "*")], "Policies": []}
    (desk.folder / "account.json").write_text(json.dumps(details))
    found = desk.look(check="narrower", old="../account.json", new=policy(desk, "new.json", "s3:*"))
    assert (found.answer, "2 users (ci, admin)" in found.why) == (UNKNOWN, True)


def test_a_policy_that_cannot_be_read_is_unknown(desk: Desk) -> None:
    old = policy(desk, "old.json", "s3:*")
    (desk.folder / "broken.json").write_text("{")
    (desk.folder / "none.json").write_text("{}")
    for new in ("../broken.json", "../none.json", "../gone.json"):
        assert desk.look(check="narrower", old=old, new=new).answer == UNKNOWN
    asked = desk.look(check="narrower", old=old, key_id="id:AKIAFAKEFAKEFAKE0001")
    assert (asked.answer, "without your own access" in asked.why) == (UNKNOWN, True)


@needs("python:moto", "python:policy_sentry")
def test_aws_is_asked_with_the_responders_own_access(
    tmp_path: Path,
    a_cloud: Cloud,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("RESPONDER", a_cloud.pairs["responder"])
    access = {"base": a_cloud.url, "responder": "env:RESPONDER", "options": {"user": "whose-key-leaked"}}
    made = desk(tmp_path, providers={"aws": access})
    (tmp_path / "old.json").write_text(ALLOW)
    key_id = f"id:{a_cloud.pairs['batch'].partition(':')[0]}"
    wide = made.look(check="narrower", old="../old.json", key_id=key_id)
    assert (wide.answer, "all that the old one could" in wide.why) == (NOT, True)
    narrow = ALLOW.replace('"Action": "*"', '"Action": "s3:GetObject"')
    a_cloud.client("iam", a_cloud.pairs["responder"]).put_user_policy(
        UserName="batch", PolicyName="all", PolicyDocument=narrow
    )
    found = made.look(check="narrower", old="../old.json", key_id=key_id)
    assert found.answer == IN_FORCE
    assert any("policies of the user batch; asked with env:RESPONDER" in one.found for one in found.looked)


# Rehearsals


def rehearsed(days: float, minutes: float | None, **more: Any) -> Result:
    words = {"scenario": "token-and-key", "difficulty": "normal", "by": "people", **more}
    began = iso(datetime.now(UTC) - timedelta(days=days))
    seconds = Seconds(first_action=30, contained=None if minutes is None else minutes * 60)
    return Result(id=secrets.token_hex(4), began=began, seed=1, irkit="0", seconds=seconds, **words)


def test_the_history_of_rehearsals_is_that_of_this_machine(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    asked: dict[str, Any] = {"check": "rehearsal", "within_days": 30, "contained_within_min": 45}
    assert desk.look(**asked).answer == UNKNOWN
    kept.keep(rehearsed(40, 20))
    assert desk.look(**asked).answer == NOT
    kept.keep(rehearsed(2, 20))
    assert desk.look(**asked).answer == IN_FORCE
    kept.keep(rehearsed(1, 50))
    found = desk.look(**asked)
    assert (found.answer, "50 min" in found.why) == (NOT, True)
    assert found.looked[0].found == "3 results"


def test_a_history_kept_elsewhere_and_one_that_is_broken(desk: Desk) -> None:
    file = desk.folder / "drills.jsonl"
    asked: dict[str, Any] = {"check": "rehearsal", "within_days": 30, "history": "../drills.jsonl"}
    file.write_text("{}\nnot a result\n")
    assert desk.look(**asked).answer == UNKNOWN
    kept.keep(rehearsed(2, 20), file)
    found = desk.look(**asked)
    assert (found.answer, found.looked[0].found) == (IN_FORCE, "1 results, 2 lines that are none")
    text = file.read_text()
    for last in (
        '{"began"',
        text.splitlines()[-1].replace("1200.0", "NaN"),
        text.splitlines()[-1].replace("1200.0", "-5.0"),
    ):
        file.write_text(f"{text}{last}\n")
        found = desk.look(**asked)
        assert (found.answer, "written after it" in found.why) == (UNKNOWN, True), last
    file.unlink()
    file.mkdir()
    assert desk.look(**asked).answer == UNKNOWN
