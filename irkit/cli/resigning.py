"""Chapter 3 outside its notebook: the transition statement, and who vouches for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from irkit.cli.common import CaseArg

app = typer.Typer()


@app.command()
def statement(case: CaseArg) -> None:
    """Make the transition statement, signed by the new key; or show it with who signed it."""
    from irkit.case import Case

    print(Case.open(case).statement().text())


@app.command()
def vouch(
    case: CaseArg,
    key: Annotated[str, typer.Option(metavar="FPR", help="Your OpenPGP key, by primary fingerprint.")],
    home: Annotated[Path | None, typer.Option(help="The gpg home that holds it; gpg's own otherwise.")] = None,
    passphrase: Annotated[
        str, typer.Option(metavar="REF", help="Its passphrase, by reference; none for an agent's.")
    ] = "",
    signature: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Or a detached signature made elsewhere, armored.")
    ] = None,
) -> None:
    """Sign the transition statement as one of the case's people."""
    from irkit.case import Case
    from irkit.case.resigning.statement import read_signature
    from irkit.model import SecretRef

    given = read_signature(signature) if signature else ""
    chosen = home or Path(os.environ.get("GNUPGHOME", Path.home() / ".gnupg"))
    secret = SecretRef.parse(passphrase) if passphrase else None
    print(Case.open(case).vouch(key, home=chosen, passphrase=secret, signature=given).text())
