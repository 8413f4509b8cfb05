"""Asks every consumer about every sample, with its key ring before and after the revocation and with the old key taken out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from irkit.errors import IrkitError
from irkit.model import Skipped
from irkit.model.matrix import Matrix, MatrixRow
from irkit.openpgp.consumers.certificates import without_subkeys
from irkit.openpgp.consumers.interface import Answer, Consumer, KeyringState, Sample, throwaway_place
from irkit.openpgp.consumers.samples import Workshop
from irkit.openpgp.consumers.signers import Party, TestedKey, party

_AT_ONCE = 4


def matrix(
    new: TestedKey,
    old: TestedKey,
    *,
    exposed_from: datetime | None = None,
    consumers: Sequence[Consumer] | None = None,
    at_once: int = _AT_ONCE,
) -> Matrix:
    """Run it all in throw-away places, without the network. Nothing of the user's is changed.

    The old key's samples are dated before `exposed_from` (UTC) as far as its age allows. A key that cannot sign here is stood in
    for by one of the same algorithms, revoked in the same way, and the rows say so.
    """
    if consumers is None:
        from irkit.openpgp.consumers import CONSUMERS

        consumers = CONSUMERS
    missing = {one.name: how for one in consumers if (how := one.available())}
    present = [one for one in consumers if one.name not in missing]
    skipped = [Skipped(name, f"it is not here: {how}") for name, how in missing.items()]
    if not present:
        return Matrix((), tuple(skipped))
    with throwaway_place() as place, party(old, leaked=True) as leaked, party(new, leaked=False) as fresh:
        workshop = Workshop(place, {one.form for one in present})
        at = _dated(leaked.created, exposed_from)
        good = workshop.make("old", leaked.signer.dated(at))
        samples = (
            workshop.make("new", fresh.signer, apt_before=good.apt),
            good,
            workshop.make("forgery", leaked.signer.dated(at)),
        )
        asked = [
            (consumer, ring, sample)
            for consumer in present
            for ring in _rings(leaked, fresh)
            for sample in samples
            if (ring.name, sample.name) != ("before", "new")
        ]
        versions = {one.name: _version(one) for one in present}
        with ThreadPoolExecutor(at_once) as pool:
            answers = list(pool.map(lambda one: _ask(*one), asked))
    stood_in = {"new": bool(fresh.stand_in), "old": bool(leaked.stand_in), "forgery": bool(leaked.stand_in)}
    rows = tuple(
        MatrixRow(
            one.name, versions[one.name], ring.name, sample.name, answer.accepts, answer.why, stood_in[sample.name]
        )
        for (one, ring, sample), answer in zip(asked, answers, strict=True)
    )
    return Matrix(rows, tuple(skipped), tuple(_notes(leaked, fresh, at)))


def _rings(leaked: Party, fresh: Party) -> tuple[KeyringState, ...]:
    earlier = (leaked.before,)
    held = (leaked.after, fresh.after) if leaked.primary != fresh.primary else (fresh.after,)
    left = (without_subkeys(fresh.after, leaked.revoked),)
    return (
        KeyringState("before", earlier, earlier),
        KeyringState("after", held, earlier),
        KeyringState("removed", held, earlier, leaked.primary, left),
    )


def _dated(created: datetime, exposed_from: datetime | None) -> datetime:
    """A day before the exposure, or as near to the key's making as that asks."""
    wanted = exposed_from - timedelta(days=1) if exposed_from else created + timedelta(days=1)
    return max(created + timedelta(seconds=1), min(wanted, datetime.now(UTC)))


def _ask(consumer: Consumer, ring: KeyringState, sample: Sample) -> Answer:
    try:
        sample.must_have(consumer.form)
        return consumer.asks(ring, sample)
    except (IrkitError, OSError) as error:
        return Answer(None, str(error))


def _version(consumer: Consumer) -> str:
    try:
        return consumer.version()
    except (IrkitError, OSError, ValueError):
        return ""


def _notes(leaked: Party, fresh: Party, at: datetime) -> Iterator[str]:
    yield f"The old key's samples say {at:%Y-%m-%d %H:%M} UTC; the forgery was made now and says the same."
    for name, side in (("old", leaked), ("new", fresh)):
        if side.stand_in:
            yield f"The {name} key's samples are by a stand-in of the same algorithms: {side.stand_in}."
    if not leaked.revoked:
        yield "The old key is not revoked in the certificate that was given, so the rows after the revocation show it in force."
