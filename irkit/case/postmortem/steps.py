"""The steps of chapter 4, as a case has them: the postmortem, what people write for it, and how it leaves the case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from irkit.case.desk import Desk
from irkit.case.postmortem import writeup
from irkit.show import Pages, View

if TYPE_CHECKING:
    from irkit.postmortem import Audience


class PostmortemSteps(Desk):
    """Write the postmortem up, and let nothing leave with a secret in it."""

    def postmortem(self) -> Pages:
        """The postmortem as it stands, from the journal."""
        return writeup.view(self)

    def draft(self) -> View:
        """Which sections people are asked to write, in files of the folder `postmortem/`, and which are still empty. Makes missing ones."""
        from irkit.case.postmortem import drafting

        return drafting.draft(self)

    def changes(self) -> View:
        """What changed since the draft that was exported last, section by section."""
        from irkit.case.postmortem import drafting

        return drafting.compared(self, lambda: writeup.build(self))

    def milestone(self, name: str, at: datetime, why: str = "") -> View:
        """State when something was so ("aware_at", "classified_at", "material_at", ...): the clocks of the law count from it."""
        from irkit.case.postmortem import milestones

        return milestones.milestone(self, name, at, why)

    def gate(self, path: Path, unknown: bool | None = False) -> View:
        """Search everything below a path for the case's secrets; with `unknown` for others too, None is where a scanner is here.

        WouldLeak when one is there.
        """
        return writeup.gate_view(self, path, unknown)

    def export(
        self,
        form: str = "html",
        out: Path | None = None,
        audience: Audience = "full",
        tell: Callable[[str], object] = lambda _: None,
    ) -> Path:
        """Write the postmortem as html, md, json or pdf, its indicators (stix), clocks (ics) or action items (csv).

        For an `audience` of "executive" or "customer" less of it, by rule; its name then stands in the file's. `tell` hears what could
        not be put into it. WouldLeak when the gate finds a secret in the case.
        """
        return writeup.export(self, form, out, audience, tell)
