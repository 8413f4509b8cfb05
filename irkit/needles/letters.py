"""A text each letter of which may stand escaped, however the escapes are mixed. Pure.

Formats leave it to the writer which letters he escapes, and by which of several escapes; what was written into JSON may be
written into JSON once more. So the text is read letter by letter: as it is, or as any of these writes it: backslash escapes
(JSON RFC 8259, YAML 1.2, C, POSIX shell, JavaScript), percent (RFC 3986), entities (HTML), quoted-printable (RFC 2045), doubled
quotes (YAML, SQL, CSV), numbers with commas between. Joints are those of `irkit.needles.joints`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from irkit.needles.escapes import entity_names
from irkit.needles.joints import HEAD, OPEN, PIECE, past_joint

LONGEST = 28
"""Bytes of one letter at most: a surrogate pair in JSON in JSON, an entity escaped several times."""

_BEGINNING = re.compile(
    rb"(?:,[ \t\r\n]{0,20})?(?:0[xX]?[0-9A-Fa-f]{0,2}|[1-9][0-9]{0,2})?\Z|[\\%&='\"+^`][\\%&='\"#;A-Za-z0-9{}]{0,28}\Z"
)
"""At the end of the data: what may become an escape."""

_FORMS = (
    ("percent-encoded", re.compile(rb"%u?[0-9A-Fa-f]{2}")),
    ("html-escaped", re.compile(rb"&#?\w+;")),
    ("json-escaped", re.compile(rb"\\u[0-9A-Fa-f{]")),
    ("c-escaped", re.compile(rb"\\(?:x[0-9A-Fa-f]{2}|[0-7]{3})")),
    ("quoted-printable", re.compile(rb"=[0-9A-F]{2}|=\r?\n")),
    ("shell-escaped", re.compile(rb"\\[^\w\\\"/\r\n]")),
    ("json-escaped", re.compile(rb"\\[\\\"/]")),
    ("yaml-escaped", re.compile(rb"''|\"\"")),
)


def escaped(data: bytes, start: int, text: bytes, at: int, *, splits: bool, last: bool = False) -> int | None:
    """Where the text ends that stands at `start`, from its byte `at` on; None when it does not.

    `OPEN` when the data ends before it can be told, unless it is the `last` of it.
    """
    position, since, first = start, 0, True
    far = len(data) - 3  # at the very end a number may go on, or the letter be all there is
    while at < len(text):
        if position < far and data[position] == text[at] in _ALWAYS_ITSELF:
            at, since, position = at + 1, since + 1, position + 1
            continue
        wide = _WIDE.match(text, at)
        letter = wide[0] if wide else text[at : at + 1]
        found = _writings(letter).match(data, position)
        rest = data[position : position + len(letter) + 1]  # never all of it: data may be large, and heads many
        undecided = not last and (letter.startswith(rest) or _BEGINNING.match(data, position) is not None)
        if undecided and (found is None or found[0] == letter):  # `=` may become `=3D`
            return OPEN
        if found:
            at, since, position = at + len(letter), since + 1, found.end()
            continue
        if not splits or since < (HEAD if first else PIECE):
            return None
        behind = past_joint(data, position, text, at, last=last)
        if behind is None or behind == OPEN:
            return behind
        position, since, first = behind, 0, False
    return position


def escaped_form(data: bytes, start: int, end: int, text: bytes) -> str | None:
    """The form by the kind of escapes that stand there and not in the text itself; None when there are none."""
    here = data[start:end]
    return next((form for form, kind in _FORMS if len(kind.findall(here)) > len(kind.findall(text))), None)


_WIDE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_ALWAYS_ITSELF = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz1236789")
"""Letters with which no escape begins: they stand for themselves, and are told without an expression. A number for a letter may begin
with 0, 4 or 5."""
_AMPERSAND = rb"(?:&|\\{1,4}u0026)(?:amp;){0,3}"
_CONTROLS = {"\n": b"n", "\r": b"r", "\t": b"t"}


@lru_cache(maxsize=1024)
def _writings(letter: bytes) -> re.Pattern[bytes]:
    """One letter (its bytes in UTF-8, or one byte that is no text) in all writings; itself last, for `''` begins with `'`."""
    try:
        text = letter.decode()
    except UnicodeDecodeError:
        return re.compile(b"|".join((*_by_bytes(letter), re.escape(letter))), re.DOTALL)
    number = ord(text)
    kinds = [*_by_bytes(letter), *_by_number(number), _AMPERSAND + b"(?:%s)" % _entities(text, number)]
    if text in _CONTROLS:
        kinds.append(rb"\\{1,8}" + _CONTROLS[text])
    elif text == "\\":
        kinds += [rb"\\{%d}" % count for count in (16, 8, 4, 2)]
    elif number < 128 and not text.isalnum():
        kinds.append(rb"(?:\\{1,8}|[`^])" + re.escape(letter))
    kinds += {"'": [rb"'\\{1,4}''", b"'\"'\"'", b"''"], '"': [b'""'], " ": [rb"\+"]}.get(text, [])
    if 128 <= number < 256:
        kinds.append(re.escape(text.encode("latin-1")))
    return re.compile(b"|".join((*kinds, re.escape(letter))), re.DOTALL)


def _by_bytes(letter: bytes) -> list[bytes]:
    """Every byte in hexadecimal behind a mark, or in octal behind a backslash."""
    marks = (rb"\\{1,8}x", rb"%(?:25){0,3}", b"=")
    found = [b"".join(mark + _digits(f"{byte:02x}") for byte in letter) for mark in marks]
    octal = b"".join(rb"\\{1,8}0?%03o" % byte for byte in letter)
    numbers = [b"".join(kind % byte for byte in letter) for kind in (b"0[xX](?i:%02x)", b"%d") if len(letter) == 1]
    arrays = [
        kind for number in numbers for kind in (rb",[ \t\r\n]{0,20}" + number + rb"(?![0-9A-Fa-f.])", number + b"(?=,)")
    ]
    return [*found, octal, *arrays]


def _by_number(number: int) -> list[bytes]:
    """The number of the letter as JSON, JavaScript, Python and C write it."""
    found = [rb"\\{1,8}u\{0{0,4}" + _digits(f"{number:x}") + rb"\}", rb"\\{1,8}U" + _digits(f"{number:08x}")]
    if number < 256:
        found += [rb"\\{1,8}x" + _digits(f"{number:02x}"), b"%" + _digits(f"{number:02x}")]
    units = chr(number).encode("utf-16-be").hex()
    pairs = [_digits(units[at : at + 4]) for at in range(0, len(units), 4)]
    return [*found, *(b"".join(mark + pair for pair in pairs) for mark in (rb"\\{1,8}u", b"%u"))]


def _entities(text: str, number: int) -> bytes:
    named = [re.escape(name.encode()) for name in entity_names(text)]
    return b"|".join((b"#0{0,4}%d;" % number, b"#[xX]0{0,4}" + _digits(f"{number:x}") + b";", *named))


def _digits(digits: str) -> bytes:
    return b"(?i:%s)" % digits.encode()
