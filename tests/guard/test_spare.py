"""A scanner that waits, beside one that is started: the same verdict, whatever becomes of its keeper, and no process left."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from irkit.errors import BadInput
from irkit.guard.hooks.installing import install
from irkit.guard.scanning.baseline import BASELINE
from irkit.guard.scanning.search import Wanted, scan_staged
from irkit.guard.spare import place, taking
from irkit.guard.spare.taking import Taken, start, stop, take
from irkit.guard.unknown import fingerprint
from tests.guard.known import known_windows
from tests.guard.repositories import Repo, repository
from tests.guard.test_unknown import never_issued, scans

pytestmark = [scans, pytest.mark.skipif(not hasattr(socket, "SO_PEERCRED"), reason="no spare on this system")]
PATIENCE_S = 30.0


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A session's folder of our own, under a short path; at the end no keeper is left, and nothing of it."""
    folder = Path(tempfile.mkdtemp(prefix="irk-s-", dir="/tmp"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(taking, "_MEET_S", PATIENCE_S)  # a busy machine is no reason to go the plain way here
    yield folder
    stop()
    assert until(lambda: not met(folder).exists())
    assert until(lambda: all(one.poll() is not None for one in taking._started))
    shutil.rmtree(folder)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return repository(tmp_path / "work")


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each spare that was asked: whether what it said counted."""
    told: list[bool] = []
    scan = Taken.scan

    def noted(self: Taken, files: int, size: int) -> object:
        found = scan(self, files, size)
        told.append(found is not None)
        return found

    monkeypatch.setattr(Taken, "scan", noted)
    return told


def met(session: Path) -> Path:
    return session / f"irkit-guard-{os.geteuid()}" / place.SOCKET


def until(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def kept(session: Path) -> int:
    """A keeper that waits; its process."""
    if not met(session).exists():
        start()
    assert until(met(session).exists)
    with socket.socket(socket.AF_UNIX) as peer:
        assert until(lambda: peer.connect_ex(str(met(session))) == 0)
        pid, _, _ = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    assert until(lambda: bool(children(pid)))
    return int(pid)


def archive(text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("in/a.env", text)
    return out.getvalue()


def notebook(text: str) -> str:
    output = {"output_type": "stream", "name": "stdout", "text": [text]}
    cell = {"cell_type": "code", "source": ["1"], "outputs": [output], "metadata": {}, "execution_count": 1}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def accepted(repo: Repo, token: str) -> None:
    day = datetime.now(UTC).date() + timedelta(days=30)
    repo.put("a.env", f"TOKEN={token}\n")
    entry = f'[[accepted]]\nfinding = "{fingerprint(token.encode())}"\nreason = "an example"\nuntil = {day}\n'
    (repo.folder / BASELINE).write_text(entry)


def merged(repo: Repo, token: str) -> None:
    repo.put("a", "x\n")
    repo.commit()
    repo.git("checkout", "-q", "-b", "side")
    repo.put("b", "x\n")
    repo.commit()
    repo.git("checkout", "-q", "-")
    repo.put("c", "x\n")
    repo.commit()
    repo.git("merge", "-q", "--no-commit", "side")
    repo.put("merged.env", f"TOKEN={token}\n")


def stored_by_lfs(repo: Repo, token: str) -> None:
    value = f"TOKEN={token}\n"
    oid = hashlib.sha256(value.encode()).hexdigest()
    repo.put("large.bin", f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(value)}\n")
    stored = repo.folder / ".git" / "lfs" / "objects" / oid[:2] / oid[2:4] / oid
    stored.parent.mkdir(parents=True)
    stored.write_text(value)


CASES: dict[str, Callable[[Repo, str], None]] = {
    "nothing": lambda repo, _token: repo.put("a.py", "def f():\n    return 1\n"),
    "an empty file": lambda repo, _token: repo.put("a", ""),
    "a new file": lambda repo, token: repo.put("deep/er/a.env", f"x\nTOKEN={token}\n"),
    "the same file twice": lambda repo, token: [repo.put(name, f"TOKEN={token}\n") for name in ("a", "b")] and None,
    "accepted": accepted,
    "a merge": merged,
    "a binary file": lambda repo, token: repo.put("a.bin", b"\x89PNG\0\xff\nTOKEN=" + token.encode() + b"\n\0\xfe"),
    "an archive": lambda repo, token: repo.put("a.zip", archive(f"TOKEN={token}\n")),
    "a notebook": lambda repo, token: repo.put("a.ipynb", notebook(f"token {token}\n")),
    "kept by Git LFS": stored_by_lfs,
    "the name of a file": lambda repo, token: repo.put(f"{token}.txt", "x\n"),
    "in hexadecimal": lambda repo, token: repo.put("a.txt", f"{token.encode().hex()}\n"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_verdict_is_that_of_a_scanner_that_is_started(
    case: str, repo: Repo, session: Path, answers: list[bool]
) -> None:
    CASES[case](repo, never_issued())
    plain = scan_staged(repo.folder, Wanted())
    kept(session)
    assert scan_staged(repo.folder, Wanted(warm=True)) == plain
    # Of an archive kingfisher counts what is in it: whether it read all cannot be told, and another scanner is started.
    assert answers == [case != "an archive"]


def test_known_credentials_are_looked_for_beside_it(
    repo: Repo, session: Path, answers: list[bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows, value = known_windows(tmp_path, monkeypatch)
    repo.put("a.env", f"{value}\nTOKEN={never_issued()}\n")
    plain = scan_staged(repo.folder, Wanted(windows=windows))
    assert len(plain.stopping) == 2
    kept(session)
    assert scan_staged(repo.folder, Wanted(windows=windows, warm=True)) == plain
    assert answers == [True]


def test_a_broken_list_is_the_same_error(repo: Repo, session: Path) -> None:
    repo.put("a", "x\n")
    (repo.folder / BASELINE).write_text("[[accepted]]\n")
    kept(session)
    for wanted in (Wanted(), Wanted(warm=True)):
        with pytest.raises(BadInput, match="entry 1"):
            scan_staged(repo.folder, wanted)


def test_a_spare_is_kept_again_and_one_that_was_missed_is_had_for_the_next(
    repo: Repo, session: Path, answers: list[bool]
) -> None:
    repo.put("a.env", f"TOKEN={never_issued()}\n")
    first = scan_staged(repo.folder, Wanted(warm=True))
    assert until(met(session).exists)
    assert [scan_staged(repo.folder, Wanted(warm=True)) for _ in range(3)] == [first] * 3
    assert answers == [True] * 3


@pytest.mark.parametrize("whose", ["the keeper", "the scanner"])
def test_killed_in_the_middle_another_scanner_is_started(
    whose: str, repo: Repo, session: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.put("a.env", f"TOKEN={never_issued()}\n")
    plain = scan_staged(repo.folder, Wanted())
    keeper = kept(session)
    scan, told = Taken.scan, []

    def killed(self: Taken, files: int, size: int) -> object:
        for pid in [keeper] if whose == "the keeper" else children(keeper):
            os.kill(pid, signal.SIGKILL)
        told.append(scan(self, files, size))
        folders.append(self.laid.parent)
        return told[-1]

    folders: list[Path] = []
    monkeypatch.setattr(Taken, "scan", killed)
    assert scan_staged(repo.folder, Wanted(warm=True)) == plain
    assert told == [None]
    assert [one for one in folders if one.exists()] == []  # nothing staged is left
    met(session).unlink(missing_ok=True)  # a killed keeper leaves its socket


def test_a_killed_keeper_leaves_no_scanner(session: Path) -> None:
    keeper = kept(session)
    (scanner,) = children(keeper)
    os.kill(keeper, signal.SIGKILL)
    assert until(lambda: not running(scanner))
    met(session).unlink()


def test_one_that_did_not_read_all_of_it_says_nothing(session: Path) -> None:
    for more in ((1, 0), (0, 1)):
        kept(session)
        spare = take()
        assert spare is not None
        with spare:
            (spare.laid / "a").write_text("x\n")
            assert spare.scan(1 + more[0], 2 + more[1]) is None


def test_the_folder_goes_with_a_hook_that_was_killed(session: Path) -> None:
    kept(session)
    text = "from irkit.guard.spare.taking import take; import os; spare = take(); print(spare.laid, flush=True)\n"
    text += "(spare.laid / 'a').write_text('x'); os.kill(os.getpid(), 9)\n"
    ended = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    laid = Path(ended.stdout.strip())
    assert ended.returncode == -signal.SIGKILL
    assert laid.is_absolute()
    assert until(lambda: not laid.exists())


def test_it_is_over_when_the_scanner_or_irkit_is_another(session: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = kept(session)
    with monkeypatch.context() as patch:
        patch.setattr(place, "identity", lambda: "of another scanner")
        assert take() is None
    assert until(lambda: not running(keeper))


def test_what_decides_is_in_the_identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {place.identity()}
    scanner = tmp_path / "kingfisher"
    for size in (1, 2):
        scanner.write_text("x" * size)
        monkeypatch.setattr(place.scanner, "program", lambda: str(scanner))
        seen.add(place.identity())
    monkeypatch.setenv("PATH", f"/nowhere:{os.environ['PATH']}")
    seen.add(place.identity())
    assert len(seen) == 4


def test_nobody_else_is_served(session: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(session)
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs, monkeypatch.context() as patch:
        assert place.is_ours(ours)
        user = os.geteuid()
        patch.setattr(os, "geteuid", lambda: user + 1)
        assert not place.is_ours(ours)
    if os.geteuid() == 0:  # another user, let in past the folder's mode
        session.chmod(0o755)
        met(session).parent.chmod(0o711)
        met(session).chmod(0o666)
        text = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n"
        text += "s.sendall(f'take {sys.argv[2]}\\n'.encode()); s.settimeout(60); print(s.recv(100))\n"
        command = [shutil.which("python3", path="/usr/bin:/bin") or sys.executable, "-c", text]
        command += [str(met(session)), place.identity()]
        ended = subprocess.run(command, user=65534, group=65534, cwd="/", capture_output=True, text=True, check=False)
        assert ended.stdout in ("b''\n", "")
        assert "spare" not in ended.stdout + ended.stderr
        met(session).parent.chmod(0o700)


def test_a_folder_that_others_may_enter_is_not_used(session: Path) -> None:
    kept(session)
    met(session).parent.chmod(0o755)
    assert take() is None
    assert place.folder() is None
    met(session).parent.chmod(0o700)


def test_a_build_leaves_no_process(session: Path, monkeypatch: pytest.MonkeyPatch, repo: Repo) -> None:
    monkeypatch.setenv("CI", "true")
    repo.put("a", "x\n")
    before = len(taking._started)
    scan_staged(repo.folder, Wanted(warm=True))
    assert len(taking._started) == before


def test_the_keeper_has_no_secret_of_the_environment(session: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAM_KEY", "irkitFAKE-of-the-team")
    keeper = kept(session)
    for pid in (keeper, *children(keeper)):
        assert b"irkitFAKE" not in Path(f"/proc/{pid}/environ").read_bytes()


@pytest.mark.parametrize("secret", [True, False])
def test_the_hook_and_the_command_line_say_the_same(repo: Repo, session: Path, secret: bool) -> None:
    repo.put("a.env", f"TOKEN={never_issued()}\n" if secret else "x\n")
    words = ("guard", "scan", "--staged", "--record")
    ways = [words, ("guard", "scan", "--record", "--staged"), (*words, "--warm"), (*words, "--warm")]
    ended = [
        subprocess.run(
            [sys.executable, "-P", "-m", "irkit", *one], cwd=repo.folder, capture_output=True, text=True, check=False
        )
        for one in ways
    ]
    assert {(one.returncode, one.stdout, one.stderr) for one in ended} == {
        (4 if secret else 0, ended[0].stdout, ended[0].stderr)
    }


def test_a_commit_with_a_secret_is_stopped_by_the_hook_each_time(repo: Repo, session: Path) -> None:
    install(repo.folder, ["--warm"])
    for number in range(3):
        token = never_issued()
        repo.put("a.env", f"TOKEN={token}\n")
        ended = repo.git("commit", "-m", "x", check=False)
        assert ended.returncode != 0, number
        assert "a.env, line 1" in ended.stderr
        assert token not in ended.stdout + ended.stderr
        assert until(met(session).exists)
    repo.put("a.env", "x\n")
    repo.commit()


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def running(pid: int) -> bool:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
