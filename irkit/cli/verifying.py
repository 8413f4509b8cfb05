"""`irkit verify`: can the record of a case be trusted, and is what its action items ask for in force now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from irkit.cli.common import CaseArg, Format, put

if TYPE_CHECKING:
    from irkit.show import View

app = typer.Typer()


@app.command()
def verify(
    case: CaseArg,
    actions: Annotated[
        bool, typer.Option("--actions/--no-actions", help="Whether what the action items name is looked at as well.")
    ] = True,
    record: Annotated[
        bool,
        typer.Option(
            "--record", help="Write the answers into the journal, so that the postmortem tells them with their time."
        ),
    ] = False,
    form: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """Check the journal's chain, the evidence, approvals, exports and signatures; then which action items are in force now.

    Exit code 1: the record does not hold. 3: an action item is not in force. 5: of one it is not known.
    """
    from irkit.case import Case
    from irkit.errors import BadInput, IrkitError
    from irkit.inforce import look

    if record and not actions:
        raise BadInput("there is nothing to record", why="--no-actions looks at none", do="leave out one of them")
    opened = Case.open(case)
    holds = opened.verify()
    if form is Format.TABLE:
        print(holds.text())
    try:
        found = look(opened) if actions else None
    except IrkitError:
        if form is Format.JSON:  # that the record holds is known
            put(_document(holds, None))
        raise
    if found and record:
        found.record(opened)
    if form is Format.JSON:
        put(_document(holds, found.document() if found else None))
    elif found and found.checks:
        print(f"\n{found.view().text()}")
    elif found and found.items:
        print(f"\nNone of the {len(found.items)} action items names a check, so none was looked at (docs/actions.md).")
    if found and (shortfall := found.shortfall()):
        raise shortfall


def _document(holds: View, actions: dict[str, Any] | None) -> dict[str, Any]:
    from irkit.show import Facts, Notice

    facts = {label: value for block in holds.blocks if isinstance(block, Facts) for label, value in block.rows}
    notes = [block.text for block in holds.blocks if isinstance(block, Notice)]
    return {"holds": True, "record": facts, "notes": notes, "actions": actions}
