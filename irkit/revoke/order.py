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
    be dead. `outliving` names the kinds of survivors that were found alive when they were last asked about.
    """

    findings: Sequence[str] | None = None
    consumers: Sequence[str] | None = None
    begotten: Sequence[Offspring] = ()
    outliving: Collection[str] = ()


NOTHING_KNOWN = Facts()

Order = Literal["contain first", "replace first"]


def order(name: str, facts: Facts) -> tuple[Order, str]:
    """Which comes first, and why, for whoever approves.

    Replacing first leaves the credential alive while its consumers are switched over: only when the logs were read and show no
    use by strangers, and somebody would break.
    """
    if facts.findings is None:
        return (
            "contain first",
            f"Contain {name} first, replace after: no log of its use was read, so use by strangers must be assumed",
        )
    if facts.findings:
        more = f" (and {len(facts.findings) - 1} more findings)" if len(facts.findings) > 1 else ""
        return "contain first", f"Contain {name} first, replace after: {facts.findings[0]}{more}"
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
