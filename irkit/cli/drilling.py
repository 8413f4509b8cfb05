"""The command that rehearses: unattended, or by people against the clock; and what earlier rehearsals came to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from irkit.cli.common import Format, put, say
from irkit.errors import BadInput, IrkitError

if TYPE_CHECKING:
    from irkit.drill.card import Check, Scorecard
    from irkit.drill.practice import Result
    from irkit.show import View

app = typer.Typer()


class Told(Protocol):
    """A rehearsal that came to its end."""

    @property
    def scorecard(self) -> Scorecard: ...
    @property
    def case(self) -> Path: ...
    @property
    def stopped(self) -> IrkitError | None: ...
    @property
    def view(self) -> View: ...
    @property
    def whole(self) -> View: ...


@app.command()
def drill(
    scenario: Annotated[
        str, typer.Argument(help="What to rehearse: token-and-key, signing-key, bulk, or readiness.")
    ] = "token-and-key",
    out: Annotated[
        Path | None,
        typer.Option(help="Where to build it, a temporary folder otherwise; with --history a page to write."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Another world for another number.")] = 1,
    named: Annotated[str, typer.Option("--scenario", help="The same as the argument.")] = "",
    difficulty: Annotated[str, typer.Option(help="easy, normal or hard (docs/drill.md).")] = "normal",
    fault: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[=N|=P%]", help="What the fake provider does wrong; repeatable. `list` names them."),
    ] = None,
    count: Annotated[
        int, typer.Option(min=0, help="bulk: how many credentials (500); signing-key: how many files (2,000).")
    ] = 0,
    human: Annotated[bool, typer.Option("--human", help="You work, against the clock; JupyterLab opens.")] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="--human: print JupyterLab's address only.")] = False,
    terminal: Annotated[
        bool, typer.Option("--terminal", help="--human: no JupyterLab; print the commands, and work in another shell.")
    ] = False,
    ended: Annotated[
        Path | None, typer.Option("--score", metavar="DIR", help="End the rehearsal in DIR, and score it.")
    ] = None,
    history: Annotated[bool, typer.Option("--history", help="What earlier rehearsals came to.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Every question of the scorecard, not only the result.")] = False,
    form: Annotated[Format, typer.Option("--format", help="Of --score and --history.")] = Format.TABLE,
) -> None:
    """Rehearse on this machine alone: build a world, run the playbook or let people work, print the scorecard."""
    if sum((human, ended is not None, history)) > 1:
        raise BadInput("--human, --score and --history exclude one another", do="give one of them")
    chosen = named or scenario
    if (terminal or no_browser) and not human:
        raise BadInput("--terminal and --no-browser are for people", do="give --human as well")
    if difficulty != "normal" and chosen != "token-and-key" and not (history or ended):
        raise BadInput("this drill has one difficulty", on=chosen, do="leave --difficulty out")
    if "list" in (fault or ()):
        from irkit.drill.provider import FAULTS

        print("\n".join(FAULTS))
    elif history:
        _history(out, form)
    elif ended:
        _score(ended, form, full)
    elif human:
        _people(chosen, out, seed, difficulty, fault, count, None if terminal else not no_browser, full)
    elif chosen == "bulk":
        _many_at_once(out, count or 500, fault, seed)
    elif chosen == "signing-key":
        _signing_key(out, seed, count, full)
    elif chosen == "readiness":
        _readiness(out, seed, fault, full)
    else:
        from irkit.drill.difficulty import level
        from irkit.drill.footer import DRAFT
        from irkit.drill.run import rehearse

        result = rehearse(chosen, out, seed=seed, say=say, faults=fault, difficulty=level(difficulty))
        _shown(result, full, out, result.postmortem, DRAFT)
        _end(result.result, result.full)


def _shown(told: Told, full: bool, out: Path | None, page: Path, what: str) -> None:
    """The scorecard, whole where asked for and always in a file beside the case; and below it what to do next."""
    from irkit.case.disk import write_whole

    scores = told.case.parent / "scorecard.txt"
    write_whole(scores, told.whole.text().encode())
    print((told.whole if full else told.view).text())
    temporary = None if out else told.case.parent
    _foot(told.scorecard, told.case, temporary, page, what, scores, told.stopped is not None)


def _foot(
    card: Scorecard,
    case: Path,
    temporary: Path | None,
    page: Path | None = None,
    what: str = "",
    scores: Path | None = None,
    stopped: bool = False,
) -> None:
    from irkit.drill.footer import footer, program

    here = Path.cwd()
    typed = program(here)
    print(
        footer(
            card, case, here=here, program=typed, stopped=stopped, page=page, what=what, scores=scores,
            temporary=temporary,
        )
    )  # fmt: skip


def _people(
    scenario: str,
    out: Path | None,
    seed: int,
    difficulty: str,
    faults: list[str] | None,
    count: int,
    browser: bool | None,
    full: bool,
) -> None:
    """`browser` None: without JupyterLab."""
    from irkit import lab
    from irkit.drill import briefing, human
    from irkit.drill.difficulty import level
    from irkit.drill.practice import Identity
    from irkit.playbook import folder

    hard = level(difficulty)
    usual = hard.faults if scenario == "token-and-key" else ()
    who = Identity(scenario, seed, hard.name, tuple(usual if faults is None else faults), "people", count=count)
    with human.staged(who, out, hard, say) as scene:
        say(f"How to go about it, and who approves: {scene.case.folder / lab.WORKING / briefing.HOW}")
        if browser is None:
            print("\n".join(briefing.commands(scene, human.typed(scene))), flush=True)
        if sys.stdin.isatty():
            what = (
                "begin: the clock starts then"
                if browser is None
                else "start JupyterLab: the clock starts when it is there"
            )
            input(f"Press Enter to {what}. ")

        def begin() -> None:
            human.begin(scene)
            say(
                f"The clock runs. Ctrl-C here ends it, {'or --score in the other shell' if browser is None else 'or File, Shut Down'}."
            )

        if browser is None:
            begin()
            human.wait(scene)
        else:
            lab.lab(scene.case.folder, folder("notebooks"), open_browser=browser, first=briefing.HOW, ready=begin)
        result, checks = human.score(scene.folder)
        _scored(scene.folder, result, checks, None if out else scene.folder, full)


def _scored(
    place: Path,
    result: Result,
    checks: tuple[Check, ...],
    temporary: Path | None,
    full: bool,
    form: Format = Format.TABLE,
) -> None:
    """What came of it is shown before it is kept: a full disk takes nobody's scorecard."""
    from irkit.drill import human
    from irkit.drill.scenes import find_scene

    if form is Format.JSON:
        put({"result": result.model_dump(mode="json"), "checks": [vars(one) for one in checks]})
    else:
        print(human.shown(result, checks, whole=full).text())
        _worked(checks, find_scene(place).case.folder, temporary)
        sys.stdout.flush()
    if not human.keep(place, result):
        say("nothing was done in it, so its result is not kept")


