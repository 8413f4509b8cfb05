"""Times a whole playbook, from the first notebook to the exported postmortem, against papermill called once a notebook and nbconvert.

    python benchmarks/face.py [--rounds N] [--whole N]

The same four notebooks with the same parameters on both sides: `irkit run`, and `papermill` on the kernel `python3` four times, then
`jupyter nbconvert --to html` on the last. Each run has a world, a case and a provider of its own, made anew and not timed. The small
case is about a cloud key and a release key: find them, read the window and the usage, plan, revoke at the (fake) provider, prove it
dead, sign again, write it up. No approval is asked for there (`approvals=0`), so that neither side stops at a gate. `--whole` adds the
whole drill, where both stop at three gates: people's time is not counted, that of starting again is. Runs of a round follow one another,
in turns the one and the other first; whole processes, medians, and what they had of all processors. Everything runs from compiled
bytecode, as pip installs it. The cells are also run alone, without any runner, to tell how far a faster runner could go.
"""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from irkit import playbook as books
from irkit.case import Case, in_kernel
from irkit.drill import run as drill
from irkit.drill.provider import FakeProvider
from irkit.drill.world import World, build
from irkit.plan import HumanTask

BOOK = "token-and-key"
SMALL = "small case"
_BIN = Path(sys.executable).parent
_PROPAGATION_S = 0.0  # nobody waits for the fake provider
_MOST_GATES = 6
_LONGEST = 6
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
    "NO_PROXY": "127.0.0.1,localhost",
    "no_proxy": "127.0.0.1,localhost",
}


@dataclass
class Scene:
    """A world, a case on it, and what a responder types after the name of the playbook."""

    world: World
    case: Case
    given: dict[str, str]


@dataclass
class Timed:
    """One row of the table."""

    what: str
    seconds: list[float] = field(default_factory=list)
    in_cells: list[float] = field(default_factory=list)
    of_processors: list[float] = field(default_factory=list)
    longest: list[tuple[float, str]] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


@contextmanager
def scene(*, whole: bool) -> Iterator[Scene]:
    with tempfile.TemporaryDirectory(prefix="irkit-face-") as name:
        folder = Path(name)
        world = build(folder / "world", seed=1, now=datetime.now(UTC))
        try:
            with FakeProvider(world.provider_state) as provider:
                given = drill.parameters(world)
                if whole:
                    case = drill.open_case(world, folder / "case", provider.url, propagation_s=_PROPAGATION_S)
                else:
                    case = _small_case(world, folder / "case", provider.url)
                    given |= {"paths": str(world.repository), "logs": str(world.cloudtrail)}
                    _agree(world, case, given)
                yield Scene(world, case, given)
        finally:
            world.cleanup()


def _small_case(world: World, folder: Path, provider: str) -> Case:
    aws = {"base": provider, "propagation_s": _PROPAGATION_S, "responder": str(world.aws_responder)}
    return Case.create(
        folder,
        [world.aws_key, world.release_key],
        title="A cloud key and a signing key in a repository",
        aware_at=world.truth.now,
        settings={"responder": "carol", "providers": {"aws": aws}},
        approvers=sorted(world.approvers.glob("*.asc")),
    )


def _agree(world: World, case: Case, given: Mapping[str, str]) -> None:
    """Both plans are made and approved, what people must do is done: the same facts give the same plans when the notebooks make them."""
    _, ready = books.prepare(books.find_playbook(BOOK), case, dict(given))
    exposure, revoke, resign, _ = (dict(one.parameters) for one in ready)
    case.progress = lambda _what, _done, _total: None
    case.locate(*exposure["paths"])
    case.companions()
    case.window(clocks=exposure["clocks"])
    case.usage(*exposure["logs"])
    case.window()
    case.consumers(*revoke["paths"], names=revoke["names"])
    case.plan_revocation(revoke["approvals_required"], revoke["approvals_valid_h"])
    case.inspect_key()
    record = {
        name: resign.pop(f"digest_list{end}")
        for name, end in (("path", ""), ("source", "_source"), ("at", "_at"), ("trust", "_trust"))
    }
    case.judge_release(*resign.pop("release"), records=[record], listed=resign.pop("listed"), home=resign["old_home"])
    unused = ("case", "policy", "wait_for_people")
    case.plan_resign(**{name: value for name, value in resign.items() if name not in unused})
    drill.approve_what_waits(case, world)
    for plan in case.ledger.plans.values():
        for action in plan.actions:
            if isinstance(action.do, HumanTask):
                case.hand_done(action.id, "done before the run")
    case.journal.close()


