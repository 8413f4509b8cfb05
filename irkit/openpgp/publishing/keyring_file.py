"""A project's own key ring file: binary, armored, or a text with armored blocks in it (KEYS). Pure, but for reading it back.

Whatever reads keys from such a file must find the new one first: some readers take no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from irkit.errors import BadInput
from irkit.openpgp.armor import PRIVATE_HEADER, PUBLIC_KEY, armored
from irkit.openpgp.publishing import clients
from irkit.openpgp.publishing.pair import Pair
from irkit.openpgp.publishing.rings import RingPart, Section, join, primaries, ring_parts, sections
from irkit.openpgp.publishing.standing import PublishedAt

OldKey = Literal["remove", "revoked"]
"""What becomes of the old key: taken out, for readers that do not heed revocations (gpgv, rpm, go-crypto), or left in, revoked."""

_ARMOR = b"-----BEGIN PGP PUBLIC KEY BLOCK-----"


@dataclass(frozen=True)
class _Change:
    keys: Pair
    old: OldKey

    def apply(self, parts: tuple[RingPart, ...]) -> tuple[RingPart, ...]:
        """The parts without the new key, and with the old one as it is to be; others untouched."""
        changed: list[RingPart] = []
        for part in parts:
            if part.primary and part.primary == self.keys.new:
                continue
            if part.primary != self.keys.old_primary:
                changed.append(part)
            elif self.old == "revoked":
                changed.append(RingPart(part.primary, self.keys.old_certificate))
        return tuple(changed)

    @property
    def new(self) -> RingPart:
        return RingPart(self.keys.new, self.keys.new_certificate)


def renewed(data: bytes, keys: Pair, old: OldKey) -> bytes:
    """The file with the new key first and the old one removed or revoked; other keys and all text stay byte for byte.

    An old key that is not in it is not put in. Doing it again changes nothing. BadInput for what is no such file.
    """
    change = _Change(keys, old)
    if data[8:12] == b"KBXf":
        raise BadInput("this is gpg's own keybox", do="give a key ring as programs read it: gpg --export > FILE")
    if _ARMOR in data or PRIVATE_HEADER in data:
        return _renewed_text(data, change)
    if not data[:1] or not data[0] & 0x80:
        raise BadInput("this is no key ring", on=f"{len(data)} bytes, not shown", do="check the path")
    parts = ring_parts(data)
    if not any(part.primary for part in parts):
        raise BadInput("this holds no OpenPGP key", on=f"{len(data)} bytes, not shown", do="check the path")
    return join((change.new, *change.apply(parts)))


def _renewed_text(data: bytes, change: _Change) -> bytes:
    """Blocks that hold neither key stay as they stand. The new key goes to the very top, where no other key's remarks precede it."""
    ends = b"\r\n" if b"\r\n" in data else b"\n"
    found = sections(data)
    first = next((one for one in found if one.parts), None)
    leads = first is not None and first.parts[0].primary == change.keys.new and _once(found, change.keys.new)
    out: list[bytes] = []
    for section in found:
        parts = change.apply(section.parts)
        if leads and section is first:
            parts = (change.new, *parts)
        if parts == section.parts:
            out.append(section.raw)
        elif parts:
            out.append(_armored(join(parts), ends))
    text = b"".join(out)
    if leads:
        return text
    remarks = any(not one.parts and one.raw.strip() for one in found)
    return (_remark(change.keys, ends) if remarks else b"") + _armored(change.new.raw, ends) + _apart(text, ends)


def standing_at(path: Path, keys: Pair) -> PublishedAt:
    """What a client takes from the file."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return clients.absent(str(path), "there is no such file")
    except OSError as error:
        return clients.unknown(str(path), error.strerror or "it cannot be read")
    return clients.look(str(path), keys, clients.importing(data), primaries(data))


def key_names(data: bytes) -> tuple[str, ...]:
    """Fingerprints of the primary keys in the file, in order."""
    if _ARMOR in data:
        return tuple(part.primary for one in sections(data) for part in one.parts if part.primary)
    return tuple(part.primary for part in ring_parts(data) if part.primary)


def _once(found: tuple[Section, ...], fingerprint: str) -> bool:
    return [part.primary for one in found for part in one.parts].count(fingerprint) == 1


def _remark(keys: Pair, ends: bytes) -> bytes:
    return f"{keys.new} (takes the place of {keys.old})".encode() + ends


def _apart(text: bytes, ends: bytes) -> bytes:
    return text if not text or text.startswith(ends) else ends + text


def _armored(block: bytes, ends: bytes) -> bytes:
    return armored(block, PUBLIC_KEY).replace(b"\n", ends)
