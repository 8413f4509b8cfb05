"""Killed, stopped, without an agent or on a full disk in the middle of a whole re-signing, and run again: the same end, and at no
moment is anything in the releases without a good signature.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from irkit.model import Kind
from irkit.openpgp.revocations import revocations_in
from irkit.plan import HumanTask
from tests.e2e.outside import Outside, run
from tests.e2e.signing_incident import SigningIncident, signing_incident
from tests.e2e.struck import Blow
from tests.needs import needs

pytestmark = [pytest.mark.slow, needs("rpmbuild", "rpmsign", "rpmkeys", "createrepo_c", "gpgv", "sqv")]

STEPS = {
    "revoke-key": 28, "generate-key": 72, "export-public": 33, "publish-keyring": 50, "quarantine": 70, "withdraw-tag": 50,
    "sign-detached": 646, "sign-manifest": 161, "sign-tag": 618, "attest-commits": 171, "sign-apt": 186, "sign-rpm": 153,
    "index-rpm": 97,
}  # fmt: skip
"""How many steps the actions of each verb take together, about, in the order of the plan."""
KILLS = Counter(dict.fromkeys(STEPS, 1) | {"generate-key": 2, "sign-detached": 3} | dict.fromkeys(list(STEPS)[7:], 2))
NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[[str], SigningIncident]]:
    with ExitStack() as ended:

        def make(name: str) -> SigningIncident:
            (tmp_path / name).mkdir()
            return ended.enter_context(signing_incident(tmp_path / name, seed=7, now=NOW))

        yield make


@pytest.fixture
def look(tmp_path: Path, make_gpg_home: Callable[[], Path]) -> Callable[[SigningIncident], Outside]:
    def look(incident: SigningIncident) -> Outside:
        room = tmp_path / "room"
        room.mkdir()
        return Outside(incident, make_gpg_home(), room)

    return look


def blows(seed: int, often: Counter[str]) -> list[Blow]:
    """Each at a step of chance of its verb, and half of them a little after that, within what was started there."""
    chance, order = Random(seed), list(STEPS)  # noqa: S311
    return [
        Blow(
            chance.randrange(1, STEPS[verb] // often[verb]), tuple(order[order.index(verb) :]),
            delay_s=chance.choice([0, chance.uniform(0.001, 0.02)]),
        )
        for verb in order for _ in range(often[verb])
    ]  # fmt: skip


def ended_well(incident: SigningIncident, outside: Outside) -> None:
    """All that a machine can do is done, each once, and nothing is left lying about."""
    case = incident.case
    case.verify()
    case.verify_signatures()
    assert outside.look() == []
    assert outside.left_over() == []
    assert {tuple(set(Counter(paths).values())) for paths in incident.ends().values()} == {(1,)}
    left = [one for one in incident.plan.actions if case.ledger.settled(one.id) is None]
    assert all(isinstance(one.do, HumanTask) for one in left)
    assert len(outside.new_keys()) == 1
    assert len(case.journal.records(Kind.KEY_GENERATED)) == len(case.journal.records(Kind.KEY_REVOKED)) == 1
    homes = incident.made.world.homes
    revoked = run(["gpg", "--homedir", str(homes.release), "--export", outside.old]).stdout
    assert [(one.what, one.reason) for one in revocations_in(revoked)] == [("key", 0x02)]


def standing(incident: SigningIncident) -> Counter[str]:
    """The names of all that is there, in this world's words; what is told by checksums is told without them."""
    world, old = incident.made.world, incident.made.world.truth.release_key
    (new,) = (one.body["primary"] for one in incident.case.journal.records(Kind.KEY_GENERATED))
    roots = [world.folder / name for name in ("release", "site", "apart")] + [incident.case.folder / "quarantine"]
    names = [path.relative_to(root).as_posix() for root in roots for path in root.rglob("*") if path.is_file()]
    source = [
        "git",
        f"--git-dir={incident.release / 'source.git'}",
        "for-each-ref",
        "--format=%(objecttype) %(refname)",
    ]
    names = [name for name in names if ".git/" not in name] + run(source).stdout.decode().splitlines()
    words = {old: "OLD", old[-16:]: "OLDID", new: "NEW"}
    found = Counter[str]()
    for name in names:
        for text, word in words.items():
            name = name.replace(text, word)
        found[re.sub(r"[0-9a-f]{64}", "DIGEST", name)] += 1
    return found


