"""The desk: one case, one method per step. State is in the case folder, never in the object.

Methods that look return a `View`; `carry_out` is the only one that changes the world outside the folder. Here is what every case has: how
it is opened, where it stands, its plans approved and carried out, how it ends. The steps of a chapter are in `steps.py` of its folder
beside this module. Its rules are pure and live in `irkit.exposure`, `irkit.revoke`, `irkit.resign` and `irkit.postmortem`; the other
modules of the folder bring them their facts and journal what they say.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from irkit.case import carry_out, frames, plans, status
from irkit.case.approvals import read_certificate
from irkit.case.containment.steps import ContainmentSteps
from irkit.case.credentials import recognise
from irkit.case.disk import write_whole
from irkit.case.exposure import alerts
from irkit.case.exposure.steps import ExposureSteps
from irkit.case.journal import Journal
from irkit.case.postmortem.steps import PostmortemSteps
from irkit.case.readiness.steps import ReadinessSteps
from irkit.case.resigning.steps import ResigningSteps
from irkit.case.rotating.steps import RotationSteps
from irkit.case.settings import CaseSettings, read_settings, write_settings
from irkit.errors import BadInput, IrkitError, StepFailed
from irkit.guard import active
from irkit.guard.suspects import refuse_within
from irkit.model import (
    Clock,
    Credential,
    Incident,
    Instant,
    Kind,
    Purpose,
    SecretRef,
    Trust,
)
from irkit.plan import Plan, document
from irkit.show import View
from irkit.sources.alerts import Report
from irkit.stores import forget, resolve, vault_folder

if TYPE_CHECKING:
    import pandas as pd

    from irkit.case.forms.widgets import Page

_CASE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Case(ExposureSteps, ContainmentSteps, RotationSteps, ResigningSteps, PostmortemSteps, ReadinessSteps):
    """An incident's folder: `case.toml`, `journal.sqlite`, `evidence/`, `notebooks/`, `quarantine/`, `postmortem.html`."""

    @classmethod
    def create(
        cls,
        folder: Path,
        credentials: Sequence[SecretRef],
        *,
        title: str = "",
        aware_at: datetime | None = None,
        settings: Mapping[str, Any] | None = None,
        approvers: Sequence[Path] = (),
        issuers: Mapping[str, str] = MappingProxyType({}),
        purpose: Purpose = "incident",
    ) -> Case:
        """Open a new case. `issuers` names the provider of a reference whose value does not say.

        `purpose` "rotation": nothing leaked, and the credentials are replaced in quiet. BadInput when the folder is in use, a reference
        resolves to nothing, or no credential is given.
        """
        if not credentials:
            raise BadInput(
                "a case is about at least one credential",
                do="add --credential REF, or --from REPORT; a team's own state: --readiness",
            )
        return cls._create(folder, credentials, title, aware_at, settings, approvers, issuers, purpose)

    @classmethod
    def create_readiness(
        cls,
        folder: Path,
        *,
        title: str = "",
        settings: Mapping[str, Any] | None = None,
        approvers: Sequence[Path] = (),
    ) -> Case:
        """Open a folder about a team before anything leaked: the same desk, journal and guard, and no credential in it.

        `settings` name how the team reaches its own issuers, `approvers` who could approve. BadInput when the folder is in use.
        """
        return cls._create(folder, (), title, None, settings, approvers, {}, "readiness")

    @classmethod
    def _create(
        cls,
        folder: Path,
        credentials: Sequence[SecretRef],
        title: str,
        aware_at: datetime | None,
        settings: Mapping[str, Any] | None,
        approvers: Sequence[Path],
        issuers: Mapping[str, str],
        purpose: Purpose = "incident",
    ) -> Case:
        _check_name(folder)
        people = [read_certificate(path) for path in approvers]
        case_key = secrets.token_bytes(32)
        known = tuple(recognise(ref, resolve, case_key, issuers.get(str(ref), "")) for ref in credentials)
        _refuse_keys(known, purpose)
        chosen = CaseSettings.model_validate({"case_id": folder.name, "title": title, **(settings or {})})
        refuse_within(chosen.model_dump(), "the settings of the case")
        _make_folder(folder)
        _begin(folder, case_key, chosen)
        Journal.create(folder / "journal.sqlite")
        case = cls(folder)
        now = case.now(Clock.JOURNAL, "the responder's clock when the case was opened")
        aware = Instant(aware_at, Clock.AWARE, "said when the case was opened", Trust.STATED) if aware_at else None
        incident = Incident(folder.name, title or folder.name, known, now, aware, case.responder, purpose=purpose)
        case.journal.append(Kind.CASE_OPENED, document(incident), case.responder)
        for person in people:
            case.add_approver(person)
        return case

    @classmethod
    def from_report(
        cls,
        folder: Path,
        report: Report,
        picks: Sequence[str] = (),
        *,
        given: Sequence[SecretRef] = (),
        store: str = "",
        **options: Any,
    ) -> tuple[Case, View]:
        """Open a case on what a scanner alerted; `given` stands for values the report hides, and adds to the others.

        Each value is put away outside the case first, and taken out again when no case comes of it. `options` are those of
        `create`. BadInput when nothing, or more than one without a pick, can be acted on.
        """
        _check_name(folder)
        if vault_folder().resolve().is_relative_to(folder.resolve()):
            raise BadInput(
                "values must not be kept inside the case", on=vault_folder(), do="set XDG_STATE_HOME elsewhere"
            )
        named = alerts.by_credential(report)
        kept: list[SecretRef] = []
        try:
            found = alerts.references(alerts.choose(named, picks, report), given, folder.name, store, kept)
            case = cls.create(folder, list(dict.fromkeys((*found, *given))), **options)
        except BaseException:
            for ref in kept:
                forget(ref)
            raise
        alerts.journal(case, report, found)
        numbers = {id(one): number for number, one in enumerate(named, 1)}
        return case, alerts.view(report, named, {numbers[id(one)]: ref for ref, one in found.items()})

    @classmethod
    def open(cls, folder: Path | str) -> Case:
        """An existing case. From here on this process hides its secrets in whatever it shows (`irkit.guard.active`)."""
        path = Path(folder)
        read_settings(path / "case.toml")
        if not (path / "journal.sqlite").exists():
            raise BadInput("this case has no journal", on=path, do="restore it, or make a new case: irkit new")
        case = cls(path)
        try:
            active.add(case.redactor)
        except IrkitError:
            status.require_whole(case)  # a journal that somebody changed is the first thing to say
            raise
        return case

    # Where it stands

    def status(self) -> View:
        """Where the case stands: exposed, contained, re-signed, written; what waits for whom; the clocks; each credential."""
        return status.view(self, datetime.now(UTC))

    def verify(self) -> View:
        """Check the chain, the evidence, approvals, transition statements and what was exported. StepFailed naming the first fault."""
        return status.verified(self)

    def note(self, section: str, text: str) -> View:
        """Put a person's sentence into the case, for the given section of the postmortem."""
        self.write(Kind.NOTE, {"section": section, "text": text})
        return self.status()

    def frame(self, name: str) -> pd.DataFrame:
        """ "occurrences", "uses" or "journal" as a pandas table; columns and dtypes are declared in `irkit.case.frames`."""
        return frames.frame(self, name)

    def table(self, name: str) -> View:
        """The same to look at: in JupyterLab every row, to sort and to filter by keyboard; elsewhere the first 200."""
        return frames.table(self, name)

    # What any chapter plans: approved, then carried out

    def plan(self, name: str) -> Plan:
        """The plan of that name, digest or chapter (the latest one). BadInput when there is none."""
        return plans.find_plan(self, name)

    def show_plan(self, name: str) -> View:
        return plans.plan_view(self, self.plan(name))

    def approve(self, name: str, key: str, home: Path, passphrase: SecretRef | None = None) -> View:
        """Sign the approval of a plan with a person's OpenPGP key that is in the case's ring."""
        return plans.approve(self, self.plan(name), key, home, passphrase)

    def approvals(self, name: str, home: str | Path = "") -> View | Page:
        """Who has approved a plan (by name or chapter), who may, until when, and how; in JupyterLab a form to do it.

        `home`: the gpg home that the form begins with; gpg's own otherwise.
        """
        from irkit.case import forms

        return forms.approvals(self, self.plan(name), home)

    def by_hand(self, chapter: str = "") -> View | Page:
        """What only a person can do, of the latest plans, each with its page and steps; in JupyterLab a form to say it was done."""
        from irkit.case import forms

        return forms.by_hand(self, chapter)

    def carry_out(self, name: str, workers: int = 0, *, wait: bool = True) -> View:
        """Do what an approved plan says, each action once. Waiting until enough approvals are there.

        `workers` 0: several credentials at once when there are many. Without `wait` it does not stop for tasks that hold up nothing.
        """
        return carry_out.carry_out(self, self.plan(name), workers, wait=wait)

    def hand_done(self, action: str, text: str) -> View:
        """Say that a hand task was done; the confirm probe still has the last word."""
        return plans.hand_done(self, action, text)

    # How it ends

    def closing(self, kind: str = "") -> View:
        """What speaks for and against closing the case as "false alarm" or "contained". Waiting until a person has; "" only tells."""
        from irkit.case import closing

        return closing.closing(self, kind)

    def close(self, kind: str, why: str, **brought: Any) -> View:
        """A person closes the case; `said`, `evidence`, `despite` as in `irkit.case.closing.close`. BadInput naming what is against it."""
        from irkit.case import closing

        return closing.close(self, kind, why, **brought)

    def left(self, who: str, ended: datetime, why: str, *, key: str = "") -> View:
        """Note that somebody left, and when their right ended: they approve nothing from now on, and from then on what they hold is out.

        BadInput when several approvers go by that name and `key` (a fingerprint) does not say which.
        """
        from irkit.case import leavers

        return leavers.left(self, who, ended, why, key)


