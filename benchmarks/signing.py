"""Times signing, verifying and taking stock of signatures against a python-gnupg loop, and tags against `git verify-tag`.

    python benchmarks/signing.py [--quick] [--count N] [--loop N] [--rounds N] [--big MB] [--tags N] [--memory N]

One run, rounds interleaved, medians. The loops are timed on a sample (`--loop` files) and compared by the file. python-gnupg is given
open file objects: given a path it may sign a part of the file only. What irkit does is the whole: hash, sign through
gpg-agent, have Sequoia verify, force to disk, put in place.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import hashlib
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import gnupg

from irkit.model import SecretRef
from irkit.openpgp import FreshKey, generate, read_key
from irkit.openpgp.bulk import Signed, ToSign, sign_many
from irkit.openpgp.keys import export_public
from irkit.openpgp.runner import throwaway_home
from irkit.openpgp.verifying import verify_many
from irkit.release.files import in_files
from irkit.release.git import in_git

_MEMORY = """
import sys, resource
from pathlib import Path
from irkit.openpgp.bulk import Signed, ToSign, sign_many
files = sorted(path for path in Path(sys.argv[3]).iterdir() if path.suffix == ".bin")[: int(sys.argv[4])]
items = (ToSign(path, path.with_suffix(".mem")) for path in files)
assert all(isinstance(one, Signed) for one in sign_many(Path(sys.argv[1]), sys.argv[2], items))
for path in files:
    path.with_suffix(".mem").unlink()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@dataclass
class Way:
    """One way of doing it on `count` things; `seconds` of each round."""

    name: str
    count: int
    run: Callable[[], int]
    wanted: float = 0.0
    seconds: list[float] = field(default_factory=list)

    @property
    def each(self) -> float:
        return statistics.median(self.seconds) / self.count


def race(title: str, rounds: int, rival: Way, *ways: Way) -> None:
    """Each way once a round, in a shuffled order; the table of medians, the rival first."""
    chance = random.Random(1)  # noqa: S311
    everyone = [rival, *ways]
    for _ in range(rounds):
        for way in chance.sample(everyone, len(everyone)):
            begun = time.perf_counter()
            done = way.run()
            way.seconds.append(time.perf_counter() - begun)
            if done != way.count:
                sys.exit(f"{way.name}: {done} of {way.count} were done well")
    print(f"\n## {title}\n\n| | things | a second | range | faster by | promised |\n|-|-|-|-|-|-|")
    for way in everyone:
        rates = [way.count / seconds for seconds in way.seconds]
        ratio, asked = f"{rival.each / way.each:.1f}x", f"{way.wanted:g}x" if way.wanted else ""
        print(
            f"| {way.name} | {way.count} | {1 / way.each:.0f} | {min(rates):.0f}-{max(rates):.0f} | {ratio} | {asked} |"
        )
    sys.stdout.flush()


def loop_signing(home: Path, key: FreshKey, files: list[Path]) -> int:
    gpg, done = gnupg.GPG(gnupghome=str(home)), 0
    for path in files:
        with path.open("rb") as stream:
            made = gpg.sign_file(stream, keyid=key.signing, detach=True, output=f"{path}.loop")
        done += made.status == "signature created"
    return done


def loop_verifying(home: Path, pairs: list[tuple[Path, Path]]) -> int:
    gpg, done = gnupg.GPG(gnupghome=str(home)), 0
    for artifact, signature in pairs:
        with signature.open("rb") as stream:
            done += bool(gpg.verify_file(stream, str(artifact)).valid)
    return done


def signing(home: Path, key: FreshKey, files: list[Path], given: argparse.Namespace) -> None:
    suffixes = iter(range(1_000_000))

    def ours(agents: int) -> int:
        suffix = f".{next(suffixes)}"
        items = (ToSign(path, path.with_name(f"{path.name}{suffix}")) for path in files)
        done = sum(isinstance(one, Signed) for one in sign_many(home, key.signing, items, agents=agents))
        for path in files:
            path.with_name(f"{path.name}{suffix}").unlink()
        return done

    sample = files[: given.loop]
    race(
        f"Sign {len(files)} files of 1 KB, ed25519", given.rounds,
        Way("python-gnupg loop", len(sample), lambda: loop_signing(home, key, sample)),
        Way("irkit, one agent", len(files), lambda: ours(1), 14),
        Way("irkit, two agents", len(files), lambda: ours(2), 20),
    )  # fmt: skip


def verifying(home: Path, key: FreshKey, files: list[Path], given: argparse.Namespace) -> None:
    certificate = export_public(home, key.primary)
    pairs = [(path, path.with_name(f"{path.name}.asc")) for path in files]
    items = (ToSign(artifact, signature) for artifact, signature in pairs)
    assert all(isinstance(one, Signed) for one in sign_many(home, key.signing, items, agents=2))
    leaked = read_key(certificate.encode(), SecretRef(f"gpg:{key.primary}"), None)
    folder = files[0].parent
    race(
        f"Verify {len(files)} signatures", given.rounds,
        Way("python-gnupg loop", given.loop, lambda: loop_verifying(home, pairs[: given.loop])),
        Way("irkit, Sequoia", len(pairs), lambda: sum(one.good for [one] in verify_many([certificate], pairs)), 40),
    )  # fmt: skip
    print(
        "\nThe inventory reads each signature, hashes each artifact and tells whose signature it is; the loop, which verifies, is"
    )
    print("what python-gnupg offers to learn that.")
    race(
        f"Take stock of {len(files)} signatures", given.rounds,
        Way("python-gnupg loop", given.loop, lambda: loop_verifying(home, pairs[: given.loop])),
        Way("irkit inventory", len(pairs), lambda: sum(one.primary == key.primary for one in in_files(folder, leaked).artifacts), 50),
    )  # fmt: skip


