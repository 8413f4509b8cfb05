"""The journal's records: what happened in a case, in order. The journal keeps them; chapters read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a record says, with the fields of its body. Documents are those of `irkit.plan.document`.

    CASE_OPENED: the Incident · EVIDENCE: digest, what, source, bytes
    (sealed: {plain (digest of what was encrypted), plain_bytes, to: [{fingerprint, who, subkey}]}; digest is then of the ciphertext)
    ALERTED: credential, report (path), alert (tool, rule, validity, places: [{path, line, commit, url}]; no value), instant (or None)
    COMPANIONS: scanned, proposed ([{fingerprint, provider, rule, places}]; no value, nothing follows from it), skipped
    LOCATED: evidence (digest of the occurrences), occurrences, live, skipped, paths, by_credential ({name: how many}),
    names_only ({name: how many of them only name it: its id, its digest})
    CONSUMERS: credential, evidence (digest of the consumers), consumers (how many), by ({sure: how many}), names, paths, skipped
    OBSERVED: credential, evidence (digest of who used the old and who the fresh one), fresh (ids), users, reaches (ISO 8601, null), stated
    (true: a person says until when the logs are whole), unread, paths: one reading of the logs of a rotation
    USAGE_READ: credential, evidence (digest of the usage document), summary (its `by_key`), skipped, of_issuer (whether a log
    of its issuer was read, or one that shows it in use)
    WINDOW: credential, window (the Window)
    UPLOADS: evidence (digest of the records of packages that are known by then), packages (their names), uploads (how many)
    STANDING: credential, moment ("before", "control", "living", "after", "settling", "asked": to know, with nothing planned), standing
    PLAN: name, digest, plan (the Plan) · APPROVAL: the Approval · INTENT: plan, action (id), what, target
    SURVIVED: credential, what, state ("alive", "dead": none lives, "unknown"), listed (the same before a person's word), word
    (true: it rests on that alone), why, evidence
    CONTAINED: credential, contained (true, false, null), why ([...]), and where its logs were read before it died logs_read_at
    OUTCOME: plan, target, what, outcome (the Outcome) · VERDICT: credential, verdict ("dead", "not dead", "inconclusive"), why
    REPLACED: credential, action, name, public_id, expires, puts ([{store, ended, why, version}]): written when the fresh credential was
    made and again after each place, so that the last one of an action says how far it came; no value;
    log_keys (the names under which logs know it: its id, or the digest by which its provider logs it)
    KEY_INSPECTED: key (the OpenPgpKey) · KEY_GENERATED: primary, signing, user_id, expires, revocation_certificate
    KEY_REVOKED: key, reason, on_the_wire, certificate (evidence digest)
    UNREVOKABLE: key, why (a person's words), ways ([{name, possible, why}]: each that was looked for): nobody of ours can revoke it
    JUDGED: evidence, folders, counts ({judgement: how many}), skipped, trusted_in (how many)
    RESIGNED: path, sha256, signature, key, proven_by, through (the index that lists it, "" for its own signature)
    QUARANTINED: path, sha256, why, kept_at · WITHDRAWN: path, why, kept_at (what cannot be moved: a tag)
    PUBLISHED: place, old ("revoked", "good", "absent", "unknown"), new ("present", "absent", "unknown"), why
    STATED: evidence (digest of the statement's text), path, signature, key, required · VOUCHED: statement, who, fingerprint, signature
    CONSUMERS_TESTED: evidence (digest of the matrix), accepted_by, rejected_by, unknown (names of consumers, by how they took a forgery by
    the old key after its revocation), new_rejected_by, remedies_proven (names), stand_in (true: not all samples are by the real keys)
    STEP_STARTED: playbook, step, notebook, digest, parameters, playbook_sha256 (of its own file), extends ([{name, sha256}]: of each file
    it takes steps from), notebook_sha256 (as found), versions ({name: version}), csf, attack (as the playbook tags the step),
    one_kernel (true: in the memory of the run's earlier notebooks, as asked; else not there);
    of a step that people do notebook is "" and there are by_hand (its id in HUMAN_DONE, whose plan is "playbook NAME") and text
    STEP_ENDED: playbook, step, notebook, digest, ended ("done", "stopped"), why, exit_code, executed (path), executed_sha256
    MILESTONE: name (`irkit.postmortem.standards.duties.MILESTONES`), at (ISO 8601, UTC), why: stated by a person; of a name the last one
    counts
    NOTE: section, text · HUMAN_DONE: plan, action, who, text · EXPORTED: path, sha256
    INVENTORIED: evidence (digest of the inventory: what a team holds), held (how many), unasked (how many lists did not come, or not whole)
    READINESS: evidence (digest of the judged run), inventory (digest), policy (path), policy_sha256, findings ({rule: how many}), verdicts
    ({"ready", "not ready", "unknown": how many}), unasked
    CLOSED: as ("false alarm", "contained"), why, who, facts ([{credential ("" is the case), fact, answer (true, false, null), why, by}]),
    evidence (digests of what a person brought), despite (why what is not known does not matter, "" when all is)
    LEFT: who, fingerprint ("" when they approve nothing), ended (the Instant at which their right ended), why, by
    SIGNED: path (of an exported document), evidence (digest of its content), who, fingerprint, signature (armored, detached)
    REHEARSED: moment ("begun", "ended"), rehearsal (its id), scenario, seed, difficulty, faults ([...]), by ("people", "unattended"):
    a drill, and no incident
    CHECKED: item (the id of an action item), check (its name under "check", and its parameters), answer ("in force", "not in force",
    "unknown"), why, do, looked ([[what, as found]]), at (ISO 8601: when it was looked at)
    SEALED: path, records (how many), head (their last digest), who, fingerprint, statement and signature (SHA-256 of the two files, hex)
    """

    CASE_OPENED = "case-opened"
    EVIDENCE = "evidence"
    ALERTED = "alerted"
    COMPANIONS = "companions"
    LOCATED = "located"
    CONSUMERS = "consumers"
    OBSERVED = "observed"
    USAGE_READ = "usage-read"
    WINDOW = "window"
    UPLOADS = "uploads"
    STANDING = "standing"
    PLAN = "plan"
    APPROVAL = "approval"
    INTENT = "intent"
    OUTCOME = "outcome"
    VERDICT = "verdict"
    SURVIVED = "survived"
    CONTAINED = "contained"
    REPLACED = "replaced"
    KEY_INSPECTED = "key-inspected"
    KEY_GENERATED = "key-generated"
    KEY_REVOKED = "key-revoked"
    UNREVOKABLE = "unrevokable"
    JUDGED = "judged"
    RESIGNED = "resigned"
    QUARANTINED = "quarantined"
    CONSUMERS_TESTED = "consumers-tested"
    WITHDRAWN = "withdrawn"
    PUBLISHED = "published"
    STATED = "stated"
    VOUCHED = "vouched"
    STEP_STARTED = "step-started"
    STEP_ENDED = "step-ended"
    MILESTONE = "milestone"
    NOTE = "note"
    HUMAN_DONE = "human-done"
    EXPORTED = "exported"
    SIGNED = "signed"
    SEALED = "sealed"
    CLOSED = "closed"
    LEFT = "left"
    REHEARSED = "rehearsed"
    CHECKED = "checked"
    INVENTORIED = "inventoried"
    READINESS = "readiness"


@dataclass(frozen=True)
class Record:
    """One entry of the journal. `at` is UTC by the responder's clock; `digest` chains over everything before it."""

    seq: int
    at: datetime
    kind: Kind
    actor: str
    body: Mapping[str, Any]
    previous: str
    digest: str


def unrevokable(records: Iterable[Record], key: str) -> Record | None:
    """That nobody of ours can revoke this key, as it was said last; None once somebody has revoked it all the same."""
    said = None
    for record in records:
        if record.kind is Kind.UNREVOKABLE and record.body.get("key") == key:
            said = record
        elif record.kind is Kind.KEY_REVOKED and record.body.get("key") == key:
            return None
    return said
