"""The command line: parse, call, print. Exit codes are documented in docs/exit-codes.md and come from irkit.errors."""

from __future__ import annotations

import gc
import sys
from copy import copy

import typer
from typer.models import CommandInfo

from irkit import __version__
from irkit.cli import (
    cases,
    closing,
    coverage,
    drilling,
    evidence,
    guard,
    keys,
    playbooks,
    questions,
    readiness,
    report,
    resigning,
    running,
    sealing,
    verifying,
)
from irkit.cli.common import run_guarded

app = typer.Typer(
    name="irkit",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
guard.app.registered_commands += coverage.app.registered_commands
app.add_typer(keys.app, name="keys")
app.add_typer(guard.app, name="guard")
app.add_typer(evidence.app, name="evidence")
app.add_typer(sealing.app, name="case")
app.add_typer(playbooks.app, name="playbook")
app.add_typer(readiness.app, name="readiness")


for group in (
    cases.app,
    verifying.app,
    closing.app,
    drilling.app,
    running.app,
    report.app,
    questions.app,
    resigning.app,
):
    app.registered_commands += group.registered_commands


@app.callback()
def irkit() -> None:
    """From 'a credential of ours is public' to a signed postmortem."""


def main() -> None:
    """Run the command line; every error becomes one sentence on standard error and its exit code."""
    try:
        run_guarded(_only(sys.argv[1:3]) or app)
    finally:
        gc.freeze()  # or Python, at its end, looks several times for cycles in all that was imported: 20 ms


def _only(called: list[str]) -> typer.Typer | None:
    """The application with the one command that is called: to make the parsers of all of them takes as long as half the imports."""
    alone = copy(app)
    if found := _named(app, called[:1]):
        alone.registered_commands, alone.registered_groups = found, []
        return alone
    for group in app.registered_groups:
        within = group.typer_instance
        if within and [group.name] == called[:1] and (found := _named(within, called[1:2])):
            only, its = copy(group), copy(within)
            its.registered_commands, its.registered_groups = found, []
            only.typer_instance = its
            alone.registered_commands, alone.registered_groups = [], [only]
            return alone
    return None


def _named(group: typer.Typer, called: list[str]) -> list[CommandInfo]:
    return [one for one in group.registered_commands if one.callback and [one.name or one.callback.__name__] == called]


@app.command()
def version() -> None:
    """Print the version."""
    print(__version__)


@app.command()
def doctor() -> None:
    """What is here, what is missing, how to get it."""
    from irkit import doctor as checks

    print(checks.view().text())
