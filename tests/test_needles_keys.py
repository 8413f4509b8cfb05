"""A key is found by what it is, in every file format that programs write it in, and in none of another key."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from irkit.case.credentials import needles_of, recognised
from irkit.errors import BadInput
from irkit.model import Secret, SecretRef
from irkit.needles import key_needles, private_material, public_key_needles
from irkit.openpgp import Gpg, secret_material
from irkit.redact import Hidden, Redactor
from irkit.sources.hunt import Hits, Hunted
from tests.needs import needs


def run(*args: str | Path, stdin: bytes = b"") -> bytes:
    return subprocess.run([*map(str, args)], input=stdin, capture_output=True, check=True).stdout


def wrapped(data: bytes, width: int) -> bytes:
    return run("base64", f"-w{width}", stdin=data)


def openssl_key(kind: str) -> bytes:
    """A fresh key as PKCS#8 PEM."""
    args = {"rsa": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "ec": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]}
    return run("openssl", "genpkey", "-algorithm", *args.get(kind, [kind]))


def openssh(pem: bytes, folder: Path, passphrase: str = "") -> bytes:
    """The same key as OpenSSH writes it (`-p` rewrites a file in its own format)."""
    file = folder / "id"
    file.write_bytes(pem)
    file.chmod(0o600)
    run("ssh-keygen", "-q", "-p", "-P", "", "-N", passphrase, "-f", file)
    return file.read_bytes()


def key_writings(kind: str, pem: bytes, folder: Path) -> dict[str, bytes]:
    der = run("openssl", "pkcs8", "-topk8", "-nocrypt", "-outform", "DER", stdin=pem)
    writings = {
        "PKCS#8 PEM": pem,
        "DER": der,
        "DER in base64": wrapped(der, 0),
        "DER wrapped anew": wrapped(b"x" + der, 61),
        "PEM in base64": wrapped(pem, 0),
        "PEM in JSON": pem.replace(b"\n", b"\\n"),
        "hex": der.hex().encode(),
        "hex, wrapped": run("xxd", "-p", stdin=der),
        "DER backwards": der[::-1],
        "DER as numbers": repr(list(der)).encode(),
        "PEM in hex": pem.hex().encode(),
        "PEM in UTF-16": pem.decode().encode("utf-16-le"),
        "PEM in UTF-16, the other order": pem.decode().encode("utf-16-be"),
        "PEM backwards": pem[::-1],
        "PEM in an address": quote(pem, safe="").encode(),
        "PEM in JSON of PHP": pem.replace(b"\n", b"\\n").replace(b"/", b"\\/"),
    }
    if kind in ("rsa", "ec"):
        traditional = run("openssl", "pkey", "-traditional", stdin=pem)
        writings |= {"traditional PEM": traditional, "OpenSSH": openssh(traditional, folder)}
        writings["openssl text"] = run("openssl", "pkey", "-text", "-noout", stdin=pem)
    return writings


@needs("openssl", "ssh-keygen")
@pytest.mark.parametrize("kind", ["rsa", "ec", "ed25519"])
def test_a_private_key_is_found_in_every_other_writing_of_it(kind: str, tmp_path: Path) -> None:
    ours, another = openssl_key(kind), openssl_key(kind)
    writings = key_writings(kind, ours, tmp_path)
    for given in (
        "PKCS#8 PEM",
        "DER",
        "DER in base64",
        "PEM in JSON",
        *(name for name in ("OpenSSH", "traditional PEM") if name in writings),
    ):
        needles = key_needles(private_material(writings[given]))
        hits, redactor = Hits([Hunted("k", needles)]), Redactor([Hidden("k", needles)])
        for name, data in writings.items():
            named = {hit.form.partition("-")[0] for hit in hits.find(data)}
            assert named <= {"armor", "binary", "byte", "hex", "reversed"}, (given, name)
            assert hits.find(b"\n" + data), (given, name)
            assert redactor.finds(data), (given, name)
            assert not hits.find(redactor.data(data)), (given, name)
        for name, data in key_writings(kind, another, tmp_path).items():
            assert not hits.find(data), name


