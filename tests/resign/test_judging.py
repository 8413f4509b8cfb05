"""Which artifact can be trusted, as a table: what is known of it, and what follows."""

from __future__ import annotations

from datetime import datetime

import pytest

from irkit.model import Artifact, Bound, Clock, Instant, OpenPgpKey, OpenPgpSubkey, SecretRef, Trust, Window
from irkit.resign import Judged, Judgement, KnownDigest, judge

T, U, S, A = Judgement.TRUSTED, Judgement.UNPROVEN, Judgement.SUSPECT, Judgement.ALTERED

OLD, SUB, STRANGER = "0A" * 20, "1B" * 20, "2C" * 20
KEY = OpenPgpKey(
    SecretRef("file:x"),
    OLD,
    None,
    keys=(
        OpenPgpSubkey(OLD, "EdDSA Ed25519", "2025-01-01T00:00:00Z", "cleartext", True, ("certify",)),
        OpenPgpSubkey(SUB, "EdDSA Ed25519", "2025-01-01T00:00:00Z", "cleartext", False, ("sign",)),
    ),
)
GOOD, EVIL = "aa" * 32, "ee" * 32

OPENED, CLOSED = "2026-03-01T00:00:00Z", "2026-03-10T00:00:00Z"
LONG_BEFORE = "2026-01-01T00:00:00Z"
BEFORE, INSIDE, AFTER = "2026-02-01T00:00:00Z", "2026-03-05T00:00:00Z", "2026-04-01T00:00:00Z"


def at(
    text: str, trust: Trust = Trust.INDEPENDENT, precision: float = 1.0, clock: Clock = Clock.DIGEST_LIST
) -> Instant:
    return Instant(datetime.fromisoformat(text), clock, "a source", trust, precision)


WINDOW = Window(
    Bound(at(OPENED, clock=Clock.PUSH), at("2026-03-02T00:00:00Z", clock=Clock.PUSH)),
    Bound(None, at(CLOSED, Trust.OURS, clock=Clock.CONFIRMED_DEAD)),
)


def artifact(
    path: str = "app.tar", sha256: str | None = GOOD, signed: str | None = BEFORE, issuer: str | None = SUB
) -> Artifact:
    when = datetime.fromisoformat(signed) if signed else None
    return Artifact(path, sha256, f"{path}.asc" if issuer else None, issuer, when, "not verified")


def known(
    sha256: str, when: str, trust: Trust = Trust.INDEPENDENT, path: str = "app.tar", precision: float = 1.0
) -> KnownDigest:
    return KnownDigest(path, sha256, f"the {trust} list", at(when, trust, precision))


def one(thing: Artifact, records: list[KnownDigest], window: Window = WINDOW, key: OpenPgpKey = KEY) -> Judged:
    (judged,) = judge([thing], records, window, key)
    return judged


# what is known of a file whose digest is GOOD and whose signature is dated before -> judgement, words of the reason
RECORDS = [
    ([known(GOOD, BEFORE)], T, "from before the exposure"),
    ([known(GOOD, BEFORE, Trust.OURS)], T, "from before the exposure"),
    ([known(GOOD.upper(), BEFORE)], T, "from before the exposure"),
    ([known(GOOD, BEFORE, path="./app.tar")], T, "from before the exposure"),
    ([known(EVIL, BEFORE)], A, "it differs from the independent list"),
    ([known(GOOD, BEFORE), known(EVIL, BEFORE, Trust.OURS)], A, "contradict each other"),
    (
        [known(GOOD, BEFORE), known(EVIL, LONG_BEFORE)],
        T,
        "; until then it was another one (the independent list of 2026-01-01",
    ),
    (
        [known(EVIL, BEFORE), known(GOOD, LONG_BEFORE)],
        A,
        "; it is what stood in the independent list of 2026-01-01T00:00:00Z, before that",
    ),
    ([known(GOOD, BEFORE), known(EVIL, "2026-01-31T23:59:59Z")], A, "contradict each other"),
    ([known(GOOD, AFTER), known(EVIL, BEFORE)], A, "it differs"),
    ([known(GOOD, BEFORE), known(EVIL, AFTER)], T, "from before the exposure"),
    ([known(GOOD, BEFORE, Trust.SETTABLE)], S, "could have been chosen"),
    ([known(GOOD, INSIDE)], S, "not from before the exposure"),
    ([known(GOOD, AFTER)], S, "not from before the exposure"),
    ([known(GOOD, OPENED)], S, "not from before the exposure"),
    ([known(GOOD, "2026-02-28T12:00:00Z", precision=86400)], S, "not from before the exposure"),
    ([known(EVIL, INSIDE)], S, "it differs"),
    ([known(EVIL, BEFORE, Trust.SETTABLE)], S, "it differs"),
    ([known(GOOD, BEFORE, Trust.STATED)], U, "somebody's word"),
    ([], U, "set by whoever held the key"),
    ([known(GOOD, BEFORE, path="old/app.tar")], U, "no record from before the exposure knows this path"),
    ([known(EVIL, BEFORE, path="old/app.tar")], U, "no record from before the exposure knows this path"),
]


@pytest.mark.parametrize(("records", "judgement", "why"), RECORDS)
def test_only_a_record_from_before_the_exposure_proves_anything(
    records: list[KnownDigest], judgement: Judgement, why: str
) -> None:
    judged = one(artifact(), records)
    assert judged.judgement is judgement
    assert why in judged.why


