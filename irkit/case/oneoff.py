"""One question without a case: what is this credential, who used it.

There is no case key here, so a credential has no fingerprint; it is spoken of by its public id or its reference.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from irkit.case.credentials import hide_from_now_on, needles_of, recognised
from irkit.case.exposure.reading import Means
from irkit.case.exposure.usage import Kept, Read, read_usage
from irkit.case.progress import Bars
from irkit.errors import BadInput
from irkit.exposure import UsageReport
from irkit.model import Credential, OpenPgpKey, SecretRef, parse_instant
from irkit.providers import PROVIDERS
from irkit.stores import resolve

if TYPE_CHECKING:
    from irkit.case.resigning.keys import Inspected
    from irkit.show import View

__all__ = ["Used", "identified", "inspected", "usage"]

_LINES = 1000  # that are looked through for the secret at once


def identified(text: str) -> View:
    """Provider, shape, and whatever the format gives away offline."""
    from irkit.show import Facts, View

    credential = recognised(text, resolve)
    if isinstance(credential, OpenPgpKey):
        from irkit.case.resigning.keys import key_view

        return key_view(credential)
    facts = Facts(
        (
            ("Reference", str(credential.ref)),
            ("Provider", credential.provider if credential.provider != "unknown" else None),
            ("Shape", credential.shape if credential.shape != "unknown" else None),
            ("Public id", credential.public_id or None),
            *credential.facts,
            *_what_can_be_done(credential.provider),
        )
    )
    return View("Identified", (facts,))


def _what_can_be_done(name: str) -> Iterator[tuple[str, str | None]]:
    """How to revoke it, and what no test has shown of the way: whoever acts on it should know."""
    provider = PROVIDERS.get(name)
    if provider is None:
        return
    yield "Revoked", "through its API" if provider.steps else f"by hand: {provider.by_hand.title}"
    untested = [ability for ability, can in provider.abilities.items() if can and ability not in provider.proved]
    yield "Unverified", ", ".join(untested) or "nothing: all of it was tested"
    yield "How tested", provider.tested
    yield "More", provider.docs


def inspected(text: str) -> Inspected:
    """What OpenPGP keys, and which secret parts of them, stand behind a reference. `file:` may name a gpg home.

    Of `gpg:FINGERPRINT` the fingerprint is all that is known. BadInput when there is nothing of the kind.
    """
    from irkit.case.resigning.keys import Inspected
    from irkit.openpgp.leaked import Leaked, LeakedKey, leaked, leaked_home

    ref = SecretRef.parse(text)
    if ref.scheme == "gpg":
        credential = recognised(text, resolve)
        assert isinstance(credential, OpenPgpKey)
        return Inspected(ref, Leaked(("a fingerprint alone",), (LeakedKey(credential, (), ()),)))
    path = Path(ref.rest).expanduser() if ref.scheme == "file" else None
    if path is not None and path.is_dir():
        return Inspected(ref, leaked_home(path, ref))
    return Inspected(ref, leaked(resolve(ref).reveal(), ref, path))


@dataclass(frozen=True)
class Used:
    """Who used one credential: the report, and the events behind it where they were asked for."""

    credential: Credential
    read: Read

    @property
    def report(self) -> UsageReport:
        return self.read.report

    @property
    def skipped(self) -> int:
        return len(self.report.skipped)

    def document(self) -> dict[str, Any]:
        return dict(self.read.document())

    def view(self) -> View:
        from irkit.case.exposure.usage_views import usage_view  # a document is asked for more often, and draws nothing

        return usage_view(self.credential.name, self.read)

    def write_events(self, path: Path) -> None:
        """One JSON object a line, each a UsageEvent; made by the credential itself, duplicates included. A new file has mode 0600."""
        from irkit.guard.active import get_redactor
        from irkit.plan import canonical

        lines = (canonical(event) + b"\n" for event in self.read.events if event.match.is_use)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                while portion := b"".join(islice(lines, _LINES)):
                    file.write(get_redactor().data(portion))
        except OSError as error:
            raise BadInput("the events cannot be written", on=path, why=str(error.strerror)) from None


def usage(
    ref: str, logs: Sequence[Path], since: str = "", until: str = "", means: Means | None = None, *, most: int = 0
) -> Used:
    """Every use of one credential in the logs; of its events at most `most` are kept. BadInput when a log is not there or logs
    know it by no name."""
    from irkit.sources import Hunted

    credential = recognised(ref, resolve)
    hide_from_now_on(Hunted(credential.name, needles_of(credential, resolve)))
    start, end = (parse_instant(text) if text else None for text in (since, until))
    found = read_usage(credential, resolve, logs, since=start, until=end, progress=Bars(), means=means, kept=Kept(most))
    if found is None:
        raise BadInput(
            "logs do not know this kind of credential by any name", on=ref, do="give its public id, as id:VALUE"
        )
    return Used(credential, found)
