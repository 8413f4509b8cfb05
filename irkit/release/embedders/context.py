"""What stands around a name of the key, and so whether it is trusted there and how. Pure.

Of a line only the name itself, a URL or path it stands in (without a password), and a word known here are ever given back:
secrets may stand beside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from irkit.release.embedders.sought import ADDRESS, FILE, MAIL, RPM

REACH = 400
"""Bytes before and behind a hit that are looked at."""

_DIRECTIVES = re.compile(
    rb"(?i)(--(?:recv|receive|refresh|search|locate|locate-external|delete)-keys?|--recv|--keyserver|apt-key(?:\s+(?:adv|add))?"
    rb"|signed-by|gpgkey|rpm(?:keys)?\s+--import|--import|--dearmor|--keyring|--(?:no-)?default-key|--local-user|--trusted-key"
    rb"|\bwkd\b|signingkey|trusted-keys?|trusted\.gpg\.d|keyrings/|rpm-gpg|key[ _-]?id|keyname|fingerprint|\bfpr\b|public[ _-]?key"
    rb"|(?:signing|release|pgp|gpg|openpgp)[ _-]?keys?|gpgv?\b|\bsqv?\b|openpgp|\bcurl\b|\bwget\b|\bCOPY\b|\bADD\b)"
)
_OF_FILES = re.compile(rb"(?i)curl|wget|copy|add")
_LOOKS_UP = re.compile(rb"(?i)--(?:recv|receive|refresh|search|locate|default-key|local-user|trusted)|signingkey|wkd")
_URL = re.compile(rb"(?i)\b(?:https?|hkps?|ldaps?|ftp|file)://[^\s\"'<>()\[\]{}`|,;\\]+")
_USER = re.compile(r"(?i)^([a-z]+://)[^/@?#]*@")
_PATH = re.compile(rb"[^\s\"'<>()\[\]{}`|,;=\\$]+")
_KINDS = {"fingerprint": "fingerprint", "long-id": "long key id", "short-id": "short key id"}
_DIGITS = re.compile(rb"(?i)(?:0x)?[0-9a-f](?:[ \t\r\n:.\xa0\xc2-]{0,4}[0-9a-f])*")
_LENGTHS = {"fingerprint": (40, 64), "long-id": (16,), "short-id": (8,)}


@dataclass(frozen=True)
class Around:
    """The bytes around a hit; the hit begins at `at`."""

    data: bytes
    at: int


@dataclass(frozen=True)
class Read:
    """How the key is trusted in a place, and what stands there."""

    how: str
    key: str


def material(form: str) -> str | None:
    """How a key block of that form is called; None for a form that is a name, or a private key (which is a leak, not trust)."""
    if "private" in form:
        return None
    if form == "keyring":
        return "binary keyring"
    return "armored key" if form.startswith("armored-keyring") else None


def read_name(form: str, around: Around, needle: str = "") -> Read | None:
    """What a name of the key is in its surroundings; None when nothing there speaks of a key."""
    line = _line(around)
    url = _within(_URL, line)
    word = _directive(line)
    if form == RPM:
        return Read("short key id", needle)
    if form == ADDRESS:
        return Read("address of the key", _clean(url) if url else needle)
    if form == MAIL:
        mail = re.split("[ ='\"]", needle)[-1]
        named = _directive(_line(Around(around.data, around.at + len(needle) - len(mail))))
        return Read("address of the key", _said(named, mail)) if named and _LOOKS_UP.match(named) else None
    if form == FILE:
        return _key_file(line, url, needle)
    spelled = _spelled(form, around)
    if url:
        return Read("address of the key", _clean(url))
    if form == "short-id" and word is None and not spelled.startswith("0x"):
        return None
    return Read(_KINDS[form], _said(word, spelled))


def _key_file(line: Around, url: bytes | None, needle: str) -> Read | None:
    """A URL or a path that ends in the name of a file that holds the key."""
    ends = needle.encode()
    if url:
        bare = re.split(rb"[?#]", url)[0]
        return Read("address of the key", _clean(url)) if bare.rpartition(b"/")[2] == ends else None
    paths = [one for one in _PATH.finditer(line.data) if one.start() <= line.at < one.end()]
    if not paths or paths[0][0].rpartition(b"/")[2] != ends or not _directive(line, files=True):
        return None
    path, said = paths[0][0], _directive(Around(line.data, paths[0].start()), files=True)
    return Read(
        "address of the key", _said(None if said and said in path else said, path.decode("utf-8", "backslashreplace"))
    )


def _line(around: Around) -> Around:
    """The line of the hit; lines that a backslash joins are one."""
    start = around.at
    while True:
        start = around.data.rfind(b"\n", 0, start)
        if start <= 0 or not around.data[:start].rstrip(b"\r").endswith(b"\\"):
            break
    end = around.data.find(b"\n", around.at)
    return Around(around.data[start + 1 : end if end >= 0 else len(around.data)], around.at - start - 1)


def _within(pattern: re.Pattern[bytes], line: Around) -> bytes | None:
    return next((one[0] for one in pattern.finditer(line.data) if one.start() <= line.at < one.end()), None)


def _directive(line: Around, *, files: bool = False) -> bytes | None:
    """The word of the line that speaks of keys: the last in front of the name, or the first behind it. `files`: or of files."""
    found = [one for one in _DIRECTIVES.finditer(line.data) if files or not _OF_FILES.fullmatch(one[0])]
    before = [one[0] for one in found if one.end() <= line.at]
    telling = [one for one in before if not _OF_FILES.fullmatch(one)]
    behind = [one[0] for one in found if one.start() > line.at]
    return next(iter([*reversed(telling), *reversed(before), *behind]), None)


def _spelled(form: str, around: Around) -> str:
    """The name as it is written there, its blanks made one."""
    match = _DIGITS.match(around.data, around.at)
    text = match[0] if match else b""
    start = 2 if text[:2].lower() == b"0x" else 0
    marked = start or around.data[max(0, around.at - 2) : around.at].lower() == b"0x"
    digits = [at for at, letter in enumerate(text) if at >= start and bytes([letter]).isalnum()]
    last = max((length for length in _LENGTHS[form] if length <= len(digits)), default=0)
    written = text[start : digits[last - 1] + 1] if last else text[start:]
    return ("0x" if marked else "") + " ".join(written.decode("ascii", "replace").split())


def _said(word: bytes | None, text: str) -> str:
    return f"{' '.join(word.decode('ascii', 'replace').split())} {text}" if word else text


def _clean(url: bytes) -> str:
    """A URL without the name and password in it."""
    return _USER.sub(r"\1", url.decode("utf-8", "backslashreplace").rstrip(".:&"))
