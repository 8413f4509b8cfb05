"""The drill's world of a leaked signing key, small, looked at and approved: all that is left is to carry the plan out."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from irkit.case import Case
from irkit.drill.homes import gpg
from irkit.drill.run import approve_what_waits
from irkit.drill.signing.run import open_signing_case, parameters
from irkit.drill.signing.world import SigningWorld, build_signing
from irkit.model import Kind
from irkit.plan import Plan

COUNT, TAGS = 165, 8
"""So many files that one of them was tampered with and is listed, and one is new."""
ENDS = (Kind.RESIGNED, Kind.QUARANTINED, Kind.WITHDRAWN)


@dataclass(frozen=True)
class SigningIncident:
    """`before` is the old key's certificate as it was before anybody revoked it."""

    made: SigningWorld
    case: Case
    plan: Plan
    before: bytes

    @property
    def release(self) -> Path:
        return self.made.world.folder / "release"

    def start(self, event: int = 0, delay_s: float = 0) -> subprocess.Popen[bytes]:
        """Carry it out in a process group of its own, which dies as `tests.e2e.struck` says; event 0: it does not."""
        command = [
            sys.executable,
            "-m",
            "tests.e2e.struck",
            str(self.case.folder),
            self.plan.name,
            str(event),
            str(delay_s),
        ]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)

    def run(self, event: int = 0, delay_s: float = 0) -> tuple[int, str]:
        """Exit code (3 when people are waited for, which is the end of what a machine can do) and the last words."""
        process = self.start(event, delay_s)
        _, err = process.communicate(timeout=120)
        return process.returncode, err.decode("utf-8", "replace")

    def ends(self) -> dict[str, list[str]]:
        """What the journal says was re-signed, set aside and withdrawn: each record's path, as often as it is there."""
        return {kind.value: sorted(one.body["path"] for one in self.case.journal.records(kind)) for kind in ENDS}


@contextmanager
def signing_incident(folder: Path, *, seed: int, now: datetime, count: int = COUNT) -> Iterator[SigningIncident]:
    made = build_signing(folder / "world", seed=seed, now=now, count=count, tag_count=TAGS)
    try:
        case, given = open_signing_case(made, folder / "case"), parameters(made)
        case.progress = lambda _what, _done, _total: None
        case.locate(given["paths"])
        case.window(clocks=[given["clocks"]])
        case.inspect_key()
        case.judge_release(listed=given["listed"], home=given["old_home"])
        chosen = {name: given[name] for name in ("old_home", "new_home", "user_id", "apart")}
        case.plan_resign(publish=given["publish"].split(","), approvals_required=2, **chosen)
        approve_what_waits(case, made.world)
        before = gpg(made.world.homes.release, "--export", made.world.truth.release_key)
        yield SigningIncident(made, case, case.plan("resign"), before)
    finally:
        made.world.cleanup()
