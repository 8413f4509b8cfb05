"""The kernels of a run: each a process and a folder of its own, the next one started while this one works.

Nothing is forked: a kernel that waits has nothing of another. It imports what notebooks use before it is asked anything, and reads the
case anew just before its first cell (`irkit.case.in_kernel`). A kernel whose notebook is done is asked to end and ends while the run
goes on: what it kept in its folder is gone before the next notebook begins, its process before the run returns. The folders of a run lie
in one, so that a run which is killed leaves one folder behind, however many kernels it had.

A run that was asked to has one kernel for all of its notebooks: what one leaves in memory, the next finds. It is guarded as any other,
and hides what the case has come to hide before each cell.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty
from threading import Thread
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync

from irkit.errors import StepFailed
from irkit.guard import kernelspec


@dataclass(frozen=True)
class Kernel:
    """A running kernel's folder and its manager. `waited`: it was started before its notebook's turn came."""

    place: Path
    manager: Any
    waited: bool = False


class PromptClient(AsyncKernelClient):
    """The library's client, but for the 0.2 s that it listens on once a kernel answered: nbclient leaves out what is no answer to it."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """RuntimeError when the kernel died, or did not answer within `timeout` seconds."""
        until = time.monotonic() + (timeout or float("inf"))
        while True:
            self.kernel_info()
            with suppress(Empty):
                reply = await self.shell_channel.get_msg(timeout=1)
                if reply["msg_type"] == "kernel_info_reply":
                    await self.iopub_channel.get_msg(timeout=0.2)  # or what it shows would not reach us yet
                    self._handle_kernel_info_reply(reply)
                    return
            if not await self._async_is_alive():
                raise RuntimeError("the kernel died before it answered")
            if time.monotonic() > until:
                raise RuntimeError(f"the kernel did not answer within {timeout} s")


def _manager(place: Path) -> Any:
    """Of a kernel `irkit` that is still to be started, with its kernelspec and its sockets in `place`."""
    kernelspec.write(place)
    specs = KernelSpecManager(kernel_dirs=[str(place / "kernels")], ensure_native_kernel=False)
    where = str(place / "k.json")
    # Sockets in a private folder rather than TCP ports that every local process may connect to.
    ipc = len(os.fsencode(f"{where}-ipc-12345")) <= kernelspec.SOCKET_PATH
    named = {"transport": "ipc", "ip": f"{where}-ipc"} if ipc else {}
    manager = AsyncKernelManager(
        kernel_name=kernelspec.NAME,
        kernel_spec_manager=specs,
        connection_file=where,
        client_factory=PromptClient,
        **named,
    )
    # ipykernel 7 now and then waits 10 s for its own closed thread while it ends; half of this later it is told to terminate.
    manager.shutdown_wait_time = 2.0
    return manager


class Kernels:
    """The kernels of one run, all in one working folder and environment. At most one waits, and it ends with the run.

    `shared`: one for all notebooks, which ends with the run.
    """

    def __init__(self, root: Path, cwd: Path, env: Mapping[str, str], *, shared: bool = False) -> None:
        self._root, self._cwd, self.shared = root, cwd, shared
        self._env = {**env, **({kernelspec.SHARED: "1"} if shared else {})}
        self._count = 0
        self._next: Kernel | None = None
        self._kept: Kernel | None = None
        self._instead: dict[Path, Kernel] = {}
        self._ending: list[Thread] = []

    def start_next(self) -> None:
        """Start a kernel that waits for its notebook, unless one does. What keeps it from starting is said by the one that is needed."""
        if self._next is None and self._kept is None:
            with suppress(Exception):
                self._next = self._started(self._folder(), waits=True)

    @contextmanager
    def one(self) -> Iterator[Kernel]:
        """A kernel whose process was started: the one that waits, if it lives. What it kept goes with the block, itself soon after.

        The one of them all stays. StepFailed when it has died since.
        """
        kernel = self._of_them_all() or self._fresh()
        self._kept = kernel if self.shared else None
        try:
            yield kernel
        finally:
            kernel = self._instead.pop(kernel.place, kernel)
            if self.shared:
                self._kept = replace(kernel, waited=False)  # from now on nothing can take its place
            else:
                self._let_end(kernel)

    def _fresh(self) -> Kernel:
        kernel, self._next = self._next, None
        if kernel is None:
            return self._started(self._folder())
        return kernel if run_sync(kernel.manager.is_alive)() else self.instead_of(kernel)

    def _of_them_all(self) -> Kernel | None:
        if self._kept is not None and not run_sync(self._kept.manager.is_alive)():
            raise StepFailed(
                "the kernel that the notebooks share has died", why="what the earlier ones left in its memory is gone",
                do="run the playbook again, with --from the step that made it",
            )  # fmt: skip
        return self._kept

    def instead_of(self, dead: Kernel) -> Kernel:
        """A fresh kernel where another one was."""
        _end(dead)
        self._instead[dead.place] = fresh = self._started(dead.place)
        return fresh

    def close(self) -> None:
        """End the kernel that waits, at once: it has done nothing. Those whose notebooks are done are waited for."""
        kernel, self._next = self._next, None
        kept, self._kept = self._kept, None
        try:
            if kernel is not None:
                _end(kernel)
        finally:
            if kept is not None:
                self._let_end(kept)
            for one in self._ending:
                one.join()

    def _let_end(self, kernel: Kernel) -> None:
        """Ask it to end. What it kept in its places goes now, so that no later notebook finds it."""
        kernelspec.take_away_places(kernel.place)
        one = Thread(target=_ended, args=(kernel,), name="end of a kernel")
        one.start()
        self._ending.append(one)

    def _started(self, place: Path, *, waits: bool = False) -> Kernel:
        place.mkdir(mode=0o700, exist_ok=True)
        kernel = Kernel(place, _manager(place), waits)
        env = {**os.environ, **self._env} | ({kernelspec.WAITS: "1"} if waits else {})
        try:
            run_sync(kernel.manager.start_kernel)(env=env, cwd=str(self._cwd))
        except BaseException:
            _end(kernel)
            raise
        return kernel

    def _folder(self) -> Path:
        self._count += 1
        return self._root / str(self._count)


@contextmanager
def kernels(cwd: Path, env: Mapping[str, str], *, shared: bool = False) -> Iterator[Kernels]:
    """The kernels of one run, of one notebook or of several. `env` is laid over this process's environment."""
    with kernelspec.private_folder() as root:
        made = Kernels(root, cwd, env, shared=shared)
        try:
            yield made
        finally:
            made.close()


def _end(kernel: Kernel) -> None:
    """End its process at once, and take its folder away."""
    if kernel.manager.has_kernel:
        with suppress(Exception):  # it may die of itself meanwhile
            run_sync(kernel.manager.shutdown_kernel)(now=True)
    kernelspec.take_away(kernel.place)


def _ended(kernel: Kernel) -> None:
    """The same, once it has ended as it was asked to. For a thread of its own."""
    if kernel.manager.has_kernel:
        with suppress(Exception):
            asyncio.run(kernel.manager.shutdown_kernel())
    kernelspec.take_away(kernel.place)
