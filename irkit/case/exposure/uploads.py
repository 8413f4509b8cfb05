"""What was published to package registries, beside the window: whoever held a publishing token could have done it.

The registry sets the times; a version is named as its record names it. Whose a version is only people can say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from irkit.case.desk import Desk
from irkit.case.exposure.clocks import recorded
from irkit.case.exposure.windows import known_window
from irkit.case.registries import completed
from irkit.model import ApiToken, Credential, Kind, PackageRecord
from irkit.model.uploads import PUBLISHES, naming
from irkit.plan import document, read
from irkit.postmortem.sections.uploads import uploads as as_blocks
from irkit.show import Notice, View

_TITLE = "Published meanwhile"


def uploads(case: Desk, clocks: Sequence[str | Path] = ()) -> View:
    """Each version with its time (UTC) and whether the credential was exposed then: yes, no, or unknown where that cannot be told.

    What was given once is remembered, and journalled. Below stands what the records cannot tell.
    """
    before = kept(case)
    told = tuple(_beside_the_token(case, one) for one in recorded(case, clocks).packages)
    found = tuple(dict.fromkeys((*before, *told)))
    if not found:
        return View(_TITLE, (Notice("info", _NOTHING),))
    if found != before:
        digest = case.keep({"packages": [document(one) for one in found]}, "uploads", "records of package registries")
        names = sorted({one.package for one in found})
        case.write(
            Kind.UPLOADS, {"evidence": digest, "packages": names, "uploads": sum(len(one.uploads) for one in found)}
        )
    windows = {one.name: window for one in case.credentials if (window := known_window(case, one.name))}
    return View(_TITLE, as_blocks(found, case.credentials, windows))


_NOTHING = (
    "No record of a package registry was given, so what was published meanwhile is unknown here. For a token that publishes packages: "
    "irkit capture npm:PACKAGE --case CASE, or an answer saved, as a clock."
)


def kept(case: Desk) -> tuple[PackageRecord, ...]:
    """The records of packages that the case knows."""
    known = case.journal.records(Kind.UPLOADS)
    if not known:
        return ()
    plain = case.evidence.document(known[-1].body["evidence"])
    return tuple(read(PackageRecord, one) for one in plain["packages"])


def _beside_the_token(case: Desk, record: PackageRecord) -> PackageRecord:
    """The record, with what is odd about it beside the case's tokens: one of another registry tells nothing of what they did."""
    tokens = [one for one in case.credentials if isinstance(one, ApiToken) and one.provider in PUBLISHES]
    if not tokens:
        return record
    if not any(PUBLISHES[one.provider] == record.ecosystem for one in tokens):
        kinds = " and ".join(sorted({one.provider for one in tokens}))
        return naming(
            record, f"{record.origin} is of another kind of registry ({record.ecosystem}) than the token ({kinds})"
        )
    homes = set(_homes(case, tokens))
    if record.registry and homes and record.registry not in homes:
        known = ", ".join(sorted(homes))
        return naming(
            record,
            f"{record.origin} is of {record.registry}, and the token of {known}: another registry, unless one serves the other",
        )
    return record


def _homes(case: Desk, tokens: Sequence[Credential]) -> Iterator[str]:
    """Host and port of the registries that the case's settings, or the user's own, name for these tokens."""
    for one in tokens:
        parts = urlsplit(completed(one.provider, case.settings.provider(one.provider).setting()).base)
        if parts.hostname:
            yield f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
