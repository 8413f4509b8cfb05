"""Stopped between two records that belong together, and run again: it comes to the same end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from irkit import openpgp
from irkit.case import Case
from irkit.case.containment import probing
from irkit.errors import StepFailed, Waiting
from irkit.model import Kind, SecretRef
from irkit.plan import HumanTask
from irkit.providers.github import checksum
from tests.servers.github import GitHub
from tests.servers.loopback import serving

TOKEN = "ghp_" + "FAKEFAKEFAKEFAKEFAKEFAKEFAKE02" + checksum("FAKEFAKEFAKEFAKEFAKEFAKEFAKE02")


def planned(folder: Path, base: str, home: Path) -> Case:
    key = openpgp.generate(home, "Alice <alice@example.test>").primary
    (folder / "alice.asc").write_text(openpgp.export_public(home, key))
    settings = {"responder": "carol", "providers": {"github": {"base": base, "propagation_s": 0.5}}}
    case = Case.create(
        folder / "case", [SecretRef("env:FAKE_TOKEN")], settings=settings, approvers=[folder / "alice.asc"]
    )
    case.plan_revocation()
    case.approve("revoke", key, home)
    return case


def to_the_end(case: Case) -> None:
    try:
        case.carry_out("revoke")
    except Waiting:
        for action in case.plan("revoke").actions:
            if isinstance(action.do, HumanTask):
                case.hand_done(action.id, "looked at")
        case.carry_out("revoke")
    case.confirm()


@pytest.mark.parametrize("resumed", ["before it is sent", "after it was sent by an irkit that did not notice"])
def test_stopped_before_the_look_alike_was_asked_it_is_asked_later_and_death_is_proved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_gpg_home: Callable[[], Path], resumed: str
) -> None:
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    sample = probing.sample

    def stopped(case: Any, credential: Any, moment: str) -> Any:
        if moment == "control":
            raise KeyboardInterrupt
        return sample(case, credential, moment)

    with serving(GitHub({TOKEN})) as server:
        case = planned(tmp_path, server.url, make_gpg_home())
        with monkeypatch.context() as patch:
            patch.setattr(probing, "sample", stopped)
            with pytest.raises(KeyboardInterrupt):
                case.carry_out("revoke")
        assert [one.body["moment"] for one in case.journal.records(Kind.STANDING)] == ["before"]
        if resumed != "before it is sent":
            with monkeypatch.context() as patch:
                patch.setattr("irkit.case.containment.carrying._Work._sample_before", lambda *_: None)
                with pytest.raises(Waiting):
                    case.carry_out("revoke")
        to_the_end(case)
        assert sum(one.path == "/credentials/revoke" for one in server.asked) == 1
    assert case.journal.records(Kind.VERDICT)[-1].body["verdict"] == "dead"
    case.verify()


@pytest.mark.parametrize("before", [0, 1])
def test_stopped_while_the_postmortem_takes_its_place_the_case_verifies_and_it_is_exported_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    case = Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")])
    for number in range(before):
        case.note("summary", f"export {number}")
        case.export()
    case.note("summary", "the next export says more")
    place = tmp_path / "case" / "postmortem.html"
    stood = place.read_bytes() if before else b""

    def stopped(draft: Path, _path: Path) -> None:
        if draft.name == ".postmortem.html.new":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stopped_at(stopped))
        with pytest.raises(KeyboardInterrupt):
            case.export()
    assert (place.read_bytes() if before else b"") == stood
    assert "export it again" in case.verify().text()
    place.write_bytes(b"somebody else's")
    with pytest.raises(StepFailed, match="was changed"):
        case.verify()
    case.export()
    assert "unchanged" in case.verify().text()
    assert [path for path in case.folder.iterdir() if path.name.startswith(".")] == []


def stopped_at(look: Callable[[Path, Path], None]) -> Callable[[Path, Path], Path]:
    replace = Path.replace

    def replaced(draft: Path, path: Path) -> Path:
        look(draft, path)
        return replace(draft, path)

    return replaced
