"""Times finding one known token in a repository against git's own ways and kingfisher, and says what each of them found.

    python benchmarks/locate.py [REPOSITORY ...] [--rounds N] [--without NAME ...]

Each repository is copied into a temporary folder, and a visibly fake token is planted there in ten objects: in side branches,
a file in which a deletion put it together, a stash, a commit no ref leads to, a commit message and a tag message. Without a
repository one is made. Every run is a whole process; the runs of a round follow one another, so that what else the machine
does falls on all alike; medians are compared.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

TOKEN = "ghp_FAKEfakeFAKEfakeFAKEfakeFAKEfake0000"  # noqa: S105 - planted, and not a token
PEOPLE = {f"GIT_{role}_{field}": value for role in ("AUTHOR", "COMMITTER") for field, value in
          (("NAME", "Fake"), ("EMAIL", "fake@example.org"), ("DATE", "1700000000 +0000"))}  # fmt: skip


WALK, WHOLE = "irkit's pack walk, one form", "irkit locate, every form and container"
THROUGH_GIT = "irkit through git"


@dataclass
class Planted:
    """Where the token stands, by what it stands in; `commits` are those whose trees hold it."""

    blobs: set[str] = field(default_factory=set)
    unreachable: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)


class Git:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, *arguments: str, stdin: str = "", index: Path | None = None) -> str:
        extra = {"GIT_INDEX_FILE": str(index)} if index else {}
        done = subprocess.run(
            ["git", f"--git-dir={self.path}", *arguments], input=stdin.encode(), capture_output=True, check=True,
            env=os.environ | PEOPLE | extra,
        )  # fmt: skip
        return done.stdout.decode().strip()


def plant(git: Git) -> Planted:
    planted, head = Planted(), git("rev-list", "--max-count=1", "--all")
    index = git.path / "planting"

    def commit(parent: str, name: str, text: str | None, message: str = "plant") -> str:
        git("read-tree", parent, index=index)
        if text is None:
            git("rm", "-q", "--cached", "--ignore-unmatch", name, index=index)
        else:
            blob = git("hash-object", "-w", "--stdin", stdin=text)
            if TOKEN in text:
                planted.blobs.add(blob)
            git("update-index", "--add", "--cacheinfo", f"100644,{blob},{name}", index=index)
        return git("commit-tree", "-p", parent, git("write-tree", index=index), stdin=message)

    side = head
    for number in range(3):
        side = commit(side, f"deploy/side{number}.env", f"# {number}\nKEY={TOKEN}\n")
    side = commit(side, "deploy/side0.env", None, "removed again")
    git("update-ref", "refs/heads/planted-side", side)
    git("update-ref", "refs/heads/planted-tip", commit(head, "planted-tip.txt", f"one\ntwo {TOKEN}\n"))
    lines = "".join(f"line {number}\n" for number in range(60))
    apart = commit(head, "joined.txt", f"{lines}{TOKEN[:20]}-a-word-between-{TOKEN[20:]}\n{lines}")
    git("update-ref", "refs/heads/planted-joined", commit(apart, "joined.txt", f"{lines}{TOKEN}\n{lines}"))
    git("update-ref", "refs/stash", commit(head, "stashed.txt", f"stashed {TOKEN}\n"))
    before = set(planted.blobs)
    commit(commit(head, "lost/one.txt", f"lost {TOKEN}\n"), "lost/two.txt", f"lost too {TOKEN}\n")
    planted.unreachable = planted.blobs - before
    message = commit(head, "clean.txt", "clean\n", f"by mistake\n\nwe pushed {TOKEN}\n")
    git("update-ref", "refs/heads/planted-message", message)
    tag = git(
        "mktag",
        stdin=f"object {head}\ntype commit\ntag planted\ntagger Fake <f@example.org> 1700000000 +0000\n\n{TOKEN}\n",
    )
    git("update-ref", "refs/tags/planted", tag)
    planted.messages = {message, tag}
    index.unlink()
    git("repack", "-adkq")
    return planted


def synthetic(path: Path, commits: int = 2000) -> None:
    """A history of small changes to some hundred files, through git fast-import."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(path)], check=True)
    texts = [[f"line {line} of file {number}: {line * 7919 % 1000003}" for line in range(200)] for number in range(120)]

    def stream() -> Iterator[bytes]:
        for commit in range(commits):
            number = commit * 31 % len(texts)
            texts[number][commit * 17 % 200] = f"changed by {commit}: {commit * 104729 % 1000003}"
            text = "\n".join(texts[number]).encode()
            yield b"commit refs/heads/main\ncommitter Fake <f@example.org> %d +0000\n" % (1_600_000_000 + commit * 3600)
            yield b"data 9\nchange it\nM 100644 inline src/dir%d/file%d.txt\n" % (number % 12, number)
            yield b"data %d\n%s\n" % (len(text), text)

    subprocess.run(["git", f"--git-dir={path}", "fast-import", "--quiet"], input=b"".join(stream()), check=True)
    subprocess.run(["git", f"--git-dir={path}", "repack", "-q", "-adf"], check=True)


