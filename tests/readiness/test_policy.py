"""policy.yaml: refused with file and line; its published schema is the models'; no secret in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import jsonschema
import pytest
import yaml

from irkit.case.readiness.taking import checked_policy
from irkit.errors import BadInput, WouldLeak
from irkit.model.held import RuleName
from irkit.readiness.policy import example, example_rules, read_policy, schema

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = DOCS / "policy.example.yaml"


def test_the_example_is_right_by_the_models_and_by_the_published_schema() -> None:
    first, rest = EXAMPLE.read_text().split("\n", 1)
    assert (first, rest) == ("# yaml-language-server: $schema=schemas/policy.schema.json", example())
    policy = read_policy(EXAMPLE)
    assert len(list(policy.rules.asked())) == 10
    published = json.loads((DOCS / "schemas" / "policy.schema.json").read_text())
    assert published == schema(), "irkit readiness schema > docs/schemas/policy.schema.json"
    validator = jsonschema.Draft202012Validator(published, format_checker=jsonschema.FormatChecker())
    plain = json.loads(json.dumps(yaml.safe_load(EXAMPLE.read_text()), default=str))
    assert [one.message for one in validator.iter_errors(plain)] == []
    assert list(validator.iter_errors({**plain, "rules": {"agee": {"days": 1}}}))


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        (
            "rules:\n  age: {days: 90}\n  agee: {days: 90}\n",
            3,
            "rules.agee.*no such word.*the rules are age, no-expiry, never-used",
        ),
        ("approvals: 0\nrules: {}\n", 1, "approvals.*greater than or equal to 1"),
        ("rules:\n  unused:\n    days: 0\n", 3, "rules.unused.days"),
        ("rules: {}\naccepted:\n  - {match: 'x', rule: age, until: 2027-01-01}\n", 3, "accepted.0.why.*required"),
        ("rules: {}\naccepted:\n  - {match: 'x', rule: ages, why: so, until: 2027-01-01}\n", 3, "accepted.0.rule"),
        ("rules: {}\nrules: {}\n", 2, "there twice"),
        ("approvals: 1\n", 1, "rules.*required"),
        ("approvals: yes\nrules: {}\n", 1, "approvals.*valid integer"),
        ("rules:\n  age: {days: true}\n", 2, "rules.age.days.*valid integer"),
        ("rules:\n  shared: {}\n  no-expiry:\n", 3, "rules.no-expiry.: it is named and asks nothing: write {}"),
        ("rules:\n  age: {days: 1\n", 3, "not YAML"),
        ("[]\n", 1, "the whole"),
    ],
)
def test_what_is_wrong_is_refused_with_file_and_line(tmp_path: Path, text: str, line: int, why: str) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    with pytest.raises(BadInput, match=why) as refused:
        read_policy(file)
    assert f"policy.yaml:{line}" in str(refused.value)


def test_a_file_that_is_not_there_or_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no policy that can be read"):
        read_policy(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="UTF-8"):
        read_policy(tmp_path / "bytes.yaml")
    (tmp_path / "long.yaml").write_text("rules:\n  age: {days: 1}\n" + f"# {'x' * 98}\n" * 11_000 + "  shared: {}\n")
    with pytest.raises(BadInput, match="larger than 1 MiB"):  # and not read in part
        read_policy(tmp_path / "long.yaml")
    with pytest.raises(BadInput, match="no policy is named"):
        checked_policy("")


def test_the_rules_of_the_example_are_all_that_there_are() -> None:
    rules = yaml.safe_load(example_rules())
    assert rules.keys() == {"rules"}
    assert set(rules["rules"]) == set(get_args(RuleName))


def test_a_secret_in_a_policy_is_refused_and_not_repeated(tmp_path: Path) -> None:
    value = "ghp_FAKEFAKEFAKEFAKEFAKEFAKE0000004Kfx6s"
    file = tmp_path / "policy.yaml"
    file.write_text(f"rules: {{}}\nholders:\n  - {{match: 'github:*', owner: {value}}}\n")
    with pytest.raises(WouldLeak) as refused:
        checked_policy(file)
    assert value not in str(refused.value)
