"""What the records of all package registries have in common, and what irkit notes when it asks for one."""

from __future__ import annotations

from calendar import timegm
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from irkit.model import Clock, Ecosystem, Instant, PackageRecord, Trust, Upload, parse_instant
from irkit.sources.clocks.interface import UNREADABLE, Record, Sign

ECOSYSTEMS: Mapping[str, Ecosystem] = MappingProxyType({"npm-uploads": "npm", "devpi-uploads": "python"})
"""Which kind of package each question about one is for."""

_LONGEST_S = 10**8
"""What is noted as seconds and is more than three years is no difference of clocks."""

YANKED = "yanked, and still installed by who pinned it"


def instant(at: Any, source: str) -> Instant | None:
    """None where the registry tells no time, or one that is none."""
    try:
        when = datetime.fromtimestamp(timegm((*at[:6],)), UTC) if isinstance(at, list) else parse_instant(at)
        return Instant(when, Clock.PUBLIC, source, Trust.INDEPENDENT)
    except UNREADABLE:
        return None


def sign(one: Upload) -> Record:
    """The upload as a sign, when its time and its digest are known."""
    return Record(signs=(Sign(one.at, "file", one.digest),)) if one.at and one.digest else Record()


def host(*addresses: Any) -> str:
    """Host and port of the first that is an address; "" for none."""
    for address in addresses:
        try:
            parts = urlsplit(str(address or ""))
            if parts.hostname:
                return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
        except ValueError:
            continue
    return ""


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def as_captured(record: PackageRecord, envelope: Mapping[str, Any]) -> PackageRecord:
    """The record with what irkit noted when it asked: whom, when (earlier by what it lay in a cache), how far that clock was ahead."""
    if not envelope:
        return record
    ahead, age = envelope.get("ahead_s"), envelope.get("age_s")
    asked = instant(envelope.get("asked"), record.origin)
    cached = timedelta(seconds=age) if isinstance(age, int) and 0 < age < _LONGEST_S else timedelta(0)
    measured = isinstance(ahead, int | float) and abs(ahead) < _LONGEST_S
    return replace(
        record, origin=f"{record.origin} as asked for", registry=str(envelope.get("registry") or record.registry),
        asked=asked.at - cached if asked else None, ahead_s=ahead if measured else None,
    )  # fmt: skip


def unanswered(envelope: Mapping[str, Any], where: str) -> tuple[PackageRecord, ...]:
    """What is left of a question to a registry that gave no answer: that nothing is known."""
    ecosystem = ECOSYSTEMS.get(str(envelope.get("irkit-capture")))
    if ecosystem is None:
        return ()
    gap = f"its registry gave no record when it was asked {envelope.get('asked')}: {envelope.get('missing')}"
    record = PackageRecord(package_of(str(envelope["repository"])), ecosystem, where, answered=False, gaps=(gap,))
    return (as_captured(record, envelope),)


def package_of(name: str) -> str:
    """The package's own name: devpi's place has its index before it."""
    return name if name.startswith("@") else name.rpartition("/")[2]
