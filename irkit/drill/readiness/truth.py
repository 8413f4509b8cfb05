"""What is true of Larkspur's credentials in the two weeks of the drill, and how well it was told. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from irkit.drill import larkspur
from irkit.drill.card import Chapter, Check, of
from irkit.readiness.run import Run
from irkit.readiness.trend import trend


@dataclass(frozen=True)
class TeamTruth:
    """`broken`: by rule, the credentials that break it in the first week. `changed`: by kind of change, those that did until the second.
    `unasked`: whose lists nobody asked for, in the first."""

    broken: Mapping[str, frozenset[str]]
    changed: Mapping[str, frozenset[str]]
    unasked: frozenset[str]


def truth_of(keys: Mapping[str, str], release_key: str) -> TeamTruth:
    """By the ids of AWS's keys and the release key's fingerprint."""
    aws = {user: f"aws:access key:{key}" for user, key in keys.items()}
    backup, tobias = aws[larkspur.AWS_USER], aws["tobias"]
    tokens = {number: f"github:fine-grained token:larkspur/{number}" for number in (8101, 8102, 8103)}
    deploy, fresh = (f"github:deploy key:{larkspur.REPOSITORY}/{number}" for number in (7001, 7002))
    secret = f"github-actions:CI secret:{larkspur.REPOSITORY}/NPM_TOKEN"
    npm, renewed = "npm:access token:4f1c0de5f4ce", "npm:access token:90ba7c4e11d2"
    passwords = {f"aws:console password:{name}" for name in ("mara", "tobias")}
    release = f"openpgp:primary key:{release_key}"
    broken = {
        "age": {backup, tokens[8102], deploy, secret, npm},
        "no-expiry": {*aws.values(), *passwords, tokens[8102], deploy},
        "never-used": {tobias},
        "unused": {tokens[8102]},
        "wider-than-use": {backup, tobias},
        "shared": {aws["mara"]},
        "long-lived": {*aws.values(), *tokens.values(), deploy, npm},
        "no-escrow": {release},
        "stale-publication": {release},
        "nobody-approves": set(),
    }
    changed = {
        "new": {fresh, renewed},
        "gone": {npm},
        "not seen": set(tokens.values()),
        "better": {backup, tobias, release},
        "worse": set(),
    }
    return TeamTruth(_frozen(broken), _frozen(changed), frozenset({"gitlab", "vault"}))


def _frozen(sets: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
    return {name: frozenset(found) for name, found in sets.items()}


def checks(truth: TeamTruth, first: Run, second: Run, leaks: int | None) -> tuple[Check, ...]:
    """A line for each rule, for each kind of change, for what was not asked, and for what would have left with the report.

    What a run could not see (its provider failed) is not measured, and not wrong.
    """
    told, seen = trend(first, second), {one.key for one in first.held}
    later = seen | {one.key for one in second.held}
    rules = [
        _same(f"breaks {rule}", right, {one.key for one in first.counting if one.rule == rule}, seen)
        for rule, right in truth.broken.items()
    ]
    since = [
        _same(f"{change} a week later", right, {one.key for one in told if one.change == change}, later)
        for change, right in truth.changed.items()
    ]
    escaped = Check("secrets in the folder", "0", str(leaks), None if leaks is None else leaks == 0)
    unasked = _unasked(truth.unasked, {one.issuer for one in first.inventory.unasked})
    return (*of(Chapter.BROKEN, *rules, unasked), *of(Chapter.LATER, *since), *of(Chapter.ESCAPED, escaped))


def _unasked(right: frozenset[str], found: set[str]) -> Check:
    """An issuer that was named and did not answer is not asked either; then the drill went otherwise than it was meant to."""
    ok = True if found == right else None if right < found else False
    return Check("not asked", ", ".join(sorted(right)), ", ".join(sorted(found)) or "nothing", ok)


def _same(name: str, right: frozenset[str], found: set[str], seen: set[str]) -> Check:
    """By number where they are the same; what differs by name."""
    if found == right:
        return Check(name, str(len(right)), str(len(found)), True)
    lacks, extra = sorted(right - found), sorted(found - right)
    if not extra and not seen.intersection(lacks):
        return Check(name, str(len(right)), f"{len(found)}; {len(lacks)} could not be seen", None)
    said = [f"without {', '.join(lacks)}"] if lacks else []
    said += [f"with {', '.join(extra)}"] if extra else []
    return Check(name, str(len(right)), f"{len(found)}, {' and '.join(said)}", False)
