"""Findings that a person has looked at and accepts, each with its reason and the day on which somebody must look again.

`.irkit-guard.toml`, at the top of what is searched:

    [[accepted]]
    finding = "scrypt:d0ed63cb0d2bb3f43d9a8c4c1e1f0a77"
    reason = "the example key of the vendor's manual"
    until = 2027-03-31
    path = "docs/*.md"          # if it is accepted there alone

`guard-allow.txt` (`irkit.guard.unknown`) is read as well; what it lists has no day. Nothing within a searched file allows anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from irkit.errors import BadInput
from irkit.guard.unknown import ALLOW_FILE, allowed_lines

BASELINE = ".irkit-guard.toml"


@dataclass(frozen=True)
class Accepted:
    """One entry. `until` is the last day (UTC) on which it holds, None without an end; `path` a pattern of `fnmatch` from
    the top of what is searched, "" for anywhere."""

    finding: str
    reason: str
    until: date | None = None
    path: str = ""

    def document(self) -> dict[str, Any]:
        return {"reason": self.reason, "until": self.until.isoformat() if self.until else None}


@dataclass(frozen=True)
class Baseline:
    """What is accepted, the entries whose day is over, and sentences about lists that could not be read."""

    accepted: tuple[Accepted, ...] = ()
    expired: tuple[Accepted, ...] = ()
    unread: tuple[str, ...] = ()
    source: str = BASELINE

    def of(self, fingerprint: str, file: str) -> Accepted | None:
        """The entry by which a finding is accepted."""
        for one in self.accepted:
            if one.finding == fingerprint and (not one.path or fnmatchcase(file, one.path)):
                return one
        return None

    def __or__(self, other: Baseline) -> Baseline:
        unread = (*self.unread, *other.unread)
        return Baseline((*self.accepted, *other.accepted), (*self.expired, *other.expired), unread, self.source)

    def check(self) -> None:
        """BadInput when a day is over: somebody has to look again."""
        for one in self.expired:
            raise BadInput(
                "a finding is accepted no longer",
                on=f"{self.source}, {one.finding}",
                why=f"it was until {one.until}: {one.reason}",
                do="look at it again: remove the entry, or give it a new date and the reason",
            )


def read(source: str, text: bytes, today: date) -> Baseline:
    """A `.irkit-guard.toml`. BadInput naming the entry that is wrong; what stands in it is not repeated, for it may be a value."""
    import tomllib

    from pydantic import ValidationError

    try:
        document = tomllib.loads(text.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        at = getattr(error, "lineno", None)
        where = f"{source}, line {at}" if at else source
        why = "it is not TOML"
        raise BadInput("the list of accepted findings cannot be read", on=where, why=why, do="mend it") from None
    try:
        entries = _model().model_validate(document).accepted
    except ValidationError as error:
        first = error.errors()[0]
        wrong, kind = first["loc"], str(first["type"])
    else:
        made = [Accepted(one.finding, one.reason, one.until, one.path) for one in entries]
        over = tuple(one for one in made if one.until and one.until < today)
        return Baseline(tuple(one for one in made if one not in over), over, (), source)
    raise BadInput(
        "the list of accepted findings is wrong",
        on=f"{source}, {_place(wrong)}",
        why=_WHY.get(kind, "its value is not of the form that belongs there"),
        do="each [[accepted]] has a finding (scrypt: and 32 digits, as irkit guard names it), a reason, and until = YYYY-MM-DD",
    )


def here(folders: Iterable[Path], today: date) -> Baseline:
    """The lists that stand in these folders. BadInput for a broken one."""
    found = Baseline()
    for folder in dict.fromkeys(folders):
        for name, reader in _READERS:
            try:
                text = (folder / name).read_bytes()
            except FileNotFoundError:
                continue
            except OSError:
                raise BadInput("the list of accepted findings cannot be read", on=folder / name, do="mend it") from None
            found = reader(str(folder / name), text, today) | found
    return found


def allow(source: str, text: bytes, _today: date) -> Baseline:
    """A `guard-allow.txt`."""
    try:
        lines = text.decode()
    except UnicodeDecodeError:
        raise BadInput("the list of allowed findings cannot be read", on=source, do="mend or remove it") from None
    return Baseline(
        tuple(Accepted(one, f"{ALLOW_FILE}: {why}" if why else ALLOW_FILE) for one, why in allowed_lines(source, lines))
    )


_READERS = ((BASELINE, read), (ALLOW_FILE, allow))
NAMES = (BASELINE, ALLOW_FILE)
READERS = dict(_READERS)
_WHY = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such entry",
    "string_pattern_mismatch": "it is no fingerprint, and a value must not stand here",
    "string_too_short": "it is empty",
}


def _model() -> Any:
    from pydantic import BaseModel, ConfigDict, Field

    class Entry(BaseModel):
        model_config = ConfigDict(extra="forbid")
        finding: str = Field(pattern=r"^scrypt:[0-9a-f]{32}$")
        reason: str = Field(min_length=3)
        until: date
        path: str = ""

    class Document(BaseModel):
        model_config = ConfigDict(extra="forbid")
        accepted: list[Entry] = Field(default_factory=list)

    return Document


def _place(path: tuple[int | str, ...]) -> str:
    """`entry 2: until`; names that are not ours are not repeated."""
    number = next((part + 1 for part in path if isinstance(part, int)), None)
    name = next(
        (part for part in reversed(path) if part in ("finding", "reason", "until", "path")), "a name that is not shown"
    )
    return f"entry {number}: {name}" if number else "the whole"
