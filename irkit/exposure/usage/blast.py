"""The blast radius: what was done with the credential, beside what could have been done with it. Pure.

Used comes from the logs, reachable from a policy or a list of scopes that a person gave. Neither stands for the other: what
was used may be allowed by a policy that was not given, and what could be reached is no evidence that it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from irkit.exposure.usage.abilities import AWS, GITHUB, IMPLIED, SCOPES, Ability
from irkit.exposure.usage.policy import Statement, iam_action, needs_no_permission, reach

Outcome = tuple[str, str, str, int]
"""Whose ("itself", "sessions", "created"), `source:action`, outcome, events."""


_DENIED = "denied: "
NOTHING = "nothing"
"""Reachable is judged by nothing: no policy and no scopes were given."""


@dataclass(frozen=True)
class Line:
    """One ability. `reachable` None: perhaps, or unknown; `through` says why. `done` and `refused` count events by whose they
    are; `actions` are those that were seen. `quiet`: part of it is in no log unless the log was told to keep it."""

    what: str
    reachable: bool | None
    through: str
    done: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)
    actions: tuple[str, ...] = ()
    quiet: bool = False

    @property
    def used(self) -> bool | None:
        """None for what no log tells of unless it was told to: that none does is no sign that it was not done."""
        return sum(self.done.values()) > 0 or (None if self.quiet else False)

    def document(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "reachable": {True: "yes", False: "no", None: "unknown"}[self.reachable],
            "through": self.through,
            "done": dict(self.done),
            "refused": dict(self.refused),
            "actions": list(self.actions),
            "used": {True: "yes", False: "no", None: "unknown"}[self.used],
            "quiet": self.quiet,
        }

    @classmethod
    def from_document(cls, row: Mapping[str, Any]) -> Line:
        reachable = {"yes": True, "no": False}.get(row["reachable"])
        quiet = row.get("quiet", False)
        return cls(row["what"], reachable, row["through"], row["done"], row["refused"], tuple(row["actions"]), quiet)


@dataclass(frozen=True)
class Blast:
    """All lines; `given` says what reachable was judged by; `notes` are sentences that weaken the answer. Not `read`: no log was, and
    what was done is unknown, whatever the counts."""

    lines: tuple[Line, ...]
    given: str
    notes: tuple[str, ...] = ()
    read: bool = True

    def document(self) -> dict[str, Any]:
        return {
            "lines": [one.document() for one in self.lines],
            "given": self.given,
            "notes": list(self.notes),
            "read": self.read,
        }

    @classmethod
    def from_document(cls, row: Mapping[str, Any]) -> Blast:
        return cls(
            tuple(Line.from_document(one) for one in row["lines"]),
            row["given"],
            tuple(row["notes"]),
            row.get("read", True),
        )


def of_policy(outcomes: Iterable[Outcome], statements: Sequence[Statement], catalogue: Collection[str] = ()) -> Blast:
    """By an IAM policy. `catalogue` are the names of all IAM actions, where they are known: then what is allowed is counted."""
    seen = [(whose, iam_action(action), outcome, number) for whose, action, outcome, number in outcomes]
    lines, rest = [], seen
    for ability in AWS:
        mine = [one for one in rest if one[1] in ability.wants]
        rest = [one for one in rest if one[1] not in ability.wants]
        lines.append(_line(ability.what, *_reach_of(ability.wants, statements), mine, ability.quiet))
    lines += _others(rest, statements, catalogue)
    beyond = _beyond(seen, statements)
    notes = [
        "conditions, permission boundaries, resource policies and service control policies are not evaluated",
        *beyond,
    ]
    if catalogue:
        allowed = [action for action in catalogue if reach(statements, action).yes is not False]
        services = {action.partition(":")[0] for action in allowed}
        notes.insert(
            0,
            f"{len(allowed)} of {len(catalogue)} known IAM actions are allowed or perhaps allowed, at {len(services)} services",
        )
    else:
        notes.insert(
            0,
            "how many actions the policy allows is unknown: the extra `blast` brings the list of all of them (irkit doctor says how)",
        )
    return Blast(_believed(lines, bool(beyond)), "the policy that was given", tuple(notes))


def of_scopes(outcomes: Iterable[Outcome], scopes: Iterable[str]) -> Blast:
    """By a token's scopes, as `X-OAuth-Scopes` lists them."""
    given = tuple(dict.fromkeys(one.strip() for one in scopes if one.strip()))
    held = set(given)
    for scope in given:
        held |= IMPLIED.get(scope, frozenset())
    lines, rest = [], list(outcomes)
    for ability in GITHUB:
        mine = [one for one in rest if _is_one_of(one[1], ability)]
        rest = [one for one in rest if not _is_one_of(one[1], ability)]
        through = [scope for scope in ability.wants if scope in held]
        told = ", ".join(through) if through else f"none of {', '.join(ability.wants)}"
        lines.append(_line(ability.what, bool(through), told, mine, ability.quiet))
    beyond = [line.what for line in lines if line.reachable is False and line.done.get("itself")]
    strange = [scope for scope in given if scope not in SCOPES]
    judged = [
        replace(one, reachable=None, through=f"{one.through}; what {', '.join(strange)} allows is not known here")
        if strange and one.reachable is False
        else one
        for one in _believed(lines, bool(beyond))
    ]
    named = {scope for ability in GITHUB for scope in ability.wants}
    if more := [scope for scope in given if scope in SCOPES and scope not in named]:
        judged.append(Line("what else its scopes allow", True, ", ".join(more), quiet=True))
    if rest:
        judged.append(_line("other things", None, "which scope allows them is not known here", rest))
    notes = [f"what the scope {scope} allows is not known here" for scope in strange]
    notes.append("a scope reaches no further than the person whose token it is")
    if beyond:
        notes.append(f"{', '.join(beyond)}: done although no scope that was given allows it: the token has others")
    return Blast(tuple(judged), f"the scopes {', '.join(given) or '(none)'}", tuple(notes))


