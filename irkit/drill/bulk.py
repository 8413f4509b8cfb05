"""A rehearsal of many credentials at once: several issuers, faults by chance, every one brought to an end that is said.

Nothing is searched for here: the credentials are given, as after a scanner's report. What counts is that every one ends dead, alive
or unknown with a reason, that none is lost, and that no provider was asked twice for one revocation.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from irkit.case import Case
from irkit.drill.homes import Homes, generate, gpg
from irkit.drill.provider import FakeProvider, ProviderState
from irkit.drill.provider.state import Token
from irkit.errors import IrkitError, Waiting
from irkit.model import ApiToken, Kind, SecretRef
from irkit.plan import Ended
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
    """How a rehearsal went. `twice` are the revocations that a provider carried out more than once; `seconds` of carrying out and proof."""

    fates: tuple[Fate, ...]
    lost: int
    twice: int
    seconds: float
    case: Path

    @property
    def full(self) -> bool:
        return not self.lost and not self.twice and all(fate.honest for fate in self.fates)

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
            case.approve("revoke", key, homes.alice)
            begun = time.perf_counter()
            _to_the_end(case, say)
            seconds = time.perf_counter() - begun
        return _scored(case, state, seconds)
    finally:
        homes.remove()


def _credentials(folder: Path, count: int, state: ProviderState) -> Iterator[SecretRef]:
    """Each in a file of its own, as `irkit new --from` puts them; the provider knows them by hash alone."""
    folder.mkdir(mode=0o700)
    issuers = [name for name in ISSUERS if name in PROVIDERS]
    for number in range(count):
        issuer = issuers[number % len(issuers)]
        value = ISSUERS[issuer](number)
        path = folder / str(number)
        path.touch(mode=0o600)
        path.write_text(value)
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
    return Bulk(tuple(fates), lost, twice, seconds, case.folder)


def _why(troubles: Mapping[str, str], token: ApiToken, verdict: str) -> str:
    """The reason of the verdict; before it that of the action, where that did not end well."""
    return "; ".join(one for one in (troubles.get(token.name), verdict) if one)
