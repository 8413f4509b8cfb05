"""The logs of the drill: CloudTrail, the GitHub audit log, and the server's own record of pushes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random

from irkit.drill import github_audit, intrusion, larkspur
from irkit.drill.repository import Push
from irkit.drill.truth import AWS_KEY, GITHUB_TOKEN, Child, Sign, Use
from irkit.model import iso

PUSHES = "push-activity.json"


@dataclass(frozen=True)
class Logged:
    uses: tuple[Use, ...]
    mentions: dict[str, int]
    first_intrusion: dict[str, datetime]
    children: tuple[Child, ...]
    signs: tuple[Sign, ...]


def build(
    folder: Path, chance: Random, now: datetime, *, key_id: str, token_hash: str, pushes: Iterable[Push],
    gap: bool = False,
) -> Logged:  # fmt: skip
    """Writes `folder`/cloudtrail, `folder`/github and `folder`/push-activity.json. `gap`: one file is cut off."""
    folder.mkdir()
    aws = intrusion.build(folder / "cloudtrail", chance, now, key_id)
    github, github_first = github_audit.build(folder / "github", chance, now, token_hash, gap=gap)
    _pushes(folder / PUSHES, pushes)
    return Logged(
        uses=(*aws.uses, *github),
        mentions={AWS_KEY: aws.mentions, GITHUB_TOKEN: 0},
        first_intrusion={AWS_KEY: aws.first, GITHUB_TOKEN: github_first},
        children=(*aws.children, Child(GITHUB_TOKEN, "deploy-key", github[1].key, token_hash, lives=None, used=None)),
        signs=(*intrusion.SIGNS, *github_audit.SIGNS),
    )


def _pushes(path: Path, pushes: Iterable[Push]) -> None:
    """As `GET /repos/{owner}/{repo}/activity` answers, newest first (https://docs.github.com/rest/repos/repos#list-repository-activities)."""
    records = [
        {
            "id": 1_199_724_016 + number,
            "before": push.before,
            "after": push.after,
            "ref": push.ref,
            "timestamp": iso(push.at),
            "activity_type": push.kind,
            "actor": {"login": push.login, "type": "Bot" if push.login.endswith("-ci") else "User"},
            "repository": larkspur.REPOSITORY,
        }
        for number, push in enumerate(pushes)
    ]
    path.write_text(json.dumps(sorted(records, key=lambda one: str(one["timestamp"]), reverse=True), indent=1))