SCOPES_OF = ("github", "unknown")
"""Whose scopes are known here. Those of others have other names, and what they allow would be called out of reach."""


def of_use_alone(outcomes: Iterable[Outcome], why: str = "give its policy or its scopes") -> Blast:
    """Only what was used: what could be reached is unknown, and said to be."""
    seen = list(outcomes)
    services = dict.fromkeys(_service(action) for _, action, _, _ in seen)
    unknown = "no policy and no scopes were given"
    lines = [_line(name, None, unknown, [one for one in seen if _service(one[1]) == name]) for name in services]
    return Blast(tuple(lines), NOTHING, (f"what it could reach is unknown: {why}",))


def _believed(lines: Iterable[Line], beyond: bool) -> tuple[Line, ...]:
    """What it did itself it could do, whatever was given; and when that is `beyond` what was given, that is not all there is."""
    believed = []
    for one in lines:
        if one.reachable is not True and one.done.get("itself"):
            one = replace(one, reachable=True, through=f"it was done; by what was given: {one.through}")
        elif beyond and one.reachable is False and not one.through.startswith(_DENIED):
            one = replace(one, reachable=None, through=f"{one.through}, and what was given is not all")
        believed.append(one)
    return tuple(believed)


def _service(action: str) -> str:
    return action.partition(":")[0].removesuffix(".amazonaws.com")


def _line(what: str, reachable: bool | None, through: str, mine: Iterable[Outcome], quiet: bool = False) -> Line:
    done: dict[str, int] = {}
    refused: dict[str, int] = {}
    actions: dict[str, None] = {}
    for whose, action, outcome, number in mine:
        into = done if outcome in ("ok", "unknown") else refused
        into[whose] = into.get(whose, 0) + number
        actions[action] = None
    return Line(what, reachable, through, done, refused, tuple(sorted(actions)), quiet)


_SERVICES = 20
_KNOWN = frozenset(want for ability in AWS for want in ability.wants)


def _others(seen: Sequence[Outcome], statements: Sequence[Statement], catalogue: Collection[str]) -> Iterator[Line]:
    """What is in no ability: a line for each service that was used, or that the policy names; one for those that are named in no words."""
    granted = _granted(statements, catalogue)
    used = sorted({action.partition(":")[0] for _, action, _, _ in seen})
    named = [service for service in granted if service not in used]
    for service in sorted({*used, *named[:_SERVICES]}):
        mine = [one for one in seen if one[1].partition(":")[0] == service]
        wants = dict.fromkeys((*(action for _, action, _, _ in mine), *granted.get(service, ())))
        yield _line(f"other things at {service}", *_reach_of(tuple(wants), statements), mine, quiet=True)
    if left := named[_SERVICES:]:
        wants = dict.fromkeys(one for service in left for one in granted[service])
        yield _line(f"other things at {len(left)} more services", *_reach_of(tuple(wants), statements), (), quiet=True)
    wide = [
        (one, _sample(one))
        for one in statements
        if one.allow and (one.not_actions or any(map(_at_any_service, one.actions)))
    ]
    if wide:
        yes = [reach(statements, sample).yes for _, sample in wide]
        sure = True if True in yes else None if None in yes else False
        yield Line("whatever else there is", sure, "; ".join(one.words(sample) for one, sample in wide), quiet=True)


