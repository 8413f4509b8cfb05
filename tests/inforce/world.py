"""A case whose action items name checks, beside what the checks look at."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from irkit.case import Case
from irkit.inforce import InForce, look
from irkit.model import SecretRef
from irkit.postmortem.checks.answers import Checked


@dataclass(frozen=True)
class Desk:
    """The case `case` in a folder, where a relative path of a check begins with `../`."""

    folder: Path
    case: Case

    def name(self, *checks: dict[str, Any], **words: Any) -> None:
        """One action item of people's own, "asked", that names these checks."""
        own = {"id": "asked", "text": "What was asked for", **words, "checks": list(checks)}
        place = self.case.folder / "postmortem"
        place.mkdir(exist_ok=True)
        (place / "front.toml").write_text(tomli_w.dumps({"own_actions": [own]}))

    def look(self, **check: Any) -> Checked:
        """What one check comes to now."""
        self.name(check)
        (one,) = self.found().checks
        return one

    def found(self) -> InForce:
        return look(self.case)


def desk(folder: Path, **settings: Any) -> Desk:
    token = folder / "leaked"
    token.write_text(f"fake_FAKE_{secrets.token_hex(12)}")
    token.chmod(0o600)
    return Desk(folder, Case.create(folder / "case", [SecretRef(f"file:{token}")], settings=settings or None))
