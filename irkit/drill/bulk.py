"""A rehearsal of many credentials at once: several issuers, faults by chance, every one brought to an end that is said.

Nothing is searched for here: the credentials are given, as after a scanner's report. What counts is that one plan holds them all and
nothing is changed before it is approved; that every one ends dead, alive or unknown with a reason, that none is lost, and that no
provider was asked twice for one revocation. Of each hundred one is of an issuer that nobody knows, and has to become a person's task.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from irkit.case import Case
from irkit.drill.card import Chapter, Check, Scorecard, of
from irkit.drill.homes import Homes, generate, gpg
from irkit.drill.practice import Identity, Result, result_of
from irkit.drill.provider import FakeProvider, ProviderState
from irkit.drill.provider.state import Token
from irkit.errors import IrkitError, Waiting
from irkit.model import ApiToken, Kind, SecretRef
from irkit.plan import Ended, HumanTask
from irkit.providers import PROVIDERS
from irkit.providers.github import checksum
from irkit.show import Facts, Notice, Table, View

Say = Callable[[str], None]
COUNT = 500
FAULTS = (
    "500-then-done=5%",
    "timeout-after-mutation=1%",
    "429=5%",
    "accepted-but-alive=5%",
    "delayed-death=5%",
    "waf-403=2%",
)
"""What goes wrong unless told otherwise."""
_ROUNDS = 5  # how often it is run again for what is not settled
_PROPAGATION_S = 3.0


def _github(number: int) -> str:
    entropy = f"FAKEFAKEFAKEFAKEFAKEFAKE{number:06d}"
    return f"ghp_{entropy}{checksum(entropy)}"


_LETTERS = str.maketrans("0123456789", "zyxwvutsrq")  # Hugging Face's tokens hold no digits

ISSUERS: dict[str, Callable[[int], str]] = {
    "github": _github,
    "gitlab": lambda number: f"glpat-FAKEFAKEFAKE{number:08d}",
    "slack": lambda number: f"xoxb-{number:012d}-000000000000-FAKEFAKEFAKEFAKEFAKEFAKE",
    "huggingface": lambda number: f"hf_FAKEFAKEFAKEFAKEFAKEFAKEFA{number:08d}".translate(_LETTERS),
}
"""How a visibly fake credential of each is made from its number."""

_NOBODY_KNOWS = 100
"""The last of so many is of no issuer that irkit knows."""


@dataclass(frozen=True)
class Fate:
    """What became of one credential: `verdict` as journalled, what the provider knows, and why in words."""

    name: str
    issuer: str
    verdict: str
    lives: bool
    why: str

    @property
    def honest(self) -> bool:
        """Never called dead while it lives. (One that died after it was last asked may be called alive.)"""
        return not (self.verdict == "dead" and self.lives)


@dataclass(frozen=True)
class Bulk:
    """How a rehearsal went. `twice` are the revocations that a provider carried out more than once; `early` what it carried out before the
    approval; `adrift` the credentials of no known issuer that became nobody's task; `seconds` of carrying out and proof.
    """

    fates: tuple[Fate, ...]
    lost: int
    twice: int
    seconds: float
    case: Path
    early: int = 0
    adrift: int = 0
    plans: int = 1
    result: Result | None = None

    @property
    def full(self) -> bool:
        return self.card.passed is True

    @property
    def card(self) -> Scorecard:
        """The same as questions with one right answer each."""
        dishonest = sum(not fate.honest for fate in self.fates)
        unsaid = sum(fate.verdict != "dead" and not fate.why for fate in self.fates)
        asked = (
            ("credentials lost", self.lost), ("called dead while alive", dishonest), ("asked twice", self.twice),
            ("changed before it was approved", self.early), ("not dead, and no reason said", unsaid),
            ("of an unknown issuer, and nobody's task", self.adrift),
        )  # fmt: skip
        one_plan = Check("plans for all of them", "1", str(self.plans), self.plans == 1)
        checks = (Check(name, "0", str(count), count == 0) for name, count in asked)
        return Scorecard(of(Chapter.REVOKED, one_plan, *checks))

    @property
    def view(self) -> View:
        counts = Counter((fate.issuer, fate.verdict) for fate in self.fates)
        rows = [(issuer, verdict, count) for (issuer, verdict), count in sorted(counts.items())]
        reasons = Counter((fate.verdict, _brief(fate.why)) for fate in self.fates if fate.verdict != "dead")
        facts = Facts(
            (
                ("Credentials", len(self.fates) + self.lost),
                ("Lost", self.lost),
                ("Called dead while alive", sum(not fate.honest for fate in self.fates)),
                ("Asked twice for one revocation", self.twice),
                ("Plans for all of them", self.plans),
                ("Changed before it was approved", self.early),
                ("Of an unknown issuer, and nobody's task", self.adrift),
                ("Seconds", round(self.seconds, 1)),
            )
        )
        head = Notice(
            "ok" if self.full else "bad", "Every credential has an end that is said." if self.full else "NOT right."
        )
        return View(
            "Drill of many credentials",
            (
                head,
                facts,
                Table.of(("Issuer", "Ended", "How many"), rows, "What became of them"),
                Table.of(
                    ("Ended", "Why", "How many"),
                    [(*key, count) for key, count in reasons.most_common(12)],
                    "Why those that are not dead are not",
                ),
            ),
        )


def _brief(why: str) -> str:
    return why.split("(")[0][:90].strip()


def rehearse(
    out: Path, *, count: int = COUNT, faults: Iterable[str] = FAULTS, seed: int = 1, say: Say, workers: int = 0
) -> Bulk:
    """One rehearsal below `out`. The same seed gives the same credentials and the same faults, in the order they strike."""
    homes = Homes.make()
    try:
        key = generate(homes.alice, "Alice (drill) <alice@larkspur.example>", datetime.now(UTC))
        certificate = out / "alice.asc"
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        certificate.write_bytes(gpg(homes.alice, "--armor", "--export", key))
        state = ProviderState(seed=seed)
        references = tuple(_credentials(out / "credentials", count, state))
        with FakeProvider(state, faults=faults) as provider:
            bases = {
                "huggingface": provider.url,
                "github": provider.url,
                "gitlab": provider.url,
                "slack": f"{provider.url}/api",
            }
            settings = {
                "responder": "carol",
                "providers": {name: {"base": base, "propagation_s": _PROPAGATION_S} for name, base in bases.items()},
            }
            case = Case.create(
                out / "case", references, title="Drill: many tokens at once", settings=settings, approvers=[certificate]
            )
            case.at_once = workers or case.at_once
            say(f"{count} credentials, planned and approved")
            case.plan_revocation()
            early = provider.mutations()
            case.approve("revoke", key, homes.alice)
            who = Identity("bulk", seed, "normal", tuple(faults), "unattended", count=0 if count == COUNT else count)
            case.write(Kind.REHEARSED, who.body("begun"))
            begun = time.perf_counter()
            _to_the_end(case, say)
            seconds = time.perf_counter() - begun
        made = replace(_scored(case, state, seconds), early=early)
        return replace(
            made, result=result_of(who, case.journal.records(), [fate.name for fate in made.fates], made.card)
        )
    finally:
        homes.remove()


def _credentials(folder: Path, count: int, state: ProviderState) -> Iterator[SecretRef]:
    """Each in a file of its own, as `irkit new --from` puts them; the provider knows them by hash alone."""
    folder.mkdir(mode=0o700)
    issuers = [name for name in ISSUERS if name in PROVIDERS]
    for number in range(count):
        issuer = issuers[number % len(issuers)] if (number + 1) % _NOBODY_KNOWS else ""
        value = ISSUERS[issuer](number) if issuer else f"lin_api_{'FAKE' * 8}{number:08d}"
        path = folder / str(number)
        path.touch(mode=0o600)
        path.write_text(value)
        if issuer:
            digest = hashlib.sha256(value.encode()).hexdigest()
            state.tokens[digest] = Token(f"drill-{number}", number, "read_api", issuer=issuer)
        yield SecretRef(f"file:{path}")


def _to_the_end(case: Case, say: Say) -> None:
    """As a responder would: run it again while something is refused or not known, then ask for the proof."""
    for _ in range(_ROUNDS):
        try:
            case.carry_out("revoke", case.at_once)
            break
        except Waiting:
            break
        except IrkitError as error:
            say(f"      {error}")
            ends = {outcome.ended for outcome in case.ledger.outcomes.values()}
            if not ends & {Ended.REFUSED, Ended.UNKNOWN}:
                break
    try:
        case.confirm()
    except IrkitError as error:
        say(f"      {error}")


def _scored(case: Case, state: ProviderState, seconds: float) -> Bulk:
    verdicts = {record.body["credential"]: record.body for record in case.journal.records(Kind.VERDICT)}
    outcomes = case.ledger.outcomes
    troubles = {
        action.target: outcome.why
        for action in reversed(case.plan("revoke").actions)
        if (outcome := outcomes.get(action.id)) and outcome.ended not in (Ended.DONE, Ended.WAITING)
    }
    fates, lost = [], 0
    for token in case.credentials:
        if not isinstance(token, ApiToken):
            continue
        said = verdicts.get(token.name)
        if said is None:
            lost += 1
            continue
        known = state.token(case.resolve(token.ref).text())
        lives = known is not None and (known.revoked is None or known.lingers != 0)
        fates.append(Fate(token.name, token.provider, said["verdict"], lives, _why(troubles, token, said["why"])))
    twice = sum(token.revocations > 1 for token in state.tokens.values())
    plans = case.journal.records(Kind.PLAN)
    return Bulk(tuple(fates), lost, twice, seconds, case.folder, adrift=_adrift(case), plans=len(plans))


def _adrift(case: Case) -> int:
    """Those that no provider of irkit's knows, and of which no task waits for a person."""
    ledger = case.ledger
    waits = {
        action.target
        for action in case.plan("revoke").actions
        if isinstance(action.do, HumanTask)
        and (outcome := ledger.outcomes.get(action.id))
        and outcome.ended is Ended.WAITING
    }
    return sum(one.provider == "unknown" and one.name not in waits for one in case.credentials)


def _why(troubles: Mapping[str, str], token: ApiToken, verdict: str) -> str:
    """The reason of the verdict; before it that of the action, where that did not end well."""
    return "; ".join(one for one in (troubles.get(token.name), verdict) if one)
