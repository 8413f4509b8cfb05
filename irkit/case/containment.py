"""Chapter 2 at the desk: plan, approvals, each action once, and the proof of death."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from irkit import revoke
from irkit.case import probing
from irkit.case.approvals import check
from irkit.case.desk import Desk
from irkit.case.ledger import Ledger
from irkit.case.offspring import offspring
from irkit.errors import BadInput, IrkitError, OutcomeUnknown, StepFailed, Waiting
from irkit.model import ApiToken, Clock, Credential, Kind, SecretRef
from irkit.openpgp import approvals as signatures
from irkit.openpgp.carry_out import carry_out as carry_out_with_gpg
from irkit.plan import (
    Action,
    Approval,
    Ask,
    AwsCall,
    Call,
    Ended,
    GpgCommand,
    HumanTask,
    Outcome,
    Plan,
    Replace,
    document,
)
from irkit.providers.interface import Accepted, Provider, Reply, Setting
from irkit.show import Block, Facts, Notice, Table, View


def plan(case: Desk, approvals_required: int) -> View:
    ledger = Ledger.of(case.journal.records())
    tokens = [credential for credential in case.credentials if isinstance(credential, ApiToken)]
    if not tokens:
        return View("Nothing to revoke", (Notice("info", "This case holds no API token; its key is chapter 3."),))
    actions: list[Action] = []
    reasons: list[str] = []
    for token in tokens:
        part = _plan_one(case, token, approvals_required, ledger.next_attempt(token.name))
        actions += part.actions
        reasons += part.reasons
    whole = Plan(
        case.incident.case_id,
        "revoke",
        case.incident.responder,
        tuple(actions),
        tuple(dict.fromkeys(reasons)),
        approvals_required,
    )
    return keep_plan(case, whole)


def _plan_one(case: Desk, token: ApiToken, approvals_required: int, attempt: int) -> Plan:
    """The containment of one token. What cannot be planned through its API is planned by hand: it must not hold up the others."""
    provider, findings = probing.provider_of(token), _findings(case, token.name)

    def planned(issuer: Provider | None, setting: Setting) -> Plan:
        return revoke.plan_revocation(
            case.incident.case_id,
            case.responder,
            token,
            issuer,
            setting,
            approvals_required=approvals_required,
            usage_findings=findings,
            attempt=attempt,
            begotten=offspring(case, token.name),
        )

    try:
        return planned(provider, probing.learned_setting(case, token))
    except IrkitError as error:
        if provider is None:
            raise
        by_hand = planned(replace(provider, steps=()), probing.setting_of(case, token))
        return replace(by_hand, reasons=(f"By hand, since the API cannot be used: {error}", *by_hand.reasons))


def _findings(case: Desk, credential: str) -> tuple[str, ...] | None:
    """What stood out in the logs, as sentences; None when no log was read for this credential."""
    read_logs = [record for record in case.journal.records(Kind.USAGE_READ) if record.body["credential"] == credential]
    return tuple(read_logs[-1].body["findings"]) if read_logs else None


def keep_plan(case: Desk, plan: Plan) -> View:
    """Journal a plan, once for as long as it is the latest of its chapter."""
    latest = Ledger.of(case.journal.records(Kind.PLAN)).latest(plan.chapter)
    if latest is None or latest.digest != plan.digest:
        case.write(Kind.PLAN, {"name": plan.name, "digest": plan.digest, "plan": document(plan)})
    return plan_view(case, plan)


def find_plan(case: Desk, name: str) -> Plan:
    ledger = Ledger.of(case.journal.records(Kind.PLAN))
    by_name = {plan.name: plan for plan in ledger.plans.values()} | dict(ledger.plans)
    latest = ledger.latest(name)
    found = by_name.get(name) or latest
    if found is None:
        known = ", ".join(plan.name for plan in ledger.plans.values()) or "none yet"
        raise BadInput("there is no such plan in this case", on=name, why=f"plans: {known}", do="make one: irkit plan")
    return found


def plan_view(case: Desk, plan: Plan) -> View:
    records = case.journal.records()
    ledger, checked = Ledger.of(records), check(plan, records, case.approvers)
    rows = [
        (
            number,
            action.what,
            action.do.summary(),
            "cannot be undone" if action.irreversible else "can be undone",
            _state(ledger, action),
            action.id,
        )
        for number, action in enumerate(plan.actions, start=1)
    ]
    facts = Facts(
        (
            ("Plan", plan.name),
            ("Digest", plan.digest),
            ("Approvals", f"{len(checked.valid)} of {plan.approvals_required}"),
            *((("Why" if index == 0 else ""), reason) for index, reason in enumerate(plan.reasons)),
        )
    )
    table = Table.of(("#", "What", "Exactly", "Undo", "State", "Action"), rows, "Actions, in order")
    voices = [(approval.who, approval.approver, approval.signed_at) for approval in checked.valid]
    blocks: list[Block] = [facts, table, Table.of(("Approved by", "Key", "At (UTC)"), voices, "Approvals that count")]
    blocks += [Notice("warn", f"Not counted: {approval.who}: {why}") for approval, why in checked.refused]
    return View(f"Plan {plan.name}", tuple(blocks))


def _state(ledger: Ledger, action: Action) -> str:
    outcome = ledger.outcomes.get(action.id)
    if outcome:
        return outcome.ended.value
    return "begun, not settled" if ledger.begun(action.id) else "not begun"


def approve(case: Desk, plan: Plan, key: str, home: Path, passphrase: SecretRef | None) -> View:
    people = case.approvers
    fingerprint = key.upper().replace(" ", "")
    person = people.get(fingerprint)
    if person is None:
        known = ", ".join(f"{one.who} {one.fingerprint}" for one in people.values()) or "nobody yet"
        raise BadInput("this key may not approve in this case", on=fingerprint[:40], why=f"approvers: {known}")
    secret = case.resolve(passphrase) if passphrase else None
    at = datetime.now(UTC)
    statement = signatures.statement(plan.name, plan.digest, case.incident.case_id, person.who, at)
    signature = signatures.sign(home, fingerprint, statement, secret)
    signatures.verify(statement, signature, {fingerprint: person.certificate})
    approval = Approval(plan.digest, fingerprint, person.who, at, statement, signature)
    case.write(Kind.APPROVAL, document(approval))
    return plan_view(case, plan)


def carry_out(case: Desk, plan: Plan) -> View:
    """Each action once: announced, done, journalled. What was announced and not settled is asked about, never repeated."""
    stopped: set[str] = set()  # a line of work whose action did not end well gets no further one
    with case.exclusively():
        people = case.approvers
        check(plan, case.journal.records(), people).require(plan, people)
        for number, action in enumerate(plan.actions, start=1):
            case.progress(f"carrying out {plan.name}", number, len(plan.actions))
            ledger = Ledger.of(case.journal.records())
            line = action.id if action.verb == revoke.CONTAIN else action.target
            if line in stopped or ledger.settled(action.id):
                continue
            if not _do(case, plan, action, ledger):
                stopped.add(line)
    ledger = Ledger.of(case.journal.records())
    ended = {action.id: ledger.outcomes.get(action.id) for action in plan.actions}
    waiting = [action for action in plan.actions if (end := ended[action.id]) and end.ended is Ended.WAITING]
    unknown = [action for action in plan.actions if (end := ended[action.id]) and end.ended is Ended.UNKNOWN]
    failed = [action for action in plan.actions if (end := ended[action.id]) and end.ended is Ended.FAILED]
    if unknown:
        raise OutcomeUnknown(
            "it is not known what became of an action",
            on=unknown[0].what,
            why=_why(ledger, unknown[0]),
            do="run it again to ask again",
        )
    if failed:
        raise StepFailed(
            "an action failed",
            on=failed[0].what,
            why=_why(ledger, failed[0]),
            do="make a new plan: it will be another attempt",
        )
    if waiting:
        raise Waiting(
            "a person must do this by hand",
            on=waiting[0].do.summary(),
            do=f"when it is done: irkit done CASE {waiting[0].id} --text 'what was done'",
        )
    return plan_view(case, plan)


def _why(ledger: Ledger, action: Action) -> str:
    outcome = ledger.outcomes.get(action.id)
    return outcome.why if outcome else ""


def _do(case: Desk, plan: Plan, action: Action, ledger: Ledger) -> bool:
    """Bring one action to an outcome. False when later actions must not be begun."""
    if isinstance(action.do, HumanTask):
        _sample_before(case, action, ledger)
        done = action.id in ledger.hand_done
        _end(
            case,
            plan,
            action,
            Ended.DONE if done else Ended.WAITING,
            "a person said so" if done else "a person must do it",
        )
        return True
    if isinstance(action.do, GpgCommand):
        return _do_gpg(case, plan, action, action.do)
    token = _token(case.credentials, action.target)
    if ledger.begun(action.id):
        return _settle(case, plan, action, token)
    if isinstance(action.do, Replace):
        raise NotImplementedError
    _sample_before(case, action, ledger)
    return _send(case, plan, action, action.do, token)


def _sample_before(case: Desk, action: Action, ledger: Ledger) -> None:
    """The live sample and the control, once for each credential, before anything is done to it by whomever."""
    token = _token(case.credentials, action.target)
    if not ledger.sampled(token.name, "before"):
        probing.sample(case, token, "before")
        probing.sample(case, token, "control")


def _token(credentials: tuple[Credential, ...], name: str) -> ApiToken:
    for credential in credentials:
        if isinstance(credential, ApiToken) and credential.name == name:
            return credential
    raise BadInput("the plan names a credential that this case does not hold", on=name, do="make the plan again")


def _announce(case: Desk, plan: Plan, action: Action) -> None:
    body = {"plan": plan.digest, "action": action.id, "what": action.what, "target": action.target}
    case.write(Kind.INTENT, body)


def _end(case: Desk, plan: Plan, action: Action, ended: Ended, why: str, evidence: str = "") -> None:
    outcome = Outcome(action.id, ended, why, case.now(Clock.REVOKE_SENT, "the responder's clock"), evidence)
    body = {"plan": plan.digest, "target": action.target, "what": action.what, "outcome": document(outcome)}
    case.write(Kind.OUTCOME, body)


def _send(case: Desk, plan: Plan, action: Action, call: Ask, token: ApiToken) -> bool:
    provider = probing.provider_of(token)
    read = _reader(provider, action)
    if provider is None or read is None:
        raise BadInput("this plan asks for a step its provider does not know", on=action.what, do="make the plan again")
    _announce(case, plan, action)
    reply = case.door.send(call)
    evidence = case.keep({"reply": document(reply)}, f"reply to: {action.what}", f"{provider.title}, {call.summary()}")
    accepted = read(reply)
    if accepted.yes is None:
        return _settle(case, plan, action, token, accepted.why)
    _end(case, plan, action, Ended.DONE if accepted.yes else Ended.FAILED, accepted.why, evidence)
    return accepted.yes


def _reader(provider: Provider | None, action: Action) -> Callable[[Reply], Accepted] | None:
    """How the reply to an action is read: as a step of the provider's, or as an act on what the credential begot."""
    if provider and action.verb == revoke.CONTAIN:
        return provider.offshoots.read if provider.offshoots else None
    step = next((step for step in provider.steps if step.verb == action.verb), None) if provider else None
    return step.read if step else None


