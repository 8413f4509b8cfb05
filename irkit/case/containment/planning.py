"""The containment plan of every token of a case. Carrying it out is `carrying.py`, the proof `proof.py`."""

from __future__ import annotations

from dataclasses import replace

from irkit import revoke
from irkit.case.containment import probing
from irkit.case.containment.consumers import known_consumers
from irkit.case.containment.offspring import offspring
from irkit.case.containment.replacing import fresh_credential, remains
from irkit.case.desk import Desk
from irkit.case.ledger import Ledger
from irkit.case.plans import keep_plan
from irkit.errors import IrkitError
from irkit.model import ApiToken, Kind, State, Sure
from irkit.plan import Action, Plan
from irkit.providers.interface import Provider, Setting
from irkit.show import Notice, View


def plan(case: Desk, approving: revoke.Approving) -> View:
    ledger = case.ledger
    tokens = [credential for credential in case.credentials if isinstance(credential, ApiToken)]
    if not tokens:
        return View("Nothing to revoke", (Notice("info", "This case holds no API token; its key is chapter 3."),))
    actions: list[Action] = []
    reasons: list[str] = []
    for number, token in enumerate(tokens, start=1):
        part = _plan_one(case, token, approving, ledger)
        actions += part.actions
        reasons += part.reasons
        case.progress("planning", number, len(tokens))
    whole = Plan(
        case.incident.case_id,
        "revoke",
        case.incident.responder,
        tuple(actions),
        tuple(dict.fromkeys(reasons)),
        approving.required,
        approving.valid_h,
        approving.author_key,
    )
    return keep_plan(case, whole)


def _plan_one(case: Desk, token: ApiToken, approving: revoke.Approving, ledger: Ledger) -> Plan:
    """The containment of one token. What cannot be planned through its API is planned by hand: it must not hold up the others."""
    provider = probing.provider_of(token)
    facts = revoke.Facts(
        _findings(case, token.name),
        _consumers(case, token.name),
        offspring(case, token.name),
        _outliving(case, token.name),
    )
    fresh, complaint = fresh_credential(case, token, provider, ledger)

    def planned(issuer: Provider | None, setting: Setting) -> Plan:
        return revoke.plan_revocation(
            case.incident.case_id,
            case.responder,
            token,
            issuer,
            setting,
            approving=approving,
            facts=facts,
            attempt=ledger.next_attempt(token.name),
            replacement=fresh,
        )

    try:
        made = planned(provider, probing.learned_setting(case, token))
    except IrkitError as error:
        if provider is None:
            raise
        made = planned(replace(provider, steps=(), survivors=()), probing.setting_of(case, token))
        complaint = (f"By hand, since the API cannot be used: {error}", *complaint)
    undone = remains(case, token)
    return replace(made, actions=(*made.actions, *undone), reasons=(*complaint, *made.reasons))


def _outliving(case: Desk, credential: str) -> frozenset[str]:
    """The kinds of survivors that were alive when last asked about."""
    last = {
        one.body["what"]: one.body
        for one in case.journal.records(Kind.SURVIVED)
        if one.body["credential"] == credential
    }
    return frozenset(what for what, body in last.items() if body["listed"] == State.ALIVE.value)


def _consumers(case: Desk, credential: str) -> tuple[str, ...] | None:
    """Who is known to need it, in words; None when nobody looked. What only may need it breaks nothing that is known."""
    found = known_consumers(case, credential)
    if found is None:
        return None
    sure = (Sure.USED, Sure.HOLDS, Sure.NAMED, Sure.PASSED_ON)
    return tuple(
        dict.fromkeys(f"{one.what} at {one.where}" for one in found if one.sure in sure and one.switched != "yes")
    )


def _findings(case: Desk, credential: str) -> tuple[str, ...] | None:
    """What stood out in the logs, as sentences; None when no log was read for this credential."""
    read_logs = [record for record in case.journal.records(Kind.USAGE_READ) if record.body["credential"] == credential]
    return tuple(read_logs[-1].body["findings"]) if read_logs else None
