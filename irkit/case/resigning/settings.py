"""What the responder knows of the releases and of records from before, as one TOML file. No secret belongs in it.

[[releases]]                 what the key signed, one each: a folder of files, an apt or rpm repository, a git repository
path = "deb"                 relative to this file
name = "deb"                 how its artifacts are told from those of others; the last part of the path otherwise
tool = "reprepro"            what makes an apt index: direct (the default), reprepro or aptly
config = "reprepro"          that tool's own folder or file

[[records]]                  digests from before the exposure
path = "mirror/SHA256SUMS"   any format that `irkit.resign.records` reads
source = "the weekly list of the mirror, kept by its operator"
at = 2026-03-01T00:00:00Z    since when the record stood so
trust = "independent"        independent, ours, stated or settable
of = "deb"                   the release it is about; all of them otherwise
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from irkit.errors import BadInput
from irkit.faults import first_fault, not_toml
from irkit.model import iso


class ReleaseGiven(BaseModel):
    """One release, as the file says it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    path: str
    name: str = ""
    tool: Literal["direct", "reprepro", "aptly"] = "direct"
    config: str = ""


class RecordGiven(BaseModel):
    """One record from before the exposure; `at` is ISO 8601 with zone, "" where each entry has a time of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    path: str
    source: str = Field(min_length=1)
    at: str | datetime = ""
    trust: Literal["independent", "ours", "stated", "settable"] = "stated"
    of: str = ""
    under: str = ""
    artifact: str = ""

    def since(self) -> str:
        return iso(self.at) if isinstance(self.at, datetime) else self.at


class ReleasesGiven(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    releases: list[ReleaseGiven] = Field(default_factory=list)
    records: list[RecordGiven] = Field(default_factory=list)


def read_releases(path: Path) -> ReleasesGiven:
    """Paths come back absolute. BadInput naming the entry at fault."""
    try:
        given = ReleasesGiven.model_validate(tomllib.loads(path.read_text()))
    except (OSError, UnicodeDecodeError):
        raise BadInput("the list of releases cannot be read", on=path, do="give a TOML file: docs/resign.md") from None
    except ValidationError as error:
        where, why = first_fault(error)
        raise BadInput("the list of releases has a wrong entry", on=f"{path}: {where}", why=why, do="mend it") from None
    except (ValueError, RecursionError) as error:
        raise BadInput("the list of releases is not TOML", on=path, why=not_toml(error), do="mend that line") from None
    base = path.absolute().parent
    return ReleasesGiven(
        releases=[
            one.model_copy(
                update={"path": str(base / one.path), "config": str(base / one.config) if one.config else ""}
            )
            for one in given.releases
        ],
        records=[one.model_copy(update={"path": str(base / one.path)}) for one in given.records],
    )


def given(
    releases: Sequence[str | Path], records: Sequence[Mapping[str, str]], listed: str | Path
) -> tuple[list[ReleaseGiven], list[RecordGiven]]:
    """Releases and records, from the file and beside it. BadInput naming the field of a record that is wrong."""
    known = read_releases(Path(listed)) if listed else ReleasesGiven()
    try:
        more = [RecordGiven.model_validate(dict(one)) for one in records]
    except ValidationError as error:
        where, why = first_fault(error)
        raise BadInput(
            "a record from before is not described right", on=where, why=why, do="give path, source, at, trust"
        ) from None
    folders = [ReleaseGiven(path=str(path)) for path in releases if str(path)]
    return [*known.releases, *folders], [*known.records, *more]


def one_record(named: Mapping[str, str]) -> list[dict[str, str]]:
    """The record that `digest_list`, `source`, `at` and `trust` describe; none without a `digest_list`. BadInput for any other name."""
    if unknown := named.keys() - {"digest_list", "source", "at", "trust"}:
        raise BadInput(
            "a release is not judged by this", on=sorted(unknown)[0], do="give digest_list, source, at, trust"
        )
    if not named.get("digest_list"):
        return []
    return [
        {"path": named["digest_list"], **{name: named[name] for name in ("source", "at", "trust") if name in named}}
    ]
