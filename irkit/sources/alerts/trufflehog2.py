"""truffleHog 2 (the Python one, `--json`): one object a commit and rule. https://github.com/trufflesecurity/trufflehog/tree/v2

`stringsFound` are the values, in `path` as of `commitHash`; `commit` is the commit's message and `date` its date without a zone, which
is no time of the alert. Of a private key it keeps the first line alone, and the key itself in `diff`, if that is whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from irkit.sources.alerts.fields import items, relative, string
from irkit.sources.alerts.interface import Alert, Document, Scanner, Where, revealed
from irkit.sources.alerts.keys import key_blocks, only_a_head


def _read(document: Document) -> Iterator[Alert]:
    for row in filter(_is_finding, document.objects):
        where = Where(relative(string(row, "path")), None, string(row, "commitHash"))
        for value in _values(row):
            secret, hidden = revealed(value)
            yield Alert("trufflehog 2", string(row, "reason"), where, secret, hidden=hidden)


def _values(row: dict[str, Any]) -> list[object]:
    found = list(dict.fromkeys(value for value in items(row, "stringsFound") if isinstance(value, str)))
    heads = [value for value in found if only_a_head(value)]
    if not heads:
        return [*found] or [None]
    kept = [key for key, _ in key_blocks(string(row, "diff")) if any(key.startswith(head.strip()) for head in heads)]
    return [*dict.fromkeys(kept or heads), *(value for value in found if value not in heads)]


def _is_finding(row: dict[str, Any]) -> bool:
    return {"stringsFound", "reason", "path"} <= row.keys()


TRUFFLEHOG2 = Scanner(
    name="trufflehog2",
    title="truffleHog 2 JSON",
    source="https://github.com/trufflesecurity/trufflehog/tree/v2",
    tested="documented sample: truffleHog 2.2, the fields of its own writer",
    fits=lambda document: any(map(_is_finding, document.objects)),
    read=_read,
)
