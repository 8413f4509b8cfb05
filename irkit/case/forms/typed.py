"""What may be typed into a form. None of it is ever repeated in an error: it may be the secret itself."""

from __future__ import annotations

from irkit.errors import BadInput, WouldLeak
from irkit.guard.suspects import refuse
from irkit.model import SecretRef
from irkit.redact import Redactor

SCHEMES = ("env", "file", "keyring")
"""Of references only those that nobody must be asked for, and that can be read more than once."""

_LEAST = 12


def reference(text: str, redactor: Redactor) -> SecretRef | None:
    """The reference of a passphrase; None for an empty field. BadInput for anything that is not `env:`, `file:` or `keyring:`."""
    if not text.strip():
        return None
    try:
        ref = SecretRef.parse(text)
    except BadInput:
        ref = None
    if ref is None or ref.scheme not in SCHEMES:
        raise BadInput(
            "this is no reference, so it was not taken and the field is empty again", on="the passphrase",
            do="give env:NAME, file:PATH or keyring:SERVICE/USER, never the passphrase; or nothing, when gpg-agent knows it",
        )  # fmt: skip
    plain("the passphrase", text, redactor)
    return ref


def plain(label: str, text: str, redactor: Redactor) -> str:
    """A text that is not secret. WouldLeak when it looks like one."""
    try:
        refuse({label: text}, redactor)
    except WouldLeak as error:
        why = error.why
    else:
        return text.strip()
    raise WouldLeak(
        "this was not taken, and the field is empty again", on=label, why=why, do="say it without the secret"
    )


def said(label: str, text: str, redactor: Redactor) -> str:
    """The same, of what must not be empty."""
    if not (told := plain(label, text, redactor)):
        raise BadInput("nothing was said", on=label, do="write a sentence")
    return told


def chosen(on: str, signer: str) -> str:
    """Who signs. BadInput when nobody could be chosen."""
    if not signer:
        raise BadInput(
            "nobody is chosen", on=on, why="no secret key of a person who may sign is in this gpg home",
            do="give another gpg home, or sign elsewhere and take the file",
        )  # fmt: skip
    return signer


def same_digest(what: str, on: str, digest: str, told: str) -> None:
    """BadInput when a person was told of another digest than this one, which is `what`'s. An empty text compares nothing."""
    wanted = told.strip().lower().removeprefix("sha256:")
    if wanted and (len(wanted) < _LEAST or not digest.removeprefix("sha256:").startswith(wanted)):
        raise BadInput(
            f"this is not the digest of {what}, so nothing was signed", on=on,
            why=f"{what}'s begins with {digest[:26]}",
            do=f"give the whole digest or at least its first {_LEAST} digits; if you were told of another, ask who made {what}",
        )  # fmt: skip
