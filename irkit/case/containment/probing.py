"""Ask a provider whether a credential lives, and keep the answer: the live sample, the control, the samples after."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from irkit.case.desk import Desk
from irkit.case.registries import completed
from irkit.errors import IrkitError, NotAvailable
from irkit.model import ApiToken, Clock, Kind, SecretRef, Standing, State
from irkit.network import Door
from irkit.plan import Ask, canonical, document
from irkit.providers import PROVIDERS
from irkit.providers.interface import Provider, Reading, Reply, Setting, Target
from irkit.revoke import control_of, target_of

_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 15.0
_TRIES = 4  # how often a question is asked that a limit refuses


def provider_of(credential: ApiToken) -> Provider | None:
    return PROVIDERS.get(credential.provider)


def setting_of(case: Desk, credential: ApiToken) -> Setting:
    """What case.toml says of the provider, completed by registries' own configuration and by since when it was exposed."""
    setting = completed(credential.provider, case.settings.provider(credential.provider).setting())
    since = _exposed_since(case, credential)
    return replace(setting, options={"since": since, **setting.options}) if since else setting


def _exposed_since(case: Desk, credential: ApiToken) -> str:
    """The earliest that the exposure may have begun, as ISO 8601; "" when nothing bounds it."""
    windows = [one for one in case.journal.records(Kind.WINDOW) if one.body["credential"] == credential.name]
    earliest = windows[-1].body["window"]["opened"]["earliest"] if windows else None
    return str(earliest["at"]) if earliest else ""


def learned_setting(case: Desk, credential: ApiToken) -> Setting:
    """The setting, completed by what the provider was asked once (an IAM user's name, discovered endpoints).

    The answer is kept as evidence and read from there ever after: a key that is gone can no longer be looked up.
    """
    setting, provider = setting_of(case, credential), provider_of(credential)
    if provider is None or provider.look_up is None:
        return setting
    what = f"looked up for {credential.name}"
    kept = [record.body["digest"] for record in case.journal.records(Kind.EVIDENCE) if record.body["what"] == what]
    if kept:
        return replace(setting, options={**case.evidence.document(kept[-1]), **setting.options})
    call = provider.look_up.ask(setting, target_of(credential))
    if call is None:
        return setting
    learned = provider.look_up.read(setting, case.door.send(call))
    if learned:
        case.keep(dict(learned), what, f"{provider.title}, {call.summary()}")
    return replace(setting, options={**learned, **setting.options})


def sample(case: Desk, credential: ApiToken, moment: str) -> Standing:
    """One probe, journalled. `moment` is "before", "after", "settling" or "control" (a never-issued look-alike).

    For "living" there is `sample_living`.
    """
    provider = provider_of(credential)
    target: Target | None = target_of(credential)
    if moment == "control" and provider and target:
        target = control_of(provider, target)
    reading, evidence = _ask(case, credential, provider, target, moment)
    clock = {State.ALIVE: Clock.STILL_ALIVE, State.DEAD: Clock.CONFIRMED_DEAD}.get(reading.state, Clock.JOURNAL)
    at = case.now(Clock.JOURNAL if moment == "control" else clock, f"{credential.provider} answered the probe")
    standing = Standing(reading.state, reading.why, at, evidence)
    body = {"credential": credential.name, "moment": moment, "standing": document(standing)}
    case.write(Kind.STANDING, body)
    return standing


def sample_living(case: Desk, credential: ApiToken) -> Standing | None:
    """Another credential of the same kind that should live, asked the same: it shows that the probe lets the living in.

    case.toml names one (`living`); else the responder's own, where it is of the same shape. None where neither is, where it is one that
    the case is about, and where it was not asked.
    """
    provider, told = provider_of(credential), case.settings.provider(credential.provider)
    if provider is None:
        return None
    ref = SecretRef.parse(told.living or told.responder) if told.living or told.responder else None
    if ref is None or ref in {one.ref for one in case.credentials}:
        return None
    try:
        shape = provider.shape_of(case.resolve(ref).text())
    except IrkitError:
        return None
    if shape is None or shape.name != credential.shape or shape.opaque:
        return None
    reading, evidence = _ask(case, credential, provider, Target(ref, shape.name), "living")
    if not evidence:
        return None
    at = case.now(Clock.JOURNAL, f"{credential.provider} answered the probe")
    standing = Standing(reading.state, reading.why, at, evidence)
    case.write(Kind.STANDING, {"credential": credential.name, "moment": "living", "standing": document(standing)})
    return standing


