"""Detached signatures of the past, many at once: the agent signs, and the date is what the signer says it is. That is the point."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from irkit.openpgp.agent import Agent, keygrip
from irkit.openpgp.armor import armored
from irkit.openpgp.detached import EDDSA, Draft


def sign_dated(home: Path, key: str, paths: Iterable[Path], at: datetime) -> None:
    """An armored signature beside each path, as NAME.asc, by an Ed25519 key, dated `at`."""
    agent = Agent(home, keygrip(home, key))
    try:
        for path in paths:
            draft = Draft(key, EDDSA, "sha512", int(at.timestamp()))
            digest = draft.digest(hashlib.sha512(path.read_bytes()))
            agent.ask("sha512", digest)
            Path(f"{path}.asc").write_bytes(armored(draft.packet(digest, agent.answer())))
    finally:
        agent.close()
