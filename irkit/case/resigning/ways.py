"""What can be done about the old key from here, and what cannot."""

from __future__ import annotations

from pathlib import Path

from irkit.case.desk import Desk
from irkit.case.resigning.judging import leaked_key
from irkit.openpgp.certifications import certifications_by
from irkit.openpgp.ways import ways_to_revoke
from irkit.resign.scope import scope_of
from irkit.show import Block, Notice, Prose, Table, View


def ways(case: Desk, *, old_home: str = "", certificate: str = "", revoker_home: str = "") -> View:
    """Each way with yes, no or unknown; what the old key certified of others. BadInput without a home to look into."""
    key = leaked_key(case)
    found = ways_to_revoke(
        Path(old_home),
        key.openpgp,
        Path(certificate) if certificate else None,
        Path(revoker_home) if revoker_home else None,
    )
    rows = [(way.name, way.possible, way.why, way.do) for way in found]
    blocks: list[Block] = [
        Prose(scope_of(key).why),
        Table.of(("Way", "Possible", "Why", "What to do"), rows, "Ways to revoke it"),
    ]
    if not any(way.possible for way in found):
        told = "The old key cannot be revoked from here. What is left is in the table; where that is final, say why in cannot_revoke."
        blocks.insert(0, Notice("bad", told))
    certified = certifications_by(Path(old_home), key.openpgp)
    if certified:
        others = [(one.of, one.user_id, one.verified, one.revoked) for one in certified]
        blocks.append(
            Table.of(
                ("Key", "User id", "gpg holds it for good", "Taken back already"),
                others,
                "What the old key certified of others",
            )
        )
    return View("What can be done about the old key", tuple(blocks))
