"""Whether one IAM policy allows less than another, and nothing beyond it, as far as their texts tell. Pure.

Both are evaluated for every action that a pattern stands for, where all names are known, and for every way in which a resource may fit
some of their patterns and not the others. Conditions are not evaluated, nor what a variable holds: what one alone decides is undecided.
Boundaries, resource policies and service control policies are other documents.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from irkit.exposure.narrower.apart import ways
from irkit.exposure.usage.policy import Statement, covers, has_variable

_FILLED = ("", "\0", "\0\0")
_UNNAMED = "\0:\0"
"""An action that no policy names."""

_WITHOUT = {"s3": "::", "iam": ":"}
"""Services whose ARNs name no region, or no account either."""

Formats = Callable[[str], Sequence[str]]
"""From an action to the forms of the ARNs that it takes, ("*",) where it takes none, () where they are not known."""


@dataclass(frozen=True)
class Compared:
    """`beyond`: what the new one allows and the old one does not; `undecided`: what cannot be told; `less`: what the old one allows and
    the new one does not; `perhaps`: what the new one allows under a condition alone. Each in words of the policies:
    "s3:GetObject on arn:aws:s3:::logs/*"."""

    beyond: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()


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


Word = Literal["beyond", "undecided", "less", "perhaps"]
_Found = tuple[tuple[Word, str], ...]
"""What differs of an action, each with the pattern of resources it differs on; "" of one that a side allows nowhere."""


def compared(
    old: Sequence[Statement], new: Sequence[Statement], names: Iterable[str] = (), formats: Formats | None = None
) -> Compared:
    """`names` are all actions there are; without them what a pattern of actions holds beyond those named is undecided."""
    listed = tuple(names)
    lower = {one.lower() for one in listed}
    partitions = sorted({arn.split(":")[1] for one in (*old, *new) for arn in one.resources if _has_partition(arn)})
    known: dict[object, _Found] = {}
    told: dict[Word, dict[str, None]] = {"beyond": {}, "undecided": {}, "less": {}, "perhaps": {}}
    for one in _actions((*old, *new), listed):
        # Of all actions there are, most are in the same statements.
        about = _about(old, one.action), _about(new, one.action)
        sides = [old[at] for at in about[0]], [new[at] for at in about[1]]
        if about not in known:
            known[about] = _differs(*sides)
        differs = known[about]
        if any(word in ("less", "perhaps") and pattern for word, pattern in differs):
            where = _where(one.action, formats, partitions or ["aws"], (*sides[0], *sides[1]))
            if (about, where) not in known:
                known[about, where] = _differs(*sides, where)
            differs = known[about, where]
        for word, pattern in differs:
            if word in ("less", "perhaps") and (not one.real or (lower and one.action.lower() not in lower)):
                continue
            into: Word = word if one.real or word != "beyond" else "undecided"
            told[into][one.told if pattern in ("", "*") else f"{one.told} on {pattern}"] = None
    return Compared(tuple(told["beyond"]), tuple(told["undecided"]), tuple(told["less"]), tuple(told["perhaps"]))


def _about(statements: Sequence[Statement], action: str) -> tuple[int, ...]:
    return tuple(at for at, one in enumerate(statements) if one.is_about(action))


def _has_partition(arn: str) -> bool:
    return arn.startswith("arn:") and arn.count(":") > 1 and not set(arn.split(":")[1]) & set("*?$")


def _where(
    action: str, formats: Formats | None, partitions: Sequence[str], statements: Sequence[Statement]
) -> tuple[str, ...]:
    """Patterns of what the action can be done to at all: it is no less when only a bucket's ARN is left of what S3 does to buckets."""
    forms = formats(action) if formats else ()
    if forms:
        from_each = (form.replace("${Partition}", one) for form in forms for one in partitions)
        return tuple(dict.fromkeys(_wild(one) for one in from_each))
    service = action.partition(":")[0]
    named = (pattern for one in statements for pattern in (*one.resources, *one.not_resources) if pattern != "*")
    others = (pattern for pattern in named if pattern.split(":")[2:3] not in ([service], []))
    return tuple(dict.fromkeys((*(f"arn:{one}:{service}:{_WITHOUT.get(service, '')}*" for one in partitions), *others)))


def _wild(form: str) -> str:
    """A form with a star for each name in it; a star alone is what an action without resources is about."""
    if form == "*":
        return "${*}"
    head, *rest = form.split("${")
    return head + "".join("*" + one.partition("}")[2] for one in rest)


