"""Chapter 3 at the desk, looking: what leaked of the key, what it signed, and what of that can be trusted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from irkit import resign
from irkit.case.desk import Desk
from irkit.case.exposure.windows import latest_window
from irkit.case.resigning.keys import key_view
from irkit.case.resigning.known import known_commits, known_digests
from irkit.case.resigning.settings import RecordGiven, ReleaseGiven
from irkit.errors import BadInput, IrkitError
from irkit.model import Kind, OpenPgpKey, TrustedIn
from irkit.openpgp import export_public, read_keys
from irkit.plan import document, read
from irkit.release.embedders import trusted_in
from irkit.release.taking import take
from irkit.resign.choices import Release
from irkit.resign.disposition import Disposed, Fate, dispose
from irkit.resign.key_steps import CANNOT_REVOKE
from irkit.resign.planning import whole
from irkit.resign.scope import Scope, scope_of
from irkit.show import Block, Facts, Notice, Table, View

_MOST_ROWS = 200


def leaked_key(case: Desk) -> OpenPgpKey:
    found = [credential for credential in case.credentials if isinstance(credential, OpenPgpKey)]
    if not found:
        raise BadInput(
            "this case holds no OpenPGP key", on=case.folder, do="leave this chapter out, or open a case with the key"
        )
    return found[0]


def inspect_key(case: Desk) -> View:
    key = leaked_key(case)
    seen = case.journal.records(Kind.KEY_INSPECTED)
    if not seen or seen[-1].body["key"] != document(key):
        case.write(Kind.KEY_INSPECTED, {"key": document(key)})
    return key_view(key)


def judge(case: Desk, given: Sequence[ReleaseGiven], records: Sequence[RecordGiven], *, home: str = "") -> View:
    """Take stock of every release and judge each artifact by records from before the exposure.

    Once a plan made from a judgement has been begun that judgement stands: judging again would judge our own work.
    """
    begun = _begun_judgement(case, given)
    if begun is not None:
        note = Notice(
            "info", "The plan made from this judgement has been begun, so the judgement that was approved stands."
        )
        view = _view(case, _releases(begun), begun["skipped"], _embedders(begun))
        return View(view.title, (note, *view.blocks))
    if not given:
        raise BadInput("no release is named", do="give the folders and repositories that hold what the key signed")
    refuse_own_records(given, records)
    key, skipped = leaked_key(case), []
    certificate = _certificate(home, key.openpgp)
    key = _with_later_subkeys(key, certificate)
    releases: list[Release] = []
    embedders: list[TrustedIn] = []
    for number, (one, name) in enumerate(zip(given, _names(given), strict=True), start=1):
        known, unread = known_digests(case, [each for each in records if each.of in ("", name, one.name)])
        also = ["sha512"] if any(each.algorithm == "sha512" for each in known) else []
        found = take([Path(one.path)], key, also=also)
        known += known_commits(Path(one.path), known)
        judged = resign.judge(found.artifacts, known, latest_window(case, key.name), key)
        releases.append(Release(one.path, judged, name if len(given) > 1 else "", one.tool, one.config))
        skipped += [*(item.document() for item in found.skipped), *unread]
        places, unsought = trusted_in([Path(one.path)], key, certificate)
        embedders += places
        skipped += [item.document() for item in unsought]
        case.progress("judging releases", number, len(given))
    _keep(case, releases, embedders, skipped)
    return _view(case, releases, skipped, embedders)


def refuse_own_records(given: Sequence[ReleaseGiven], records: Sequence[RecordGiven]) -> None:
    """BadInput for a record that is said to be kept apart and lies in a release: whoever changed that could change it as well."""
    for one in given:
        folder = Path(one.path).resolve()
        for record in records:
            if record.trust in ("independent", "ours") and Path(record.path).resolve().is_relative_to(folder):
                raise BadInput(
                    "this record lies in the release that it is to prove", on=record.path,
                    why="whoever exchanged a file there could exchange its digest as well",
                    do="give a copy that was kept elsewhere (a mirror, a backup, an announcement), from where it was kept",
                )  # fmt: skip


def _with_later_subkeys(key: OpenPgpKey, certificate: bytes | None) -> OpenPgpKey:
    """The key with the subkeys that its certificate has beyond what leaked: whoever holds the primary can add one."""
    found = read_keys(certificate, key.ref) if certificate and key.keys else ()
    same = next((one for one in found if one.openpgp == key.openpgp), None)
    known = {one.fingerprint for one in key.keys}
    later = tuple(one for one in same.keys if one.fingerprint not in known) if same else ()
    return replace(key, keys=(*key.keys, *later))


def _certificate(home: str, fingerprint: str) -> bytes | None:
    """The key's certificate, where the home has it."""
    try:
        return export_public(Path(home), fingerprint).encode() if home else None
    except IrkitError:
        return None


def _names(given: Sequence[ReleaseGiven]) -> list[str]:
    names = [one.name or Path(one.path).name for one in given]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise BadInput(
            "two releases have the same name", on=twice[0], do="give each a name of its own in the list of releases"
        )
    return names


