"""Who needs the secret, at the desk: what files take it, what holds its value now, and what logs show using it.

What is found is kept as evidence and journalled for each credential, so that the plan of chapter 2 can read it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from irkit.case.desk import Desk
from irkit.case.exposure.kept_usage import uses
from irkit.case.exposure.windows import called, known_window, occurrences
from irkit.errors import BadInput
from irkit.exposure.consumers import USAGE, seen_in_use, switched
from irkit.model import ApiToken, Consumer, Credential, Kind, Occurrence, Record, SecretRef, Skipped, Sure, UsageEvent
from irkit.plan import document, read
from irkit.show import Block, Facts, Notice, Table, View
from irkit.sources.consumers import Learned, consumers_in, names_where_it_stands

_TITLE = "Who needs it"
_SHOWN = 200
_BRANCHES = 3
_SHORTEST_ID = 8
_MOST_SEEN = 100
_BRANCH_PREFIXES = ("refs/heads/", "refs/remotes/")


@dataclass(frozen=True)
class Replaced:
    """The fresh credential: how its provider calls it, since when it is in place, and its uses as logs show them."""

    at: datetime
    uses: tuple[UsageEvent, ...] = ()


def consumers(
    case: Desk,
    paths: Sequence[Path],
    names: Sequence[str] = (),
    *,
    replacement: str = "",
    replaced_at: datetime | None = None,
    logs: Sequence[Path] = (),
) -> View:
    """Look under the paths for what takes each credential, by the names given and those it was found under; keep and show it.

    `names` count for every credential, `CREDENTIAL=NAME` for one. `replacement` is the public id of the fresh credential and
    `logs` show its uses since `replaced_at`. Without paths nothing is looked at and nothing is kept.
    """
    if not paths:
        note = Notice("warn", "Nobody has looked for who needs it: name repositories or folders that may use it.")
        return View(_TITLE, (note,))
    given = _given(case, names)
    replaced = _replaced(case, replacement, replaced_at, logs)
    blocks: list[Block] = []
    for credential in case.credentials:
        stood = [one for one in occurrences(case) if one.credential == credential.name]
        learned = names_where_it_stands(stood)
        sought = tuple(dict.fromkeys((*given[credential.name], *learned.names)))
        ids = tuple(one for one in _ids(credential) if len(one) >= _SHORTEST_ID)
        found = consumers_in(paths, sought, ids) if sought or ids else None
        made = [*_holding(stood), *(found.consumers if found else ()), *_used(case, credential)]
        old = uses(case, credential.name)
        told = [
            switched(one, old, replaced.uses if replaced else (), replaced.at if replaced else None) for one in made
        ]
        # Paths and names are by strangers: what is shown passes the redactor as what is kept does.
        told = [read(Consumer, case.redactor.tree(document(one))) for one in told]
        told.sort(key=lambda one: list(Sure).index(one.sure))
        skipped = (*(found.skipped if found else ()), *learned.skipped)
        body = _keep(case, credential, told, sought, ids, learned, skipped, paths) if found else None
        files = found.files if found else 0
        blocks += _blocks(credential, body, told, learned, skipped, files)
    return View(_TITLE, tuple(blocks))


def known_consumers(case: Desk, credential: str) -> tuple[Consumer, ...] | None:
    """What the latest look found for it, the surest first; None when nobody looked, which is not the same as none."""
    found = _latest(case, credential)
    if found is None:
        return None
    return tuple(read(Consumer, one) for one in case.evidence.document(found.body["evidence"])["consumers"])


def documents(case: Desk) -> dict[str, Any]:
    """As `irkit consumers --format json` prints it; `consumers` is null for a credential that could not be looked for."""
    made = []
    for credential in case.credentials:
        found = _latest(case, credential.name)
        kept = case.evidence.document(found.body["evidence"]) if found else {}
        made.append({"credential": credential.name, "consumers": None, "skipped": [], **kept})
    return {"credentials": made}


def _latest(case: Desk, credential: str) -> Record | None:
    found = [one for one in case.journal.records(Kind.CONSUMERS) if one.body["credential"] == credential]
    return found[-1] if found else None


def _given(case: Desk, names: Sequence[str]) -> dict[str, list[str]]:
    given: dict[str, list[str]] = {credential.name: [] for credential in case.credentials}
    for text in names:
        whose, equals, name = text.rpartition("=")
        if not name or case.redactor.finds(text.encode()):
            raise BadInput("this is no name of a secret", on="--name, not shown", do="give the name, never the value")
        if equals and whose not in given:
            known = ", ".join(given)
            raise BadInput(
                "this case has no such credential", on=whose[:80], why=f"it has {known}", do="give the name alone"
            )
        for credential in [whose] if equals else list(given):
            given[credential].append(name)
    return given


def _ids(credential: Credential) -> tuple[str, ...]:
    return (credential.public_id,) if isinstance(credential, ApiToken) and credential.public_id else ()


def _replaced(case: Desk, replacement: str, at: datetime | None, logs: Sequence[Path]) -> Replaced | None:
    if not replacement and at is None and not logs:
        return None
    if not replacement or at is None:
        raise BadInput(
            "whether consumers switched over needs both the replacement and the time",
            do="give its public id with --replacement and the instant with --replaced-at",
        )
    if not logs:
        return Replaced(at)
    from irkit.case.exposure.usage import Kept, read_usage

    fresh = ApiToken(SecretRef(f"id:{replacement}"), "unknown", "unknown", None, replacement)
    kept = Kept(20_000)
    read_usage(fresh, case.resolve, logs, since=at, progress=case.progress, kept=kept)
    return Replaced(at, kept.all())


def _holding(stood: Sequence[Occurrence]) -> list[Consumer]:
    """Where the value itself stands now: whatever reads that file takes it from there."""
    made = []
    for one in stood:
        if not one.live or one.names_only:
            continue
        path = f"{one.git.repository}/{one.path}" if one.git else one.path
        branches = tuple(_short(ref) for ref in one.git.refs) if one.git else ()
        how = f"the value itself, written {one.form}"
        where = f"{path}:{one.line}" if one.line else path
        made.append(Consumer(f"whatever reads {one.path}", "value", where, how, "", Sure.HOLDS, branches=branches))
    return list(dict.fromkeys(made))


def _short(ref: str) -> str:
    for prefix in _BRANCH_PREFIXES:
        ref = ref.removeprefix(prefix)
    return ref


def _used(case: Desk, credential: Credential) -> tuple[Consumer, ...]:
    return seen_in_use(uses(case, credential.name), known_window(case, credential.name))[:_MOST_SEEN]


def _keep(
    case: Desk,
    credential: Credential,
    found: Sequence[Consumer],
    names: Sequence[str],
    ids: Sequence[str],
    learned: Learned,
    skipped: Sequence[Skipped],
    paths: Sequence[Path],
) -> Mapping[str, Any]:
    plain = {
        "credential": credential.name,
        "consumers": [document(one) for one in found],
        "names": list(names),
        "ids": list(ids),
        "learned": learned.names,
        "too_common": learned.too_common,
        "skipped": [one.document() for one in skipped],
    }
    digest = case.keep(plain, f"consumers of {credential.name}", ", ".join(map(str, paths)))
    body = {
        "credential": credential.name,
        "evidence": digest,
        "consumers": len(found),
        "by": dict(Counter(one.sure.value for one in found)),
        "names": list(names),
        "paths": [str(path) for path in paths],
        "skipped": len(skipped),
    }
    latest = _latest(case, credential.name)
    if latest is None or latest.body != body:
        case.write(Kind.CONSUMERS, body)
    return body


def _blocks(
    credential: Credential,
    body: Mapping[str, Any] | None,
    found: Sequence[Consumer],
    learned: Learned,
    skipped: Sequence[Skipped],
    files: int,
) -> list[Block]:
    blocks: list[Block] = []
    if body is None:
        text = "unknown: no name is known under which anything takes it. Give one with --name, or run locate() first."
        blocks.append(Notice("warn", f"{called(credential)}: {text}"))
    else:
        sought = ", ".join((*body["names"], *_ids(credential)))
        facts = (
            ("Credential", called(credential)),
            ("Looked for", sought),
            ("Files looked into", files),
            ("Found", len(found)),
        )
        blocks.append(Facts(facts))
    if learned.too_common:
        common = ", ".join(learned.too_common)
        blocks.append(
            Notice("info", f"It also stood as {common}, which is too common to look for; give it with --name to do so.")
        )
    surely = [one for one in found if one.sure is not Sure.MAY]
    columns = ("Consumer", "Where", "How it gets the value", "How sure", "Who owns it", "Switched over")
    if surely:
        blocks.append(Table.of(columns, [_row(one) for one in surely], f"Who needs {called(credential)}", _SHOWN))
    elif body is not None:
        blocks.append(Notice("info", "Nothing here takes it by these names. That does not show that nothing does."))
    may = [one for one in found if one.sure is Sure.MAY]
    if may:
        rows = [(one.what, one.where, one.how, one.note or "—") for one in may]
        blocks.append(
            Table.of(
                ("What", "Where", "How", "Look"), rows, "Takes a whole set of values, and may take this one", _SHOWN
            )
        )
    stores = Counter(one.store for one in found if one.store)
    if stores:
        blocks.append(
            Table.of(("Place", "Consumers"), stores.most_common(), "Where it is set, as far as files tell", _SHOWN)
        )
    notes = Counter(one.note for one in surely if one.note)
    if notes:
        blocks.append(Table.of(("Remark", "Consumers"), notes.most_common(), "Remarks", _SHOWN))
    blocks += [Notice("warn", f"not read: {item.what}: {item.why}") for item in skipped[:20]]
    if len(skipped) > 20:
        blocks.append(Notice("warn", f"{len(skipped) - 20} more were not read; the case's evidence lists them all."))
    return blocks


def _row(one: Consumer) -> tuple[str, ...]:
    shown, more = one.branches[:_BRANCHES], len(one.branches) - _BRANCHES
    on = f" on {', '.join(shown)}{f' and {more} more' if more > 0 else ''}" if shown else ""
    owner = f"{one.owner} ({one.owner_by})" if one.owner else "unknown"
    answer = (
        one.switched if one.switched == "unknown" or not one.switched_why else f"{one.switched}: {one.switched_why}"
    )
    where = one.where if one.platform == USAGE else f"{one.where}{on}"
    return (one.what, where, one.how, one.sure.value, owner, answer)
