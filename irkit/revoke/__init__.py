"""Chapter 2, pure: from a credential to a plan of its containment, and from replies to the verdict on its death.

Accepted is not dead. Dead means: alive before, dead after, and a look-alike that was never issued answers the same. Contained
means: dead, and nothing that outlives it or that it begot is known to live.
"""

from irkit.revoke.death import Containment, Outliving, Said, Verdict, after_unknown, containment, proof_of_death
from irkit.revoke.order import Facts, Order, order
from irkit.revoke.planning import (
    CLOSE,
    CONTAIN,
    KILLS,
    OBSERVE,
    UNDO,
    Approving,
    closed_by,
    control_of,
    plan_revocation,
    target_of,
)
from irkit.revoke.rotation import QUIET, REACTIVATE, SEEN, is_reactivation, plan_reactivation, plan_rotation, ways_back
from irkit.revoke.watching import Answer, Word, as_of, quiet, switched

__all__ = [
    "CLOSE",
    "CONTAIN",
    "KILLS",
    "OBSERVE",
    "QUIET",
    "REACTIVATE",
    "SEEN",
    "UNDO",
    "Answer",
    "Approving",
    "Containment",
    "Facts",
    "Order",
    "Outliving",
    "Said",
    "Verdict",
    "Word",
    "after_unknown",
    "as_of",
    "closed_by",
    "containment",
    "control_of",
    "is_reactivation",
    "order",
    "plan_reactivation",
    "plan_revocation",
    "plan_rotation",
    "proof_of_death",
    "quiet",
    "switched",
    "target_of",
    "ways_back",
]