def _settle(
    case: Desk, plan: Plan, action: Action, token: ApiToken, why: str = "irkit was stopped after announcing it"
) -> bool:
    """Find out by asking what an announced action did; it is never sent again."""
    provider = probing.provider_of(token)
    step = next((step for step in provider.steps if step.verb == action.verb), None) if provider else None
    if action.verb == revoke.CONTAIN:
        ended, said, evidence = _ask_of_offshoot(case, token, provider, action)
    elif step and step.ask_settled and step.read_settled:
        ask, target = step.ask_settled, revoke.target_of(token)
        call = ask(probing.learned_setting(case, token), target)
        ended, said, evidence = _ask_settled(case, call, step.read_settled)
    else:
        standing = probing.sample_until_dead(case, token, "settling")
        ended, said = revoke.after_unknown(standing)
        evidence = standing.evidence
    _end(case, plan, action, ended, f"{why}; {said}", evidence)
    return ended is Ended.DONE


def _ask_of_offshoot(case: Desk, token: ApiToken, provider: Provider | None, action: Action) -> tuple[Ended, str, str]:
    """The credential's own death says nothing of what it begot: the provider's register is asked, or nobody."""
    ways = provider.offshoots if provider else None
    if ways and ways.ask_settled and ways.read_settled and isinstance(action.do, Call | AwsCall):
        return _ask_settled(case, ways.ask_settled(probing.learned_setting(case, token), action.do), ways.read_settled)
    return Ended.UNKNOWN, "there is nobody to ask whether it took effect", ""


