"""How formats and languages write a text between their quotes. Pure.

Each function gives every writing that is usual: what must be escaped escaped, and the whole escaped. One writing that is the
text itself is no loss; it is dropped where needles are made distinct.
"""

from __future__ import annotations

import html
import json
import re
import shlex
from collections.abc import Callable, Iterator
from html.entities import html5
from itertools import product
from urllib.parse import quote_from_bytes, quote_plus

_ODD = re.compile(r"[^A-Za-z0-9]")
_PERCENT = re.compile(r"%[0-9A-F]{2}")
_NAMES = {
    text: f"&{name}"
    for name, text in sorted(html5.items(), key=lambda item: (-len(item[0]), item[0]))
    if name.endswith(";") and len(text) == 1
}


def entity_names(letter: str) -> tuple[str, ...]:
    """What HTML calls it, without the ampersand: `lt;`."""
    return tuple(name for name, text in html5.items() if text == letter and name.endswith(";"))


def percent(value: bytes) -> Iterator[bytes]:
    """RFC 3986, JavaScript's encodeURIComponent and encodeURI, form encoding; hexadecimal in either case."""
    writings = [quote_from_bytes(value, safe=safe) for safe in ("", "/", "!'()*", ";,/?:@&=+$-_.!~*'()#")]
    for text in (*writings, quote_plus(value)):
        yield text.encode()
        yield _PERCENT.sub(lambda match: match[0].lower(), text).encode()
    yield b"".join(b"%%%02X" % byte for byte in value)
    yield b"".join(b"%%%02x" % byte for byte in value)


def json_string(text: str) -> Iterator[bytes]:
    """RFC 8259; with `/` escaped (PHP), with `<>&` escaped (Go, Rails), with more of them (Gson, .NET), with everything escaped,
    and JSON kept in a JSON string."""
    plain, ascii_only = json.dumps(text, ensure_ascii=False)[1:-1], json.dumps(text)[1:-1]
    for once in (
        plain,
        ascii_only,
        ascii_only.replace("/", "\\/"),
        _each(ascii_only, "<>&", _u),
        _each(ascii_only, "<>&'", _u),
        _each(ascii_only, "<>&'=+`", _u),
    ):
        yield once.encode()
        yield json.dumps(once)[1:-1].encode()
    units = text.encode("utf-16-be")
    pairs = [units[start : start + 2].hex() for start in range(0, len(units), 2)]
    yield "".join(f"\\u{pair}" for pair in pairs).encode()
    yield "".join(f"\\u{pair.upper()}" for pair in pairs).encode()
    yield "".join(f"\\u{{{ord(letter):x}}}" for letter in text).encode()  # ECMAScript


def yaml_scalar(text: str) -> Iterator[bytes]:
    """YAML 1.2: single quotes double a quote; double quotes are JSON's, with `\\xNN` as well."""
    yield text.replace("'", "''").encode()
    slim = text.replace("\\", "\\\\").replace('"', '\\"')
    yield "".join(
        c if " " <= c <= "~" else f"\\x{ord(c):02X}" if ord(c) < 256 else f"\\u{ord(c):04X}" for c in slim
    ).encode()


def shell_word(text: str) -> Iterator[bytes]:
    """POSIX shell: in single quotes, in double quotes, with backslashes (`printf %q`)."""
    yield shlex.quote(text).strip("'").encode()
    yield text.replace("'", "'\\''").encode()
    for specials in ('\\"$`', '\\"$`!'):
        yield _each(text, specials, lambda letter: "\\" + letter).encode()
    yield re.sub(r"[^A-Za-z0-9_./:=@%+,-]", lambda match: "\\" + match[0], text).encode()
    yield _ODD.sub(lambda match: "\\" + match[0], text).encode()


def c_string(value: bytes) -> Iterator[bytes]:
    """C, and the languages that took its escapes: `\\"`, and every byte as `\\xNN` or `\\NNN`."""
    for quotes in (b'"\\', b"'\\", b"\"'\\"):
        yield b"".join(b"\\" + bytes((byte,)) if byte in quotes else _c_byte(byte) for byte in value)
    yield b"".join(b"\\x%02x" % byte for byte in value)
    yield b"".join(b"\\x%02X" % byte for byte in value)
    yield b"".join(b"\\%03o" % byte for byte in value)
    yield b"".join(b"\\0%03o" % byte for byte in value)  # POSIX printf %b


def byte_array(value: bytes) -> Iterator[bytes]:
    """Numbers between brackets: C and `xxd -i`, Go, JSON of a Buffer in Node.js."""
    for pattern, comma in product((b"0x%02x", b"0x%02X", b"%d"), (b", ", b",")):
        yield comma.join(pattern % byte for byte in value)


def markup(text: str) -> Iterator[bytes]:
    """HTML: what must be escaped; every odd character, or every one, by name, in decimal or in hexadecimal."""
    slim = html.escape(text, quote=False)
    for double, single in product(('"', "&quot;", "&#34;"), ("'", "&#x27;", "&#39;", "&apos;")):
        yield slim.replace('"', double).replace("'", single).encode()
    yield "".join(letter if letter.isalnum() else _NAMES.get(letter, letter) for letter in text).encode()
    for pattern in ("&#%04d;", "&#x%04x;", "&#X%X;"):
        yield "".join(pattern % ord(letter) for letter in text).encode()
    for pattern in ("&#%d;", "&#x%x;", "&#x%X;"):
        yield _ODD.sub(lambda match, pattern=pattern: pattern % ord(match[0]), text).encode()  # type: ignore[misc]
        yield re.sub(r"[&<>\"'+=`]", lambda match, pattern=pattern: pattern % ord(match[0]), text).encode()  # type: ignore[misc]
        yield "".join(pattern % ord(letter) for letter in text).encode()


def _c_byte(byte: int) -> bytes:
    return bytes((byte,)) if 0x20 <= byte < 0x7F else b"\\x%02x" % byte


def _each(text: str, letters: str, escape: Callable[[str], str]) -> str:
    return "".join(escape(letter) if letter in letters else letter for letter in text)


def _u(letter: str) -> str:
    return f"\\u{ord(letter):04x}"