def test_killed_in_every_kind_of_step_it_ends_as_one_run_does(
    make: Callable[[str], SigningIncident], look: Callable[[SigningIncident], Outside]
) -> None:
    undisturbed = make("undisturbed")
    assert undisturbed.run()[0] == 3
    incident = make("killed")
    outside = look(incident)
    assert outside.look() == []
    killed = 0
    for blow in blows(20, KILLS):
        code, err = incident.run(blow)
        assert code in (-9, 3), err
        killed += code == -9
        assert outside.look() == [], blow
        assert incident.case.journal.broken_link() is None
    assert killed >= 20
    code, err = incident.run()
    assert code == 3, err
    ended_well(incident, outside)
    assert incident.ends() == undisturbed.ends()
    assert standing(incident) == standing(undisturbed)


def test_killed_while_the_statement_is_made_it_is_whole_in_the_end(make: Callable[[str], SigningIncident]) -> None:
    incident = make("stated")
    assert incident.run()[0] == 3
    case, world = incident.case, incident.made.world
    chance = Random(4)  # noqa: S311
    codes = [incident.run(Blow(chance.randrange(1, 50), do="statement"))[0] for _ in range(4)]
    assert set(codes) <= {-9, 0}
    assert -9 in codes
    assert incident.run(Blow(do="statement"))[0] == 0
    for name, home in (("alice", world.homes.alice), ("bob", world.homes.bob)):
        case.vouch(world.truth.approvers[name], home=home)
    assert len(case.journal.records(Kind.STATED)) == 1
    assert "2 of 2 people" in case.verify().text()
    assert [path.name for path in (case.folder / "transition").iterdir() if path.name.startswith(".")] == []


def test_stopped_by_ctrl_c_in_the_middle_it_goes_on_where_it_was(
    make: Callable[[str], SigningIncident], look: Callable[[SigningIncident], Outside]
) -> None:
    incident = make("stopped")
    outside = look(incident)
    verbs = ["generate-key", "sign-detached", "sign-manifest", "sign-tag", "sign-apt", "index-rpm"]
    for blow in blows(6, Counter(verbs)):
        code, err = incident.run(replace(blow, by="interrupt"))
        assert code in (-2, 1), err  # what was started may have ended first, and then told why
        assert outside.look() == [], blow
    code, err = incident.run()
    assert code == 3, err
    ended_well(incident, outside)


def test_agents_that_die_over_and_over_stop_nothing_for_good(
    make: Callable[[str], SigningIncident], look: Callable[[SigningIncident], Outside]
) -> None:
    incident = make("without-an-agent")
    outside = look(incident)
    new = str(incident.made.world.homes.new)
    for at in (3, 7, 12, 40):
        code, err = incident.run(Blow(at, by="agent", home=new, delay_s=0.004))
        assert code == 3 or "run it again: the plan stays" in err, err
        assert outside.look() == []
    code, err = incident.run()
    assert code == 3, err
    ended_well(incident, outside)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small-disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=32m", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small disk cannot be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_on_a_full_disk_nothing_is_replaced_half_and_with_room_the_same_plan_goes_on(
    small_disk: Path, tmp_path: Path, look: Callable[[SigningIncident], Outside]
) -> None:
    with signing_incident(small_disk, seed=7, now=NOW, case=tmp_path / "case") as incident:
        outside = look(incident)
        filler = small_disk / "filler"
        for room in (0, 60_000, 400_000):
            fill(filler, room)
            code, err = incident.run()
            assert code == 1
            assert "No space left on device" in err, err
            assert outside.look() == [], room
        filler.unlink()
        code, err = incident.run()
        assert code == 3, err
        ended_well(incident, outside)


def fill(filler: Path, room: int) -> None:
    """All of the disk but so many bytes."""
    filler.unlink(missing_ok=True)
    free = os.statvfs(filler.parent)
    filler.write_bytes(b"\0" * max(0, free.f_bavail * free.f_bsize - room))
