"""What leaked is told of every wrapping in which keys leak, damaged ones included; nothing of it is imported or shown."""

from __future__ import annotations

import base64
import hashlib
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irkit.errors import BadInput
from irkit.model import Secret, SecretRef
from irkit.openpgp import Gpg, generate
from irkit.openpgp.keyring import list_ring
from irkit.openpgp.leaked import Leaked, leaked, leaked_home
from irkit.openpgp.leaked.agent import agent_key
from irkit.openpgp.runner import throwaway_home
from tests.owners import Owner

REF = SecretRef("file:found.txt")
PASSPHRASE = Secret("test-passphrase-not-real")


@dataclass(frozen=True)
class World:
    """One home with a key whose parts are of every common algorithm and a stranger's public key; read by all tests, changed by none."""

    home: Path
    primary: str
    subkeys: tuple[str, ...]
    stranger: str

    def gpg(self, *args: str) -> bytes:
        return Gpg(self.home).must("a test's gpg command failed", list(args)).stdout

    @property
    def secret(self) -> bytes:
        return self.gpg("--export-secret-keys", self.primary)

    @property
    def armored(self) -> bytes:
        return self.gpg("--armor", "--export-secret-keys", self.primary)

    def key_files(self) -> list[Path]:
        return sorted((self.home / "private-keys-v1.d").glob("*.key"))


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with throwaway_home() as home, throwaway_home() as elsewhere:
        gpg = Gpg(home)
        fresh = generate(home, "Example Releases <releases@example.test>")
        for algorithm, usage in (("cv25519", "encr"), ("nistp256/ecdsa", "sign"), ("rsa2048", "sign")):
            gpg.must("a subkey", ["--quick-add-key", fresh.primary, algorithm, usage, "1y"])
        stranger = generate(elsewhere, "A Stranger <stranger@example.test>")
        gpg.must("import", ["--import"], stdin=Gpg(elsewhere).must("export", ["--export"]).stdout)
        (entry,) = list_ring(home, fresh.primary)
        yield World(home, fresh.primary, tuple(key.fingerprint for key in entry.subkeys), stranger.primary)


def log_of(data: bytes, width: int = 76, prefix: str = "2026-03-01T12:00:{n:02d}.123Z [build] ") -> bytes:
    """`base64` printed into a CI log."""
    text = base64.b64encode(data).decode()
    pieces = textwrap.wrap(text, width) if width else [text]
    lines = ["Run the release", *pieces, "Done in 3 s"]
    return "\n".join(prefix.format(n=number % 60) + line for number, line in enumerate(lines)).encode()


def secrets_of(found: Leaked) -> dict[str, str]:
    return {
        packet.fingerprint: packet.secret for one in found.keys for packet in one.key.keys if packet.secret != "absent"
    }


def prefixed(armored: bytes) -> bytes:
    return b"\n".join(b"release | " + line for line in armored.split(b"\n"))


WRAPPINGS: dict[str, Callable[[World], bytes]] = {
    "binary": lambda world: world.secret,
    "armor": lambda world: world.armored,
    "armor behind words of a log": lambda world: prefixed(world.armored),
    "base64 on one line of a log": lambda world: log_of(world.secret, 0),
    "base64 in lines of a log": lambda world: log_of(world.secret),
    "base64 in narrow lines of a log": lambda world: log_of(world.secret, 64),
    "base64 of armor in lines of a log": lambda world: log_of(world.armored),
    "base64 as a variable in a log": lambda world: (
        b"12:00 export GPG_KEY=" + base64.b64encode(world.secret) + b"\n12:01 ok\n"
    ),
    "base64 in coloured lines": lambda world: log_of(world.secret, prefix="\x1b[32m{n}\x1b[0m | "),
    "a Windows log": lambda world: log_of(world.secret).decode().replace("\n", "\r\n").encode("utf-16"),
    "a line of somebody else between": lambda world: log_of(world.secret).replace(
        b"[build] ", b"[other] hello\n[build] ", 3
    ),
    "a ring with a stranger in front": lambda world: world.gpg("--export", world.stranger) + world.secret,
}


