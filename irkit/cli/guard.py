"""Nothing leaks: what is typed, committed, pushed, printed or handed out is searched first."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from irkit.cli.common import Format, put, put_text
from irkit.guard.scanning.telling import tell
from irkit.show.plain import visible

if TYPE_CHECKING:
    from irkit.guard.scanning.findings import Scanned
    from irkit.guard.scanning.search import Wanted

app = typer.Typer(help="Nothing leaks: search what is committed, pushed, printed or handed out.", no_args_is_help=True)
known = typer.Typer(help="The team's own credentials, known by keyed digests.", no_args_is_help=True)
app.add_typer(known, name="known")


class ScanFormat(StrEnum):
    TABLE = "table"
    JSON = "json"
    SARIF = "sarif"


CaseOption = Annotated[Path | None, typer.Option(help="A case whose own secrets to search for as well.")]
KnownOption = Annotated[Path | None, typer.Option("--known", metavar="FILE", help="The team's known credentials.")]
KeyOption = Annotated[str, typer.Option("--known-key", metavar="REF", help="The team's key, by reference.")]
BaselineOption = Annotated[
    Path | None, typer.Option("--baseline", metavar="FILE", help="Accepted findings; .irkit-guard.toml otherwise.")
]
RulesOption = Annotated[bool, typer.Option("--rules/--no-rules", help="Whether Kingfisher looks as well.")]


@app.command()
def gate(
    path: Annotated[Path, typer.Argument(help="A case folder, or with --case anything else.")],
    case: Annotated[Path | None, typer.Option(help="The case whose secrets to search for.")] = None,
    unknown: Annotated[bool, typer.Option("--unknown", help="Look for other secrets too, by kingfisher.")] = False,
    form: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """Search everything at and below PATH for the case's own secrets; exit 4 when one is there."""
    from irkit.case import Case
    from irkit.case.gating import look

    looked = look(Case.open(case or path), path, unknown=unknown)
    if form is Format.JSON:
        put(looked.document())
    looked.refuse()
    if form is Format.TABLE:
        print(looked.view().text())


@app.command()
def scan(
    path: Annotated[Path, typer.Argument(help="A file, a folder or a repository; - reads standard input.")] = Path(),
    staged: Annotated[bool, typer.Option("--staged", help="Only what the next commit brings.")] = False,
    span: Annotated[str, typer.Option("--range", metavar="A..B", help="Every object these commits bring.")] = "",
    home: Annotated[
        bool, typer.Option("--home", help="Histories, recordings, logs and dumps of a home: PATH, or yours.")
    ] = False,
    case: CaseOption = None,
    known_file: KnownOption = None,
    known_key: KeyOption = "",
    accepted: BaselineOption = None,
    rules: RulesOption = True,
    recorded: Annotated[
        bool,
        typer.Option(
            "--record", help="With --staged: note in the repository that this was searched, as the hook does."
        ),
    ] = False,
    warm: Annotated[
        bool,
        typer.Option("--warm", help="With --staged: use a scanner that waits, and have one wait for the next commit."),
    ] = False,
    form: Annotated[ScanFormat, typer.Option("--format")] = ScanFormat.TABLE,
) -> None:
    """Search for secrets nobody told irkit of, and for the team's own, before a commit or in CI; exit 4 when there is one."""
    from irkit.errors import BadInput
    from irkit.guard.scanning import search

    if sum((staged, bool(span), home)) > 1:
        raise BadInput("--staged, --range and --home exclude one another", do="give one of them")
    if recorded and not staged:
        raise BadInput("--record notes what is staged", do="give --staged with it")
    if warm and not staged:
        raise BadInput("--warm is for what is staged", do="give --staged with it")
    wanted = _wanted(case, known_file, known_key, accepted, rules, warm)
    if staged:
        scanned = search.scan_staged(path, wanted)
        if recorded:
            from irkit.guard.hooks.committing import record_staged

            record_staged(path, scanned)
    elif span:
        scanned = search.scan_range(path, span, wanted)
    elif home:
        from irkit.guard.scanning.homes import scan_home

        scanned = scan_home(Path.home() if path == Path() else path, wanted)
    elif str(path) == "-":
        scanned = search.scan_stream("standard input", iter(lambda: sys.stdin.buffer.read(1 << 20), b""), wanted)
    else:
        scanned = search.scan_path(path, wanted)
    _give(scanned, form)


