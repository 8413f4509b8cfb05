"""A world with a case, in folders of their own for everything that programs write to, and irkit run on it as somebody outside would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from irkit import playbook as books
from irkit.case import Case
from irkit.drill import run as drill
from irkit.drill.provider import FakeProvider
from irkit.drill.signing import run as signing
from irkit.drill.signing.world import build_signing
from irkit.drill.world import World, build
from irkit.openpgp import secret_material
from tests.canary.searching import Hit, Wanted, in_bytes, private_key, search, token
from tests.canary.settings import Settings
from tests.canary.watching import Seen, processes

PLAYBOOKS = ("api-token", "signing-key", "token-and-key")
"""Of the library those that together run every cell of every notebook: the others run the same notebooks with other values."""
FAULTS = ("429=2", "500-then-done=1", "delayed-death=2")
_LIVES_HERE = ("vault", "repository", "backup", "copies")
"""Where the drill's world keeps the secrets, or where they leaked."""


@dataclass
class Stage:
    """`folder` has `world/` and a folder of its own for each run: `case`, `home`, `tmp`, `logs`, `kept`.

    `gate` is what people do when a run waits for them; it tells what, and "" when nothing waits.
    """

    folder: Path
    world: World
    make_case: Callable[[Path], Case]
    given: dict[str, str]
    gate: Callable[[Case], str]
    wanted: list[Wanted] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    seen: Seen = field(default_factory=Seen)

    def __post_init__(self) -> None:
        vault = self.folder / "world" / "vault"
        armored, text = (vault / "release-key.asc").read_bytes(), (vault / "github-token").read_bytes().strip()
        self.wanted = [private_key("release key", armored, secret_material(armored)), token("token", text)]
        self.values = {"key": str(vault / "release-key.asc"), "token": str(vault / "github-token")}

    def run(self, name: str) -> Run:
        """A fresh case, and fresh folders for all that is written."""
        place = self.folder / name
        for each in ("home/data", "tmp", "logs", "kept"):
            (place / each).mkdir(parents=True, mode=0o700)
        case = self.make_case(place / "case")
        known = {str(one.ref).removeprefix("file:") for one in case.credentials}
        return Run(self, place, case, {name: path for name, path in self.values.items() if path in known})


@dataclass(frozen=True)
class Run:
    """One case and what is done with it. `values`: files that hold the secrets of the case, which cells try to say."""

    stage: Stage
    folder: Path
    case: Case
    values: dict[str, str]

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def wanted(self) -> list[Wanted]:
        return [
            one
            for one in self.stage.wanted
            if one.name in self.values or (one.name == "release key" and "key" in self.values)
        ]

    def env(self, settings: Settings) -> dict[str, str]:
        """For a program started from outside."""
        keep = {name: value for name, value in os.environ.items() if name not in ("PYTEST_CURRENT_TEST", "IRKIT_DEBUG")}
        places = {"HOME": "home", "TMPDIR": "tmp", "XDG_DATA_HOME": "home/data", "XDG_RUNTIME_DIR": "tmp"}
        told = settings.write(self.folder / "settings.json")
        return {**keep, **{name: str(self.folder / place) for name, place in places.items()}, **told}

    def settings(self, **changes: object) -> Settings:
        return replace(Settings(self.values, str(self.folder / "kept")), **changes)  # type: ignore[arg-type]

    def irkit(self, playbook: str, **changes: object) -> int:
        """`irkit run`, in a process of its own; what it prints goes to `logs/run.log`. Its exit code."""
        given = self.stage.given if playbook in PLAYBOOKS else {}
        options = [text for name, value in given.items() for text in ("-p", f"{name}={value}")]
        command = [sys.executable, "-m", "tests.canary.outside", "run", playbook, str(self.case.folder), *options]
        env = self.env(self.settings(**changes))
        with (self.logs / "run.log").open("ab") as log:
            return subprocess.run(command, env=env, stdout=log, stderr=log, check=False).returncode

    def search(self) -> tuple[list[Hit], int]:
        """In every file, and in every argument list and environment that was seen; where, and how many files were read."""
        world = self.stage.folder / "world"
        tops = [self.folder, *(one for one in world.iterdir() if one.is_dir() and one.name not in _LIVES_HERE)]
        hits, count = search(tops, self.wanted, lambda _path: False)
        seen = self.stage.seen
        for what, texts in (("arguments", tuple(seen.arguments)), ("environment", tuple(seen.environments))):
            hits += [Hit(f"{what} of a process", *one) for text in texts for one in in_bytes(text, self.wanted)]
        return hits, count


@contextmanager
def stage(playbook: str) -> Iterator[Stage]:
    """The drill's world for this playbook, its fake provider with faults, and nothing of the user's own."""
    folder = Path(tempfile.mkdtemp(prefix="irk-c-", dir="/tmp"))
    try:
        with ExitStack() as stack:
            stack.enter_context(drill.without_proxies())
            made = _signing(folder, stack) if playbook == "signing-key" else _tokens(folder, playbook, stack)
            made.seen = stack.enter_context(processes())
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _tokens(folder: Path, playbook: str, stack: ExitStack) -> Stage:
    world = build(folder / "world", seed=1, now=datetime.now(UTC))
    stack.callback(world.cleanup)
    provider = stack.enter_context(FakeProvider(world.provider_state, faults=FAULTS))
    known = books.read_playbook(books.find_playbook(playbook)).parameters
    given = {name: value for name, value in drill.parameters(world).items() if name in known}

    def gate(case: Case) -> str:
        return ", ".join((*drill.approve_what_waits(case, world), *drill.do_by_hand(case)))

    def make_case(place: Path) -> Case:
        return drill.open_case(world, place, provider.url, propagation_s=1.0)

    return Stage(folder, world, make_case, given, gate)


def _signing(folder: Path, stack: ExitStack) -> Stage:
    made = build_signing(folder / "world", seed=1, now=datetime.now(UTC), count=40, tag_count=4)
    stack.callback(made.world.cleanup)

    def gate(case: Case) -> str:
        return signing.pass_gate(case, made)

    return Stage(
        folder, made.world, lambda place: signing.open_signing_case(made, place), signing.parameters(made), gate
    )
