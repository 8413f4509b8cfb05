"""The commands that run notebooks: a playbook unattended, or by hand in JupyterLab."""

from __future__ import annotations

from typing import Annotated

import typer

from irkit.cli.common import CaseArg, say
from irkit.errors import BadInput

app = typer.Typer()


@app.command()
def run(
    playbook: Annotated[str, typer.Argument(metavar="PLAYBOOK", help="A name from the library, or a YAML file.")],
    case: CaseArg,
    parameter: Annotated[
        list[str] | None, typer.Option("-p", metavar="NAME=VALUE", help="A parameter; repeatable.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the steps; run nothing.")] = False,
    start_at: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="STEP",
            help="Run from this step on, done or not; what people must do before it is still asked for.",
        ),
    ] = "",
    one_kernel: Annotated[
        bool,
        typer.Option(
            "--one-kernel", help="All notebooks of this run in one kernel: each finds what was left in memory."
        ),
    ] = False,
) -> None:
    """Run a playbook on a case; run it again to go on where it stopped."""
    from irkit import playbook as books
    from irkit.case import Case

    opened = Case.open(case.resolve())
    book, ready = books.prepare(books.find_playbook(playbook), opened, _pairs(parameter or []))
    if dry_run:
        print(books.show(book, ready, opened).text())
        return
    books.run(book, ready, opened, start_at=start_at, say=say, one_kernel=one_kernel)
    print(opened.status().text())


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator:
            raise BadInput("a parameter is given as name=value", on=name[:40])
        pairs[name] = value
    return pairs


@app.command()
def lab(
    case: CaseArg,
    port: Annotated[int | None, typer.Option(help="Port on loopback; a free one otherwise.")] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address only.")] = False,
) -> None:
    """JupyterLab on the case, with its notebooks ready and the guard on."""
    from irkit import lab as jupyter
    from irkit.case import Case
    from irkit.playbook import folder

    opened = Case.open(case.resolve())
    jupyter.lab(opened.folder, folder("notebooks"), port=port, open_browser=not no_browser)
