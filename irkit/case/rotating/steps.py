"""The steps of a rotation, as a case has them: nothing leaked, and the credentials are replaced in quiet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from irkit.case import plans
from irkit.case.desk import Desk
from irkit.errors import BadInput
from irkit.revoke import Approving
from irkit.show import View


class RotationSteps(Desk):
    """Replace a credential that did not leak, and see its consumers go over."""

    def watch(self, *logs: str | Path, fresh: Sequence[str] = (), until: str = "") -> View:
        """Read logs for who uses the old credential and who the fresh one; they open the gates of the plan.

        `fresh`: public ids of fresh ones made by hand (`CREDENTIAL=ID` of several). `until` (ISO 8601 with zone): the logs are whole
        until then, as a person says where their last event does not show it.
        """
        from irkit.case.rotating import watching

        return watching.watch(self, [Path(path) for path in logs], fresh, until)

    def plan_rotation(
        self, approvals_required: int = 1, approvals_valid_h: float = 24.0, observe_h: float | None = None
    ) -> View:
        """Plan to replace every token of the case first, see its consumers use the fresh one, and end the old one after it was observed.

        `observe_h`: hours without a use of the old one before it is deleted; as planned before, else 24. BadInput in a case of a leak.
        """
        from irkit.case.rotating import planning as rotating

        if not self.rotates:
            raise BadInput(
                "this case is about a leak, where nothing is waited for", on=self.folder,
                do="plan its revocation (irkit plan); a rotation is a case of its own: irkit new CASE --rotation --credential REF",
            )  # fmt: skip
        return rotating.plan(self, Approving(approvals_required, approvals_valid_h, plans.author_key(self)), observe_h)

    def plan_reactivation(self, approvals_required: int = 1, approvals_valid_h: float = 24.0) -> View:
        """Plan to let an old credential in again that the rotation deactivated. BadInput when none is, or nothing can."""
        from irkit.case.rotating import planning as rotating

        return rotating.reactivate(self, Approving(approvals_required, approvals_valid_h, plans.author_key(self)))
