"""A process that carries a plan out and is killed on the way: `python -m tests.e2e.struck CASE PLAN EVENT DELAY`.

It dies at its EVENT-th step that touches the world outside it (a program started, a file opened for writing, renamed, linked or
removed, a record journalled), DELAY seconds after it. The kill is SIGKILL to its process group: programs at work die with it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import Any

from irkit.case import Case
from irkit.case.journal import Journal

TOUCHING = ("subprocess.Popen", "os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Fate:
    """Counts the steps, and strikes at one of them."""

    def __init__(self, event: int, delay_s: float) -> None:
        self.left, self.delay_s = event, delay_s

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if event in TOUCHING or (event == "open" and isinstance(args[2], int) and args[2] & _WRITING):
            self.step()

    def step(self) -> None:
        self.left -= 1
        if self.left == 0 and self.delay_s:
            threading.Thread(target=self._strike, daemon=True).start()
        elif self.left == 0:
            self._strike()

    def _strike(self) -> None:
        time.sleep(self.delay_s)
        os.killpg(0, signal.SIGKILL)


def main(case: str, plan: str, event: str, delay: str) -> None:
    desk = Case.open(case)
    fate, append = Fate(int(event), float(delay)), Journal.append_many

    def journalled(*given: Any) -> Any:
        fate.step()
        made = append(*given)
        fate.step()
        return made

    Journal.append_many = journalled  # type: ignore[method-assign]
    sys.addaudithook(fate)
    desk.carry_out(plan)


if __name__ == "__main__":
    main(*sys.argv[1:])
