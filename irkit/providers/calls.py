"""What most providers need to write a call: whose credential it is made with, where to, and random values for look-alikes."""

from __future__ import annotations

import secrets
import string
from urllib.parse import unquote

from irkit.errors import BadInput, NotAvailable
from irkit.model import SecretRef
from irkit.plan import Auth, Identity, Json
from irkit.providers.interface import Setting, Target

LETTERS_AND_DIGITS = string.ascii_letters + string.digits
URL_SAFE = LETTERS_AND_DIGITS + "_-"
HEX = "0123456789abcdef"


def random_text(length: int, alphabet: str = LETTERS_AND_DIGITS) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


def whose(ref: SecretRef | None) -> Identity:
    """Of a probe: "control" for a look-alike, else "leaked"."""
    return "control" if ref is not None and ref.scheme == "control" else "leaked"


def value_of(target: Target, who: str) -> SecretRef:
    """The reference a probe is made with. NotAvailable when only the public identifier is known."""
    if target.secret is None:
        raise NotAvailable(f"{who} cannot be asked about it without its value", do="give a reference to the value")
    return target.secret


def address(setting: Setting, public: str) -> str:
    """The base address, without a slash at its end: the case's own, else the public one."""
    return (setting.base or public).rstrip("/")


def own_address(setting: Setting, name: str, example: str) -> str:
    """The base address where there is no public one. BadInput when the case does not say it."""
    if not setting.base:
        raise BadInput(
            f"the address of your {name} is not known",
            do=f'write base = "{example}" under [providers.{name}] in case.toml',
        )
    return setting.base.rstrip("/")


def option(setting: Setting, provider: str, name: str, what: str) -> str:
    """A value that the case must say. BadInput that names it when it does not."""
    if not (value := setting.options.get(name, "")):
        raise BadInput(f"{what} is not known", do=f"write {name} under [providers.{provider}.options] in case.toml")
    return value


def responders(setting: Setting, scheme: str = "Bearer") -> Auth | None:
    """The responder's own credential as a bearer; None when the case names none."""
    return Auth("bearer", setting.responder, scheme) if setting.responder else None


def whom_and_where(setting: Setting, target: Target) -> tuple[str, str]:
    """User and address of a server's credential, `USER@ADDRESS` in its public id: what the case says wins, else what the URI says."""
    user, _, at = (target.public_id or target.beside).rpartition("@")
    return setting.options.get("user", "") or unquote(user), setting.base or at


def authority(setting: Setting) -> dict[str, Json]:
    """The file of the authority that vouches for the server, where the case names one."""
    return {"ca_file": setting.options["ca_file"]} if setting.options.get("ca_file") else {}