def _ask_settled(case: Desk, call: Ask, read: Callable[[Reply], Accepted]) -> tuple[Ended, str, str]:
    """For a step whose effect the credential's standing cannot show: the provider's own register can."""
    reply = case.door.send(call)
    evidence = case.keep({"reply": document(reply)}, "reply when settling an action", call.summary())
    accepted = read(reply)
    ended = {True: Ended.DONE, False: Ended.FAILED, None: Ended.UNKNOWN}[accepted.yes]
    return ended, accepted.why, evidence


def _do_gpg(case: Desk, plan: Plan, action: Action, command: GpgCommand) -> bool:
    """gpg actions look first and do only what is missing, so beginning again is how they are settled."""
    _announce(case, plan, action)
    try:
        done = carry_out_with_gpg(command, case.resolve)
    except IrkitError as error:
        _end(case, plan, action, Ended.FAILED, str(error))
        return False
    evidence = case.evidence.put(done.certificate.encode()) if done.certificate else ""
    for record in openpgp_records(command, dict(done.facts), evidence):
        case.write(*record)
    _end(case, plan, action, Ended.DONE, done.what, evidence)
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


def hand_done(case: Desk, action_id: str, text: str) -> View:
    ledger = Ledger.of(case.journal.records())
    for plan in ledger.plans.values():
        for action in plan.actions:
            if action.id == action_id and isinstance(action.do, HumanTask):
                body = {"plan": plan.digest, "action": action_id, "who": case.responder, "text": text}
                case.write(Kind.HUMAN_DONE, body)
                return plan_view(case, plan)
    raise BadInput("no hand task of this case has that id", on=action_id, do="see them with: irkit show CASE")


