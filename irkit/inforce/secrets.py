"""Whether a credential is known to the guard, and whether a home is clean. Values are resolved here, compared, and kept nowhere."""

from __future__ import annotations

from irkit.case.desk import Desk
from irkit.guard.known.book import load
from irkit.guard.known.digests import Key, parts
from irkit.guard.known.making import windows_of
from irkit.guard.scanning.homes import scan_home
from irkit.guard.scanning.search import Wanted
from irkit.inforce.door import Look, there
from irkit.model import SecretRef
from irkit.postmortem.checks.answers import Looked
from irkit.postmortem.checks.guarding import HomeSeen, KnownSeen
from irkit.postmortem.checks.named import CleanHome, KnownCredential
from irkit.stores import resolve


def known(case: Desk, check: KnownCredential) -> Look:
    """BadInput for a file that is none, another key than the file's, and a reference that leads nowhere."""
    file = there(case, check.file)
    book = load(file)
    names = tuple(one.name for one in book.entries)
    digests = None
    how = "by its name"
    if check.credential:
        key = Key(resolve(SecretRef.parse(check.key)))
        book.check(key)
        made = parts(resolve(SecretRef.parse(check.credential)).reveal(), key)
        entries = [one for one in book.entries if check.name in ("", one.name)]
        has = {part.digest for one in entries for part in one.parts}
        digests = (sum(one.digest in has for one in made), len(made))
        how = f"{check.credential}, digested under {check.key} and compared"
    seen = KnownSeen(check.name in names if check.name else None, digests, names)
    return Look(seen, (Looked(str(file), f"{len(names)} known credentials; {how}"),))


def home(case: Desk, check: CleanHome) -> Look:
    """Read-only, and the case's own credentials are looked for as well. NotAvailable without Kingfisher where no other is known."""
    folder = there(case, check.home)
    windows = windows_of(there(case, check.known), check.key) if check.known else None
    baseline = there(case, check.baseline) if check.baseline else None
    scanned = scan_home(folder, Wanted(True, windows, case.redactor or None, baseline))
    accepted = sum(one.accepted is not None for one in scanned.findings)
    seen = HomeSeen(
        tuple(f"{one.place.file}{f', line {one.line}' if one.line else ''} ({one.kind})" for one in scanned.stopping),
        len(scanned.leaks),
        tuple((one.what, one.why) for one in scanned.skipped),
        empty=not any(folder.iterdir()),
    )
    found = f"{len(seen.places) + seen.of_the_case} found, {accepted} more accepted, {len(seen.skipped)} not read"
    return Look(seen, (Looked(scanned.what, found),))
