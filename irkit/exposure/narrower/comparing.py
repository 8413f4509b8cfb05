"""Whether one IAM policy allows less than another, and nothing beyond it, as far as their texts tell. Pure.

Both are evaluated at samples: every action that a pattern stands for where all names are known, every resource that a policy names, and
of each pattern what its stars may hold, letters that stand in no policy. Conditions are not evaluated: what one alone decides is
undecided. Boundaries, resource policies and service control policies are other documents.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from irkit.exposure.usage.policy import Statement, covers

_FILLED = ("", "\0", "\0\0")
_UNNAMED = "\0:\0"
"""An action that no policy names."""


@dataclass(frozen=True)
class Compared:
    """`beyond`: what the new one allows and the old one does not; `undecided`: what cannot be told; `less`: what the old one allows and
    the new one does not. Each in words of the policies: "s3:GetObject on arn:aws:s3:::logs/*"."""

    beyond: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    less: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Allowed:
    """`yes` None: under conditions alone, which are `by`."""

    yes: bool | None
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Named:
    """An action and how it is told. `real` False: whether there is such an action is not known."""

    action: str
    told: str
    real: bool = True


Word = Literal["beyond", "undecided", "less", "unconditional"]
_OF_NO_SURE_ACTION: Mapping[Word, Word] = {"beyond": "undecided", "undecided": "undecided"}
_Found = tuple[tuple[Word, str], ...]
"""What differs of an action, each with the pattern of resources it differs on."""


def compared(old: Sequence[Statement], new: Sequence[Statement], names: Iterable[str] = ()) -> Compared:
    """`names` are all actions there are; without them what a pattern of actions holds beyond those named is undecided."""
    resources = _resources((*old, *new))
    known: dict[tuple[tuple[int, ...], tuple[int, ...]], _Found] = {}
    told: dict[Word, dict[str, None]] = {"beyond": {}, "undecided": {}, "less": {}, "unconditional": {}}
    for one in _actions((*old, *new), tuple(names)):
        # Of all actions there are, most are in the same statements.
        about = _about(old, one.action), _about(new, one.action)
        if about not in known:
            known[about] = _differs([old[at] for at in about[0]], [new[at] for at in about[1]], resources)
        for word, pattern in known[about]:
            if sure := word if one.real else _OF_NO_SURE_ACTION.get(word):
                told[sure][one.told if pattern == "*" else f"{one.told} on {pattern}"] = None
    less = (*told["less"], *(f"{one} without a condition" for one in told["unconditional"]))
    return Compared(tuple(told["beyond"]), tuple(told["undecided"]), less)


def _about(statements: Sequence[Statement], action: str) -> tuple[int, ...]:
    return tuple(at for at, one in enumerate(statements) if one.is_about(action))


def _differs(old: Sequence[Statement], new: Sequence[Statement], resources: Sequence[tuple[str, str]]) -> _Found:
    """Of an action that these statements are about; of one that one side allows nowhere, once for all resources."""
    found: dict[tuple[Word, str], None] = {}
    sides = [[_allowed(each, filled) for filled, _ in resources] for each in (old, new)]
    for (_, pattern), before, after in zip(resources, *sides, strict=True):
        if after.yes is not False and before.yes is False:
            found["beyond", pattern] = None
        elif before.yes is None and after.yes is not False and before.by != after.by:
            found["undecided", pattern] = None
        elif before.yes is not False and after.yes is False:
            found["less", pattern] = None
        elif before.yes is True and after.yes is None:
            found["unconditional", pattern] = None
    if found and all(one.yes is False for one in sides[0]):
        return (("beyond", "*"),)
    if found and all(one.yes is False for one in sides[1]):
        return (("less", "*"),)
    return tuple(found)


def _allowed(statements: Sequence[Statement], resource: str) -> _Allowed:
    about = [one for one in statements if _holds(one, resource)]
    if any(not one.allow and not one.conditional for one in about):
        return _Allowed(False)
    allowing = [one for one in about if one.allow]
    if not allowing:
        return _Allowed(False)
    refusing = [one for one in about if not one.allow]
    if any(not one.conditional for one in allowing) and not refusing:
        return _Allowed(True)
    return _Allowed(None, tuple(sorted(f"{one.allow} {one.condition}" for one in about)))


def _holds(one: Statement, resource: str) -> bool:
    if one.not_resources:
        return not any(covers(pattern, resource) for pattern in one.not_resources)
    return any(covers(pattern, resource) for pattern in one.resources)


def _resources(statements: Sequence[Statement]) -> tuple[tuple[str, str], ...]:
    """What is evaluated, with the pattern it stands for."""
    return tuple(dict.fromkeys(
        (filled, pattern)
        for one in statements
        for pattern in (*one.resources, *one.not_resources, "*")
        for filled in (("\0",) if pattern == "*" else _fill(pattern))
    ))  # fmt: skip


def _actions(statements: Sequence[Statement], names: Sequence[str]) -> Iterator[_Named]:
    """What is named in full is taken to be an action."""
    patterns = dict.fromkeys(pattern for one in statements for pattern in (*one.actions, *one.not_actions))
    plain = [one for one in patterns if not _is_wild(one)]
    wild = [one for one in patterns if _is_wild(one)]
    asked = Statement(True, tuple(wild)).is_about
    open_ = any(one.not_actions for one in statements)
    yield from (_Named(one, one) for one in dict.fromkeys((*plain, *(one for one in names if open_ or asked(one)))))
    if not names:
        yield from (_Named(filled, pattern, False) for pattern in wild for filled in _fill(pattern)[1:2])
        if open_:
            yield _Named(_UNNAMED, "actions that no policy names", False)


def _is_wild(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern


def _fill(pattern: str) -> tuple[str, ...]:
    """Texts that it stands for."""
    return tuple(dict.fromkeys(pattern.replace("*", filling).replace("?", "\0") for filling in _FILLED))
