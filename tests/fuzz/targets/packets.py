"""OpenPGP packets, armor, key blocks, signatures and clear-signed texts, whatever they were pasted as."""

from __future__ import annotations

import base64
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from irkit.model import SecretRef
from irkit.openpgp import armor, cleartext, keyblock, packets, revocations, trees
from tests.fuzz.target import Target

REF = SecretRef("id:fuzzed")
SHORTEST = 12  # bytes of a block in armor; less is taken for a word
FAKE = b"FAKE-NO-SECRET-FAKE-NO-SECRET-00"  # in place of a secret number


def _roundtrip(data: bytes) -> None:
    found = list(packets.all_packets(data))
    assert list(packets.packets(packets.joined(found))) == found
    if len(data) >= SHORTEST:
        assert armor.blocks(armor.armored(data)) == ((armor.SIGNATURE, data),)


def _signatures(data: bytes) -> None:
    for one in keyblock.read_signatures(data):
        packets.hashed_subpackets(one.packet)
        revocations.reason_text(one)
        assert keyblock.read_signatures(keyblock.as_packet(one)) == (one,)


def _keys(data: bytes) -> None:
    for key in keyblock.read_keys(data, REF):
        repr(key)
        revocations.designated_revokers(data, key.openpgp)
        keyblock.revocations(data, key.openpgp)


def _clear(data: bytes) -> None:
    for frame in cleartext.frames(data):
        assert frame.signed == cleartext.hashed(frame.text)
    cleartext.whole(data)
    cleartext.looks_clear_signed(data)


def seeds() -> Iterator[bytes]:
    """A key of every export that gpg makes of it, but for its secret parts; those are made up, and no key."""
    with tempfile.TemporaryDirectory(prefix="irk-f-", dir="/tmp") as name:
        try:
            yield from _by_gpg(Path(name))
        finally:
            subprocess.run(["gpgconf", "--homedir", name, "--kill", "all"], capture_output=True, check=False)
    yield from _made_up()


def _by_gpg(home: Path) -> Iterator[bytes]:
    def gpg(*args: str, stdin: bytes = b"") -> bytes:
        command = [
            "gpg",
            "--homedir",
            str(home),
            "--batch",
            "--quiet",
            "--passphrase",
            "",
            "--pinentry-mode",
            "loopback",
        ]
        return subprocess.run([*command, *args], input=stdin, capture_output=True, check=True).stdout

    gpg("--quick-gen-key", "Fuzzed <fuzzed@example.test>", "ed25519", "cert,sign", "never")
    fingerprint = next(
        line.split(b":")[9].decode() for line in gpg("--with-colons", "--list-keys").split(b"\n") if line[:3] == b"fpr"
    )
    gpg("--quick-add-key", fingerprint, "cv25519", "encr", "1y")
    gpg("--quick-add-key", fingerprint, "rsa2048", "sign", "1y")
    gpg("--quick-add-uid", fingerprint, "Other \u2028 <other@example.test>")
    key = gpg("--export", fingerprint)
    signature = gpg("--detach-sign", stdin=b"text")
    yield key
    yield gpg("--export", "--armor", fingerprint)
    yield gpg("--export", "--export-options", "export-minimal", "--armor", fingerprint).replace(b"\n", b"\\n")
    yield base64.b64encode(key)
    yield signature
    yield signature * 2
    yield gpg("--detach-sign", "--armor", stdin=b"text")
    yield gpg("--clear-sign", stdin=b"text\n- dash\n-----\nend ")
    yield gpg("--sign", "--compress-algo", "none", stdin=b"text")
    yield gpg("--digest-algo", "SHA256", "--sig-notation", "a@example.test=b", "--detach-sign", stdin=b"text")
    revocation = next((home / "openpgp-revocs.d").glob("*.rev")).read_bytes()
    yield revocation
    yield key + next(block for _label, block in armor.blocks(revocation.replace(b":-----", b"-----")))
    gpg("--quick-revoke-uid", fingerprint, "Other \u2028 <other@example.test>")
    yield gpg("--export", fingerprint)


def _made_up() -> Iterator[bytes]:
    """Secret key packets of every protection, with a text in place of the numbers."""
    mpi = (8 * len(FAKE)).to_bytes(2, "big") + FAKE
    curve = bytes.fromhex("092b06010401da470f01")
    public = {1: mpi + b"\0\x11\1\0\1", 22: curve + mpi, 18: curve + mpi + b"\3\1\x08\x07", 27: FAKE, 17: mpi * 4}
    secret = {1: mpi * 4, 22: mpi, 18: mpi, 27: FAKE, 17: mpi}
    user = packets.framed(packets.USER_ID, b"Fuzzed <fuzzed@example.test>")
    protections = (
        b"\xfe\x09\x03\x08saltsalt\xff" + bytes(16) + FAKE,
        b"\xff\x09\x01\x02saltsalt" + bytes(16) + FAKE,
        b"\xfe\x07\x04" + bytes(16) + b"\3\1\x10" + bytes(16) + FAKE,
        b"\xff\x07\x65\x02GNU\1",
        b"\x03" + bytes(8) + FAKE,
    )
    for algorithm, numbers in public.items():
        head = b"\x04\x60\0\0\0" + bytes([algorithm]) + numbers
        yield packets.framed(packets.SECRET_KEY, head + b"\0" + secret[algorithm] + b"\0\0") + user
    for protection in protections:
        yield packets.framed(packets.SECRET_KEY, b"\x04\x60\0\0\0\x1b" + FAKE + protection) + user
    for version in (5, 6):
        body = bytes([version]) + b"\x60\0\0\0\x1b\0\0\0\x20" + FAKE
        yield packets.framed(packets.PUBLIC_KEY, body) + user
        yield packets.framed(packets.SECRET_KEY, body + b"\0" + FAKE) + user
    yield b"\x99\x00\x03\x04\x60\0" + b"\xcd\xe1xx\x01x"  # a length of the old format, and one in parts


TARGET = Target(
    readers=(
        _keys,
        _signatures,
        _roundtrip,
        keyblock.secret_material,
        keyblock.detached_signatures,
        trees.key_trees,
        revocations.revocations_in,
        lambda data: list(revocations.certifications_in(data)),
        cleartext.text_of,
    ),
    never_refuse=(_clear, armor.blocks, armor.is_armored, keyblock.looks_like_private_key),
    seeds=seeds,
    longest=80_000,  # a key of an older version has its length in two bytes
)
