"""Annotated tags that name annotated tags. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from irkit.sources.git.history import Tag


def tag_chain(oid: str, tags: Mapping[str, Tag]) -> list[str]:
    """The tags that `oid` leads through, itself first when it is one."""
    chain: dict[str, None] = {}
    while oid in tags and oid not in chain:
        chain[oid] = None
        oid = tags[oid].target
    return list(chain)
