"""A text in every place where a view, a record of a case or a statement can carry one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from irkit.model import Kind
from irkit.postmortem import Postmortem, postmortem
from irkit.resign.statement import KeyNamed, Listed, Statement
from irkit.show import (
    Details,
    Entry,
    Facts,
    Figure,
    Link,
    Notice,
    Passage,
    Prose,
    Span,
    Stage,
    Strip,
    Table,
    Timeline,
    View,
    Written,
)
from tests.postmortem import story
from tests.show.test_renderings import AT, PICTURE


def view_of(text: str) -> View:
    table = Table((text, "n"), ((text, 1),), text, text)
    blocks = (
        Facts(((text, text),), text),
        table,
        Timeline((Entry(AT, text, text, text),), text),
        Figure(PICTURE, text, text, table),
        Figure(f"<svg>{text}", text, text, table),  # a picture that is refused, with the reason and what it would show
        Notice("warn", text),
        Prose((text,)),
        Strip((Stage(text, "unknown", text, "warn"),), text),
        Details(text, (Facts(((text, Link(text, text)),)),), "place-1"),
        written_of(text),
    )
    return View(text, blocks)


def written_of(text: str) -> Written:
    """A person's words in every form that they can have, but for code."""
    words = Passage("paragraph", (Span(text),))
    styled = tuple(Passage("paragraph", (Span(text, style),)) for style in ("strong", "em"))
    item = Passage("item", (), (words,))
    around = (Passage("list", (), (item, item)), Passage("numbered", (), (item,)), Passage("quote", (), (words,)))
    return Written((words, Passage("heading", (Span(text),)), *styled, *around))


def statement_of(text: str) -> Statement:
    return Statement(
        title=text, made_at="2026-03-01T12:00:00Z", old=KeyNamed("AB12" * 10, (text,)), new=KeyNamed("CD34" * 10, (text,), text),
        exposed_since="unknown", exposed_why=text, revoked_at="not yet", reason=text,
        resigned=(Listed(text, "file", "sha256:" + "0a" * 32), Listed(text, "tag", f"git-tag:{text}")),
        withdrawn=(Listed(text, "file", "sha256:" + "0b" * 32, text),), published=(text,), vouchers=((text, "A11C" * 10),),
    )  # fmt: skip


_FREE = frozenset({
    "what", "why", "source", "text", "title", "who", "path", "repository", "file", "user_id", "reply", "tags", "refs", "narrow",
    "reasons", "message", "signature_by", "signature", "form", "place", "actor", "playbook", "step", "notebook", "section", "opened_by",
    "address", "kept_at", "reason", "on_the_wire", "user_ids", "uids", "created", "proven_by", "facts", "findings", "skipped", "bytes_of",
})  # fmt: skip
_NAMED = frozenset({"addresses", "agents", "actions", "regions", "errors"})
_OURS = frozenset({"exposure", "usage"})


def postmortem_of(texts: Iterator[str], alt: str = "x") -> Postmortem:
    """The incident of `tests.postmortem.story`, each word in it that a stranger may have written being the next of `texts`."""
    journal = story.whole("x")
    for section in ("title", "status", "severity", "tlp", "owner", "impact", "communications", "of our own"):
        journal.add(105, Kind.NOTE, {"section": section, "text": "x"})
    kept = {digest: _poisoned(plain, texts) for digest, plain in journal.kept.items()}
    records = [replace(record, actor=next(texts), body=_body(record, texts)) for record in journal.records]
    drawn = replace(story.drawing(), alt=alt, caption=alt)
    return postmortem(records, kept.__getitem__, story.NOW, {f"window:{story.TOKEN.name}": drawn})


def _body(record: Any, texts: Iterator[str]) -> dict[str, Any]:
    body = _poisoned(dict(record.body), texts)
    if record.kind is Kind.NOTE:
        body["section"] = record.body["section"]  # the name decides where the text is put
    return body


def _poisoned(value: Any, texts: Iterator[str], free: bool = False) -> Any:
    if isinstance(value, dict):
        return {name: _named(name, one, texts) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_poisoned(one, texts, free) for one in value]
    return next(texts) if free and isinstance(value, str) else value


def _named(name: str, value: Any, texts: Iterator[str]) -> Any:
    if name in _NAMED and isinstance(value, dict):
        return {f"{next(texts)} {number}": count for number, count in enumerate(value.values())}
    return _poisoned(value, texts, name in _FREE)
