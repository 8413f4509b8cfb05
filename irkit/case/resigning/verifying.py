"""The proof of chapter 3: every new signature, checked again by two implementations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from irkit import openpgp
from irkit.case.desk import Desk
from irkit.errors import StepFailed
from irkit.model import Kind
from irkit.show import Notice, Table, View


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
