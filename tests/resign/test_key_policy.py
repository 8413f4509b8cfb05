"""Each rule of a key policy, on keys made up for it: what breaks it, and what does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from irkit.errors import BadInput
from irkit.resign.key_policy import Finding, SecretAt, SeenKey, SeenPart, Severity, check
from irkit.resign.policy_file import HomeRule, KeyPolicy, KeyRule, read_policy

AT = datetime(2027, 1, 1, tzinfo=UTC)
BOT, BOT_SUB, NEXT, ALICE, ALICE_SUB, STRANGER = (letter * 40 for letter in "ABCDEF")
CERTIFY, SIGN = frozenset({"certify"}), frozenset({"sign"})
CI, LAPTOP, VAULT = "/srv/ci", "/home/alice/.gnupg", "/mnt/offline"
HOMES = {
    CI: HomeRule(path=CI, role="automation", owner="ci"),
    LAPTOP: HomeRule(path=LAPTOP, role="person", owner="alice"),
    VAULT: HomeRule(path=VAULT, role="offline"),
}


def part(fingerprint: str, usage: frozenset[str], days: float | None, age: float = 10, **more: Any) -> SeenPart:
    """A part made `age` days ago that lapses in `days`."""
    expires = None if days is None else AT + timedelta(days=days)
    made = {"algorithm": "ed25519", "hashes": ("SHA512",), **more}
    return SeenPart(fingerprint, made.pop("algorithm"), usage, AT - timedelta(days=age), expires, **made)


def bot(**more: Any) -> SeenKey:
    """A key that keeps to every rule."""
    good = SeenKey(part(BOT, CERTIFY, 700), (part(BOT_SUB, SIGN, 80),), ("Bot <bot@example.test>",),
                   (SecretAt(VAULT, BOT), SecretAt(CI, BOT_SUB)), (CI,))  # fmt: skip
    return replace(good, **more)


def rule(**more: Any) -> KeyRule:
    return KeyRule(**{"fingerprint": BOT, "role": "automation", "owner": "release-bot", "used_by": ("ci",), **more})


def found(
    key: SeenKey, asked: KeyRule | None = None, also: Mapping[str, SeenKey] | None = None, **limits: Any
) -> list[Finding]:
    people = KeyRule(fingerprint=ALICE, role="person", owner="alice")
    alice = SeenKey(part(ALICE, CERTIFY, 700), (part(ALICE_SUB, SIGN, 400),))
    policy = KeyPolicy(keys=(asked or rule(), people), homes=tuple(HOMES.values()), **limits)
    return list(check(policy, {key.primary.fingerprint: key, ALICE: alice, **(also or {})}, HOMES, AT))


def names(findings: list[Finding]) -> list[str]:
    return [one.rule for one in findings]


def test_a_key_set_as_irkit_makes_it_keeps_to_every_rule() -> None:
    assert found(bot()) == []


BREAKS = [
    ("no-expiry", bot(primary=part(BOT, CERTIFY, None))),
    ("no-expiry", bot(subkeys=(part(BOT_SUB, SIGN, None),))),
    ("weak-algorithm", bot(subkeys=(part(BOT_SUB, SIGN, 80, algorithm="dsa2048"),))),
    ("weak-algorithm", bot(primary=part(BOT, CERTIFY, 700, algorithm="nistp256"))),
    ("short-key", bot(primary=part(BOT, CERTIFY, 700, algorithm="rsa2048"))),
    ("weak-hash", bot(primary=part(BOT, CERTIFY, 700, hashes=("SHA512", "SHA1")))),
    ("weak-hash", bot(subkeys=(part(BOT_SUB, SIGN, 80, hashes=("MD5",)),))),
    ("expires-soon", bot(subkeys=(part(BOT_SUB, SIGN, 29),))),
    ("expired", bot(primary=part(BOT, CERTIFY, -1))),
    ("expired", bot(subkeys=(part(BOT_SUB, SIGN, 0),))),
    ("no-signing-key", bot(subkeys=())),
    ("no-signing-key", bot(subkeys=(part(BOT_SUB, SIGN, 80, revoked=True),))),
    ("revoked-but-listed", bot(primary=part(BOT, CERTIFY, 700, revoked=True))),
    ("invalid", bot(primary=part(BOT, CERTIFY, 700, valid=False))),
    ("life-too-long", bot(subkeys=(part(BOT_SUB, SIGN, 81),))),
    ("life-too-long", bot(primary=part(BOT, CERTIFY, 1091))),
    ("may-not", bot(subkeys=(part(BOT_SUB, SIGN, 80), part(NEXT, frozenset({"encrypt"}), 80, algorithm="cv25519")))),
    ("primary-in-automation-home", bot(secrets=(SecretAt(CI, BOT),))),
    ("automation-key-used-by-person", bot(secrets=(SecretAt(LAPTOP, BOT_SUB),))),
    ("automation-key-used-by-person", bot(secrets=(SecretAt(LAPTOP, BOT_SUB, "D276000124"),))),
]


@pytest.mark.parametrize(("broken", "key"), BREAKS, ids=lambda value: value if isinstance(value, str) else "")
def test_what_breaks_a_rule_breaks_that_rule_alone(broken: str, key: SeenKey) -> None:
    (finding,) = found(key)
    assert (finding.rule, finding.key, finding.owner) == (broken, BOT, "release-bot")
    assert finding.words
    assert finding.do
    assert finding.severity is (Severity.ALARM if broken == "expires-soon" else Severity.BROKEN)


KEEPS = [
    bot(subkeys=(part(BOT_SUB, SIGN, 31),)),
    bot(subkeys=(part(NEXT, SIGN, -5), part(BOT_SUB, SIGN, 80))),  # its predecessor lapsed
    bot(subkeys=(part(NEXT, SIGN, 5), part(BOT_SUB, SIGN, 80))),  # its predecessor is about to
    bot(subkeys=(part(NEXT, SIGN, None, revoked=True, algorithm="dsa1024", hashes=("SHA1",)), part(BOT_SUB, SIGN, 80))),
    bot(primary=part(BOT, CERTIFY, 700, algorithm="rsa4096"), subkeys=(part(BOT_SUB, SIGN, 80, algorithm="rsa3072"),)),
    bot(secrets=(SecretAt(LAPTOP, BOT),)),  # a person keeps the primary, which cannot sign
    bot(secrets=(SecretAt(VAULT, BOT), SecretAt(VAULT, BOT_SUB))),
    bot(secrets=(SecretAt("/elsewhere", BOT_SUB),)),  # whose home it is, is not known; the reader says so
]


@pytest.mark.parametrize("key", KEEPS, ids=range(len(KEEPS)))
def test_what_keeps_to_the_rules_is_not_reported(key: SeenKey) -> None:
    assert found(key) == []


def test_a_primary_that_signs_is_judged_as_a_signing_key_too() -> None:
    key = bot(primary=part(BOT, CERTIFY | SIGN, 80))
    assert names(found(key, successor_days=30)) == ["primary-can-sign"]
    assert names(found(bot(primary=part(BOT, CERTIFY | SIGN, 700)))) == ["life-too-long", "primary-can-sign"]


def test_a_person_who_is_said_to_use_automations_key_is_named() -> None:
    (finding,) = found(bot(), rule(used_by=("ci", "Alice")))
    assert finding.rule == "automation-key-used-by-person"
    assert "Alice" in finding.words
    assert found(bot(), rule(used_by=("alicia",))) == []


def test_a_persons_key_is_kept_from_automation_too() -> None:
    person = rule(role="person", owner="alice", used_by=("alice", "ci"))
    key = bot(subkeys=(part(BOT_SUB, SIGN, 80),), secrets=(SecretAt(CI, BOT_SUB),))
    assert names(found(key, person)) == ["person-key-used-by-automation"] * 2


def test_a_person_may_sign_for_longer_than_automation() -> None:
    key = bot(subkeys=(part(BOT_SUB, SIGN, 300),), secrets=())
    assert names(found(key)) == ["life-too-long"]
    assert found(key, rule(role="person", owner="alice", used_by=())) == []
    assert found(key, max_life_days={"automation": 400}) == []


def test_what_a_key_may_do_is_what_the_policy_says() -> None:
    certifier = bot(subkeys=(), secrets=())
    assert found(certifier, rule(may=("certify",))) == []
    assert names(found(bot(), rule(may=("certify",)))) == ["may-not"]


def test_a_key_that_was_seen_nowhere_is_not_known_and_never_good() -> None:
    findings = check(KeyPolicy(keys=(rule(),)), {}, {}, AT)
    assert [(one.rule, one.severity) for one in findings] == [("nowhere", Severity.UNKNOWN)]


# Successors


def heir(days: float | None, **more: Any) -> dict[str, SeenKey]:
    return {NEXT: SeenKey(part(NEXT, CERTIFY, days, **more))}


@pytest.mark.parametrize(
    ("days", "successor", "also", "expected"),
    [
        (91, "", {}, []),
        (89, "", {}, ["no-successor"]),
        (89, NEXT, heir(700), []),
        (89, NEXT, {}, ["successor-nowhere"]),
        (700, NEXT, {}, ["successor-nowhere"]),
        (700, NEXT, heir(900, revoked=True), ["no-successor"]),
        (700, NEXT, heir(-1), ["no-successor"]),
        (700, NEXT, heir(600), ["no-successor"]),
        (700, NEXT, heir(None), []),
    ],
)  # fmt: skip
def test_a_successor_is_announced_in_time_and_outlives_the_key(
    days: float, successor: str, also: dict[str, SeenKey], expected: list[str]
) -> None:
    key = bot(primary=part(BOT, CERTIFY, days))
    assert names(found(key, rule(successor=successor), also)) == expected


# Keys that are not listed


def test_a_key_in_use_that_nobody_listed_is_reported_with_where_it_is() -> None:
    stranger = SeenKey(part(STRANGER, CERTIFY, 700), (), ("Old Bot <old@example.test>",), (), ("keyring.gpg",))
    (finding,) = found(bot(), also={STRANGER: stranger})
    assert (finding.rule, finding.key, finding.owner) == ("not-listed", STRANGER, "")
    assert "Old Bot" in finding.words
    assert "keyring.gpg" in finding.words


def test_revoked_keys_and_announced_ones_may_stand_beside_the_listed() -> None:
    revoked = SeenKey(part(STRANGER, CERTIFY, 700, revoked=True), in_use=("keyring.gpg",))
    announced = SeenKey(part(NEXT, CERTIFY, 900), in_use=("keyring.gpg",))
    merely_known = SeenKey(part("9" * 40, CERTIFY, None))
    also = {STRANGER: revoked, NEXT: announced, "9" * 40: merely_known}
    assert found(bot(), rule(successor=NEXT), also) == []


# The file

GOOD = f'[[keys]]\nfingerprint = "{BOT}"\nrole = "automation"\nowner = "release-bot"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys-policy.toml"


def test_a_policy_is_read_and_fingerprints_may_be_written_as_people_write_them(file: Path) -> None:
    spaced = " ".join(BOT[i : i + 4].lower() for i in range(0, 40, 4))
    file.write_text(GOOD.replace(BOT, spaced))
    policy = read_policy(file)
    assert [one.fingerprint for one in policy.keys] == [BOT]
    assert (policy.min_rsa_bits, policy.max_life_days.automation, policy.keys[0].may) == (3072, 90, ("certify", "sign"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[keys]\n", "not TOML.*line 1"),
        (GOOD + "roles = 1\n", "key 1, roles.*no such word"),
        (GOOD + GOOD, "listed twice"),
        (GOOD.replace(BOT, "DEADBEEF"), "key 1, fingerprint.*whole fingerprint"),
        (GOOD.replace("automation", "robot"), "key 1, role.*automation.*person"),
        (GOOD + f'successor = "{BOT}"\n', "key 1.*own successor"),
        (GOOD + 'may = ["sing"]\n', "key 1, may"),
        ("min_rsa_bits = 1024\n" + GOOD, "min_rsa_bits.*2048"),
        (GOOD + '[[homes]]\npath = "x"\nrole = "office"\n', "home 1, role"),
        (GOOD + "[max_life_days]\nautomation = 0\n", "max_life_days, automation"),
        ("keys = []\n", "keys"),
        ("", "keys"),
    ],
)
def test_a_wrong_policy_is_one_sentence_that_names_the_place(text: str, why: str, file: Path) -> None:
    file.write_text(text)
    with pytest.raises(BadInput, match=why) as caught:
        read_policy(file)
    assert "\n" not in str(caught.value)


def test_a_policy_that_is_not_there_or_no_text_is_a_sentence(file: Path) -> None:
    with pytest.raises(BadInput, match=r"keys-policy\.example\.toml"):
        read_policy(file)
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="not TOML"):
        read_policy(file)


def test_the_example_that_is_documented_is_a_policy() -> None:
    policy = read_policy(Path(__file__).parents[2] / "docs" / "keys-policy.example.toml")
    assert {one.role for one in policy.keys} == {"automation", "person"}
    assert {one.role for one in policy.homes} == {"automation", "person", "offline"}


def test_every_rule_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "keys.md").read_text()
    source = (Path(__file__).parents[2] / "irkit" / "resign" / "key_policy.py").read_text()
    told = {name for name, _ in BREAKS} | {
        "primary-can-sign", "nowhere", "not-listed", "no-successor", "successor-nowhere", "person-key-used-by-automation",
    }  # fmt: skip
    assert [name for name in told if f"`{name}`" not in page] == []
    assert [name for name in told if f'"{name}"' not in source and "used-by" not in name] == []
