"""OpenPGP keys of the release process, with real homes: escrow, places, whose they are, who could approve."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from irkit.case.approvals import read_certificate
from irkit.case.case import Case
from irkit.case.readiness.keys import in_force, keys
from irkit.errors import BadInput
from irkit.openpgp import generate
from irkit.openpgp.apart import keep_apart
from irkit.openpgp.keys import export_public
from tests.readiness import world


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, world.Keys, Path]:
    """A release key whose certificates lie apart; its ring as it was before the key got a second signing subkey."""
    place = tmp_path_factory.mktemp("keys")
    own = world.keys(place)
    apart = place / "stick"
    apart.mkdir()
    keep_apart(own.home, own.fingerprint, apart)
    return world.folder(place, {}, (own.person,)), own, apart


def gpg(home: Path, *words: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(
        ["gpg", "--homedir", home, "--batch", *words], input=stdin, capture_output=True, check=True
    ).stdout


def test_a_certificate_counts_where_gpg_takes_it_for_one(team, tmp_path: Path) -> None:
    case, own, apart = team
    found = keys(case, [str(own.home)], [apart], [])
    assert {(one.kind, one.escrow, one.holder) for one in found.held} == {
        ("primary key", "yes", "unknown"), ("signing subkey", "yes", "unknown"),
    }  # fmt: skip
    # One of another key, and one whose signature does not hold, are none.
    other = tmp_path / "other"
    (kept,) = [one for one in apart.rglob("*.asc") if "compromised" in one.name]
    other.mkdir()
    lines = kept.read_text().split("\n")
    at = next(n for n, line in enumerate(lines) if line.startswith("-----BEGIN")) + 3
    lines[at] = lines[at][:-4] + "AAAA"
    (other / "damaged.asc").write_text("\n".join(lines))
    assert {one.escrow for one in keys(case, [str(own.home)], [other], []).held} == {"no"}


def test_a_stick_that_is_not_there_is_unknown_and_not_a_finding(team, tmp_path: Path) -> None:
    case, own, _ = team
    found = keys(case, [str(own.home)], [tmp_path / "not-mounted"], [])
    assert {one.escrow for one in found.held} == {"unknown"}
    assert ["not mounted" in one.why for one in found.unasked] == [True]
    inside = own.home / "escrow"
    inside.mkdir(exist_ok=True)
    assert {one.escrow for one in keys(case, [str(own.home)], [inside], []).held} == {"no"}
    assert {one.escrow for one in keys(case, [str(own.home)], [], []).held} == {"unknown"}


def test_one_key_in_homes_of_a_machine_and_a_person(team, tmp_path: Path) -> None:
    case, own, _ = team
    copy = tmp_path / "laptop"
    shutil.copytree(own.home, copy, ignore=shutil.ignore_patterns("S.*"))
    found = keys(case, [f"automation:{own.home}", f"person:{copy}"], [], [])
    assert {(one.holder, one.also) for one in found.held} == {("automation", ("person",))}
    assert found.held[0].stored == (f"automation:{own.home}", f"person:{copy}")


def test_a_place_that_lags_behind_its_owner_is_stale(team, tmp_path: Path) -> None:
    case, own, _ = team
    home = tmp_path / "fresh"
    shutil.copytree(own.home, home, ignore=shutil.ignore_patterns("S.*"))
    ring = tmp_path / "KEYS"
    ring.write_bytes(own.ring.read_bytes())
    places = [f"keyring:{ring}", f"keyring:{tmp_path / 'none'}"]

    def published() -> dict[str, str]:
        (primary,) = [one for one in keys(case, [str(home)], [], places).held if one.kind == "primary key"]
        return {place.rpartition("/")[2]: state for place, state, _why in primary.published or ()}

    assert published() == {"KEYS": "current", "none": "stale"}
    gpg(home, "--passphrase", "", "--quick-add-key", own.fingerprint, "ed25519", "sign", "30d")
    assert published() == {"KEYS": "stale", "none": "stale"}
    ring.write_text(export_public(home, own.fingerprint))
    assert published() == {"KEYS": "current", "none": "stale"}


def test_a_revocation_that_was_not_published(team, tmp_path: Path) -> None:
    case, own, apart = team
    home = tmp_path / "revoked"
    shutil.copytree(own.home, home, ignore=shutil.ignore_patterns("S.*"))
    (certificate,) = [one for one in apart.rglob("*.asc") if "compromised" in one.name]
    gpg(home, "--import", stdin=certificate.read_bytes())
    (held,) = keys(case, [str(home)], [], [f"keyring:{own.ring}"]).held
    assert (held.kind, held.revoked, held.active) == ("primary key", True, False)
    ((_, state, why),) = held.published or ()
    assert (state, why) == ("stale", "it is served without its revocation")


def test_a_home_that_is_not_there_is_a_row(team, tmp_path: Path) -> None:
    case, _, _ = team
    found = keys(case, [str(tmp_path / "none")], [], [])
    assert (found.held, found.whole) == ([], False)
    assert "no such gpg home" in found.unasked[0].why
    with pytest.raises(BadInput, match="no place to publish"):
        keys(case, [], [], ["somewhere"])


def test_whose_key_lapsed_approves_nothing(team, tmp_path: Path) -> None:
    case, _, _ = team
    alice = next(iter(case.approvers.values()))
    home = tmp_path / "bob"
    bob = generate(home, "Bob <bob@example.test>").primary
    (certificate,) = (home / "openpgp-revocs.d").glob("*.rev")
    text = certificate.read_text()
    gpg(home, "--import", stdin=text[text.index("-----BEGIN") :].encode())
    file = tmp_path / "bob.asc"
    file.write_text(export_public(home, bob))
    revoked = replace(read_certificate(file), who="Bob")
    assert in_force([alice, revoked]) == {alice.fingerprint}
