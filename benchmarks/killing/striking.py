"""How a process is killed: all that it started with it, itself alone, or its kernel alone."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from random import Random
from threading import Thread

import psutil

from irkit.errors import IrkitError
from tests.e2e.struck import agents

WAYS = ("all of it", "all of it", "all of it", "irkit alone", "its kernel alone")
"""The first: irkit, its kernel, git, gpg and the agents of the homes in one moment. After the second the kernel finds itself alone."""

_STEP = re.compile(r"\[\d+/\d+\] ([a-z-]+): (?!done before)")
_CELL = re.compile(r" +(\d+)/(\d+) ")
_FORK = multiprocessing.get_context("fork")


def killed(act: Callable[[], object], after_s: float) -> bool | None:
    """True when it was killed, False when it ended well before, None when it ended waiting or with something not settled."""
    process = _FORK.Process(target=_child, args=(act,))
    process.start()
    process.join(after_s)
    if process.is_alive() and process.pid:
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        return True
    return False if process.exitcode == 0 else None


def _child(act: Callable[[], object]) -> None:
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    try:
        act()
    except IrkitError:
        os._exit(1)
    os._exit(0)


def kill_tree(
    process: subprocess.Popen[str], way: str = "all of it", homes: Iterable[Path] = ()
) -> list[psutil.Process]:
    """SIGKILL; and what was below it, of which some may live on."""
    with suppress(psutil.NoSuchProcess):
        below = psutil.Process(process.pid).children(recursive=True)
        kernels = [one for one in below if _is_kernel(one)]
        chosen = {"irkit alone": [], "its kernel alone": kernels}.get(way, below)
        if way != "its kernel alone" or not kernels:
            process.kill()
        for one in chosen:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        if way == "all of it":
            for agent in (agent for home in homes for agent in agents(str(home))):
                with suppress(ProcessLookupError):
                    os.kill(agent, signal.SIGKILL)
        return below
    return []


def _is_kernel(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
        return "ipykernel_launcher" in process.cmdline()
    return False


@dataclass
class Blows:
    """How many kills are left for each step of a playbook; where in it one strikes is chance."""

    left: dict[str, int]
    chance: Random
    homes: tuple[Path, ...] = ()
    ways: tuple[str, ...] = WAYS
    strays: list[psutil.Process] = field(default_factory=list)
    struck: list[str] = field(default_factory=list)

    def over(self, process: subprocess.Popen[str]) -> tuple[str, int | None, str]:
        """Strike a run of `irkit run` that tells its steps on stderr: which way, or ""; its exit code; its last line."""
        lines: Queue[str | None] = Queue()
        Thread(target=_read, args=(process, lines), daemon=True).start()
        step, target, last = "", 0, ""
        early = any(self.left.values()) and self.chance.random() < 0.08
        at = time.monotonic() + self.chance.uniform(0.05, 1.5) if early else None
        while True:
            try:
                line = lines.get(timeout=max(0.0, at - time.monotonic()) if at else 600)
            except Empty:
                if at is None:
                    kill_tree(process)
                    return "", None, f"it did not end in ten minutes; last: {last}"
                return self._strike(process, step or "start"), process.wait(), last
            if line is None:
                return "", process.wait(), last
            last = line.strip() or last
            if found := _STEP.match(line):
                step, target = found[1], 0
                at = at if early else None  # a blow falls in the step that it was meant for, or in none
            if (found := _CELL.match(line)) and self.left.get(step, 0) > 0 and at is None:
                cell, cells = int(found[1]), int(found[2])
                target = target or self.chance.randint(1, cells)
                if cell == target:
                    at = time.monotonic() + self.chance.uniform(0.0, self.chance.choice((0.3, 2.0, 9.0)))

    def _strike(self, process: subprocess.Popen[str], step: str) -> str:
        way = self.chance.choice(self.ways)
        self.strays += kill_tree(process, way, self.homes)
        if self.left.get(step, 0) > 0:
            self.left[step] -= 1
        else:
            self.left[max(self.left, key=self.left.__getitem__)] -= 1
        self.struck.append(f"{step}, {way}")
        return way

    def end_strays(self) -> int:
        """End what outlived its irkit; how many there were."""
        lived = 0
        for one in self.strays:
            with suppress(psutil.NoSuchProcess):
                if one.is_running() and _is_kernel(one):
                    one.kill()
                    lived += 1
        return lived


def _read(process: subprocess.Popen[str], lines: Queue[str | None]) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        lines.put(line)
    lines.put(None)
