"""PuTTY's private keys, versions 2 and 3: lines of names, the private part in base64.

https://tartarus.org/~simon/putty-snapshots/htmldoc/AppendixC.html
"""

from __future__ import annotations

import base64
import binascii
import re

_FILE = re.compile(
    rb"PuTTY-User-Key-File-[23]: *([\w@.-]+).*?^Encryption: *([\w-]+).*?^Private-Lines: *(\d{1,4})", re.DOTALL | re.M
)
_SECRETS = {b"ssh-rsa": 4}
"""How many numbers the private part has; of RSA d, p, q and the inverse, of every other kind one."""


def putty_material(data: bytes) -> tuple[tuple[bytes, ...], ...]:
    """The secret numbers of each key in `data`; of one under a passphrase, its encrypted bytes."""
    text = data.replace(b"\r\n", b"\n")
    return tuple(_numbers(found, text) for found in _FILE.finditer(text))


def _numbers(found: re.Match[bytes], text: bytes) -> tuple[bytes, ...]:
    lines = text[found.end() :].split(b"\n")[1 : int(found[3]) + 1]
    try:
        blob = base64.b64decode(b"".join(line.strip() for line in lines), validate=True)
    except binascii.Error:
        return ()
    if found[2] != b"none":
        return (blob,)
    numbers, at = [], 0
    for _ in range(_SECRETS.get(found[1], 1)):
        size = int.from_bytes(blob[at : at + 4], "big")
        numbers.append(blob[at + 4 : at + 4 + size].lstrip(b"\0"))
        at += 4 + size
    return tuple(numbers)