def as_irkit(path: Path, needles: int, engine: str) -> None:
    from irkit.sources.git.pack import Engine, scan
    from irkit.sources.git.run import repository_at

    repository = repository_at(path)
    assert repository is not None
    more = [f"FAKEneedle{number:030d}".encode() for number in range(needles - 1)]
    found = scan(repository, [TOKEN.encode(), *more], engine=Engine(engine))
    print(json.dumps({
        "found": sorted({match.oid for match in found.matches}), "engine": found.engine, "skipped": len(found.skipped),
        "placed": sorted({row.blob for row in found.presences if row.commits}), "peak": _peak(),
    }))  # fmt: skip


def as_cat_file(path: Path) -> None:
    command = ["git", f"--git-dir={path}", "cat-file", "--batch-all-objects", "--unordered", "--buffer", "--batch"]
    found, token = [], TOKEN.encode()
    with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=1 << 20) as process:
        assert process.stdout is not None
        while header := process.stdout.readline().split():
            if process.stdout.read(int(header[2]) + 1).find(token) >= 0:
                found.append(header[0].decode())
    print(json.dumps({"found": found}))


def _peak() -> dict[str, int]:
    """MiB: the most this process had in memory, and how much of it now is its own rather than files mapped."""
    own = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("RssAnon")]
    return {
        "most": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        "own": int(own[0].split()[1]) >> 10 if own else -1,
    }


@dataclass
class Way:
    """A rival: its command, and what of its output names objects found."""

    name: str
    command: list[str]
    found: Callable[[str, Git], set[str]]
    environment: dict[str, str] = field(default_factory=dict)


