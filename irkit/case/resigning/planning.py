"""The re-signing plan of a case: the responder's choices over the latest judgement."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from irkit import resign
from irkit.case.desk import Desk
from irkit.case.plans import author_key, keep_plan
from irkit.case.resigning.judging import kept_embedders, kept_releases, leaked_key
from irkit.model import SecretRef
from irkit.openpgp.certifications import certifications_by
from irkit.resign.choices import Choices, read_place
from irkit.show import View


def plan(
    case: Desk,
    *,
    old_home: str,
    new_home: str,
    user_id: str,
    publish: Sequence[str] = (),
    old_passphrase: str = "",
    new_passphrase: str = "",
    signature_name: Literal["same", "new"] = "same",
    approvals_required: int = 1,
    **choices: Any,
) -> View:
    """Passphrases are references. `publish` are places as `irkit.resign.choices.read_place` reads them; `choices` are further fields
    of `Choices`. BadInput when nothing has been judged. The same facts give the same plan."""
    how = Choices(
        old_home,
        new_home,
        user_id,
        str(case.folder / "quarantine"),
        publish=tuple(read_place(text) for text in publish),
        old_passphrase=SecretRef.parse(old_passphrase) if old_passphrase else None,
        new_passphrase=SecretRef.parse(new_passphrase) if new_passphrase else None,
        signature_name=signature_name,
        approvals_required=approvals_required,
        author_key=author_key(case),
        certified=_certified(old_home, leaked_key(case).openpgp),
        **choices,
    )
    made = resign.plan_resign(
        case.incident.case_id, case.incident.responder, leaked_key(case), kept_releases(case), how, kept_embedders(case)
    )
    return keep_plan(case, made)


def _certified(home: str, fingerprint: str) -> tuple[str, ...]:
    """Whose user ids the old key certified, taken back or not: the plan stays the same while it is carried out."""
    return tuple(dict.fromkeys(one.of for one in certifications_by(Path(home), fingerprint)))
