"""The baseline of detect-secrets: https://github.com/Yelp/detect-secrets#scanquick-scan

It holds no value, only the SHA-1 of it, the file and the line. The value is read from that line, if the file is still there (beside the
baseline, or below the current folder) and a part of the line has that very hash. Some of its plugins hash only the beginning of a
token (`ghp`): then it is the token of a known shape that begins so; of a private key it hashes the words of the first line, which tells
no key from another (https://github.com/Yelp/detect-secrets/blob/master/detect_secrets/plugins/private_key.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from irkit.model import Instant, Secret, State, Trust
from irkit.sources.alerts.fields import moment, number, string
from irkit.sources.alerts.interface import Alert, Document, Scanner, Where, revealed
from irkit.sources.alerts.keys import key_blocks, only_a_head
from irkit.sources.alerts.pasted import tokens_in

_LONGEST = 1_000  # characters of a line whose every part is hashed: half a million at most
_SHORTEST = 3
_TIME = "when the baseline was made, as it says"
_KEY_WORDS = frozenset(
    hashlib.sha1(f"BEGIN {kind}".encode(), usedforsecurity=False).hexdigest()
    for kind in (
        "PRIVATE KEY", "RSA PRIVATE KEY", "DSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY",
        "PGP PRIVATE KEY BLOCK", "SSH2 ENCRYPTED PRIVATE KEY",
    )
)  # fmt: skip


def has_hash(text: str, digest: str) -> bool:
    """Whether some part of the text is what the baseline names by this SHA-1."""
    return bool(_part(text[:_LONGEST], digest))


def _read(document: Document) -> Iterator[Alert]:
    for row in document.objects:
        results = row.get("results")
        made = moment(string(row, "generated_at"), _TIME, Trust.SETTABLE)
        for name, found in results.items() if isinstance(results, dict) else ():
            for one in found if isinstance(found, list) else ():
                yield _alert(document.path, str(name), one, made)


def _alert(report: Path, name: str, one: Any, made: Instant | None) -> Alert:
    digest, line = string(one, "hashed_secret"), number(one, "line_number")
    where = Where(string(one, "filename") or name, line)
    secret = _at(report, where, digest) if line else None
    hidden = "" if secret else f"the baseline holds only its hash, and it does not stand in {where} now"
    if secret:
        secret, hidden = revealed(secret.text())
    validity = State.ALIVE if isinstance(one, dict) and one.get("is_verified") is True else State.UNKNOWN
    rule, sha1 = string(one, "type"), "" if digest in _KEY_WORDS else digest
    return Alert("detect-secrets", rule, where, secret, instant=made, validity=validity, hidden=hidden, sha1=sha1)


def _at(report: Path, where: Where, digest: str) -> Secret | None:
    for folder in (report.parent, Path.cwd()):
        try:
            lines = (folder / where.path).read_text(errors="replace").splitlines()
        except (OSError, ValueError):
            continue
        line = lines[where.line - 1] if where.line and len(lines) >= where.line else ""
        part = _part(line[:_LONGEST], digest)
        if part and only_a_head(part):
            whole_keys = key_blocks("\n".join(lines[(where.line or 1) - 1 :]))
            return Secret(whole_keys[0][0] if whole_keys and whole_keys[0][1] == 1 else part)
        if part:
            whole = [token for token in tokens_in(line) if token.startswith(part)]
            return Secret(whole[0] if len(whole) == 1 else part)
    return None


def _part(line: str, digest: str) -> str:
    for start in range(len(line)):
        for end in range(len(line), start + _SHORTEST - 1, -1):
            if hashlib.sha1(line[start:end].encode(), usedforsecurity=False).hexdigest() == digest:
                return line[start:end]
    return ""


DETECT_SECRETS = Scanner(
    name="detect-secrets",
    title="detect-secrets baseline",
    source="https://github.com/Yelp/detect-secrets#scanquick-scan",
    tested="real run: detect-secrets 1.5.0",
    fits=lambda document: any({"plugins_used", "results"} <= row.keys() for row in document.objects),
    read=_read,
    holds_values=False,
)
