"""OpenPGP keys of the release process, with real homes: escrow, places, whose they are, who could approve."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from irkit.case.approvals import read_certificate
from irkit.case.case import Case
from irkit.case.readiness.keys import LABEL, keys
from irkit.case.readiness.people import can_approve, in_force
from irkit.errors import BadInput
from irkit.openpgp import generate
from irkit.openpgp.apart import keep_apart
from irkit.openpgp.keyblock import COMPROMISED
from irkit.openpgp.keys import export_public, revocation_certificate
from irkit.openpgp.packets import PUBLIC_KEY, PUBLIC_SUBKEY, USER_ID, framed, packets
from irkit.openpgp.publishing.rings import binary
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


def test_a_certificate_that_lies_with_a_key_is_not_apart_from_it(team, tmp_path: Path) -> None:
    """The folder that is named holds the home, a copy of it, or a link into it."""
    case, own, _ = team
    shared = tmp_path / "release"
    home, copy, links = shared / "gpg", shared / "backup", tmp_path / "links"
    for at in (home, copy):
        shutil.copytree(own.home, at, ignore=shutil.ignore_patterns("S.*"))
        (at / "openpgp-revocs.d").mkdir(exist_ok=True)
        certificate = revocation_certificate(own.home, own.fingerprint, COMPROMISED)
        (at / "openpgp-revocs.d" / "own.asc").write_text(certificate)
    found = keys(case, [str(home)], [shared], [])
    assert {one.escrow for one in found.held} == {"no"}
    assert [one.why for one in found.unasked] == ["it lies with private keys, and whoever gets those gets it"] * 2
    links.mkdir()
    (links / "own.asc").symlink_to(home / "openpgp-revocs.d" / "own.asc")
    assert {one.escrow for one in keys(case, [str(home)], [links], []).held} == {"no"}
    (links / "moved.asc").write_bytes((links / "own.asc").read_bytes())
    assert {one.escrow for one in keys(case, [str(home)], [links], []).held} == {"yes"}


def test_one_that_says_superseded_is_none_for_a_leak(team, tmp_path: Path) -> None:
    case, own, apart = team
    (soft,) = [one for one in apart.rglob("*.asc") if "superseded" in one.name]
    shutil.copy(soft, tmp_path / soft.name)
    found = keys(case, [str(own.home)], [tmp_path], [])
    assert {one.escrow for one in found.held} == {"no"}
    assert ["it revokes as superseded or retired" in one.why for one in found.unasked] == [True]


def test_a_folder_of_which_part_cannot_be_read_says_nothing(
    team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, own, _ = team
    (tmp_path / "locked").mkdir()
    real = os.scandir

    def scandir(path):
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = keys(case, [str(own.home)], [tmp_path], [])
    assert {one.escrow for one in found.held} == {"unknown"}
    assert ["Permission denied" in one.why for one in found.unasked] == [True]


def test_what_one_home_knows_counts_for_all(team, tmp_path: Path) -> None:
    """A revocation came to the home that lies offline; the machine's has not heard of it, and neither has the ring."""
    case, own, apart = team
    offline, machine = tmp_path / "offline", tmp_path / "machine"
    for home in (offline, machine):
        shutil.copytree(own.home, home, ignore=shutil.ignore_patterns("S.*"))
    (certificate,) = [one for one in apart.rglob("*.asc") if "compromised" in one.name]
    gpg(offline, "--import", stdin=certificate.read_bytes())
    found = keys(case, [f"automation:{machine}", f"offline:{offline}"], [], [f"keyring:{own.ring}"])
    (held,) = found.held
    assert (held.revoked, held.published[0][1:]) == (True, ("stale", "it is served without its revocation"))
    assert found.covered == [(LABEL, str(machine)), (LABEL, str(offline))]


def test_a_subkey_that_only_the_second_home_has_is_listed_there(team, tmp_path: Path) -> None:
    case, own, _ = team
    laptop = tmp_path / "laptop"
    shutil.copytree(own.home, laptop, ignore=shutil.ignore_patterns("S.*"))
    gpg(laptop, "--passphrase", "", "--quick-add-key", own.fingerprint, "ed25519", "sign", "30d")
    found = keys(case, [f"automation:{own.home}", f"person:{laptop}"], [], [])
    subkeys = [(one.stored, one.holder, one.also) for one in found.held if one.kind == "signing subkey"]
    both = (f"automation:{own.home}", f"person:{laptop}")
    assert sorted(subkeys) == sorted([(both, "automation", ("person",)), ((f"person:{laptop}",), "person", ())])


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


def test_a_revocation_that_is_served_as_a_mere_retirement_is_stale(team, tmp_path: Path) -> None:
    case, own, apart = team
    places = {}
    for word in ("compromised", "superseded"):
        home = tmp_path / word
        shutil.copytree(own.home, home, ignore=shutil.ignore_patterns("S.*"))
        (certificate,) = [one for one in apart.rglob("*.asc") if word in one.name]
        gpg(home, "--import", stdin=certificate.read_bytes())
        ring = tmp_path / f"{word}.asc"
        ring.write_text(export_public(home, own.fingerprint))
        places[word] = ring
    (held,) = keys(case, [str(tmp_path / "compromised")], [], [f"keyring:{one}" for one in places.values()]).held
    assert [state for _, state, _ in held.published or ()] == ["current", "stale"]


def test_one_that_is_served_without_a_user_id_is_not_as_its_owner_holds_it(team, tmp_path: Path) -> None:
    """As a server of verified addresses serves it: gpg with an empty ring skips it."""
    case, own, _ = team
    bare, kept, of_user = tmp_path / "bare", [], False
    for tag, body in packets(binary(own.ring.read_bytes())):
        of_user = tag == USER_ID or (of_user and tag not in (PUBLIC_KEY, PUBLIC_SUBKEY))
        kept += [] if of_user else [framed(tag, body)]
    bare.write_bytes(b"".join(kept))
    (primary,) = [one for one in keys(case, [str(own.home)], [], [f"keyring:{bare}"]).held if one.kind == "primary key"]
    ((_, state, why),) = primary.published or ()
    assert (state, "without a user id" in why) == ("stale", True)


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


def test_a_persons_two_keys_are_one_voice_and_whoever_plans_does_not_approve(tmp_path: Path) -> None:
    files = []
    for n, name in enumerate(
        ("Alice <alice@example.test>", "Alice (new) <ALICE@example.test>", "Bob <bob@example.test>")
    ):
        made = generate(tmp_path / f"home-{n}", name).primary
        files.append(tmp_path / f"{n}.asc")
        files[-1].write_text(export_public(tmp_path / f"home-{n}", made))
    assert can_approve(Case.create_readiness(tmp_path / "a", settings={"responder": "carol"}, approvers=files)) == 2
    assert can_approve(Case.create_readiness(tmp_path / "b", settings={"responder": "carol"}, approvers=files[:2])) == 1
    assert can_approve(Case.create_readiness(tmp_path / "c", settings={"responder": "bob"}, approvers=files)) == 1
