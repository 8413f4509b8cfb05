"""Digest lists by the name they had before other records were read: see `irkit.resign.records`. Pure."""

from __future__ import annotations

from typing import NamedTuple

from irkit.resign.records import plain, sums

__all__ = ["DigestList", "parse_digest_list", "plain"]


class DigestList(NamedTuple):
    """A digest list: (path, SHA-256 in lower case) pairs, and the lines that are none."""

    entries: tuple[tuple[str, str], ...]
    wrong: tuple[str, ...]


def parse_digest_list(text: str) -> DigestList:
    """SHA256SUMS as sha256sum and BSD's sha256 write it, clear-signed or not. Lines that are none are given back, shortened.

    Format: coreutils manual, "cksum output modes". Paths that are absolute or climb out of the folder are refused.
    """
    found = sums.read(text)
    return DigestList(tuple((one.path, one.digest) for one in found.entries if one.algorithm == "sha256"), found.wrong)
