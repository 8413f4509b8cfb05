"""Who may approve, and who has: the ring lives in the journal, each signature is checked again whenever it counts.

An approval is a person's OpenPGP signature over a statement that names the plan's digest. It counts when the key is pinned, belongs
to a person, is not the author's, and was made no longer ago than the plan allows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from irkit.case.evidence import Evidence
from irkit.errors import BadInput, IrkitError, Waiting
from irkit.model import Kind, Record
from irkit.openpgp import approvals as signatures
from irkit.plan import Approval, Plan, read

APPROVER = "approver certificate"


@dataclass(frozen=True)
class Approver:
    """A key of the case's ring: primary fingerprint, name as on the key, armored certificate, and whose it is.

    Of people and automation the ring knows which is which; only a person's signature counts.
    """

    fingerprint: str
    who: str
    certificate: str
    automation: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """All that the key is called: `who` is the first of its user ids, and whoever holds it chose which is first."""
        return tuple(dict.fromkeys((self.who, *signatures.user_ids(self.certificate))))

    @property
    def addresses(self) -> frozenset[str]:
        mails = (name.partition("<")[2].rstrip("> ").strip().lower() for name in self.names)
        return frozenset(one for one in mails if one)


def ring(records: Sequence[Record], evidence: Evidence) -> dict[str, Approver]:
    """The approvers of a case by primary fingerprint: pinned in the journal, certificates read from evidence."""
    found = {}
    for record in records:
        if record.kind is Kind.EVIDENCE and record.body.get("what") == APPROVER:
            fingerprint = record.body["fingerprint"]
            certificate = evidence.get(record.body["digest"]).decode()
            automation = bool(record.body.get("automation"))
            found[fingerprint] = Approver(fingerprint, record.body["who"], certificate, automation)
    return found


def ring_then(records: Sequence[Record], seq: int, evidence: Evidence) -> dict[str, Approver]:
    """The approvers as of a record, by the certificates that the case had then: a key that was revoked since was in force.

    Whether a key is an automation's is as the case knows it now: it was one then, too.
    """
    now = ring(records, evidence)
    then = ring(records[:seq], evidence)
    return {key: replace(person, automation=now[key].automation) for key, person in then.items()}


_AUTOMATION = re.compile(r"\[bot\]|\(automation\)|\(ci\)", re.IGNORECASE)


def read_certificate(path: Path, *, automation: bool = False) -> Approver:
    """One key from a public key file. BadInput unless it holds exactly one.

    It is an automation's when that is said, or when one of its user ids says `[bot]`, `(automation)` or `(CI)`.
    """
    held = signatures.read_ring(path) if path.is_dir() else signatures.read_certificates(path)
    if len(held) != 1:
        raise BadInput("an approver file holds one public key", on=path, why=f"{len(held)} found", do="export one key")
    ((fingerprint, (who, certificate)),) = held.items()
    told = Approver(fingerprint, who, certificate)
    return replace(told, automation=automation or any(map(_AUTOMATION.search, told.names)))


def is_author(plan: Plan, person: Approver, records: Sequence[Record]) -> bool:
    """Whether this is who made the plan: by the key, where the case says which it is, else by name or mail address.

    The author is the case's responder; so is whoever had this very plan journalled, should that be somebody else.
    """
    if plan.author_key and plan.author_key == person.fingerprint:
        return True
    makers = {one.actor for one in records if one.kind is Kind.PLAN and one.body.get("digest") == plan.digest}
    authors = {one.strip().lower() for one in (makers if plan.author_key else {*makers, plan.author})} - {""}
    return goes_by(person, authors)


def goes_by(person: Approver, names: Collection[str]) -> bool:
    """Whether one of these (in lower case) is a name, a mail address or what stands before its @, of this person's."""
    return bool(set(names) & {called for name in person.names for called in _called(name)})


def _called(user_id: str) -> tuple[str, ...]:
    """The name, the mail address, and what stands before its @."""
    name, _, mail = user_id.partition("<")
    return name.split("(")[0].strip().lower(), mail.rstrip("> ").lower(), mail.partition("@")[0].lower()


def may_not_approve(plan: Plan, person: Approver, records: Sequence[Record], at: datetime | None = None) -> str:
    """Why this one's signature would not count, in words; "" when it does. `at` (UTC): as of then; whoever left later could still."""
    if person.automation:
        return "an automation's key cannot approve"
    if is_author(plan, person, records):
        return "whoever made the plan cannot approve it"
    if _has_left(person, records, at):
        return "they have left, and approve nothing any more"
    return ""


def may_not_vouch(person: Approver, records: Sequence[Record]) -> str:
    """Why this one may not sign the transition statement now, in words; "" when they may. What they signed before they left counts."""
    if person.automation:
        return "an automation's key cannot vouch for a key"
    return "they have left, and vouch for nothing any more" if _has_left(person, records) else ""


