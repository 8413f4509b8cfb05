"""The drill in JupyterLab: a case, its notebooks with the drill's parameters in them, Lab on it, the keyboard at it (`keyboard.mjs`)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from irkit.case import Case
from irkit.drill import run as drill
from irkit.drill.provider import FakeProvider
from irkit.drill.world import World, build
from irkit.guard.parameters import check
from irkit.lab import prepare
from irkit.playbook import find_notebook, find_playbook, folder, read_playbook
from irkit.playbook.schema import bind, filled
from tests.browser.driver import Served, served
from tests.needs import NODE_MODULES

PLAYBOOK = "token-and-key"


@dataclass(frozen=True)
class Face:
    """A case that nothing was done in yet, and the Lab on it."""

    case: Case
    world: World
    provider: str
    lab: Served

    @property
    def notebooks(self) -> list[str]:
        return [step.notebook for step in read_playbook(find_playbook(PLAYBOOK)).steps]

    @property
    def homes(self) -> list[str]:
        """The gpg homes of the two people who approve."""
        return [str(self.world.homes.alice), str(self.world.homes.bob)]

    def by_keyboard(self, **options: Any) -> dict[str, Any]:
        """Run the notebooks by keyboard, the forms too: see the head of keyboard.mjs for the options and the answer."""
        wanted = {"url": self.lab.url, "notebooks": self.notebooks, "homes": self.homes, **options}
        ran = subprocess.run(
            ["node", str(Path(__file__).with_name("keyboard.mjs")), json.dumps(wanted, default=str)],
            env={
                **os.environ,
                "IRKIT_LAB_TOKEN": self.lab.token,
                "IRKIT_NODE_MODULES": str(NODE_MODULES),
                "IRKIT_TYPED": (self.world.folder / "vault" / "github-token").read_text().strip(),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.stdout, ran.stderr
        answer: dict[str, Any] = json.loads(ran.stdout)
        return answer


@contextmanager
def face(place: Path) -> Iterator[Face]:
    """Everything stands under `place`; Lab's log is `place/lab.log`."""
    world = build(place / "world", seed=1, now=datetime.now(UTC))
    with ExitStack() as stack:
        stack.callback(world.cleanup)
        stack.enter_context(drill.without_proxies())
        provider = stack.enter_context(FakeProvider(world.provider_state))
        case = drill.open_case(world, place / "acme-7", provider.url, propagation_s=1.0)
        book = read_playbook(find_playbook(PLAYBOOK))
        values = bind(book, drill.parameters(world))
        steps = {step.notebook: filled(step, values, case.folder) for step in book.steps}
        given = {name: check(find_notebook(name, Path()), one) for name, one in steps.items()}
        prepare(case.folder, folder("notebooks"), given)
        home = place / "home"
        home.mkdir()
        command = [sys.executable, "-m", "irkit", "lab", str(case.folder), "--no-browser"]
        lab = stack.enter_context(served(command, place, {"HOME": str(home), "TMPDIR": "/tmp"}))
        yield Face(case, world, provider.url, lab)
