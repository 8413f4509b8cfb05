"""Who used it, at the desk: read the logs once, keep what they say, and show it from there as often as wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from irkit.case.containment.left_behind import look_again
from irkit.case.credentials import document_of
from irkit.case.desk import Desk
from irkit.case.exposure.kept_usage import begotten, kept
from irkit.case.exposure.reading import Means
from irkit.case.exposure.usage import Kept, Read, read_usage
from irkit.case.exposure.usage_views import (
    activity_block,
    baseline_block,
    blast_blocks,
    count_blocks,
    descent_view,
    finding_blocks,
    rule_blocks,
    skipped_blocks,
    whose_blocks,
)
from irkit.case.exposure.windows import known_window
from irkit.exposure import Finding
from irkit.exposure.usage.activity import Activity
from irkit.exposure.usage.baseline import Baseline
from irkit.exposure.usage.blast import Blast
from irkit.model import ApiToken, Bound, Credential, Kind, Window
from irkit.plan import document
from irkit.show import Block, Notice, View

_MOST_KEPT = 20_000  # events kept for the picture; the counts are over all of them
_NOT_READ = "no log was read for it: call usage() with the logs first. Whether anybody used it is unknown."


def usage(case: Desk, paths: Sequence[Path], means: Means) -> View:
    """Read the logs for each token of the case. Without logs it says so; it does not say "no use"."""
    if not paths:
        return View("Who used it", (Notice("warn", "No log was given: whether anybody used it is unknown."),))
    blocks: list[Block] = []
    for credential in case.credentials:
        if credential.kind != "token":
            continue
        # Without a window nothing can be told from before it; an unbounded one makes the findings say so.
        window = known_window(case, credential.name) or Window(Bound(), Bound())
        found = read_usage(
            credential,
            case.resolve,
            paths,
            window=window,
            progress=case.progress,
            means=means,
            kept=Kept(_MOST_KEPT, marked=True),
        )
        if found is None:
            blocks.append(Notice("warn", f"{credential.name}: logs do not know this kind of credential by any name."))
            continue
        _keep(case, credential, found, paths)
        if isinstance(credential, ApiToken):
            blocks += [
                Notice("bad", f"{credential.name} is NOT contained: {why}") for why in look_again(case, credential)
            ]
        blocks += [
            *whose_blocks(credential.name, found),
            *count_blocks(credential.name, found.report),
            *rule_blocks(found.rules),
            *skipped_blocks(found.report),
        ]
    return View("Who used it", tuple(blocks))


def _keep(case: Desk, credential: Credential, found: Read, paths: Sequence[Path]) -> None:
    plain = {**found.document(), "credential": document_of(credential)}
    plain["activity"] = found.report.activity.document()
    plain["baseline"] = found.report.baseline.document()
    plain["uses"] = [document(event) for event in found.events]
    digest = case.keep(plain, f"usage of {credential.name}", ", ".join(map(str, paths)))
    body = {
        "credential": credential.name,
        "evidence": digest,
        "summary": plain["by_key"],
        "findings": [finding.title for finding in found.report.findings],
        "skipped": len(found.report.skipped),
        "of_issuer": found.of_issuer,
    }
    case.write(Kind.USAGE_READ, body)


def _each(case: Desk, title: str, show: Callable[[Credential, Mapping[str, Any]], Sequence[Block]]) -> View:
    """A view of what was kept for each token; what was not read is said, not left out."""
    blocks: list[Block] = []
    for credential in case.credentials:
        if credential.kind == "token":
            found = kept(case, credential.name)
            blocks += show(credential, found) if found else [Notice("warn", f"{credential.name}: {_NOT_READ}")]
    return View(title, tuple(blocks) or (Notice("info", "This case holds no token; signing leaves no log."),))


def findings(case: Desk) -> View:
    """What stands out, the worst first, with its evidence."""

    def show(credential: Credential, found: Mapping[str, Any]) -> Sequence[Block]:
        rows = [Finding.from_document({"rows": (), "detail": "", **row}) for row in found["findings"]]
        return (Notice("info", f"{credential.name}: {len(rows)} findings"), *finding_blocks(rows, evidence=True))

    return _each(case, "What stands out", show)


def descent(case: Desk) -> View:
    """What each credential begot, drawn as a tree: used or not, alive or not, until when."""
    trees = [(one.name, begotten(case, one.name)) for one in case.credentials if one.kind == "token"]
    view = descent_view([(name, tree) for name, tree in trees if tree is not None])
    missing = tuple(Notice("warn", f"{name}: {_NOT_READ}") for name, tree in trees if tree is None)
    return View(view.title, (*view.blocks, *missing))


def activity(case: Desk) -> View:
    """Uses over time, by whom, with the exposure window drawn; and what is new in them against what is normal."""

    def show(credential: Credential, found: Mapping[str, Any]) -> Sequence[Block]:
        counted = Activity.from_document(found["activity"]) if "activity" in found else Activity()
        normal = Baseline.from_document(found["baseline"]) if "baseline" in found else None
        drawn = activity_block(credential.name, counted, known_window(case, credential.name), datetime.now(UTC))
        return [drawn, *([baseline_block(credential.name, normal)] if normal else [])]

    return _each(case, "Activity", show)


def blast(case: Desk) -> View:
    """What was done with each credential, beside what could have been; and how a narrower one is proposed."""

    def show(credential: Credential, found: Mapping[str, Any]) -> Sequence[Block]:
        plain = found.get("blast")
        blocks = (
            blast_blocks(Blast.from_document(plain)) if plain else [Notice("warn", "this reading kept no blast radius")]
        )
        narrower = f"irkit blast {credential.ref} LOGS... proposes the narrowest replacement by what it was seen to do"
        return (Notice("info", credential.name), *blocks, Notice("info", narrower))

    return _each(case, "Blast radius", show)
