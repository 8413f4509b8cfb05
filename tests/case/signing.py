"""A small case about a leaked signing key, for tests: two files signed with it, one of them known from before."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from irkit.case import Case
from irkit.model import Bound, Clock, Instant, Kind, SecretRef, Trust, Window
from irkit.plan import document
from tests.owners import Owner

NEW = "New Releases <new@example.test>"
BEFORE = "2026-01-01T00:00:00Z"


@dataclass(frozen=True)
class Incident:
    """The case, where the old and the new key live, the release, and people who may approve."""

    case: Case
    old: Owner
    new_home: Path
    release: Path
    people: tuple[Owner, ...]

    def judge(self) -> None:
        self.case.judge_release(self.release, records=[self.record()])

    def record(self) -> dict[str, str]:
        return {"path": str(self.release.parent / "mirror"), "source": "a mirror", "at": BEFORE, "trust": "independent"}

    def plan(self, **choices: object) -> str:
        given = {"old_home": str(self.old.home), "new_home": str(self.new_home), "user_id": NEW}
        self.case.plan_resign(**(given | choices))
        plan = self.case.ledger.latest("resign")
        assert plan is not None
        return plan.name

    def approve(self, name: str, *people: Owner) -> None:
        for person in people or self.people:
            self.case.approve(name, person.key.primary, person.home)

    def carry_out(self, **choices: object) -> None:
        self.judge()
        name = self.plan(**choices)
        self.approve(name)
        self.case.carry_out(name)


def instant(text: str) -> Instant:
    return Instant(datetime.fromisoformat(text), Clock.PUSH, "the server", Trust.INDEPENDENT)


def make(folder: Path, old: Owner, new_home: Path, people: tuple[Owner, ...], subkey_only: bool = False) -> Incident:
    release = folder / "release"
    release.mkdir()
    for name in ("app.tar", "late.tar"):
        (release / name).write_text(name)
        old.sign_with_gpg_alone(release / name, release / f"{name}.asc")
    (folder / "mirror").write_text(f"{hashlib.sha256(b'app.tar').hexdigest()}  app.tar\n")
    leaked = folder / "leaked.asc"
    how = (
        ("--export-secret-subkeys", f"{old.key.signing}!") if subkey_only else ("--export-secret-keys", old.key.primary)
    )
    leaked.write_bytes(old.gpg("--armor", *how))
    certificates = []
    for number, person in enumerate(people):
        path = folder / f"person-{number}.asc"
        path.write_text(person.certificate)
        certificates.append(path)
    case = Case.create(
        folder / "case", [SecretRef(f"file:{leaked}")], settings={"responder": "carol"}, approvers=certificates
    )
    window = Window(Bound(instant("2026-03-01T00:00:00Z"), instant("2026-03-02T00:00:00Z")), Bound())
    case.write(Kind.WINDOW, {"credential": old.key.primary, "window": document(window), "instants": []})
    return Incident(case, old, new_home, release, people)


def incident(folder: Path, make_owner: Callable[..., Owner], new_home: Path, *, subkey_only: bool = False) -> Incident:
    people = (make_owner("Alice <alice@example.test>"), make_owner("Bob <bob@example.test>"))
    return make(folder, make_owner(), new_home, people, subkey_only)
