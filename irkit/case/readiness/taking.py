"""Take the inventory, keep it, journal it, show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from irkit.case.desk import Desk
from irkit.case.readiness.asking import ask
from irkit.case.readiness.consumers import consumed
from irkit.case.readiness.keys import LABEL, keys
from irkit.case.readiness.measured import measured
from irkit.case.readiness.ways import way
from irkit.errors import BadInput
from irkit.guard.suspects import refuse_within
from irkit.model import Held, Kind, Unasked
from irkit.plan import document, read
from irkit.readiness.policy import Policy, read_policy
from irkit.readiness.run import Inventory
from irkit.readiness.views import inventory_view
from irkit.show import View


@dataclass(frozen=True)
class Where:
    """Where to look beside the issuers: gpg homes (`automation:PATH`), folders with revocation certificates, places where keys are
    published, repositories that may consume a credential, and folders of incidents or rehearsals with measured times."""

    homes: Sequence[str] = ()
    certificates: Sequence[str | Path] = ()
    publish: Sequence[str] = ()
    paths: Sequence[str | Path] = ()
    drills: Sequence[str | Path] = ()


def inventory(case: Desk, policy: str | Path, where: Where) -> View:
    """BadInput in a folder of an incident, and for a policy that is none: it is read before anybody is asked."""
    require_readiness(case)
    rules = checked_policy(policy)
    came = ask(case)
    own = keys(case, where.homes, [Path(one) for one in where.certificates], where.publish)
    times, unmeasured = measured([Path(one) for one in where.drills])
    held, skipped = consumed([*came.held, *own.held], [Path(one) for one in where.paths], rules)
    # Names are by strangers: what is shown passes the redactor as what is kept does.
    held = [read(Held, case.redactor.tree(document(one))) for one in held]
    ways = {one.key: found for one in held if (found := way(case, one, came))}
    at = datetime.now(UTC).replace(microsecond=0)
    taken = Inventory(
        at,
        tuple(sorted(held, key=lambda one: one.key)),
        (*came.unasked, *own.unasked, *skipped, *unmeasured, *behind(held, at)),
        (*came.asked, *((LABEL,) if own.whole else ())),
        ways,
        tuple(times),
        tuple(str(one) for one in where.paths),
        (*came.covered, *own.covered),
    )
    digest = case.keep(document(taken), "inventory of what the team holds", "the issuers, with the team's own access")
    case.write(Kind.INVENTORIED, {"evidence": digest, "held": len(taken.held), "unasked": len(taken.unasked)})
    return inventory_view(taken)


def behind(held: Sequence[Held], at: datetime) -> tuple[Unasked, ...]:
    """Where issuers name times that lie ahead, this machine's clock may be behind, and every age too small."""
    times = [
        when for one in held for when in (one.created, one.there_since, one.last_used) if isinstance(when, datetime)
    ]
    ahead = max(times, default=at) - at
    if ahead <= timedelta(days=1):
        return ()
    why = (
        f"an issuer names a time {ahead.days} days ahead of this machine's clock: ages may be larger than they are told"
    )
    return (Unasked("this machine", "the true time", why),)


def latest_inventory(case: Desk) -> tuple[str, Inventory]:
    """Its digest and itself. BadInput when none was taken."""
    require_readiness(case)
    taken = case.journal.records(Kind.INVENTORIED)
    if not taken:
        raise BadInput("no inventory was taken yet", on=case.folder, do="run the cell desk.inventory(...) first")
    digest = str(taken[-1].body["evidence"])
    return digest, read(Inventory, case.evidence.document(digest))


def checked_policy(path: str | Path) -> Policy:
    """BadInput when it is none, or not named; WouldLeak when a secret stands in it."""
    if not str(path):
        raise BadInput(
            "no policy is named", do="give policy=FILE; to begin with one: irkit readiness example > policy.yaml"
        )
    policy = read_policy(Path(path))
    refuse_within(policy.model_dump(mode="json"), str(path))
    return policy


def require_readiness(case: Desk) -> None:
    if case.incident.purpose != "readiness":
        raise BadInput(
            "this folder is of an incident", on=case.folder, why="an inventory belongs into a folder of the team's own",
            do="make one: irkit new TEAM --readiness",
        )  # fmt: skip
