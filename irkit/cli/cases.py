"""The commands on a case, from opening it to its proof."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from irkit.cli.common import CaseArg, Format, put, say
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
    rotation: Annotated[
        bool, typer.Option("--rotation", help="Nothing leaked: it is to be replaced in quiet (irkit run rotate).")
    ] = False,
    why: Annotated[
        str,
        typer.Option(metavar="TEXT", help="Of a rotation: the rule of the policy, the age, or what else asks for it."),
    ] = "",
    readiness: Annotated[
        bool, typer.Option("--readiness", help="Nothing leaked: a folder for a team's own state before the next leak.")
    ] = False,
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
    if readiness:
        if refs or report or pick or store or aware_at or provider or rotation or why:
            raise BadInput(
                "a folder of readiness holds nothing that leaked", why="with --readiness only --title and --approver go",
                do="leave the others out, or leave --readiness out",
            )  # fmt: skip
        print(Case.create_readiness(case, title=title, approvers=approver or ()).status().text())
        return
    if rotation:
        if report or aware_at:
            raise BadInput(
                "nobody learned of a leak where nothing leaked", do="leave out --from and --aware-at, or --rotation"
            )
        options["purpose"] = "rotation"
    elif why:
        raise BadInput(
            "--why says why nothing leaked and it is replaced all the same", do="add --rotation, or leave it out"
        )
    if report is None:
        if pick or store:
            raise BadInput("--pick and --store go with a report", do="add --from FILE")
        opened = Case.create(case, refs, **options)
        print((opened.note("why", why) if why else opened.status()).text())
        return
    alerted = alerts.read_alerts(report)
    if not pick and alerts.several(alerted):
        print(alerts.view(alerted, alerts.by_credential(alerted)).text())
    made, view = Case.from_report(case, alerted, pick or (), given=refs, store=store, **options)
    print(view.text())
    print(made.status().text())


@app.command()
def plan(
    case: CaseArg,
    chapter: Annotated[str, typer.Option(help="Whose plan: revoke or resign.")] = "revoke",
    approvals: Annotated[int, typer.Option(min=1, help="How many people must approve.")] = 1,
    valid_hours: Annotated[float, typer.Option(min=0.1, help="How long an approval counts.")] = 24.0,
    save: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write it to a file, to be approved on another machine.")
    ] = None,
    contain_first: Annotated[
        bool, typer.Option("--contain-first", help="Somebody else uses it: before its consumers have switched over.")
    ] = False,
    observe_hours: Annotated[
        float | None,
        typer.Option(
            min=0.0, help="Of a rotation: hours without a use of the old one before it is deleted; 24 unless told."
        ),
    ] = None,
    reactivate: Annotated[
        bool, typer.Option("--reactivate", help="Of a rotation: plan to let in again what it deactivated.")
    ] = False,
) -> None:
    """Plan the revocation or the rotation (or show the latest plan of a chapter); changes nothing."""
    from irkit.case import Case
    from irkit.case.elsewhere import save_request

    opened = Case.open(case)
    if reactivate:
        shown = opened.plan_reactivation(approvals, valid_hours)
    elif observe_hours is not None:
        shown = opened.plan_rotation(approvals, valid_hours, observe_hours)
    else:
        revocation = chapter == "revoke"
        shown = (
            opened.plan_revocation(approvals, valid_hours, contain_first=contain_first)
            if revocation
            else opened.show_plan(chapter)
        )
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
    from irkit.revoke import is_reactivation

    opened = Case.open(case)
    print(opened.carry_out(plan).text())
    if opened.plan(plan).chapter == "revoke" and not is_reactivation(opened.plan(plan)):
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
def watch(
    case: CaseArg,
    logs: Annotated[
        list[Path], typer.Argument(metavar="LOG...", help="Logs that show uses of the old and the fresh one.")
    ],
    fresh: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="The public id of a fresh one made by hand, or CREDENTIAL=ID; repeatable."),
    ] = None,
    until: Annotated[
        str, typer.Option(metavar="INSTANT", help="Until when the logs are whole, ISO 8601 with zone, as you know it.")
    ] = "",
) -> None:
    """In a rotation: who still uses the old credential, and who uses the fresh one."""
    from irkit.case import Case

    print(Case.open(case).watch(*logs, fresh=fresh or (), until=until).text())


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
