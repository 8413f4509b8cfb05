"""What is done to releases, format by format, beside what `irkit.openpgp.operations` does to keys and detached signatures."""

from __future__ import annotations

from irkit.openpgp.operations import OPERATIONS as OPENPGP
from irkit.openpgp.operations import Done, Hands, Operation
from irkit.plan import GpgCommand
from irkit.release.operations import apt, git, manifest, quarantine, rpm, withdraw

OPERATIONS: dict[str, Operation] = {
    **OPENPGP,
    **apt.OPERATIONS,
    **git.OPERATIONS,
    **manifest.OPERATIONS,
    **quarantine.OPERATIONS,
    **rpm.OPERATIONS,
    **withdraw.OPERATIONS,
}

__all__ = ["OPERATIONS", "Done", "Hands", "Operation", "carry_out"]


def carry_out(command: GpgCommand, hands: Hands = Hands()) -> Done:  # noqa: B008  (frozen, and holds nothing)
    """Do it, or find that it is done. StepFailed when it cannot be done."""
    return OPERATIONS[command.operation](command, hands)
