"""Sigma rules over the same events, through pySigma and the embedded SQLite. Pure: rules and events come in as values.

A rule sees the event as the log had it (`userIdentity.type`), so events need their `raw`. Only the fields that some rule
asks for are kept, in a temporary table that spills to disk. https://sigmahq.io/docs/basics/rules.html
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import yaml

from irkit.errors import NotAvailable
from irkit.exposure.usage.finding import MOST_EVIDENCE, Confidence, Finding, Severity, Trace, finding
from irkit.extras import how_to_get
from irkit.model import MatchKind, Skipped, UsageEvent
from irkit.yaml_values import load_all

_RAW = "irkit_raw"
_MOST_FIELDS = 1500  # SQLite allows 2000 columns

LOGS: Mapping[str, str] = {
    "aws": "cloudtrail", "github": "github", "gitlab": "gitlab", "gcp": "gcp", "azure": "azure|entra", "okta": "okta",
    "kubernetes": "kubernetes", "cloudflare": "cloudflare", "vault": "vault", "slack": "slack", "linux": "sshd",
}  # fmt: skip
"""What a rule's `logsource.product` is called among our sources (a pattern)."""

_SEVERITY: Mapping[str, Severity] = {"critical": "high", "high": "high", "medium": "medium", "low": "low"}
_CONFIDENCE: Mapping[str, Confidence] = {"stable": "high", "test": "medium"}
WHOSE = {
    MatchKind.DERIVED: "sessions", MatchKind.CREATED: "created", MatchKind.SAME_PRINCIPAL: "same principal",
    MatchKind.MENTION_ONLY: "others, naming it",
}  # fmt: skip
OURS = ("itself", "sessions", "created")


@dataclass(frozen=True)
class RuleHits:
    """One rule that fired: `by` counts its events by whose they are; only "itself", "sessions" and "created" are uses of
    the credential and of what descends from it."""

    title: str
    id: str
    level: str
    attack: str
    file: str
    by: Mapping[str, int]
    rows: tuple[Trace, ...]
    status: str = ""
    benign: str = ""

    @property
    def ours(self) -> int:
        return sum(self.by.get(whose, 0) for whose in OURS)

    def document(self) -> dict[str, Any]:
        return {
            **vars(self),
            "by": dict(self.by),
            "ours": self.ours,
            "rows": [row.document() for row in self.rows[:20]],
        }

    def finding(self) -> Finding:
        told = ", ".join(f"{number} by {whose}" for whose, number in self.by.items())
        severity: Severity = _SEVERITY.get(self.level, "info")
        confidence: Confidence = _CONFIDENCE.get(self.status, "low")
        title = f"Sigma: {self.title}: {self.ours} events"
        return finding(title, severity, confidence, self.attack, self.rows, self.benign, f"{told}; rule {self.file}")


