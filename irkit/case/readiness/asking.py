"""Ask issuers for what they gave out. What does not come, or not whole, becomes a row with its reason."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from irkit.case.containment.probing import patiently
from irkit.case.desk import Desk
from irkit.case.registries import completed
from irkit.errors import IrkitError
from irkit.model import Held, Unasked, iso
from irkit.plan import Ask, NativeCall
from irkit.providers.interface import Reply, Setting
from irkit.providers.inventory import LISTINGS, Listed, Listing, Prepared, Study

MOST_PAGES = 50
"""Of one list, a hundred entries each; what goes on beyond them is told as not asked."""
MOST_ENTRIES = 500
"""Of a list whose entries are looked up one by one."""
_FRESH = timedelta(minutes=15)
_TRIES = 10
_PAUSE_S = 1.0


@dataclass
class Came:
    """What came of all lists: `asked` came whole, and of those that did not, `covered` says of which places they came whole."""

    held: list[Held] = field(default_factory=list)
    unasked: list[Unasked] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    covered: list[tuple[str, str]] = field(default_factory=list)  # list and place

    def answered(self, issuer: str) -> bool:
        return any(one.startswith(f"{issuer}: ") for one in self.asked)


def ask(case: Desk, listings: Sequence[Listing] = LISTINGS) -> Came:
    """Every list of the issuers that case.toml names. Those that it does not name are told as well, one row each."""
    came = Came()
    for name in dict.fromkeys(one.issuer for one in listings):
        mine = [one for one in listings if one.issuer == name]
        if name not in case.settings.providers:
            why = f"case.toml names no access of the team's own: write [providers.{name}]"
            came.unasked.append(Unasked(name, ", ".join(one.what for one in mine), why))
            continue
        setting = completed(name, case.settings.provider(name).setting())
        for listing in mine:
            _List(case, listing, setting, came).take()
    for name in sorted(case.settings.providers.keys() - {one.issuer for one in listings}):
        came.unasked.append(Unasked(name, "what it gave out", "irkit knows no list of it"))
    return came


class _List:
    def __init__(self, case: Desk, listing: Listing, setting: Setting, came: Came) -> None:
        self._case, self._listing, self._setting, self._came = case, listing, setting, came
        self._label = f"{listing.issuer}: {listing.what}"
        self._found: list[Held] = []
        self._whole = True
        self._place = ""
        self._places: dict[str, bool] = {}
        self._sound = True

    def take(self) -> None:
        try:
            self._prepare()
            for call in self._listing.ask(self._setting):
                self._one(call)
            self._complete()
        except IrkitError as error:
            self._places = {}
            self._problem("; ".join(filter(None, (error.what, error.why, error.do))))
        told = [replace(one, listed_by=self._label, tested=self._listing.tested) for one in self._found]
        known = {one.key for one in self._came.held}
        self._came.held += [one for one in self._apart(told) if one.key not in known]
        self._came.covered += [(self._label, place) for place, whole in self._places.items() if whole]
        if self._whole:
            self._came.asked.append(self._label)

    def _one(self, call: Ask) -> None:
        """One place, with all its pages. A fault there leaves the others."""
        about = "" if isinstance(call, NativeCall) else str(call.about)
        self._place = self._placed(about)
        self._places[self._place] = self._places.get(self._place, self._sound)
        begun = len(self._found)
        try:
            self._pages(call)
        except IrkitError as error:
            self._problem("; ".join(filter(None, (about, error.what, error.why, error.do))))
        self._found[begun:] = [replace(one, listed_at=one.listed_at or (self._place,)) for one in self._found[begun:]]

    def _placed(self, about: str) -> str:
        return f"{self._setting.base or self._listing.issuer} {about}".strip()

    def _apart(self, told: Sequence[Held]) -> list[Held]:
        """Each once. Two that the list calls the same and that are not are told, since only one of them can stand there."""
        found: dict[str, Held] = {}
        for one in told:
            if found.get(one.key, one) != one:
                self._problem(f"it lists several as {one.key}, of which one is shown")
            found[one.key] = one
        return list(found.values())

    def _prepare(self) -> None:
        listing = self._listing
        if listing.prepare is None or listing.prepared is None:
            return
        listing.ask(self._setting)  # without access there is nothing to prepare
        _, problem = self._until(listing.prepare(self._setting), listing.prepared)
        if problem:
            self._sound = False
            self._problem(problem)

    def _until(self, call: Ask, ready: Callable[[Reply], Prepared]) -> tuple[Reply, str]:
        """Asked again until it is ready; the last answer, and why it is none, "" when it is."""
        for number in range(_TRIES):
            reply = patiently(self._case, call)
            state = ready(reply)
            if state.yes or state.problem:
                return reply, state.problem
            if number + 1 < _TRIES:
                time.sleep(_PAUSE_S)
        return reply, "it was not ready in time; run it again"

    def _pages(self, call: Ask | None) -> None:
        names: deque[str] = deque()
        begun, total = len(self._found), None
        for _ in range(MOST_PAGES):
            if call is None:
                break
            reply = patiently(self._case, call)
            page = self._read(reply)
            names, total = names + deque(page.names), page.total
            call = self._listing.following(call, reply)
        read = len(self._found) - begun + len(names)
        if call is not None:
            self._problem(f"the list goes on beyond {MOST_PAGES} pages, which were read")
        elif total is not None and total > read:
            self._problem(f"{total} are there by its own count, and {read} were read")
        self._one_by_one(names)

    def _read(self, reply: Reply) -> Listed:
        page = self._listing.read(reply)
        if page.problem:
            self._problem(f"{reply.about}: {page.problem}" if reply.about else page.problem)
        if page.place:  # what the reply tells of itself: whose account it is
            self._places[self._placed(page.place)] = self._places.pop(self._place)
            self._place = self._placed(page.place)
        if page.at and datetime.now(UTC) - page.at > _FRESH:
            why = f"the list is of {iso(page.at)}, and what was made since is not in it"
            self._came.unasked.append(Unasked(self._listing.issuer, self._listing.what, why))
        self._found += page.held
        return page

    def _one_by_one(self, names: deque[str]) -> None:
        each = self._listing.each
        for _ in range(MOST_ENTRIES):
            if not names or each is None:
                return
            names += self._read(patiently(self._case, each(self._setting, names.popleft()))).names
        if names:
            self._problem(f"{len(names)} more are listed than the {MOST_ENTRIES} that were looked up")

    def _complete(self) -> None:
        more, learn, study = self._listing.more, self._listing.learn, self._listing.study
        found = tuple(self._found)
        if more is not None and learn is not None:
            for name, call in more(self._setting, found).items():
                found = learn(found, name, patiently(self._case, call))
        if study is not None:
            found = self._studied(study, found)
        self._found = list(found)

    def _studied(self, study: Study, found: tuple[Held, ...]) -> tuple[Held, ...]:
        """Who cannot be told about stays as listed. One row tells of all of them, with the first reason: it is mostly the same."""
        failed: dict[str, str] = {}
        for name, call in study.begin(self._setting, found).items():
            begun = patiently(self._case, call)
            collect = study.collect(self._setting, begun)
            reply, problem = (begun, study.done(begun).problem) if collect is None else self._until(collect, study.done)
            if collect is None or problem:
                failed[name] = problem or "it was not begun"
            else:
                found = study.learn(found, name, reply)
        if failed:
            name, why = next(iter(failed.items()))
            more = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
            self._came.unasked.append(Unasked(self._listing.issuer, study.what, f"{name}{more}: {why}"))
        return found

    def _problem(self, why: str) -> None:
        self._whole = False
        if self._place in self._places:
            self._places[self._place] = False
        self._came.unasked.append(Unasked(self._listing.issuer, self._listing.what, why))
