"""What services that take in releases answer in JSON: PyPI, GitHub releases, code hosts, and the transparency log Rekor. Pure.

PyPI: https://docs.pypi.org/api/json/ and /api/index-api/ (PEP 691, PEP 700). GitHub: https://docs.github.com/rest/releases/assets (the
digest since June 2025). Rekor: https://github.com/sigstore/rekor/blob/main/openapi.yaml, types hashedrekord and rekord.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from typing import Any

from irkit.errors import BadInput
from irkit.model import parse_instant
from irkit.resign.records import code_host
from irkit.resign.records.entry import Entry, Record, leads_out

_SIZES = {"sha256": 64, "sha512": 128}
_HEX = re.compile(r"[0-9a-f]+")


def read(text: str) -> Record | None:
    """Told by content; None when it is the JSON of none of these. An entry that cannot be read is told in `wrong`."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return None
    for name, reader in _READERS:
        found = reader(answer)
        if found is not None:
            entries = tuple(one for one in found if isinstance(one, Entry))
            return Record(name, entries, tuple(one for one in found if isinstance(one, str)))
    return None


def _pypi(answer: Any) -> list[Entry | str] | None:
    """The JSON API (`urls`, and `releases` of a project's whole), or the index as JSON (`files`)."""
    if not isinstance(answer, dict):
        return None
    if isinstance(answer.get("files"), list) and isinstance(answer.get("meta"), dict):
        files = answer["files"]
        return [_entry(one, "filename", _digests(one, "hashes"), "upload-time") for one in files]
    if not isinstance(answer.get("urls"), list):
        return None
    releases = answer.get("releases")
    by_version = releases.values() if isinstance(releases, dict) else ()
    listed = [*answer["urls"], *(one for files in by_version if isinstance(files, list) for one in files)]
    found = [_entry(one, "filename", _digests(one, "digests"), "upload_time_iso_8601") for one in listed]
    return list(dict.fromkeys(found))


def _github(answer: Any) -> list[Entry | str] | None:
    """A release, a list of releases, or a list of assets. What GitHub gave no digest is told."""
    top = answer if isinstance(answer, list) else [answer]
    if not top or not all(isinstance(one, dict) for one in top):
        return None
    lists = [one.get("assets", [one]) or [] for one in top]
    if not all(isinstance(one, list) for one in lists):
        return None
    assets = [asset for one in lists for asset in one]
    if not all(isinstance(one, dict) and "browser_download_url" in one for one in assets):
        return None
    found: list[Entry | str] = []
    for one in assets:
        algorithm, _, digest = str(one.get("digest") or "").partition(":")
        found.append(_entry(one, "name", {algorithm: digest}, "updated_at"))
    return _without_ambiguous(found)


def _without_ambiguous(found: list[Entry | str]) -> list[Entry | str]:
    """Files of one name in several releases are several files, and a name alone does not say which is meant."""
    digests: dict[str, set[str]] = {}
    for one in found:
        if isinstance(one, Entry):
            digests.setdefault(one.path, set()).add(one.digest)
    twice = {path for path, each in digests.items() if len(each) > 1}
    kept = [one for one in found if isinstance(one, str) or one.path not in twice]
    return kept + [
        f"file {path[:80]!r}: several releases have one of this name; give the answer of one release"
        for path in sorted(twice)
    ]


def _rekor(answer: Any) -> list[Entry | str] | None:
    """Entries by their UUID. The log knows digests and no names: the path is ""."""
    tops = answer if isinstance(answer, list) else [answer]
    if not tops or not all(isinstance(one, dict) for one in tops):
        return None
    logged = [(uuid, entry) for top in tops for uuid, entry in top.items()]
    if not logged or not all(isinstance(entry, dict) and "integratedTime" in entry for _uuid, entry in logged):
        return None
    return [_logged(uuid, entry) for uuid, entry in logged]


def _logged(uuid: str, entry: dict[str, Any]) -> Entry | str:
    try:
        body = json.loads(base64.b64decode(entry["body"]))
        digest = body["spec"]["data"]["hash"]
        at = datetime.fromtimestamp(int(entry["integratedTime"]), UTC)
        found = _sound("", {digest["algorithm"]: digest["value"]}, at)
    except (KeyError, TypeError, ValueError, OverflowError, OSError, RecursionError, binascii.Error):
        found = None
    return found or f"entry {uuid[:80]!r}: no digest of a file"


def _digests(one: Any, name: str) -> dict[str, Any]:
    found = one.get(name) if isinstance(one, dict) else None
    return found if isinstance(found, dict) else {}


def _entry(one: Any, name: str, digests: dict[str, Any], time: str) -> Entry | str:
    path = str(one.get(name) or "") if isinstance(one, dict) else ""
    try:
        at = parse_instant(str(one[time])) if path and one.get(time) else None
    except BadInput:
        at = None
    found = _sound(path, digests, at) if path and not leads_out(path) else None
    return found or f"file {path[:80]!r}: no SHA-256"


def _sound(path: str, digests: dict[str, Any], at: datetime | None) -> Entry | None:
    for algorithm, size in _SIZES.items():
        digest = str(digests.get(algorithm) or "").lower()
        if len(digest) == size and _HEX.fullmatch(digest):
            return Entry(path, digest, algorithm, at)
    return None


_READERS = (
    ("PyPI", _pypi), ("pushes", code_host.pushes), ("CI runs", code_host.runs), ("GitHub release", _github), ("Rekor", _rekor),
)  # fmt: skip
