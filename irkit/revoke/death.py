"""The proof of death: the verdict on a credential from what was asked before, of a look-alike, and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from irkit.model import Standing, State
from irkit.plan import Ended
from irkit.providers.interface import Reading

Said = Standing | Reading
"""Whether it lives and why it was read so; when it was asked does not matter to the rules here."""


@dataclass(frozen=True)
class Verdict:
    """ "inconclusive" is no softer "dead": it keeps the case open, and `why` says what would settle it."""

    verdict: Literal["dead", "not dead", "inconclusive"]
    why: str


def after_unknown(standing: Said, *, was_dead_already: bool = False) -> tuple[Ended, str]:
    """Settle an action that was announced and has no outcome, by asking whether the credential lives.

    `was_dead_already`: an earlier action had killed it, so its death says nothing of this one.
    """
    if standing.state is State.UNKNOWN:
        return Ended.UNKNOWN, f"what it did cannot be told: {standing.why}"
    if standing.state is State.ALIVE:
        return Ended.FAILED, f"it had no effect: {standing.why}"
    if was_dead_already:
        return Ended.UNKNOWN, "the credential was dead before this step: look for it in the provider's own list"
    return Ended.DONE, f"asked again, the credential is dead: {standing.why}"


def proof_of_death(
    before: Said | None,
    control: Said | None,
    after: Sequence[Said],
    *,
    living: Said | None = None,
    living_now: Said | None = None,
) -> Verdict:
    """The verdict on one credential, from what was asked before, of the look-alike, and after (in order of time).

    `living` is the answer for another credential of the same kind that is known to work: it stands in where the
    leaked one was never seen alive. `living_now` is its answer beside the last one: refused as well, it shows that the probe
    has come to refuse everything (an outage, a proxy), which a look-alike cannot show.
    """
    if not after:
        return Verdict("inconclusive", "it was not asked about since: run the confirmation")
    if control is not None and control.state is State.ALIVE:
        return Verdict(
            "inconclusive",
            f"the probe proves nothing: a look-alike that was never issued is called alive too ({control.why})",
        )
    last = after[-1]
    if last.state is State.ALIVE:
        return Verdict("not dead", f"it still works: {last.why}")
    if last.state is State.UNKNOWN:
        return Verdict("inconclusive", f"the last answer cannot be read: {last.why}")
    if _wavers(after):
        return Verdict(
            "inconclusive", "it answered dead, then alive, then dead: ask again until two answers in a row agree"
        )
    if control is None:
        return Verdict("inconclusive", "it is refused, but no look-alike was asked for comparison")
    if control.state is State.UNKNOWN:
        return Verdict("inconclusive", f"it is refused, but the look-alike's answer cannot be read: {control.why}")
    if living_now is not None and living_now.state is State.DEAD:
        return Verdict(
            "inconclusive",
            f"it is refused, and so is a credential of its kind that should work ({living_now.why}): the probe refuses everything, or "
            "that one is dead too",
        )
    return _seen_alive(before, living_now or living, last)


@dataclass(frozen=True)
class Containment:
    """Whether nothing that can act for whoever holds the credential is known to live. None: it cannot be told."""

    yes: bool | None
    why: tuple[str, ...]


@dataclass(frozen=True)
class Outliving:
    """What was said of one kind of survivor; `word` when nobody but a person said it, `passing` when asking again may tell more."""

    what: str
    said: Said
    word: bool = False
    passing: bool = False


def containment(
    verdict: Verdict,
    survivors: Sequence[Outliving],
    left_behind: Sequence[str],
    not_known: Sequence[str] = (),
    as_of: str = "",
) -> Containment:
    """Contained: the credential is proved dead, no survivor lives, and what it left behind has been ended.

    Unknown as long as a survivor could not be asked about, or what it begot is `not_known` (the sentences say why). What rests on
    a person's word counts, and is always said; so is `as_of`, up to when its logs tell what it begot.
    """
    if verdict.verdict != "dead":
        return Containment(False if verdict.verdict == "not dead" else None, (verdict.why,))
    alive = tuple(f"{one.what} live on: {one.said.why}" for one in survivors if one.said.state is State.ALIVE)
    left = tuple(f"not yet ended: {what}" for what in left_behind)
    words = tuple(f"on a person's word: {one.what} ({one.said.why})" for one in survivors if one.word)
    unasked = tuple(
        f"could not be asked: {one.what} ({one.said.why})" for one in survivors if one.said.state is State.UNKNOWN
    )
    if alive or left:
        return Containment(False, (*alive, *left, *words, *unasked, *not_known))
    if unasked or not_known:
        return Containment(None, ("dead, but not all that may outlive it is known", *unasked, *not_known, *words))
    return Containment(True, (f"dead, and nothing alive is known{as_of and f' {as_of}'}", *words))


def _wavers(after: Sequence[Said]) -> bool:
    """Servers that disagree: dead, then alive. One more dead answer is not enough then; two in a row are."""
    alive = [index for index, said in enumerate(after) if said.state is State.ALIVE]
    if not alive or all(said.state is not State.DEAD for said in after[: alive[-1]]):
        return False
    return not (len(after) - alive[-1] > 2 and after[-2].state is State.DEAD)


def _seen_alive(before: Said | None, living: Said | None, last: Said) -> Verdict:
    if before is not None and before.state is State.ALIVE:
        return Verdict("dead", f"alive before ({before.why}), dead after ({last.why}), as a look-alike never issued")
    if living is not None and living.state is State.ALIVE:
        return Verdict(
            "dead", f"dead after ({last.why}), as a look-alike never issued, while another of its kind is let in"
        )
    if before is None:
        return Verdict(
            "inconclusive", "it was never asked about while it should have lived: the probe may refuse everything"
        )
    if before.state is State.UNKNOWN:
        return Verdict(
            "inconclusive",
            f"it is refused now, and was never seen to work, since before it could not be told ({before.why}): the probe may refuse "
            "everything; a living credential of the same kind would tell",
        )
    return Verdict(
        "inconclusive",
        f"it was refused before anything was done ({before.why}): either it was dead already or the probe refuses "
        "everything; a living credential of the same kind would tell",
    )
