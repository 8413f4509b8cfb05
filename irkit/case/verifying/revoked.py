"""Whose key was revoked since they signed: what they signed then held then, and cannot tell any more from what somebody makes anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from irkit.case.approvals import APPROVER, ring
from irkit.case.evidence import Evidence
from irkit.model import Kind, Record
from irkit.openpgp.trees import key_trees


def revoked_since(records: Sequence[Record], evidence: Evidence) -> Iterator[str]:
    """A sentence for each of the case's people whose certificate, as the case has it now, holds a revocation."""
    for person in ring(records, evidence).values():
        tree = next(
            (one for one in key_trees(person.certificate.encode()) if one.primary.fingerprint == person.fingerprint),
            None,
        )
        if tree is None or not tree.primary.revoked:
            continue
        told = max(
            one.seq
            for one in records
            if one.kind is Kind.EVIDENCE
            and one.body.get("what") == APPROVER
            and one.body["fingerprint"] == person.fingerprint
        )
        yield (
            f"The key of {person.who} is revoked ({tree.primary.revoked}), as the case knows since record {told}. What they signed before "
            "that record held then; whoever has the key could make it anew, so compare it with a copy from before."
        )
