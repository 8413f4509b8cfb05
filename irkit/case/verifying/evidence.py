"""Whether all evidence that records name is there, and is what it was."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from irkit.case.evidence import Evidence
from irkit.errors import IrkitError, StepFailed
from irkit.model import Kind, Record

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def named_evidence(record: Record) -> Iterator[str]:
    """The digests of evidence that a record names: any field called `evidence`, and what a record about evidence is about."""
    if record.kind is Kind.EVIDENCE:
        yield str(record.body.get("digest"))
    yield from _under(record.body)


def _under(body: Mapping[str, Any]) -> Iterator[str]:
    for name, value in body.items():
        if name == "evidence" and isinstance(value, str) and _DIGEST.fullmatch(value):
            yield value
        elif isinstance(value, Mapping):
            yield from _under(value)


def check_evidence(records: Sequence[Record], evidence: Evidence) -> int:
    """How many files of evidence the records name. StepFailed naming the first record whose evidence is not there or not the same."""
    seen: set[str] = set()
    for record in records:
        for digest in named_evidence(record):
            if digest in seen:
                continue
            seen.add(digest)
            try:
                evidence.get(digest)
            except IrkitError as error:
                what = record.body.get("what")
                told = f"record {record.seq} ({record.kind}{f': {what}' if what else ''}) names it"
                said = "evidence was changed" if isinstance(error, StepFailed) else "evidence is missing"
                raise StepFailed(said, on=digest, why=told, do="restore that file from a copy of the case") from None
    for digest in evidence.changed():
        raise StepFailed(
            "evidence was changed", on=digest, why="no record names it", do="compare with a copy of the case"
        )
    return len(seen)
