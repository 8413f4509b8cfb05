"""How often a run can be killed: SIGKILL over carrying out and bulk re-signing, power cuts over the write-ahead log. Prints the figures.

    python benchmarks/kills.py [--kills 500] [--quick] [--seed 1]

Where a kill strikes is chance. What counts: no action carried out twice (as the provider counted, and as files and records show),
none lost (each ends in an outcome, at the latest in the run after the last kill), and the chain whole after every kill.
"""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent.parent))  # the signed release that the tests make

from irkit.case import Case
from irkit.case.journal import Journal
from irkit.drill.bulk import ISSUERS
from irkit.drill.homes import Homes, generate, gpg
from irkit.drill.provider import FakeProvider, ProviderState
from irkit.drill.provider.state import Token
from irkit.errors import IrkitError
from irkit.model import Kind, SecretRef
from irkit.openpgp import generate as fresh_key
from irkit.openpgp.runner import throwaway_home
from irkit.openpgp.verifying import verify_many
from irkit.providers import PROVIDERS
from tests.owners import Owner
from tests.signed_release import SignedRelease, signed_release

TOKENS, FILES = 24, 300
FAULTS = ["500-then-done=5%", "timeout-after-mutation=1%", "429=2%"]
_FORK = multiprocessing.get_context("fork")


@dataclass
class Figures:
    """One row: how often it was killed, over how many actions, and what went wrong."""

    what: str
    kills: int = 0
    actions: int = 0
    twice: int = 0
    lost: int = 0
    broken: int = 0

    @property
    def right(self) -> bool:
        return not (self.twice or self.lost or self.broken)

    def row(self) -> str:
        whole = "whole" if not self.broken else f"broken {self.broken} times"
        return f"| {self.what} | {self.kills} | {self.actions} | {self.twice} | {self.lost} | {whole} |"


def _ends(act: Callable[[], object]) -> bool:
    try:
        act()
    except IrkitError:
        return False
    return True


def _child(act: Callable[[], object]) -> None:
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    os._exit(0 if _ends(act) else 1)


def killed(act: Callable[[], object], after_s: float) -> bool | None:
    """True when it was killed, False when it ended well before, None when it ended waiting or with something not settled."""
    process = _FORK.Process(target=_child, args=(act,))
    process.start()
    process.join(after_s)
    if process.is_alive() and process.pid:
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        return True
    return False if process.exitcode == 0 else None


def whole(case: Case) -> bool:
    return case.journal.broken_link() is None


# Carrying out a revocation plan


def carry_out(folder: Path, kills: int, chance: Random) -> Figures:
    """Many credentials against the drill's provider, which counts how often it revoked each. A fresh case as soon as one is done."""
    figures, homes, state = Figures("carry-out of a revocation plan"), Homes.make(), ProviderState(seed=500)
    try:
        key = generate(homes.alice, "Alice (drill) <alice@larkspur.example>", datetime.now(UTC))
        (folder / "alice.asc").write_bytes(gpg(homes.alice, "--armor", "--export", key))
        with FakeProvider(state, faults=FAULTS) as provider:
            number = 0
            while figures.kills < kills:
                case = _credentials(folder / f"case-{number}", number, state, provider.url)
                _until_settled(case, key, homes.alice, kills, chance, figures)
                number += 1
    finally:
        homes.remove()
    figures.twice = sum(token.revocations - 1 for token in state.tokens.values() if token.revocations > 1)
    return figures


def _credentials(folder: Path, number: int, state: ProviderState, url: str) -> Case:
    issuers = [name for name in ISSUERS if name in PROVIDERS]
    folder.mkdir()
    references = []
    for index in range(TOKENS):
        issuer = issuers[index % len(issuers)]
        value = ISSUERS[issuer](number * TOKENS + index)
        (folder / str(index)).write_text(value)
        with state:
            state.tokens[hashlib.sha256(value.encode()).hexdigest()] = Token("drill", index, "api", issuer=issuer)
        references.append(SecretRef(f"file:{folder / str(index)}"))
    bases = {"github": url, "gitlab": url, "huggingface": url, "slack": f"{url}/api"}
    settings = {
        "responder": "carol",
        "providers": {name: {"base": base, "propagation_s": 0.5} for name, base in bases.items()},
    }
    return Case.create(folder / "case", references, settings=settings, approvers=[folder.parent / "alice.asc"])


def _until_settled(case: Case, key: str, home: Path, kills: int, chance: Random, figures: Figures) -> None:
    """Kill it until it comes to its end by itself; once no kill is left it runs undisturbed, and every action must have an end."""
    rounds = 0
    while rounds < 8:
        case.plan_revocation()
        plan = case.plan("revoke")
        if not any(one.body["plan"] == plan.digest for one in case.journal.records(Kind.APPROVAL)):
            case.approve("revoke", key, home)
        left = figures.kills < kills
        struck = killed(
            lambda: (Case.open(case.folder).carry_out("revoke", 4), Case.open(case.folder).confirm()),
            chance.uniform(0.05, 1.5) if left else 300,
        )
        figures.kills += struck is True
        figures.broken += not whole(case)
        if struck is False:
            break
        rounds += struck is None  # faults of the provider may need another run
    announced = {one.body["action"] for one in case.journal.records(Kind.INTENT)}
    figures.actions += len(announced)
    figures.lost += sum(action not in case.ledger.outcomes for action in announced)
    figures.lost += sum(one.id not in case.ledger.outcomes for one in case.plan("revoke").actions)