def confirm(case: Desk) -> View:
    """The verdict on each token. StepFailed when one is not dead, OutcomeUnknown when a probe exists and cannot tell."""
    tokens = [credential for credential in case.credentials if isinstance(credential, ApiToken)]
    rows, bad, unclear = [], [], []
    for token in tokens:
        after = probing.sample_until_dead(case, token, "after")
        ledger = Ledger.of(case.journal.records())
        before, control = ledger.sampled(token.name, "before"), ledger.sampled(token.name, "control")
        verdict = revoke.proof_of_death(
            before[-1] if before else None, control[-1] if control else None, ledger.sampled(token.name, "after")
        )
        case.write(Kind.VERDICT, {"credential": token.name, "verdict": verdict.verdict, "why": verdict.why})
        said = [ledger.sampled(token.name, moment) for moment in ("before", "control")]
        states = [samples[-1].state.value if samples else None for samples in said]
        rows.append((token.name, token.provider, *states, after.state.value, verdict.verdict, verdict.why))
        if verdict.verdict == "not dead":
            bad.append(token.name)
        elif verdict.verdict != "dead" and probing.has_probe(token):
            unclear.append(f"{token.name}: {verdict.why}")
    if bad:
        raise StepFailed(
            "a credential is NOT DEAD", on=", ".join(bad), why="it still works after the revocation was accepted",
            do="treat it as live: make a new plan, call the provider",
        )  # fmt: skip
    if unclear:
        raise OutcomeUnknown(
            "it could not be proved dead", on="; ".join(unclear), do="run this again, from another network if need be"
        )
    columns = ("Credential", "Provider", "Before", "Never-issued control", "After", "Verdict", "Why")
    return View(
        "Proof of death",
        (Table.of(columns, rows, "Alive before, dead after, and a look-alike that never lived answers the same"),),
    )
