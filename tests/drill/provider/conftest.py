"""A fake provider with one token and two access keys, all made here and now."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from irkit.drill.credentials import aws_pair, github_token
from irkit.drill.provider import FakeProvider, ProviderState
from irkit.drill.provider.state import AccessKey, Token

ACCOUNT = "111122223333"


@dataclass(frozen=True, repr=False)
class Issued:
    token: str
    leaked: tuple[str, str]
    responder: tuple[str, str]
    state: Path


@pytest.fixture
def issued(tmp_path: Path) -> Issued:
    made = Issued(github_token(), aws_pair(ACCOUNT), aws_pair(ACCOUNT), tmp_path / "provider.json")
    state = ProviderState(ACCOUNT, path=made.state)
    state.tokens[hashlib.sha256(made.token.encode()).hexdigest()] = Token("robot", 7, "repo, workflow")
    for name, pair, user in (("leaked", made.leaked, "backup"), ("responder", made.responder, "ir")):
        (tmp_path / name).write_text(":".join(pair) + "\n")
        state.keys[pair[0]] = AccessKey(user, "2026-01-01T00:00:00Z", secret=f"file:{tmp_path / name}")
    state.save()
    return made


@pytest.fixture
def serve(issued: Issued) -> Iterator[Callable[..., FakeProvider]]:
    running: list[FakeProvider] = []

    def start(*faults: str) -> FakeProvider:
        provider = FakeProvider(issued.state, faults=faults).start()
        running.append(provider)
        return provider

    yield start
    for provider in running:
        provider.stop()