def _differs(old: Sequence[Statement], new: Sequence[Statement], where: Sequence[str] = ()) -> _Found:
    """Of an action that these statements are about; of one that one side allows nowhere, once for all resources."""
    patterns = tuple(dict.fromkeys(
        (*(pattern for one in (*old, *new) for pattern in (*one.resources, *one.not_resources)), *where)
    ))  # fmt: skip
    apart = ways(patterns)
    if apart is None:
        return (("undecided", "*"),)
    found: dict[tuple[Word, str], None] = {}
    sides: list[tuple[_Allowed, _Allowed]] = []
    for way in sorted(apart, key=sorted):
        fits = {patterns[at] for at in way}
        before, after = _allowed(old, fits), _allowed(new, fits)
        sides.append((before, after))
        if word := _word(before, after, not where or any(one in fits for one in where)):
            found[word, _told(fits, {*where} - {each for one in (*old, *new) for each in one.resources})] = None
    if found and all(before.yes is False for before, _ in sides):
        return (("beyond", ""),)
    if any(word == "less" for word, _ in found) and all(after.yes is False for _, after in sides):
        return (("less", ""),)
    return tuple(found)


def _word(before: _Allowed, after: _Allowed, possible: bool) -> Word | None:
    if after.yes is not False and before.yes is False:
        return "beyond"
    if before.yes is None and after.yes is not False and before.by != after.by:
        return "undecided"
    if possible and before.yes is not False and after.yes is False:
        return "less"
    return "perhaps" if possible and before.yes is True and after.yes is None else None


def _told(fits: Collection[str], unsaid: Collection[str]) -> str:
    """The narrowest of the patterns that a resource fits, as the policies have them."""
    said = [one for one in fits if one not in unsaid and one != "*"]
    plain = {one: one.replace("*", "\0").replace("?", "\1") for one in said}
    narrow = [one for one in said if not any(other != one and covers(one, plain[other]) for other in said)]
    return ", which is also ".join(sorted(narrow or said)) or "*"


def _allowed(statements: Sequence[Statement], fits: Collection[str]) -> _Allowed:
    about = [(one, holds) for one in statements if (holds := _holds(one, fits)) is not False]
    if any(not one.allow and holds and not one.conditional for one, holds in about):
        return _Allowed(False)
    allowing = [(one, holds) for one, holds in about if one.allow]
    if not allowing:
        return _Allowed(False)
    if any(holds and not one.conditional for one, holds in allowing) and len(allowing) == len(about):
        return _Allowed(True)
    by = (f"{one.allow} {one.condition} {'' if holds else _variables(one, fits)}" for one, holds in about)
    return _Allowed(None, tuple(sorted(dict.fromkeys(by))))


def _holds(one: Statement, fits: Collection[str]) -> bool | None:
    """Whether a statement is about a resource that fits these patterns; None where a variable decides."""
    mine = [pattern for pattern in one.not_resources or one.resources if pattern in fits]
    surely = any(not has_variable(pattern) for pattern in mine)
    if one.not_resources:
        return False if surely else None if mine else True
    return True if surely else None if mine else False


def _variables(one: Statement, fits: Collection[str]) -> list[str]:
    return sorted(pattern for pattern in one.not_resources or one.resources if pattern in fits)


def _actions(statements: Sequence[Statement], names: Sequence[str]) -> Iterator[_Named]:
    """What is named in full is taken to be an action; so may be a pattern that no known name fits."""
    patterns = dict.fromkeys(pattern for one in statements for pattern in (*one.actions, *one.not_actions))
    plain = [one for one in patterns if not _is_wild(one)]
    wild = [one for one in patterns if _is_wild(one)]
    asked = Statement(True, tuple(wild)).is_about
    open_ = any(one.not_actions for one in statements)
    yield from (_Named(one, one) for one in dict.fromkeys((*plain, *(one for one in names if open_ or asked(one)))))
    for one in wild:
        about = Statement(True, (one,)).is_about
        if not any(map(about, names)):
            yield from (_Named(filled, one, False) for filled in _fill(one)[1:2])
    if not names and open_:
        yield _Named(_UNNAMED, "actions that no policy names", False)


def _is_wild(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern


def _fill(pattern: str) -> tuple[str, ...]:
    """Texts that it stands for."""
    return tuple(dict.fromkeys(pattern.replace("*", filling).replace("?", "\0") for filling in _FILLED))