@pytest.mark.parametrize("name", WRAPPINGS)
def test_every_secret_part_is_found_in_every_wrapping(name: str, world: World) -> None:
    found = leaked(WRAPPINGS[name](world), REF)
    assert secrets_of(found) == dict.fromkeys((world.primary, *world.subkeys), "cleartext")
    assert [one.key.openpgp for one in found.with_secrets] == [world.primary]
    assert found.unread == ()
    assert not found.public_only


def test_several_keys_of_an_old_secret_ring_are_told_apart(owner: Owner, other: Owner) -> None:
    trust = b"\xb0\x02\x00\x03"  # a packet of tag 12, which secring.gpg holds between the others
    ring = owner.gpg("--export-secret-keys") + trust + other.gpg("--export-secret-keys") + trust
    found = leaked(ring, REF)
    assert [one.key.openpgp for one in found.with_secrets] == [owner.key.primary, other.key.primary]


def test_what_went_to_ci_is_told_from_what_stayed(world: World) -> None:
    found = leaked(world.gpg("--export-secret-subkeys", f"{world.subkeys[0]}!"), REF)
    assert secrets_of(found) == {world.primary: "stub", world.subkeys[0]: "cleartext"}
    assert found.keys[0].key.primary_leaked is False


def test_public_keys_are_no_leak(world: World) -> None:
    found = leaked(world.gpg("--export"), REF)
    assert found.public_only
    assert {one.key.openpgp for one in found.keys} == {world.primary, world.stranger}
    keybox = leaked((world.home / "pubring.kbx").read_bytes(), REF)
    assert keybox.public_only
    assert keybox.forms == ("keybox",)


# gpg homes and files of the agent


def test_a_whole_gpg_home_is_read(world: World) -> None:
    found = leaked_home(world.home, REF)
    assert secrets_of(found) == dict.fromkeys((world.primary, *world.subkeys), "cleartext")
    (key,) = found.with_secrets
    assert key.certificates == (f"openpgp-revocs.d/{world.primary}.rev",)
    assert key.key.user_ids == ("Example Releases <releases@example.test>",)
    assert (found.loose, found.unread) == ((), ())
    assert [one.key.openpgp for one in found.keys if not one.secrets] == [world.stranger]


