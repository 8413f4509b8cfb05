"""Chapter 3 at the desk: what leaked of the key, what it signed, what of that can be trusted, and the fresh key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from irkit import openpgp, resign
from irkit.case.desk import Desk
from irkit.case.exposure.windows import latest_window
from irkit.case.ledger import Ledger
from irkit.case.plans import author_key, keep_plan
from irkit.case.resigning.keys import key_view
from irkit.errors import BadInput, StepFailed
from irkit.model import Clock, Instant, Kind, OpenPgpKey, Trust, parse_instant
from irkit.plan import document, read
from irkit.release.files import in_files
from irkit.show import Facts, Notice, Table, View


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


def judge_release(case: Desk, folder: Path, digest_lists: Sequence[Mapping[str, str]]) -> View:
    """`digest_lists`: mappings with path, source, at (ISO 8601), trust ("independent", "ours", "stated" or "settable")."""
    key = leaked_key(case)
    begun = _begun_judgement(case, folder)
    if begun is not None:
        note = Notice(
            "info", "The plan made from this judgement has been begun, so the judgement that was approved stands."
        )
        judged = tuple(read(resign.Judged, one) for one in begun["artifacts"])
        view = _judged_view(judged, begun["skipped"])
        return View(view.title, (note, *view.blocks))
    found = in_files(folder, key)
    known, unread = _known_digests(case, digest_lists)
    judged = resign.judge(found.artifacts, known, latest_window(case, key.name), key)
    skipped = [*(item.document() for item in found.skipped), *unread]
    plain = {"folder": str(folder), "artifacts": [document(one) for one in judged], "skipped": skipped}
    digest = case.keep(plain, "judgement of the release", str(folder))
    brief = [
        {"path": one.artifact.path, "verdict": one.judgement.value, "why": one.why, "sha256": one.artifact.sha256}
        for one in judged
    ]
    case.write(Kind.JUDGED, {"evidence": digest, "folder": str(folder), "artifacts": brief, "skipped": len(skipped)})
    return _judged_view(judged, skipped)


def _begun_judgement(case: Desk, folder: Path) -> dict[str, Any] | None:
    """The judgement whose plan was begun: carrying it out moves and signs files, so judging again would judge our own work."""
    ledger = Ledger.of(case.journal.records())
    plan = ledger.latest("resign")
    if plan is None or not any(action.id in ledger.intents for action in plan.actions):
        return None
    kept: dict[str, Any] = case.evidence.document(case.journal.records(Kind.JUDGED)[-1].body["evidence"])
    return kept if kept["folder"] == str(folder) else None


def _known_digests(
    case: Desk, digest_lists: Sequence[Mapping[str, str]]
) -> tuple[tuple[resign.KnownDigest, ...], list[dict[str, str]]]:
    known: list[resign.KnownDigest] = []
    unread: list[dict[str, str]] = []
    for given in digest_lists:
        path = Path(given["path"])
        try:
            text = path.read_text()
        except (OSError, UnicodeDecodeError):
            raise BadInput("the digest list cannot be read", on=path, do="give a SHA256SUMS file") from None
        instant = Instant(parse_instant(given["at"]), Clock.DIGEST_LIST, given["source"], Trust(given["trust"]))
        case.keep({"text": text}, "digest list from before", f"{given['source']}, {path}")
        entries, wrong = resign.parse_digest_list(text)
        known += [resign.KnownDigest(name, sha256, given["source"], instant) for name, sha256 in entries]
        unread += [{"what": f"{path}: {line}", "why": "not a line of a SHA256SUMS file"} for line in wrong]
    return tuple(known), unread


def _judged_view(judged: Sequence[resign.Judged], skipped: Sequence[Mapping[str, str]]) -> View:
    counts = {kind: sum(one.judgement is kind for one in judged) for kind in resign.Judgement}
    facts = Facts(tuple((kind.value, count) for kind, count in counts.items()))
    rows = [(one.artifact.path, one.judgement.value, one.why) for one in judged]
    blocks: list[Any] = [
        facts,
        Table.of(
            ("Artifact", "Judgement", "Why"), rows, "Only a digest known from before the exposure proves anything"
        ),
    ]
    blocks += [Notice("warn", f"not read: {item['what']}: {item['why']}") for item in skipped]
    return View("What the key signed", tuple(blocks))


def plan(
    case: Desk,
    *,
    old_home: str,
    new_home: str,
    user_id: str,
    primary_expires: str = "2y",
    signing_expires: str = "90d",
    approvals_required: int = 1,
) -> View:
    records = case.journal.records(Kind.JUDGED)
    if not records:
        raise BadInput("no release has been judged yet", do="call judge_release first")
    kept = case.evidence.document(records[-1].body["evidence"])
    judged = tuple(read(resign.Judged, one) for one in kept["artifacts"])
    made = resign.plan_resign(
        case.incident.case_id,
        case.incident.responder,
        leaked_key(case),
        judged,
        old_home=old_home,
        new_home=new_home,
        user_id=user_id,
        primary_expires=primary_expires,
        signing_expires=signing_expires,
        folder=kept["folder"],
        quarantine=str(case.folder / "quarantine"),
        approvals_required=approvals_required,
    )
    return keep_plan(case, replace(made, author_key=author_key(case)))


def verify_signatures(case: Desk) -> View:
    """Every re-signed artifact under the new key, with gpg and with Sequoia. StepFailed when one does not verify."""
    generated = case.journal.records(Kind.KEY_GENERATED)
    signed = _signature_files(case)
    if not generated or not signed:
        return View("Signatures", (Notice("info", "Nothing has been re-signed yet."),))
    certificate = generated[-1].body["certificate"]
    rows, bad = [], []
    for number, (body, verdicts) in enumerate(_verified(certificate, signed), start=1):
        programs = {verdict.program for verdict in verdicts if verdict.good}
        if programs != {"gpg", "sequoia"} or not all(verdict.good for verdict in verdicts):
            bad.append(body["path"])
        rows.append((body["path"], body["sha256"], *(_verdict(verdicts, program) for program in ("gpg", "sequoia"))))
        case.progress("verifying what was signed anew", number, len(signed))
    if bad:
        raise StepFailed(
            "a re-signed artifact does not verify", on=_some(bad), do="do not publish; plan the re-signing again"
        )
    return View("Signatures", (Table.of(("Artifact", "SHA-256", "gpg", "Sequoia"), rows, "Under the new key"),))


def _signature_files(case: Desk) -> list[Mapping[str, Any]]:
    """The RESIGNED records of signatures in files, the last one of each; other formats are proven by what signs them."""
    found = {(one.body["path"], one.body.get("signature", "")): one.body for one in case.journal.records(Kind.RESIGNED)}
    return [body for key, body in sorted(found.items()) if body.get("artifact") and key[1]]


def _verified(
    certificate: str, signed: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[Mapping[str, Any], tuple[openpgp.Verdict, ...]]]:
    """gpg's and Sequoia's verdicts on each, those of detached signatures first."""
    detached = [body for body in signed if body["artifact"] != body["signature"]]
    pairs = [(Path(body["artifact"]), Path(body["signature"])) for body in detached]
    by_gpg = openpgp.verify_many_with_gpg([certificate], pairs)
    by_sequoia = openpgp.verify_many([certificate], pairs)
    for body, gpgs, sequoias in zip(detached, by_gpg, by_sequoia, strict=True):
        yield body, (*gpgs, *sequoias)
    for body in signed:
        if body["artifact"] == body["signature"]:
            yield body, openpgp.verify_clear(certificate, Path(body["artifact"]))


def _some(paths: Sequence[str], most: int = 10) -> str:
    return ", ".join(paths[:most]) + (f" and {len(paths) - most} more" if len(paths) > most else "")


def _verdict(verdicts: Sequence[openpgp.Verdict], program: str) -> str:
    said = [verdict.reason for verdict in verdicts if verdict.program == program]
    return ", ".join(said) or "unknown"