class RuleBook:
    """Rules that are asked of every event taken. `skipped` lists those that cannot be asked, with the reason.

    NotAvailable without pySigma.
    """

    def __init__(self, texts: Iterable[tuple[str, str]]) -> None:
        self.skipped: list[Skipped] = []
        self._rules: list[tuple[str, Any, list[str], str]] = []
        backend = _backend()
        fields: set[str] = set()
        for name, text in texts:
            for rule in self._parsed(name, text):
                fields |= self._admit(name, rule, backend)
        self._fields: dict[str, list[str]] = {}  # SQLite tells no columns apart by case; rules of several logs do
        for name in sorted(fields - {_RAW})[:_MOST_FIELDS]:
            self._fields.setdefault(name.lower(), []).append(name)
        self._wants_text = _RAW in fields
        self._traces: dict[int, tuple[str, Trace]] = {}
        self._table = self._made()

    @property
    def size(self) -> int:
        return len(self._rules)

    def _parsed(self, name: str, text: str) -> list[Any]:
        """The single rules of a file; of a correlation the rules it is made of are asked, each by itself."""
        from sigma.exceptions import SigmaError
        from sigma.rule import SigmaRule

        found: list[Any] = []
        try:
            for plain in load_all(text):
                if isinstance(plain, dict) and "correlation" in plain:
                    self._skip(name, "a correlation of rules: only single rules are asked")
                elif isinstance(plain, dict):
                    found.append(SigmaRule.from_dict(plain))
                elif plain is not None:
                    self._skip(name, "not a Sigma rule: it is no mapping")
        except yaml.YAMLError as error:
            self._skip(name, f"not YAML: {_line(error)}")
        except (SigmaError, ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
            self._skip(name, f"not a Sigma rule: {_line(error)}")
        return found

    def _admit(self, name: str, rule: Any, backend: Any) -> set[str]:
        from sigma.exceptions import SigmaError

        product = rule.logsource.product or ""
        if product not in LOGS:
            self._skip(
                name, f"its log source ({product or rule.logsource.category or 'none'}) is none that is read here"
            )
            return set()
        try:
            queries, fields = [str(one) for one in backend.convert_rule(rule)], set(backend.required_fields(rule))
        except (SigmaError, NotImplementedError, ValueError, TypeError, RecursionError) as error:
            self._skip(name, f"it cannot be converted: {_line(error)}")
            return set()
        if len(fields) > _MOST_FIELDS:
            self._skip(name, f"it asks for {len(fields)} fields")
            return set()
        self._rules.append((name, rule, queries, LOGS[product]))
        return fields

    def _skip(self, name: str, why: str) -> None:
        self.skipped.append(Skipped(f"rule {name}", why))

    def _made(self) -> sqlite3.Connection:
        connection = sqlite3.connect("")  # a temporary database, in memory until it grows
        connection.create_function("regexp", 2, _regexp, deterministic=True)
        columns = [
            "irkit_number INTEGER PRIMARY KEY",
            "irkit_source TEXT",
            "irkit_whose TEXT",
            "irkit_event TEXT",
            f"{_RAW} TEXT",
        ]
        columns += [f"{_quoted(name)} TEXT COLLATE NOCASE" for name in self._fields]
        connection.execute(f"CREATE TABLE logs ({', '.join(columns)}, UNIQUE (irkit_source, irkit_event))")
        places = ", ".join("?" * len(columns))
        self._insert = f"INSERT OR IGNORE INTO logs VALUES ({places})"  # noqa: S608  (question marks only)
        return connection

    def take(self, event: UsageEvent) -> None:
        """One event; a copy of it counts once. Without its raw form no rule can see it."""
        if event.raw is None or not self._rules:
            return
        whose = "itself" if event.match.is_use else WHOSE[event.match]
        raw = json.dumps(event.raw, ensure_ascii=False) if self._wants_text else None
        fields = (_first(event.raw, names) for names in self._fields.values())
        done = self._table.execute(self._insert, (None, event.source, whose, event.event_id or None, raw, *fields))
        if done.rowcount > 0 and done.lastrowid:
            self._traces[done.lastrowid] = (whose, Trace.of(event))

    def hits(self) -> tuple[RuleHits, ...]:
        """The rules that fired, those by the credential and its descendants first. What fails when asked is in `skipped`."""
        found = [
            hits for name, rule, queries, source in self._rules if (hits := self._asked(name, rule, queries, source))
        ]
        return tuple(sorted(found, key=lambda one: (not one.ours, -one.ours, one.title)))

    def _asked(self, name: str, rule: Any, queries: list[str], source: str) -> RuleHits | None:
        numbers: dict[int, None] = {}
        try:
            for query in queries:
                asked = f"SELECT irkit_number FROM ({query}) WHERE irkit_source REGEXP ? ORDER BY irkit_number"  # noqa: S608  (pySigma's)
                numbers |= dict.fromkeys(row[0] for row in self._table.execute(asked, (source,)))
        except sqlite3.Error as error:
            self._skip(name, f"it cannot be asked: {error}")
            return None
        if not numbers:
            return None
        traces = [self._traces[number] for number in numbers]
        by = Counter(whose for whose, _ in traces)
        ours = [trace for whose, trace in traces if whose in OURS]
        attack = next((f"T{tag.name[1:]}" for tag in rule.tags if re.fullmatch(r"t\d{4}(\.\d{3})?", tag.name)), "")
        return RuleHits(
            str(rule.title), str(rule.id or ""), str(rule.level or "").lower().rpartition(".")[2], attack, name, dict(by),
            tuple((ours or [trace for _, trace in traces])[:MOST_EVIDENCE]), str(rule.status or "").lower().rpartition(".")[2],
            "; ".join(str(one) for one in rule.falsepositives or ()) or "the rule names none",
        )  # fmt: skip


def _backend() -> Any:
    try:
        backend: Any = import_module("sigma.backends.sqlite")
    except ImportError:
        raise NotAvailable("Sigma rules need pySigma and its SQLite backend", do=how_to_get("sigma")) from None
    return backend.sqliteBackend(table="logs", fulltext_field=_RAW)


def _first(raw: Mapping[str, Any], names: list[str]) -> str | None:
    return next((value for name in names if (value := _value(raw, name)) is not None), None)


def _value(raw: Mapping[str, Any], path: str) -> str | None:
    """The value at a dotted path, as Sigma compares it: text, `true` and `false` in words, a list of one as its item."""
    if path in raw:
        return _text(raw[path])
    found = list(_at(raw, path.split(".")))
    if not found:
        return None
    return _text(found[0] if len(found) == 1 else found)


def _at(value: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _at(item, path)
    elif not path:
        if value is not None:
            yield value
    elif isinstance(value, Mapping) and path[0] in value:
        yield from _at(value[path[0]], path[1:])


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _regexp(pattern: str, value: str | None) -> bool:
    return value is not None and re.search(pattern, str(value)) is not None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