# Signing many files anew


def resign(folder: Path, kills: int, chance: Random) -> Figures:
    """A release of many files; a fresh one as soon as all of it is signed."""
    figures, number = Figures("bulk re-sign"), 0
    while figures.kills < kills:
        with ExitStack() as stack:

            def owner() -> Owner:
                home = stack.enter_context(throwaway_home())
                return Owner(home, fresh_key(home, "Releases (bench) <releases@example.test>"))

            place = folder / f"release-{number}"
            place.mkdir()
            release = signed_release(place, owner, stack.enter_context(throwaway_home()), FILES)
            _until_signed(release, kills, chance, figures)
        number += 1
    return figures


def _until_signed(release: SignedRelease, kills: int, chance: Random, figures: Figures) -> None:
    case, name = release.case, release.plan.name
    for _ in range(10_000):
        left = figures.kills < kills
        struck = killed(lambda: Case.open(case.folder).carry_out(name), chance.uniform(0.2, 2.5) if left else 600)
        figures.kills += struck is True
        figures.broken += not whole(case)
        if struck is False:
            break
    resigned = Counter(str(one.body["path"]) for one in case.journal.records(Kind.RESIGNED))
    certificate = case.journal.records(Kind.KEY_GENERATED)[-1].body["certificate"]
    good = sum(len(one) == 1 and one[0].good for one in verify_many([certificate], release.pairs))
    kept = sum(release.kept(name).read_bytes() == before for name, before in release.before.items())
    figures.actions += len(release.plan.actions)
    figures.twice += sum(count - 1 for count in resigned.values())
    figures.twice += len({one.body["primary"] for one in case.journal.records(Kind.KEY_GENERATED)}) - 1
    figures.lost += 2 * FILES - good - kept + len(release.before.keys() - resigned.keys())


# Cutting the power


def power_cuts(folder: Path, kills: int, chance: Random) -> Figures:
    """The write-ahead log cut at chance, and at each boundary of a frame: every commit before the cut is there, and it goes on."""
    figures = Figures("power cut (write-ahead log cut off)")
    path, log = folder / "journal.sqlite", folder / "journal.sqlite-wal"
    journal = Journal.create(path)
    keeper = sqlite3.connect(path)
    keeper.execute("SELECT count(*) FROM journal").fetchone()
    if not log.exists():
        print("power cuts: not measured, this folder is on a disk where no write-ahead log is kept", file=sys.stderr)
        return figures
    lengths = []
    for number in range(40):
        journal.append(Kind.NOTE, {"section": "summary", "text": f"{number} " + "x" * chance.randrange(6000)}, "bench")
        lengths.append(log.stat().st_size)
    database, written = path.read_bytes(), log.read_bytes()
    for number in range(kills):
        cut = (
            chance.randrange(len(written) + 1) if number % 3 else 32 + 4120 * chance.randrange(len(written) // 4120 + 1)
        )
        place = folder / "cut"
        place.mkdir()
        (place / path.name).write_bytes(database)
        (place / log.name).write_bytes(written[:cut])
        after = Journal(place / path.name)
        committed, found = sum(length <= cut for length in lengths), len(after.records())
        after.append(Kind.NOTE, {"section": "summary", "text": "after the cut"}, "bench")
        figures.kills += 1
        figures.actions += committed
        figures.lost += max(0, committed - found)
        figures.broken += after.broken_link() is not None
        after.close()
        shutil.rmtree(place)
    keeper.close()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description="kills and power cuts: what is done twice, what is lost")
    parser.add_argument("--kills", type=int, default=500, help="in all; two fifths over each of carry-out and re-sign")
    parser.add_argument("--quick", action="store_true", help="few kills, to see that it runs")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    kills = 15 if given.quick else given.kills
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
    chance, began = Random(given.seed), time.monotonic()  # noqa: S311
    share = max(1, kills * 2 // 5)
    print("| what | kills | actions | done twice | lost | chain |\n|---|---|---|---|---|---|")
    rows = []
    for run, count in ((carry_out, share), (resign, share), (power_cuts, kills - 2 * share)):
        with tempfile.TemporaryDirectory(prefix="irkit-kills-") as name:
            rows.append(run(Path(name), count, chance))
        print(rows[-1].row(), flush=True)
    total = Figures(
        "all",
        *(sum(values) for values in zip(*((r.kills, r.actions, r.twice, r.lost, r.broken) for r in rows), strict=True)),
    )
    print(total.row())
    print(f"\n{time.monotonic() - began:.0f} s, seed {given.seed}, {os.cpu_count()} cores")
    sys.exit(0 if total.right else 1)


if __name__ == "__main__":
    main()