@needs("ssh-keygen")
@pytest.mark.parametrize("kind", ["rsa", "ecdsa", "ed25519"])
def test_a_key_made_by_ssh_keygen_is_found_however_it_is_wrapped(kind: str, tmp_path: Path) -> None:
    run("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "test", "-f", tmp_path / "k")
    data = (tmp_path / "k").read_bytes()
    body = b"".join(data.split(b"\n")[1:-2])
    needles = key_needles(private_material(data))
    hits, redactor = Hits([Hunted("k", needles)]), Redactor([Hidden("k", needles)])
    for width in (48, 64, 70, 76, 0):
        again = wrapped(base64.b64decode(body), width)
        assert [hit.form for hit in hits.find(again)] == ["armor"], width
        assert not hits.find(redactor.data(again)), width
    assert not hits.find((tmp_path / "k.pub").read_bytes())


@needs("openssl", "ssh-keygen")
def test_a_key_under_a_passphrase_is_found_by_its_encrypted_bytes(tmp_path: Path) -> None:
    pem = openssl_key("rsa")
    traditional = run("openssl", "pkey", "-traditional", stdin=pem)
    locked = {
        "PKCS#8": run("openssl", "pkcs8", "-topk8", "-passout", "pass:test-not-real", stdin=pem),
        "DEK-Info": run("openssl", "rsa", "-traditional", "-aes128", "-passout", "pass:test-not-real", stdin=pem),
        "OpenSSH": openssh(traditional, tmp_path, "test-not-real"),
    }
    for name, data in locked.items():
        hits = Hits([Hunted("k", key_needles(private_material(data)))])
        assert [hit.form for hit in hits.find(b"log: " + data.replace(b"\n", b"\\n"))] == ["armor"], name
        assert not any(hits.find(other) for key, other in locked.items() if key != name), name


@needs("openssl")
@pytest.mark.parametrize("kind", ["rsa", "ec", "ed25519"])
@pytest.mark.parametrize("width", [0, 60, 76])
def test_a_key_block_is_found_in_base64_of_base64_and_hidden_whole(kind: str, width: int) -> None:
    pem, another = openssl_key(kind), openssl_key(kind)
    needles = key_needles(private_material(pem))
    hits, redactor = Hits([Hunted("k", needles)]), Redactor([Hidden("k", needles)])
    for before in (b"", b"x", b"xy"):
        for name, write in {
            "of armor": lambda key, before=before: wrapped(before + key, width),
            "of a Kubernetes secret": lambda key, before=before: wrapped(
                before + b"data:\n  tls.key: " + wrapped(key, 0) + b"\nkind: Secret\n", width
            ),
            "of base64 that is wrapped": lambda key, before=before: wrapped(before + wrapped(key, 76), width),
        }.items():
            data = b"CI_SECRET=" + write(pem) + b"\nnext=line\n"
            assert {hit.form for hit in hits.find(data)} == {"armor-base64"}, name
            assert not hits.find(write(another)), name
            clean = redactor.data(data)
            assert not hits.find(clean), name
            assert clean.endswith(b"next=line\n"), name
            assert kind != "rsa" or len(clean) < 0.7 * len(data), name
            stream = redactor.stream()
            assert b"".join(stream.feed(data[at : at + 97]) for at in range(0, len(data), 97)) + stream.end() == clean


def test_an_openpgp_block_in_a_variable_of_a_variable_is_found(make_gpg: Callable[..., Gpg]) -> None:
    gpg = make_gpg()
    secret, binary = export(gpg, "--armor", "--export-secret-keys"), export(gpg, "--export-secret-keys")
    hits = Hits([Hunted("k", key_needles(secret_material(secret)))])
    for data in (secret, wrapped(binary, 0), wrapped(binary, 76), wrapped(secret, 0), wrapped(secret, 76)):
        assert hits.find(data), data[:9]
        assert hits.find(b"KEY=" + wrapped(data, 76) + b"\n")


def putty(key: bytes, version: int = 3) -> bytes:
    """An RSA or Ed25519 key as PuTTY keeps it (its documentation, appendix C); the MAC is none."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    private = load_pem_private_key(key, None)
    if isinstance(private, RSAPrivateKey):
        kind, own = b"ssh-rsa", private.private_numbers()
        numbers = [one.to_bytes(one.bit_length() // 8 + 1, "big") for one in (own.d, own.p, own.q, own.iqmp)]
    else:
        kind, numbers = b"ssh-ed25519", [private.private_bytes_raw()]  # type: ignore[union-attr]
    lines = base64.b64encode(b"".join(len(one).to_bytes(4, "big") + one for one in numbers))
    body = [lines[at : at + 64] for at in range(0, len(lines), 64)]
    head = [
        b"PuTTY-User-Key-File-%d: %s" % (version, kind),
        b"Encryption: none",
        b"Comment: fake",
        b"Public-Lines: 1",
        b"AAAA",
    ]
    return b"\r\n".join([*head, b"Private-Lines: %d" % len(body), *body, b"Private-MAC: " + b"0" * 64, b""])


@needs("openssl")
@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
@pytest.mark.parametrize("version", [2, 3])
def test_a_key_of_putty_and_the_same_key_elsewhere_are_found_by_each_other(kind: str, version: int) -> None:
    pem = openssl_key(kind)
    file = putty(pem, version)
    assert Hits([Hunted("k", key_needles(private_material(file)))]).find(pem)
    assert Hits([Hunted("k", key_needles(private_material(pem)))]).find(file)
    assert not Hits([Hunted("k", key_needles(private_material(file)))]).find(putty(openssl_key(kind)))


@needs("puttygen")
@pytest.mark.parametrize("kind", ["rsa", "ed25519", "ecdsa", "dsa"])
@pytest.mark.parametrize("version", [2, 3])
def test_a_key_made_by_puttygen_is_read(kind: str, version: int, tmp_path: Path) -> None:
    (tmp_path / "none").write_bytes(b"")
    (tmp_path / "word").write_bytes(b"FAKEfake")
    made = tmp_path / "k.ppk"
    new = ["--new-passphrase", tmp_path / "none", "--ppk-param", f"version={version}"]
    run("puttygen", "-q", "-t", kind, *new, "-o", made)
    run("puttygen", made, "-O", "private-openssh-new", "-o", tmp_path / "k.ssh")
    ppk, ssh = made.read_bytes(), (tmp_path / "k.ssh").read_bytes()
    assert Hits([Hunted("k", key_needles(private_material(ppk)))]).find(ssh)
    assert Hits([Hunted("k", key_needles(private_material(ssh)))]).find(ppk)
    run("puttygen", made, "-P", "--new-passphrase", tmp_path / "word", "-O", "private", "-o", tmp_path / "locked")
    locked = (tmp_path / "locked").read_bytes()
    hits = Hits([Hunted("k", key_needles(private_material(locked)))])
    assert hits.find(b"log: " + locked)
    assert not hits.find(ppk)


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


def test_leading_zeros_that_openpgp_leaves_out_do_not_hide_a_key() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    seed = bytes(2) + bytes(range(101, 131))
    der = Ed25519PrivateKey.from_private_bytes(seed).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    packet = b"\0\xef" + seed.lstrip(b"\0") + b"\x12\x34"
    for given in (private_material(der), (seed.lstrip(b"\0"),)):
        hits = Hits([Hunted("k", key_needles(given))])
        for data in (der, packet, base64.b64encode(der), base64.b64encode(packet)):
            assert hits.find(data)


@pytest.mark.parametrize(
    "data", [b"", b"token", b"-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----", b"\x30\x03\x02\x01\x01"]
)
def test_what_is_no_private_key_has_no_material(data: bytes) -> None:
    assert private_material(data) == ()
    with pytest.raises(BadInput):
        key_needles(private_material(data))


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

        return {needle.form for needle in needles_of(recognised(ref, resolve), resolve)}

    of_a_key = {"armor", "armor-base64", "armor-hex", "armor-reversed", "armor-utf-16", "binary", "byte-array", "hex"}
    of_a_key |= {"armor-escaped", "reversed"}
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
