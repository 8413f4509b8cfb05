"""The playbook on a tiny world: real issuers on loopback, a real gpg home; its report; the second run compared with the first."""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Iterator

import pytest

from irkit import playbook as books
from irkit.case import Case
from irkit.case.readiness import assessing
from irkit.model import Kind, SecretRef
from irkit.plan import AwsCall
from tests.needs import needs
from tests.readiness import world
from tests.servers.aws import SETUP_ACTIONS, World, moto
from tests.servers.verdaccio import Registry, verdaccio

pytestmark = [pytest.mark.slow, needs("python:moto", "npm:verdaccio")]


@pytest.fixture(scope="module")
def account() -> Iterator[World]:
    with moto(SETUP_ACTIONS) as url:
        yield World(url)


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    with verdaccio() as made:
        yield made


@pytest.fixture(scope="module")
def ran(
    account: World, registry: Registry, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Case, list[str]]]:
    """Two runs a week apart, as it were: between them a key of AWS was deactivated and another token was made."""
    place = tmp_path_factory.mktemp("team")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEAM_AWS", account.values["env:ADMIN"])
        patch.setenv("TEAM_NPM", registry.login)
        own, repository = world.keys(place), world.repository(place)
        settings = {
            "aws": {"base": account.url, "responder": "env:TEAM_AWS"},
            "npm": {"base": registry.url, "responder": "env:TEAM_NPM"},
            "github": {"responder": "env:TEAM_GITHUB_IS_NOT_SET", "options": {"organisation": "example"}},
            "cloudflare": {},
        }
        case = world.folder(place, settings, (own.person,))
        given = {
            "policy": str(world.policy(place)),
            "homes": f"automation:{own.home}",
            "publish": f"keyring:{own.ring}",
            "paths": str(repository),
        }
        said: list[str] = []
        for turn in range(2):
            book, ready = books.prepare(books.find_playbook("readiness"), case, given)
            books.run(book, ready, case, say=said.append)
            if turn == 0:
                off = {"UserName": "ci", "AccessKeyId": account.leaked_id, "Status": "Inactive"}
                call = AwsCall(
                    "iam",
                    "UpdateAccessKey",
                    "responder",
                    off,
                    SecretRef("env:ADMIN"),
                    endpoint=account.url,
                    mutates=True,
                )
                assert account.door.send(call).status == 200
        yield case, said


def test_it_runs_every_time_it_is_started_and_keeps_each_run(ran: tuple[Case, list[str]]) -> None:
    case, said = ran
    assert len([line for line in said if line.startswith("[1/1] readiness: ")]) == 2
    assert not [line for line in said if "done before" in line]
    assert len(case.journal.records(Kind.READINESS)) == 2
    assert [one.body["path"] for one in case.journal.records(Kind.EXPORTED)] == ["readiness.html"] * 2
    case.verify()


def test_what_each_issuer_told_stands_in_one_table(
    ran: tuple[Case, list[str]], account: World, registry: Registry
) -> None:
    case, _ = ran
    held = {one.key: one for one in assessing.latest(case).held}
    key = held[f"aws:access key:{account.leaked_id}"]
    assert (key.name, key.holder, key.expires, key.active) == ("ci", "automation", "never", False)
    token = held[f"npm:access token:{registry.leaked_key}"]
    assert (token.owner, token.holder, token.holder_by) == ("release team", "automation", "the policy says so")
    assert token.created is not None
    assert token.consumers is not None
    assert "publish.yml" in token.consumers[0]
    (primary,) = [one for one in held.values() if one.kind == "primary key"]
    assert (primary.issuer, primary.holder, primary.escrow) == ("openpgp", "automation", "unknown")
    assert primary.published == ((f"keyring:{case.folder.parent / 'KEYS'}", "current", "as its owner holds it"),)
    assert {one.kind for one in held.values()} == {"access key", "access token", "primary key", "signing subkey"}


