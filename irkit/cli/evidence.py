"""Evidence that keeps the secret, sealed to the case's people."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from irkit.cli.common import CaseArg

app = typer.Typer(help="Evidence that must keep the secret: sealed to the case's people.", no_args_is_help=True)


@app.command()
def seal(
    case: CaseArg,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What to keep; - reads standard input.")],
    source: Annotated[str, typer.Option(help="Where it came from, in a line.")] = "given by the responder",
) -> None:
    """Encrypt a file to every person of the case's ring and keep it; the original stays where it is."""
    from irkit.case import Case
    from irkit.case import sealed_evidence as sealed

    opened = Case.open(case)
    content = sys.stdin.buffer.read() if str(file) == "-" else sealed.read_plain(file)
    print(sealed.seal(opened, content, file.name, source).text())


@app.command(name="open")
def open_(
    case: CaseArg,
    digest: Annotated[
        str, typer.Argument(metavar="DIGEST", help="As printed by seal: of the file, or of what is in it.")
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write it, outside the case; for you alone.")],
    home: Annotated[Path | None, typer.Option(help="The gpg home that holds your key; gpg's own otherwise.")] = None,
    passphrase: Annotated[
        str, typer.Option(metavar="REF", help="Its passphrase, by reference; none for an agent's.")
    ] = "",
) -> None:
    """Open sealed evidence with your key, and check that it is what was sealed."""
    from irkit.case import Case
    from irkit.case import sealed_evidence as sealed
    from irkit.model import SecretRef
    from irkit.stores import resolve

    chosen = home or Path(os.environ.get("GNUPGHOME", Path.home() / ".gnupg"))
    secret = resolve(SecretRef.parse(passphrase)) if passphrase else None
    print(sealed.open_to(Case.open(case), digest, chosen, out, secret).text())