def big(home: Path, key: FreshKey, folder: Path, megabytes: int, rounds: int) -> None:
    path = folder / "big.bin"
    with path.open("wb") as stream:
        for _ in range(megabytes):
            stream.write(os.urandom(1_000_000))

    def hashing() -> int:
        with path.open("rb") as stream:
            return bool(hashlib.file_digest(stream, "sha256").hexdigest())

    def ours() -> int:
        [answer] = sign_many(home, key.signing, [ToSign(path, path.with_suffix(".sig"))])
        path.with_suffix(".sig").unlink()
        return isinstance(answer, Signed)

    hashing()
    ways = [Way("hashlib SHA-256 alone", 1, hashing), Way("irkit: judged, signed, verified", 1, ours)]
    for number in range(rounds):
        for way in ways[:: 1 if number % 2 else -1]:
            begun = time.perf_counter()
            assert way.run()
            way.seconds.append(time.perf_counter() - begun)
    path.unlink()
    print(f"\n## One file of {megabytes} MB\n\n| | median s | times the hashing | promised |\n|-|-|-|-|")
    for way in ways:
        print(
            f"| {way.name} | {way.each:.2f} | {way.each / ways[0].each:.2f} | {'2 at most' if way is ways[1] else ''} |"
        )


def memory(home: Path, key: FreshKey, folder: Path, counts: tuple[int, int]) -> None:
    print("\n## Memory\n\n| files signed | peak of the process, MiB |\n|-|-|")
    for count in counts:
        command = [sys.executable, "-c", _MEMORY, str(home), key.signing, str(folder), str(count)]
        told = subprocess.run(command, capture_output=True, check=True, text=True).stdout
        print(f"| {count} | {int(told) / 1024:.0f} |")


def tags(home: Path, key: FreshKey, folder: Path, count: int, loop: int, rounds: int) -> None:
    repository = folder / "repository"
    env = os.environ | {"GNUPGHOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}

    def git(*args: str, **more: bytes) -> bytes:
        command = ["git", "-C", str(repository), "-c", "user.name=Bench", "-c", "user.email=bench@example.test", *args]
        return subprocess.run(command, env=env, capture_output=True, check=True, **more).stdout  # type: ignore[call-overload, no-any-return]

    repository.mkdir()
    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-m", "one")
    payloads = []
    for number in range(count):
        head = git("rev-parse", "HEAD").decode().strip() if number == 0 else payloads[0][1].split()[1].decode()
        text = f"object {head}\ntype commit\ntag v{number}\ntagger Bench <bench@example.test> {1_700_000_000 + number} +0000\n\nv{number}\n"
        path = folder / f"tag-{number}"
        path.write_text(text)
        payloads.append((path, text.encode()))
    items = [ToSign(path, path.with_suffix(".asc"), armored=True) for path, _ in payloads]
    assert all(isinstance(one, Signed) for one in sign_many(home, key.signing, items, agents=2))
    lines = []
    for number, (path, text) in enumerate(payloads):
        made = git("hash-object", "-t", "tag", "-w", "--stdin", input=text + path.with_suffix(".asc").read_bytes())
        lines.append(f"create refs/tags/v{number} {made.decode().strip()}\n")
    git("update-ref", "--stdin", input="".join(lines).encode())
    git("gc", "-q")  # packed, as every clone is
    leaked = read_key(export_public(home, key.primary).encode(), SecretRef(f"gpg:{key.primary}"), None)
    names = [f"v{number}" for number in range(min(loop, count))]

    def verified(name: str) -> bool:
        command = ["git", "-C", str(repository), "verify-tag", name]
        return subprocess.run(command, env=env, capture_output=True, check=False).returncode == 0

    race(
        f"List {count} signed tags", rounds,
        Way("git verify-tag loop", len(names), lambda: sum(map(verified, names))),
        Way("irkit", count, lambda: sum(one.kind == "git-tag" for one in in_git(repository, leaked).artifacts), 100),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description="signing in bulk against a python-gnupg loop")
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it runs")
    parser.add_argument("--count", type=int, default=10_000, help="files that irkit signs")
    parser.add_argument("--loop", type=int, default=300, help="files that the loops are timed on")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--big", type=int, default=2000, help="MB of the large file")
    parser.add_argument("--tags", type=int, default=1000)
    given = parser.parse_args()
    if given.quick:
        given.count, given.loop, given.rounds, given.big, given.tags = 500, 30, 1, 50, 50
    version = subprocess.run(["gpg", "--version"], capture_output=True, check=True, text=True).stdout.partition("\n")[0]
    print(
        f"{version}, python-gnupg {gnupg.__version__}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start"
    )
    with throwaway_home() as home, tempfile.TemporaryDirectory(prefix="irkit-bench-") as name:
        key, folder = generate(home, "Bench <bench@example.test>"), Path(name) / "release"
        folder.mkdir()
        files = [folder / f"{number:05}.bin" for number in range(given.count)]
        for path in files:
            path.write_bytes(os.urandom(1024))
        signing(home, key, files, given)
        memory(home, key, folder, (given.count // 10, given.count))
        for left in folder.glob("*.loop"):
            left.unlink()
        verifying(home, key, files, given)
        big(home, key, Path(name), given.big, given.rounds)
        tags(home, key, Path(name), given.tags, given.loop, given.rounds)
    print(f"\nload {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()
