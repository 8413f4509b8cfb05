"""`python -m irkit.drill.provider --state FILE [--port N] [--fault NAME[=N] ...]`: prints its address and serves until interrupted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from irkit.drill.provider import FAULTS, FakeProvider
from irkit.errors import IrkitError


def main(
    state: Annotated[Path, typer.Option(help="The state file of a drill (provider.json).")],
    port: Annotated[int, typer.Option(help="A port of 127.0.0.1; 0 takes a free one.")] = 0,
    fault: Annotated[list[str] | None, typer.Option(help="A fault, NAME or NAME=N: " + ", ".join(FAULTS))] = None,
) -> None:
    """Serve a drill's fake provider. Without --fault the faults of the state file stay."""
    try:
        provider = FakeProvider(state, faults=fault, port=port)
    except (IrkitError, OSError) as error:
        sys.exit(f"irkit: {error}")
    typer.echo(provider.url)
    provider.serve()


if __name__ == "__main__":
    typer.run(main)
