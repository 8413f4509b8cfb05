"""The resources of a proposal: of what was seen what an action takes, inside of a statement, and many by the folder they share. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from irkit.exposure.narrower.apart import ways
from irkit.exposure.narrower.seen import Act, shared_folder
from irkit.exposure.usage.policy import ANY, ONE, Statement, covers, parts_of

_EXACT = 3  # things of one folder that are named one by one


class Catalogue(Protocol):
    """What is known of all IAM actions. `formats` are the ARN formats that an action takes, ("*",) where it takes none."""

    def knows(self, action: str) -> bool: ...
    def formats(self, action: str) -> Sequence[str]: ...
    def needs(self, action: str) -> Sequence[str]: ...


_NAMED_WELL = frozenset(
    {"s3", "secretsmanager", "dynamodb", "lambda", "kms", "sqs", "sns", "ssm", "kinesis", "logs", "ecr", "sts"}
)
"""Services whose events name what an action is done to; of another an ARN may be of anything that was passed along."""


def things(action: str, act: Act, catalogue: Catalogue | None) -> list[str]:
    """Those that are of a kind which the action takes."""
    patterns = act.patterns()
    if catalogue and (formats := catalogue.formats(action)):
        return [one for one in patterns if any(covers(wild(form), one) for form in formats)]
    service = action.partition(":")[0]
    of = "iam" if service == "sts" else service
    return [one for one in patterns if service in _NAMED_WELL and one.split(":")[2:3] == [of]]


def within(arn: str, one: Statement) -> bool:
    """Whether a pattern of ours is inside of a statement: what a star of ours stands for must fit there as well."""
    if one.not_resources:
        return not any(_meet(pattern, arn) for pattern in one.not_resources)
    plain = _plain(arn)
    return any(covers(pattern, plain) for pattern in one.resources)


def _plain(arn: str) -> str:
    """A text that it stands for: letters in place of its stars which no pattern has."""
    return "".join({ANY: "\0", ONE: "\1"}.get(part, part) for part in parts_of(arn))


def _meet(pattern: str, arn: str) -> bool:
    """Whether some text fits both."""
    apart = ways((pattern, arn))
    return apart is None or frozenset({0, 1}) in apart


def inside(arns: Sequence[str], one: Statement) -> tuple[list[str], int]:
    """By their folders where a folder is inside of the statement; else by its own patterns, and each by itself where it has none."""
    found: dict[str, None] = {}
    widened = 0
    for pattern, several in _grouped(arns):
        if len(several) > 1 and not within(pattern, one):
            fitting = [each for each in one.resources if any(covers(each, _plain(arn)) for arn in several)]
            found |= dict.fromkeys(fitting or several)
            widened += len(several) if fitting else 0
        else:
            found[pattern] = None
            widened += len(several) if len(several) > 1 else 0
    return sorted(found), widened


def folders(arns: Iterable[str]) -> tuple[list[str], int]:
    """Few things as they are; many of one bucket (or the like) by the folder that they have in common. And how many those were."""
    grouped = _grouped(arns)
    return sorted({pattern for pattern, _ in grouped}), sum(len(several) for _, several in grouped if len(several) > 1)


def _grouped(arns: Iterable[str]) -> list[tuple[str, list[str]]]:
    groups: dict[str, list[str]] = {}
    for arn in dict.fromkeys(arns):
        head, slash, _ = arn.partition("/")
        groups.setdefault(head + slash, []).append(arn)
    found: list[tuple[str, list[str]]] = []
    for head, several in groups.items():
        if len(several) <= _EXACT or not head.endswith("/"):
            found += ((arn, [arn]) for arn in several)
        else:
            found.append((f"{shared_folder(arn.rpartition('/')[0] for arn in several)}/*", several))
    return found


def wild(form: str) -> str:
    return re.sub(r"\$\{[^}]*\}", "*", form)
