"""Whether the keys that are there keep to the policy. Pure: what was seen in, findings out, each with what to do about it.

A key that is listed and was seen nowhere is *unknown*; it is never counted as good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from irkit.model import iso
from irkit.resign.policy_file import HomeRule, KeyPolicy, KeyRule

WEAK_HASHES = frozenset({"MD5", "SHA1", "RIPEMD160"})
"""Whoever can make two documents of one such digest can move a signature from one to the other (RFC 9580 9.5)."""


class Severity(StrEnum):
    BROKEN = "broken"
    ALARM = "alarm"  # it will be broken by a certain day
    UNKNOWN = "unknown"  # it cannot be told


@dataclass(frozen=True)
class SeenPart:
    """A primary or a subkey. `algorithm` as gpg names it; `usage` holds words of the policy; times are UTC, None for never.

    `hashes` are those of the self-signatures in force; `valid` is False when gpg finds none that holds.
    """

    fingerprint: str
    algorithm: str
    usage: frozenset[str]
    created: datetime
    expires: datetime | None
    revoked: bool = False
    hashes: tuple[str, ...] = ()
    valid: bool = True

    def live(self, at: datetime) -> bool:
        return self.valid and not self.revoked and not self.expired(at)

    def expired(self, at: datetime) -> bool:
        return self.expires is not None and self.expires <= at


@dataclass(frozen=True)
class SecretAt:
    """A secret part that can be used from a gpg home, in a file or on the card of that serial number."""

    home: str
    fingerprint: str
    card: str = ""


@dataclass(frozen=True)
class SeenKey:
    """A key with what was seen of it. `in_use`: where it counts, homes that hold a secret part and key ring files."""

    primary: SeenPart
    subkeys: tuple[SeenPart, ...] = ()
    user_ids: tuple[str, ...] = ()
    secrets: tuple[SecretAt, ...] = ()
    in_use: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[SeenPart, ...]:
        return (self.primary, *self.subkeys)

    def able(self, usage: str) -> tuple[SeenPart, ...]:
        return tuple(part for part in self.parts if usage in part.usage)


@dataclass(frozen=True)
class Finding:
    """One rule that is broken, or soon will be, or cannot be told. `key` is a fingerprint."""

    rule: str
    key: str
    severity: Severity
    words: str
    do: str


@dataclass(frozen=True)
class _Asked:
    """What every rule looks at."""

    policy: KeyPolicy
    rule: KeyRule
    key: SeenKey
    at: datetime
    homes: Mapping[str, HomeRule]
    seen: Mapping[str, SeenKey]

    def found(self, rule: str, words: str, do: str, severity: Severity = Severity.BROKEN, key: str = "") -> Finding:
        return Finding(rule, key or self.rule.fingerprint, severity, words, do)

    @property
    def live(self) -> tuple[SeenPart, ...]:
        return tuple(part for part in self.key.parts if part.live(self.at))

    def within(self, part: SeenPart, days: int) -> bool:
        return part.expires is not None and part.expires <= self.at + timedelta(days=days)


def check(
    policy: KeyPolicy, seen: Mapping[str, SeenKey], homes: Mapping[str, HomeRule], at: datetime
) -> tuple[Finding, ...]:
    """Every finding as of `at` (UTC), in the order of the policy; keys that it does not list come last.

    `seen` is by primary fingerprint; `homes` are those of the policy, by the name that `SecretAt.home` bears.
    """
    found: list[Finding] = []
    for rule in policy.keys:
        key = seen.get(rule.fingerprint)
        if key is None:
            found.append(
                Finding(
                    "nowhere", rule.fingerprint, Severity.UNKNOWN, f"{rule.owner}'s key is in nothing that was read",
                    "name its home or key ring file, or take it out of the policy",
                )
            )  # fmt: skip
            continue
        asked = _Asked(policy, rule, key, at, homes, seen)
        found += [one for look in _rules(asked) for one in look(asked)]
    return (*found, *_not_listed(policy, seen, at))


def _rules(asked: _Asked) -> Sequence[Callable[[_Asked], Iterator[Finding]]]:
    """Of a key that is dead as a whole, only that is said, and who still holds it."""
    if not asked.key.primary.live(asked.at):
        return (_dead, _automation_apart)
    return (
        _dead, _no_expiry, _life, _strength, _self_signatures, _certify_only, _may, _alarm, _successor, _automation_apart,
    )  # fmt: skip


def _dead(asked: _Asked) -> Iterator[Finding]:
    primary, at = asked.key.primary, asked.at
    if primary.revoked:
        yield asked.found(
            "revoked-but-listed", "it is revoked and still listed", "put its successor in its place in the policy"
        )
    elif not primary.valid:
        yield asked.found("invalid", "no self-signature of it holds", "get the key again from its owner")
    elif primary.expired(at):
        yield asked.found(
            "expired", f"it lapsed on {_day(primary)}", "make its life longer, or put its successor in its place"
        )
    elif "sign" in asked.rule.may and not any(part.live(at) for part in asked.key.able("sign")):
        lapsed = [part for part in asked.key.able("sign") if part.expired(at) and not part.revoked]
        if lapsed:
            last = max(lapsed, key=_lapses)
            words = f"its signing key {last.fingerprint} lapsed on {_day(last)}"
            yield asked.found("expired", words, "make a new signing subkey")
        else:
            yield asked.found(
                "no-signing-key", "it may sign and holds no signing key in force", "make a signing subkey"
            )


def _no_expiry(asked: _Asked) -> Iterator[Finding]:
    for part in asked.live:
        if part.expires is None:
            yield asked.found(
                "no-expiry", f"{_named(asked, part)} never lapses", f"gpg --quick-set-expire {asked.rule.fingerprint} 1y"
                + ("" if part is asked.key.primary else f" {part.fingerprint}"),
            )  # fmt: skip


def _life(asked: _Asked) -> Iterator[Finding]:
    lives = asked.policy.max_life_days
    for part in asked.live:
        signs = "sign" in part.usage
        if part.expires is None or (not signs and part is not asked.key.primary):
            continue
        most = (lives.automation if asked.rule.role == "automation" else lives.person) if signs else lives.primary
        days = (part.expires - part.created) / timedelta(days=1)
        if days > most:
            yield asked.found(
                "life-too-long", f"{_named(asked, part)} lives {days:.0f} days, {most} at most",
                "make a new signing subkey with a shorter life" if signs else "make its life shorter: gpg --quick-set-expire",
            )  # fmt: skip


def _strength(asked: _Asked) -> Iterator[Finding]:
    policy = asked.policy
    for part in asked.live:
        family = (
            part.algorithm.rstrip("0123456789") if part.algorithm.startswith(("rsa", "dsa", "elg")) else part.algorithm
        )
        if not {family, part.algorithm} & set(policy.algorithms):
            allowed = ", ".join(policy.algorithms)
            yield asked.found("weak-algorithm", f"{_named(asked, part)} is {part.algorithm}; allowed: {allowed}", _ANEW)
        elif family == "rsa" and (bits := int(part.algorithm.removeprefix("rsa") or 0)) < policy.min_rsa_bits:
            words = f"{_named(asked, part)} has {bits} bits, {policy.min_rsa_bits} at least"
            yield asked.found("short-key", words, _ANEW)


def _self_signatures(asked: _Asked) -> Iterator[Finding]:
    for part in asked.live:
        weak = sorted(set(part.hashes) & WEAK_HASHES)
        if weak:
            yield asked.found(
                "weak-hash", f"{_named(asked, part)} is bound by a self-signature over {', '.join(weak)}",
                "set its expiry anew with a present gpg, which signs it again over SHA-512",
            )  # fmt: skip


def _certify_only(asked: _Asked) -> Iterator[Finding]:
    if "sign" in asked.key.primary.usage:
        yield asked.found(
            "primary-can-sign", "its primary signs as well, so that it cannot be kept offline",
            "make a key with a certify-only primary and a signing subkey",
        )  # fmt: skip


def _may(asked: _Asked) -> Iterator[Finding]:
    for part in asked.live:
        more = part.usage - set(asked.rule.may)
        if part is asked.key.primary:
            more -= {"certify", "sign"}  # every primary certifies; one that signs has a rule of its own
        if more:
            yield asked.found(
                "may-not", f"{_named(asked, part)} can {' and '.join(sorted(more))}; the policy says {', '.join(asked.rule.may)}",
                "revoke that subkey, or say in the policy that it may",
            )  # fmt: skip


def _alarm(asked: _Asked) -> Iterator[Finding]:
    """Of several keys for one use the last to lapse counts: the others are its predecessors."""
    last = [
        max((part for part in asked.live if usage in part.usage), key=_lapses, default=None) for usage in asked.rule.may
    ]
    for part in dict.fromkeys((asked.key.primary, *last)):
        if part is not None and asked.within(part, asked.policy.alarm_days):
            yield asked.found(
                "expires-soon", f"{_named(asked, part)} lapses on {_day(part)}",
                "make its life longer, or bring its successor into use", Severity.ALARM,
            )  # fmt: skip


def _successor(asked: _Asked) -> Iterator[Finding]:
    primary, name = asked.key.primary, asked.rule.successor
    if not name:
        if asked.within(primary, asked.policy.successor_days):
            yield asked.found(
                "no-successor", f"it lapses on {_day(primary)} and no successor is announced",
                "make the next key, publish it, and name it as the successor", Severity.ALARM,
            )  # fmt: skip
        return
    heir = asked.seen.get(name)
    if heir is None:
        yield asked.found(
            "successor-nowhere", f"its announced successor {name} is in nothing that was read",
            "publish it, and name a key ring file that holds it", Severity.UNKNOWN,
        )  # fmt: skip
    elif not heir.primary.live(asked.at):
        yield asked.found("no-successor", f"its announced successor {name} is not in force", "announce another one")
    elif _lapses(heir.primary) <= _lapses(primary):
        yield asked.found("no-successor", f"its announced successor {name} does not outlive it", "announce another one")


def _automation_apart(asked: _Asked) -> Iterator[Finding]:
    """What a machine holds leaks with the machine, and what a person holds with the person: neither may take the other along."""
    rule, policy = asked.rule, asked.policy
    others, whose = (policy.people, "a person") if rule.role == "automation" else (policy.machines, "automation")
    name = f"{rule.role}-key-used-by-{'person' if rule.role == 'automation' else 'automation'}"
    for user in rule.used_by:
        if user.casefold() in others:
            yield asked.found(name, f"{user} uses it, who is {whose}", "give each a key of its own")
    told = set()
    for secret in asked.key.secrets:
        home = asked.homes.get(secret.home)
        if home is None:
            continue
        is_primary = secret.fingerprint == asked.key.primary.fingerprint
        where = f"{secret.home}, {home.owner + chr(39) + 's home' if home.owner else home.role + ' home'}"
        if is_primary and home.role == "automation":
            yield asked.found(
                "primary-in-automation-home", f"the primary's secret part is in {where}",
                "keep it offline and give automation the signing subkey alone",
            )  # fmt: skip
        crossed = {home.role, rule.role} == {"automation", "person"}
        signs = any("sign" in part.usage for part in asked.key.parts if part.fingerprint == secret.fingerprint)
        if crossed and signs and secret.home not in told:
            told.add(secret.home)
            yield asked.found(name, f"it can sign from {where}", "take its secret part out of that home")


def _not_listed(policy: KeyPolicy, seen: Mapping[str, SeenKey], at: datetime) -> Iterator[Finding]:
    """A revoked key may stand where keys are kept: that it is there is how its revocation gets known."""
    listed = {one.fingerprint for one in policy.keys} | {one.successor for one in policy.keys}
    for fingerprint, key in seen.items():
        if fingerprint in listed or not key.in_use or key.primary.revoked:
            continue
        name = f" ({key.user_ids[0]})" if key.user_ids else ""
        lapsed = " and has lapsed" if key.primary.expired(at) else ""
        words = f"a key{name} that the policy does not list is in {', '.join(key.in_use)}{lapsed}"
        yield Finding(
            "not-listed", fingerprint, Severity.BROKEN, words, "list it with its owner, or take it out of there"
        )


_ANEW = "make a new key: irkit makes ed25519 and rsa4096"


def _named(asked: _Asked, part: SeenPart) -> str:
    return "its primary" if part is asked.key.primary else f"its subkey {part.fingerprint}"


def _lapses(part: SeenPart) -> float:
    return part.expires.timestamp() if part.expires else float("inf")


def _day(part: SeenPart) -> str:
    return iso(part.expires) if part.expires else "never"
