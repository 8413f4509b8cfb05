"""What every step of a case stands on: the folder, the journal, the evidence, the credentials, the one network door."""

from __future__ import annotations

import getpass
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from irkit.case.approvals import APPROVER, Approver, ring
from irkit.case.credentials import Needled, needled, own_access
from irkit.case.evidence import Evidence
from irkit.case.journal import Journal
from irkit.case.ledger import Ledger
from irkit.case.lock import exclusive
from irkit.case.pace import Pace
from irkit.case.progress import Bars, Progress
from irkit.case.settings import CaseSettings, read_settings
from irkit.errors import BadInput, StepFailed
from irkit.model import Clock, Credential, Incident, Instant, Kind, Record, Trust
from irkit.network import Door
from irkit.plan import read
from irkit.redact import Redactor
from irkit.stores import resolve

AT_ONCE = 8
"""On how many credentials is worked at once, where there are many."""


class Desk:
    """State is in the case folder, never in the object: two of these on one folder see the same case."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = Journal(folder / "journal.sqlite")
        self.evidence = Evidence(folder / "evidence")
        self.resolve = resolve
        self.progress: Progress = Bars()
        self.at_once = AT_ONCE
        self._ledger = Ledger()
        self._folding = threading.Lock()

    # What the case knows

    @property
    def ledger(self) -> Ledger:
        """What became of each action, kept up with the journal; the same object as long as this desk lives."""
        with self._folding:
            for record in self.journal.records()[self._ledger.taken :]:
                self._ledger.take(record)
            return self._ledger

    @cached_property
    def settings(self) -> CaseSettings:
        return read_settings(self.folder / "case.toml")

    @property
    def responder(self) -> str:
        """Who acts: case.toml, else IRKIT_RESPONDER, else the login name."""
        return self.settings.responder or os.environ.get("IRKIT_RESPONDER") or getpass.getuser()

    @cached_property
    def incident(self) -> Incident:
        opened = self.journal.records(Kind.CASE_OPENED)
        if not opened:
            raise StepFailed("the journal does not begin with an incident", on=self.folder, do="make the case again")
        return read(Incident, dict(opened[0].body))

    @property
    def rotates(self) -> bool:
        """Whether nothing leaked here, and the credentials are replaced in quiet."""
        return self.incident.purpose == "rotation"

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """What leaked. BadInput in a folder of a team's readiness, which holds nothing that leaked: every step that asks stops there."""
        if self.incident.purpose == "readiness":
            raise BadInput(
                "this folder is of a team's readiness, and nothing leaked in it", on=self.folder,
                why="this step is about a leaked credential", do="open an incident: irkit new CASE --credential REF",
            )  # fmt: skip
        return self.incident.credentials

    @property
    def guarded(self) -> tuple[Credential, ...]:
        """What is hidden in whatever leaves this desk: what leaked; of a team's readiness, its own access as case.toml names it."""
        return own_access(self.settings, self.resolve) if self.incident.purpose == "readiness" else self.credentials

    @cached_property
    def needled(self) -> Needled:
        return needled(self.guarded, self.resolve)

    @cached_property
    def redactor(self) -> Redactor:
        return self.needled.redactor()

    @cached_property
    def pace(self) -> Pace:
        """What providers said about how fast they may be called, for all that this desk sends."""
        return Pace()

    @cached_property
    def door(self) -> Door:
        return Door(self.resolve, self.redactor)

    @property
    def approvers(self) -> dict[str, Approver]:
        return ring(self.journal.records(Kind.EVIDENCE), self.evidence)

    @staticmethod
    def now(clock: Clock, source: str) -> Instant:
        return Instant(datetime.now(UTC), clock, source, Trust.OURS)

    # Writing it down

    def write(self, kind: Kind, body: Mapping[str, Any]) -> Record:
        """Journal one record; every string passes the redactor on its way in."""
        return self.journal.append(kind, self.redactor.tree(dict(body)), self.responder)

    def write_many(self, entries: Iterable[tuple[Kind, Mapping[str, Any]]]) -> tuple[Record, ...]:
        """Journal several records, all or none, redacted likewise. Nothing is written for none."""
        bodies = [(kind, dict(body)) for kind, body in entries]
        # One look at all their strings, which hardly ever holds anything, spares one at each.
        if self.redactor.finds(b"\0\n".join(_strings([body for _, body in bodies]))):
            bodies = [(kind, self.redactor.tree(body)) for kind, body in bodies]
        return self.journal.append_many(bodies, self.responder) if bodies else ()

    def keep(self, plain: Any, what: str, source: str) -> str:
        """Keep a document as evidence, redacted, and journal that it was kept. Returns its digest."""
        if self.rotates:
            source = source.replace(" as leaked", " as the old one")  # how calls name whose credential they carry
        content = self.redactor.tree(plain)
        digest = self.evidence.put_document(content)
        known = {record.body["digest"] for record in self.journal.records(Kind.EVIDENCE)}
        if digest not in known:
            size = len(self.evidence.get(digest))
            self.write(Kind.EVIDENCE, {"digest": digest, "what": what, "source": source, "bytes": size})
        return digest

    def add_approver(self, person: Approver) -> None:
        """Pin one person's key. A certificate that changes later is a new entry, with its own digest."""
        digest = self.evidence.put(person.certificate.encode())
        body: dict[str, Any] = {
            "digest": digest,
            "what": APPROVER,
            "source": "given by the responder",
            "who": person.who,
        }
        body |= {"fingerprint": person.fingerprint, "bytes": len(person.certificate), "automation": person.automation}
        self.write(Kind.EVIDENCE, body)

    def exclusively(self) -> AbstractContextManager[None]:
        """Hold the case against other processes while the world is changed."""
        return exclusive(self.folder / "lock")


def _strings(value: Any) -> Iterator[bytes]:
    """Every string of a JSON tree, keys included."""
    if isinstance(value, str):
        yield value.encode("utf-8", "surrogatepass")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _strings(key)
            yield from _strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)