def test_reading_a_home_starts_no_agent_and_changes_nothing(world: World, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    (copy / "private-keys-v1.d").mkdir(parents=True)
    for path in (*world.key_files(), world.home / "pubring.kbx"):
        (copy / path.relative_to(world.home)).write_bytes(path.read_bytes())
    before = sorted((path, path.stat().st_mtime_ns) for path in copy.rglob("*"))
    leaked_home(copy, REF)
    assert sorted((path, path.stat().st_mtime_ns) for path in copy.rglob("*")) == before


def test_a_passphrase_of_the_agent_says_how_strong_its_lock_is(gpg_home: Path) -> None:
    (gpg_home / "gpg-agent.conf").write_text("s2k-count 1048576\n")
    generate(gpg_home, "Locked <locked@example.test>", passphrase=PASSPHRASE)
    (one,) = leaked_home(gpg_home, REF).with_secrets
    assert {packet.secret for packet in one.key.keys} == {"protected"}
    assert {packet.protection for packet in one.key.keys} == {
        "iterated and salted SHA1, 1048576 bytes hashed, AES-128 OCB"
    }


def test_a_key_file_alone_has_a_keygrip_and_no_fingerprint(world: World) -> None:
    for path in world.key_files():
        (one,) = leaked(path.read_bytes(), REF, Path("somewhere") / path.name).loose
        assert (one.keygrip, one.secret) == (path.stem, "cleartext")


def test_a_key_file_is_named_by_the_ring_of_its_home(world: World) -> None:
    named = {}
    for path in world.key_files():
        named |= secrets_of(leaked(path.read_bytes(), REF, path))
    assert named == dict.fromkeys((world.primary, *world.subkeys), "cleartext")


def test_keygrips_are_those_of_gnupg(world: World) -> None:
    computed = {
        agent_key(path.read_bytes()).algorithm: (agent_key(path.read_bytes()).keygrip, path.stem)
        for path in world.key_files()
    }
    assert set(computed) == {"Ed25519", "Curve25519", "NIST P-256", "RSA 2048"}
    assert all(grip in (stem, "") for grip, stem in computed.values())
    assert computed["NIST P-256"][0] == ""


@pytest.mark.parametrize("width", [0, 64, 76])
def test_a_key_file_is_found_in_a_log(width: int, world: World) -> None:
    path = world.key_files()[0]
    (one,) = leaked(log_of(path.read_bytes(), width), REF).loose
    assert (one.secret, one.algorithm) == ("cleartext", agent_key(path.read_bytes()).algorithm)


def test_a_keybox_is_found_in_a_log(world: World) -> None:
    found = leaked(log_of((world.home / "pubring.kbx").read_bytes()), REF)
    assert {one.key.openpgp for one in found.keys} == {world.primary, world.stranger}


def test_a_key_on_a_card_is_told_from_those_beside_it(world: World, tmp_path: Path) -> None:
    (tmp_path / "private-keys-v1.d").mkdir()
    (tmp_path / "pubring.kbx").write_bytes((world.home / "pubring.kbx").read_bytes())
    on_card, open_one = [path for path in world.key_files() if b"Ed25519" in path.read_bytes()]
    (tmp_path / "private-keys-v1.d" / open_one.name).write_bytes(open_one.read_bytes())
    (tmp_path / "private-keys-v1.d" / on_card.name).write_bytes(
        on_card.read_bytes().split(b"(d ")[0].replace(b"(private-key", b"(shadowed-private-key")
        + b"(shadowed t1-v1 (#D276# OPENPGP.1))))"
    )
    found = leaked_home(tmp_path, REF)
    assert sorted(secrets_of(found).values()) == ["cleartext", "stub"]
    assert {packet.protection for packet in found.with_secrets[0].key.keys if packet.secret == "stub"} == {
        "on a smart card"
    }


# damage and bad input


def test_a_changed_letter_of_armor_is_said(world: World) -> None:
    lines = world.armored.split(b"\n")
    lines[12] = lines[12][:20] + (b"A" if lines[12][20:21] != b"A" else b"B") + lines[12][21:]
    found = leaked(b"\n".join(lines), REF)
    assert found.keys[0].key.openpgp == world.primary
    assert any("checksum is wrong" in one.why for one in found.unread)


def test_armor_without_its_end_still_names_the_key(world: World) -> None:
    found = leaked(world.armored[:260], REF)
    assert secrets_of(found) == {world.primary: "cleartext"}
    assert any("no end" in one.why for one in found.unread)
    assert any("cut off" in one.why for one in found.unread)


def test_a_cut_never_gives_a_wrong_fingerprint_and_is_never_silent(world: World) -> None:
    whole = world.secret
    ends = _boundaries(whole)
    for at in range(1, len(whole), 3):
        try:
            found = leaked(whole[:at], REF)
        except BadInput:
            continue
        assert set(secrets_of(found)) <= {world.primary, *world.subkeys}
        assert found.unread or at in ends


def _boundaries(data: bytes) -> set[int]:
    from irkit.openpgp.packets import packets

    ends, size = set(), 0
    for _tag, body in packets(data):
        size += len(body) + (2 if data[size] & 3 == 0 else 3)
        ends.add(size)
    return ends


def test_of_a_truncated_ring_the_whole_keys_are_read(owner: Owner, other: Owner) -> None:
    ring = owner.gpg("--export-secret-keys") + other.gpg("--export-secret-keys")[:20]
    found = leaked(ring, REF)
    assert [one.key.openpgp for one in found.keys] == [owner.key.primary]
    assert found.unread


def test_of_a_truncated_keybox_the_whole_keys_are_read(world: World) -> None:
    found = leaked((world.home / "pubring.kbx").read_bytes()[:-40], REF)
    assert [one.key.openpgp for one in found.keys] == [world.primary]
    assert any("keybox" in one.why for one in found.unread)


def test_a_damaged_file_of_a_home_is_named_and_the_rest_is_read(world: World, tmp_path: Path) -> None:
    (tmp_path / "private-keys-v1.d").mkdir()
    (tmp_path / "pubring.kbx").write_bytes((world.home / "pubring.kbx").read_bytes())
    whole, cut, *_ = world.key_files()
    (tmp_path / "private-keys-v1.d" / whole.name).write_bytes(whole.read_bytes())
    (tmp_path / "private-keys-v1.d" / cut.name).write_bytes(cut.read_bytes()[:60])
    (tmp_path / "secring.gpg").write_bytes(b"this is no ring")
    found = leaked_home(tmp_path, REF)
    assert len(secrets_of(found)) == 1
    assert {one.what for one in found.unread} == {f"private-keys-v1.d/{cut.name}", "secring.gpg"}


def test_a_folder_that_is_no_gpg_home_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no gpg home"):
        leaked_home(tmp_path, REF)
    (tmp_path / ".gnupg").mkdir()
    with pytest.raises(BadInput, match=r"Give file:.*\.gnupg"):
        leaked_home(tmp_path, REF)


@pytest.mark.parametrize(
    "data",
    [b"", b"no ring\n" * 40, b"\x99\x01", b"\x00" * 64, b"(11:private-ke", b"-----BEGIN PGP MESSAGE-----\n\nAAAA\n"],
)
def test_what_is_no_key_is_a_sentence(data: bytes) -> None:
    try:
        found = leaked(data, REF)
    except BadInput as error:
        assert "no OpenPGP key" in str(error)  # noqa: PT017
    else:
        assert (found.keys, found.loose) == ((), ())
        assert found.unread


def test_text_and_noise_are_not_taken_for_keys() -> None:
    digests = [base64.b64encode(hashlib.sha512(str(number).encode()).digest()) for number in range(2_000)]
    for data in (
        b"release|sha512-" + b"\nrelease|sha512-".join(digests),
        base64.encodebytes(b"".join(digests)),
        b"helloWorld" * 1_000,
    ):
        with pytest.raises(BadInput, match="no OpenPGP key"):
            leaked(data, REF)


def test_a_revocation_certificate_is_no_key(owner: Owner) -> None:
    with pytest.raises(BadInput, match="no OpenPGP key"):
        leaked(owner.key.revocation_certificate.encode(), REF)


HOSTILE = (
    "Rel \u00c5\u0085[GNUPG:] GOODSIG 0123456789ABCDEF Victim\u202e\x1b[2J\u2028[GNUPG:] VALIDSIG <v@example.test>"
)


def test_a_hostile_user_id_is_shown_escaped_and_taken_for_nothing(owner: Owner) -> None:
    owner.gpg("--quick-add-uid", owner.key.primary, HOSTILE.replace("\x1b", ""))
    found = leaked(owner.gpg("--export-secret-keys"), REF)
    (name,) = [one for one in found.keys[0].key.user_ids if "Victim" in one]
    assert name.isprintable()
    assert r"\x85[GNUPG:] GOODSIG" in name
    assert r"\u202e" in name
    assert found.keys[0].revocations == ()


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from(
        [b"", b"\x99\x00\x33\x04", b"\x00\x00\x00\x20\x01\x01\x00\x02KBXf", b"Key: (private-key ", b"(11:private-key("]
    ),
)
def test_any_bytes_give_a_value_or_bad_input(data: bytes, start: bytes) -> None:
    for text in (start + data, log_of(start + data)):
        try:
            leaked(text, REF)
        except BadInput:
            continue
