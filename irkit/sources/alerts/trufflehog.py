"""TruffleHog 3's JSON Lines. https://github.com/trufflesecurity/trufflehog/blob/main/pkg/output/json.go

`Verified` true means that its issuer took it; false means only that TruffleHog does not know. `RawV2` holds both halves of a pair. Early
versions wrote `Raw` in base64. Lines of its log may stand between the findings; the timestamp in it is the commit's.
Samples: https://github.com/DefectDojo/django-DefectDojo/tree/master/unittests/scans/trufflehog
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from irkit.model import State
from irkit.sources.alerts.fields import address, dig, number, relative, string
from irkit.sources.alerts.interface import Alert, Document, Scanner, Where, revealed
from irkit.sources.alerts.pasted import tokens_in


def _read(document: Document) -> Iterator[Alert]:
    for row in document.objects:
        if not _is_finding(row):
            continue
        data = dig(row, "SourceMetadata", "Data")
        place = next((one for one in data.values() if isinstance(one, dict)), {}) if isinstance(data, dict) else {}
        where = Where(
            relative(string(place, "file") or string(place, "path")),
            number(place, "line"),
            string(place, "commit"),
            address(string(place, "link") or string(place, "repository")),
        )
        secret, hidden = revealed(_value(row))
        validity = State.ALIVE if row.get("Verified") is True else State.UNKNOWN
        yield Alert("trufflehog", string(row, "DetectorName"), where, secret, validity=validity, hidden=hidden)


def _value(row: dict[str, Any]) -> str:
    raw, both = string(row, "Raw"), string(row, "RawV2")
    if both and both in tokens_in(both):
        return both
    decoded = _decoded(raw)
    begins = string(row, "Redacted").split("*", 1)[0]
    return decoded if decoded and ((begins and decoded.startswith(begins)) or tokens_in(decoded)) else raw


def _decoded(raw: str) -> str:
    try:
        return base64.b64decode(raw, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _is_finding(row: dict[str, Any]) -> bool:
    return {"SourceMetadata", "DetectorName"} <= row.keys()


TRUFFLEHOG = Scanner(
    name="trufflehog",
    title="TruffleHog 3 JSON Lines",
    source="https://github.com/trufflesecurity/trufflehog/blob/main/pkg/output/json.go",
    tested="documented sample: TruffleHog 3, git and github sources",
    fits=lambda document: any(map(_is_finding, document.objects)),
    read=_read,
)