def _sample(statement: Statement) -> str:
    """An action that it is about and that nobody named."""
    pattern = next(filter(_at_any_service, statement.actions), "*:*")
    return pattern.replace("*", "\0:\0" if pattern == "*" else "\0").replace("?", "\0")


def _at_any_service(pattern: str) -> bool:
    service = pattern.partition(":")[0]
    return "*" in service or "?" in service


def _granted(statements: Iterable[Statement], catalogue: Collection[str]) -> dict[str, list[str]]:
    """What the patterns of a policy allow by service beside the abilities: by name, or by a pattern whose names are not known."""
    known: dict[str, list[str]] = {}
    for name in sorted(catalogue):
        known.setdefault(name.partition(":")[0], []).append(name)
    found: dict[str, dict[str, None]] = {}
    for pattern in dict.fromkeys(
        one for each in statements if each.allow for one in each.actions if not _at_any_service(one)
    ):
        about = Statement(True, (pattern,)).is_about
        service = pattern.partition(":")[0].lower()
        names = [one for one in known.get(service, ()) if about(one)]
        rest = [one for one in names or (pattern,) if one not in _KNOWN]
        found.setdefault(service, {}).update(dict.fromkeys(rest))
    return {service: list(names) for service, names in sorted(found.items()) if names}


def _reach_of(actions: Sequence[str], statements: Sequence[Statement]) -> tuple[bool | None, str]:
    """Yes when one of the actions is surely allowed, perhaps when one may be."""
    found = {action: reach(statements, action) for action in actions if not needs_no_permission(action)}
    if not found:
        return True, "any key may"
    yes = {action: one for action, one in found.items() if one.yes}
    perhaps = {action: one for action, one in found.items() if one.yes is None}
    if yes or perhaps:
        shown = yes or perhaps
        through = "; ".join(dict.fromkeys(one.through for one in shown.values()))
        names = list(shown)
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        return (True if yes else None), f"{', '.join(names[:3])}{more}, by {through}"
    unsaid = {action: one for action, one in found.items() if not one.through.startswith(_DENIED)}
    if not unsaid:
        return False, next(iter(found.values())).through
    through = next(iter(unsaid.values())).through
    if theirs := [action for action in unsaid if _BY_RESOURCE.is_about(action)]:
        more = f" and {len(theirs) - 3} more" if len(theirs) > 3 else ""
        return None, f"{through}; for {', '.join(theirs[:3])}{more} a policy of the resource may, which is not read"
    return False, through


_BY_RESOURCE = Statement(True, (
    "s3:*", "kms:*", "secretsmanager:*", "sqs:*", "sns:*", "lambda:Invoke*", "lambda:GetFunction", "ecr:*", "dynamodb:*",
    "sts:AssumeRole", "es:*", "kinesis:*", "codeartifact:*", "glue:*", "execute-api:*", "events:*", "ssm:GetParameter*", "backup:*",
    "elasticfilesystem:Client*", "ses:Send*", "acm-pca:*", "s3-object-lambda:*", "s3express:*", "codebuild:*", "iot:*", "mediastore:*",
))  # fmt: skip
"""What a policy of the resource allows a user of its account by itself, a role's trust among them: no statement of the user's is needed.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html"""


def _beyond(seen: Iterable[Outcome], statements: Sequence[Statement]) -> list[str]:
    """What the credential itself did although nothing given allows it: then another policy does."""
    done = {action for whose, action, outcome, _ in seen if whose == "itself" and outcome == "ok"}
    beyond = sorted(
        action for action in done if not needs_no_permission(action) and reach(statements, action).yes is False
    )
    if not beyond:
        return []
    more = f" and {len(beyond) - 5} more" if len(beyond) > 5 else ""
    return [
        f"{', '.join(beyond[:5])}{more} succeeded although the policy does not allow it: another policy reaches further"
    ]


def _is_one_of(action: str, ability: Ability) -> bool:
    return any(fnmatchcase(action.partition(":")[2], pattern) for pattern in ability.seen_as)
