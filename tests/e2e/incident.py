"""A whole incident on the drill's world, for tests: `irkit run` as a process of its own, the two test approvers, the fake provider."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from irkit.case import Case
from irkit.drill.provider import FakeProvider
from irkit.drill.run import approve_what_waits, do_by_hand, open_case, parameters
from irkit.drill.world import World, build


@dataclass
class Incident:
    """The case, its world, and the provider that counts what reaches it."""

    world: World
    case: Case
    provider: FakeProvider
    env: dict[str, str]

    def start(self, playbook: str = "token-and-key") -> subprocess.Popen[str]:
        """`irkit run`, in a session of its own."""
        given = [text for name, value in parameters(self.world).items() for text in ("-p", f"{name}={value}")]
        command = [sys.executable, "-m", "irkit", "run", playbook, str(self.case.folder), *given]
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.env, start_new_session=True
        )

    def run(self, playbook: str = "token-and-key") -> tuple[int, str, str]:
        process = self.start(playbook)
        out, err = process.communicate(timeout=300)
        return process.returncode, out, err

    def approve(self) -> list[str]:
        """What people do at a gate: sign what waits for them, and say of tasks by hand that they are done."""
        return [*approve_what_waits(self.case, self.world), *do_by_hand(self.case)]

    def run_to_the_end(self, most: int = 8) -> tuple[int, str, str]:
        """Run again after every gate; the last exit code, output and messages."""
        for _ in range(most):
            code, out, err = self.run()
            if code != 3 or not self.approve():
                return code, out, err
        raise AssertionError("more gates than expected")


@contextmanager
def incident(
    folder: Path, *, faults: Iterable[str] = (), seed: int = 1, propagation_s: float = 2.0
) -> Iterator[Incident]:
    world = build(folder / "world", seed=seed, now=datetime.now(UTC))
    env = os.environ | {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
    try:
        with FakeProvider(world.provider_state, faults=faults) as provider:
            case = open_case(world, folder / "case", provider.url, propagation_s=propagation_s)
            yield Incident(world, case, provider, env)
    finally:
        world.cleanup()
