"""From a reference to a credential of the case: resolve, recognise, fingerprint, and forget the value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from irkit import needles, openpgp
from irkit.errors import BadInput, IrkitError
from irkit.model import ApiToken, Credential, Fingerprint, OpenPgpKey, Resolver, Secret, SecretRef
from irkit.needles import MIN_BYTES, Needle
from irkit.providers import PROVIDERS, identify, provider_named

if TYPE_CHECKING:
    from irkit.case.settings import CaseSettings
    from irkit.providers import Provider
    from irkit.redact import Redactor
    from irkit.sources import Hunted


def recognise(ref: SecretRef, resolve: Resolver, case_key: bytes, issuer: str = "") -> Credential:
    """What the reference points at. BadInput when it cannot be resolved; an unknown shape is a token of provider "unknown".

    `issuer` names the provider where the value does not say (an opaque OAuth 2.0 token, say).
    """
    if issuer:
        return _issued_by(provider_named(issuer), ref, resolve, case_key)
    if ref.scheme == "gpg":
        return OpenPgpKey(ref, ref.rest.upper().replace(" ", ""), None)
    if ref.scheme == "id":
        found = (
            identify(ref.rest) if len(ref.rest) >= MIN_BYTES else ()
        )  # a number in a log is an id, and no credential
        provider, shape = (found[0].provider, found[0].shape) if found else ("unknown", "unknown")
        return ApiToken(ref, provider, shape, None, public_id=ref.rest, facts=found[0].facts if found else ())
    secret = resolve(ref)
    fingerprint = Fingerprint.of(secret, case_key)
    if openpgp.looks_like_private_key(secret.reveal()):
        return openpgp.read_key(secret.reveal(), ref, fingerprint)
    found = identify(_text(secret))
    if not found:
        return ApiToken(ref, "unknown", "unknown", fingerprint)
    best = found[0]
    return ApiToken(ref, best.provider, best.shape, fingerprint, best.public_id, best.facts)


def _issued_by(provider: Provider, ref: SecretRef, resolve: Resolver, case_key: bytes) -> ApiToken:
    if ref.is_public:
        shape = provider.shape_of(ref.rest)
        return ApiToken(ref, provider.name, shape.name if shape else "unknown", None, ref.rest)
    secret = resolve(ref)
    value = _text(secret).strip()
    shape = provider.shape_of(value)
    if shape is None:
        raise BadInput(
            f"this does not look like a credential of {provider.title}", on=ref, do="name another provider, or none"
        )
    public_id = provider.public_id(value) if provider.public_id else ""
    facts = provider.describe(value) if provider.describe else ()
    return ApiToken(ref, provider.name, shape.name, Fingerprint.of(secret, case_key), public_id, facts)


def _text(secret: Secret) -> str:
    return secret.reveal().decode("utf-8", "replace")


_NO_CASE_KEY = bytes(32)


def recognised(text: str, resolve: Resolver) -> Credential:
    """The credential behind a reference, without a fingerprint: one under a known key would be a guessable hash."""
    return replace(recognise(SecretRef.parse(text), resolve, _NO_CASE_KEY), fingerprint=None)


def document_of(credential: Credential) -> dict[str, Any]:
    """The `credential` of `locate` and `usage --format json`."""
    common = {"ref": str(credential.ref), "kind": credential.kind, "provider": credential.provider}
    if isinstance(credential, OpenPgpKey):
        return common | {"shape": "openpgp", "public_id": credential.openpgp, "fingerprint": None}
    fingerprint = credential.fingerprint.short if credential.fingerprint else None
    return common | {"shape": credential.shape, "public_id": credential.public_id or None, "fingerprint": fingerprint}


def needles_of(credential: Credential, resolve: Resolver) -> tuple[Needle, ...]:
    """Every form to search for and to hide. A public identifier gives weak needles only.

    A private key of any kind is known by its numbers, an OpenPGP key by the fingerprints of its public parts as well.
    """
    if credential.ref.scheme == "gpg":
        return needles.public_key_needles(credential.ref.rest) or needles.id_needles(credential.ref.rest)
    if credential.ref.is_public:
        return needles.id_needles(credential.ref.rest)
    value = resolve(credential.ref).reveal()
    if isinstance(credential, OpenPgpKey):
        public = dict.fromkeys((credential.openpgp, *(key.fingerprint for key in credential.keys)))
        names = [needle for fingerprint in public for needle in needles.public_key_needles(fingerprint)]
        return (*needles.key_needles(openpgp.secret_material(value)), *names)
    if material := needles.private_material(value):
        return needles.key_needles(material)
    parts = [value]
    provider = PROVIDERS.get(credential.provider)
    if provider and provider.secret_parts:
        parts += [part.encode() for part in provider.secret_parts(value.decode("utf-8", "replace"))]
    found = {needle.pattern: needle for part in parts for needle in needles.token_needles(part)}
    found |= {needle.pattern: needle for needle in needles.id_needles(credential.public_id)}
    return tuple(found.values())


def own_access(settings: CaseSettings, resolve: Resolver) -> tuple[Credential, ...]:
    """The credentials with which a team asks its providers and stores, each once. One that cannot be read now keeps its reference."""
    told = (*settings.providers.values(), *settings.stores.values())
    refs = dict.fromkeys(ref for one in told for ref in (one.responder, one.living) if ref)
    return tuple(_own(SecretRef.parse(ref), resolve) for ref in refs)


def _own(ref: SecretRef, resolve: Resolver) -> Credential:
    unread = ApiToken(ref, "unknown", "unknown", None)
    if ref.scheme in ("prompt", "fd"):  # a person answers it, or it can be read once: for the call that needs it
        return unread
    try:
        return replace(recognise(ref, resolve, _NO_CASE_KEY), fingerprint=None)
    except IrkitError:
        return unread


def hide_from_now_on(hunted: Hunted) -> None:
    """Hide a credential in whatever this process shows: a file may be called after it, and a log hold it as a user agent."""
    from irkit.guard import active
    from irkit.redact import Hidden, Redactor

    active.add(Redactor([Hidden(hunted.credential, hunted.needles)]))


@dataclass(frozen=True)
class Needled:
    """The needles of a case's credentials, and those whose value cannot be reached now (`blind`: reference and reason)."""

    hunted: tuple[Hunted, ...]
    blind: tuple[tuple[str, str], ...]

    def redactor(self) -> Redactor:
        from irkit.redact import Hidden, Redactor

        return Redactor(Hidden(hunt.credential, hunt.needles) for hunt in self.hunted)


def needled(credentials: Iterable[Credential], resolve: Resolver) -> Needled:
    from irkit.sources import Hunted

    hunted, blind = [], []
    for credential in credentials:
        try:
            hunted.append(Hunted(credential.name, needles_of(credential, resolve)))
        except IrkitError as error:
            blind.append((str(credential.ref), str(error)))
    return Needled(tuple(hunted), tuple(blind))
