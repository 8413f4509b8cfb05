"""OpenPGP keys: what of one leaked, what it signed and who trusts it, and whether the keys in use keep to a policy."""

from __future__ import annotations

from typing import Annotated

import typer

from irkit.cli.common import Format, RefArg, put, warn_skipped

app = typer.Typer(help="OpenPGP keys: what leaked, what a key signed, who trusts it.", no_args_is_help=True)


@app.command()
def inspect(
    ref: RefArg, fmt: Annotated[Format, typer.Option("--format", help="A table, or one JSON document.")] = Format.TABLE
) -> None:
    """What of an OpenPGP key leaked: packets, protection, revocations. file:PATH may be a .gnupg folder; nothing is imported."""
    from irkit.case.oneoff import inspected

    found = inspected(ref)
    if fmt is Format.JSON:
        put(found.document())
        warn_skipped(found.skipped)
    else:
        print(found.view().text())
