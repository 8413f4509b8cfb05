"""Whether the guard is really in force: `irkit guard coverage`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from irkit.cli.common import BaseOption, Format, ResponderOption, put

app = typer.Typer()


@app.command()
def coverage(
    repositories: Annotated[
        list[str],
        typer.Argument(metavar="REPO...", help="Bare repositories, clones, github:OWNER/REPO, gitlab:GROUP/PROJECT."),
    ],
    branch: Annotated[
        list[str] | None, typer.Option("--branch", metavar="PATTERN", help="Only these branches; repeatable.")
    ] = None,
    since: Annotated[
        str, typer.Option(metavar="INSTANT", help="Leave out what was there before, by the repository's own records.")
    ] = "",
    earlier: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An earlier --format json: records must go on from there.")
    ] = None,
    base: BaseOption = "",
    responder: ResponderOption = "",
    check: Annotated[
        str, typer.Option(metavar="NAME", help="The CI job that searches: guard (GitHub), secrets (GitLab) otherwise.")
    ] = "",
    form: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """Which commits really went through the guard, who went past it, what a host protects; exit 1 unless all is covered."""
    from irkit.guard.coverage.looking import Asking, look
    from irkit.model import parse_instant

    found = look(
        repositories,
        branches=branch or (),
        since=parse_instant(since) if since else None,
        earlier=earlier,
        asking=Asking(base, responder, check),
    )
    if form is Format.JSON:
        put(found.document())
    else:
        print(found.view().text())
    if found.covered is not True:
        sys.exit(1)
