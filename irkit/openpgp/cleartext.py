"""Clear-signed texts (RFC 9580, section 7): taken apart, and put together around a signature that somebody else makes. Pure."""

from __future__ import annotations

from collections.abc import Callable

from irkit.errors import BadInput

_BEGIN, _SIGNATURE = b"-----BEGIN PGP SIGNED MESSAGE-----", b"-----BEGIN PGP SIGNATURE-----"
_BLANKS = b" \t\r"


def clearsigned(text: bytes, sign: Callable[[bytes], bytes], hash_name: str = "SHA512") -> bytes:
    """The text in the clear with its signature after it. `sign` gets what is hashed and gives an armored signature of class 0x01.

    The text stands as it is, but for dashes at the start of a line and a line end added to a last line that has none.
    """
    lines = text.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    shown = [b"- " + line if line.startswith(b"-") else line for line in lines]
    head = [_BEGIN, b"Hash: " + hash_name.encode(), b""]
    return b"\n".join((*head, *shown, b"")) + sign(hashed(text))


def hashed(text: bytes) -> bytes:
    """The form that is signed: no blanks at line ends, CRLF between lines, none after the last."""
    lines = text.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    return b"\r\n".join(line.rstrip(_BLANKS) for line in lines)


def text_of(data: bytes) -> bytes:
    """The text of a clear-signed file. BadInput when it is not one, holds several, or says that it is escaped in another way."""
    clean = data.replace(b"\r\n", b"\n") if _BEGIN + b"\r\n" in data else data
    before, begun, rest = clean.partition(_BEGIN + b"\n")
    headers, _, body = rest.partition(b"\n\n") if not rest.startswith(b"\n") else (b"", b"", rest[1:])
    text, signed, after = (b"\n" + body).partition(b"\n" + _SIGNATURE)
    if not begun or not signed or before.strip() or _BEGIN in after:
        raise BadInput("this is not one clear-signed text", do="check that it begins with a PGP SIGNED MESSAGE line")
    names = {line.partition(b":")[0] for line in headers.split(b"\n") if line}
    if names - {b"Hash", b"Charset"}:
        raise BadInput(
            "a clear-signed text with headers that are not read", on=b", ".join(sorted(names)).decode("ascii", "replace"),
            do="sign it by hand",
        )  # fmt: skip
    lines = text[1:].split(b"\n")
    return b"\n".join(line.removeprefix(b"- ") for line in lines) + (b"\n" if text else b"")
