"""The containment plan of every token of a case. Carrying it out is `carrying.py`, the proof `proof.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from irkit import revoke
from irkit.case.containment import probing
from irkit.case.containment.consumers import known_consumers
from irkit.case.containment.offspring import offspring
from irkit.case.containment.replacing import fresh_credential, remains
from irkit.case.desk import Desk
from irkit.case.exposure.windows import known_window
from irkit.case.ledger import Ledger, has_something_to_send
from irkit.case.plans import keep_plan, plan_view
from irkit.errors import IrkitError
from irkit.exposure.consumers import NEW_SINCE
from irkit.model import ApiToken, Kind, State, Sure, parse_instant
from irkit.plan import Action, Plan, Replace
from irkit.providers.interface import Provider, Setting
from irkit.show import Notice, View
from irkit.show.times import stamp


def plan(case: Desk, approving: revoke.Approving, *, in_use: bool = False) -> View:
    """`in_use`: somebody else is known to use it, so that it is contained before its consumers have switched over."""
    if case.rotates:
        from irkit.case.rotating import planning as rotating

        return rotating.plan(case, approving)
    ledger = case.ledger
    tokens = [credential for credential in case.credentials if isinstance(credential, ApiToken)]
    if not tokens:
        return View("Nothing to revoke", (Notice("info", "This case holds no API token; its key is chapter 3."),))
    whole, latest = _whole(case, tokens, approving, ledger, in_use), ledger.latest("revoke")
    if latest and latest.digest != whole.digest and _is_under_way(latest, ledger):
        made = next(one.seq for one in reversed(case.journal.records(Kind.PLAN)) if one.body["digest"] == latest.digest)
        if _whole(case, tokens, approving, ledger, in_use, until=made).digest == latest.digest:
            return plan_view(case, latest)
    return keep_plan(case, whole)


def _is_under_way(plan: Plan, ledger: Ledger) -> bool:
    """Begun, and with something to send: what its own proofs found to outlive a credential waits for the plan after it."""
    return any(action.id in ledger.outcomes for action in plan.actions) and has_something_to_send(plan, ledger)


def _whole(
    case: Desk, tokens: Sequence[ApiToken], approving: revoke.Approving, ledger: Ledger, in_use: bool, *, until: int = 0
) -> Plan:
    """Of all tokens as one. `until`: the record up to which survivors count; 0: all that are known."""
    actions: list[Action] = []
    reasons: list[str] = []
    for number, token in enumerate(tokens, start=1):
        part = _plan_one(case, token, approving, ledger, in_use, until)
        actions += part.actions
        reasons += part.reasons
        case.progress("planning", number, len(tokens))
    return Plan(
        case.incident.case_id,
        "revoke",
        case.incident.responder,
        tuple(actions),
        tuple(dict.fromkeys(reasons)),
        approving.required,
        approving.valid_h,
        approving.author_key,
    )


def _plan_one(
    case: Desk, token: ApiToken, approving: revoke.Approving, ledger: Ledger, in_use: bool, until: int
) -> Plan:
    """The containment of one token. What cannot be planned through its API is planned by hand: it must not hold up the others."""
    provider = probing.provider_of(token)
    consumers, newcomers = _consumers(case, token.name)
    facts = revoke.Facts(
        _findings(case, token.name),
        consumers,
        offspring(case, token.name),
        _outliving(case, token.name, until),
        newcomers,
        in_use,
        _gaps(case, token.name),
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
    actions = _before_a_fresh_one(made.actions, remains(case, token))
    return replace(made, actions=actions, reasons=(*complaint, *made.reasons))


def _before_a_fresh_one(actions: tuple[Action, ...], undone: tuple[Action, ...]) -> tuple[Action, ...]:
    """What is of no use goes before another one is made: an AWS user has room for two keys."""
    at = next((number for number, one in enumerate(actions) if isinstance(one.do, Replace)), len(actions))
    return (*actions[:at], *undone, *actions[at:])


def _outliving(case: Desk, credential: str, until: int) -> frozenset[str]:
    """The kinds of survivors that were alive when last asked about, or about which nobody could be asked."""
    last = {
        one.body["what"]: one.body
        for one in case.journal.records(Kind.SURVIVED)
        if one.body["credential"] == credential and (not until or one.seq < until)
    }
    return frozenset(what for what, body in last.items() if body["listed"] != State.DEAD.value)


def _consumers(case: Desk, credential: str) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """Who is known to need it, in words, None when nobody looked; and who used it only since it was exposed.

    What only may need it breaks nothing that is known. The intruder is in the logs as well, and gets no fresh one.
    """
    found = known_consumers(case, credential)
    if found is None:
        return None, ()
    sure = (Sure.USED, Sure.HOLDS, Sure.NAMED, Sure.PASSED_ON)
    need = [one for one in found if one.sure in sure and one.switched != "yes"]
    told = {one: f"{one.what} at {one.where}" for one in need}
    known = tuple(dict.fromkeys(told[one] for one in need if one.note != NEW_SINCE))
    return known, tuple(dict.fromkeys(told[one] for one in need if one.note == NEW_SINCE))


def _findings(case: Desk, credential: str) -> tuple[str, ...] | None:
    """What stood out in the logs, as sentences; None when no log was read that its issuer keeps, or that shows it in use."""
    read_logs = [record for record in case.journal.records(Kind.USAGE_READ) if record.body["credential"] == credential]
    if not read_logs or not read_logs[-1].body.get("of_issuer", True):
        return None
    return tuple(read_logs[-1].body["findings"])


def _gaps(case: Desk, credential: str) -> str:
    """Why the latest reading of the logs leaves open whether strangers use it; "" where nothing shows that it does."""
    read_logs = [record for record in case.journal.records(Kind.USAGE_READ) if record.body["credential"] == credential]
    if not read_logs:
        return ""
    body = read_logs[-1].body
    if unread := int(body.get("skipped") or 0):
        return f"{unread} of their inputs could not be read"
    last = (body.get("summary") or {}).get("last")
    if not last:
        return "they show no use of it at all, not even by those who need it, so they may be of another time or place"
    window = known_window(case, credential)
    began = window.opened.latest if window else None
    if began and parse_instant(last) < began.at:
        return f"their last use of it, {stamp(parse_instant(last))}, lies before it was out, {stamp(began.at)}"
    return ""
