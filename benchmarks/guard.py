"""Times the guard: the pre-commit hook beside `git commit` itself, a tree beside kingfisher alone, the redacting pipe beside none, and a
push of one merge commit with 50,000 files.

    python benchmarks/guard.py [--rounds N] [--megabytes N] [--files N]

Every run is a whole process. The runs of a round follow one another, so that what else the machine does falls on all alike; best runs
and medians are shown. CPU is the time of the process and of all that it started. What is planted is nothing: all runs find nothing.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import os
import resource
import secrets
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from irkit.guard.hooks.installing import install
from irkit.guard.spare.taking import stop
from irkit.sources.scanner import program

PYTHON = (sys.executable, "-P")
IRKIT = (*PYTHON, "-m", "irkit")
_NONE = subprocess.DEVNULL
WHO = ("-c", "user.name=n", "-c", "user.email=e@example.com")


@dataclass
class Runs:
    """Seconds of each run: on the clock, and of CPU."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def run(self, command: Sequence[str], folder: Path, **more: str) -> None:
        before, began = _cpu(), time.perf_counter()
        done = subprocess.run(
            command, cwd=folder, env=os.environ | more, stdin=_NONE, stdout=_NONE, stderr=subprocess.PIPE, check=False
        )
        self.wall.append(time.perf_counter() - began)
        self.cpu.append(_cpu() - before)
        if done.returncode not in (0, 200):
            sys.exit(f"{' '.join(command[:6])} ended with {done.returncode}: {done.stderr.decode()[-500:]}")

    @property
    def median(self) -> float:
        return statistics.median(self.wall)

    @property
    def best(self) -> float:
        """The run that the rest of the machine disturbed least."""
        return min(self.wall)

    @property
    def of_cpu(self) -> float:
        return statistics.median(self.cpu)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def table(title: str, rows: Sequence[tuple[str, Runs]], unit: Callable[[float], str]) -> None:
    print(f"\n## {title}\n\n| | best | median | CPU | runs |\n|---|---|---|---|---|")
    for name, runs in rows:
        print(f"| {name} | {unit(runs.best)} | {unit(runs.median)} | {unit(runs.of_cpu)} | {len(runs.wall)} |")


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def in_seconds(seconds: float) -> str:
    return f"{seconds:.2f} s"


def kingfisher(folder: Path, aside: Path) -> list[str]:
    """As irkit calls it."""
    options = ["--no-validate", "--no-update-check", "--no-dedup", "--no-ignore", "--max-file-size", "0"]
    return [
        program(),
        "scan",
        str(folder),
        "--format",
        "jsonl",
        "--output",
        str(aside),
        "--rule-cache-dir",
        str(cache()),
        *options,
    ]


def cache() -> Path:
    """Where irkit keeps compiled rules; warm after the first run."""
    return Path(os.environ["XDG_CACHE_HOME"]) / "irkit" / "kingfisher"


def commits(work: Path, rounds: int) -> None:
    plain, cold, warm = (work / name for name in ("plain", "cold", "warm"))
    for one in (plain, cold, warm):
        one.mkdir()
        subprocess.run(["git", "init", "-q", str(one)], check=True)
    install(cold)
    install(warm, ["--warm"])
    without, waited, hooked, alone, started = Runs(), Runs(), Runs(), Runs(), Runs()
    for number in range(rounds + 1):
        for one in (plain, cold, warm):
            for file in range(20):
                (one / f"f{file}.py").write_text(f"def f{file}():\n    return {number}\n" * 20)
            subprocess.run(["git", "add", "."], cwd=one, check=True)
        # The first round warms up: caches of files, compiled rules, and the scanner that waits for the second.
        runs = (without, waited, hooked, alone, started) if number else tuple(Runs() for _ in range(5))
        runs[0].run(["git", *WHO, "commit", "-q", "-m", "x"], plain)
        runs[1].run(["git", *WHO, "commit", "-q", "-m", "x"], warm)
        runs[2].run(["git", *WHO, "commit", "-q", "-m", "x"], cold)
        runs[3].run(kingfisher(_files_alone(plain, work / "alone"), work / "report"), plain)
        runs[4].run([*PYTHON, "-c", "pass"], plain)
        _until_one_waits()
    table(
        "A commit of 20 files",
        [
            ("`git commit`", without),
            ("with the hook, a scanner waits", waited),
            ("with the hook, none waits (`--no-warm`)", hooked),
            ("kingfisher alone on the 20 files", alone),
            ("`python -c pass`", started),
        ],
        milliseconds,
    )
    for how, one in (("best against best", min), ("median against median", statistics.median)):
        above = [milliseconds(one(runs.wall) - one(without.wall)) for runs in (waited, hooked)]
        print(
            f"\nAbove `git commit`, {how}: {above[0]} where a scanner waits (150 ms were asked), {above[1]} where none does."
        )
    print(
        f"\nCPU above `git commit`: {milliseconds(waited.of_cpu - without.of_cpu)} in the hook, without what the waiting scanner "
        f"uses, which is another's child; {milliseconds(hooked.of_cpu - without.of_cpu)} where none waits, of which kingfisher by "
        f"itself takes {alone.of_cpu / hooked.of_cpu:.0%}, most of it to read its rules."
    )
    stop()


