"""Chapter 2 at the desk: a fresh credential, made and put where its consumers read it, in one go.

Its value is in this process alone, behind a reference, from the reply that holds it until the last place has it. Whatever ends
the process in between loses the value and nothing else: the journal says what was made, under which id, and which places
hold it, so that it can be removed and another one made. Nothing is made or put twice.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from irkit.case.containment import probing
from irkit.case.desk import Desk
from irkit.case.ledger import Ledger
from irkit.errors import BadInput, IrkitError
from irkit.model import ApiToken, Kind, Record, SecretRef, State
from irkit.network import Door
from irkit.plan import Action, Ask, Ended, HumanTask, Put, Replace, document
from irkit.providers.interface import Accepted, Made, Need, Provider, Reading, Replacement, Setting
from irkit.providers.replies import message_of
from irkit.stores import hold, let_go
from irkit.stores.catalogue import store_of
from irkit.stores.interface import FRESH, Store

Announce = Callable[[], None]
End = Callable[[Ended, str, str], None]
"""How it ended, why, and the digest of the evidence for it."""

_UNDO = "remove it, then make a new plan"


@dataclass(frozen=True)
class Placed:
    """What became of one place. DONE: it took the value, and read back, nothing speaks against it; or it was not `read_back`."""

    store: str
    ended: Ended
    why: str
    version: str = ""
    read_back: bool = True


@dataclass(frozen=True)
class Replaced:
    """What became of a replacement. `public_id` is what its provider calls the fresh credential, "" where none was made."""

    ended: Ended
    why: str
    public_id: str = ""
    expires: str = ""
    puts: tuple[Placed, ...] = ()


# The plan


def puts(case: Desk, places: Sequence[str], ref: SecretRef) -> tuple[Put, ...]:
    """The calls that put what `ref` will stand for into each place, looked up as far as they have to be.

    BadInput for a place that is none or is named twice, a store that the case says too little of, or one that does not answer.
    """
    doubled = next((place for place in places if places.count(place) > 1), None)
    if doubled is not None:
        raise BadInput("this place is named twice", on=doubled, do="name each place once")
    return tuple(_put(case, place, ref) for place in places)


def _put(case: Desk, place: str, ref: SecretRef) -> Put:
    store, fields = store_of(place)
    setting = _setting(case, store)
    asked = store.look_up(setting, fields) if store.look_up else None
    if asked is None or store.learn is None:
        return Put(place, store.ask_put(setting, fields, ref))
    reply = case.door.send(asked)  # may hold what stands there now: it is read here and kept nowhere
    learned = store.learn(reply)
    if not learned:
        said = "" if reply.status == 200 else f": {message_of(reply.json())}"
        raise BadInput(
            "nothing can be put there as things are", on=place, why=reply.nothing_came or f"it answered {reply.status}{said}",
            do=f"check the place, and what case.toml says under [stores.{store.name}]",
        )  # fmt: skip
    return Put(place, store.ask_put(setting, {**fields, **learned}, ref))


def _setting(case: Desk, store: Store) -> Setting:
    """What the case says of a store. BadInput where a leaked credential would have to open it."""
    setting = case.settings.store(store.name).setting()
    if setting.responder is not None and any(_same(case, setting.responder, one.ref) for one in case.credentials):
        raise BadInput(
            "a leaked credential must not put its own replacement away",
            on=f"[stores.{store.name}] responder",
            do="name a credential of your own",
        )
    return setting


def _same(case: Desk, ours: SecretRef, leaked: SecretRef) -> bool:
    if ours == leaked:
        return True
    if ours.is_public or leaked.is_public:
        return False
    try:
        return case.resolve(ours) == case.resolve(leaked)
    except IrkitError:
        return False  # one that cannot be read now is not sent either


# Carrying it out


def replace(
    case: Desk, action: Action, do: Replace, token: ApiToken, announce: Announce, end: End
) -> Replaced:  # fmt: skip
    """Make the fresh credential and put it into every place, once. BadInput before anything is announced when it cannot be.

    REFUSED: nothing was made, for a reason outside the plan (the responder's credential, a limit); the same plan may begin again.
    `announce` and `end` journal the intent and the outcome. A place that does not take it does not keep it from the others.
    """
    provider, ways = _ways(token)
    if not do.into:
        raise BadInput(
            "a fresh credential has to be put somewhere, or it is lost", on=do.name, do="name a place for it"
        )
    announce()
    try:
        reply, secret = case.door.mint(do.make, ways.secret_of)
    except IrkitError as error:  # raised before anything is sent
        return _ended(end, Replaced(Ended.REFUSED, f"nothing was made: {error}"))
    made = ways.read(reply)
    if secret is None or made.yes is not True:  # a refusal may have a field of that name too
        evidence = case.keep({"reply": document(reply)}, f"reply to: {action.what}", provider.title)
        if made.yes is False:
            passing = not reply.sent or reply.status in (401, 403, 429)
            ended = Ended.REFUSED if passing else Ended.FAILED
            return _ended(end, Replaced(ended, f"nothing was made: {made.why}"), evidence)
        return _settle_making(case, action, do, token, end, made)
    ref = hold(do.name, secret)
    if _same(case, token.ref, ref):
        let_go(ref)
        why = f"nothing was made: {provider.title} gave the old one again, which is let in until it is ended"
        evidence = case.keep({"reply": document(reply)}, f"reply to: {action.what}", provider.title)
        return _ended(end, Replaced(Ended.FAILED, why), evidence)
    try:
        door = case.door.hides(secret, str(ref))
        public_id = made.public_id or (provider.public_id(secret.text()) if provider.public_id else "")
        made = dataclasses.replace(made, public_id=public_id, log_keys=_names_in_logs(case, token, ref))
        _record(case, door, action, do, token, made, ())
        evidence = case.keep(door.hidden({"reply": document(reply)}), f"reply to: {action.what}", provider.title)
        placed: tuple[Placed, ...] = ()
        if case.rotates and (unknown := probing.not_let_in(case, door, token, ref)):
            ended, why = (
                Ended.FAILED,
                f"the fresh credential {made.public_id or do.name} is put nowhere: {unknown}; {_UNDO}",
            )
            return _ended(end, Replaced(ended, door.hidden(why), made.public_id, made.expires), evidence)
        for put in do.into:
            placed = (*placed, carry(case, door, put, ref))
            _record(case, door, action, do, token, made, placed)
    finally:
        let_go(ref)
    ended, why = _summed_up(do, made.public_id, placed)
    return _ended(end, Replaced(ended, door.hidden(why), made.public_id, made.expires, placed), evidence)


def _ways(token: ApiToken) -> tuple[Provider, Replacement]:
    provider = probing.provider_of(token)
    if provider is None or provider.replacement is None:
        raise BadInput("nobody knows how to make another one of these", on=token.name, do="make the plan again")
    return provider, provider.replacement


def _ended(end: End, result: Replaced, evidence: str = "") -> Replaced:
    end(result.ended, result.why, evidence)
    return result


def carry(case: Desk, door: Door, put: Put, ref: SecretRef) -> Placed:
    """Send the calls of one place, each once, and read back. A reply may hold a neighbour's value: none is kept."""
    store, fields = store_of(put.store)
    taken, version = Accepted(None, "nothing was to be sent"), ""
    try:
        for call in put.calls:
            reply = door.send(call)
            taken = store.read_put(reply)
            if taken.yes is not True:
                break
            version = store.version(reply) if store.version else ""
        if taken.yes is False:
            return Placed(put.store, Ended.FAILED, taken.why)
    except IrkitError as error:  # this call was not sent
        return Placed(put.store, Ended.FAILED, str(error))
    back = _read_back(case, door, store, {**fields, FRESH: str(ref)}, str(ref))
    if back.state is State.DEAD:
        return Placed(put.store, Ended.FAILED, f"{taken.why}; read back: {back.why}")
    if back.state is State.ALIVE:
        return Placed(put.store, Ended.DONE, f"{taken.why}; read back: {back.why}", version)
    ended = Ended.DONE if taken.yes else Ended.UNKNOWN
    return Placed(put.store, ended, f"{taken.why}; not read back: {back.why}", version, read_back=False)


def _read_back(case: Desk, door: Door, store: Store, fields: Mapping[str, str], label: str) -> Reading:
    try:
        asked = store.ask_back(_setting(case, store), fields) if store.ask_back else None
        if asked is None or store.read_back is None:
            return Reading(State.UNKNOWN, "this store gives nothing back")
        return store.read_back(door.send(asked), label)
    except IrkitError as error:
        return Reading(State.UNKNOWN, str(error))


def _record(
    case: Desk, door: Door, action: Action, do: Replace, token: ApiToken, made: Made, placed: Sequence[Placed]
) -> None:
    body = {
        "credential": token.name, "action": action.id, "name": do.name,
        "public_id": made.public_id, "expires": made.expires, "puts": [document(one) for one in placed], "log_keys": list(made.log_keys),
        **({"by_time": True} if made.by_time else {}),
    }  # fmt: skip
    case.write(Kind.REPLACED, door.hidden(body))


def _names_in_logs(case: Desk, token: ApiToken, ref: SecretRef) -> tuple[str, ...]:
    """Under what names logs will know it, where only its value tells; not by whose it is, for that is the old one's as well."""
    from irkit.case.exposure.log_keys import wanted

    found = wanted(dataclasses.replace(token, ref=ref), case.resolve)
    return tuple(name for name, kind in found.keys if kind.is_use) if found else ()


def _summed_up(do: Replace, public_id: str, placed: Sequence[Placed]) -> tuple[Ended, str]:
    """DONE only when every place has it. What is half done is said place by place, with what has to be removed."""
    named = f"the fresh credential {public_id or do.name}"
    holding = [one.store for one in placed if one.ended is Ended.DONE]
    if len(holding) == len(do.into):
        blind = ", ".join(one.store for one in placed if not one.read_back)
        return Ended.DONE, f"{named} is in {', '.join(holding)}" + (f"; not read back: {blind}" if blind else "")
    parts = [f"{named} is in {', '.join(holding) or 'no place'}"]
    parts += [f"not in {one.store} ({one.why})" for one in placed if one.ended is Ended.FAILED]
    parts += [f"it is not known of {one.store} ({one.why})" for one in placed if one.ended is Ended.UNKNOWN]
    ended = Ended.FAILED if any(one.ended is Ended.FAILED for one in placed) else Ended.UNKNOWN
    return ended, f"{'; '.join(parts)}; its value is gone with this run: {_UNDO}"


# After a kill


def settle_replacement(case: Desk, action: Action, do: Replace, token: ApiToken, end: End) -> Replaced:
    """What became of a replacement that was announced and has no outcome: by the journal, else by asking its provider.

    Its value died with the process that made it. DONE only when every place had been read back or had taken it before that.
    """
    last = _last(case.journal.records(Kind.REPLACED), action)
    said = [one for one in case.journal.records(Kind.HUMAN_DONE) if one.body["action"] == action.id]
    if last is None and said:
        why = f"on the word of {said[-1].body['who']} no fresh one is left: {said[-1].body['text']}; make a new plan"
        return _ended(end, Replaced(Ended.FAILED, why))
    if last is None:
        return _settle_making(case, action, do, token, end, Made(None, "irkit was stopped after announcing it"))
    placed = tuple(
        Placed(one["store"], Ended(one["ended"]), one["why"], one.get("version", ""), one.get("read_back", True))
        for one in last["puts"]
    )
    public_id = str(last["public_id"])
    if len(placed) < len(do.into):
        stopped = Placed(do.into[len(placed)].store, Ended.UNKNOWN, "irkit was stopped while it was put there")
        left = (Placed(put.store, Ended.FAILED, "not sent") for put in do.into[len(placed) + 1 :])
        placed = (*placed, stopped, *left)
        _record(
            case,
            case.door,
            action,
            do,
            token,
            Made(True, "", public_id, str(last["expires"]), tuple(last["log_keys"])),
            placed,
        )
    ended, why = _summed_up(do, public_id, placed)
    # What is not known now will not be known later: the value to compare with is gone.
    ended = Ended.DONE if ended is Ended.DONE else Ended.FAILED
    return _ended(end, Replaced(ended, why, public_id, str(last["expires"]), placed))


def _settle_making(case: Desk, action: Action, do: Replace, token: ApiToken, end: End, made: Made) -> Replaced:
    """Whether one of that name is there: it is asked for, never made again."""
    provider, ways = _ways(token)
    if ways.ask_named is None or ways.read_named is None:
        why = f"{made.why}; {provider.title} cannot be asked whether one was made: {_look(do, action)}"
        return _ended(end, Replaced(Ended.UNKNOWN, why, made.public_id))
    need = Need(do.name_there, since=_announced(case, action), others=_others(case, action, token))
    try:
        reply = case.door.send(ways.ask_named(probing.learned_setting(case, token), need))
    except IrkitError as error:
        return _ended(end, Replaced(Ended.UNKNOWN, f"{made.why}; it could not be asked about: {error}", made.public_id))
    found = ways.read_named(reply, need)
    if found.yes and found.public_id in need.others:
        found = Made(None, f"{found.public_id} has its name, and is another one")
    evidence = case.keep({"reply": document(reply)}, "reply when settling a replacement", provider.title)
    if found.yes is None:
        why = f"{made.why}; whether one was made cannot be told: {found.why}; {_look(do, action)}"
        return _ended(end, Replaced(Ended.UNKNOWN, why, made.public_id), evidence)
    if not found.yes:
        return _ended(end, Replaced(Ended.FAILED, f"{made.why}; nothing was made: {found.why}"), evidence)
    public_id = found.public_id or made.public_id
    _record(case, case.door, action, do, token, dataclasses.replace(found, public_id=public_id), ())
    why = f"{made.why}; {public_id or do.name_there} was made and its value is lost: {_UNDO}"
    return _ended(end, Replaced(Ended.FAILED, why, public_id, found.expires), evidence)


def _look(do: Replace, action: Action) -> str:
    """What a person can do where nobody can be asked."""
    return f"look for {do.name_there} there, remove it, and say so: irkit done CASE {action.id} --text 'what was found'"


def _others(case: Desk, action: Action, token: ApiToken) -> tuple[str, ...]:
    """Ids of the old one and of what other attempts made: none of them is what is sought."""
    told = probing.learned_setting(case, token).options.get("id", "")
    made = [one.body for one in case.journal.records(Kind.REPLACED) if one.body["action"] != action.id]
    return tuple(one for one in (token.public_id, told, *(str(body["public_id"]) for body in made)) if one)


def _announced(case: Desk, action: Action) -> datetime | None:
    intents = [one.at for one in case.journal.records(Kind.INTENT) if one.body["action"] == action.id]
    return intents[-1] if intents else None


def _last(records: Sequence[Record], action: Action) -> Mapping[str, Any] | None:
    found = [record.body for record in records if record.body["action"] == action.id]
    return found[-1] if found else None


# What is left over


@dataclass(frozen=True)
class LeftOver:
    """A fresh credential that was made and is not wherever it should be. `holding` are the places that have it all the same, `maybe` those
    that may."""

    credential: str
    name: str
    public_id: str
    holding: tuple[str, ...] = ()
    by_time: bool = False
    maybe: tuple[str, ...] = ()


def left_over(records: Sequence[Record]) -> tuple[LeftOver, ...]:
    """What replacements that failed left behind at the provider, by the journal; the first one first."""
    ledger = Ledger.of(records)
    last = {record.body["action"]: record.body for record in records if record.kind is Kind.REPLACED}
    failed = {
        action: body
        for action, body in last.items()
        if (outcome := ledger.outcomes.get(action)) and outcome.ended is Ended.FAILED
    }
    return tuple(
        LeftOver(
            body["credential"], body["name"], body["public_id"],
            tuple(one["store"] for one in body["puts"] if one["ended"] == Ended.DONE.value), bool(body.get("by_time")),
            tuple(one["store"] for one in body["puts"] if one["ended"] == Ended.UNKNOWN.value),
        )
        for body in failed.values()
    )  # fmt: skip


def ask_undo(case: Desk, token: ApiToken, left: LeftOver) -> Ask | HumanTask | None:
    """What removes it at its provider; None where nobody knows."""
    _, ways = _ways(token)
    if ways.ask_undo is None or not left.public_id:
        return None
    return ways.ask_undo(probing.learned_setting(case, token), left.public_id)
