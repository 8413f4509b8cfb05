"""`irkit case`: what is done about the case's own record."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from irkit.cli.common import CaseArg

app = typer.Typer(help="The record of a case: seal it, so that nobody can change it unseen.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `seal` a command of its own while it is the only one."""


@app.command()
def seal(
    case: CaseArg,
    key: Annotated[str, typer.Option(metavar="FPR", help="Your OpenPGP key, by primary fingerprint.")],
    home: Annotated[Path | None, typer.Option(help="The gpg home that holds it; gpg's own otherwise.")] = None,
    passphrase: Annotated[
        str, typer.Option(metavar="REF", help="Its passphrase, by reference; none for an agent's.")
    ] = "",
) -> None:
    """Sign the journal's head and the digests of all evidence and exports, as one of the case's people."""
    from irkit.case import Case
    from irkit.case import seal as seals
    from irkit.model import SecretRef

    chosen = home or Path(os.environ.get("GNUPGHOME", Path.home() / ".gnupg"))
    secret = SecretRef.parse(passphrase) if passphrase else None
    print(seals.seal(Case.open(case), key, chosen, secret).text())