def test_what_was_not_asked_is_a_row_with_its_reason(ran: tuple[Case, list[str]]) -> None:
    case, _ = ran
    unasked = {(one.issuer, one.what): one.why for one in assessing.latest(case).inventory.unasked}
    assert "TEAM_GITHUB_IS_NOT_SET" in unasked["github", "app installations of the organisation"]
    assert "names no access" in unasked["gitlab", next(what for issuer, what in unasked if issuer == "gitlab")]
    assert unasked["cloudflare", "what it gave out"] == "irkit knows no list of it"
    own = {what: why for (issuer, what), why in unasked.items() if issuer in ("aws", "npm", "openpgp")}
    assert set(own) == {
        "services that users may use, and when they did",  # which moto has not got
        "passwords and access keys of the account's users",
    }
    assert (
        "the list is of 2015-02-02" in own["passwords and access keys of the account's users"]
    )  # as each report of moto's says


def test_the_second_run_says_what_changed(ran: tuple[Case, list[str]], account: World) -> None:
    case, _ = ran
    document = assessing.document_of(case)
    assert document["since"]
    assert document["changes"] == [
        {"key": f"aws:access key:{account.leaked_id}", "change": "better", "what": "not active any more"}
    ]
    assert "not active any more" in (case.folder / "readiness.html").read_text()
    before, now = assessing.earlier(case), assessing.latest(case)
    assert before is not None
    states = [{one.key: one.active for one in run.held}[f"aws:access key:{account.leaked_id}"] for run in (before, now)]
    assert states == [True, False]


def test_the_report_holds_no_script_and_no_secret(
    ran: tuple[Case, list[str]], account: World, registry: Registry
) -> None:
    case, _ = ran
    page = html.unescape((case.folder / "readiness.html").read_text())
    assert re.search(r"default-src 'none'; img-src data:; style-src 'sha256-[A-Za-z0-9+/=]{44}'", page)
    assert "<script" not in page
    assert " style=" not in page
    assert page.count("<h1>") == 1
    for words in (
        "What was not asked",
        "irkit knows no list of it",
        account.leaked_id,
        registry.leaked_key,
        "moto",
        "unknown",
    ):
        assert words in page
    secrets = [registry.login, registry.leaked, registry.other, account.values["env:ADMIN"].partition(":")[2]]
    for file in (one for one in case.folder.rglob("*") if one.is_file()):
        data = file.read_bytes()
        assert [one for one in secrets if one.encode() in data] == [], file.name


def test_the_estimate_says_what_is_missing_and_makes_up_no_minutes(
    ran: tuple[Case, list[str]], registry: Registry, account: World
) -> None:
    case, _ = ran
    found = {one.key: one for one in assessing.latest(case).estimates}
    token = found[f"npm:access token:{registry.leaked_key}"]
    assert token.verdict == "ready"
    assert token.slower == ("a person has it replaced by hand at npm",)
    key = found[f"aws:access key:{account.leaked_id}"]
    because = "all that is needed is at hand; that the team's own access may revoke as well was not tried"
    assert (key.verdict, key.because) == ("ready", because)  # never used, so nothing uses it
    (primary,) = [one for name, one in found.items() if ":primary key:" in name]
    assert primary.verdict == "unknown"
    assert "where revocation certificates are kept is not known" in primary.because
    assert {one.measured for one in found.values()} == {""}


def test_the_executed_notebook_shows_the_views(ran: tuple[Case, list[str]]) -> None:
    case, _ = ran
    notebook = json.loads((case.folder / "notebooks" / "00_readiness.ipynb").read_text())
    texts = "".join(
        "".join(output.get("data", {}).get("text/plain", []))
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
    )
    for words in ("WHAT THE TEAM HOLDS", "AGAINST THE POLICY", "HOW LONG WOULD IT TAKE US TODAY", "SINCE THE LAST RUN"):
        assert words in texts.upper()
    assert os.environ.get("TEAM_NPM") is None or os.environ["TEAM_NPM"] not in texts
