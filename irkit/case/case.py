"""The desk: one case, one method per step. State is in the case folder, never in the object.

Methods that look return a `View`; `carry_out` is the only one that changes the world outside the folder. The chapters'
rules are pure and live in `irkit.exposure`, `irkit.revoke`, `irkit.resign` and `irkit.postmortem`; the modules beside this
one bring them their facts and journal what they say.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from irkit.case import carry_out, frames, plans, status, writeup
from irkit.case.approvals import read_certificate
from irkit.case.containment import planning, proof
from irkit.case.credentials import recognise
from irkit.case.desk import Desk
from irkit.case.disk import write_whole
from irkit.case.exposure import alerts, clocks, companions, used, windows
from irkit.case.exposure.reading import Means
from irkit.case.journal import Journal
from irkit.case.resigning import judging
from irkit.case.settings import CaseSettings, read_settings, write_settings
from irkit.errors import BadInput, IrkitError, StepFailed
from irkit.guard import active
from irkit.guard.suspects import refuse_within
from irkit.model import (
    Clock,
    Incident,
    Instant,
    Kind,
    SecretRef,
    Trust,
)
from irkit.plan import Plan, document
from irkit.revoke import Approving
from irkit.show import Pages, View
from irkit.sources.alerts import Report
from irkit.stores import forget, resolve, vault_folder

if TYPE_CHECKING:
    import pandas as pd

_CASE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Case(Desk):
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
    ) -> Case:
        """Open a new case. `issuers` names the provider of a reference whose value does not say.

        BadInput when the folder is in use, a reference resolves to nothing, or no credential is given.
        """
        if not credentials:
            raise BadInput("a case is about at least one credential", do="add --credential REF, or --from REPORT")
        _check_name(folder)
        people = [read_certificate(path) for path in approvers]
        case_key = secrets.token_bytes(32)
        known = tuple(recognise(ref, resolve, case_key, issuers.get(str(ref), "")) for ref in credentials)
        chosen = CaseSettings.model_validate({"case_id": folder.name, "title": title, **(settings or {})})
        refuse_within(chosen.model_dump(), "the settings of the case")
        _make_folder(folder)
        _begin(folder, case_key, chosen)
        Journal.create(folder / "journal.sqlite")
        case = cls(folder)
        now = case.now(Clock.JOURNAL, "the responder's clock when the case was opened")
        aware = Instant(aware_at, Clock.AWARE, "said when the case was opened", Trust.STATED) if aware_at else None
        incident = Incident(folder.name, title or folder.name, known, now, aware, case.responder)
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
        """Where the case stands: each credential, each chapter, what waits for whom."""
        return status.view(self)

    def verify(self) -> View:
        """Check the chain, the evidence, approvals, transition statements and what was exported. StepFailed naming the first fault."""
        return status.verified(self)

    def note(self, section: str, text: str) -> View:
        """Put a person's sentence into the case, for the given section of the postmortem."""
        self.write(Kind.NOTE, {"section": section, "text": text})
        return status.view(self)

    def frame(self, name: str) -> pd.DataFrame:
        """ "occurrences", "uses" or "journal" as a pandas table; columns and dtypes are declared in `irkit.case.frames`."""
        return frames.frame(self, name)

    # Chapter 1: where and since when, and who used it

    def locate(self, *paths: str | Path) -> View:
        """Find every occurrence under the paths: repositories (whole object database), folders, files."""
        return windows.locate(self, [Path(path) for path in paths])

    def companions(self) -> View:
        """What else stood where the credential stood: proposals for a person, found by a scanner that asks nobody."""
        return companions.companions(self)

    def consumers(self, *paths: str | Path, names: Sequence[str] = (), **replaced: Any) -> View:
        """Who needs each credential: what takes it, by the names given and those it was found under, what holds it, who used it.

        `replaced`, all optional: `replacement` (public id of the fresh credential), `replaced_at`, `logs` that show its uses.
        """
        from irkit.case.containment import consumers

        return consumers.consumers(self, [Path(path) for path in paths], names, **replaced)

    def usage(self, *logs: str | Path, **means: Any) -> View:
        """Read audit logs for every use of the case's credentials and of what they begot.

        `means`, all optional: `rules` (a folder of Sigma rules), `geoip` (an .mmdb file), `policy` (an IAM policy), `scopes`
        (a token's), `workers`, `scheduler`.
        """
        return used.usage(self, [Path(path) for path in logs], Means(**means))

    def findings(self) -> View:
        """What stands out in the logs, the worst first, each with its evidence and the harmless cause to rule out."""
        return used.findings(self)

    def descent(self) -> View:
        """What the credentials begot, drawn as a tree: sessions, keys, users; used or not, alive or not."""
        return used.descent(self)

    def activity(self) -> View:
        """Uses over time, by whom, with the exposure window drawn."""
        return used.activity(self)

    def blast(self) -> View:
        """What was done with the credentials, beside what could have been done with them."""
        return used.blast(self)

    def capture(self, repository: str) -> View:
        """Ask the host for its records of a repository (`OWNER/REPO`, `gitlab:GROUP/PROJECT`, an address) or `npm:PACKAGE`; keep them."""
        return clocks.captured(self, repository)

    def window(self, *, clocks: Sequence[str | Path] = ()) -> View:
        """The exposure window of each credential; `clocks` are files saved from the code host, `ours:PATH` a server's reflog."""
        return windows.window(self, clocks)

    def timeline(self) -> View:
        """The window, the commits and the uses, drawn."""
        return windows.timeline(self)

    # Chapter 2: revoke and prove it dead

    def plan_revocation(self, approvals_required: int = 1, approvals_valid_h: float = 24.0) -> View:
        """Plan the containment of every API token of the case; the same facts give the same plan.

        So many people must approve it, none of them its author, and each approval counts for so many hours.
        """
        approving = Approving(approvals_required, approvals_valid_h, plans.author_key(self))
        return planning.plan(self, approving)

    def plan(self, name: str) -> Plan:
        """The plan of that name, digest or chapter (the latest one). BadInput when there is none."""
        return plans.find_plan(self, name)

    def show_plan(self, name: str) -> View:
        return plans.plan_view(self, self.plan(name))

    def approve(self, name: str, key: str, home: Path, passphrase: SecretRef | None = None) -> View:
        """Sign the approval of a plan with a person's OpenPGP key that is in the case's ring."""
        return plans.approve(self, self.plan(name), key, home, passphrase)

    def carry_out(self, name: str, workers: int = 0, *, wait: bool = True) -> View:
        """Do what an approved plan says, each action once. Waiting until enough approvals are there.

        `workers` 0: several credentials at once when there are many. Without `wait` it does not stop for tasks that hold up nothing.
        """
        return carry_out.carry_out(self, self.plan(name), workers, wait=wait)

    def hand_done(self, action: str, text: str) -> View:
        """Say that a hand task was done; the confirm probe still has the last word."""
        return plans.hand_done(self, action, text)

    def confirm(self) -> View:
        """Prove each token dead: alive before, dead after, and a never-issued look-alike answers the same."""
        return proof.confirm(self)

    # Chapter 3: fresh keys, re-signed artifacts

    def inspect_key(self) -> View:
        """What of the OpenPGP key leaked: which packets, protected or not, and what therefore is to be revoked."""
        return judging.inspect_key(self)

    def judge_release(
        self,
        *releases: str | Path,
        records: Sequence[Mapping[str, str]] = (),
        listed: str | Path = "",
        home: str | Path = "",
    ) -> View:
        """Take stock of what the key signed in these folders and repositories, and judge each artifact by records from before.

        `records`: mappings with path, source, at (ISO 8601), trust ("independent", "ours", "stated", "settable") and optionally of (a
        release's name). `listed`: a TOML file with both (`irkit.case.resigning.settings`). `home`: the gpg home with the key's
        certificate, which makes the search for who trusts it many times as quick.
        """
        from irkit.case.resigning.settings import given

        return judging.judge(self, *given(releases, records, listed), home=str(home))

    def ways_to_revoke(self, **where: str) -> View:
        """What can be done about the old key from here: `old_home`, `certificate`, `revoker_home`, each optional."""
        from irkit.case.resigning import ways

        return ways.ways(self, **where)

    def plan_resign(self, **choices: Any) -> View:
        """Plan the fresh key, the revocation of the old one, their publication, the re-signing and the quarantine."""
        from irkit.case.resigning import planning as resigning

        return resigning.plan(self, **choices)

    def verify_signatures(self) -> View:
        """Check every re-signed artifact under the new key with gpg and with a second implementation."""
        from irkit.case.resigning import verifying

        return verifying.verify_signatures(self)

    def consumer_matrix(self, **homes: str) -> View:
        """What real consumers say to a new signature, an old one, and a backdated forgery by the old key; and what is left to do."""
        from irkit.case.resigning import matrix

        return matrix.consumer_matrix(self, **homes)

    def trust_chain(self) -> View:
        """Primary, subkeys, user ids, certifications and artifacts, before and after, drawn."""
        from irkit.case.resigning import chain

        return chain.trust_chain(self)

    def published(self) -> View:
        """Where the old and the new key stand, as read back from each place they were published at."""
        from irkit.case.resigning import published

        return published.published(self)

    def check_keys(self, policy: str | Path, *homes: str | Path) -> View:
        """The keys of these gpg homes against the team's policy. Without a policy nothing is checked, and it says so."""
        from irkit.case.resigning import key_check

        return key_check.against(policy, homes)

    def statement(self, *, wait: bool = False) -> View:
        """The transition statement, signed by the new key. With `wait`, Waiting until enough people have signed it as well."""
        from irkit.case.resigning import statement

        return statement.statement(self, wait=wait)

    def vouch(self, key: str, **how: Any) -> View:
        """A person signs the transition statement; `home` and `passphrase`, or `signature` made elsewhere."""
        from irkit.case.resigning import statement

        return statement.vouch(self, key, **how)

    # Chapter 4: the postmortem

    def postmortem(self) -> Pages:
        """The postmortem as it stands, from the journal."""
        return writeup.view(self)

    def gate(self, path: Path, unknown: bool | None = False) -> View:
        """Search everything below a path for the case's secrets; with `unknown` for others too, None is where a scanner is here.

        WouldLeak when one is there.
        """
        return writeup.gate_view(self, path, unknown)

    def export(self, form: str = "html", out: Path | None = None) -> Path:
        """Write the postmortem as html, md or json, after the gate has found no secret in the case. WouldLeak otherwise."""
        return writeup.export(self, form, out)


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