def _refuse_keys(known: Sequence[Credential], purpose: Purpose) -> None:
    if purpose == "rotation" and any(one.kind == "openpgp" for one in known):
        raise BadInput(
            "an OpenPGP key is not rotated so", why="whoever has its signatures must learn of the fresh one",
            do="open a case without --rotation, and let notebook 3 supersede it",
        )  # fmt: skip


def _check_name(folder: Path) -> None:
    if not _CASE_ID.fullmatch(folder.name):
        raise BadInput("this is no name for a case", on=folder.name, do="use letters, digits, '-', '_' and '.'")


def _begin(folder: Path, case_key: bytes, settings: CaseSettings) -> None:
    try:
        write_whole(folder / "case.key", case_key)
        write_settings(folder / "case.toml", settings)
    except OSError as error:
        raise StepFailed(
            "the case could not be made", on=folder, why=error.strerror or str(error),
            do="make room, remove this folder and run it again",
        ) from None  # fmt: skip


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise BadInput("the folder of a new case must be empty", on=folder, do="choose another name")
        folder.chmod(0o700)
        for name in ("evidence", "notebooks", "quarantine"):
            (folder / name).mkdir(mode=0o700)
    except OSError as error:
        raise BadInput(
            "the case folder cannot be made", on=folder, why=str(error.strerror), do="choose another"
        ) from None