@app.command()
def install(
    path: Annotated[Path, typer.Argument(help="A folder of the repository.")] = Path(),
    pre_receive: Annotated[
        Path | None,
        typer.Option("--pre-receive", metavar="REPO.git", help="A bare repository whose pushes are searched."),
    ] = None,
    case: Annotated[Path | None, typer.Option(help="A case whose own secrets each commit is searched for.")] = None,
    known_file: KnownOption = None,
    known_key: KeyOption = "",
    accepted: BaselineOption = None,
    warm: Annotated[
        bool,
        typer.Option("--warm/--no-warm", help="Whether a scanner waits for the next commit, up to half an hour."),
    ] = True,
) -> None:
    """Have each commit, or each push, searched before it is taken; a hook that is there runs after it."""
    from irkit.guard.hooks.installing import install as write
    from irkit.guard.hooks.installing import install_receiving, shared

    options = ["--warm"] if warm and not pre_receive else []
    for name, value in (("--case", case), ("--known", known_file), ("--baseline", accepted)):
        options += (name, str(value.absolute())) if value else ()
    options += ("--known-key", known_key) if known_key else ()
    hook, chained = install_receiving(pre_receive, options) if pre_receive else write(path, options)
    put_text(f"written: {visible(str(hook))}{' (the hook that was there runs after it)' if chained else ''}\n")
    if said := shared(pre_receive or path, hook):
        put_text(f"{said}\n")


@app.command()
def uninstall(
    path: Annotated[Path, typer.Argument(help="A folder of the repository.")] = Path(),
    pre_receive: Annotated[
        Path | None, typer.Option("--pre-receive", metavar="REPO.git", help="A bare repository.")
    ] = None,
) -> None:
    """Take irkit's hook away again; the one that was there before is put back."""
    from irkit.guard.hooks.installing import uninstall as remove
    from irkit.guard.hooks.installing import uninstall_receiving
    from irkit.guard.spare.taking import stop

    hook, restored = uninstall_receiving(pre_receive) if pre_receive else remove(path)
    if not pre_receive:
        stop()
    put_text(f"removed: {visible(str(hook))}{' (the hook that was there before is back)' if restored else ''}\n")


@app.command()
def receive(
    repository: Annotated[Path, typer.Argument(help="The repository that is pushed to.")] = Path(),
    case: CaseOption = None,
    known_file: KnownOption = None,
    known_key: KeyOption = "",
    accepted: BaselineOption = None,
    rules: RulesOption = True,
    history: Annotated[
        bool, typer.Option("--history", help="By hand: search all that is there, and record it.")
    ] = False,
) -> None:
    """What a pre-receive hook runs: search every new object of the push that standard input names, and record it."""
    from irkit.guard.hooks.receiving import received, received_before

    wanted = _wanted(case, known_file, known_key, accepted, rules)
    scanned = received_before(repository, wanted) if history else received(repository, sys.stdin.buffer, wanted)
    if scanned:
        _give(scanned, None)


