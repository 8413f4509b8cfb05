"""The command line: parse, call, print. Exit codes are documented in docs/exit-codes.md and come from irkit.errors."""

from __future__ import annotations

import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from irkit import __version__
from irkit.errors import BadInput, IrkitError

app = typer.Typer(
    name="irkit",
    help="From 'a credential of ours is public' to a signed postmortem.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
keys = typer.Typer(help="OpenPGP keys: what leaked, what a key signed.", no_args_is_help=True)
guard = typer.Typer(help="Nothing leaks: search what is about to be handed out.", no_args_is_help=True)
app.add_typer(keys, name="keys")
app.add_typer(guard, name="guard")


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"


class LocateFormat(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class ExportFormat(StrEnum):
    HTML = "html"
    MD = "md"
    JSON = "json"


CaseArg = Annotated[Path, typer.Argument(metavar="CASE", help="The case folder.")]
RefArg = Annotated[str, typer.Argument(metavar="REF", help="A reference: env:NAME, file:PATH, id:VALUE, gpg:FPR, ...")]
BaseOption = Annotated[str, typer.Option(metavar="URL", help="The host's API; the public one otherwise.")]
ResponderOption = Annotated[str, typer.Option(metavar="REF", help="Your own credential there, by reference.")]


def main() -> None:
    """Run the command line; every error becomes one sentence on standard error and its exit code."""
    try:
        app()
    except IrkitError as error:
        print(f"irkit: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("irkit: stopped. Run the same command again to go on.", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if os.environ.get("IRKIT_DEBUG"):
            raise
        # The text of an unforeseen error may hold anything; its kind is enough to report it.
        where = _where(error)
        print(
            f"irkit: this is a defect of irkit ({type(error).__name__} at {where}). Set IRKIT_DEBUG=1 for details.",
            file=sys.stderr,
        )
        sys.exit(1)


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "an unknown place"


def say(line: str) -> None:
    """Progress and messages go to standard error."""
    print(line, file=sys.stderr, flush=True)


def put(document: Any) -> None:
    print(json.dumps(document, indent=2, ensure_ascii=False))


def warn_skipped(skipped: int) -> None:
    if skipped:
        say(f"irkit: warning: {skipped} {'thing' if skipped == 1 else 'things'} could not be read; see 'skipped'")


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
    scenario: Annotated[str, typer.Argument(help="Which incident to rehearse.")] = "token-and-key",
    out: Annotated[Path | None, typer.Option(help="Where to build it; a temporary folder otherwise.")] = None,
    seed: Annotated[int, typer.Option(help="Another world for another number.")] = 1,
) -> None:
    """Rehearse on this machine alone: build a world, run the playbook, print the scorecard."""
    from irkit.drill.run import rehearse

    result = rehearse(scenario, out, seed=seed, say=say)
    print(result.view.text())
    print(f"\nThe postmortem: {result.postmortem}")
    if not result.full:
        sys.exit(1)


@app.command()
def new(
    case: CaseArg,
    credential: Annotated[
        list[str] | None, typer.Option(metavar="REF", help="What leaked, by reference; repeatable.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="A scanner's report, or a pasted alert.")
    ] = None,
    pick: Annotated[
        list[str] | None, typer.Option(metavar="N", help="Which of its credentials, or all; repeatable.")
    ] = None,
    store: Annotated[
        str, typer.Option(metavar="keyring:SERVICE", help="Where to put its values; a private file otherwise.")
    ] = "",
    title: Annotated[str, typer.Option(help="A line for people.")] = "",
    aware_at: Annotated[
        str, typer.Option(metavar="INSTANT", help="When the team learned of it, ISO 8601 with zone.")
    ] = "",
    approver: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="A person's public key; repeatable.")
    ] = None,
    provider: Annotated[
        list[str] | None, typer.Option(metavar="REF=NAME", help="Who issued it, where the value does not say.")
    ] = None,
) -> None:
    """Open a case, on references or on what a scanner reported."""
    from irkit.case import Case, alerts
    from irkit.model import SecretRef, parse_instant

    refs = [SecretRef.parse(text) for text in credential or ()]
    options: dict[str, Any] = {
        "title": title,
        "aware_at": parse_instant(aware_at) if aware_at else None,
        "approvers": approver or (),
        "issuers": dict(text.rpartition("=")[::2] for text in provider or ()),
    }
    if report is None:
        if pick or store:
            raise BadInput("--pick and --store go with a report", do="add --from FILE")
        print(Case.create(case, refs, **options).status().text())
        return
    alerted = alerts.read_alerts(report)
    if not pick and alerts.several(alerted):
        print(alerts.view(alerted, alerts.by_credential(alerted)).text())
    made, view = Case.from_report(case, alerted, pick or (), given=refs, store=store, **options)
    print(view.text())
    print(made.status().text())


@app.command()
def run(
    playbook: Annotated[str, typer.Argument(metavar="PLAYBOOK", help="A name from the library, or a YAML file.")],
    case: CaseArg,
    parameter: Annotated[
        list[str] | None, typer.Option("-p", metavar="NAME=VALUE", help="A parameter; repeatable.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the steps; run nothing.")] = False,
    start_at: Annotated[str, typer.Option("--from", metavar="STEP", help="Run from this step on, done or not.")] = "",
) -> None:
    """Run a playbook on a case; run it again to go on where it stopped."""
    from irkit import playbook as books
    from irkit.case import Case

    opened = Case.open(case.resolve())
    book, ready = books.prepare(books.find_playbook(playbook), opened, _pairs(parameter or []))
    if dry_run:
        print(books.show(book, ready, opened).text())
        return
    books.run(book, ready, opened, start_at=start_at, say=say)
    print(opened.status().text())


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator:
            raise BadInput("a parameter is given as name=value", on=name[:40])
        pairs[name] = value
    return pairs


@app.command()
def lab(
    case: CaseArg,
    port: Annotated[int | None, typer.Option(help="Port on loopback; a free one otherwise.")] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address only.")] = False,
) -> None:
    """JupyterLab on the case, with its notebooks ready and the guard on."""
    from irkit import lab as jupyter
    from irkit.case import Case
    from irkit.playbook import folder

    opened = Case.open(case.resolve())
    jupyter.lab(opened.folder, folder("notebooks"), port=port, open_browser=not no_browser)


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
    from irkit.case import oneoff

    found = oneoff.locate(
        ref, paths or (), listed=listed, organisation=organisation, base=base, responder=responder,
        workers=workers, scheduler=scheduler,
    )  # fmt: skip
    if form is LocateFormat.JSON:
        put(found.document())
    elif form is LocateFormat.CSV:
        print(found.csv(), end="")
    else:
        print(found.view().text())
    warn_skipped(len(found.skipped))


@app.command()
def capture(
    repository: Annotated[str, typer.Argument(help="OWNER/REPO, gitlab:GROUP/PROJECT, or a repository's address.")],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="A new folder for the answers.")],
    base: BaseOption = "",
    responder: ResponderOption = "",
    pages: Annotated[int, typer.Option(min=1, help="Pages to ask for of each list at most.")] = 50,
) -> None:
    """Fetch what a code host recorded about a repository before it expires: pushes, events, CI runs, clones, forks, alerts."""
    from irkit.case import oneoff

    view, missing = oneoff.capture(out, repository, base, responder, pages)
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
    form: Annotated[Format | None, typer.Option("--format")] = None,
) -> None:
    """Who used a credential, and what came of it, from audit logs."""
    from irkit.case import oneoff

    report = oneoff.usage(ref, logs, since, until)
    if events:
        report.write_events(events)
    if form is Format.JSON:
        put(report.document())
    else:
        print(report.view().text())
    warn_skipped(report.skipped)


