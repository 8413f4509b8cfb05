"""The commands on playbooks themselves: what the library has, what is in one, whether one is right, and CACAO."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from irkit.cli.common import Format, put, put_text, say

app = typer.Typer(help="Playbooks: list, show, check, and to and from CACAO.", no_args_is_help=True)

BookArg = Annotated[str, typer.Argument(metavar="PLAYBOOK", help="A name from the library, or a YAML file.")]


class Shown(StrEnum):
    TABLE = "table"
    MD = "md"
    JSON = "json"


class Foreign(StrEnum):
    CACAO = "cacao"


@app.command(name="list")
def list_(form: Annotated[Format, typer.Option("--format")] = Format.TABLE) -> None:
    """The playbooks of the library, and when to use which."""
    from irkit.playbook import library_playbooks, read_playbook, showing

    books = [read_playbook(path) for path in library_playbooks()]
    if form is Format.JSON:
        put({"playbooks": [{"name": one.name, "title": one.title, "when": one.when} for one in books]})
    else:
        print(showing.listed(books).text())


@app.command()
def show(playbook: BookArg, form: Annotated[Shown, typer.Option("--format")] = Shown.TABLE) -> None:
    """One playbook: its steps, what each needs, who approves, what may be given."""
    from irkit.playbook import find_playbook, read_playbook, showing

    book = read_playbook(find_playbook(playbook))
    if form is Shown.JSON:
        put(showing.document(book))
    elif form is Shown.MD:
        put_text(showing.shown(book).markdown() + "\n")
    else:
        print(showing.shown(book).text())


@app.command()
def check(
    files: Annotated[list[str], typer.Argument(metavar="PLAYBOOK...", help="YAML files, or names from the library.")],
    form: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """Find everything that is wrong with playbooks, without a case: exit code 2, or 4 where a secret stands in one."""
    from irkit.playbook import find_playbook, showing
    from irkit.playbook.check import check_playbook

    found = {path: check_playbook(path) for path in map(find_playbook, files)}
    flaws = [flaw for one in found.values() for flaw in one]
    if form is Format.JSON:
        put({"checked": [str(path) for path in found], "flaws": [flaw.document() for flaw in flaws]})
    elif not flaws:
        print(showing.checked(found).text())
    for flaw in flaws:
        say(f"irkit: {flaw}")
    if flaws:
        raise typer.Exit(4 if any(flaw.leaks for flaw in flaws) else 2)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a playbook's file, for editors."""
    from irkit.playbook import published

    put(published.schema())


@app.command()
def export(
    playbook: BookArg,
    form: Annotated[Foreign, typer.Option("--format")] = Foreign.CACAO,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write it; standard output otherwise.")
    ] = None,
    created: Annotated[
        str, typer.Option(metavar="INSTANT", help="When it was made; the playbook says otherwise.")
    ] = "",
    modified: Annotated[str, typer.Option(metavar="INSTANT", help="When it was last changed.")] = "",
    by: Annotated[str, typer.Option("--created-by", metavar="ID", help="Your STIX identity: identity--UUID.")] = "",
    parallel: Annotated[
        bool, typer.Option("--parallel", help="Put side by side what needs nothing of one another.")
    ] = False,
) -> None:
    """A playbook as a CACAO 2.0 document, its notebooks in it."""
    del form  # so far there is one
    from irkit.playbook import find_playbook, read_playbook
    from irkit.playbook.cacao import to_cacao
    from irkit.playbook.check import refuse_secrets
    from irkit.show.plain import inert_json

    path = find_playbook(playbook)
    refuse_secrets(path)
    document = to_cacao(read_playbook(path), path, created=created, modified=modified, by=by, parallel=parallel)
    if out is None:
        put(document)
        return
    from irkit.case.disk import write_whole

    write_whole(out, (inert_json(document) + "\n").encode())
    say(f"written: {out}")


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CACAO 2.0 playbook.")],
    into: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the playbook and its notebooks go.")] = Path(),
) -> None:
    """Take over a CACAO 2.0 playbook; runs nothing, verifies no signature."""
    from irkit.playbook.cacao import read_cacao

    taken = read_cacao(file)
    book = taken.write(into)
    for note in taken.notes:
        say(f"irkit: {note}")
    say(f"written: {book}" + "".join(f", {name}.ipynb" for name in taken.notebooks))
    say("Read its notebooks before you run it: whoever wrote them decides what they do. Then: irkit playbook check")
