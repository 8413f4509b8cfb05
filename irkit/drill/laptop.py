"""A second place it leaked to: a developer's laptop, where the true token and pair stand among many that look like them.

.netrc                      the GitHub token        .aws/credentials    the AWS pair, beside profiles that are not it
notes/NN.md                 look-alikes: tokens that nobody issued, the true one cut short, the true key id with another secret
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from irkit.drill import larkspur
from irkit.drill.credentials import aws_pair, github_token
from irkit.drill.history import utc
from irkit.drill.repository import Planted
from irkit.drill.truth import AWS_KEY, GITHUB_TOKEN, Place

_PROFILE = "[{}]\naws_access_key_id = {}\naws_secret_access_key = {}\n"


def build(folder: Path, chance: Random, now: datetime, planted: Planted, decoys: int) -> tuple[Place, ...]:
    """Writes `folder` with so many look-alikes, and says what of it is true; paths are told from the folder that holds it."""
    at = utc(now - timedelta(days=5.5))
    others = "".join(_PROFILE.format(name, *aws_pair(larkspur.ACCOUNT)) for name in ("payroll", "sandbox"))
    files = {
        ".netrc": f"machine git.larkspur.example\n  login jun\n  password {planted.token}\n",
        ".aws/credentials": others + _PROFILE.format("fulfil", planted.aws_id, planted.aws_secret),
    }
    for number in range(decoys):
        files[f"notes/{number:02}.md"] = _note(chance, planted)
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
        os.utime(folder / path, (at.timestamp(), at.timestamp()))
    return (
        Place(GITHUB_TOKEN, "file", f"{folder.name}/.netrc", "raw", "", 3, live=True, reachable=False),
        Place(AWS_KEY, "file", f"{folder.name}/.aws/credentials", "raw", "", 9, live=True, reachable=False),
    )


def _note(chance: Random, planted: Planted) -> str:
    kind = chance.randrange(3)
    if kind == 0:
        return f"rates by hand, with the old one:\nGH_TOKEN={github_token()} make rates\n"
    if kind == 1:
        return f"the token began with {planted.token[: chance.randrange(8, 20)]}...\n"
    key, secret = aws_pair(larkspur.ACCOUNT)
    return f"AWS_ACCESS_KEY_ID={key}\nAWS_SECRET_ACCESS_KEY={secret}\n"
