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

FILES, KILLS = 400, 20
_RUN = "import sys; from irkit.case import Case; Case.open(sys.argv[1]).carry_out(sys.argv[2])"


def start(whole: SignedRelease) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _RUN, str(whole.case.folder), whole.plan.name]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)


def signed_anew(whole: SignedRelease) -> int:
    return len(list(whole.folder.glob(f"*.{whole.old.key.primary[-16:]}.asc")))


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
    chance, ended = Random(20), 0  # noqa: S311
    for _ in range(KILLS):
        process = start(whole)
        # Where it strikes is chance: so many files further on, or so long after the first of them.
        wanted, pause = signed_anew(whole) + chance.randrange(2 * FILES // KILLS), chance.choice((0.0, 0.0, 0.02, 0.1))
        while process.poll() is None and signed_anew(whole) < wanted:
            time.sleep(0.001)
        time.sleep(pause)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            ended += 1
        process.communicate()
        assert whole.case.journal.broken_link() is None
        good_now(whole, old_certificate)
    assert ended < KILLS
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
