"""From a scanner's report to the credentials of a case: what was alerted, by whom, and where each value was put away.

The value goes from the report into a reference outside the case and nowhere else; the case keeps the alert without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from irkit.case.desk import Desk
from irkit.errors import BadInput
from irkit.model import Credential, Instant, Kind, Secret, SecretRef, iso
from irkit.plan import document, read
from irkit.providers import identify
from irkit.show import Block, Facts, Notice, Table, View
from irkit.sources.alerts import Alert, Report, has_hash, read_alerts
from irkit.stores import keep, resolve

__all__ = ["Alerted", "by_credential", "choose", "instants", "journal", "read_alerts", "references", "several", "view"]

_SHOWN = 200
_PLACES = 3


@dataclass(frozen=True)
class Alerted:
    """The alerts of one credential: several findings of the same value, or of the same hash. `secret` is None when hidden."""

    alerts: tuple[Alert, ...]

    @property
    def secret(self) -> Secret | None:
        return next((alert.secret for alert in self.alerts if alert.secret), None)

    @property
    def first(self) -> Alert:
        return self.alerts[0]

    @property
    def places(self) -> str:
        named = list(dict.fromkeys(str(alert.where) for alert in self.alerts if str(alert.where)))
        more = len(named) - _PLACES
        return ", ".join(named[:_PLACES]) + (f" and {more} more" if more > 0 else "")


def by_credential(report: Report) -> tuple[Alerted, ...]:
    """The credentials a report names, in its order; alerts that hide the value stand alone unless they share its hash or name."""
    groups: dict[object, list[Alert]] = {}
    hashes = {alert.sha1: alert.secret.reveal() for alert in report.alerts if alert.sha1 and alert.secret}
    for number, alert in enumerate(report.alerts):
        value = alert.secret.reveal() if alert.secret else hashes.get(alert.sha1)
        groups.setdefault(value or alert.sha1 or alert.same or number, []).append(alert)
    return tuple(Alerted(tuple(alerts)) for alerts in groups.values())


def several(report: Report) -> bool:
    return len(by_credential(report)) > 1


def choose(found: Sequence[Alerted], picks: Sequence[str], report: Report) -> tuple[Alerted, ...]:
    """Those a person picked by number, or "all"; the only one needs no picking. BadInput otherwise."""
    if not picks and len(found) > 1:
        raise BadInput(
            f"this report names {len(found)} credentials",
            on=report.path,
            do="say which with --pick N (again for each), or --pick all",
        )
    if not picks or "all" in picks:
        return tuple(found)
    for pick in picks:
        if not pick.isdecimal() or not 1 <= int(pick) <= len(found):
            raise BadInput("there is no such finding", on=f"--pick {pick[:20]}", why=f"they are 1 to {len(found)}")
    return tuple(found[number - 1] for number in dict.fromkeys(map(int, picks)))


def references(
    chosen: Sequence[Alerted], given: Sequence[SecretRef], case_id: str, store: str, kept: list[SecretRef]
) -> dict[SecretRef, Alerted]:
    """Where each value is from now on; `kept` receives what was put away. BadInput when one is hidden and none was given.

    A value that is itself a public identifier (an AWS key id) becomes an `id:` reference: there is no secret behind it.
    """
    hidden = [one for one in chosen if one.secret is None]
    if hidden and len(hidden) > len(given):
        raise BadInput(
            f"the alert of {hidden[0].first.tool} cannot be acted on without its value",
            on=hidden[0].places or hidden[0].first.rule,
            why=hidden[0].first.hidden,
            do="get the value from there and give a reference beside --from: --credential file:PATH or env:NAME",
        )
    found = {}
    for one, ref in zip(hidden, given, strict=False):
        _same(one, ref)
        found[ref] = one
    for one in chosen:
        if one.secret is not None:
            ref = _public(one.secret) or keep(one.secret, case_id, store)
            if not ref.is_public:
                kept.append(ref)
            found[ref] = one
    return found


def _same(one: Alerted, ref: SecretRef) -> None:
    """A hash in the report can refute the credential that was given for it."""
    digest = one.first.sha1
    if digest and not ref.is_public and not has_hash(resolve(ref).text(), digest):
        raise BadInput(
            "this is not the credential of the alert", on=ref, why="its hash is another", do="correct the reference"
        )


def _public(secret: Secret) -> SecretRef | None:
    try:
        text = secret.text()
        found = identify(text)
    except BadInput:
        return None
    return SecretRef(f"id:{text}") if found and found[0].public_id == text else None


def journal(case: Desk, report: Report, found: Mapping[SecretRef, Alerted]) -> None:
    """One record for each credential, tool, rule and time: every place, and never the value."""
    by_ref = {credential.ref: credential for credential in case.credentials}
    for ref, one in found.items():
        runs: dict[tuple[Any, ...], list[Alert]] = {}
        for alert in one.alerts:
            runs.setdefault((alert.tool, alert.rule, alert.instant, alert.validity), []).append(alert)
        for (_, _, instant, _), alerts in runs.items():
            case.write(Kind.ALERTED, _body(by_ref[ref], report, alerts, instant))


def _body(credential: Credential, report: Report, alerts: Sequence[Alert], instant: Instant | None) -> dict[str, Any]:
    head = {name: value for name, value in alerts[0].document().items() if name in ("tool", "rule", "validity")}
    places = [{name: one.document()[name] for name in ("path", "line", "commit", "url")} for one in alerts]
    return {
        "credential": credential.name,
        "report": str(report.path),
        "alert": head | {"places": places},
        "instant": document(instant) if instant else None,
    }


def instants(case: Desk, credential: str) -> tuple[Instant, ...]:
    """When the credential was alerted, on the clocks of those who did; for the window."""
    found = [record.body for record in case.journal.records(Kind.ALERTED)]
    return tuple(read(Instant, one["instant"]) for one in found if one["credential"] == credential and one["instant"])


def view(report: Report, found: Iterable[Alerted], refs: Mapping[int, SecretRef] | None = None) -> View:
    """What the report names, numbered as --pick takes it; with `refs` only the picked ones, and where their values are now."""
    rows = []
    for number, one in enumerate(found, 1):
        if refs is not None and number not in refs:
            continue
        first = one.first
        told = next((alert.instant for alert in one.alerts if alert.instant), None)
        at = f"{iso(told.at)} ({told.trust.value})" if told else None
        value = str((refs or {}).get(number, "in the report" if one.secret else f"hidden: {first.hidden}"))
        rows.append((number, first.rule, first.provider or None, one.places, at, first.validity.value, value))
    columns = ("Nr", "Rule", "Provider (guess)", "Where", "Alerted (UTC)", "Tool says", "Value")
    facts = Facts(
        (
            ("Report", str(report.path)),
            ("Read as", report.scanner.title),
            ("Format tested", report.scanner.tested),
            ("Findings", len(report.alerts)),
        )
    )
    blocks: list[Block] = [facts, Table.of(columns, rows, "Credentials it names", _SHOWN)]
    if "unverified" in report.scanner.tested:
        blocks.append(Notice("warn", f"reading {report.scanner.title} is in part unverified: compare with the report"))
    if report.holds_values and report.path.is_file():
        blocks.append(
            Notice("warn", f"this report still holds the value: {report.path}. Delete it once it is not needed.")
        )
    blocks += [Notice("warn", f"not read: {item.what}: {item.why}") for item in report.skipped[:20]]
    return View("Alerts", tuple(blocks))
