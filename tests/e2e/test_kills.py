"""Killed two hundred times at any moment, on many credentials at once: no provider carries out one revocation twice."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from irkit.case import Case
from irkit.drill.bulk import ISSUERS
from irkit.drill.homes import Homes, generate, gpg
from irkit.drill.provider import FakeProvider, ProviderState
from irkit.drill.provider.state import Token
from irkit.errors import IrkitError, Waiting
from irkit.model import Kind, SecretRef
from irkit.providers import PROVIDERS

KILLS = 200
TOKENS = 24
FAULTS = ["500-then-done=5%", "timeout-after-mutation=1%", "429=2%"]


def _run(folder: Path) -> None:
    """What one `irkit carry-out` does; it is killed somewhere in it."""
    os.setsid()
    case = Case.open(folder)
    try:
        with suppress(Waiting):  # what is left is for people, who do nothing here: the next case begins then
            case.carry_out("revoke", 4)
        case.confirm()
    except IrkitError:
        os._exit(1)
    os._exit(0)


def _opened(folder: Path, number: int, state: ProviderState, url: str, homes: Homes, key: str) -> Case:
    issuers = [name for name in ISSUERS if name in PROVIDERS]
    references = []
    folder.mkdir()
    for index in range(TOKENS):
        issuer = issuers[index % len(issuers)]
        value = ISSUERS[issuer](number * TOKENS + index)
        (folder / str(index)).write_text(value)
        with state:
            state.tokens[hashlib.sha256(value.encode()).hexdigest()] = Token("drill", index, "api", issuer=issuer)
        references.append(SecretRef(f"file:{folder / str(index)}"))
    bases = {"github": url, "gitlab": url, "huggingface": url, "slack": f"{url}/api"}
    (folder / "alice.asc").write_bytes(gpg(homes.alice, "--armor", "--export", key))
    settings = {
        "responder": "carol",
        "providers": {name: {"base": base, "propagation_s": 0.5} for name, base in bases.items()},
    }
    return Case.create(folder / "case", references, settings=settings, approvers=[folder / "alice.asc"])


@pytest.mark.slow
def test_two_hundred_kills_and_never_two_mutations_for_one_action(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setattr("irkit.network.Door.__init__.__defaults__", (2,))
    chance, context = Random(200), multiprocessing.get_context("fork")  # noqa: S311
    homes, state = Homes.make(), ProviderState(seed=200)
    kills = cases = 0
    try:
        key = generate(homes.alice, "Alice (drill) <alice@larkspur.example>", datetime.now(UTC))
        with FakeProvider(state, faults=FAULTS) as provider:
            while kills < KILLS:
                case = _opened(tmp_path / f"case-{cases}", cases, state, provider.url, homes, key)
                cases += 1
                ended = False
                while not ended and kills < KILLS:
                    case.plan_revocation()
                    if not any(
                        one.body["plan"] == case.plan("revoke").digest for one in case.journal.records(Kind.APPROVAL)
                    ):
                        case.approve("revoke", key, homes.alice)
                    process = context.Process(target=_run, args=(case.folder,))
                    process.start()
                    process.join(
                        chance.uniform(0.05, 2.0)
                    )  # where the kill strikes is chance; nothing is asserted of it
                    if process.is_alive():
                        os.kill(process.pid, signal.SIGKILL)
                        process.join()
                        kills += 1
                    else:
                        ended = process.exitcode == 0
                    assert case.journal.broken_link() is None
                _check(case, state)
    finally:
        homes.remove()
    carried_out = Counter(token.revocations for token in state.tokens.values())
    assert set(carried_out) <= {0, 1}, carried_out  # as the provider counted, one by one or in one request for many
    assert carried_out[1] >= TOKENS


def _check(case: Case, state: ProviderState) -> None:
    """Whatever is called dead is dead at the provider, and every announced action is accounted for or still open."""
    for record in case.journal.records(Kind.VERDICT):
        if record.body["verdict"] == "dead":
            (token,) = [one for one in case.credentials if one.name == record.body["credential"]]
            known = state.token(case.resolve(token.ref).text())
            assert known is not None
            assert known.revoked is not None
    for record in case.journal.records(Kind.INTENT):
        action = record.body["action"]
        assert case.ledger.settled(action) or case.ledger.begun(action) or action in case.ledger.outcomes
