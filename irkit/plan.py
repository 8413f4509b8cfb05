"""Verbs as data: what would be done, said exactly, before anybody does it.

A `Plan` is a value with a digest over its canonical JSON. People approve the digest; `Case.carry_out` is the
only reader that acts on it. Secrets appear as references, so a plan can be shown, stored and signed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from typing_extensions import TypeAliasType

from irkit.errors import BadInput
from irkit.faults import first_fault
from irkit.model import Instant, SecretRef
from irkit.plan_form import without_later

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@dataclass(frozen=True)
class Sealed:
    """A value as the platform that keeps it wants it sent: in a sealed box for its public key (libsodium, X25519; base64).

    `key` is that public key in base64. https://doc.libsodium.org/public-key_cryptography/sealed_boxes
    """

    sealed: SecretRef
    key: str


@dataclass(frozen=True)
class Encoded:
    """A value sent in base64, where a platform asks for it (Kubernetes, Google Secret Manager)."""

    base64_of: SecretRef


@dataclass(frozen=True)
class Dated:
    """A text with `{now}` in it, which becomes the next full second (UTC, `2026-03-01T12:00:01Z`) while it is sent; `plus_s` more.

    So a plan that denies "every session until now" is the same for the same facts, and means the moment it is carried out.
    """

    dated: str
    plus_s: int = 0

    def __str__(self) -> str:
        return self.dated.replace("{now}", f"{{now}} + {self.plus_s} s") if self.plus_s else self.dated


@dataclass(frozen=True)
class Signed:
    """An assertion (JWT, RS256) made while it is sent, signed with the private key in a Google service account's JSON.

    `audience` is who it is for, `claims` are what it says beyond its issuer and its times. It lives five minutes.
    https://developers.google.com/identity/protocols/oauth2/service-account
    """

    signed_with: SecretRef
    audience: str
    claims: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Fresh:
    """A value made at random while it is sent, where whoever asks chooses the secret (a database's password): URL-safe base64.

    `random_bytes` is how much of it is random. Whoever mints finds it as `fresh` in the answer; else nobody ever knows it.
    """

    random_bytes: int


Json = TypeAliasType(
    "Json",
    "SecretRef | Sealed | Encoded | Dated | Fresh | bool | int | float | str | tuple[Json, ...] | dict[str, Json] | None",
)
"""A JSON tree whose leaves may be references; they are resolved while sending and nowhere else."""

Leaf = SecretRef | str  # pydantic tries them in this order

Identity = Literal["leaked", "responder", "control", "nobody"]
"""With whose credential a call is made. The responder's is never mixed with the leaked one."""


@dataclass(frozen=True)
class SignIn:
    """A POST just in front of a call, where an API wants a token made from the credential: `token` is its field in the answer."""

    url: str
    body: Json
    token: str


@dataclass(frozen=True)
class Auth:
    """How a call proves who it is: `bearer` (`HEADER: SCHEME VALUE`), `basic`, or `header` (`HEADER: VALUE`).

    With `basic` and no `user` the secret itself is `user:password`. With `sign_in`, what is sent is what that gives for the secret.
    """

    kind: Literal["bearer", "basic", "header"]
    secret: SecretRef
    scheme: str = "Bearer"
    user: Leaf = ""
    header: str = "Authorization"
    sign_in: SignIn | None = None


@dataclass(frozen=True)
class Call:
    """One HTTP request. `mutates` calls are sent at most once; `url` never holds a secret.

    Where an API wants the secret in the address (Telegram, a webhook), `url` has `{secret}` there and `in_url` names it: it is
    put in while sending, percent-encoded. Of a secret that is an address itself, what follows the segment before `{secret}` is.
    `about` is the public identifier that is sought in a reply that lists several; it is not sent.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    url: str
    identity: Identity
    auth: Auth | None = None
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    body: Json = None
    form: tuple[tuple[str, SecretRef | Signed | str], ...] = ()
    mutates: bool = False
    in_url: SecretRef | None = None
    about: Leaf = ""
    kind: Literal["call"] = "call"

    def summary(self) -> str:
        return f"{self.method} {self.url} as {self.identity}"


@dataclass(frozen=True)
class AwsCall:
    """One AWS operation through boto3. `secret` holds `KEYID:SECRETKEY`; None means the responder's own AWS configuration.

    `about` is the access key id whose entry is sought in a reply that lists several; it is not sent.
    """

    service: str
    operation: str
    identity: Identity
    params: dict[str, Json] = field(default_factory=dict)
    secret: SecretRef | None = None
    region: str = "us-east-1"
    endpoint: str = ""
    about: Leaf = ""
    mutates: bool = False
    kind: Literal["aws"] = "aws"

    def summary(self) -> str:
        shown = " ".join(f"{name}={value}" for name, value in self.params.items())
        return f"aws {self.service} {self.operation} {shown} as {self.identity}".replace("  ", " ")


@dataclass(frozen=True)
class NativeCall:
    """One operation of something that does not speak HTTP: a server's own protocol, or a store on this machine.

    `address` is `HOST:PORT` and what the protocol adds (`HOST:PORT/DATABASE`, `USER@HOST:PORT`, a path). `operation` is a name that
    the protocol's file in `irkit/network/native/` knows, with `params`. `secret` is what it signs in with, `user` as whom.
    """

    protocol: Literal["postgresql", "redis", "ssh", "keyring", "file", "sops", "age"]
    address: str
    operation: str
    identity: Identity
    user: Leaf = ""
    secret: SecretRef | None = None
    params: dict[str, Json] = field(default_factory=dict)
    mutates: bool = False
    kind: Literal["native"] = "native"

    def summary(self) -> str:
        shown = " ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.protocol} {self.address} {self.operation} {shown} as {self.identity}".replace("  ", " ")


Ask = Call | AwsCall | NativeCall
"""A question or a change that `irkit.network` can send."""


@dataclass(frozen=True)
class Put:
    """One place that a fresh credential is put into: `store` names it as the user did, `calls` are sent in order."""

    store: str
    calls: tuple[Ask, ...]


@dataclass(frozen=True)
class Replace:
    """A fresh credential, made and put where its consumers read it, in one go: in between its value is in this process alone.

    `name` is how it is called at its provider and `minted:NAME` its reference in the calls of `into`.
    """

    name: str
    make: Ask
    into: tuple[Put, ...] = ()
    kind: Literal["replace"] = "replace"

    def summary(self) -> str:
        places = ", ".join(one.store for one in self.into) or "nowhere yet"
        return f"{self.make.summary()}; then put into {places}"


@dataclass(frozen=True)
class GpgCommand:
    """One OpenPGP operation, in one gpg home where it needs a key. `operation` is a name that `irkit.openpgp.operations` or
    `irkit.release.operations` carries out and proves."""

    operation: Literal[
        "generate-key", "add-subkey", "export-public", "ci-bundle",
        "revoke-key", "revoke-subkey", "revoke-user-id", "revoke-certification",
        "publish-wkd", "publish-hkp", "publish-vks", "publish-keyring",
        "sign-detached", "sign-clear", "sign-manifest", "sign-apt", "sign-rpm", "index-rpm", "sign-tag", "withdraw-tag", "attest-commits",
        "quarantine",
    ]  # fmt: skip
    home: str
    key: str = ""
    arguments: tuple[tuple[str, str], ...] = ()
    passphrase: SecretRef | None = None
    kind: Literal["gpg"] = "gpg"

    def argument(self, name: str, default: str = "") -> str:
        return dict(self.arguments).get(name, default)

    def summary(self) -> str:
        shown = " ".join(f"{name}={value}" for name, value in self.arguments)
        return f"gpg {self.operation} {self.key} {shown}".replace("  ", " ").strip()


@dataclass(frozen=True)
class HumanTask:
    """What only a person can do: the page to open and the steps there."""

    title: str
    page: str
    steps: tuple[str, ...] = ()
    kind: Literal["human"] = "human"

    def summary(self) -> str:
        return f"by hand: {self.title} at {self.page}"


Do = Call | AwsCall | NativeCall | Replace | GpgCommand | HumanTask


@dataclass(frozen=True)
class Action:
    """One step of a plan. `target` names the credential, key or artifact; `attempt` grows when a person has a failed one tried again.

    A `gate` holds up what comes after it for the same target until a person has done it; other hand tasks hold up nothing.
    """

    verb: str
    target: str
    what: str
    do: Do
    irreversible: bool = True
    attempt: int = 1
    gate: bool = False

    @cached_property
    def id(self) -> str:
        """Derived from the content: the same action has the same id in every plan that holds it."""
        return f"{self.verb}-{_sha256(canonical(self))[:12]}"


@dataclass(frozen=True)
class Plan:
    """What will be done for a case, in order, why, and how many people must approve it.

    An approval counts for `approvals_valid_h` hours from its signature. `author` (with the OpenPGP key `author_key`, when known) made
    the plan, and cannot be one of those who approve it.
    """

    case_id: str
    chapter: Literal["revoke", "resign"]
    author: str
    actions: tuple[Action, ...]
    reasons: tuple[str, ...] = ()
    approvals_required: int = 1
    approvals_valid_h: float = 24.0
    author_key: str = ""

    def __post_init__(self) -> None:
        if not isfinite(self.approvals_valid_h):
            raise ValueError("approvals count for a number of hours")

    @cached_property
    def digest(self) -> str:
        """`sha256:` over the canonical JSON: every field counts (those that a later irkit brought, once they say something)."""
        return f"sha256:{_sha256(canonical(self))}"

    @property
    def name(self) -> str:
        """Short enough to type: chapter and twelve digits of the digest."""
        return f"{self.chapter}-{self.digest.removeprefix('sha256:')[:12]}"


@dataclass(frozen=True)
class Approval:
    """An OpenPGP signature by a person over a statement that names the plan's digest."""

    plan: str
    approver: str  # primary fingerprint
    who: str
    signed_at: datetime
    statement: str
    signature: str  # armored


class Ended(StrEnum):
    """How an action ended. UNKNOWN is an answer, not a failure: it was sent and what it did is not established.

    REFUSED is known to have done nothing, for a reason outside the plan (a limit, the responder's own credential or rights): the
    same plan may begin it again.
    """

    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    WAITING = "waiting"
    REFUSED = "refused"


@dataclass(frozen=True)
class Outcome:
    """What became of one action, and the digest of the evidence for it."""

    action: str
    ended: Ended
    why: str
    at: Instant
    evidence: str = ""


T = TypeVar("T")


_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}  # making one compiles a schema; each is made once


def _adapter(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter  # a question without a plan does not pay for it

    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def document(value: Any) -> Any:
    """Any value of the model or a plan as plain JSON types. Unions are told apart by their `kind`."""
    return _adapter(type(value)).dump_python(value, mode="json")


def canonical(value: Any) -> bytes:
    """Canonical JSON of a value: sorted keys, no spaces, UTF-8. The same value gives the same bytes everywhere.

    Of a plan and its parts, what no irkit before knew is left out as long as it holds its default (`irkit.plan_form`).
    """
    plain = without_later(value, document(value)) if hasattr(value, "__dataclass_fields__") else value
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def read(kind: type[T], plain: Any) -> T:
    """The inverse of `document`. BadInput when it is not one, naming the first field at fault."""
    from pydantic import ValidationError

    try:
        value: T = _adapter(kind).validate_json(json.dumps(plain))
        return value
    except ValidationError as error:
        where, why = first_fault(error)
        raise BadInput(f"this is not a {kind.__name__}", on=where, why=why, do="make it again") from None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