def _has_left(person: Approver, records: Sequence[Record], at: datetime | None = None) -> bool:
    return any(
        one.kind is Kind.LEFT and one.body["fingerprint"] == person.fingerprint and (at is None or one.at <= at)
        for one in records
    )


@dataclass(frozen=True)
class Checked:
    """The approvals of one plan: those that count, and those that do not with the reason."""

    valid: tuple[Approval, ...]
    refused: tuple[tuple[Approval, str], ...]

    def require(self, plan: Plan, people: Mapping[str, Approver], records: Sequence[Record]) -> None:
        """Waiting unless enough people have approved exactly this plan; `people` are those in the ring."""
        missing = plan.approvals_required - len(self.valid)
        if missing <= 0:
            return
        why = f"{len(self.valid)} of {plan.approvals_required} approvals"
        if self.refused:
            why += "; not counted: " + "; ".join(f"{approval.who}: {reason}" for approval, reason in self.refused)
        ask = f"have {missing} more of the case's approvers run: irkit approve CASE {plan.name} --key FINGERPRINT"
        able = sum(not may_not_approve(plan, person, records) for person in people.values())
        if able < plan.approvals_required:
            ask = f"this case knows {able} approvers{_but_not(plan, people, records)}: irkit add-approver CASE FILE.asc; then {ask}"
        raise Waiting("the plan waits for approval", on=plan.name, why=why, do=ask)


def _but_not(plan: Plan, people: Mapping[str, Approver], records: Sequence[Record]) -> str:
    barred = [person.who for person in people.values() if may_not_approve(plan, person, records)]
    return f" (and {', '.join(barred)}, who may not)" if barred else ""


def check(plan: Plan, records: Sequence[Record], people: Mapping[str, Approver], at: datetime | None = None) -> Checked:
    """Verify every approval of this plan again, as of `at` (UTC; now when None).

    Signature, pinned key, the digest it names, who signed, and how long ago; one voice per person.
    """
    certificates = {person.fingerprint: person.certificate for person in people.values()}
    moment = at or datetime.now(UTC)
    valid: dict[str, Approval] = {}
    refused = []
    for record in records:
        if record.kind is not Kind.APPROVAL:
            continue
        approval = read(Approval, dict(record.body))
        if approval.plan != plan.digest:
            continue
        try:
            signer = signatures.verify(approval.statement, approval.signature, certificates, at)
        except IrkitError as error:
            refused.append((approval, error.what))
            continue
        if why := _against(plan, approval, people[signer], records, moment) or _heard(people[signer], people, valid):
            refused.append((approval, why))
        else:
            valid[signer] = approval
    return Checked(tuple(valid.values()), tuple(refused))


def _heard(signer: Approver, people: Mapping[str, Approver], valid: Mapping[str, Approval]) -> str:
    """That a person who has approved already did so with another of their keys; "" when not."""
    for other in valid:
        if other != signer.fingerprint and (shared := signer.addresses & people[other].addresses):
            return f"{min(shared)} has approved with another key: one voice a person"
    return ""


def _against(plan: Plan, approval: Approval, signer: Approver, records: Sequence[Record], moment: datetime) -> str:
    if why := not_this_plans(plan, approval):
        return why
    if signer.fingerprint != approval.approver:
        return "signed by somebody else"
    if why := may_not_approve(plan, signer, records, moment):
        return why
    age = moment - approval.signed_at
    if age > timedelta(hours=plan.approvals_valid_h):
        return f"it expired {plan.approvals_valid_h:g} hours after it was signed"
    return "it is dated in the future" if age < -_CLOCKS_DIFFER else ""


def not_this_plans(plan: Plan, approval: Approval) -> str:
    """Why a text is not the approval of exactly this plan, in words; "" when it is.

    It is compared line by line with what irkit has people sign: whatever else they signed may hold a plan's digest too, in a path say.
    """
    wanted = signatures.statement(plan.name, plan.digest, plan.case_id, "", approval.signed_at).splitlines()
    said = approval.statement.splitlines()
    if len(said) != len(wanted) or said[0] != wanted[0]:
        return "its statement is no approval"
    for label, what in (("Case: ", "case"), ("Plan: ", "plan"), ("Digest: ", "plan"), ("Signed at: ", "time")):
        if [one for one in said if one.startswith(label)] != [one for one in wanted if one.startswith(label)]:
            return f"its statement names another {what}"
    return ""


_CLOCKS_DIFFER = timedelta(minutes=10)


def begun(plan: Plan, records: Sequence[Record]) -> Record | None:
    """The record of the first act of the plan; None when there was none."""
    acted = (one for one in records if one.kind in (Kind.INTENT, Kind.OUTCOME) and one.body["plan"] == plan.digest)
    return next(acted, None)


def begun_at(plan: Plan, records: Sequence[Record]) -> datetime | None:
    """When the plan was first acted on (UTC); None when it has not been."""
    first = begun(plan, records)
    return first.at if first else None
