"""The commands by which people end things: a case, and the right of somebody who left."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from irkit.cli.common import CaseArg

app = typer.Typer()


@app.command()
def close(
    case: CaseArg,
    kind: Annotated[str, typer.Option("--as", help="How it ends: 'false alarm' or contained.")],
    why: Annotated[str, typer.Option(help="Why, in a sentence or two.")],
    fact: Annotated[
        list[str] | None,
        typer.Option(
            help="What you know and irkit cannot: 'never issued', 'dead before', 'only in private'; repeatable."
        ),
    ] = None,
    evidence: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A text that shows it; repeatable. It is kept in the case."),
    ] = None,
    despite: Annotated[str, typer.Option(help="Why what nobody knows does not matter.")] = "",
) -> None:
    """Close the case, as a person who decides so; refused where facts speak against it or questions are open."""
    from irkit.case import Case

    opened = Case.open(case)
    print(opened.close(kind, why, said=fact or (), evidence=evidence or (), despite=despite).text())


@app.command()
def left(
    case: CaseArg,
    who: Annotated[str, typer.Argument(metavar="WHO", help="Who left: a name, or the address on their key.")],
    at: Annotated[str, typer.Option(metavar="INSTANT", help="When their right ended, ISO 8601 with zone.")],
    why: Annotated[str, typer.Option(help="How that is known, in a sentence.")],
    key: Annotated[str, typer.Option(metavar="FPR", help="Their key in this case, where the name does not say.")] = "",
) -> None:
    """Somebody left: they approve nothing any more, and what they hold counts as out from then on."""
    from irkit.case import Case
    from irkit.model import parse_instant

    print(Case.open(case).left(who, parse_instant(at), why, key=key).text())
