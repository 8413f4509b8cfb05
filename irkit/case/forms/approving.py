"""Who has approved a plan, who may, until when; and in JupyterLab a form to approve it there, or to take in what was signed elsewhere."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from irkit.case import elsewhere, plans
from irkit.case.approvals import Approver, Checked, check, may_not_approve
from irkit.case.desk import Desk
from irkit.case.forms import signing, typed
from irkit.case.forms.widgets import Form, Page, in_lab
from irkit.case.waiting import may_sign
from irkit.errors import BadInput
from irkit.plan import Plan
from irkit.show import Block, Cell, Facts, Notice, Table, View


def approvals(case: Desk, plan: Plan, home: str | Path = "") -> View | Page:
    """The page; in JupyterLab with two forms under it. BadInput when there is no such plan."""

    def again() -> View:
        return view(case, plan, datetime.now(UTC))

    return Page(again, (_sign(case, plan, str(home)), _take(case, plan))) if in_lab() else again()


def view(case: Desk, plan: Plan, now: datetime) -> View:
    """Who may, who has, until when it counts (UTC), as of `now`; and the commands, one for each who may and has not."""
    checked = _checked(case, plan, now)
    signed = {one.approver: one.signed_at for one in checked.valid}
    records, rows = case.journal.records(), list[tuple[Cell, ...]]()
    for person in case.approvers.values():
        why, at = may_not_approve(plan, person, records), signed.get(person.fingerprint)
        until = at + timedelta(hours=plan.approvals_valid_h) if at else ""
        rows.append((person.who, person.fingerprint, f"no: {why}" if why else "yes", at or "not yet", until))
    missing = max(0, plan.approvals_required - len(checked.valid))
    facts = Facts(
        (
            ("Plan", plan.name),
            ("Digest", plan.digest),
            ("Made by", plan.author),
            ("Approvals", f"{len(checked.valid)} of {plan.approvals_required}"),
            ("Each counts for", f"{plan.approvals_valid_h:g} hours from its signature"),
        )
    )
    columns = ("Person", "Key", "May approve", "Approved (UTC)", "Counts until (UTC)")
    enough = (
        Notice("warn", f"{missing} more must approve it.")
        if missing
        else Notice("ok", "Enough people have approved it.")
    )
    blocks: list[Block] = [facts, Table.of(columns, rows, "Who may approve"), enough]
    blocks += [Notice("warn", f"Not counted: {one.who}: {why}") for one, why in checked.refused]
    if missing:
        left = [one.fingerprint for one in may_sign(plan, case.approvers, records) if one.fingerprint not in signed]
        blocks.append(Table.of(("To", "Command"), _commands(case, plan, left), "The same on a command line"))
    return View(f"Approvals of plan {plan.name}", tuple(blocks))


def _commands(case: Desk, plan: Plan, left: Sequence[str]) -> list[tuple[str, str]]:
    folder = shlex.quote(str(case.folder))
    return [
        *((f"approve as {key[-16:]}", f"irkit approve {folder} {plan.name} --key {key}") for key in left),
        ("add a person", f"irkit add-approver {folder} FILE.asc"),
        ("approve on another machine", f"irkit plan {folder} --chapter {plan.chapter} --save plan.json"),
        ("there", "irkit approve plan.json --key FINGERPRINT"),
        ("and take it back", f"irkit approve {folder} plan.approval.json"),
    ]


def _sign(case: Desk, plan: Plan, home: str) -> Form:
    def able() -> Sequence[Approver]:
        return may_sign(plan, case.approvers, case.journal.records())

    def act(held: Mapping[str, str]) -> View:
        _require_latest(case, plan)
        typed.same_digest("the plan", plan.name, plan.digest, held["digest"])
        signer = typed.chosen(plan.name, held["signer"])
        if signer in {one.approver for one in _checked(case, plan, datetime.now(UTC)).valid}:
            return _result(case, plan, "This key has approved the plan already; nothing was signed again.")
        phrase = typed.reference(held["passphrase"], case.redactor)
        plans.approve(case, plan, signer, Path(held["home"]).expanduser(), phrase)
        return _result(case, plan, f"Approved with the key {signer}.")

    return Form("Approve here", signing.fields(case, home, able), f"Sign plan {plan.name}", act)


def _take(case: Desk, plan: Plan) -> Form:
    def act(held: Mapping[str, str]) -> View:
        _require_latest(case, plan)
        path = Path(typed.said("the approval file", held["file"], case.redactor)).expanduser()
        before = len(case.journal.records())
        elsewhere.take_approval(case, path)
        new = case.journal.records()[before:]
        if new and new[-1].body["plan"] != plan.digest:
            return _result(case, plan, "The approval was taken; it is of another plan of this case.")
        return _result(case, plan, "The approval was taken." if new else "This approval was taken before.")

    fields = (signing.plain(case, "file", "Approval file", "its path, as irkit approve plan.json wrote it"),)
    return Form("Or take an approval that was signed elsewhere", fields, "Take this approval", act)


def _require_latest(case: Desk, plan: Plan) -> None:
    latest = case.ledger.latest(plan.chapter)
    if latest is None or latest.digest != plan.digest:
        raise BadInput(
            "this plan is no longer the latest, so nothing was taken", on=plan.name,
            do="run the cell of the plan and this one again, and look at what the new one says",
        )  # fmt: skip


def _checked(case: Desk, plan: Plan, now: datetime) -> Checked:
    return check(plan, case.journal.records(), case.approvers, now)


def _result(case: Desk, plan: Plan, what: str) -> View:
    have = len(_checked(case, plan, datetime.now(UTC)).valid)
    missing = max(0, plan.approvals_required - have)
    after = f"{missing} more must approve it." if missing else "That is enough: run the next cell."
    return View(f"Plan {plan.name}: {have} of {plan.approvals_required}", (Notice("ok", f"{what} {after}"),))