@app.command()
def plan(
    case: CaseArg,
    chapter: Annotated[str, typer.Option(help="Whose plan: revoke or resign.")] = "revoke",
    approvals: Annotated[int, typer.Option(min=1, help="How many people must approve.")] = 1,
) -> None:
    """Plan the revocation (or show the latest plan of a chapter); changes nothing."""
    from irkit.case import Case

    opened = Case.open(case)
    print((opened.plan_revocation(approvals) if chapter == "revoke" else opened.show_plan(chapter)).text())


@app.command()
def approve(
    case: CaseArg,
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="Its name, as printed by irkit plan.")],
    key: Annotated[str, typer.Option(metavar="FPR", help="Your OpenPGP key, by primary fingerprint.")],
    home: Annotated[Path | None, typer.Option(help="The gpg home that holds it; gpg's own otherwise.")] = None,
    passphrase: Annotated[
        str, typer.Option(metavar="REF", help="Its passphrase, by reference; none for an agent's.")
    ] = "",
) -> None:
    """Sign a plan as one of the case's approvers."""
    from irkit.case import Case
    from irkit.model import SecretRef

    chosen = home or Path(os.environ.get("GNUPGHOME", Path.home() / ".gnupg"))
    print(Case.open(case).approve(plan, key, chosen, SecretRef.parse(passphrase) if passphrase else None).text())


@app.command(name="carry-out")
def carry_out(case: CaseArg, plan: Annotated[str, typer.Argument(metavar="PLAN")]) -> None:
    """Do what an approved plan says, each action once, then prove it."""
    from irkit.case import Case

    opened = Case.open(case)
    print(opened.carry_out(plan).text())
    if opened.plan(plan).chapter == "revoke":
        print(opened.confirm().text())


@app.command()
def done(
    case: CaseArg,
    action: Annotated[str, typer.Argument(metavar="ACTION", help="The id of the hand task.")],
    text: Annotated[str, typer.Option(help="What was done, in a sentence.")],
) -> None:
    """Say that a hand task was done."""
    from irkit.case import Case

    print(Case.open(case).hand_done(action, text).text())


@app.command()
def show(case: CaseArg) -> None:
    """Where the case stands."""
    from irkit.case import Case

    print(Case.open(case).status().text())


@app.command()
def export(
    case: CaseArg,
    form: Annotated[ExportFormat, typer.Option("--format")] = ExportFormat.HTML,
    out: Annotated[Path | None, typer.Option(help="Where to write it; into the case otherwise.")] = None,
) -> None:
    """Write the postmortem, after searching the case for its own secrets."""
    from irkit.case import Case

    print(Case.open(case).export(form.value, out))


@app.command()
def verify(case: CaseArg) -> None:
    """Check the journal's chain, the evidence, the approvals and the exports."""
    from irkit.case import Case

    print(Case.open(case).verify().text())


@keys.command()
def inspect(ref: RefArg) -> None:
    """What an OpenPGP key blob holds: packets, protection, user ids; nothing is imported."""
    from irkit.case.oneoff import inspected

    print(inspected(ref).text())


@guard.command()
def gate(
    path: Annotated[Path, typer.Argument(help="A case folder, or with --case anything else.")],
    case: Annotated[Path | None, typer.Option(help="The case whose secrets to search for.")] = None,
) -> None:
    """Search everything below PATH for the case's own secrets; exit 4 when one is there."""
    from irkit.case import Case

    print(Case.open(case or path).gate(path).text())
