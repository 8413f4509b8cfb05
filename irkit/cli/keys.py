"""OpenPGP keys: what of one leaked, what it signed and who trusts it, and whether the keys in use keep to a policy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from irkit.cli.common import Format, RefArg, put, warn_skipped

app = typer.Typer(help="OpenPGP keys: what leaked, what a key signed, who trusts it.", no_args_is_help=True)


@app.command()
def inspect(ref: RefArg) -> None:
    """What an OpenPGP key blob holds: packets, protection, user ids; nothing is imported."""
    from irkit.case.oneoff import inspected

    print(inspected(ref).text())


@app.command()
def inventory(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Release folders and git repositories.")],
    key: Annotated[
        str,
        typer.Option(
            metavar="FPR|FILE", help="Only what this key signed: a fingerprint, or a file with the public key."
        ),
    ] = "",
    keyring: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Public keys to check signatures by; repeatable.")
    ] = None,
    form: Annotated[Format | None, typer.Option("--format")] = None,
) -> None:
    """Everything a key signed: files, manifests, git tags and commits; with a keyring, what each signature is worth."""
    from irkit.case.resigning.inventory import inventoried

    found = inventoried(paths, key, keyring or ())
    if form is Format.JSON:
        put(found.document())
    else:
        print(found.view().text())
    warn_skipped(found.skipped)
