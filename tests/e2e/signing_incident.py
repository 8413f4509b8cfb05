"""The drill's world of a leaked signing key, small, looked at and approved: all that is left is to carry the plan out."""

from __future__ import annotations

import re
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
from tests.e2e.struck import Blow

COUNT, TAGS = 165, 8
"""So many files that one of them was tampered with and is listed, and one is new."""
_ID = re.compile(r"[0-9a-f]{40}")
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

    def start(self, blow: Blow) -> subprocess.Popen[bytes]:
        """Work on the case in a process group of its own, and be struck."""
        command = [sys.executable, "-m", "tests.e2e.struck", str(self.case.folder), blow.text()]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)

    def run(self, blow: Blow = Blow()) -> tuple[int, str]:  # noqa: B008  (frozen)
        """Exit code (3 when people are waited for: no machine can do more) and the last words."""
        _, err = (process := self.start(blow)).communicate(timeout=300)
        return process.returncode, err.decode("utf-8", "replace")

    def ends(self) -> dict[str, list[str]]:
        """What the journal says was re-signed, set aside and withdrawn: each record's path, as often as it is there.

        A commit is one: its id is another in every world.
        """
        records = {kind: self.case.journal.records(kind) for kind in ENDS}
        return {
            kind.value: sorted(_ID.sub("COMMIT", str(one.body["path"])) for one in found)
            for kind, found in records.items()
        }


@contextmanager
def signing_incident(folder: Path, *, seed: int, now: datetime, case: Path | None = None) -> Iterator[SigningIncident]:
    """`case` is where the case goes, beside the world by default."""
    made = build_signing(folder / "world", seed=seed, now=now, count=COUNT, tag_count=TAGS)
    try:
        desk, given = open_signing_case(made, case or folder / "case"), parameters(made)
        desk.progress = lambda _what, _done, _total: None
        desk.locate(given["paths"])
        desk.window(clocks=[given["clocks"]])
        desk.inspect_key()
        desk.judge_release(listed=given["listed"], home=given["old_home"])
        chosen = {name: given[name] for name in ("old_home", "new_home", "user_id", "apart")}
        desk.plan_resign(publish=given["publish"].split(","), approvals_required=2, **chosen)
        approve_what_waits(desk, made.world)
        before = gpg(made.world.homes.release, "--export", made.world.truth.release_key)
        yield SigningIncident(made, desk, desk.plan("resign"), before)
    finally:
        made.world.cleanup()
