"""A responder at the command line: `irkit` as a process of its own, approvers with keys of their own, and what people say they did."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli_w

from benchmarks.killing.striking import kill_tree
from irkit import openpgp
from irkit.case import Case
from irkit.case.waiting import hand_tasks
from irkit.model import Kind
from irkit.sources.scanner import program
from tests.servers.gateway import Gateway

Said = tuple[int, str, str]
"""Exit code, standard output, standard error."""


@dataclass
class Responder:
    """Works on one case. `people` are those who may approve, by name; `said` is all that irkit printed."""

    folder: Path
    env: dict[str, str] = field(repr=False)
    people: dict[str, tuple[Path, str]]
    playbook: tuple[str, ...] = ()
    said: list[str] = field(default_factory=list, repr=False)

    @classmethod
    def at(cls, room: Path, make_home: Callable[[], Path], secrets: Mapping[str, str], *people: str) -> Responder:
        own = {"XDG_STATE_HOME": str(room / "state"), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        homes = {one: make_home() for one in people}
        keys = {one: openpgp.generate(home, f"{one} <{one.lower()}@shop.example>") for one, home in homes.items()}
        return cls(
            room / "case", os.environ | own | secrets, {one: (home, keys[one].primary) for one, home in homes.items()}
        )

    @property
    def case(self) -> Case:
        return Case.open(self.folder)

    def irkit(self, *arguments: object) -> Said:
        command = [sys.executable, "-m", "irkit", *map(str, arguments)]
        ran = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=300, check=False)
        self.said += [ran.stdout, ran.stderr]
        return ran.returncode, ran.stdout, ran.stderr

    def new(self, *arguments: object) -> Said:
        approvers: list[object] = []
        for who, (home, key) in self.people.items():
            file = self.folder.parent / f"{who}.asc"
            file.write_text(openpgp.export_public(home, key))
            approvers += ["--approver", file]
        return self.irkit("new", self.folder, *arguments, *approvers)

    def tell(self, **settings: Any) -> None:
        """What a responder writes into case.toml."""
        path = self.folder / "case.toml"
        path.write_text(tomli_w.dumps(tomllib.loads(path.read_text()) | settings))

    def run(self) -> Said:
        return self.irkit("run", *self.playbook)

    def run_and_be_killed(self, log: Gateway, operation: str) -> None:
        """SIGKILL to irkit and all below it, once a server has done that and before anybody hears so."""
        command = [sys.executable, "-m", "irkit", "run", *self.playbook]
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command, env=self.env, stdout=quiet, stderr=quiet, text=True)
        log.when_done[operation] = lambda: kill_tree(process)
        assert process.wait(300) == -9

    def approve(self, who: str) -> Said:
        home, key = self.people[who]
        return self.irkit("approve", self.folder, "revoke", "--key", key, "--home", home)

    def done(self, message: str) -> None:
        """Say that it was done, as the message asks for."""
        asked = re.search(r"irkit done CASE (\S+)", message)
        assert asked, message
        code, _, err = self.irkit("done", self.folder, asked[1], "--text", "done, and seen")
        assert code == 0, err

    def do_by_hand(self) -> list[tuple[str, str]]:
        """All tasks of the plan that wait for a person; verb and credential of each."""
        waiting = hand_tasks(self.case.plan("revoke"), self.case.ledger)
        for one in waiting:
            self.case.hand_done(one.id, "done, and seen")
        return [(one.verb, one.target) for one in waiting]

    def verdicts(self) -> dict[str, tuple[str, str]]:
        """The last one of each credential, with its reason."""
        found = self.case.journal.records(Kind.VERDICT)
        return {one.body["credential"]: (one.body["verdict"], one.body["why"]) for one in found}

    def written_where(self, *values: str) -> list[str]:
        """Files of the case, and outputs, that hold one of these values."""
        sought = [value.encode() for value in values]
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        texts = [("output", one.encode()) for one in self.said] + [(str(path), path.read_bytes()) for path in files]
        return [name for name, text in texts if any(one in text for one in sought)]


def scanned(repository: Path, report: Path) -> Path:
    """A report of kingfisher's own, on a repository with all its history, written as its user would."""
    command = [
        program(),
        "scan",
        ".",
        "--no-validate",
        "--no-update-check",
        "--format",
        "json",
        "--output",
        str(report),
    ]
    assert subprocess.run(command, cwd=repository, capture_output=True, check=False).returncode == 200
    return report
