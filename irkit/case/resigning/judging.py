"""Chapter 3 at the desk: what leaked of the key, what it signed, what of that can be trusted, and the fresh key."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Mapping, Sequence
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
    known, unread = _known_digests(case, digest_lists)
    also = ["sha512"] if any(one.algorithm == "sha512" for one in known) else []
    found = in_files(folder, key, also=also)
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
    """Records from before the exposure, of any format that `resign.read_record` knows, packed (gz, xz, bz2) or not.

    Beside path, source, at and trust: `under`, the folder of the release that the record's paths are relative to; `repository`, the
    one whose refs it lists; `artifact`, what a record without names is about (a transparency log knows digests alone). What a
    service says of the time of each file counts when the record is independent, that is, fetched from that service by us.
    """
    known: list[resign.KnownDigest] = []
    unread: list[dict[str, str]] = []
    for given in digest_lists:
        path = Path(given["path"])
        text = _record_text(path)
        trust = Trust(given["trust"])
        instant = Instant(parse_instant(given["at"]), Clock.DIGEST_LIST, given["source"], trust)
        case.keep({"text": text}, "digest list from before", f"{given['source']}, {path}")
        record = resign.read_record(text)
        for one in record.entries:
            name = one.path or given.get("artifact", "")
            at = replace(instant, at=one.at) if one.at and trust is Trust.INDEPENDENT else instant
            if not name:
                unread.append(
                    {"what": f"{path}: {one.digest}", "why": "it names no file: say which artifact it is about"}
                )
                continue
            name = f"{given['under'].rstrip('/')}/{name}" if given.get("under") else name
            repository = given.get("repository") or None
            known.append(resign.KnownDigest(name, one.digest, given["source"], at, one.algorithm, repository))
        unread += [
            {"what": f"{path}: {line}", "why": f"not a line of a record ({record.format})"} for line in record.wrong
        ]
    return tuple(known), unread


_PACKED: tuple[tuple[bytes, Callable[[bytes], bytes]], ...] = (
    (b"\x1f\x8b", gzip.decompress), (b"\xfd7zXZ\0", lzma.decompress), (b"BZh", bz2.decompress),
)  # fmt: skip


def _record_text(path: Path) -> str:
    try:
        data = path.read_bytes()
        unpack = next((unpack for begin, unpack in _PACKED if data.startswith(begin)), bytes)
        return unpack(data).decode()
    except (OSError, EOFError, ValueError, lzma.LZMAError, zlib.error):
        raise BadInput(
            "the digest list cannot be read", on=path, do="give a SHA256SUMS file, or another record of digests as text"
        ) from None


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
    signed = {record.body["path"]: record.body for record in case.journal.records(Kind.RESIGNED)}
    if not generated or not signed:
        return View("Signatures", (Notice("info", "Nothing has been re-signed yet."),))
    certificate = generated[-1].body["certificate"]
    rows, bad = [], []
    for path, body in sorted(signed.items()):
        artifact, signature = Path(body["artifact"]), Path(body["signature"])
        verdicts = [
            *openpgp.verify_detached(certificate, artifact, signature),
            *openpgp.verify_with_sequoia(certificate, artifact, signature),
        ]
        good = {verdict.program for verdict in verdicts if verdict.good}
        if good != {"gpg", "sequoia"} or not all(verdict.good for verdict in verdicts):
            bad.append(path)
        rows.append((path, body["sha256"], *(_verdict(verdicts, program) for program in ("gpg", "sequoia"))))
    if bad:
        raise StepFailed(
            "a re-signed artifact does not verify", on=", ".join(bad), do="do not publish; plan the re-signing again"
        )
    return View("Signatures", (Table.of(("Artifact", "SHA-256", "gpg", "Sequoia"), rows, "Under the new key"),))


def _verdict(verdicts: Sequence[openpgp.Verdict], program: str) -> str:
    said = [verdict.reason for verdict in verdicts if verdict.program == program]
    return ", ".join(said) or "unknown"
