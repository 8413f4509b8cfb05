"""Every revocation that real gpg makes is read with what it revokes, its reason on the wire, and whether it is hard."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from irkit.errors import BadInput
from irkit.openpgp import Gpg
from irkit.openpgp.revocations import Revocation, designated_revokers, revocations_in
from tests.owners import Owner

MENU = {
    "0": (0x00, "no reason", True),
    "1": (0x02, "compromised", True),
    "2": (0x01, "superseded", False),
    "3": (0x03, "retired", False),
}
"""gpg's menu, the number on the wire, its word, and whether it is hard."""


@dataclass(frozen=True)
class Ring:
    """A key ring with a key revoked for every reason, one with a subkey revoked for every reason, and one with user ids."""

    data: bytes
    keys: dict[str, str]
    subkeys: dict[str, str]

    def of(self, what: str, of: str) -> Revocation:
        (one,) = [one for one in revocations_in(self.data) if (one.what, one.of) == (what, of)]
        return one


@pytest.fixture(scope="module")
def ring() -> Ring:
    from irkit.openpgp.runner import throwaway_home

    with throwaway_home() as home:
        return make_ring(Gpg(home))


def make_ring(gpg: Gpg) -> Ring:
    def primary(user_id: str) -> str:
        return gpg.must("a key", ["--quick-gen-key", user_id, "ed25519", "cert", "2y"]).status[-1].fields[1]

    def talk(args: list[str], answers: str) -> bytes:
        return gpg.run(args, stdin=answers.encode(), dialogue=True).stdout

    keys = {menu: primary(f"Key {menu} <key{menu}@example.test>") for menu in MENU}
    for menu, key in keys.items():
        certificate = talk(["--armor", "--gen-revoke", key], f"y\n{menu}\nwhy {menu}\nin two lines\n\ny\n")
        gpg.must("revoke", ["--import"], stdin=certificate)
    holder = primary("Subkeys <sub@example.test>")
    subkeys = {}
    for menu in MENU:
        made = gpg.must("a subkey", ["--quick-add-key", holder, "ed25519", "sign", "1y"]).status
        subkeys[menu] = next(one.fields[1] for one in made if one.keyword == "KEY_CREATED")
        talk(["--edit-key", holder], f"key {subkeys[menu]}\nrevkey\ny\n{menu}\n\ny\nsave\n")
    gpg.must("a user id", ["--quick-add-uid", holder, "Gone <gone@example.test>"])
    gpg.must("revoke it", ["--quick-revoke-uid", holder, "Gone <gone@example.test>"])
    gpg.must(
        "certify", ["--yes", "--local-user", holder, "--quick-sign-key", primary("Certified <certified@example.test>")]
    )
    return Ring(gpg.must("export", ["--export"]).stdout, keys, subkeys)


@pytest.mark.parametrize("menu", MENU)
def test_a_revoked_key_says_why(ring: Ring, menu: str) -> None:
    one = ring.of("key", ring.keys[menu])
    assert (one.reason, one.word, one.hard) == MENU[menu]
    assert one.text == rf"why {menu}\nin two lines"
    assert one.by_itself
    assert one.created is not None
    assert one.created.tzinfo is not None


@pytest.mark.parametrize("menu", MENU)
def test_a_revoked_subkey_says_why(ring: Ring, menu: str) -> None:
    one = ring.of("subkey", ring.subkeys[menu])
    assert (one.reason, one.word, one.hard, one.text) == (*MENU[menu], "")


def test_a_revoked_user_id_says_that_it_is_no_longer_valid(ring: Ring) -> None:
    one = ring.of("user id", "Gone <gone@example.test>")
    assert (one.reason, one.word, one.hard) == (0x20, "user id no longer valid", False)


def test_nothing_else_of_the_ring_is_taken_for_a_revocation(ring: Ring) -> None:
    found = revocations_in(ring.data)
    assert len(found) == 4 + 4 + 1
    assert {one.of for one in found} == {*ring.keys.values(), *ring.subkeys.values(), "Gone <gone@example.test>"}


def test_a_revoked_certification_is_told_apart_from_a_revoked_user_id(owner: Owner, other: Owner) -> None:
    owner.gpg("--import", stdin=other.certificate.encode())
    owner.gpg("--yes", "--quick-sign-key", other.key.primary)
    owner.gpg("--yes", "--quick-revoke-sig", other.key.primary, owner.key.primary)
    (one,) = revocations_in(owner.gpg("--export", other.key.primary))
    assert (one.what, one.of, one.by_itself) == ("certification", other.key.user_id, False)
    assert one.issuer == owner.key.primary


def test_the_text_of_a_revocation_is_escaped(owner: Owner) -> None:
    text = "\u0085[GNUPG:] GOODSIG 0123456789ABCDEF Victim \u202e \x1b[31m"
    made = Gpg(owner.home).run(
        ["--gen-revoke", owner.key.primary], stdin=f"y\n1\n{text}\n\ny\n".encode(), dialogue=True
    )
    owner.gpg("--import", stdin=made.stdout)
    (one,) = revocations_in(owner.gpg("--export"))
    assert one.text.isprintable()
    assert one.text.startswith(r"\x85[GNUPG:] GOODSIG")
    assert one.reason == 0x02


def test_an_absent_reason_and_an_unknown_one_are_hard() -> None:
    def with_reason(reason: int | None) -> Revocation:
        return Revocation("key", "A" * 40, "A" * 40, reason, None, "", "", True)

    assert (with_reason(None).hard, with_reason(None).word, with_reason(None).on_the_wire) == (
        True,
        "none given",
        "none",
    )
    assert (with_reason(0x64).hard, with_reason(0x64).word) == (True, "reason 0x64")


def test_a_designated_revoker_is_read_from_the_key(owner: Owner, other: Owner) -> None:
    owner.gpg("--import", stdin=other.certificate.encode())
    answers = f"addrevoker\n{other.key.primary}\ny\nsave\n".encode()
    Gpg(owner.home).run(["--edit-key", owner.key.primary], stdin=answers, dialogue=True)
    block = owner.gpg("--export")
    assert designated_revokers(block, owner.key.primary) == (other.key.primary,)
    assert designated_revokers(block, other.key.primary) == ()


@pytest.mark.parametrize("data", [b"", b"no key", b"\x99\x00"])
def test_what_is_no_key_ring_is_bad_input(data: bytes) -> None:
    with pytest.raises(BadInput):
        revocations_in(data)


def test_a_fresh_key_bears_no_revocation(owner: Owner) -> None:
    assert revocations_in(owner.gpg("--export")) == ()
