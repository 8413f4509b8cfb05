"""Answers of key servers, read: a block, nothing there, or no answer at all. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from irkit.openpgp.publishing.rings import primaries
from irkit.providers.interface import Reply

_BLOCK = re.compile(r"-----BEGIN PGP PUBLIC KEY BLOCK-----.*?-----END PGP PUBLIC KEY BLOCK-----", re.DOTALL)
_NO_KEY = re.compile(r"(?i)\bno (?:matching )?(?:keys?|results?)\b|\bkeys? not found\b|\bnot found\b")


@dataclass(frozen=True)
class Looked:
    """`block` is what the server has of the key; None when it has none, or when `unknown` says why that is not known."""

    block: bytes | None
    unknown: str = ""


def looked_up(reply: Reply, fingerprint: str) -> Looked:
    """What a lookup of one key by its fingerprint gave.

    Only a whole block of that very key counts as the key. Only a 404 in a key server's own words counts as "not there": SKS puts
    it in HTML, but so does a firewall or a web server that is no key server, without a word about keys.
    """
    if reply.status is None:
        return Looked(None, reply.nothing_came)
    found = _BLOCK.search(reply.body)
    if reply.status == 200 and found:
        block = found[0].encode()
        if fingerprint in primaries(block):
            return Looked(block)
        return Looked(None, "it answered with another key, or with a damaged one")
    if reply.status == 404 and _says_no_key(reply):
        return Looked(None)
    return Looked(None, said(reply))


def said(reply: Reply) -> str:
    """An answer in a few words: nothing that a server says is printed whole."""
    if reply.status is None:
        return reply.nothing_came
    if reply.looks_like_html:
        return f"{reply.status} and an HTML page"
    words = "".join(letter if letter.isprintable() else " " for letter in reply.body[:200])
    return f"{reply.status} {' '.join(words.split())[:120]}".strip()


def _says_no_key(reply: Reply) -> bool:
    if reply.looks_like_html:
        return re.search(r"(?i)\bno (?:matching )?keys?\b", reply.body) is not None
    return _NO_KEY.search(reply.body) is not None or not reply.body.strip()
