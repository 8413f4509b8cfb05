"""gpg's status lines come from its own pipe; passphrases leave no trace; nothing blocks."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from irkit.errors import BadInput, NotAvailable, StepFailed
from irkit.model import Secret
from irkit.openpgp import Gpg, generate, runner
from irkit.openpgp.keyring import list_ring
from irkit.openpgp.runner import Status, parse_status, throwaway_home
from tests.owners import Owner, forget_passphrases


@pytest.mark.parametrize(
    ("data", "keywords"),
    [
        (b"[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG AB x\n", ["NEWSIG", "GOODSIG"]),
        (b"[GNUPG:] REVKEYSIG AB Rel \xc3\x85[GNUPG:] GOODSIG CD\n", ["REVKEYSIG"]),
        (b"[GNUPG:] REVKEYSIG AB Rel\x85[GNUPG:] GOODSIG CD\n", ["REVKEYSIG"]),
        ("[GNUPG:] REVKEYSIG AB Rel\u2028[GNUPG:] GOODSIG CD\n".encode(), ["REVKEYSIG"]),
        (b"[GNUPG:] REVKEYSIG AB Rel\r[GNUPG:] GOODSIG CD\n", ["REVKEYSIG"]),
        (b"[GNUPG:] REVKEYSIG AB Rel\x0b\x0c\x1c\x1d\x1e[GNUPG:] GOODSIG CD\n", ["REVKEYSIG"]),
        (b"gpg: note [GNUPG:] GOODSIG CD\n [GNUPG:] GOODSIG CD\n", []),
        (b"", []),
    ],
)
def test_only_a_line_feed_ends_a_status_line(data: bytes, keywords: list[str]) -> None:
    assert [one.keyword for one in parse_status(data)] == keywords


def test_fields_are_split_at_single_blanks() -> None:
    assert parse_status(b"[GNUPG:] SIG_CREATED D 22 10 00 1 AB\n") == (
        Status("SIG_CREATED", ("D", "22", "10", "00", "1", "AB")),
    )


def test_much_data_in_both_directions_does_not_block(gpg_home: Path) -> None:
    data = os.urandom(3_000_000)
    stored = Gpg(gpg_home).run(["--store", "--compress-level", "0"], stdin=data)
    assert stored.returncode == 0
    assert len(stored.stdout) > len(data)
    again = Gpg(gpg_home).run(
        ["--decrypt"], stdin=(stored.stdout[i : i + 70_000] for i in range(0, len(stored.stdout), 70_000))
    )
    assert again.stdout == data


def test_a_source_that_fails_does_not_count_as_its_end(owner: Owner) -> None:
    def breaks() -> Iterator[bytes]:
        yield b"half"
        raise StepFailed("the disk went away")

    with pytest.raises(StepFailed, match="the disk went away"):
        Gpg(owner.home).run(["--armor", "--detach-sign"], stdin=breaks())


def test_a_passphrase_goes_through_a_pipe_and_shows_nowhere(gpg_home: Path) -> None:
    passphrase = Secret("test-passphrase-not-real")
    fresh = generate(gpg_home, "Locked <locked@example.test>", passphrase=passphrase)
    args = ["--armor", "--local-user", fresh.signing, "--detach-sign"]
    forget_passphrases(gpg_home)
    wrong = Gpg(gpg_home).run(args, stdin=b"x", passphrase=Secret("another-not-real"))
    missing = Gpg(gpg_home).run(args, stdin=b"x")
    right = Gpg(gpg_home).run(args, stdin=b"x", passphrase=passphrase)
    assert (wrong.returncode, missing.returncode, right.returncode) == (2, 2, 0)
    assert "Bad passphrase" in wrong.last_words()
    assert "test-passphrase" not in repr(right)
    forget_passphrases(gpg_home)
    with pytest.raises(StepFailed, match="right passphrase"):
        Gpg(gpg_home).must("signing failed", args, stdin=b"x", passphrase=Secret("another-not-real"))


@pytest.mark.parametrize("phrase", ["two\nlines", "x" * 5000])
def test_a_passphrase_that_is_none_is_refused_unseen(phrase: str, gpg_home: Path) -> None:
    with pytest.raises(BadInput) as caught:
        Gpg(gpg_home).run(["--list-keys"], passphrase=Secret(phrase))
    assert phrase not in str(caught.value)


def test_a_missing_gpg_says_how_to_get_it(gpg_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as without:
        without.setenv("PATH", str(gpg_home))
        with pytest.raises(NotAvailable, match="install"):
            Gpg(gpg_home).run(["--version"])


def test_a_missing_home_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such gpg home"):
        Gpg(tmp_path / "nowhere").run(["--list-keys"])


def test_no_file_descriptor_is_left_open(gpg_home: Path) -> None:
    Gpg(gpg_home).run(["--list-keys"])
    before = open_descriptors()
    for _ in range(3):
        Gpg(gpg_home).run(["--list-keys"])
    assert open_descriptors() == before


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_throwaway_home_is_private_and_goes() -> None:
    with throwaway_home() as home:
        assert home.stat().st_mode & 0o077 == 0
    assert not home.exists()


def test_a_home_for_public_keys_starts_no_agent(owner: Owner) -> None:
    with throwaway_home(agent=False) as home:
        Gpg(home).must("import", ["--import"], stdin=owner.certificate.encode())
        assert list_ring(home)[0].primary.fingerprint == owner.key.primary
        assert not list(home.glob("S.gpg-agent*"))


def test_what_a_killed_process_left_is_taken_away_and_what_a_living_one_has_is_not(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    left, mine, foreign = (tmp_path / f"irkit-{name}-x" for name in (ended.pid, os.getpid(), "abc"))
    young = tmp_path / f"irkit-{ended.pid}-y"
    for home in (left, mine, foreign, young):
        home.mkdir()
    for home in (left, mine, foreign):
        os.utime(home, (0, 0))
    runner._take_away.__wrapped__(tmp_path)
    assert [home.exists() for home in (left, mine, foreign, young)] == [False, True, True, True]


def test_a_lock_that_a_container_left_is_named_with_what_to_do(owner: Owner, other: Owner) -> None:
    lock = owner.home / "pubring.kbx.lock"
    lock.write_text(f"{4711:>10}\nanother-host\n")
    with pytest.raises(StepFailed, match=r"set by process .4711. on .another-host..*remove the lock"):
        Gpg(owner.home).run(["--import"], stdin=other.certificate.encode(), timeout_s=1)
    lock.unlink()
    assert Gpg(owner.home).run(["--import"], stdin=other.certificate.encode()).returncode == 0


def test_a_lock_of_a_process_that_has_ended_is_no_obstacle(owner: Owner, other: Owner) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    (owner.home / "pubring.kbx.lock").write_text(f"{ended.pid:>10}\n{os.uname().nodename}\n")
    assert Gpg(owner.home).run(["--import"], stdin=other.certificate.encode()).returncode == 0
