"""Nothing leaks: what is about to be handed out is searched."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from irkit.cli.common import Format, put

app = typer.Typer(help="Nothing leaks: search what is about to be handed out.", no_args_is_help=True)


@app.command()
def gate(
    path: Annotated[Path, typer.Argument(help="A case folder, or with --case anything else.")],
    case: Annotated[Path | None, typer.Option(help="The case whose secrets to search for.")] = None,
    unknown: Annotated[bool, typer.Option("--unknown", help="Look for other secrets too, by kingfisher.")] = False,
    form: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """Search everything at and below PATH for the case's own secrets; exit 4 when one is there."""
    from irkit.case import Case
    from irkit.case.gating import look

    looked = look(Case.open(case or path), path, unknown=unknown)
    if form is Format.JSON:
        put(looked.document())
    looked.refuse()
    if form is Format.TABLE:
        print(looked.view().text())
