"""One question or one change that `irkit.network` can send, and how it proves who it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from irkit.model import SecretRef
from irkit.plan.values import Json, Leaf, Signed

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
