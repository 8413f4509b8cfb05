"""The journal's records: what happened in a case, in order. The journal keeps them; chapters read them."""

from __future__ import annotations

from collections.abc import Mapping
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
    LOCATED: evidence (digest of the occurrences), occurrences, live, skipped, paths
    CONSUMERS: credential, evidence (digest of the consumers), consumers (how many), by ({sure: how many}), names, paths, skipped
    USAGE_READ: credential, evidence (digest of the usage document), summary (its `by_key`), skipped
    WINDOW: credential, window (the Window) · STANDING: credential, moment ("before", "control", "living", "after", "settling"), standing
    PLAN: name, digest, plan (the Plan) · APPROVAL: the Approval · INTENT: plan, action (id), what, target
    SURVIVED: credential, what, state ("alive", "dead": none lives, "unknown"), listed (the same before a person's word), word
    (true: it rests on that alone), why, evidence
    CONTAINED: credential, contained (true, false, null), why ([...])
    OUTCOME: plan, target, what, outcome (the Outcome) · VERDICT: credential, verdict ("dead", "not dead", "inconclusive"), why
    REPLACED: credential, action, name, public_id, expires, puts ([{store, ended, why, version}]): written when the fresh credential was
    made and again after each place, so that the last one of an action says how far it came; no value
    KEY_INSPECTED: key (the OpenPgpKey) · KEY_GENERATED: primary, signing, user_id, expires, revocation_certificate
    KEY_REVOKED: key, reason, on_the_wire, certificate (evidence digest)
    JUDGED: evidence, folders, counts ({judgement: how many}), skipped, trusted_in (how many)
    RESIGNED: path, sha256, signature, key, proven_by, through (the index that lists it, "" for its own signature)
    QUARANTINED: path, sha256, why, kept_at · WITHDRAWN: path, why, kept_at (what cannot be moved: a tag)
    PUBLISHED: place, old ("revoked", "good", "absent", "unknown"), new ("present", "absent", "unknown"), why
    STATED: evidence (digest of the statement's text), path, signature, key, required · VOUCHED: statement, who, fingerprint, signature
    CONSUMERS_TESTED: evidence (digest of the matrix), accepted_by, rejected_by, unknown (names of consumers, by how they took a forgery by
    the old key after its revocation), new_rejected_by, remedies_proven (names), stand_in (true: not all samples are by the real keys)
    STEP_STARTED / STEP_ENDED: playbook, step, notebook, parameters, (ended: "done", "stopped", why, exit_code, executed)
    NOTE: section, text · HUMAN_DONE: plan, action, who, text · EXPORTED: path, sha256
    SEALED: path, records (how many), head (their last digest), who, fingerprint, statement and signature (SHA-256 of the two files, hex)
    """

    CASE_OPENED = "case-opened"
    EVIDENCE = "evidence"
    ALERTED = "alerted"
    COMPANIONS = "companions"
    LOCATED = "located"
    CONSUMERS = "consumers"
    USAGE_READ = "usage-read"
    WINDOW = "window"
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
    NOTE = "note"
    HUMAN_DONE = "human-done"
    EXPORTED = "exported"
    SEALED = "sealed"


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
