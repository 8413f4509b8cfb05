"""What the commands share: how arguments are typed, where output goes, which code an error ends with."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from irkit.guard.speaking import put, put_text, run_guarded, say

__all__ = ["put", "put_text", "run_guarded", "say"]
"""Of what stands below, and of these, commands are made."""


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"


class LocateFormat(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class Edition(StrEnum):
    FULL = "full"
    EXECUTIVE = "executive"
    CUSTOMER = "customer"


class ExportFormat(StrEnum):
    HTML = "html"
    MD = "md"
    JSON = "json"
    PDF = "pdf"
    STIX = "stix"
    ICS = "ics"
    CSV = "csv"


CaseArg = Annotated[Path, typer.Argument(metavar="CASE", help="The case folder.")]
RefArg = Annotated[str, typer.Argument(metavar="REF", help="A reference: env:NAME, file:PATH, id:VALUE, gpg:FPR, ...")]
BaseOption = Annotated[str, typer.Option(metavar="URL", help="The host's API; the public one otherwise.")]
ResponderOption = Annotated[str, typer.Option(metavar="REF", help="Your own credential there, by reference.")]


def warn_skipped(skipped: int) -> None:
    if skipped:
        say(f"irkit: warning: {skipped} {'thing' if skipped == 1 else 'things'} could not be read; see 'skipped'")
