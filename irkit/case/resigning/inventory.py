"""Everything a key signed, asked without a case: one table of files, tags, commits and packages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from irkit import openpgp
from irkit.errors import BadInput
from irkit.model import Artifact, OpenPgpKey, SecretRef
from irkit.openpgp.keyblock import shown
from irkit.release.embedders import trusted_in
from irkit.release.inventory import Inventory, Signer, signers
from irkit.release.taking import take
from irkit.show import Cell, Facts, Notice, Table, View

_FINGERPRINT = re.compile(r"[0-9A-F]{64}|[0-9A-F]{40}")
_MOST_ROWS = 200


@dataclass(frozen=True)
class Inventoried:
    """An inventory, and the key it was narrowed to (None: every key's)."""

    inventory: Inventory
    key: OpenPgpKey | None

    @property
    def skipped(self) -> int:
        return len(self.inventory.skipped)

    def document(self) -> dict[str, Any]:
        """As `--format json` prints it; a byte of a file's name that is no UTF-8 is written as an escape."""
        return {name: [_writable(row) for row in rows] for name, rows in self.inventory.document().items()}

    def view(self) -> View:
        return inventory_view(self.inventory, self.key)


def inventoried(paths: Sequence[Path], key: str = "", keyrings: Sequence[Path] = ()) -> Inventoried:
    """Everything signed under the paths, by anybody or by one key; of one key, who trusts it too.

    Verdicts stand where a keyring holds the signer's certificate.

    `key` is a fingerprint, or a file with the public key; of a bare fingerprint the subkeys are known only where a keyring has them.
    BadInput when a path or a keyring is not there, or a keyring is none.
    """
    certificates = [_certificate(path) for path in keyrings]
    for path, data in zip(keyrings, certificates, strict=True):
        if openpgp.looks_like_private_key(data):
            raise BadInput("this keyring holds a private key", on=path, do="give public keys: gpg --export > FILE")
    wanted, own = None, list[bytes]()
    if key:
        wanted, own = _key(key, certificates)
        certificates += own
    found = take(paths, wanted, certificates)
    if wanted is None:
        return Inventoried(found, None)
    places, unsought = trusted_in(paths, wanted, own[0] if own else None)
    found = found.narrowed(wanted)
    return Inventoried(replace(found, trusted_in=places, skipped=(*found.skipped, *unsought)), wanted)


def _key(text: str, certificates: Sequence[bytes]) -> tuple[OpenPgpKey, list[bytes]]:
    """The key that is meant, and what its file holds besides."""
    fingerprint = text.removeprefix("gpg:").upper().replace(" ", "").removeprefix("0X")
    if not _FINGERPRINT.fullmatch(fingerprint):
        path = Path(text.removeprefix("file:"))
        data = _certificate(path)
        private = openpgp.looks_like_private_key(data)  # it says which key is meant, and goes no further
        return openpgp.read_key(data, SecretRef(f"file:{path}"), None), [] if private else [data]
    for data in certificates:
        for one in openpgp.read_keys(data, SecretRef("id:keyring")):
            if fingerprint in (one.openpgp, *(sub.fingerprint for sub in one.keys)):
                return one, []
    return OpenPgpKey(SecretRef(f"gpg:{fingerprint}"), fingerprint, None), []


def _certificate(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(
            "a keyring cannot be read",
            on=path,
            why=error.strerror or "",
            do="give a file with public keys, or a fingerprint",
        ) from None
    if not openpgp.read_keys(data, SecretRef("id:keyring")):
        raise BadInput("this holds no OpenPGP key", on=path, do="export the public keys: gpg --export > FILE")
    return data


def inventory_view(found: Inventory, key: OpenPgpKey | None = None) -> View:
    """Counts by signing (sub)key first, then every row, then who trusts the key, then what could not be read."""
    rows = found.artifacts
    facts: list[tuple[str, Cell]] = [
        ("Key", key.openpgp if key else "every key"),
        ("Signatures", sum(1 for row in rows if row.signature_path)),
        ("Without a signature", sum(1 for row in rows if not row.signature_path)),
    ]
    blocks: list[Any] = [Facts(tuple(facts))]
    if key and not key.keys:
        blocks.append(
            Notice(
                "warn",
                "Only the fingerprint is known: signatures by what may be its subkeys are listed too. --keyring tells them apart.",
            )
        )
    counted = [_signer_row(one) for one in signers(rows)]
    columns = ("Signing key", "Signed", "Verdicts", "From", "To")
    blocks.append(Table.of(columns, counted, "By the key that signed; dates (UTC) are the signer's own word"))
    several = len({row.repository for row in rows}) > 1
    listed = [_row(row, several) for row in rows]
    columns = ("Signed", "Kind", "By", "At", "Verdict")
    blocks.append(Table.of(columns, listed[:_MOST_ROWS], "What is signed; of each fingerprint the last 16 digits"))
    if len(listed) > _MOST_ROWS:
        blocks.append(Notice("info", f"{len(listed) - _MOST_ROWS} more rows: --format json has them all."))
    if found.trusted_in:
        trusted = [
            (
                shown(one.path),
                one.line,
                one.how,
                one.key,
                shown(one.repository or ""),
                one.live,
                ", ".join(map(shown, one.releases)),
            )
            for one in found.trusted_in
        ]
        places = ("Path", "Line", "How", "Key", "Repository", "Now", "Releases")
        blocks.append(Table.of(places, trusted, "Where the key is trusted"))
    blocks += [Notice("warn", f"not read: {shown(one.what)}: {one.why}") for one in found.skipped]
    return View("What the key signed" if key else "What is signed", tuple(blocks))


def _writable(row: dict[str, object]) -> dict[str, object]:
    return {
        name: value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
        for name, value in row.items()
    }


def _signer_row(one: Signer) -> tuple[Cell, ...]:
    kinds, verdicts = (", ".join(f"{count} {name}" for name, count in counts) for counts in (one.kinds, one.verdicts))
    first, last = (at.date().isoformat() if at else None for at in (one.first, one.last))
    return one.issuer, kinds, verdicts, first, last


def _row(row: Artifact, several: bool) -> tuple[Cell, ...]:
    """A tag's or commit's repository is told where there is more than one place."""
    where = f"{row.repository} " if several and row.repository else ""
    at = row.signed_at.date().isoformat() if row.signed_at else "-"
    return shown(where + row.path), row.kind, shown((row.issuer or "-")[-16:]), at, row.verdict
