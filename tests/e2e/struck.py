"""A process that works on a case and is struck on the way: `python -m tests.e2e.struck CASE BLOW`, the blow as JSON.

Steps are counted that touch the world outside the process: a program started, a file opened for writing, renamed, linked or removed,
a record journalled. Counting begins when an action of one of the verbs `after` is announced.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from irkit.case import Case
from irkit.case.journal import Journal
from irkit.errors import Waiting
from irkit.model import Kind

_TOUCHING = ("subprocess.Popen", "os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@dataclass(frozen=True)
class Blow:
    """Struck `delay_s` after the step `at` (0: never), by SIGKILL or SIGINT to the process group, so that programs at work are hit
    too; "agent": SIGKILL to the gpg-agents of `home`, at every such step again."""

    at: int = 0
    after: Sequence[str] = ()
    by: Literal["kill", "interrupt", "agent"] = "kill"
    delay_s: float = 0
    home: str = ""
    do: Literal["carry_out", "statement"] = "carry_out"

    def text(self) -> str:
        return json.dumps(asdict(self))


class Counting:
    """Counts the steps, and strikes."""

    def __init__(self, blow: Blow) -> None:
        self.blow, self.left, self.begun = blow, blow.at, not blow.after

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if event in _TOUCHING or (event == "open" and isinstance(args[2], int) and args[2] & _WRITING):
            self.step()

    def journalled(self, entries: list[tuple[Kind, Any]]) -> None:
        announced = {body["action"].rpartition("-")[0] for kind, body in entries if kind is Kind.INTENT}
        self.begun = self.begun or not announced.isdisjoint(self.blow.after)
        self.step()

    def step(self) -> None:
        self.left -= self.begun
        if self.left == 0 and self.begun:
            self.left = self.blow.at if self.blow.by == "agent" else 0
            threading.Thread(target=self._strike, daemon=True).start() if self.blow.delay_s else self._strike()

    def _strike(self) -> None:
        time.sleep(self.blow.delay_s)
        if self.blow.by == "agent":
            for agent in agents(self.blow.home):
                os.kill(agent, signal.SIGKILL)
        else:
            os.killpg(0, signal.SIGKILL if self.blow.by == "kill" else signal.SIGINT)


def agents(home: str) -> list[int]:
    """Process ids of the gpg-agents of a home."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (entry / "cmdline").read_bytes().split(b"\0")
            if words[0].endswith(b"gpg-agent") and home.encode() in words:
                found.append(int(entry.name))
    return found


def main(case: str, blow: str) -> int:
    desk = Case.open(case)
    desk.progress = lambda _what, _done, _total: None
    counting, append = Counting(Blow(**json.loads(blow))), Journal.append_many

    def appended(journal: Journal, entries: Any, actor: str) -> Any:
        listed = list(entries)
        counting.journalled(listed)
        made = append(journal, listed, actor)
        counting.step()
        return made

    Journal.append_many = appended  # type: ignore[method-assign]
    if counting.blow.at:
        sys.addaudithook(counting)
    try:
        desk.carry_out("resign") if counting.blow.do == "carry_out" else desk.statement()
    except Waiting:
        return Waiting.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
