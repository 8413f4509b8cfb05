"""Clear-signed texts, taken out of their frame: what is signed is what the frame holds, and nothing around it. Pure.

RFC 9580, section 7: dashes are escaped (7.2); blanks at the end of a line and the last line end are not signed (7.2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FRAME = re.compile(
    rb"^-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\r?\n(?:Hash: [^\r\n]*\r?\n)*\r?\n"
    rb"(?P<text>.*?)(?:\r?\n)?"
    rb"^(?P<signature>-----BEGIN PGP SIGNATURE-----.*?^-----END PGP SIGNATURE-----[ \t]*(?:\r?\n|\Z))",
    re.DOTALL | re.MULTILINE,
)
_ESCAPED = re.compile(rb"^- ", re.MULTILINE)
_BLANK_END = re.compile(rb"[ \t\r]+$", re.MULTILINE)
_HEAD = b"-----BEGIN PGP SIGNED MESSAGE-----"


@dataclass(frozen=True)
class ClearSigned:
    """`text` as a reader sees it, without its last line end; `signature` in armor; `start` and `end` of the frame in the data."""

    text: bytes
    signature: bytes
    start: int
    end: int

    @property
    def signed(self) -> bytes:
        """The bytes that the signature is over, with line ends that programs turn into those of a text signature."""
        return canonical(self.text)


def canonical(text: bytes) -> bytes:
    return _BLANK_END.sub(b"", text)


def frames(data: bytes) -> tuple[ClearSigned, ...]:
    """Every clear-signed text in `data`; what stands around them is not signed by anybody. A frame within a frame is none."""
    return tuple(
        ClearSigned(_ESCAPED.sub(b"", match["text"]), match["signature"], match.start(), match.end())
        for match in _FRAME.finditer(data)
        if not any(line.startswith(b"-----") for line in match["text"].split(b"\n"))
    )


def whole(data: bytes) -> ClearSigned | None:
    """The one clear-signed text that `data` is, with nothing but white space around it; None when it is something else."""
    found = frames(data)
    if len(found) != 1 or data[: found[0].start].strip() or data[found[0].end :].strip():
        return None
    return found[0]


def looks_clear_signed(data: bytes) -> bool:
    return data.lstrip().startswith(_HEAD)
