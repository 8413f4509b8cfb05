"""gpg-agent asked directly: the home's own one and further ones give the same; what it refuses is a sentence."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from irkit.errors import StepFailed
from irkit.model import Secret
from irkit.openpgp import generate
from irkit.openpgp.agent import Agent, AgentGone, Refused, escaped, keygrip, unescaped
from irkit.openpgp.detached import numbers
from irkit.openpgp.runner import throwaway_home
from tests.owners import Owner, forget_passphrases

PHRASE = Secret("test-passphrase-not-real 100%25")
DIGEST = hashlib.sha256(b"a release").digest()


@pytest.fixture(scope="module")
def locked() -> Iterator[Owner]:
    with throwaway_home() as home:
        yield Owner(home, generate(home, "Locked <l@example.test>", passphrase=PHRASE))


@pytest.fixture
def agent_of() -> Iterator[Callable[..., Agent]]:
    made: list[Agent] = []

    def make(owner: Owner, passphrase: Secret | None = None, *, own: bool = False) -> Agent:
        made.append(Agent(owner.home, keygrip(owner.home, owner.key.signing), passphrase, own=own))
        return made[-1]

    yield make
    for agent in made:
        agent.close()


@pytest.mark.parametrize("own", [False, True])
def test_many_are_asked_for_before_the_first_is_answered(
    owner: Owner, agent_of: Callable[..., Agent], own: bool
) -> None:
    agent = agent_of(owner, own=own)
    digests = [hashlib.sha512(bytes([number])).digest() for number in range(8)]
    for digest in digests:
        agent.ask("sha512", digest)
    assert agent.ahead == 8
    first = [agent.answer() for _ in digests]
    assert len(set(first)) == 8
    for digest, before in zip(digests, first, strict=True):  # EdDSA gives the same each time: they came in order
        agent.ask("sha512", digest)
        assert numbers(agent.answer(), 22) == numbers(before, 22)


@pytest.mark.parametrize("own", [False, True])
def test_while_a_passphrase_may_be_inquired_for_nothing_is_sent_ahead(
    locked: Owner, agent_of: Callable[..., Agent], own: bool
) -> None:
    forget_passphrases(locked.home)
    agent = agent_of(locked, PHRASE, own=own)
    agent.ask("sha256", DIGEST)
    assert agent.ahead == 1
    assert numbers(agent.answer(), 22)


@pytest.mark.parametrize("given", [None, Secret("wrong-test-phrase")])
def test_without_the_right_passphrase_it_refuses_for_all(
    locked: Owner, agent_of: Callable[..., Agent], given: Secret | None
) -> None:
    forget_passphrases(locked.home)
    agent = agent_of(locked, given, own=True)
    agent.ask("sha256", DIGEST)
    with pytest.raises(Refused) as refused:
        agent.answer()
    assert refused.value.for_all
    assert "wrong-test-phrase" not in str(refused.value)


def test_after_a_refusal_answers_and_questions_still_belong_together(
    owner: Owner, agent_of: Callable[..., Agent]
) -> None:
    agent = agent_of(owner)
    agent.ask("sha256", DIGEST[:5])
    agent.ask("sha256", DIGEST)
    with pytest.raises(Refused):
        agent.answer()
    answered = agent.answer()
    agent.ask("sha256", DIGEST)
    assert agent.answer() == answered


def test_an_agent_that_ended_is_gone_and_may_be_asked_again(owner: Owner, agent_of: Callable[..., Agent]) -> None:
    agent = agent_of(owner)
    agent.ask("sha256", DIGEST)
    agent.answer()
    ask_it = ["gpg-connect-agent", "--homedir", str(owner.home), "GETINFO pid", "/bye"]
    told = subprocess.run(ask_it, capture_output=True, check=True).stdout
    os.kill(int(told.split()[1]), signal.SIGKILL)

    def ask_and_answer() -> bytes:
        agent.ask("sha256", DIGEST)
        return agent.answer()

    with pytest.raises(AgentGone):
        ask_and_answer()
    agent.close()
    assert ask_and_answer()


def test_a_key_that_is_not_there_has_no_keygrip(gpg_home: Path, owner: Owner) -> None:
    with pytest.raises(StepFailed, match="not here"):
        keygrip(gpg_home, owner.key.signing)


@pytest.mark.parametrize("data", [b"", b"plain", b"%", b"%25", b"a\r\nb%0A", bytes(range(256))])
def test_data_lines_are_escaped_and_read_back(data: bytes) -> None:
    assert b"\n" not in escaped(data)
    assert unescaped(escaped(data)) == data
