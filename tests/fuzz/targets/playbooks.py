"""What people and machines write to steer irkit: playbooks, key policies, a case's settings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from irkit.case.settings import read_settings
from irkit.errors import BadInput
from irkit.playbook import read_playbook
from irkit.playbook.cacao import read_cacao, to_cacao
from irkit.playbook.check import check_playbook
from irkit.playbook.schema import bind, filled
from irkit.resign.policy_file import read_policy
from tests.fuzz.target import Target, from_file

ROOT = Path(__file__).parents[3]


def _playbook(path: Path) -> None:
    playbook = read_playbook(path)
    values = dict.fromkeys(playbook.parameters)
    with suppress(BadInput):
        values = bind(playbook, {})
    with suppress(BadInput):
        values = bind(playbook, dict.fromkeys(playbook.parameters, "1"))
    for step in playbook.steps:
        filled(step, values, Path("/case"))


def _checked(path: Path) -> None:
    """As a reader: what has a flaw is refused."""
    if flaws := check_playbook(path):
        raise BadInput("the playbook is to be mended", on=path, why=str(flaws[0]))


def seeds() -> Iterator[bytes]:
    for path in sorted((ROOT / "playbooks").glob("*.yaml")):
        yield path.read_bytes()
    head = b"name: a\ntitle: b\nparameters: {p: {help: h, type: int, required: true}}\n"
    yield head + b"steps: [{id: s, notebook: n, parameters: {p: '{p}'}}]\n"
    yield b"&a [*a, !!timestamp 2026-01-01, !!set {b}, !!binary RkFLRQ==, 0x10, 1:30, ~, <<: {c: d}]\n"
    path = ROOT / "playbooks" / "api-token.yaml"
    document = to_cacao(read_playbook(path), path)
    for step in document["workflow"].values():
        for command in step.get("commands", ()):
            if "command_b64" in command:
                command["command_b64"] = "eyJjZWxscyI6IFtdLCAibmJmb3JtYXQiOiA0fQ=="
    yield json.dumps(document).encode()
    yield (ROOT / "docs" / "keys-policy.example.toml").read_bytes()
    yield (ROOT / "tests" / "case" / "kept" / "case" / "case.toml").read_bytes()


TARGET = Target(
    readers=tuple(
        map(
            from_file,
            (_playbook, _checked, read_cacao, read_policy, read_settings),
            ("playbook.yaml", "checked.yaml", "cacao.json", "policy.toml", "case.toml"),
        )
    ),
    seeds=seeds,
    longest=8192,
)