def _keep(case: Desk, releases: Sequence[Release], embedders: Sequence[TrustedIn], skipped: Sequence[Any]) -> None:
    plain = {
        "releases": [document(one) for one in releases],
        "trusted_in": [document(one) for one in embedders],
        "skipped": list(skipped),
        # What readers of one table want: every artifact under the name by which the plan calls it.
        "artifacts": [
            {
                "path": release.called(one.artifact.path),
                "verdict": one.judgement.value,
                "why": one.why,
                "sha256": one.artifact.sha256,
            }
            for release in releases
            for one in release.judged
        ],
    }
    where = ", ".join(one.folder for one in releases)
    digest = case.keep(plain, "judgement of the release", where)
    counts = Counter(one.judgement.value for release in releases for one in release.judged)
    case.write(
        Kind.JUDGED,
        {"evidence": digest, "folder": where, "folders": [one.folder for one in releases], "counts": dict(counts),
         "skipped": len(skipped), "trusted_in": len(embedders)},
    )  # fmt: skip


def _begun_judgement(case: Desk, given: Sequence[ReleaseGiven]) -> dict[str, Any] | None:
    ledger = case.ledger
    plan = ledger.latest("resign")
    if plan is None or not any(action.id in ledger.intents for action in plan.actions):
        return None
    latest = case.journal.records(Kind.JUDGED)[-1]
    if latest.body.get("folders") != [one.path for one in given] and given:
        return None
    return case.evidence.document(latest.body["evidence"])  # type: ignore[no-any-return]


def kept_releases(case: Desk) -> tuple[Release, ...]:
    """What was judged last. BadInput when nothing was."""
    return _releases(_latest(case))


def scope(case: Desk) -> Scope:
    """What of the key counts for nothing: as its secret parts say, or all of it where the plan revokes the whole key."""
    found, plan = scope_of(leaked_key(case)), case.ledger.latest("resign")
    verbs = ("revoke-key", CANNOT_REVOKE)
    return whole(found) if plan and any(action.verb in verbs for action in plan.actions) else found


def disposed(case: Desk) -> list[tuple[Release, Disposed]]:
    """Everything that was judged last, and what becomes of it. BadInput when nothing was judged."""
    return _disposed(case, kept_releases(case))


def _disposed(case: Desk, releases: Sequence[Release]) -> list[tuple[Release, Disposed]]:
    old, what = leaked_key(case), scope(case)
    leaked = frozenset() if what.whole else frozenset(what.subkeys)
    return [(release, thing) for release in releases for thing in dispose(release.judged, old, leaked)]


def kept_embedders(case: Desk) -> tuple[TrustedIn, ...]:
    return _embedders(_latest(case))


def _latest(case: Desk) -> dict[str, Any]:
    records = case.journal.records(Kind.JUDGED)
    if not records:
        raise BadInput("no release has been judged yet", do="call judge_release first")
    return case.evidence.document(records[-1].body["evidence"])  # type: ignore[no-any-return]


def _releases(kept: dict[str, Any]) -> tuple[Release, ...]:
    if "releases" not in kept:
        raise BadInput(
            "an earlier irkit judged this release, and kept less than re-signing needs now",
            do="judge it again; when its plan was begun, in a new case",
        )
    return tuple(read(Release, one) for one in kept["releases"])


def _embedders(kept: dict[str, Any]) -> tuple[TrustedIn, ...]:
    return tuple(read(TrustedIn, one) for one in kept.get("trusted_in", ()))


def _view(case: Desk, releases: Sequence[Release], skipped: Sequence[Any], embedders: Sequence[TrustedIn]) -> View:
    """What will become of everything, the doubtful first."""
    things = _disposed(case, releases)
    judged = Counter(one.judgement.value for release in releases for one in release.judged)
    fates = Counter(thing.fate for _, thing in things)
    facts = Facts(
        (
            *((kind.value, judged[kind.value]) for kind in resign.Judgement),
            *((f"to be {fate.value}" if fate is not Fate.LEAVE else fate.value, fates[fate]) for fate in Fate),
        )
    )
    worst = sorted(things, key=lambda pair: (pair[1].fate is Fate.RESIGN, pair[1].fate is Fate.LEAVE))
    rows = [
        (release.called(thing.path), thing.kind, _issuer(thing.artifact.issuer), thing.fate.value, thing.why)
        for release, thing in worst
    ]
    columns = ("Artifact", "Kind", "Signed by", "To be", "Why")
    table = Table.of(columns, rows, "Only a record from before the exposure proves anything", most=_MOST_ROWS)
    blocks: list[Block] = [facts, table]
    if embedders:
        trusting = [
            (one.path, one.how, one.line if one.line else "", one.live, ", ".join(one.releases[:5]))
            for one in embedders
        ]
        blocks.append(
            Table.of(("Place", "How", "Line", "Live", "In releases"), trusting, "Who trusts the key", most=_MOST_ROWS)
        )
    blocks += [Notice("warn", f"not read: {item['what']}: {item['why']}") for item in skipped[:20]]
    if len(skipped) > 20:
        blocks.append(Notice("warn", f"{len(skipped) - 20} more things were not read; they are in the case's evidence"))
    return View("What the key signed", tuple(blocks))


def _issuer(issuer: str | None) -> str:
    return issuer[-16:] if issuer else "nobody"
