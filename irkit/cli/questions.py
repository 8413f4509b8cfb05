"""One question, without a case: what is it, where does it occur, who used it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from irkit.cli.common import (
    BaseOption,
    CaseArg,
    Format,
    LocateFormat,
    RefArg,
    ResponderOption,
    put,
    put_text,
    warn_skipped,
)
from irkit.errors import BadInput

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
        str,
        typer.Argument(
            metavar="REPOSITORY|PACKAGE",
            help="OWNER/REPO, gitlab:GROUP/PROJECT, a repository's address, npm:PACKAGE, devpi:USER/INDEX/PACKAGE.",
        ),
    ],
    out: Annotated[Path | None, typer.Option(metavar="FOLDER", help="A new folder for the answers.")] = None,
    case: Annotated[
        Path | None, typer.Option(metavar="CASE", help="Keep them in the case instead, asked through its case.toml.")
    ] = None,
    base: BaseOption = "",
    responder: ResponderOption = "",
    pages: Annotated[int, typer.Option(min=1, help="Pages to ask for of each list at most.")] = 50,
) -> None:
    """Fetch what a code host or a package registry recorded before it expires: pushes, events, CI runs, forks, alerts, versions."""
    from irkit.case.exposure.clocks import capture_into

    if case is not None:
        if out or base or responder:
            raise BadInput(
                "--case keeps the answers in the case and asks as its case.toml says",
                do="leave out --out, --base and --responder",
            )
        from irkit.case import Case

        view, missing = Case.open(case).captured(repository, pages)
    elif out is not None:
        view, missing = capture_into(out, repository, base, responder, pages)
    else:
        raise BadInput("where to keep the answers?", do="add --case CASE, or --out FOLDER")
    print(view.text())
    warn_skipped(missing)


@app.command()
def uploads(
    case: CaseArg,
    records: Annotated[
        list[str] | None, typer.Argument(metavar="[RECORD]...", help="Answers of registries, saved; kept in the case.")
    ] = None,
) -> None:
    """What package registries recorded as published, whether a credential of the case was exposed then, and what they cannot tell."""
    from irkit.case import Case

    print(Case.open(case).uploads(clocks=records or ()).text())


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


@app.command()
def blast(
    ref: RefArg,
    logs: Annotated[list[Path] | None, typer.Argument(metavar="[LOGS]...", help="Log files and folders.")] = None,
    days: Annotated[int, typer.Option(min=1, help="Of how many days uses count.")] = 90,
    until: Annotated[
        str, typer.Option(metavar="INSTANT", help="Which days: those before then; before now otherwise.")
    ] = "",
    policy: Annotated[Path | None, typer.Option(metavar="FILE", help="Its IAM policy, as JSON.")] = None,
    scopes: Annotated[str, typer.Option(metavar="LIST|@FILE", help="The token's scopes (X-OAuth-Scopes).")] = "",
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask its provider: AWS as you, GitHub with the token itself.")
    ] = False,
    base: BaseOption = "",
    responder: ResponderOption = "",
    user: Annotated[
        str, typer.Option(metavar="NAME", help="The IAM user of the key, where AWS is asked or FILE has several.")
    ] = "",
    only_from: Annotated[
        list[str] | None,
        typer.Option(metavar="NETWORK", help="Only uses from there are proposed for (192.0.2.0/24); repeatable."),
    ] = None,
    also: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A further name that logs have for it: an id, a hash.")
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes that read; 0 is as many as is worth it.")] = 0,
    html: Annotated[Path | None, typer.Option(metavar="OUT", help="Write a page with the picture there.")] = None,
    form: Annotated[Format | None, typer.Option("--format")] = None,
) -> None:
    """What a credential could do at worst, against what it did, and the narrowest replacement as its provider's own policy text."""
    from irkit.case.exposure.blasting import blasted
    from irkit.case.exposure.reading import Means

    means = Means(policy=str(policy or ""), scopes=scopes, workers=workers, also=tuple(also or ()))
    found = blasted(
        ref, logs or (), days=days, means=means, only_from=only_from or (), ask=ask, base=base, responder=responder,
        user=user, ends=until,
    )  # fmt: skip
    if html:
        found.write_html(html)
    if form is Format.JSON:
        put(found.document())
    else:
        print(found.view().text())
    warn_skipped(len(found.skipped))
