"""What the logs say, shown: counts, what stands out, descent, activity over time, blast radius. Each by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from irkit.case.exposure.usage import Read
from irkit.exposure.usage import Begotten, Finding, UsageReport, activity, baseline, radius, tree
from irkit.exposure.usage.activity import Activity
from irkit.exposure.usage.baseline import Baseline
from irkit.exposure.usage.blast import Blast
from irkit.model import Window
from irkit.model.regions import unknown_elsewhere
from irkit.show import Block, Facts, Notice, Prose, Table, View

if TYPE_CHECKING:
    from irkit.exposure.usage.sigma import RuleHits

_MOST_EVIDENCE, _SHOWN = 3, 20
_NO_FINDING = "Nothing stands out by the rules known here; that is not the same as: nothing happened."


def usage_view(name: str, read: Read) -> View:
    """Everything on one page, for a terminal: each kind of use by itself, then what came of it."""
    report = read.report
    blocks = [
        *whose_blocks(name, read),
        *count_blocks(name, report),
        *finding_blocks(report.findings),
        *rule_blocks(read.rules),
    ]
    if report.descent:
        blocks.append(tree.brief(report.descent, tree.sentence(name, report.descent), 100))
    if read.blast:
        blocks += blast_blocks(read.blast, pictures=False)
    return View(f"Who used {name}", (*blocks, *skipped_blocks(report)))


def whose_blocks(name: str, read: Read) -> list[Block]:
    """A warning where the counts below it are no answer."""
    if read.of_issuer:
        return []
    text = "none of the logs is known to be its issuer's, and none shows it: whether anybody used it is unknown."
    return [Notice("warn", f"{name}: {text}")]


def skipped_blocks(report: UsageReport) -> list[Block]:
    blocks: list[Block] = [Notice("warn", f"not read: {item.what}: {item.why}") for item in report.skipped[:_SHOWN]]
    if len(report.skipped) > _SHOWN:
        blocks.append(
            Notice("warn", f"{len(report.skipped) - _SHOWN} more were not read; the document lists them all.")
        )
    return blocks


def count_blocks(name: str, report: UsageReport) -> list[Block]:
    """By the credential itself, by what it begot, by the same principal, and what only mentions it: never added together."""
    own = report.by_key
    facts = Facts(
        (
            ("Credential", name),
            ("Uses by itself", own.events),
            *((f"Tied to it by {kind.replace('_', ' ')}", count) for kind, count in _several(report.matches)),
            ("Delivered again", own.duplicates),
            ("First use (UTC)", own.first),
            ("Last use (UTC)", own.last),
            ("Not read-only", own.writes),
            ("Refused or failed", sum(own.errors.values())),
            ("Events that only mention it", report.mentions),
            ("Inputs not read", len(report.skipped)),
            *((("By the same principal otherwise", report.same_principal.events),) if report.same_principal else ()),
            *(
                (f"In the window: {answer}", report.within.get(answer, 0))
                for answer in ("yes", "no", "unknown")
                if report.within
            ),
            *((f"Flagged {flag.replace('-', ' ')}", count) for flag, count in report.flags.items()),
        )
    )
    blocks: list[Block] = [
        *((Notice("warn", _none_found(name, report)),) if not own.events else ()),
        facts,
        Table.of(("Address", "Events"), list(own.addresses.items()), "From where", _SHOWN),
        Table.of(("Action", "Events"), list(own.actions.items()), "To do what", _SHOWN),
    ]
    if elsewhere := unknown_elsewhere(report.regions_read):
        blocks.append(Notice("warn", f"{elsewhere}."))
    if own.errors:
        blocks.append(Table.of(("Error", "Events"), list(own.errors.items()), "What was refused or failed", _SHOWN))
    return blocks


def _none_found(name: str, report: UsageReport) -> str:
    unread = f", and {len(report.skipped)} of their inputs could not be read" if report.skipped else ""
    return (
        f"No use of {name} is in the logs that were read{unread}. That is no answer for what they do not reach: "
        "compare their first and last hour with the window."
    )


def _several(matches: object) -> list[tuple[str, int]]:
    """Kinds of match, when there is more than one: they are not the same evidence."""
    counted = dict(matches) if isinstance(matches, dict) else {}
    return list(counted.items()) if len(counted) > 1 else []


def finding_blocks(findings: Sequence[Finding], *, evidence: bool = False) -> list[Block]:
    """One row a finding, the worst first; with `evidence` the first events under each as well."""
    if not findings:
        return [Prose((_NO_FINDING,))]
    rows = [
        (
            number,
            one.title,
            one.severity,
            one.confidence,
            one.attack or "—",
            len(one.evidence),
            one.detail or "—",
            one.benign,
        )
        for number, one in enumerate(findings, 1)
    ]
    columns = ("#", "Finding", "Severity", "Confidence", "ATT&CK", "Evidence", "More", "Rule out first")
    caption = "What stands out: each is a question, not a verdict"
    blocks: list[Block] = [Table.of(columns, rows, caption)]
    if evidence:
        traces = [
            (number, row.at, row.action, row.address or "—", row.outcome, f"…{row.key[-8:]}", _near(row.where))
            for number, one in enumerate(findings, 1)
            for row in one.rows[:_MOST_EVIDENCE]
        ]
        told = ("#", "At (UTC)", "Action", "Address", "Outcome", "Key", "Where in the logs")
        more = f"at most {_MOST_EVIDENCE} events a finding; the case's evidence holds the others"
        blocks.append(Table(told, tuple(traces), "Evidence, by the number of the finding", more))
    return blocks


def _near(where: str) -> str:
    """The end of a path: the evidence holds all of it."""
    return where.rpartition("/")[2]


def rule_blocks(hits: Sequence[RuleHits] | None) -> list[Block]:
    if hits is None:
        return []
    rows = [
        (
            one.title,
            one.level or None,
            one.attack or "—",
            one.ours,
            ", ".join(f"{n} {whose}" for whose, n in one.by.items()),
            one.file,
        )
        for one in hits
    ]
    columns = ("Rule", "Level", "ATT&CK", "Events of the credential and its descendants", "Events by whom", "File")
    return [Table.of(columns, rows, "Sigma rules that fired")]


def descent_view(trees: Sequence[tuple[str, Sequence[Begotten]]]) -> View:
    """A picture and a table for each credential."""
    return View("What it left behind", tuple(tree.figure(name, nodes) if nodes else Prose((tree.sentence(name, nodes),))
                                             for name, nodes in trees))  # fmt: skip


def activity_block(name: str, counted: Activity, window: Window | None, now: datetime) -> Block:
    drawn = activity.figure(counted, window, now)
    return drawn or Notice("info", f"{name}: no use was read that has a time, so there is nothing to draw.")


def baseline_block(name: str, normal: Baseline) -> Block:
    return baseline.figure(normal) or Notice("warn", f"{name}: {baseline.sentence(normal)}")


def blast_blocks(blast: Blast, *, pictures: bool = True) -> list[Block]:
    """The picture with its table, and what weakens the answer."""
    drawn = radius.figure(blast) if pictures else None
    return [drawn or radius.table(blast), *(Notice("info", note) for note in blast.notes)]
