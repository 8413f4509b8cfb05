"""Who may approve, and who has: the ring lives in the journal, each signature is checked again whenever it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from irkit.case.evidence import Evidence
from irkit.errors import BadInput, IrkitError, Waiting
from irkit.model import Kind, Record
from irkit.openpgp import approvals as signatures
from irkit.plan import Approval, Plan, read

APPROVER = "approver certificate"


@dataclass(frozen=True)
class Approver:
    """A person whose signature counts: primary fingerprint, name as on the key, armored certificate."""

    fingerprint: str
    who: str
    certificate: str


def ring(records: Sequence[Record], evidence: Evidence) -> dict[str, Approver]:
    """The approvers of a case by primary fingerprint: pinned in the journal, certificates read from evidence."""
    found = {}
    for record in records:
        if record.kind is Kind.EVIDENCE and record.body.get("what") == APPROVER:
            fingerprint = record.body["fingerprint"]
            certificate = evidence.get(record.body["digest"]).decode()
            found[fingerprint] = Approver(fingerprint, record.body["who"], certificate)
    return found


def read_certificate(path: Path) -> Approver:
    """One approver from a public key file. BadInput unless it holds exactly one key."""
    held = signatures.read_ring(path) if path.is_dir() else signatures.read_certificates(path)
    if len(held) != 1:
        raise BadInput("an approver file holds one public key", on=path, why=f"{len(held)} found", do="export one key")
    ((fingerprint, (who, certificate)),) = held.items()
    return Approver(fingerprint, who, certificate)


@dataclass(frozen=True)
class Checked:
    """The approvals of one plan: those that count, and those that do not with the reason."""

    valid: tuple[Approval, ...]
    refused: tuple[tuple[Approval, str], ...]

    def require(self, plan: Plan, people: Mapping[str, Approver]) -> None:
        """Waiting unless enough people have approved exactly this plan; `people` are those who may."""
        missing = plan.approvals_required - len(self.valid)
        if missing > 0:
            why = f"{len(self.valid)} of {plan.approvals_required} approvals"
            if self.refused:
                why += "; not counted: " + "; ".join(f"{approval.who}: {reason}" for approval, reason in self.refused)
            ask = f"have {missing} more of the case's approvers run: irkit approve CASE {plan.name} --key FINGERPRINT"
            if len(people) < plan.approvals_required:
                ask = f"this case knows {len(people)} approvers: irkit add-approver CASE FILE.asc; then {ask}"
            raise Waiting("the plan waits for approval", on=plan.name, why=why, do=ask)


def check(plan: Plan, records: Sequence[Record], people: dict[str, Approver]) -> Checked:
    """Verify every approval of this plan again: signature, pinned key, the digest it names; one voice per person."""
    certificates = {person.fingerprint: person.certificate for person in people.values()}
    valid: dict[str, Approval] = {}
    refused = []
    for record in records:
        if record.kind is not Kind.APPROVAL:
            continue
        approval = read(Approval, dict(record.body))
        if approval.plan != plan.digest:
            continue
        try:
            signer = signatures.verify(approval.statement, approval.signature, certificates)
        except IrkitError as error:
            refused.append((approval, error.what))
            continue
        if plan.digest not in approval.statement:
            refused.append((approval, "its statement names another plan"))
        elif signer != approval.approver:
            refused.append((approval, "signed by somebody else"))
        else:
            valid[signer] = approval
    return Checked(tuple(valid.values()), tuple(refused))