def ways(path: Path, folder: Path, without: list[str]) -> list[Way]:
    me = [sys.executable, str(Path(__file__).resolve()), str(path), "--as"]
    of_json = lambda text, _git: set(json.loads(text)["found"])  # noqa: E731
    listed = [
        Way(WALK, [*me, "irkit"], of_json),
        Way(
            WHOLE,
            [sys.executable, "-m", "irkit", "locate", "env:PLANTED_TOKEN", str(path), "--format", "json"],
            _objects_of_occurrences,
            {"PLANTED_TOKEN": TOKEN},
        ),
        Way(f"{WALK}, 10 needles", [*me, "irkit", "--needles", "10"], of_json),
        Way(THROUGH_GIT, [*me, "irkit", "--engine", "git"], of_json),
        Way(
            "git log -S --all",
            ["git", f"--git-dir={path}", "log", "--all", f"-S{TOKEN}", "--format=%H"],
            _blobs_of_commits,
        ),
        Way("git cat-file into find", [*me, "cat-file"], of_json),
    ]
    kingfisher = shutil.which("kingfisher", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
    if kingfisher:
        rules = folder / "rules"
        rules.mkdir(exist_ok=True)
        (rules / "planted.yml").write_text(
            f"rules:\n  - name: planted\n    id: planted.1\n    pattern: '({TOKEN})'\n    min_entropy: 0\n    confidence: medium\n"
        )
        command = [kingfisher, "scan", str(path), "--rules-path", str(rules), "--load-builtins=false", "--no-validate",
                   "--no-dedup", "--no-base64", "--no-ignore", "--no-update-check", "--format", "json", "--quiet"]  # fmt: skip
        listed.append(Way("kingfisher", command, _blobs_of_findings))
    return [way for way in listed if way.name not in without]


def _objects_of_occurrences(text: str, _git: Git) -> set[str]:
    return {row["blob"] for row in json.loads(text)["occurrences"] if "blob" in row}


def _blobs_of_commits(text: str, git: Git) -> set[str]:
    """The blobs that the commits named by `git log` brought."""
    shown = (git("diff-tree", "-r", "--root", "--no-commit-id", "-m", commit) for commit in text.split())
    return {line.split()[3] for lines in shown for line in lines.splitlines()}


def _blobs_of_findings(text: str, git: Git) -> set[str]:
    """The blobs that kingfisher names by commit and path, or by their id alone."""
    found = set()
    for finding in json.loads(text.splitlines()[0])["findings"]:
        told = finding["finding"].get("git_metadata", {})
        commit, path = told.get("commit", {}).get("id"), told.get("file", {}).get("path")
        if commit and path:
            found.add(git("rev-parse", f"{commit}:{path}"))
        found |= {word for word in re.split(r"[^0-9a-f]+", json.dumps(finding)) if len(word) in (40, 64)}
    return found


def measure(path: Path, rounds: int, without: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="irkit-bench-") as temporary:
        folder = Path(temporary)
        copy = folder / "copy.git"
        if path.name == "synthetic":
            synthetic(copy)
        else:
            subprocess.run(["git", "clone", "-q", "--mirror", "--no-hardlinks", str(path), str(copy)], check=True)
        git = Git(copy)
        planted = plant(git)
        counted = git("count-objects", "-v").replace("\n", ", ")
        print(f"\n## {path.name}: {git('rev-list', '--all', '--count')} commits ({counted})\n")
        rivals = ways(copy, folder, without)
        seconds: dict[str, list[float]] = {way.name: [] for way in rivals}
        answers: dict[str, str] = {}
        for turn in range(
            rounds + 1
        ):  # the first round warms the page cache and the compiled kernel; it does not count
            for way in rivals:
                begun = time.perf_counter()
                done = subprocess.run(way.command, capture_output=True, check=False, env=os.environ | way.environment)
                if turn:
                    seconds[way.name].append(time.perf_counter() - begun)
                answers[way.name] = done.stdout.decode("utf-8", "replace")
        report(rivals, seconds, answers, planted, git)


def report(
    rivals: list[Way], seconds: dict[str, list[float]], answers: dict[str, str], planted: Planted, git: Git
) -> None:
    print(
        "| | median s | range | walk is faster by | whole command is faster by | blobs | of these unreachable | messages |"
    )
    print("|-|-|-|-|-|-|-|-|")
    walk, whole = (statistics.median(seconds[name]) if name in seconds else 0.0 for name in (WALK, WHOLE))
    for way in rivals:
        taken = seconds[way.name]
        try:
            found = way.found(answers[way.name], git)
        except (ValueError, KeyError, subprocess.CalledProcessError):
            found = set()
        middle = statistics.median(taken)
        parts = " | ".join(
            f"{len(part & found)} of {len(part)}" for part in (planted.blobs, planted.unreachable, planted.messages)
        )
        print(
            f"| {way.name} | {middle:.2f} | {min(taken):.2f}-{max(taken):.2f} | {times(middle, walk)} | {times(middle, whole)} | {parts} |"
        )
    told = json.loads(answers[WALK])
    print(f"\nirkit read by: {told['engine']}; every commit that holds it is told for {len(told['placed'])} of"
          f" {len(planted.blobs)} blobs; {told['skipped']} skipped; memory at most {told['peak']['most']} MiB,"
          f" {told['peak']['own']} MiB of it its own at the end (the rest is packs mapped).")  # fmt: skip


def times(theirs: float, ours: float) -> str:
    return f"{theirs / ours:.1f}x" if ours else ""


def main() -> None:
    parser = argparse.ArgumentParser(description="irkit against git and kingfisher on one known token")
    parser.add_argument("repositories", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without", action="append", default=[], help="a way to leave out, by its printed name")
    parser.add_argument("--as", dest="role", choices=["irkit", "cat-file"], help=argparse.SUPPRESS)
    parser.add_argument("--needles", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--engine", default="auto", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.role == "irkit":
        as_irkit(given.repositories[0], given.needles, given.engine)
    elif given.role == "cat-file":
        as_cat_file(given.repositories[0])
    else:
        for path in given.repositories or [Path("synthetic")]:
            measure(path, given.rounds, given.without)


if __name__ == "__main__":
    main()
