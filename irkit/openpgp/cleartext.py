"""Clear-signed texts: taken out of their frame, and put together around a signature that somebody else makes. Pure.

RFC 9580, section 7. What is signed is what the frame holds, and nothing around it: lines that begin with a dash are escaped; blanks at
the end of a line and the last line end are not signed (7.2).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from irkit.errors import BadInput

_BEGIN = b"-----BEGIN PGP SIGNED MESSAGE-----"
_FRAME = re.compile(
    rb"^-----BEGIN PGP SIGNED MESSAGE-----[ \t]*(?P<end>\r?\n)(?:Hash: [^\r\n]*\r?\n)*\r?\n"
    rb"(?P<text>.*?)"
    rb"^(?P<signature>-----BEGIN PGP SIGNATURE-----.*?^-----END PGP SIGNATURE-----[ \t]*(?:\r?\n|\Z))",
    re.DOTALL | re.MULTILINE,
)
_DASH = re.compile(rb"^-", re.MULTILINE)
_ESCAPED = re.compile(rb"^- ", re.MULTILINE)
_NOT_ESCAPED = re.compile(rb"^-----", re.MULTILINE)
_BLANKS = b" \t\r"


@dataclass(frozen=True)
class ClearSigned:
    """`text` as a reader sees it, with its last line end; `signature` in armor; `start` and `end` of the frame in the data."""

    text: bytes
    signature: bytes
    start: int
    end: int

    @property
    def signed(self) -> bytes:
        """The bytes that the signature is over."""
        return hashed(self.text)


def frames(data: bytes) -> tuple[ClearSigned, ...]:
    """Every clear-signed text in `data`; what stands around them is not signed by anybody. A frame within a frame is none."""
    return tuple(
        ClearSigned(_plain(match["text"], match["end"]), match["signature"], match.start(), match.end())
        for match in _FRAME.finditer(data)
        if not _NOT_ESCAPED.search(match["text"])
    )


def whole(data: bytes) -> ClearSigned | None:
    """The one clear-signed text that `data` is, with nothing but white space around it; None when it is something else."""
    found = frames(data)
    if len(found) != 1 or data[: found[0].start].strip() or data[found[0].end :].strip():
        return None
    return found[0]


def text_of(data: bytes) -> bytes:
    """The text of a clear-signed file. BadInput when it is not one, or something stands around it."""
    frame = whole(data)
    if frame is None:
        raise BadInput(
            "this is not one clear-signed text",
            why="something stands before, behind or between, its head is not closed, or it is escaped in another way",
            do="look at it; nothing of it is trusted",
        )
    return frame.text


def looks_clear_signed(head: bytes) -> bool:
    """By its first line."""
    return head.lstrip().startswith(_BEGIN)


def hashed(text: bytes) -> bytes:
    """The form that is signed: no blanks at line ends, CRLF between lines, none after the last."""
    return b"\r\n".join(line.rstrip(_BLANKS) for line in text.removesuffix(b"\n").split(b"\n"))


def clearsigned(text: bytes, sign: Callable[[bytes], bytes], hash_name: str = "SHA512") -> bytes:
    """The text in the clear with its signature after it. `sign` gets what is hashed and gives an armored signature of class 0x01.

    The text stands as it is, but for dashes at the start of a line and a line end added to a last line that has none.
    """
    shown = _DASH.sub(b"- -", text)
    if text and not text.endswith(b"\n"):
        shown += b"\n"
    head = _BEGIN + b"\nHash: " + hash_name.encode() + b"\n\n"
    return head + shown + sign(hashed(text))


def _plain(text: bytes, end: bytes) -> bytes:
    """Unescaped. Where the frame itself has CRLF, the file was turned to it, and the text with it."""
    return _ESCAPED.sub(b"", text.replace(b"\r\n", b"\n") if end == b"\r\n" else text)