def by_irkit(made: Scene) -> float:
    given = [text for name, value in made.given.items() for text in ("-p", f"{name}={value}")]
    command = [sys.executable, "-m", "irkit", "run", BOOK, str(made.case.folder), *given]
    return _past_gates(made, command)


def by_papermill(made: Scene) -> float:
    """papermill knows no resuming: a notebook that stopped at a gate is run again as a whole."""
    _, ready = books.prepare(books.find_playbook(BOOK), made.case, made.given)
    seconds, out = 0.0, made.case.folder / "notebooks"
    for one in ready:
        parameters = made.case.folder.parent / "parameters.yaml"
        parameters.write_text(json.dumps(one.parameters))  # JSON is YAML
        executed = out / f"{Path(str(one.notebook)).stem}.ipynb"
        command = [str(_BIN / "papermill"), str(one.notebook), str(executed), "-f", str(parameters)]
        seconds += _past_gates(made, [*command, "-k", "python3", "--cwd", str(made.case.folder), "--no-progress-bar"])
    html = made.case.folder.parent / "html"
    return seconds + _ran(
        [str(_BIN / "jupyter"), "nbconvert", "--to", "html", "--output-dir", str(html), str(executed)]
    )


def cells_alone(made: Scene) -> float:
    """Seconds of the cells of all four notebooks in one process, which nobody who runs them can beat."""
    _, ready = books.prepare(books.find_playbook(BOOK), made.case, made.given)
    listed = made.case.folder.parent / "ready.json"
    listed.write_text(json.dumps([{"notebook": str(one.notebook), "parameters": one.parameters} for one in ready]))
    command = [sys.executable, str(Path(__file__).parent / "facing" / "alone.py"), str(listed)]
    done = subprocess.run(command, env=_ENVIRONMENT, cwd=made.case.folder, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"the cells alone ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return float(done.stdout.splitlines()[-1])


def _past_gates(made: Scene, command: Sequence[str]) -> float:
    """Seconds that the command took, again after each gate."""
    seconds = 0.0
    for _ in range(_MOST_GATES):
        begun = time.perf_counter()
        done = subprocess.run(command, env=_ENVIRONMENT, capture_output=True, text=True, check=False)
        seconds += time.perf_counter() - begun
        if done.returncode == 0:
            return seconds
        if not (drill.approve_what_waits(made.case, made.world) or drill.do_by_hand(made.case)):
            break
    sys.exit(f"{command[0]} ended with {done.returncode}:\n{done.stderr[-3000:]}")


def _ran(command: Sequence[str]) -> float:
    begun = time.perf_counter()
    done = subprocess.run(command, env=_ENVIRONMENT, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begun
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return seconds


def cells(made: Scene) -> Iterator[tuple[float, str]]:
    """Seconds that each cell of the executed notebooks took, as both sides keep them, and its last line."""
    for path in sorted((made.case.folder / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text())["cells"]:
            source = "".join(cell["source"]).strip().splitlines()
            if seconds := cell["metadata"].get("papermill", {}).get("duration"):
                yield seconds, source[-1] if source else ""


def compared(rounds: int, *, whole: bool) -> tuple[Timed, Timed]:
    name = "the whole drill, three gates" if whole else SMALL
    rows = Timed(f"{name}: `irkit run`"), Timed(f"{name}: `papermill` a notebook, `nbconvert`")
    ways: list[tuple[Timed, Callable[[Scene], float]]] = [(rows[0], by_irkit), (rows[1], by_papermill)]
    for number in range(rounds):
        for row, way in ways if number % 2 else reversed(ways):
            with scene(whole=whole) as made:
                before = _of_processors()
                row.seconds.append(way(made))
                row.of_processors.append(_of_processors() - before)
                if not (made.case.folder / "postmortem.html").exists():
                    sys.exit(f"{row.what}: there is no postmortem")
                took = sorted(cells(made), reverse=True)
                row.in_cells.append(sum(seconds for seconds, _ in took))
                row.longest = took[:_LONGEST]
            told = f"{row.seconds[-1]:.2f} s, in cells {row.in_cells[-1]:.2f} s, of processors {row.of_processors[-1]:.2f} s"
            print(f"{row.what}: {told}", file=sys.stderr)
    return rows


def _of_processors() -> float:
    """Seconds that processes which have ended have had of all processors; of gates also what people's signatures took."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def floor(rounds: int) -> Timed:
    row = Timed(f"{SMALL}: its cells alone, in one process that has imported everything")
    for _ in range(rounds):
        with scene(whole=False) as made:
            row.seconds.append(cells_alone(made))
    return row


STARTS = {
    "`irkit --help`": ["-m", "irkit", "--help"],
    "`irkit version`": ["-m", "irkit", "version"],
    "`irkit run --help`": ["-m", "irkit", "run", "--help"],
    "`import irkit.case.case`": ["-c", "import irkit.case.case"],
    "`import irkit.guard.client` (papermill, lean)": ["-c", "import irkit.guard.client"],
    "`import papermill`": ["-c", "import papermill"],
    "`papermill --help`": ["-m", "papermill", "--help"],
    "`import nbconvert.exporters.html`": ["-c", "import nbconvert.exporters.html"],
    "`import pandas`": ["-c", "import pandas"],
    "`import matplotlib.pyplot`": ["-c", "import matplotlib.pyplot"],
    "what a kernel that waits imports": ["-c", f"import ipykernel.kernelapp, {', '.join(in_kernel.IMPORTED)}"],
    "Python alone": ["-c", "pass"],
}


def starts(rounds: int) -> list[Timed]:
    rows = [Timed(name) for name in STARTS]
    for _ in range(rounds):
        for row in rows:
            row.seconds.append(_ran([sys.executable, *STARTS[row.what]]))
    return rows


def table(pairs: Sequence[tuple[Timed, Timed]], imports: Sequence[Timed]) -> str:
    lines = ["| | median s | range | against irkit |", "|-|-|-|-|"]
    for ours, theirs in pairs:
        lines.append(_row(ours, "1.0x"))
        lines.append(_row(theirs, f"{theirs.median / ours.median:.1f}x"))
        apart = [_apart(row) for row in (ours, theirs)]
        if ours.what.startswith(SMALL):
            lines.append(_row(apart[0], "1.0x"))
            lines.append(_row(apart[1], f"{apart[1].median / apart[0].median:.1f}x"))
        spent = [Timed(f"{row.what}, seconds of processors", row.of_processors) for row in (ours, theirs)]
        lines.append(_row(spent[0], "1.0x"))
        lines.append(_row(spent[1], f"{spent[1].median / spent[0].median:.1f}x"))
    lines += [_row(one, "") for one in imports]
    return "\n".join(lines)


def _apart(row: Timed) -> Timed:
    """The same without the time in cells, which both sides spend: starting, importing, saving, exporting."""
    rest = [whole - cells for whole, cells in zip(row.seconds, row.in_cells, strict=True)]
    return Timed(f"{row.what}, less the time in cells", rest)


def _row(row: Timed, ratio: str) -> str:
    return f"| {row.what} | {row.median:.2f} | {min(row.seconds):.2f}-{max(row.seconds):.2f} | {ratio} |"


def _allowed(alone: float, theirs: float) -> str:
    """How far any runner of the same cells could go."""
    most = f"the cells alone take {alone:.1f} s, so whoever runs them can be {theirs / alone:.1f}x faster at most"
    return f"4x of {theirs:.1f} s would be {theirs / 4:.1f} s for the whole; {most}."


def _told(row: Timed) -> str:
    return ", ".join(f"`{line.split('(')[0]}` {seconds:.2f} s" for seconds, line in row.longest)


def main() -> None:
    parser = argparse.ArgumentParser(description="a whole playbook against papermill and nbconvert; import times")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--whole", type=int, default=0, metavar="N", help="rounds of the whole drill as well")
    given = parser.parse_args()
    _ran([sys.executable, "-c", "import irkit.case.case, irkit.guard.client, nbconvert.exporters.html"])  # to bytecode
    imports = starts(2 * given.rounds + 1)
    pairs = [compared(given.rounds, whole=False)]
    if given.whole:
        pairs.append(compared(given.whole, whole=True))
    least = floor(given.rounds)
    print(table(pairs, [least, *imports]))
    print(f"\n{_allowed(least.median, pairs[0][1].median)}")
    print("\nThe longest cells of irkit's last run of the small case:", _told(pairs[0][0]))
    print(
        f"\n{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
