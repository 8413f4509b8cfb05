"""A key is found by what it is, in every file format that programs write it in, and in none of another key."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest

from irkit.errors import BadInput
from irkit.needles import key_needles, private_material
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
