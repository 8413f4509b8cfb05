"""Approving on another machine: the plan goes there as a file, the signed approval comes back as one. No secret is in either."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from irkit.case.approvals import may_not_approve, not_this_plans
from irkit.case.desk import Desk
from irkit.case.disk import write_whole
from irkit.case.leaving import leave
from irkit.case.plans import find_plan, plan_view
from irkit.errors import BadInput
from irkit.model import Kind, SecretRef
from irkit.openpgp import approvals as signatures
from irkit.plan import Approval, Plan, document, read
from irkit.show import Cell, Facts, Table, View
from irkit.stores import resolve

_LARGEST = 64 << 20


def save_request(case: Desk, plan: Plan, path: Path) -> None:
    """WouldLeak, and nothing is there, when the gate finds a secret in it; StepFailed when the file cannot be written."""
    leave(case, path, _content({"plan": document(plan), "digest": plan.digest}))


def request_view(path: Path) -> View:
    """What a saved plan says, for whoever is to sign it."""
    return _shown(_plan(path))


def sign_request(path: Path, out: Path, key: str, home: Path, passphrase: SecretRef | None) -> View:
    """Sign a saved plan with a person's key and write the approval to `out`. What is shown is what was signed.

    BadInput when the file is no plan, or its digest is not the plan's. The case decides whether the signature counts.
    """
    plan = _plan(path)
    fingerprint = key.upper().replace(" ", "")
    secret = resolve(passphrase) if passphrase else None
    at = datetime.now(UTC)
    statement = signatures.statement(plan.name, plan.digest, plan.case_id, fingerprint, at)
    signature = signatures.sign(home, fingerprint, statement, secret)
    _write(out, document(Approval(plan.digest, fingerprint, fingerprint, at, statement, signature)))
    return _shown(plan, ("Signed by", fingerprint), ("At (UTC)", at))


def _plan(path: Path) -> Plan:
    plain = _read(path)
    plan = read(Plan, plain.get("plan"))
    if plan.digest != plain.get("digest"):
        raise BadInput(
            "this plan is not the one it says it is", on=path, why="its digest is another one",
            do="use the same release of irkit on both machines, and fetch the file again",
        )  # fmt: skip
    return plan


def _shown(plan: Plan, *signed: tuple[str, Cell]) -> View:
    facts = Facts((("Case", plan.case_id), ("Plan", plan.name), ("Digest", plan.digest), *signed))
    rows = [
        (number, action.what, action.do.summary(), "cannot be undone" if action.irreversible else "can be undone")
        for number, action in enumerate(plan.actions, start=1)
    ]
    reasons = Table.of(("Why",), [(reason,) for reason in plan.reasons], "Reasons")
    table = Table.of(("#", "What", "Exactly", "Undo"), rows, "Actions, in order")
    return View("Approved" if signed else "Not approved yet", (facts, table, reasons))


def take_approval(case: Desk, path: Path) -> View:
    """Take an approval back into the case, after the checks that `irkit approve` makes there. BadInput when it would not count."""
    approval = read(Approval, _read(path))
    plan = find_plan(case, approval.plan)
    people = case.approvers
    certificates = {person.fingerprint: person.certificate for person in people.values()}
    signer = signatures.verify(approval.statement, approval.signature, certificates)
    why = not_this_plans(plan, approval) or ("" if signer == approval.approver else "signed by somebody else")
    if why:
        raise BadInput("this approval is not of this plan", on=path, why=why, do="have it signed again")
    if why := may_not_approve(plan, people[signer], case.journal.records()):
        raise BadInput(
            "this approval would not count", on=people[signer].who, why=why, do="have another person approve"
        )
    known = [record.body.get("signature") for record in case.journal.records(Kind.APPROVAL)]
    if approval.signature not in known:
        case.write(Kind.APPROVAL, document(replace(approval, who=people[signer].who)))
    return plan_view(case, plan)


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST:
            raise BadInput("this file is too large for what it should be", on=path)
        plain = json.loads(path.read_text())
    except (OSError, ValueError, RecursionError):
        plain = None
    if not isinstance(plain, dict):
        raise BadInput(
            "this is neither a saved plan nor an approval", on=path, do="make it with irkit plan CASE --save FILE"
        )
    return plain


def _content(plain: Any) -> bytes:
    return (json.dumps(plain, indent=1, ensure_ascii=False) + "\n").encode()


def _write(path: Path, plain: Any) -> None:
    if path.exists() and not path.is_file():
        raise BadInput("an approval is written into a file", on=path, do="name one")
    try:
        write_whole(path, _content(plain))
    except OSError as error:
        raise BadInput(
            "the file cannot be written", on=path, why=str(error.strerror), do="choose another place"
        ) from None
