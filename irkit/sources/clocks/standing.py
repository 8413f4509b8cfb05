"""From signs to instants of one credential: a sign counts only where the credential is known to have stood by then."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from irkit.model import Clock, Instant, Occurrence
from irkit.sources.addresses import names
from irkit.sources.clocks.interface import Record, Sign
from irkit.sources.clocks.pushes import arrival


def instants(record: Record, stood: Iterable[Occurrence]) -> tuple[tuple[Instant, ...], tuple[str, ...]]:
    """The instants of the credential that stands at `stood`, and in words the signs that could not be tied to it.

    PUSH and ARRIVED as `arrival` has them; ARRIVED only when it was found in one repository alone, and on no disk or archive
    beside. ALERT for an alert on a blob that holds it. PUBLIC for a published file that is, byte for byte, one it stands in;
    and for a repository made public after the credential had come to it: made public before, the push is what opened it.
    """
    values = [one for one in stood if not one.names_only]
    holding: dict[str, set[str]] = {}
    for one in values:
        if one.git:
            holding.setdefault(one.git.repository, set()).update(mark.commit for mark in one.git.added)
    came = {place: arrival(record.pushes, Path(place), commits) for place, commits in holding.items()}
    elsewhere = len(holding) != 1 or any(one.git is None for one in values)
    found = [one for each in came.values() for one in each if one.clock is not Clock.ARRIVED or not elsewhere]
    blobs = {one.git.blob for one in values if one.git}
    digests = _digests(record.signs, values)
    untied: list[str] = []
    for sign in record.signs:
        if sign.about == "repository":
            found += _made_public(sign, came, untied)
        elif sign.name in (blobs if sign.about == "blob" else digests):
            found.append(sign.instant)
    files = [sign for sign in record.signs if sign.about == "file"]
    if values and files and not any(sign.name in digests for sign in files):
        untied.append(
            f"{len(files)} published files are on record, and it was found in none of them: search the files themselves as they "
            "were published (npm pack, pip download) to know"
        )
    return tuple(found), tuple(untied)


def _made_public(sign: Sign, came: dict[str, tuple[Instant, ...]], untied: list[str]) -> list[Instant]:
    ours = [place for place in came if _is_of(sign.name.lower(), names(Path(place)))]
    earlier = [one for place in ours for one in came[place] if not one.forgeable and one.at <= sign.instant.at]
    if earlier:
        return [sign.instant]
    if not ours:
        why = "no searched repository has a remote of that name"
    elif any(came[place] for place in ours):
        why = "the credential came to it later, so the push is what opened it"
    else:
        why = "when the credential came to it is not known, so it is told and bounds nothing"
    untied.append(f"{sign.instant.source} at {sign.instant}: {why}")
    return []


def _is_of(name: str, addresses: set[str]) -> bool:
    return any(address == name or address.endswith(f"/{name}") for address in addresses)


_ALGORITHMS = {40: "sha1", 64: "sha256", 128: "sha512"}


def _digests(signs: Sequence[Sign], values: Sequence[Occurrence]) -> set[str]:
    """Digests of the files on disk that it stands in, by each algorithm that a sign asks for, told by its length in hex."""
    wanted = {_ALGORITHMS[len(sign.name)] for sign in signs if sign.about == "file" and len(sign.name) in _ALGORITHMS}
    made = set()
    for path in dict.fromkeys(Path(one.path.split("!", 1)[0]) for one in values if one.git is None):
        for algorithm in wanted:
            try:
                with path.open("rb") as file:
                    made.add(hashlib.file_digest(file, algorithm).hexdigest())
            except OSError:
                continue  # it was there when it was searched; a file that went since cannot be compared
    return made
