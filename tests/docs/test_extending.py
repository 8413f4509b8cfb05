"""The examples of docs/extend are registered and used: what a page tells one to write works as it says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from irkit.model import Secret, SecretRef, State
from irkit.network import Door
from irkit.providers import OUTLINES, PROVIDERS, identify
from irkit.providers.interface import Setting, Target
from irkit.redact import Redactor
from irkit.sources.alerts import read as alerts
from irkit.sources.logs import portion
from irkit.sources.logs.interface import Wanted
from irkit.sources.logs.read import events
from irkit.stores import catalogue
from tests.docs.blocks import ROOT, fences
from tests.servers.loopback import Answer, Asked, serving
from tests.stores.putting import ADMIN, ADMIN_REF, VALUE, Putting

TOKEN = f"larch_FAKE_{'0123456789abcdef' * 2}"


def example(name: str, number: int = 0) -> ModuleType:
    """The module that a page shows."""
    shown = [block for block in fences(ROOT / "docs" / "extend" / f"{name}.md") if block.kind == "python"]
    module = ModuleType(f"example_{name.replace('-', '_')}")
    exec(compile(shown[number].text, f"docs/extend/{name}.md", "exec"), module.__dict__)  # noqa: S102  (our own page)
    return module


def outline() -> tuple[Any, ...]:
    (line,) = (block.text for block in fences(ROOT / "docs" / "extend" / "provider.md") if block.kind == "text")
    made: Mapping[str, tuple[Any, ...]] = eval(f"{{{line}}}")  # noqa: S307  (our own page)
    return made["larch"]


class Larch:
    """The issuer: a token lives until it has revoked itself; a variable holds what was put."""

    def __init__(self) -> None:
        self.living = {TOKEN}
        self.held = ""

    def __call__(self, asked: Asked) -> Answer:
        who = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if asked.path == "/v1/shop/API_TOKEN" and who == ADMIN:
            self.held = json.loads(asked.body)["value"] if asked.method == "PUT" else self.held
            return Answer(200, json.dumps({"value": self.held}).encode())
        if who not in self.living:
            return Answer(401, b'{"message": "bad token"}')
        if asked.method == "DELETE":
            self.living.discard(who)
            return Answer(204)
        return Answer(200, b'{"login": "robin"}')


def test_a_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    larch = example("provider").LARCH
    monkeypatch.setitem(OUTLINES, "larch", outline())
    monkeypatch.setitem(PROVIDERS, "larch", larch)  # type: ignore[arg-type]
    (found,) = identify(TOKEN)
    assert (found.provider, found.shape) == ("larch", "larch-token")
    assert outline()[:2] == (len(TOKEN), len(TOKEN))
    values = {"env:LEAKED": TOKEN, "control:larch": larch.shapes[0].look_alike()}
    with serving(Larch()) as server:
        setting, door = Setting(base=server.url), Door(lambda ref: Secret(values[str(ref)]), Redactor(), 5)
        leaked, control = (Target(SecretRef(ref), "larch-token") for ref in values)

        def standing(target: Target) -> State:
            return larch.read_standing(door.send(larch.ask_standing(setting, target))).state

        (step,) = larch.steps
        assert (standing(leaked), standing(control)) == (State.ALIVE, State.DEAD)
        assert step.read(door.send(step.ask(setting, leaked))).yes is True
        assert (standing(leaked), standing(control)) == (State.DEAD, State.DEAD)


def test_a_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(catalogue.STORES, "larch-variable", example("store").LARCH_VARIABLE)
    larch = Larch()
    with serving(larch) as server:
        putting = Putting(Setting(base=server.url, responder=ADMIN_REF))
        accepted, _version = putting.put("larch-variable:shop/API_TOKEN")
        back = putting.back("larch-variable:shop/API_TOKEN")
        larch.held = "something else"
        other = putting.back("larch-variable:shop/API_TOKEN")
    assert accepted.yes is True
    assert back
    assert other
    assert (back.state, other.state) == (State.ALIVE, State.DEAD)
    assert VALUE not in repr(putting.replies)


def test_a_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(portion, "JSON_FORMATS", (*portion.JSON_FORMATS, example("source").LarchAudit()))
    log = tmp_path / "audit.jsonl"
    token = {"id": "larch-1", "owner": "robin"}
    rows = [
        {"larch_event": "e1", "at_ms": 1772361000000, "token": token, "what": "write.file", "from": "192.0.2.7", "allowed": True},
        {"larch_event": "e2", "at_ms": 1772361060000, "token": {"id": "larch-2"}, "what": "read.file", "from": "192.0.2.8"},
    ]  # fmt: skip
    log.write_text("".join(f"{json.dumps(one)}\n" for one in rows))
    (used,) = events([log], Wanted.of("the token", ["larch-1"]))
    assert (used.source, used.action, used.address, used.writes) == ("larch-audit", "write.file", "192.0.2.7", True)
    assert used.at
    assert used.at.isoformat() == "2026-03-01T10:30:00+00:00"


def test_a_report(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(alerts, "SCANNERS", (example("source", 1).LARCH, *alerts.SCANNERS))
    report = tmp_path / "findings.json"
    found = {"larch_value": TOKEN, "rule": "token", "file": "shop/.env", "line": 3, "commit": "0" * 40}
    report.write_text(json.dumps([found, found | {"larch_value": "larch_****"}]))
    shown, hidden = alerts.read_alerts(report).alerts
    assert (shown.tool, shown.where.path, shown.where.line) == ("larch", "shop/.env", 3)
    assert shown.secret is not None
    assert (hidden.secret, hidden.hidden) == (None, "the report hides the value")
    assert TOKEN not in repr(shown)
