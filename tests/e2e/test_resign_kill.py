"""Killed in the middle of signing hundreds of files, and run again: the same end, and no file without a good signature meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from irkit.model import Kind
from irkit.openpgp.keyring import list_ring
from irkit.openpgp.keys import export_public
from irkit.openpgp.verifying import verify_many
from tests.owners import Owner
from tests.signed_release import SignedRelease, signed_release

FILES, KILLS = 600, 20
_RUN = "import sys; from irkit.case import Case; Case.open(sys.argv[1]).carry_out(sys.argv[2])"


def start(whole: SignedRelease) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _RUN, str(whole.case.folder), whole.plan.name]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)


def standing(whole: SignedRelease) -> tuple[int, int]:
    """How many fresh signatures lie beside their places, and how many have been put in place."""
    names = os.listdir(whole.folder)  # noqa: PTH208
    parts = sum(name.endswith(".irkit-part") for name in names)
    return parts, sum(name.endswith(f".{whole.old.key.primary[-16:]}.asc") for name in names)


def struck(whole: SignedRelease, process: subprocess.Popen[bytes], chance: Random, share: float) -> bool:
    """Kill it once so many signatures lie there, or are in place where less than `share` of all are; False when it ended itself."""
    _, placed = standing(whole)
    forward = placed < share * FILES
    wanted = (0, placed + chance.randrange(1, 40)) if forward else (chance.randrange(1, 60), 0)
    while process.poll() is None and not all(now >= least for now, least in zip(standing(whole), wanted, strict=True)):
        time.sleep(0.001)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def good_now(whole: SignedRelease, old_certificate: str) -> Counter[str]:
    """By which key each file is well signed at this moment: the old one (as it was before it was revoked), or the new one."""
    rings = [export_public(whole.new_home, one.primary.fingerprint) for one in list_ring(whole.new_home)]
    found = list(verify_many([old_certificate, *rings], whole.pairs))
    assert all(len(verdicts) == 1 and verdicts[0].good for verdicts in found)
    return Counter(verdicts[0].primary for verdicts in found)


@pytest.mark.slow
def test_twenty_kills_and_each_file_is_signed_once(
    tmp_path: Path, make_owner: Callable[..., Owner], gpg_home: Path
) -> None:
    whole = signed_release(tmp_path, make_owner, gpg_home, FILES)
    old_certificate = whole.old.certificate
    chance = Random(20)  # noqa: S311
    for number in range(KILLS):
        process = start(whole)
        assert struck(whole, process, chance, 0.7 * number / KILLS)
        process.communicate()
        assert whole.case.journal.broken_link() is None
        good_now(whole, old_certificate)
    process = start(whole)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err

    assert list(good_now(whole, old_certificate).values()) == [FILES]
    assert whole.case.journal.broken_link() is None
    resigned = Counter(record.body["path"] for record in whole.case.journal.records(Kind.RESIGNED))
    assert set(resigned.values()) == {1}
    assert set(resigned) == set(whole.before)
    assert {name: whole.kept(name).read_bytes() for name in whole.before} == whole.before
    assert len(list(whole.folder.iterdir())) == 3 * FILES
    assert len({record.body["primary"] for record in whole.case.journal.records(Kind.KEY_GENERATED)}) == 1
    whole.case.verify_signatures()
