"""One question, without a case: what is it, where does it occur, who used it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from irkit.cli.common import BaseOption, Format, LocateFormat, RefArg, ResponderOption, put, put_text, warn_skipped

app = typer.Typer()


@app.command()
def identify(ref: RefArg) -> None:
    """Provider and shape of a credential, offline."""
    from irkit.case.oneoff import identified

    print(identified(ref).text())


@app.command()
def locate(
    ref: RefArg,
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH|URL]...", help="Repositories, folders, files, addresses.")
    ] = None,
    listed: Annotated[
        Path | None, typer.Option("--list", metavar="FILE", help="Paths and addresses, one a line.")
    ] = None,
    organisation: Annotated[
        str, typer.Option(metavar="github:ORG|gitlab:GROUP", help="All repositories of an organisation.")
    ] = "",
    base: BaseOption = "",
    responder: ResponderOption = "",
    workers: Annotated[int, typer.Option(min=1, help="How many repositories to read at once.")] = 1,
    scheduler: Annotated[str, typer.Option(metavar="ADDRESS", help="Read them on a Dask cluster.")] = "",
    form: Annotated[LocateFormat | None, typer.Option("--format")] = None,
) -> None:
    """Every place where a credential occurs; stopped and started again, a search of many repositories goes on where it was."""
    from irkit.case.exposure import located

    found = located.locate(
        ref, paths or (), listed=listed, organisation=organisation, base=base, responder=responder,
        workers=workers, scheduler=scheduler,
    )  # fmt: skip
    if form is LocateFormat.JSON:
        put(found.document())
    elif form is LocateFormat.CSV:
        put_text(found.csv())
    else:
        print(found.view().text())
    warn_skipped(len(found.skipped))


@app.command()
def capture(
    repository: Annotated[
        str, typer.Argument(help="OWNER/REPO, gitlab:GROUP/PROJECT, npm:PACKAGE, or a repository's address.")
    ],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="A new folder for the answers.")],
    base: BaseOption = "",
    responder: ResponderOption = "",
    pages: Annotated[int, typer.Option(min=1, help="Pages to ask for of each list at most.")] = 50,
) -> None:
    """Fetch what a code host or an npm registry recorded before it expires: pushes, events, CI runs, clones, forks, alerts."""
    from irkit.case.exposure.clocks import capture_into

    view, missing = capture_into(out, repository, base, responder, pages)
    print(view.text())
    warn_skipped(missing)


@app.command()
def usage(
    ref: RefArg,
    logs: Annotated[list[Path], typer.Argument(metavar="LOGS...", help="Log files and folders.")],
    since: Annotated[str, typer.Option(metavar="INSTANT", help="Leave out what came before.")] = "",
    until: Annotated[str, typer.Option(metavar="INSTANT", help="Leave out what came at or after.")] = "",
    events: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the events there, one JSON object a line.")
    ] = None,
    rules: Annotated[Path | None, typer.Option(metavar="DIR", help="Ask these Sigma rules of the events.")] = None,
    geoip: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Countries of addresses, from an .mmdb file.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The credential's IAM policy: what it could have done.")
    ] = None,
    scopes: Annotated[
        str, typer.Option(metavar="LIST|@FILE", help="The token's scopes (X-OAuth-Scopes): what it could have done.")
    ] = "",
    salt: Annotated[
        list[str] | None, typer.Option(metavar="REF", help="Salt of a Vault audit device, by reference.")
    ] = None,
    also: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A further name that logs have for it: an id, a hash.")
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes that read; 0 is as many as is worth it.")] = 0,
    scheduler: Annotated[str, typer.Option(metavar="ADDRESS", help="Read on a Dask cluster that sees the logs.")] = "",
    form: Annotated[Format | None, typer.Option("--format")] = None,
) -> None:
    """Who used a credential, what came of it, what stands out, and what it could have reached; from audit logs."""
    from irkit.case import oneoff
    from irkit.case.exposure.reading import Means

    means = Means(
        str(rules or ""),
        str(geoip or ""),
        str(policy or ""),
        scopes,
        workers,
        scheduler,
        tuple(salt or ()),
        tuple(also or ()),
    )
    report = oneoff.usage(ref, logs, since, until, means, most=0 if events else 2)
    if events:
        report.write_events(events)
    if form is Format.JSON:
        put(report.document())
    else:
        print(report.view().text())
    warn_skipped(report.skipped)
