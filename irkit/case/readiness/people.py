"""How many people could approve today: by what the folder's ring knows of them, each person once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from irkit.case.approvals import Approver, goes_by
from irkit.case.desk import Desk
from irkit.model import Kind
from irkit.openpgp.keyring import list_ring
from irkit.openpgp.runner import Gpg, throwaway_home


def can_approve(case: Desk) -> int:
    """People of the folder's ring who have not left and with a key in force today. Whoever will make a plan is not known before there
    is one, and counts here unless case.toml says who that is, by key or by name."""
    now, left = datetime.now(UTC), case.journal.records(Kind.LEFT)
    gone = {one.body["fingerprint"] for one in left if one.at <= now} | {case.settings.responder_key}
    responder = "" if case.settings.responder_key else case.settings.responder.strip().lower()
    people = [
        one
        for one in case.approvers.values()
        if not one.automation and one.fingerprint not in gone and not (responder and goes_by(one, {responder}))
    ]
    able = in_force(people)
    return voices([one for one in people if one.fingerprint in able])


def in_force(people: Sequence[Approver]) -> frozenset[str]:
    """Fingerprints of those whose key, as their certificate stands, could sign today."""
    if not people:
        return frozenset()
    with throwaway_home(agent=False) as scratch:
        for one in people:
            Gpg(scratch).run(["--import"], stdin=one.certificate.encode())
        rings = list_ring(scratch)
    able = [one for one in rings if any("s" in key.usage and key.usable for key in (one.primary, *one.subkeys))]
    return frozenset(one.primary.fingerprint for one in able if one.primary.usable)


def voices(people: Sequence[Approver]) -> int:
    """Keys that share a mail address are one person's, and one voice."""
    groups: list[frozenset[str]] = []
    for one in people:
        mine = [group for group in groups if group & one.addresses]
        groups = [group for group in groups if group not in mine] + [one.addresses.union(*mine)]
    return len(groups)