def not_let_in(case: Desk, door: Door, token: ApiToken, ref: SecretRef) -> str:
    """Why a fresh credential is not in use yet, asked until it is let in or the provider's time is over; "" when it is, or its provider's
    answers never tell.

    A provider may take a while to let one in that it has just made; its consumers would be refused meanwhile. While it does not answer
    at all, or with its own trouble, nobody knows.
    """
    provider = provider_of(token)
    if provider is None or provider.ask_standing is None or provider.read_standing is None:
        return ""
    shape = provider.shape_of(case.resolve(ref).text())
    setting = learned_setting(case, token)
    deadline, pause = time.monotonic() + propagation_s(case, token), _FIRST_PAUSE_S
    while True:
        try:
            call = provider.ask_standing(setting, Target(ref, shape.name if shape else token.shape))
            call = replace(call, identity="responder")
            reply = door.send(call)
            reading = provider.read_standing(reply)
        except IrkitError as error:
            return "" if isinstance(error, NotAvailable) else f"it could not be asked about: {error}"
        at = case.now(Clock.JOURNAL, f"{token.provider} answered the probe")
        standing = Standing(reading.state, door.hidden(f"the fresh one: {reading.why}"), at, "")
        case.write(Kind.STANDING, {"credential": token.name, "moment": "living", "standing": document(standing)})
        left = deadline - time.monotonic()
        trouble = reading.state is State.UNKNOWN and (
            reply.status is None or reply.status == 429 or reply.status >= 500
        )
        if not (reading.state is State.DEAD or trouble) or left <= 0:
            told = f"whether it is let in is not known: {reading.why}" if trouble else ""
            return f"it is not let in: {reading.why}" if reading.state is State.DEAD else told
        time.sleep(min(pause, left))
        pause = min(pause * 2, _LONGEST_PAUSE_S)


def _ask(
    case: Desk, credential: ApiToken, provider: Provider | None, target: Target | None, moment: str
) -> tuple[Reading, str]:
    if provider is None or provider.ask_standing is None or provider.read_standing is None:
        return Reading(State.UNKNOWN, "no probe is known for this kind of credential"), ""
    if target is None:
        return Reading(State.UNKNOWN, "no look-alike can be made for this kind of credential"), ""
    try:
        call = provider.ask_standing(learned_setting(case, credential), target)
        if moment == "living":
            if not _follows(provider.ask_standing, learned_setting(case, credential), target):
                return Reading(State.UNKNOWN, "this probe asks about the leaked one whatever it is given"), ""
            call = replace(call, identity="responder")  # a credential of ours, that nobody leaked
        reply = patiently(case, call)
    except IrkitError as error:
        return Reading(State.UNKNOWN, f"it could not be asked: {error}"), ""
    kept = {"request": document(call), "reply": document(reply)}
    evidence = case.keep(kept, f"reply to the probe ({moment})", f"{provider.title}, {call.summary()}")
    read = provider.read_control if moment == "control" and provider.read_control else provider.read_standing
    return read(reply), evidence


def _follows(ask: Callable[[Setting, Target], Ask], setting: Setting, target: Target) -> bool:
    """Whether the probe asks about the one it is given: that one stands in the call, and with another it does not."""
    if target.secret is None:
        return False
    given, other = str(target.secret), Target(SecretRef("control:another/one"), target.shape)
    return given in canonical(ask(setting, target)).decode() and given not in canonical(ask(setting, other)).decode()


def patiently(case: Desk, call: Ask) -> Reply:
    """A question may be asked again: when a limit refuses it, after as long as the provider says."""
    for _ in range(_TRIES):
        if late := case.pace.wait(call):
            return Reply(None, sent=False, failure=late)
        reply = case.door.send(call)
        if not case.pace.told(call, reply):
            break
    return reply


def has_probe(credential: ApiToken) -> bool:
    provider = provider_of(credential)
    return provider is not None and provider.ask_standing is not None


def propagation_s(case: Desk, credential: ApiToken) -> float:
    """How long a revocation may take to be seen: case.toml, else what the provider documents."""
    told = case.settings.provider(credential.provider).propagation_s
    provider = provider_of(credential)
    documented = provider.propagation.total_seconds() if provider else 0.0
    return documented if told is None else told


def sample_until_dead(case: Desk, credential: ApiToken, moment: str) -> Standing:
    """Probe until it is dead or the provider's propagation time is over; pauses double. Every sample is journalled."""
    deadline = time.monotonic() + propagation_s(case, credential)
    pause = _FIRST_PAUSE_S
    while True:
        standing = sample(case, credential, moment)
        left = deadline - time.monotonic()
        if standing.state is State.DEAD or left <= 0 or not has_probe(credential):
            return standing
        time.sleep(min(pause, left))
        pause = min(pause * 2, _LONGEST_PAUSE_S)
