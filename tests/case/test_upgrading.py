"""irkit is upgraded between the kill and the resume: digests and ids stay, approvals count, nothing is sent again."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from irkit import plan as plans
from irkit.plan_form import FIRST_FORM

KEPT = Path(__file__).parent / "kept" / "case"
PLAN = "sha256:72f0b81d1c526bf1d0feeb1ed4dd7dff512767d49c99dcfaa44877718dd2e572"
ACTIONS = ["revoke-811459d1295b", "close-cb89f525c195"]

# A later irkit, made of this one: what it reads is this source with more fields, before anything imports it.
LATER = """
import sys
from importlib.machinery import PathFinder, SourceFileLoader
new = {
    "Action": "urgency: str = ''", "Plan": "seen_by: tuple[str, ...] = ()", "HumanTask": "deadline: str | None = None",
    "Call": "trace: dict[str, str] = field(default_factory=dict)",
}

def later(source):
    for name in list(new):
        before, head, after = source.partition(f"class {name}:\\n")
        if not after:
            continue
        # The new field is the last of those with a default: just in front of the first method or blank line after them.
        lines = after.split("\\n")
        ends = (n for n, line in enumerate(lines) if n > 3 and not line.strip() and lines[n - 1].startswith("    "))
        at = next(n for n in ends if ": " in lines[n - 1])
        lines.insert(at, "    " + new.pop(name))
        source = before + head + "\\n".join(lines)
    return source

class Later(SourceFileLoader):
    def get_code(self, name):
        return compile(later(self.get_source(name)), self.path, "exec")

class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        spec = PathFinder.find_spec(name, path) if name.startswith("irkit.plan.") else None
        if spec:
            spec.loader = Later(name, spec.origin)
        return spec

sys.meta_path.insert(0, Finder)
import irkit.plan
assert not new
assert irkit.plan.Action("v", "t", "w", irkit.plan.HumanTask("t", "p")).urgency == ""
"""
RESUME = """
import json, os, sys
os.environ["IRKIT_FAKE_TOKEN"] = "ghp_FAKEFAKEFAKEFAKEFAKEFAKE0000004Kfx6s"
from dataclasses import replace
from irkit.case import Case
from irkit.errors import IrkitError
from irkit.model import Kind
case = Case.open(sys.argv[1])
before = [record.digest for record in case.journal.records()]
plan = case.plan("revoke")
case.plan_revocation(approvals_valid_h=24.0)
told = {"digest": plan.digest, "actions": [one.id for one in plan.actions], "plans": len(case.journal.records(Kind.PLAN))}
try:
    case.carry_out("revoke")
except IrkitError as error:
    told["ended"] = [type(error).__name__, str(error)]
case.verify()
told["intents"] = [record.body["action"] for record in case.journal.records(Kind.INTENT)]
told["same"] = [record.digest for record in case.journal.records()][: len(before)] == before
outcomes = [record.body["outcome"] for record in case.journal.records(Kind.OUTCOME)]
told["outcomes"] = [one["ended"] for one in outcomes if one["action"] == plan.actions[0].id]
if hasattr(plan, "seen_by"):
    first = plan.actions[0]
    told["said"] = replace(plan, seen_by=("bob",)).digest != plan.digest and replace(first, urgency="now").id != first.id
print(json.dumps(told))
"""


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    shutil.copytree(KEPT, tmp_path / "case")
    for name in ("notebooks", "quarantine"):  # git keeps no empty folder
        (tmp_path / "case" / name).mkdir(exist_ok=True)
    return tmp_path / "case"


@pytest.mark.parametrize("irkit", ["this irkit", "a later irkit with more fields"])
def test_a_case_that_an_earlier_irkit_left_in_the_middle_is_resumed(kept: Path, irkit: str) -> None:
    script = RESUME if irkit == "this irkit" else LATER + RESUME
    told = subprocess.run([sys.executable, "-c", script, str(kept)], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    found: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    assert found["digest"] == PLAN
    assert found["actions"] == ACTIONS
    assert found["plans"] == 1  # planned again it is the same plan: nobody has to approve it once more
    assert found["intents"] == ACTIONS[:1]  # what was announced is settled by asking, never sent again
    assert found["outcomes"] == ["unknown"]  # nobody answers at that address
    assert found["ended"][0] == "OutcomeUnknown", found
    assert found["same"]
    assert found.get("said", True)  # a new field counts as soon as it says something


def of_a_plan() -> list[type]:
    return [
        value
        for value in vars(plans).values()
        if isinstance(value, type) and is_dataclass(value) and value.__module__.startswith(f"{plans.__name__}.")
    ]


def test_no_field_of_the_first_form_was_taken_away_or_renamed() -> None:
    held = {one.__name__: {field.name for field in fields(one)} for one in of_a_plan()}
    for name, first in FIRST_FORM.items():
        assert first <= held[name], name


def test_every_field_that_came_later_has_a_default() -> None:
    """Without one, a plan that an earlier irkit kept could not be read."""
    for one in of_a_plan():
        first = FIRST_FORM.get(one.__name__)
        for field in fields(one) if first else ():
            has_default = field.default is not MISSING or field.default_factory is not MISSING
            assert field.name in first or has_default, f"{one.__name__}.{field.name}"