# an artifact that no record knows -> judgement, words of the reason
UNKNOWN = [
    (artifact(signed=BEFORE), U, "set by whoever held the key"),
    (artifact(signed=INSIDE), S, "in other hands"),
    (artifact(signed=AFTER), U, "set by whoever held the key"),
    (artifact(signed=None), U, "set by whoever held the key"),
    (artifact(issuer=None, signed=None), U, "it bears no signature"),
    (artifact(issuer=STRANGER, signed=INSIDE), U, "names no known (sub)key"),
    (artifact(issuer=SUB[-16:], signed=INSIDE), S, "in other hands"),
    (artifact(sha256=None), U, "nothing to compare"),
]


@pytest.mark.parametrize(("thing", "judgement", "why"), UNKNOWN)
def test_the_date_of_a_signature_speaks_against_an_artifact_and_never_for_it(
    thing: Artifact, judgement: Judgement, why: str
) -> None:
    judged = one(thing, [])
    assert judged.judgement is judgement
    assert why in judged.why


UNBOUNDED = {
    "no bound at all": Window(Bound(), Bound()),
    "a latest bound only": Window(Bound(None, at(OPENED)), Bound()),
    "a bound that an author chose": Window(Bound(at(OPENED, Trust.SETTABLE, clock=Clock.COMMIT)), Bound()),
}


@pytest.mark.parametrize("window", UNBOUNDED.values(), ids=UNBOUNDED.keys())
@pytest.mark.parametrize("records", [[known(GOOD, BEFORE)], [], [known(GOOD, BEFORE, Trust.STATED)]])
def test_without_a_start_of_the_exposure_nothing_is_trusted_and_it_is_said(
    window: Window, records: list[KnownDigest]
) -> None:
    judged = one(artifact(), records, window)
    assert judged.judgement is U
    assert "expos" in judged.why
    assert "prove" in judged.why


def test_a_file_that_differs_from_a_list_is_suspect_even_then() -> None:
    assert one(artifact(), [known(EVIL, BEFORE)], UNBOUNDED["no bound at all"]).judgement is S


def test_files_of_one_name_in_two_folders_are_two_files() -> None:
    things = [artifact("1.0/app.tar"), artifact("2.0/app.tar", EVIL)]
    records = [known(GOOD, BEFORE, path="1.0/app.tar"), known(GOOD, BEFORE, path="2.0/app.tar")]
    assert [judged.judgement for judged in judge(things, records, WINDOW, KEY)] == [T, A]


def test_every_artifact_gets_an_answer() -> None:
    things = [artifact(f"{number}.tar") for number in range(5)]
    assert [judged.artifact for judged in judge(things, [], WINDOW, KEY)] == things


TAG, TARGET, HEADER, PAYLOAD = "1a" * 20, "2b" * 20, "3c" * 32, "4d" * 32


def thing(kind: str, *content: tuple[str, str], sha256: str | None = None, repository: str | None = None) -> Artifact:
    return Artifact("x", sha256, "x", SUB, None, "good", kind, repository=repository, content=content)


def record(
    algorithm: str, digest: str, when: str = BEFORE, repository: str | None = None, trust: Trust = Trust.INDEPENDENT
) -> KnownDigest:
    return KnownDigest("x", digest, "a mirror", at(when, trust), algorithm, repository)


tag = thing("git-tag", ("git-tag", TAG), ("git-target", TARGET), repository="project")
rpm = thing("rpm", ("rpm-header", HEADER), ("rpm-payload", PAYLOAD), sha256=GOOD)

LIKE = [
    (tag, [record("git-tag", TAG)], T),
    (tag, [record("git-tag", "9f" * 20)], A),
    (tag, [record("git-tag", TAG), record("git-target", "9f" * 20)], A),
    (tag, [record("git-target", TARGET)], T),
    (tag, [record("sha256", TAG)], U),
    (tag, [record("git-tag", "9f" * 20, repository="another")], U),
    (tag, [record("git-tag", TAG, repository="project")], T),
    (tag, [record("git-tag", TAG, INSIDE)], S),
    (rpm, [record("rpm-header", HEADER)], T),
    (rpm, [record("rpm-header", HEADER), record("sha256", EVIL)], T),
    (rpm, [record("sha256", EVIL)], A),
    (rpm, [record("sha256", EVIL), record("rpm-header", HEADER, trust=Trust.SETTABLE)], A),
    (rpm, [record("rpm-header", EVIL), record("sha256", GOOD)], A),
    (rpm, [record("rpm-header", HEADER), record("rpm-payload", EVIL)], A),
]  # fmt: skip


@pytest.mark.parametrize(("one_thing", "records", "judgement"), LIKE)
def test_like_is_compared_with_like(one_thing: Artifact, records: list[KnownDigest], judgement: Judgement) -> None:
    assert one(one_thing, records).judgement is judgement


def test_a_record_of_another_kind_is_named() -> None:
    assert (
        "hold sha512, which is not known"
        in one(artifact(), [KnownDigest("app.tar", "0" * 128, "x", at(BEFORE), "sha512")]).why
    )


def test_a_signature_that_openpgp_did_not_make_is_not_the_leaked_keys() -> None:
    from irkit.resign.judging import signed_by

    ssh = Artifact("x", None, "x", None, None, "ssh signature", "git-tag")
    assert signed_by(ssh, KEY) is False
    assert signed_by(ssh, OpenPgpKey(SecretRef("gpg:x"), OLD, None)) is False
