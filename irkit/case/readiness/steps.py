"""The steps before a leak, as a case has them: what a team holds, how it stands, how long it would take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from irkit.case.desk import Desk
from irkit.show import View


class ReadinessSteps(Desk):
    """A team's readiness. Only in a folder of `irkit new TEAM --readiness`."""

    def inventory(self, policy: str | Path, **where: Any) -> View:
        """What the team holds, asked of its issuers with its own access, and what could not be asked.

        `where`, all optional: `homes` (gpg homes, `automation:PATH`), `certificates`, `publish`, `paths`, `drills`, as in
        `irkit.case.readiness.taking.Where`. Only in a folder of `irkit new TEAM --readiness`.
        """
        from irkit.case.readiness import taking

        return taking.inventory(self, policy, taking.Where(**where))

    def judge(self, policy: str | Path) -> View:
        """Each credential of the latest inventory against the team's policy."""
        from irkit.case.readiness import assessing

        return assessing.judge(self, policy)

    def how_long(self) -> View:
        """How long it would take today to put each out of use: what is at hand, what is not, what was measured."""
        from irkit.case.readiness import assessing

        return assessing.how_long(self)

    def trend(self) -> View:
        """What changed since the run before: new, gone, better, worse."""
        from irkit.case.readiness import assessing

        return assessing.compared(self)

    def export_readiness(self, out: Path | None = None) -> Path:
        """Write `readiness.html`. WouldLeak when the gate finds a secret in the folder."""
        from irkit.case.readiness import assessing

        return assessing.export(self, out)
