"""From references to those that take what is sought, by its name or by a name that it is given on the way. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from irkit.model import Sure
from irkit.sources.consumers.interface import ALL, Reference
from irkit.sources.consumers.learned import generic

_THINGS = ("file/", "k8s-secret/", "compose-secret/", "build-secret/", "var.", "local.", "data.", "values.")


@dataclass(frozen=True)
class Placed:
    """A reference, and the file it stands in."""

    path: str
    platform: str
    reference: Reference


@dataclass(frozen=True)
class Match:
    """A reference that takes what is sought as `name`, how sure that is, and a remark on it."""

    placed: Placed
    name: str
    sure: Sure
    note: str


@dataclass(frozen=True)
class _Known:
    """A name under which the value goes. One that many things have counts in one file alone (`scope`)."""

    origin: str
    scope: str = ""


def resolve(found: Sequence[Placed], names: Iterable[str]) -> tuple[list[Match], frozenset[str]]:
    """The matches in the order found, and every name that led to one."""
    given = frozenset(name for one in names for name in (one, one.upper() if _plain(one) else one))
    known: dict[str, list[_Known]] = {name: [_Known("")] for name in given}
    matched: dict[int, tuple[str, str]] = {}
    grown = True
    while grown:
        grown = False
        for number, one in enumerate(found):
            if number in matched:
                continue
            hit = next((name for name in one.reference.needs if _applies(known.get(name, ()), one.path)), None)
            if hit is None:
                continue
            matched[number] = (hit, next(k.origin for k in known[hit] if k.scope in ("", one.path)))
            for name in one.reference.gives:
                scope = one.path if _plain(name) and generic(name) else ""
                if name and not _applies(known.get(name, ()), scope or one.path):
                    known.setdefault(name, []).append(_Known(matched[number][1] or hit, scope))
                    grown = True
            grown = grown or bool(one.reference.gives)
    made = [_match(one, matched.get(number), given) for number, one in enumerate(found)]
    return [one for one in made if one], frozenset(known)


def _applies(known: Sequence[_Known], path: str) -> bool:
    return any(one.scope in ("", path) for one in known)


def _plain(name: str) -> bool:
    return not name.startswith(_THINGS)


def _match(one: Placed, hit: tuple[str, str] | None, given: frozenset[str]) -> Match | None:
    told = one.reference
    if hit is not None:
        name, origin = hit
        sure = Sure.NAMED if told.sure is Sure.MAY else told.sure
        if origin and sure is Sure.NAMED:
            sure = Sure.PASSED_ON
        via = f"as {_in_words(name)}, which {_in_words(origin)} goes by here" if origin else ""
        return Match(one, name, sure, _joined(via, told.note))
    if ALL in told.needs:
        return Match(one, "", Sure.MAY, told.note)
    same = next((name for name in told.gives if name in given), None)
    if same is not None:
        return Match(
            one,
            same,
            Sure.GUESS,
            _joined(f"sets {same} from something else: whether it is this value is not told", told.note),
        )
    return None


_WORDS = {
    "file/": "a variable of the file",
    "k8s-secret/": "part of the Secret",
    "compose-secret/": "the compose secret",
    "build-secret/": "the build secret",
}


def _in_words(name: str) -> str:
    return next(
        (f"{words} {name.removeprefix(start)}" for start, words in _WORDS.items() if name.startswith(start)), name
    )


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def search_words(names: Iterable[str], already: Mapping[str, object] | frozenset[str]) -> set[str]:
    """What to look for in texts, to find the files that take these names."""
    return {
        name.rpartition("/")[2].rpartition(".")[2] if not _plain(name) else name
        for name in names
        if name not in already
    }
