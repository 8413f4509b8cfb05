"""The rules on the guard: where it stands, what went through it, whether it knows a credential, whether a home is clean. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from irkit.postmortem.checks.answers import Answer
from irkit.postmortem.checks.practice import listed


@dataclass(frozen=True)
class Place:
    """Where the guard should stand in a repository ("pre-commit", "pre-receive", "ci"). `stands` None: it could not be told."""

    name: str
    stands: bool | None
    why: str = ""
    do: str = ""


def installed(places: Sequence[Place]) -> Answer:
    for wanted in (False, None):
        if wrong := [one for one in places if one.stands is wanted]:
            why = "; ".join(f"{one.name}: {one.why}" for one in wrong)
            return Answer(wanted, why, next((one.do for one in wrong if one.do), "see docs/guard.md"))
    return Answer(True, "; ".join(f"{one.name}: {one.why or 'as irkit writes it'}" for one in places))


@dataclass(frozen=True)
class RepositorySeen:
    """One repository as irkit guard coverage has it: `gaps` are what, why and what to do. A gap that is not `surely` one is unknown."""

    name: str
    covered: bool | None
    gaps: tuple[tuple[str, str, str], ...] = ()
    commits: int = 0


@dataclass(frozen=True)
class CoverageSeen:
    repositories: tuple[RepositorySeen, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()


def coverage(seen: CoverageSeen) -> Answer:
    for wanted in (False, None):
        wrong = [one for one in seen.repositories if one.covered is wanted]
        if wrong:
            gap = next((gap for one in wrong for gap in one.gaps), ("", "", ""))
            said = ": ".join(filter(None, gap[:2])) or "no branch of it could be asked about"
            several = f" (and {len(wrong) - 1} repositories more)" if len(wrong) > 1 else ""
            return Answer(wanted, f"{wrong[0].name}: {said}{several}", gap[2] or "irkit guard coverage names each gap")
        if wanted is None and seen.skipped:
            what, why = seen.skipped[0]
            return Answer(None, f"{what} could not be looked at: {why}", "mend that, or take it out of repositories")
    if not seen.repositories:
        return Answer(None, "no repository was looked at", "name them as repositories")
    counted = sum(one.commits for one in seen.repositories)
    return Answer(
        True,
        f"{counted} commits or pushes in {len(seen.repositories)} repositories went through the guard, and no gap was found",
    )


@dataclass(frozen=True)
class KnownSeen:
    """`named`: the file has an entry of the name, None where no name was given. `digests` of the credential that it has, of how many."""

    named: bool | None
    digests: tuple[int, int] | None = None
    names: tuple[str, ...] = ()


def known(name: str, seen: KnownSeen) -> Answer:
    do = "irkit guard known add REF --into FILE --known-key REF"
    if seen.named is False:
        return Answer(False, f"no known credential is called {name}; {listed(seen.names) or 'none'} are", do)
    if seen.digests is not None:
        has, wanted = seen.digests
        if has < wanted:
            part = "none" if has == 0 else f"{has} of {wanted}"
            return Answer(False, f"of the writings of this credential {part} are known", do)
        return Answer(True, f"all {wanted} writings of this credential are known")
    return Answer(True, f"a credential is known as {name}; that it is this one was not compared")


@dataclass(frozen=True)
class HomeSeen:
    """`places` are those of findings that nobody accepted, as file and line; `skipped` could not be read.
    `empty`: there is nothing in it."""

    places: tuple[str, ...] = ()
    of_the_case: int = 0
    skipped: tuple[tuple[str, str], ...] = ()
    empty: bool = False


def home(seen: HomeSeen) -> Answer:
    number = len(seen.places) + seen.of_the_case
    do = "irkit guard scan --home names each, and what to do about it"
    if number:
        ours = f"{seen.of_the_case} of them credentials of this case" if seen.of_the_case else ""
        where = "; ".join(filter(None, (listed(seen.places), ours)))
        return Answer(False, f"{number} secrets were found: {where}", do)
    if seen.skipped:
        what, why = seen.skipped[0]
        more = f", and {len(seen.skipped) - 1} more" if len(seen.skipped) > 1 else ""
        return Answer(
            None, f"nothing was found, and {what} could not be read: {why}{more}", "make it readable and look again"
        )
    if seen.empty:
        return Answer(
            None,
            "the folder is empty: a home that is mounted elsewhere, or was never used",
            "name the home as it is used",
        )
    return Answer(True, "nothing was found, which does not show that there is no secret")
