"""The commands on a team's readiness: is a policy right, its schema, and the latest run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from irkit.cli.common import CaseArg, Format, put

app = typer.Typer(help="Before the next leak: check a policy, show the latest run.", no_args_is_help=True)


@app.command()
def check(policy: Annotated[Path, typer.Argument(metavar="POLICY", help="A policy.yaml.")]) -> None:
    """Find what is wrong with a policy, each with its line: exit code 2."""
    from irkit.case.readiness.taking import checked_policy

    rules = checked_policy(policy).rules
    asked = ", ".join(name for name, _ in rules.asked()) or "nothing"
    left = f"; nobody asks {', '.join(rules.left_out())}" if rules.left_out() else ""
    print(f"{policy}: nothing to mend; it asks {asked}{left}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of a policy, for editors."""
    from irkit.readiness import policy

    put(policy.schema())


@app.command()
def example() -> None:
    """Print a policy to begin with."""
    from irkit.readiness import policy

    print(policy.example(), end="")


@app.command()
def show(case: CaseArg, form: Annotated[Format, typer.Option("--format")] = Format.TABLE) -> None:
    """The latest run of a team's readiness, and what changed since the one before."""
    from irkit.case import Case
    from irkit.case.readiness import assessing

    opened = Case.open(case)
    if form is Format.JSON:
        put(assessing.document_of(opened))
        return
    for view in assessing.shown(opened):
        print(view.text())
