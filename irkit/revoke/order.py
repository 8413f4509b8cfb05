"""Which comes first, containing or replacing, and why: pure, from what the case knows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from irkit.providers.interface import Offspring


@dataclass(frozen=True)
class Facts:
    """What the case knows that decides the order.

    `findings` are sentences about use by strangers: None when no log was read, () when logs were read and nothing stood out.
    `consumers` say who needs the credential: None when nobody looked. `begotten` is what it brought into being and is not known to
    be dead. `outliving` names the kinds of survivors that were found alive when they were last asked about, or could not be asked about.
    `newcomers` are programs that used it only since it was exposed: the intruder, as far as is known, and no consumers. `in_use`: whoever
    plans knows that somebody else uses it, whatever the logs show. `gaps` says why the logs, though read and without findings, do not
    show that no stranger uses it; "" where they do.
    """

    findings: Sequence[str] | None = None
    consumers: Sequence[str] | None = None
    begotten: Sequence[Offspring] = ()
    outliving: Collection[str] = ()
    newcomers: Sequence[str] = ()
    in_use: bool = False
    gaps: str = ""


NOTHING_KNOWN = Facts()

Order = Literal["contain first", "replace first"]


def order(name: str, facts: Facts) -> tuple[Order, str]:
    """Which comes first, and why, for whoever approves.

    Replacing first leaves the credential alive while its consumers are switched over: only when the logs were read and show no
    use by strangers, and somebody would break.
    """
    if facts.in_use and not facts.findings:
        return (
            "contain first",
            f"Contain {name} first, replace after: somebody else uses it, says whoever plans this, whatever the logs show",
        )
    if facts.findings is None:
        return (
            "contain first",
            f"Contain {name} first, replace after: no log of its use was read, so use by strangers must be assumed",
        )
    if facts.findings:
        more = f" (and {len(facts.findings) - 1} more findings)" if len(facts.findings) > 1 else ""
        return "contain first", f"Contain {name} first, replace after: {facts.findings[0]}{more}"
    if facts.gaps:
        return (
            "contain first",
            f"Contain {name} first, replace after: nothing stands out in the logs that were read, and that is no answer: {facts.gaps}",
        )
    if facts.consumers is None:
        return (
            "contain first",
            f"Contain {name} first, replace after: the logs show no use by strangers, and nobody has looked for who needs "
            "it (irkit consumers); were there any, it could be replaced first",
        )
    if not facts.consumers:
        return "contain first", f"Contain {name} first: nobody was found who needs it, so nothing breaks"
    return (
        "replace first",
        f"Replace {name} first, contain after: the logs show no use by strangers, and {len(facts.consumers)} consumers would "
        "break; whoever approves accepts that it stays exposed until they are switched over",
    )
