"""OpenPGP keys: what of one leaked, what it signed and who trusts it, and whether the keys in use keep to a policy."""

from __future__ import annotations

import typer

from irkit.cli.common import RefArg

app = typer.Typer(help="OpenPGP keys: what leaked, what a key signed, who trusts it.", no_args_is_help=True)


@app.command()
def inspect(ref: RefArg) -> None:
    """What an OpenPGP key blob holds: packets, protection, user ids; nothing is imported."""
    from irkit.case.oneoff import inspected

    print(inspected(ref).text())
