"""Makes the kept case that a later irkit must be able to go on with; run once, never again: `python -m tests.case.kept.make FOLDER`.

One credential, a plan of two hand tasks and an approval; the first task was announced, and then irkit was killed. All values are fakes;
the approver's private key is thrown away.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from irkit.case import Case
from irkit.case.records import announce
from irkit.model import SecretRef
from irkit.openpgp import generate
from irkit.openpgp.keys import export_public
from irkit.openpgp.runner import throwaway_home


def make(folder: Path) -> None:
    os.environ["IRKIT_FAKE_TOKEN"] = "ghp_FAKEFAKEFAKEFAKEFAKEFAKE0000004Kfx6s"
    with throwaway_home() as home:
        key = generate(
            home, "Alice (fake) <alice@example.test>", primary_expires="2100-01-01", signing_expires="2100-01-01"
        ).primary
        (folder.parent / "alice.asc").write_text(export_public(home, key))
        settings = {"responder": "carol", "providers": {"github": {"base": "http://127.0.0.1:9", "propagation_s": 0.0}}}
        case = Case.create(
            folder, [SecretRef("env:IRKIT_FAKE_TOKEN")], settings=settings, approvers=[folder.parent / "alice.asc"]
        )
        case.plan_revocation(approvals_valid_h=24.0)
        case.approve("revoke", key, home)
        plan = case.plan("revoke")
        announce(case, plan, plan.actions[0])
    with case.journal._connection() as db:
        db.executescript("PRAGMA journal_mode = DELETE; DROP TABLE form; PRAGMA user_version = 1; VACUUM")
    case.journal.close()
    (folder.parent / "alice.asc").unlink()


if __name__ == "__main__":
    make(Path(sys.argv[1]))
