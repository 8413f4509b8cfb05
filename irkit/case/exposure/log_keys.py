"""Under what names logs know a credential, computed from its value. Pure: no file, no network; values come in and names go out.

What is public in a credential (an access key id, a private_key_id, the jti of a token) is its name as it stands; else it is known
by a digest: SHA-256 (GitHub), HMAC-SHA256 under an audit device's salt (Vault), the fingerprint of its public key (sshd, Kubernetes).
An `id:` reference is such a name given by hand. Each name carries how it matches; what names an account only is SAME_PRINCIPAL.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from irkit.errors import BadInput, NotAvailable
from irkit.model import Credential, MatchKind, Resolver, SecretRef
from irkit.needles import MIN_BYTES
from irkit.needles.ssh_public import ssh_fingerprint, ssh_public
from irkit.providers import PROVIDERS
from irkit.sources.logs.interface import Wanted, kind_of

if TYPE_CHECKING:
    from irkit.plan import Call
    from irkit.providers.interface import Reply

Name = tuple[str, MatchKind]

_LONGEST_TOKEN = 4096
_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
_JWT = re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]*\.eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*")
_VAULT_HASH = re.compile(r"hmac-sha256:[0-9a-f]{64}")


def wanted(
    credential: Credential,
    resolve: Resolver,
    *,
    salts: Iterable[SecretRef] = (),
    also: Iterable[str] = (),
) -> Wanted | None:
    """What to look for in logs; None when they know the credential by no name.

    `salts` are references to salts of Vault audit devices; `also` are names got elsewhere (the answer of Vault's audit-hash, an
    id from a console). BadInput when a reference cannot be resolved.
    """
    names: dict[str, MatchKind] = dict(kind_of(one) for one in also)
    raw: tuple[bytes, ...] = ()
    if credential.ref.is_public:
        names |= {name: kind for name, kind in [kind_of(credential.ref.rest)] if name not in names}
    else:
        provider = PROVIDERS.get(credential.provider)
        value = resolve(credential.ref).reveal()
        if provider is not None and provider.log_keys is not None:
            names |= dict(kind_of(key) for key in provider.log_keys(value.decode("utf-8", "replace").strip()))
        compound = (
            provider is not None and provider.secret_parts is not None
        )  # nobody sends an AWS key pair as one text
        for name, kind in () if compound else names_of(value):
            names.setdefault(name, kind)
        if salted := [resolve(salt).reveal().strip() for salt in salts]:
            names |= {vault_hmac(value.strip(), salt): MatchKind.HMAC for salt in salted}
        raw = (value.strip(),) if not compound and _is_token(value.strip()) else ()
    return Wanted(credential.name, tuple(names.items()), raw) if names else None


def log_keys(credential: Credential, resolve: Resolver) -> tuple[str, ...]:
    """The bare names of `wanted`; empty when logs know it by none."""
    found = wanted(credential, resolve)
    return tuple(name for name, _ in found.keys) if found else ()


def names_of(value: bytes) -> tuple[Name, ...]:
    """Every name that follows from the value alone, whoever issued it. Never raises."""
    found: dict[str, MatchKind] = {}
    for name, kind in (
        *_service_account(value),
        *_kubeconfig(value),
        *_blocks(value),
        *_public_line(value),
        *_jwts(value),
    ):
        found.setdefault(name, kind)
    if _is_token(value.strip()):
        found.setdefault(sha256_name(value.strip()), MatchKind.HASH)
    return tuple(found.items())


def sha256_name(token: bytes) -> str:
    """`printf %s TOKEN | openssl dgst -sha256 -binary | base64`: GitHub's hashed_token, and what web logs are matched by."""
    return base64.b64encode(hashlib.sha256(token).digest()).decode()


def vault_hmac(token: bytes, salt: bytes) -> str:
    """As Vault's audit devices write a token. https://developer.hashicorp.com/vault/api-docs/system/audit-hash"""
    return "hmac-sha256:" + hmac.new(salt, token, hashlib.sha256).hexdigest()


def _is_token(value: bytes) -> bool:
    return MIN_BYTES <= len(value) <= _LONGEST_TOKEN and re.fullmatch(rb"[\x21-\x7e]+", value) is not None


# --- keys and certificates ---------------------------------------------------------------------------------------------


def ssh_names(blob: bytes) -> list[Name]:
    """Of a public key as SSH sends it (RFC 4253): `ssh-keygen -lf`, and `-E md5` without its prefix, as releases before 6.8 logged."""
    if not blob:
        return []
    digest = hashlib.md5(blob, usedforsecurity=False).hexdigest()
    old = ":".join(digest[at : at + 2] for at in range(0, 32, 2))
    return [(ssh_fingerprint(blob), MatchKind.FINGERPRINT), (old, MatchKind.FINGERPRINT)]


def certificate_names(der: bytes) -> list[Name]:
    """Of a client certificate: Kubernetes' credential id, and the SHA-1 thumbprint that Entra logs."""
    if not der:
        return []
    thumbprint = hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()
    return [
        (f"X509SHA256={hashlib.sha256(der).hexdigest()}", MatchKind.FINGERPRINT),
        (thumbprint, MatchKind.FINGERPRINT),
    ]


