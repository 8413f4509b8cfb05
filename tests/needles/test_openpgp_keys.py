"""An OpenPGP key is found in the files of its programs, and known by what trusts it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.case.credentials import needles_of, recognised
from irkit.model import Secret, SecretRef
from irkit.needles import key_needles, private_material, public_key_needles
from irkit.openpgp import Gpg, secret_material
from irkit.redact import Hidden, Redactor
from irkit.sources.hunt import Hits, Hunted
from tests.needles.test_private_keys import openssl_key, run, wrapped
from tests.needs import needs


@pytest.fixture
def make_gpg(make_gpg_home: Callable[[], Path]) -> Callable[..., Gpg]:
    def make(algorithm: str = "ed25519") -> Gpg:
        gpg = Gpg(make_gpg_home())
        gpg.must(
            "a test's key",
            [
                "--passphrase",
                "",
                "--pinentry-mode",
                "loopback",
                "--quick-gen-key",
                "T <t@example.test>",
                algorithm,
                "sign",
                "1y",
            ],
        )
        return gpg

    return make


def export(gpg: Gpg, *args: str) -> bytes:
    return gpg.must("a test's export", [*args]).stdout


def fingerprint(gpg: Gpg) -> str:
    lines = export(gpg, "--with-colons", "--list-keys").decode().splitlines()
    return next(line.split(":")[9] for line in lines if line.startswith("fpr"))


def test_an_openpgp_block_in_a_variable_of_a_variable_is_found(make_gpg: Callable[..., Gpg]) -> None:
    gpg = make_gpg()
    secret, binary = export(gpg, "--armor", "--export-secret-keys"), export(gpg, "--export-secret-keys")
    hits = Hits([Hunted("k", key_needles(secret_material(secret)))])
    for data in (secret, wrapped(binary, 0), wrapped(binary, 76), wrapped(secret, 0), wrapped(secret, 76)):
        assert hits.find(data), data[:9]
        assert hits.find(b"KEY=" + wrapped(data, 76) + b"\n")


@needs("openssl")
def test_a_scalar_of_curve25519_is_found_in_either_order_of_its_bytes(make_gpg: Callable[..., Gpg]) -> None:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    gpg = make_gpg()
    add = ["--passphrase", "", "--pinentry-mode", "loopback", "--quick-add-key", fingerprint(gpg), "cv25519", "encr"]
    gpg.must("a test's subkey", add)
    block = export(gpg, "--armor", "--export-secret-keys")
    scalar = secret_material(block)[-1]
    alone = X25519PrivateKey.from_private_bytes(scalar[::-1])
    pem = alone.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert Hits([Hunted("k", key_needles([scalar]))]).find(pem)
    hits = Hits([Hunted("k", key_needles(private_material(pem)))])
    assert hits.find(block)
    assert hits.find(export(gpg, "--export-secret-keys"))
    assert hits.find(b"".join(file.read_bytes() for file in gpg.home.glob("private-keys-v1.d/*.key")))
    assert not hits.find(openssl_key("x25519"))


@pytest.mark.parametrize("algorithm", ["ed25519", "rsa2048"])
def test_an_openpgp_private_key_is_found_in_the_files_of_its_agent(
    algorithm: str, make_gpg: Callable[..., Gpg]
) -> None:
    gpg = make_gpg(algorithm)
    secret = export(gpg, "--armor", "--export-secret-keys")
    hits = Hits([Hunted("k", key_needles(secret_material(secret)))])
    files = [file.read_bytes() for file in gpg.home.glob("private-keys-v1.d/*.key")]
    assert files
    for data in (
        *files,
        secret,
        export(gpg, "--export-secret-keys"),
        secret.replace(b"\n", b"\\n"),
    ):
        assert hits.find(data)
    assert not hits.find(export(gpg, "--export"))


@pytest.mark.parametrize("algorithm", ["ed25519", "rsa3072"])
def test_a_public_key_is_found_wherever_it_is_trusted(algorithm: str, make_gpg: Callable[..., Gpg]) -> None:
    gpg, stranger = make_gpg(algorithm), make_gpg("ed25519")
    name = fingerprint(gpg)
    binary, armored, other = export(gpg, "--export"), export(gpg, "--armor", "--export"), export(stranger, "--export")
    secret = export(gpg, "--armor", "--export-secret-keys")
    hits = Hits([Hunted("k", public_key_needles(name))])
    table = {
        "binary keyring": (binary, ["keyring"]),
        "second in a binary keyring": (other + binary, ["keyring"]),
        "armored": (b"# key\n" + armored, ["armored-keyring"]),
        "second in an armored keyring": (run("gpg", "--enarmor", stdin=other + binary), ["armored-keyring"]),
        "armored, in JSON": (armored.replace(b"\n", b"\\n"), ["armored-keyring"]),
        "armored, indented": (armored.replace(b"\n", b"\n      "), ["armored-keyring"]),
        "base64 without armor": (b"key: " + wrapped(binary, 0), ["armored-keyring"]),
        "armor in base64": (b"KEY=" + wrapped(armored, 0) + b"\n", ["armored-keyring-base64"]),
        "armor in base64, in the middle of it": (wrapped(b"# k\n" + armored, 76), ["armored-keyring-base64"]),
        "its private key": (export(gpg, "--export-secret-keys"), ["private-key"]),
        "its private key, armored": (secret, ["armored-private-key"]),
        "its private key in base64": (wrapped(export(gpg, "--export-secret-keys"), 0), ["armored-private-key"]),
        "as gpg shows it": (export(gpg, "--fingerprint"), ["fingerprint"]),
        "a fingerprint": (b"trust " + name.encode(), ["fingerprint"]),
        "in small letters": (b"0x" + name.lower().encode(), ["fingerprint"]),
        "with colons": (":".join(name[at : at + 2] for at in range(0, 40, 2)).encode(), ["fingerprint"]),
        "a long id": (b"0x" + name[-16:].lower().encode(), ["long-id"]),
        "a short id": (b"pub 0x" + name[-8:].encode() + b" 2026", ["short-id"]),
        "a short id inside a longer number": (b"00" + name[-8:].encode() + b"11", []),
        "another key": (other, []),
        "another key, armored": (export(stranger, "--armor", "--export"), []),
    }  # fmt: skip
    for case, (data, forms) in table.items():
        assert [hit.form for hit in hits.find(data)] == forms, case
        padded = b"line\n" * 3000 + data + b"\nline" * 3000
        for size in (777, 9001):
            pieces = (padded[at : at + size] for at in range(0, len(padded), size))
            assert [(hit.form, hit.offset) for hit in hits.stream(pieces)] == [
                (hit.form, hit.offset) for hit in hits.find(padded)
            ], case
    assert Redactor([Hidden("k", public_key_needles(name))]).data(armored) == armored


def test_a_stub_in_the_place_of_a_private_key_names_the_key_only(make_gpg: Callable[..., Gpg]) -> None:
    gpg = make_gpg()
    primary = fingerprint(gpg)
    alone = ["--passphrase", "", "--pinentry-mode", "loopback", "--quick-add-key", primary, "ed25519", "sign"]
    gpg.must("a test's subkey", alone)
    bundle = export(gpg, "--export-secret-subkeys")
    [hit] = Hits([Hunted("k", public_key_needles(primary))]).find(bundle)
    assert hit.form == "keyring"


@pytest.mark.parametrize("algorithm", ["ed25519", "rsa2048"])
def test_a_leaked_block_is_one_hit_by_its_material(algorithm: str, make_gpg: Callable[..., Gpg]) -> None:
    gpg = make_gpg(algorithm)
    block = export(gpg, "--armor", "--export-secret-keys")
    needles = (*key_needles(secret_material(block)), *public_key_needles(fingerprint(gpg)))
    assert [hit.form for hit in Hits([Hunted("k", needles)]).find(b"a\n" + block + b"b\n")] == ["armor"]
    binary = export(gpg, "--export-secret-keys")
    assert [hit.form for hit in Hits([Hunted("k", needles)]).find(binary)] == ["binary"]


def test_a_key_box_and_a_keyring_of_apt_hold_the_key(make_gpg: Callable[..., Gpg]) -> None:
    gpg = make_gpg()
    hits = Hits([Hunted("k", public_key_needles(fingerprint(gpg)))])
    assert [hit.form for hit in hits.find((gpg.home / "pubring.kbx").read_bytes())] == ["keyring"]
    minimal = export(gpg, "--export-options", "export-minimal", "--export")
    assert [hit.form for hit in hits.find(minimal)] == ["keyring"]


def test_a_case_seeks_a_key_by_its_kind(make_gpg: Callable[..., Gpg], tmp_path: Path) -> None:
    gpg = make_gpg()
    name, secret = fingerprint(gpg), export(gpg, "--armor", "--export-secret-keys")
    values = {
        "file:/secret.asc": secret,
        "file:/id_ed25519": openssl_key("ed25519"),
        "env:TOKEN": b"ghp_FAKEfakeFAKEfakeFAKEfake0123456789ab",
    }

    def forms(ref: str) -> set[str]:
        def resolve(ref: SecretRef) -> Secret:
            return Secret(values[str(ref)])

        needles = needles_of(recognised(ref, resolve), resolve)
        found = {needle.form for needle in needles}
        # One key in some has no letter in its armor that anything escapes.
        assert ("armor-escaped" in found) is any(
            set(b"+/") & set(one.pattern) for one in needles if one.form == "armor"
        )
        return found - {"armor-escaped"}

    of_a_key = {"armor", "armor-base64", "armor-hex", "armor-reversed", "armor-utf-16", "binary", "byte-array", "hex"}
    of_a_key |= {"reversed"}
    assert forms("file:/secret.asc") == {*of_a_key, "fingerprint"}
    assert forms("file:/id_ed25519") == of_a_key
    assert forms(f"gpg:{name}") == {"fingerprint"}
    assert forms("id:AKIAFAKEFAKEFAKEFAKE") == {"id"}
    assert {"raw", "base64", "sha256-hex"} <= forms("env:TOKEN")


def test_what_is_no_fingerprint_gives_no_needle() -> None:
    assert public_key_needles("ABCD") == ()
    assert [needle.pattern for needle in public_key_needles("ab cd" * 10)] == [b"ABCD" * 10]


@pytest.mark.parametrize("size", range(10))
def test_a_packet_too_short_to_be_a_key_is_none(size: int) -> None:
    hits = Hits([Hunted("key", public_key_needles("A" * 40))])
    for first, algorithm in ((0x94, 1), (0x98, 22), (0x9C, 18), (0xC5, 19)):
        assert hits.find(bytes([first, size, 4, 0, 0, 0, 0, algorithm, 255, 255])) == []
