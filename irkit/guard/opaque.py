"""What cannot be redacted is not shown: pixels, sounds, PDF pages, pickles, binary traffic of widgets. Rules over messages and files.

In a kernel that hides something, a part of a message that is not text is replaced by a sentence, unless guarded matplotlib drew it
(`irkit.guard.drawing`). What a drawing in SVG says in words is redacted like any text; letters that are drawn as shapes cannot be, so
that a drawing from elsewhere that has shapes and no words is refused, and one that has both is shown with a line that says so.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from html import escape, unescape
from typing import Any
from urllib.parse import unquote_to_bytes

from irkit.guard.active import get_redactor
from irkit.guard.drawing import drawn
from irkit.redact import Redactor

LOOK = "To look at it all the same, write it to a file outside the case folder and open that file with another program."
_FAMILIES = re.compile(r"(?:application|audio|font|image|model|multipart|video)/[\w.+-]+(?:;.*)?")
_READABLE = re.compile(
    r"application/(?:(?:x-)?(?:javascript|ecmascript|latex|tex|sql|yaml|toml|sh|python)|json|xml|graphql|[\w.+-]+\+(?:json|xml|yaml))(?:;.*)?"
)
_SVG = "image/svg+xml"
_ADDRESS = re.compile(
    r"data:\s*(?P<kind>(?:application|audio|font|image|model|video)/[\w.+-]+)[\w;=+. -]*?"
    r"(?:(?P<base64>;\s*base64)\s*,(?P<data>(?:[A-Za-z0-9+/=_%-]|\\?\r?\n)*)|,(?P<plain>[^\s\"')]*))",
    re.IGNORECASE,
)
_WRAPPED = re.compile(r"[\s\\]+")  # as scripts break long text over lines
_SHAPES = re.compile(r"<(?:\w+:)?(?:path|use|polygon|polyline|rect|line|image|foreignObject)\b", re.IGNORECASE)
_PIXELS = re.compile(r"<(?:\w+:)?(?:image|foreignObject)\b", re.IGNORECASE)
# In what follows no tag reaches over the beginning of another: hostile markup must not take quadratic time.
_TAG = re.compile(r"<[^<>]*>")
_TEXT, _DRAWING, _UNSEEN = (
    re.compile(rf"<(?P<end>/?)(?:\w+:)?(?:{names})\b[^<>]*>", re.IGNORECASE)
    for names in ("text", "svg", "style|script|title|metadata")
)
_NOTE = "irkit has hidden secrets in the words of this drawing; letters that are drawn as shapes it cannot read."


def sentence(what: str) -> str:
    """Why something is not shown, and how it may be looked at anyway."""
    return f"irkit does not show this ({what}): it cannot see into it, so it could not hide a secret of the case there. {LOOK}"


def shown(value: Any) -> Any:
    """The content of a message with every part that cannot be redacted replaced by a sentence. As it is while nothing is hidden.

    It is not redacted yet: a picture is known by its bytes.
    """
    if not get_redactor():
        return value
    if isinstance(value, str):
        text, refused = _addresses(value)
        return "\n\n".join([text, *map(sentence, dict.fromkeys(refused))])
    if isinstance(value, Mapping):
        clean = {name: shown(item) for name, item in value.items() if not _is_kind(name)}
        return {**clean, **_bundle({name: item for name, item in value.items() if _is_kind(name)}, clean)}
    if isinstance(value, list | tuple):
        return [shown(item) for item in value]
    return value


def buffers(pieces: Any) -> tuple[list[Any], int]:
    """The binary parts of a message: text is redacted, what matplotlib drew stays, anything else becomes empty. And how many did."""
    redactor = get_redactor()
    if not redactor:
        return list(pieces), 0
    kept: list[Any] = []
    refused = 0
    for piece in pieces:
        data = bytes(piece)
        if data in drawn:
            kept.append(piece)
        elif is_text(data):
            kept.append(redactor.data(data))
        else:
            kept.append(b"")
            refused += 1
    return kept, refused


def is_text(data: bytes) -> bool:
    """Whether it is UTF-8 without NUL: such a text can be redacted and is a text afterwards."""
    try:
        return "\0" not in data.decode()
    except UnicodeDecodeError:
        return False


def _is_kind(name: Any) -> bool:
    return isinstance(name, str) and (name in ("text/html", _SVG) or _FAMILIES.fullmatch(name) is not None)


def _bundle(kinds: Mapping[str, Any], beside: Mapping[str, Any]) -> dict[str, Any]:
    """Of one thing in several kinds, those that may be shown, and a sentence for those that may not."""
    clean: dict[str, Any] = {}
    refused: list[str] = []
    html = kinds.get("text/html")
    for kind, value in kinds.items():
        if not isinstance(value, str | bytes | list):
            clean[kind] = shown(value)  # what describes a picture, or a document
        elif kind == "text/html":
            clean[kind] = _html(_joined(value))
        elif kind == _SVG:
            why, drawing = _svg(_joined(value))
            if why:
                refused.append(why)
            elif drawing is not None and html is None:
                clean["text/html"] = drawing
            else:
                clean[kind] = value
        elif _READABLE.fullmatch(kind):
            clean[kind] = shown(value)
        elif _data(value) in drawn:
            clean[kind] = value
        else:
            refused.append(f"{kind}, {len(_data(value))} bytes")
    if refused:
        plain = _joined(beside.get("text/plain", ""))
        clean["text/plain"] = "\n".join([*map(sentence, refused), *([plain] if plain else [])])
    return clean


def _html(html: str) -> str:
    """HTML without what it holds in pictures; words that a tag cuts in two are given without tags."""
    html, refused = _addresses(html)
    pieces = []
    for inside, piece in _parted(html, _DRAWING):
        why = _faults(piece) if inside and piece.encode("utf-8", "surrogatepass") not in drawn else ""
        refused += [why] if why else []
        pieces.append("" if why else piece)
    html = "".join(pieces)
    if _cut(html) and _cut(get_redactor().text(html)):
        html = f"<pre>{escape(get_redactor().text(_words(html)))}</pre>"
    notes = "".join(f'<p role="note">{escape(sentence(what))}</p>' for what in dict.fromkeys(refused))
    return notes + html


def _cut(markup: str) -> bool:
    """Whether its words show a secret. Of redacted markup: one that tags cut in two, so that it stood nowhere as a whole."""
    return bool(get_redactor().finds(_words(markup).encode("utf-8", "surrogatepass")))


def _words(markup: str) -> str:
    """What is read of a page or a drawing, tags and style sheets left out."""
    return unescape(_TAG.sub("", "".join(piece for inside, piece in _parted(markup, _UNSEEN) if not inside)))


def _parted(markup: str, tag: re.Pattern[str]) -> Iterator[tuple[bool, str]]:
    """`markup` in order, in pieces that are an outermost element with such a tag, or are not. One that never ends takes the rest."""
    depth = begin = 0
    for found in tag.finditer(markup):
        if found["end"]:
            if depth == 1:
                yield True, markup[begin : found.end()]
                begin = found.end()
            depth = max(0, depth - 1)
        elif not found[0].endswith("/>"):
            if depth == 0:
                yield False, markup[begin : found.start()]
                begin = found.start()
            depth += 1
    yield depth > 0, markup[begin:]


def _svg(svg: str) -> tuple[str, str | None]:
    """Why a drawing is refused ("" when it is not), and HTML that shows it with a note (None: as it is)."""
    if svg.encode("utf-8", "surrogatepass") in drawn:
        return "", None
    if why := _faults(svg):
        return why, None
    if not _SHAPES.search(svg):
        return "", None
    source = base64.b64encode(get_redactor().text(svg).encode("utf-8", "replace")).decode()
    picture = f'<img src="data:{_SVG};base64,{source}" alt="a drawing in SVG">'
    return "", f"<figure>{picture}<figcaption>{escape(_NOTE)}</figcaption></figure>"


def _faults(svg: str) -> str:
    """What in a drawing made elsewhere cannot be read."""
    if _PIXELS.search(svg):
        return "a drawing with a picture in it"
    if _SHAPES.search(svg) and not any(
        inside and re.search(r"\w", _words(text)) for inside, text in _parted(svg, _TEXT)
    ):
        return "a drawing in shapes without words"
    if _cut(get_redactor().text(svg)):
        return "a drawing whose words stand in pieces"
    return ""


def _addresses(text: str) -> tuple[str, list[str]]:
    """`data:` addresses whose content cannot be seen are emptied; what they were is told."""
    if "data:" not in text.lower():
        return text, []
    refused: list[str] = []

    def seen(found: re.Match[str]) -> str:
        kind = found["kind"].lower()
        encoded = found["base64"] is not None
        data = _data(_WRAPPED.sub("", found["data"])) if encoded else unquote_to_bytes(found["plain"])
        if _READABLE.fullmatch(kind) or data in drawn:
            return found[0]
        why = f"{kind}, {len(data)} bytes"
        if kind == _SVG:
            whole = encoded or data.rstrip().endswith(b"</svg>")
            why = _faults(data.decode("utf-8", "replace")) if whole else "a drawing that is not whole"
        if why:
            refused.append(why)
            return "data:,"
        return found[0]

    return _ADDRESS.sub(seen, text), refused


def _joined(value: Any) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


def _data(value: Any) -> bytes:
    """The bytes behind base64; the text itself where it is none."""
    if isinstance(value, bytes):
        return value
    text = _joined(value)
    try:
        return base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError):
        return text.encode("utf-8", "surrogatepass")


def found_in(data: bytes, redactor: Redactor, name: str = "") -> tuple[str, ...]:
    """Which secrets stand in a file, in whatever it contains: archives, databases, text of pictures, and as the gate reads it."""
    from irkit.sources.archives.walk import search_pieces
    from irkit.sources.hunt import Hits, Hunted

    if not redactor:
        return ()
    hunted = [Hunted(one.label, tuple(each for each in one.needles if not each.weak)) for one in redactor.hidden]
    searched = search_pieces(Hits(hunted), iter((data,)), name or "the file", name)
    return tuple(dict.fromkeys((*redactor.finds(data), *(inside.hit.credential for inside in searched.found))))