@app.command(context_settings={"allow_interspersed_args": False})
def run(
    command: Annotated[list[str], typer.Argument(metavar="-- COMMAND...", help="What to run, with its arguments.")],
    secret: Annotated[
        list[str] | None, typer.Option("--secret", metavar="REF", help="What to hide; repeatable.")
    ] = None,
    case: Annotated[Path | None, typer.Option(help="A case whose secrets to hide.")] = None,
) -> None:
    """Run a command and hide secrets in what it prints; its exit code, terminal and signals stay its own."""
    from irkit.errors import BadInput
    from irkit.guard.piping.hiding import redactor_of
    from irkit.guard.piping.running import run as relay

    redactor = redactor_of(secret or ())
    if case:
        from irkit.case import Case

        redactor = redactor | Case.open(case).redactor
    if not redactor:
        raise BadInput("nothing would be hidden", do="name what to hide with --secret REF or --case CASE")
    sys.exit(relay(command, redactor))


@known.command("key")
def known_make_key(file: Annotated[Path, typer.Argument(help="A file that is not there yet.")]) -> None:
    """Make a team key: 32 random bytes, for its owner alone."""
    from irkit.guard.known.making import make_key

    put_text(f"written: {visible(str(file))} (key {make_key(file)}); keep it as you keep a password\n")


@known.command("add")
def known_add(
    ref: Annotated[str, typer.Argument(metavar="REF", help="The credential, by reference.")],
    into: Annotated[
        Path, typer.Option("--into", metavar="FILE", help="The file of known credentials; made when missing.")
    ],
    known_key: Annotated[str, typer.Option("--known-key", metavar="REF", help="The team's key, by reference.")],
    name: Annotated[str, typer.Option(help="What findings call it; the reference otherwise.")] = "",
) -> None:
    """Have a credential found wherever it stands, without storing it."""
    from irkit.guard.known.making import add

    entry = add(ref, into, known_key, name)
    put_text(f"added: {visible(entry.name)}, {len(entry.parts)} digests in {visible(str(into))}\n")


@known.command("remove")
def known_remove(
    name: Annotated[str, typer.Argument(help="What findings call it.")],
    into: Annotated[Path, typer.Option("--from", metavar="FILE", help="The file of known credentials.")],
) -> None:
    """Forget one: after it is revoked, and gone from everywhere."""
    from irkit.guard.known.making import remove

    remove(name, into)
    put_text(f"removed: {visible(name)}\n")


@known.command("list")
def known_list(
    file: Annotated[Path, typer.Argument(help="The file of known credentials.")],
    form: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """The names of the credentials that a file knows."""
    from irkit.guard.known.book import load
    from irkit.show import Table, View

    book = load(file)
    rows = [(one.name, one.added.isoformat(), ", ".join(part.form for part in one.parts)) for one in book.entries]
    if form is Format.JSON:
        put(
            {
                "key": book.key,
                "known": [{"name": name, "added": added, "forms": forms.split(", ")} for name, added, forms in rows],
            }
        )
    else:
        print(View("Known credentials", (Table.of(("Name", "Added", "Sought as"), rows),)).text())


def _wanted(
    case: Path | None, file: Path | None, key: str, accepted: Path | None, rules: bool, warm: bool = False
) -> Wanted:
    from irkit.errors import BadInput
    from irkit.guard.scanning.search import Wanted

    if bool(file) != bool(key):
        raise BadInput(
            "--known and --known-key belong together", do="give the file and the reference to the team's key"
        )
    redactor: Any = None
    windows = None
    if case:
        from irkit.case import Case

        redactor = Case.open(case).redactor
    if file:
        from irkit.guard.known.making import windows_of

        windows = windows_of(file, key)
    if not (rules or windows or redactor):
        raise BadInput("nothing would be looked for", do="give --known, --case, or leave out --no-rules")
    return Wanted(rules, windows, redactor, accepted, warm)


def _give(scanned: Scanned, form: ScanFormat | None) -> None:
    """The result, then WouldLeak when something was found."""
    if form is ScanFormat.JSON:
        put(scanned.document())
    elif form is ScanFormat.SARIF:
        from irkit.guard.scanning.sarif import sarif

        put(sarif(scanned))
    tell(scanned, alone=form not in (ScanFormat.TABLE, None))
