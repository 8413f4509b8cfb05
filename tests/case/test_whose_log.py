"""Two credentials and one log: what the log of one issuer says of another's credential is nothing, and nowhere a no."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from irkit.case import Case
from irkit.case.closing import facts_of
from irkit.model import Kind, SecretRef
from irkit.postmortem.closing import UNUSED
from irkit.postmortem.telling import tell
from irkit.providers import PROVIDERS
from irkit.providers.github import checksum
from irkit.sources.logs import kept_by
from irkit.sources.logs.formats import JSON_FORMATS, KEPT_BY, TEXT_FORMATS
from tests.case.trail import KEY, event

BODY = "FAKE" * 7 + "01"
TOKEN = f"ghp_{BODY}{checksum(BODY)}"
OWN = [event(-60 * hour, "ListBuckets", service="s3") for hour in range(1, 40)]


def case_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: object) -> Case:
    """An AWS key and a GitHub token, both named in a workflow, and one log."""
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    case = Case.create(tmp_path / "case", [SecretRef(f"id:{KEY}"), SecretRef("env:FAKE_TOKEN")])
    (tmp_path / "log.json").write_text(json.dumps(log))
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "compose.yaml").write_text("services:\n  web: {image: shop, environment: [SHOP_KEY]}\n")
    warned = " ".join(case.usage(tmp_path / "log.json").text().split())
    assert warned.count("whether anybody used it is unknown") == 1
    case.consumers(tmp_path / "shop", names=["SHOP_KEY"])
    return case


def test_a_cloudtrail_says_nothing_of_a_github_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = case_with(tmp_path, monkeypatch, {"Records": OWN})
    key, token = (one.name for one in case.credentials)
    assert tells(case) == {key: True, token: False}

    case.plan_revocation()
    reasons = [one for one in case.plan("revoke").reasons if one.startswith(("Contain", "Replace"))]
    assert [f"{token} first" in one for one in reasons if "no log of its use was read" in one] == [True]

    unused = {one.credential: one.answer for one in facts_of(case, "false alarm") if one.name == UNUSED}
    assert unused == {key: False, token: None}

    assert set(tell(case.journal.records(), case.evidence.document).usages) == {key}
    text = case.postmortem().text()
    assert "No log of its use has been read, so who used it is not known." in " ".join(text.split())
    assert "show no use of it" not in " ".join(text.split())


def test_the_issuers_own_log_without_a_use_is_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = case_with(tmp_path, monkeypatch, {"Records": [event(1, "ListBuckets", key="AKIAFAKEFAKEFAKE0009")]})
    key, token = (one.name for one in case.credentials)
    assert tells(case) == {key: True, token: False}
    assert {one.credential: one.answer for one in facts_of(case, "false alarm") if one.name == UNUSED} == {
        key: True,
        token: None,
    }


WHOSE = {
    "an AWS key in CloudTrail": ("aws", {"aws-cloudtrail", "okta-system"}, True),
    "a GitHub token in CloudTrail": ("github", {"aws-cloudtrail"}, False),
    "an npm token in a web server's log": ("npm", {"web-access"}, False),
    "one of an unknown issuer": ("unknown", {"aws-cloudtrail", "ocsf", "github-audit"}, False),
    "no log at all": ("aws", set(), False),
}


@pytest.mark.parametrize("case", WHOSE)
def test_a_format_says_whose_log_it_is(case: str) -> None:
    provider, formats, answer = WHOSE[case]
    assert kept_by(provider, formats) is answer


def test_every_format_that_is_somebodys_is_a_format_and_somebody_is_a_provider() -> None:
    names = {one.name for one in (*JSON_FORMATS, *TEXT_FORMATS)}
    assert KEPT_BY.keys() <= names
    assert {one for owners in KEPT_BY.values() for one in owners} <= PROVIDERS.keys()


def tells(case: Case) -> dict[str, bool]:
    return {one.body["credential"]: one.body["of_issuer"] for one in case.journal.records(Kind.USAGE_READ)}
