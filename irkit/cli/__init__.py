"""The command line: parse, call, print. Exit codes are documented in docs/exit-codes.md and come from irkit.errors."""

from __future__ import annotations

import gc
import sys
from copy import copy
from pathlib import Path
from typing import Annotated

import typer

from irkit import __version__
from irkit.cli import cases, evidence, guard, keys, questions, resigning, sealing
from irkit.cli.common import run_guarded, say

app = typer.Typer(
    name="irkit",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(keys.app, name="keys")
app.add_typer(guard.app, name="guard")
app.add_typer(evidence.app, name="evidence")
app.add_typer(sealing.app, name="case")


for group in (cases.app, questions.app, resigning.app):
    app.registered_commands += group.registered_commands


@app.callback()
def irkit() -> None:
    """From 'a credential of ours is public' to a signed postmortem."""


def main() -> None:
    """Run the command line; every error becomes one sentence on standard error and its exit code."""
    try:
        run_guarded(_only(sys.argv[1:2]) or app)
    finally:
        gc.freeze()  # or Python, at its end, looks several times for cycles in all that was imported: 20 ms


def _only(called: list[str]) -> typer.Typer | None:
    """The application with the one command that is called: to make the parsers of all of them takes as long as half the imports."""
    found = [one for one in app.registered_commands if one.callback and [one.name or one.callback.__name__] == called]
    if not found:
        return None
    alone = copy(app)
    alone.registered_commands, alone.registered_groups = found, []
    return alone


@app.command()
def version() -> None:
    """Print the version."""
    print(__version__)


@app.command()
def doctor() -> None:
    """What is here, what is missing, how to get it."""
    from irkit import doctor as checks

    print(checks.view().text())


@app.command()
def drill(
    scenario: Annotated[
        str, typer.Argument(help="Which incident to rehearse: token-and-key, signing-key, or bulk.")
    ] = "token-and-key",
    out: Annotated[Path | None, typer.Option(help="Where to build it; a temporary folder otherwise.")] = None,
    seed: Annotated[int, typer.Option(help="Another world for another number.")] = 1,
    named: Annotated[str, typer.Option("--scenario", help="The same as the argument.")] = "",
    fault: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[=N|=P%]", help="What the fake provider does wrong; repeatable. `list` names them."),
    ] = None,
    count: Annotated[
        int, typer.Option(min=0, help="bulk: how many credentials (500); signing-key: how many files (2,000).")
    ] = 0,
) -> None:
    """Rehearse on this machine alone: build a world, run the playbook, print the scorecard."""
    if "list" in (fault or ()):
        from irkit.drill.provider import FAULTS

        print("\n".join(FAULTS))
        return
    if (named or scenario) == "bulk":
        _many_at_once(out, count or 500, fault, seed)
        return
    if (named or scenario) == "signing-key":
        _signing_key(out, seed, count)
        return
    from irkit.drill.run import rehearse

    result = rehearse(named or scenario, out, seed=seed, say=say, faults=fault or ())
    print(result.view.text())
    print(f"\nThe postmortem: {result.postmortem}")
    if not result.full:
        sys.exit(1)


def _many_at_once(out: Path | None, count: int, faults: list[str] | None, seed: int) -> None:
    import tempfile

    from irkit.drill.bulk import FAULTS, rehearse
    from irkit.drill.run import without_proxies

    folder = out or Path(tempfile.mkdtemp(prefix="irkit-drill-")) / "bulk"
    with without_proxies():
        result = rehearse(
            folder.absolute(), count=count, faults=FAULTS if faults is None else faults, seed=seed, say=say
        )
    print(result.view.text())
    print(f"\nThe case: {result.case}")
    if not result.full:
        sys.exit(1)


def _signing_key(out: Path | None, seed: int, count: int) -> None:
    from irkit.drill.signing.run import rehearse_signing
    from irkit.drill.signing.world import FILES

    result = rehearse_signing(out, seed=seed, say=say, count=count or FILES)
    print(result.view.text())
    print(f"\nThe postmortem: {result.postmortem}")
    if not result.full:
        sys.exit(1)
