"""A tiny world of a team: AWS (moto), npm (verdaccio), a gpg home, a repository with a workflow; and a folder of its readiness."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from irkit.case import Case
from irkit.drill.readiness.world import WORKFLOW
from irkit.openpgp import generate
from irkit.openpgp.keys import export_public
from irkit.readiness.policy import example_rules

POLICY = f"""approvals: 1
{example_rules()}holders:
  - {{match: "npm:access token:*", holder: automation, owner: release team, names: [NPM_TOKEN]}}
"""


@dataclass
class Keys:
    """A release key with a home of its machine, its ring as it is published, and a person who may approve."""

    home: Path
    fingerprint: str
    ring: Path
    person: Path


def keys(place: Path) -> Keys:
    home, people = place / "release-gpg", place / "people-gpg"
    made = generate(home, "Releases <releases@example.test>").primary
    approver = generate(people, "Alice <alice@example.test>").primary
    ring, person = place / "KEYS", place / "alice.asc"
    ring.write_text(export_public(home, made))
    person.write_text(export_public(people, approver))
    return Keys(home, made, ring, person)


def repository(place: Path) -> Path:
    at = place / "web"
    file = at / ".github" / "workflows" / "publish.yml"
    file.parent.mkdir(parents=True)
    file.write_text(WORKFLOW)
    who = ("-c", "user.name=Robin", "-c", "user.email=robin@example.test")
    for words in (("init", "-q", "-b", "main"), ("add", "."), (*who, "commit", "-qm", "begin")):
        subprocess.run(["git", "-C", at, *words], check=True, capture_output=True)
    return at


def policy(place: Path, text: str = POLICY) -> Path:
    file = place / "policy.yaml"
    file.write_text(text)
    return file


def folder(place: Path, providers: dict[str, object], approvers: tuple[Path, ...] = (), name: str = "team") -> Case:
    return Case.create_readiness(
        place / name, settings={"responder": "carol", "providers": providers}, approvers=approvers
    )