def _worked(checks: tuple[Check, ...], case: Path, temporary: Path | None) -> None:
    from irkit.drill.card import Scorecard
    from irkit.drill.footer import DRAFT

    _foot(Scorecard(checks), case, temporary, case / "postmortem.html", DRAFT)


def _score(place: Path, form: Format, full: bool) -> None:
    from irkit.drill import human

    result, checks = human.score(place)
    _scored(place, result, checks, None, full, form)
    if human.still_open(place):
        say("the rehearsal is still open where it was begun: what is done there counts no more; Ctrl-C there closes it")


def _history(out: Path | None, form: Format) -> None:
    from irkit.drill import kept
    from irkit.drill.trend import history

    results, unread = kept.kept()
    if form is Format.JSON:
        put({"runs": [one.model_dump(mode="json") for one in results], "unread": unread})
        return
    view = history(results, unread, kept.place())
    print(view.text())
    if out:
        _write(view, out)


def _write(view: View, out: Path) -> None:
    from irkit.case.disk import write_whole
    from irkit.show.page import page

    try:
        write_whole(out, page(view).encode())
    except OSError as error:
        raise BadInput(
            "the page cannot be written", on=out, why=error.strerror or str(error), do="name another"
        ) from None
    say(f"written: {out}")


def _end(result: Result | None, full: bool) -> None:
    """Keep it; a drill that was not all right ends with 1."""
    from irkit.drill import kept

    if result:
        kept.keep(result)
    if not full:
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
    _foot(result.card, result.case, None if out else folder.parent)
    _end(result.result, result.full)


def _signing_key(out: Path | None, seed: int, count: int, full: bool) -> None:
    from irkit.drill.footer import DRAFT
    from irkit.drill.signing.run import rehearse_signing
    from irkit.drill.signing.world import FILES

    result = rehearse_signing(out, seed=seed, say=say, count=count or FILES)
    _shown(result, full, out, result.postmortem, DRAFT)
    _end(result.result, result.full)


def _readiness(out: Path | None, seed: int, faults: list[str] | None, full: bool) -> None:
    """Nothing leaked, so that there is no time to contain and nothing for the history."""
    from irkit.drill.readiness.run import rehearse_readiness

    result = rehearse_readiness(out, seed=seed, say=say, faults=faults)
    _shown(result, full, out, result.report, "the report of a rehearsal")
    _end(None, result.full)