def _until_one_waits() -> None:
    """Between two commits people do something else: the next round begins when a scanner has read its rules and sleeps."""
    end = time.monotonic() + 60
    before = -1
    while time.monotonic() < end:
        used = sum(_ticks(process) for process in Path("/proc").glob("[0-9]*"))
        if used and used == before:
            return
        before = used
        time.sleep(0.3)


def _ticks(process: Path) -> int:
    """CPU that a waiting scanner of this benchmark has used."""
    try:
        if b"--skip-aws-account-file" not in (process / "cmdline").read_bytes():
            return 0
        fields = (process / "stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])
    except OSError:
        return 0


def _files_alone(repository: Path, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for file in repository.glob("*.py"):
        shutil.copy(file, folder)
    return folder


def trees(work: Path, rounds: int, known: tuple[str, ...]) -> None:
    tree = work / "tree"
    size = files = 0
    for file in sorted(Path(sysconfig.get_paths()["stdlib"]).rglob("*.py")):
        if "site-packages" in file.parts or "test" in file.parts:
            continue
        if size > 16_000_000:
            break
        target = tree / f"d{files // 100}" / f"{files}-{file.name}"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
        size, files = size + file.stat().st_size, files + 1
    while size < 16_000_000:  # the library is smaller than that
        for file in sorted(tree.rglob("*.py")):
            if size >= 16_000_000:
                break
            shutil.copy(file, file.with_name(f"{files}-again.py"))
            size, files = size + file.stat().st_size, files + 1
    alone, scan, both = Runs(), Runs(), Runs()
    for number in range(rounds + 1):
        runs = (alone, scan, both) if number else (Runs(), Runs(), Runs())
        runs[0].run(kingfisher(tree, work / "report"), work)
        runs[1].run(["sh", "-c", f'{" ".join(IRKIT)} guard scan "$1" || test $? = 4', "sh", str(tree)], work)
        runs[2].run(["sh", "-c", f'{" ".join(IRKIT)} guard scan "$@" || test $? = 4', "sh", str(tree), *known], work)
    rows = [("kingfisher alone", alone), ("`irkit guard scan`", scan), ("the same with 3 known credentials", both)]
    table(f"A tree of {size / 1e6:.0f} MB, {files:,} files", rows, in_seconds)
    for how, one in (("best against best", min), ("median against median", statistics.median)):
        ratio, with_known = one(scan.wall) / one(alone.wall), one(both.wall) / one(alone.wall)
        print(
            f"\nAgainst kingfisher alone, {how}: {ratio:.2f} (1.3 was asked); with known credentials {with_known:.2f}."
        )


def pipes(work: Path, rounds: int, megabytes: int) -> None:
    text = b"".join(file.read_bytes() for file in sorted((work / "tree").rglob("*.py")))
    large = work / "large.txt"
    with large.open("wb") as out:
        written = 0
        while written < megabytes * 1_000_000:
            written += out.write(text[: megabytes * 1_000_000 - written])
    empty = work / "empty.txt"
    empty.touch()
    plain, piped, start = Runs(), Runs(), Runs()
    pipe = " ".join(IRKIT) + " guard run --secret env:BENCH_TOKEN -- cat"
    token = f"irkitFAKE-{secrets.token_hex(16)}"
    for number in range(rounds + 1):
        runs = (plain, piped, start) if number else (Runs(), Runs(), Runs())
        runs[0].run(["sh", "-c", f"cat {large} | cat > /dev/null"], work)
        runs[1].run(["sh", "-c", f"{pipe} {large} | cat > /dev/null"], work, BENCH_TOKEN=token)
        runs[2].run(["sh", "-c", f"{pipe} {empty} | cat > /dev/null"], work, BENCH_TOKEN=token)
    rows = [
        ("`cat FILE \\| cat`", plain),
        ("`irkit guard run -- cat FILE \\| cat`", piped),
        ("the same with an empty file", start),
    ]
    table(f"The redacting pipe, {megabytes:,} MB of program text, one secret in every form", rows, in_seconds)
    whole, steady = megabytes / piped.best, megabytes / (piped.best - start.best)
    print(f"\nRedacting pipe: {steady:.0f} MB/s once it runs (200 were asked), {whole:.0f} MB/s with its start.")
    print(f"With both cats it moved {megabytes / piped.of_cpu:.0f} MB per second of CPU.")


def pushes(work: Path, files: int) -> None:
    bare = work / "bare.git"
    subprocess.run(["git", "init", "-q", "--bare", str(bare)], check=True)
    lines = []
    for branch, mark in (("a", 0), ("b", files // 2)):
        lines.append(f"commit refs/heads/{branch}\ncommitter n <e@example.com> 1700000000 +0000\ndata 1\n{branch}\n")
        for number in range(mark, mark + files // 2):
            content = f"def f{number}():\n    return {number}\n" * 4
            lines.append(f"M 100644 inline d{number // 500}/f{number}.py\ndata {len(content)}\n{content}\n")
    subprocess.run(["git", "fast-import", "--quiet"], cwd=bare, input="".join(lines).encode(), check=True)
    tree = subprocess.run(
        ["git", "read-tree", "-m", "--aggressive", "-i", "a"],
        cwd=bare,
        env=os.environ | {"GIT_INDEX_FILE": "i"},
        check=True,
    )
    assert tree.returncode == 0
    with_index = os.environ | {"GIT_INDEX_FILE": str(bare / "i")}
    for prefix in ("a", "b"):
        listed = subprocess.run(
            ["git", "ls-tree", "-r", "--full-tree", prefix], cwd=bare, capture_output=True, check=True
        ).stdout
        subprocess.run(["git", "update-index", "--index-info"], cwd=bare, input=listed, env=with_index, check=True)
    made = subprocess.run(
        ["git", "write-tree"], cwd=bare, env=with_index, capture_output=True, text=True, check=True
    ).stdout.strip()
    merge = ["git", *WHO, "commit-tree", made, "-p", "a", "-p", "b", "-m", "merge"]
    tip = subprocess.run(merge, cwd=bare, capture_output=True, text=True, check=True).stdout.strip()
    for branch in ("a", "b"):
        subprocess.run(["git", "update-ref", "-d", f"refs/heads/{branch}"], cwd=bare, check=True)
    runs = Runs()
    lines_of_push = work / "push"
    lines_of_push.write_text(f"{'0' * 40} {tip} refs/heads/main\n")
    report = work / "peak"
    command = f'{" ".join(IRKIT)} guard receive . < "$1"'
    program_text = (
        "import resource, subprocess, sys\n"
        "code = subprocess.run(['sh', '-c', sys.argv[1], 'sh', sys.argv[2]]).returncode\n"
        "open(sys.argv[3], 'w').write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)); sys.exit(code)\n"
    )
    runs.run([*PYTHON, "-c", program_text, command, str(lines_of_push), str(report)], bare)
    table(f"A push of a merge commit, {files:,} new files", [("`irkit guard receive`", runs)], in_seconds)
    print(f"\nThe largest process of it held {int(report.read_text()) / 1024:.0f} MiB.")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--megabytes", type=int, default=1000)
    options.add_argument("--files", type=int, default=50_000)
    options.add_argument("--only", choices=("commits",), help="This part alone.")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="irkit-bench-") as name:
        work = Path(name)
        os.environ |= {
            "XDG_CACHE_HOME": str(work / "cache"),
            "XDG_RUNTIME_DIR": str(work),  # a keeper of our own
            "GIT_CONFIG_GLOBAL": os.devnull,
            "TEAM_KEY": secrets.token_hex(32),
        }
        file = str(work / "known.toml")
        for number in range(3):
            more = os.environ | {"BENCH_KNOWN": f"irkitFAKE-{secrets.token_hex(12 + number)}"}
            command = [
                *IRKIT,
                "guard",
                "known",
                "add",
                "env:BENCH_KNOWN",
                "--into",
                file,
                "--known-key",
                "env:TEAM_KEY",
                "--name",
                f"k{number}",
            ]
            subprocess.run(command, env=more, check=True, stdout=subprocess.DEVNULL)
        load = f"load {os.getloadavg()[0]:.1f} at the start"
        print(f"{os.cpu_count()} CPUs, {load}, Python {sys.version.split()[0]}; medians of {chosen.rounds} rounds")
        os.environ.pop("CI", None)
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # irkit runs from compiled bytecode, as pip installs it
        commits(work, chosen.rounds)
        if chosen.only:
            return
        trees(work, chosen.rounds, ("--known", file, "--known-key", "env:TEAM_KEY"))
        pipes(work, chosen.rounds, chosen.megabytes)
        pushes(work, chosen.files)


if __name__ == "__main__":
    main()