def _blocks(value: bytes) -> Iterator[Name]:
    """PEM blocks: private keys by their public part, certificates by their digest."""
    for block in _PEM.finditer(value.replace(b"\\n", b"\n")):
        label = block[1]
        if label == b"CERTIFICATE":
            yield from certificate_names(_pem_body(block[0]))
        elif label.endswith(b"PRIVATE KEY"):
            yield from ssh_names(ssh_public(block[0]))


def _pem_body(block: bytes) -> bytes:
    lines = [line.strip() for line in block.splitlines()[1:-1]]
    return _unbase64(b"".join(line for line in lines if b":" not in line))


def _unbase64(text: bytes) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""


def _public_line(value: bytes) -> Iterator[Name]:
    line = re.match(rb"\s*(?:ssh|ecdsa|sk)-[\w@.-]+ ([A-Za-z0-9+/]+={0,2})(?:\s|$)", value)
    if line:
        yield from ssh_names(_unbase64(line[1]))


# --- documents and tokens ----------------------------------------------------------------------------------------------


def _service_account(value: bytes) -> Iterator[Name]:
    """A Google service account's JSON file: the id of its key."""
    try:
        document = json.loads(value) if value.lstrip()[:1] == b"{" else None
    except (ValueError, RecursionError):
        return
    if isinstance(document, dict) and isinstance(document.get("private_key_id"), str):
        yield document["private_key_id"], MatchKind.EXACT_ID


def _kubeconfig(value: bytes) -> Iterator[Name]:
    """The users of a kubeconfig: their certificates and tokens."""
    if b"client-certificate-data" not in value and b"\nusers:" not in value:
        return
    from irkit.yaml_values import load

    try:
        users = load(value).get("users") or []
        held = [one["user"] for one in users if isinstance(one, Mapping) and isinstance(one.get("user"), Mapping)]
    except Exception:  # of a date or a number that is none, the library raises whatever Python does
        return
    for user in held:
        yield from _jwts(str(user.get("token", "")).encode())
        yield from _blocks(_unbase64(str(user.get("client-certificate-data", "")).encode()))


def _jwts(value: bytes) -> Iterator[Name]:
    """A JSON Web Token, alone or in front of what else: `jti` (Kubernetes: `JTI=`), Entra's `uti`, and whom it speaks for."""
    for token in _JWT.findall(value.decode("ascii", "replace"))[:4]:
        header, claims = (_part(part) for part in token.split(".")[:2])
        for name in ("jti", "uti"):
            if isinstance(identifier := claims.get(name), str) and identifier:
                yield identifier, MatchKind.EXACT_ID
        if isinstance(identifier := claims.get("jti"), str) and identifier and "kubernetes.io" in claims:
            yield f"JTI={identifier}", MatchKind.EXACT_ID
        signer, subject = claims.get("iss"), claims.get("sub")
        if isinstance(subject, str) and signer == subject and isinstance(header.get("kid"), str):
            yield (
                header["kid"],
                MatchKind.SAME_PRINCIPAL,
            )  # signed by the account's own key, which may have signed others
        for name in ("sub", "appid", "oid"):
            if isinstance(identifier := claims.get(name), str) and _is_id(identifier):
                yield identifier, MatchKind.SAME_PRINCIPAL


def _part(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_id(text: str) -> bool:
    """Whether a subject is an identifier rather than the name of somebody: it has digits, and no sign of an address or path."""
    return re.fullmatch(r"(?=.*\d.*\d.*\d)[A-Za-z0-9_-]{8,64}", text) is not None


# --- asking Vault ------------------------------------------------------------------------------------------------------


def ask_audit_hash(base: str, device: str, token: SecretRef, responder: SecretRef) -> Call:
    """Vault's own answer to what its audit device calls the token. Changes nothing, and is itself written to the audit log.

    https://developer.hashicorp.com/vault/api-docs/system/audit-hash : POST /v1/sys/audit-hash/:path, capability `create` or `update`.
    """
    from irkit.plan import Auth, Call

    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)*", device.strip("/")):
        raise BadInput("this is no path of an audit device", on=device[:40], do="see: vault audit list")
    return Call(
        "POST",
        f"{base.rstrip('/')}/v1/sys/audit-hash/{device.strip('/')}",
        "responder",
        Auth("header", responder, header="X-Vault-Token"),
        body={"input": token},
    )


def read_audit_hash(reply: Reply) -> str:
    """The name of the token in that device's log. NotAvailable when Vault does not say it."""
    document = reply.json()
    found = document.get("hash") or (document.get("data") or {}).get("hash") if isinstance(document, dict) else None
    if reply.status == 200 and isinstance(found, str) and _VAULT_HASH.fullmatch(found):
        return found
    raise NotAvailable(
        "Vault did not say what its audit log calls the token",
        why=reply.nothing_came or f"it answered {reply.status}",
        do="check the address, the path of the audit device (vault audit list) and that the responder may use sys/audit-hash",
    )


def vault_name(send: Callable[[Call], Reply], base: str, device: str, token: SecretRef, responder: SecretRef) -> str:
    """Both steps, through the network door that the caller holds."""
    return read_audit_hash(send(ask_audit_hash(base, device, token, responder)))
