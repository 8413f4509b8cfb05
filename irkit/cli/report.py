"""The commands on the postmortem."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from irkit.cli.common import CaseArg, Edition, ExportFormat, put, say
from irkit.errors import BadInput

app = typer.Typer()


@app.command()
def milestone(
    case: CaseArg,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="aware-at, classified-at, material-at, ...; a wrong name lists all.")
    ],
    at: Annotated[str, typer.Argument(metavar="INSTANT", help="ISO 8601 with zone.")],
    why: Annotated[str, typer.Option(help="Who found so, and on what ground.")] = "",
) -> None:
    """State when something was so: the clocks of the law count from it. Of a name the last statement counts; all are kept."""
    from irkit.case import Case
    from irkit.model import parse_instant

    print(Case.open(case).milestone(name, parse_instant(at), why).text())


@app.command()
def draft(
    case: Annotated[Path | None, typer.Argument(metavar="CASE", help="The case folder.")] = None,
    diff: Annotated[bool, typer.Option("--diff", help="What changed since the draft that was exported last.")] = False,
    schema: Annotated[
        bool,
        typer.Option("--schema", help="Print the JSON Schema of front.toml instead, for editors; no case is needed."),
    ] = False,
) -> None:
    """Make the files that people write in, where they are missing; which are empty, and of whom they are asked."""
    if schema:
        from irkit.postmortem.writing import people

        put(people.schema())
        return
    from irkit.case import Case

    if case is None:
        raise BadInput("which case is to be drafted was not said", do="name its folder: irkit draft CASE")
    opened = Case.open(case)
    print((opened.changes() if diff else opened.draft()).text())


@app.command()
def export(
    case: Annotated[Path | None, typer.Argument(metavar="CASE", help="The case folder.")] = None,
    form: Annotated[
        ExportFormat,
        typer.Option(
            "--format",
            help="html, md and json: the postmortem; pdf: printed by Chromium; stix: its indicators; ics: the clocks of the law; "
            "csv: the action items.",
        ),
    ] = ExportFormat.HTML,
    out: Annotated[Path | None, typer.Option(help="Where to write it; into the case otherwise.")] = None,
    audience: Annotated[
        Edition, typer.Option(help="executive is one page; customer is TLP:CLEAR and lists what was withheld.")
    ] = Edition.FULL,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of --format json instead; no case is needed.")
    ] = False,
) -> None:
    """Write the postmortem, after searching the case for its own secrets."""
    if schema:
        from irkit.postmortem.shapes import json_document

        put(json_document.schema())
        return
    from irkit.case import Case

    if case is None:
        raise BadInput("which case is to be exported was not said", do="name its folder: irkit export CASE")
    print(Case.open(case).export(form.value, out, audience.value, lambda left: say(f"irkit: left out: {left}")))


@app.command()
def sign(
    case: CaseArg,
    key: Annotated[str, typer.Option(metavar="FPR", help="Your OpenPGP key, by primary fingerprint.")],
    what: Annotated[
        str,
        typer.Option(metavar="FILE", help="The exported document, by its name in the case; the HTML page otherwise."),
    ] = "",
    home: Annotated[Path | None, typer.Option(help="The gpg home that holds it; gpg's own otherwise.")] = None,
    passphrase: Annotated[
        str, typer.Option(metavar="REF", help="Its passphrase, by reference; none for an agent's.")
    ] = "",
    signature: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Or a detached signature made elsewhere, armored.")
    ] = None,
) -> None:
    """Sign an exported document as one of the case's people: FILE.asc beside it, which `gpg --verify` checks."""
    from irkit.case import Case
    from irkit.case import signing_report as signing
    from irkit.model import SecretRef
    from irkit.openpgp import moving

    given = moving.read_text(signature) if signature else ""
    chosen = home or Path(os.environ.get("GNUPGHOME", Path.home() / ".gnupg"))
    secret = SecretRef.parse(passphrase) if passphrase else None
    print(signing.sign(Case.open(case), key, what, home=chosen, passphrase=secret, signature=given).text())
