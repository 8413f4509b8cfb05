"""The steps of chapter 2, as a case has them: who needs it, its revocation planned, and the proof that it is dead.

What is planned is approved and carried out as every plan is (`irkit.case.case`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from irkit.case import plans
from irkit.case.containment import planning, proof
from irkit.case.desk import Desk
from irkit.revoke import Approving
from irkit.show import View


class ContainmentSteps(Desk):
    """Revoke a credential and prove it dead."""

    def consumers(self, *paths: str | Path, names: Sequence[str] = (), **replaced: Any) -> View:
        """Who needs each credential: what takes it, by the names given and those it was found under, what holds it, who used it.

        `replaced`, all optional: `replacement` (public id of the fresh credential), `replaced_at`, `logs` that show its uses.
        """
        from irkit.case.containment import consumers

        return consumers.consumers(self, [Path(path) for path in paths], names, **replaced)

    def plan_revocation(
        self, approvals_required: int = 1, approvals_valid_h: float = 24.0, *, contain_first: bool = False
    ) -> View:
        """Plan the containment of every API token of the case; the same facts give the same plan.

        So many people must approve it, none of them its author, and each approval counts for so many hours. `contain_first`: before
        its consumers have switched over, also where the logs show no use by strangers.
        """
        approving = Approving(approvals_required, approvals_valid_h, plans.author_key(self))
        return planning.plan(self, approving, in_use=contain_first)

    def confirm(self) -> View:
        """Prove each token dead: alive before, dead after, and a never-issued look-alike answers the same."""
        return proof.confirm(self)
