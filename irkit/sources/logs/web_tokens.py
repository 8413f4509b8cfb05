"""Credentials that a web server's log may hold by accident: in a URL, a Referer, the user of a Basic login. Pure.

The log holds the value itself, and a row must not: a candidate is known by its SHA-256 (base64), in the form in which it was
issued, percent-encoding undone. Access key ids and the like in presigned URLs are public and stay as they are.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from urllib.parse import unquote, unquote_plus

from irkit.needles import MIN_BYTES

_PUBLIC = re.compile(r"(?i)(?:^|[?&])(?:X-Amz-Credential|AWSAccessKeyId|X-Goog-Credential|GoogleAccessId)=([^&/%\s]+)")
_VALUE = re.compile(r"[?&;#]([^=&;#]*)=([^&#]*)")
_SECRETIVE = re.compile(r"(?=[^/]*[0-9])(?=[^/]*[A-Za-z])[A-Za-z0-9_.~+=%-]{20,}")
_ENOUGH = 64


def hashes(*texts: str) -> tuple[str, ...]:
    """The names under which the log knows what stands in these texts, at most some dozens."""
    found: dict[str, None] = {}
    for text in texts:
        for candidate in _candidates(text):
            if len(candidate) >= MIN_BYTES and len(found) < _ENOUGH:
                found[name_of(candidate)] = None
    return tuple(found)


def name_of(value: str) -> str:
    return base64.b64encode(hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()).decode()


def public_ids(*texts: str) -> tuple[str, ...]:
    """Access key ids in presigned URLs (AWS signature versions 2 and 4, Google's likewise)."""
    return tuple(dict.fromkeys(one for text in texts for one in _PUBLIC.findall(text)))


def masked(url: str) -> str:
    """The URL without the values of its query and without parts of its path that look like a secret."""
    path, mark, query = url.partition("?")
    path = "/".join("***" if _SECRETIVE.fullmatch(part) else part for part in path.split("/"))
    path = re.sub(r"//[^/@]*@", "//***@", path)
    names = re.sub(r"=[^&]*", "=***", query) if "=" in query else ("***" if query else "")
    return f"{path}{mark}{names}"


def masked_user(user: str) -> str:
    """The user of a Basic login, unless it looks like a token."""
    return "***" if re.fullmatch(r"[A-Za-z0-9_~+=%-]{16,}", user) else user


def _candidates(text: str) -> Iterator[str]:
    """Whole values first, then the runs between separators, as they stand and with percent-encoding undone."""
    for match in _VALUE.finditer(text):
        yield unquote_plus(match[2])
        yield unquote(match[2])
    for one in dict.fromkeys((text, unquote(text), unquote(unquote(text)))):
        yield from re.split(r"[\s/?&=#;,:@\"'|\\<>()\[\]{}]+", one)
        yield from re.split(r"[\s?&#;,:@\"'|\\<>()\[\]{}]+", one)
