"""The commands on a case, from opening it to handing the postmortem out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from irkit.cli.common import CaseArg, ExportFormat, Format, put, say
from irkit.errors import BadInput

app = typer.Typer()


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
    from irkit.case import Case
    from irkit.case.exposure import alerts
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
def plan(
    case: CaseArg,
    chapter: Annotated[str, typer.Option(help="Whose plan: revoke or resign.")] = "revoke",
    approvals: Annotated[int, typer.Option(min=1, help="How many people must approve.")] = 1,
    valid_hours: Annotated[float, typer.Option(min=0.1, help="How long an approval counts.")] = 24.0,
    save: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write it to a file, to be approved on another machine.")
    ] = None,
) -> None:
    """Plan the revocation (or show the latest plan of a chapter); changes nothing."""
    from irkit.case import Case
    from irkit.case.elsewhere import save_request

    opened = Case.open(case)
    shown = opened.plan_revocation(approvals, valid_hours) if chapter == "revoke" else opened.show_plan(chapter)
    print(shown.text())
    if save:
        save_request(opened, opened.plan(chapter), save)
        say(f"written: {save} (to approve it elsewhere: irkit approve {save} --key FPR --out APPROVAL)")


@app.command(name="add-approver")
def add_approver(
    case: CaseArg,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A person's public key.")],
    automation: Annotated[
        bool, typer.Option("--automation", help="It is a machine's key: known to the case, and never an approval.")
    ] = False,
) -> None:
    """Let one more person approve plans of the case; the journal keeps who may."""
    from irkit.case import Case
    from irkit.case.approvals import read_certificate

    opened = Case.open(case)
    opened.add_approver(read_certificate(file, automation=automation))
    print(opened.status().text())


@app.command()
def approve(
    case: Annotated[
        Path, typer.Argument(metavar="CASE", help="The case folder, or a plan saved with irkit plan --save.")
    ],
    plan: Annotated[
        str, typer.Argument(metavar="PLAN", help="Its name, as printed by irkit plan; or an approval made elsewhere.")
    ] = "",
    key: Annotated[str, typer.Option(metavar="FPR", help="Your OpenPGP key, by primary fingerprint.")] = "",
    home: Annotated[Path | None, typer.Option(help="The gpg home that holds it; gpg's own otherwise.")] = None,
    passphrase: Annotated[
        str, typer.Option(metavar="REF", help="Its passphrase, by reference; none for an agent's.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write an approval of a saved plan.")
    ] = None,
) -> None:
    """Sign a plan as one of the case's approvers: here, or from a saved plan on a machine without the case."""
    from irkit.case import Case, elsewhere
    from irkit.model import SecretRef

    chosen = home or Path(os.environ.get("GNUPGHOME", Path.home() / ".gnupg"))
    secret = SecretRef.parse(passphrase) if passphrase else None
    if case.is_file():
        if not key:
            print(elsewhere.request_view(case).text())
            say(f"to sign this: irkit approve {case} --key FINGERPRINT")
            return
        where = out or case.with_suffix(".approval.json")
        print(elsewhere.sign_request(case, where, key, chosen, secret).text())
        say(f"written: {where} (take it back: irkit approve CASE {where})")
    elif plan and not key and Path(plan).is_file():
        print(elsewhere.take_approval(Case.open(case), Path(plan)).text())
    elif plan and key:
        print(Case.open(case).approve(plan, key, chosen, secret).text())
    else:
        raise BadInput("which plan, and with which key?", do="irkit approve CASE PLAN --key FINGERPRINT")


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


@app.command()
def consumers(
    case: CaseArg,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Repositories and folders that may use it.")],
    name: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A name it goes by, or CREDENTIAL=NAME; repeatable.")
    ] = None,
    replacement: Annotated[str, typer.Option(metavar="ID", help="The public id of the fresh credential.")] = "",
    replaced_at: Annotated[
        str, typer.Option(metavar="INSTANT", help="When it was put in place, ISO 8601 with zone.")
    ] = "",
    logs: Annotated[
        list[Path] | None, typer.Option(metavar="PATH", help="Logs that show its uses; repeatable.")
    ] = None,
    form: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """Who needs the secret: what takes it by its names, what holds its value, who used it, who switched over."""
    from irkit.case import Case
    from irkit.case.containment import consumers as desk
    from irkit.model import parse_instant

    opened = Case.open(case)
    at = parse_instant(replaced_at) if replaced_at else None
    view = opened.consumers(*paths, names=name or (), replacement=replacement, replaced_at=at, logs=logs or ())
    if form is Format.JSON:
        put(desk.documents(opened))
    else:
        print(view.text())
