"""OpenPGP actions of a plan. They look first and do only what is missing, so beginning again is how they are settled."""

from __future__ import annotations

from irkit.case.desk import Desk
from irkit.case.records import announce, end
from irkit.errors import IrkitError
from irkit.model import Kind
from irkit.openpgp.carry_out import carry_out
from irkit.plan import Action, Ended, GpgCommand, Plan


def do_gpg(case: Desk, plan: Plan, action: Action, command: GpgCommand) -> bool:
    """gpg actions look first and do only what is missing, so beginning again is how they are settled."""
    announce(case, plan, action)
    try:
        done = carry_out(command, case.resolve)
    except IrkitError as error:
        end(case, plan, action, Ended.FAILED, str(error))
        return False
    evidence = case.evidence.put(done.certificate.encode()) if done.certificate else ""
    for record in openpgp_records(command, dict(done.facts), evidence):
        case.write(*record)
    end(case, plan, action, Ended.DONE, done.what, evidence)
    return True


def openpgp_records(command: GpgCommand, facts: dict[str, str], evidence: str) -> list[tuple[Kind, dict[str, object]]]:
    """What the journal keeps of a gpg action, by operation."""
    kinds = {
        "generate-key": Kind.KEY_GENERATED,
        "revoke-key": Kind.KEY_REVOKED,
        "sign-detached": Kind.RESIGNED,
        "quarantine": Kind.QUARANTINED,
    }
    kind = kinds.get(command.operation)
    if facts.pop("revocation_certificate", ""):
        # Whoever holds it can revoke the fresh key: it stays with the key, the record says where.
        facts["revocation_certificate"] = f"{command.home}/openpgp-revocs.d/{facts['primary']}.rev"
    return [(kind, {**facts, "evidence": evidence})] if kind else []
