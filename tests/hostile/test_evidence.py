"""Hostile texts in what is read beside the credential itself: who needs it, and what a code host recorded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from irkit.case import Case
from irkit.errors import IrkitError
from irkit.model import SecretRef
from irkit.show.plain import inert_json
from tests.hostile.test_desk import NAMES, TOKEN
from tests.hostile.test_readers import USABLE, as_bytes, harmless
from tests.hostile.test_renderings import ACTS
from tests.sources.clocks.test_read import AUDIT, EVENT, GITLAB_PUSH, PYPI, RELEASE

TEXTS = [case.text for case in USABLE if case.recordable]


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    return Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")])


def test_what_takes_the_credential_is_shown(case: Case, tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    (folder / ".github" / "workflows").mkdir(parents=True)
    for number, text in enumerate(TEXTS[:200:4]):
        steps = [{"name": text, "env": {text or "x": "${{ secrets.DEPLOY_TOKEN }}"}, "run": f"echo {text}"}]
        flow = {"name": text, "on": "push", "jobs": {text or "x": {"name": text, "environment": text, "steps": steps}}}
        (folder / ".github" / "workflows" / f"{number}.yml").write_text(yaml.safe_dump(flow))
        reference = {
            "name": text,
            "env": [{"name": text, "valueFrom": {"secretKeyRef": {"name": text, "key": "DEPLOY_TOKEN"}}}],
        }
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": text, "namespace": text},
            "spec": {"containers": [reference]},
        }
        (folder / f"pod-{number}.yaml").write_text(yaml.safe_dump(pod))
    for hostile in NAMES:
        name = as_bytes(hostile).decode("utf-8", "surrogateescape")
        (folder / f"{name}.env").write_text("A=$DEPLOY_TOKEN\nDEPLOY_TOKEN=x\n")
    lines = [f"* {text.replace(chr(10), ' ')}" for text in TEXTS]
    (folder / "CODEOWNERS").write_text("\n".join(lines))
    shown = case.consumers(folder, names=["DEPLOY_TOKEN"])
    assert sum(len(getattr(block, "rows", ())) for block in shown.blocks) > 100
    harmless(shown)
    harmless(case.status())


CLOCKS = {
    "GitHub events": EVENT,
    "GitLab pushes": GITLAB_PUSH,
    "a release": RELEASE,
    "GitLab's audit": AUDIT,
    "PyPI": PYPI,
}


def poisoned(value: object, text: str) -> object:
    """The same with `text` in the place of each string but times and digests, which keep an entry what it is."""
    if isinstance(value, dict):
        return {
            name: one if name in ("type", "action", "ref_type") else poisoned(one, text) for name, one in value.items()
        }
    if isinstance(value, list):
        return [poisoned(one, text) for one in value]
    keeps = isinstance(value, str) and (value[:4].isdigit() or len(value) == 40 or value.startswith("sha256:"))
    return text if isinstance(value, str) and not keeps else value


def refusal(case: Case, path: Path) -> str:
    """Why a record is not taken; "" when it is, and then it is shown."""
    try:
        harmless(case.window(clocks=[path]))
    except IrkitError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("kind", CLOCKS)
def test_what_a_host_recorded_is_shown(kind: str, case: Case, tmp_path: Path) -> None:
    whole = CLOCKS[kind]
    made = [poisoned(whole, text) for text in TEXTS]
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(made[0] if isinstance(whole, dict) and "urls" in whole else made))
    assert not ACTS.search(refusal(case, path))
    harmless(case.timeline())
    for record in case.journal.records():
        assert not ACTS.search(inert_json(dict(record.body)))
