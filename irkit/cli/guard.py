"""Nothing leaks: what is about to be handed out is searched."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from irkit.cli.common import Format, put, put_text, say
from irkit.show.plain import visible

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


@app.command()
def scan(
    path: Annotated[Path, typer.Argument(help="A file, a folder or a repository.")] = Path(),
    staged: Annotated[bool, typer.Option("--staged", help="Only what the next commit brings.")] = False,
    case: Annotated[Path | None, typer.Option(help="A case whose own secrets to search for as well.")] = None,
) -> None:
    """Search for secrets nobody told irkit of, before a commit or in CI; exit 4 when there is one."""
    from irkit.guard.scanning import scan as search

    redactor = None
    if case:
        from irkit.case import Case

        redactor = Case.open(case).redactor
    scanned = search(path, staged=staged, redactor=redactor)
    for item in scanned.skipped:
        say(f"irkit: warning: {item.what}: {item.why}")
    scanned.refuse()
    put_text(f"{visible(scanned.sentence())}\n")


@app.command()
def install(
    path: Annotated[Path, typer.Argument(help="A folder of the repository.")] = Path(),
    case: Annotated[Path | None, typer.Option(help="A case whose own secrets each commit is searched for.")] = None,
) -> None:
    """Have each commit of a repository searched before it is made; a hook that is there runs after it."""
    from irkit.guard.staged import install as write

    hook, chained = write(path, ("--case", str(case.absolute())) if case else ())
    put_text(f"written: {visible(str(hook))}{' (the hook that was there runs after it)' if chained else ''}\n")
