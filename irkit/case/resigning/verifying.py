"""The proof of chapter 3: every new signature, checked again by two implementations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from irkit import openpgp
from irkit.case.desk import Desk
from irkit.errors import StepFailed
from irkit.model import Kind
from irkit.show import Notice, Table, View


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
