"""A fresh key set: an offline primary, automation that signs from a home of its own, revocation certificates kept apart."""

from __future__ import annotations

import itertools
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from irkit.errors import BadInput, StepFailed, WouldLeak
from irkit.model import Secret, SecretRef
from irkit.openpgp import Gpg, generate, has_secret, import_public, read_signatures, revoke_with_certificate
from irkit.openpgp.apart import keep_apart
from irkit.openpgp.keyring import list_ring
from irkit.openpgp.keys import card_of, export_public, export_signing_subkeys, put_aside_by_gpg
from irkit.openpgp.operations import OPERATIONS
from irkit.openpgp.operations.interface import Done, Hands
from irkit.openpgp.revoking import revoke
from irkit.plan import GpgCommand
from tests.openpgp.cards import SERIAL, on_card
from tests.owners import Owner, forget_passphrases, hash_quickly

USER_ID = "Example Releases <releases@example.test>"
PASSPHRASE = Secret("test-passphrase-not-real")


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    (tmp_path / "stick").mkdir()
    return tmp_path / "stick"


def make(home: Path, hands: Hands = Hands(), **arguments: object) -> Done:  # noqa: B008  (frozen)
    said = tuple((name, str(value)) for name, value in {"user_id": USER_ID, **arguments}.items())
    passphrase = SecretRef("env:FAKE") if hands.resolve else None
    return OPERATIONS["generate-key"](
        GpgCommand("generate-key", str(home), arguments=said, passphrase=passphrase), hands
    )


def days(home: Path, fingerprint: str) -> int:
    (entry,) = list_ring(home, fingerprint)
    (key,) = [key for key in (entry.primary, *entry.subkeys) if key.fingerprint == fingerprint]
    assert key.expires
    assert key.created
    return (key.expires - key.created).days


# Algorithms and lives


def test_rsa4096_is_made_for_who_needs_it(gpg_home: Path) -> None:
    fresh = generate(gpg_home, USER_ID, algorithm="rsa4096")
    (entry,) = list_ring(gpg_home, fresh.primary)
    assert [key.algorithm for key in (entry.primary, *entry.subkeys)] == ["rsa4096", "rsa4096"]


@pytest.mark.parametrize("algorithm", ["rsa1024", "rsa2048", "dsa", "default", "", "--delete-keys"])
def test_another_algorithm_is_refused_with_the_two_that_are_not(algorithm: str, gpg_home: Path) -> None:
    with pytest.raises(BadInput, match="ed25519 or rsa4096"):
        generate(gpg_home, USER_ID, algorithm=algorithm)
    assert list_ring(gpg_home) == ()


@pytest.mark.parametrize("life", ["0", "never", "none", "-", "0d", "soon", "--yes"])
def test_no_key_is_made_that_never_lapses(life: str, gpg_home: Path) -> None:
    for arguments in ({"primary_expires": life}, {"signing_expires": life}):
        with pytest.raises(BadInput, match="life that ends"):
            generate(gpg_home, USER_ID, **arguments)
    assert list_ring(gpg_home) == ()


def test_automation_signs_for_a_shorter_time_than_a_person(make_gpg_home: Callable[[], Path]) -> None:
    machine, human = make_gpg_home(), make_gpg_home()
    assert days(machine, generate(machine, USER_ID).signing) == 90
    assert days(human, generate(human, USER_ID, role="person").signing) == 365
    with pytest.raises(BadInput, match="a person's"):
        make(human, role="committee")


# The offline primary


def test_automation_signs_from_a_home_that_holds_no_primary(make_gpg_home: Callable[[], Path]) -> None:
    home, signing_home = make_gpg_home(), make_gpg_home()
    first, second = make(home, signing_home=signing_home), make(home, signing_home=signing_home)
    facts = dict(first.facts)
    assert facts == dict(second.facts)
    assert ("was made" in first.what, "already" in second.what) == (True, True)
    (there,) = list_ring(signing_home, secret=True)
    assert (there.primary.secret, [key.fingerprint for key in there.subkeys if key.secret]) == (
        False,
        [facts["signing"]],
    )
    assert "cannot certify" in facts["proved_there"]
    assert has_secret(home, facts["primary"])


def test_what_is_tried_as_a_proof_changes_nothing(make_gpg_home: Callable[[], Path]) -> None:
    home, signing_home = make_gpg_home(), make_gpg_home()
    primary = dict(make(home, signing_home=signing_home).facts)["primary"]
    assert export_public(signing_home, primary) == export_public(home, primary)
    assert len(list_ring(signing_home)) == 1
    assert len(list((signing_home / "private-keys-v1.d").iterdir())) == 1


def test_a_kill_before_the_other_home_has_it_is_made_good(make_gpg_home: Callable[[], Path]) -> None:
    home, signing_home = make_gpg_home(), make_gpg_home()
    fresh = generate(home, USER_ID)
    done = make(home, signing_home=signing_home)
    assert "had been begun" in done.what
    assert has_secret(signing_home, fresh.signing)


def test_a_home_that_holds_the_primary_is_no_home_for_automation(gpg_home: Path) -> None:
    with pytest.raises(WouldLeak, match="holds the primary's secret part"):
        make(gpg_home, signing_home=gpg_home)


def test_steps_that_sign_find_the_key_where_only_its_subkey_is(
    make_gpg_home: Callable[[], Path], tmp_path: Path
) -> None:
    home, signing_home = make_gpg_home(), make_gpg_home()
    facts = dict(make(home, signing_home=signing_home).facts)
    said = (("user_id", USER_ID), ("out", str(tmp_path / "key.asc")))
    done = OPERATIONS["export-public"](GpgCommand("export-public", str(signing_home), arguments=said), Hands())
    assert dict(done.facts)["key"] == facts["primary"]


def test_with_a_passphrase_the_subkey_keeps_it_in_the_other_home(make_gpg_home: Callable[[], Path]) -> None:
    home, signing_home = make_gpg_home(), make_gpg_home()
    hash_quickly(home)
    hash_quickly(signing_home)
    signing = dict(make(home, Hands(lambda _ref: PASSPHRASE), signing_home=signing_home).facts)["signing"]
    forget_passphrases(signing_home)
    sign = ["--local-user", f"{signing}!", "--detach-sign"]
    assert Gpg(signing_home).run(sign, stdin=b"x").returncode != 0
    assert Gpg(signing_home).run(sign, stdin=b"x", passphrase=PASSPHRASE).returncode == 0


# Revocation certificates


def test_two_revocation_certificates_are_kept_apart_and_none_beside_the_key(gpg_home: Path, stick: Path) -> None:
    facts = dict(make(gpg_home, apart=stick).facts)
    folder = stick / facts["primary"]
    assert sorted(path.name for path in folder.iterdir()) == ["compromised.asc", "superseded.asc"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    reasons = {
        name: read_signatures((folder / f"{name}.asc").read_bytes())[0].reason for name in ("compromised", "superseded")
    }
    assert reasons == {"compromised": 0x02, "superseded": 0x01}
    assert list((gpg_home / "openpgp-revocs.d").iterdir()) == []


@pytest.mark.parametrize("name", ["revocation_certificate", "revocation_superseded"])
def test_a_kept_certificate_revokes_where_the_private_key_is_not(
    name: str, gpg_home: Path, make_gpg_home: Callable[[], Path], stick: Path
) -> None:
    facts, consumer = dict(make(gpg_home, apart=stick).facts), make_gpg_home()
    import_public(consumer, facts["certificate"])
    assert revoke_with_certificate(consumer, Path(facts[name]).read_text()) == facts["primary"]
    assert list_ring(consumer)[0].primary.revoked
    assert not list_ring(gpg_home)[0].primary.revoked


def test_kept_certificates_are_made_once(gpg_home: Path, stick: Path) -> None:
    first = make(gpg_home, apart=stick)
    held = {path: path.read_bytes() for path in stick.rglob("*.asc")}
    second = make(gpg_home, apart=stick)
    assert dict(first.facts) == dict(second.facts)
    assert {path: path.read_bytes() for path in stick.rglob("*.asc")} == held


def test_gpgs_own_certificate_stays_until_both_are_proven(owner: Owner, stick: Path) -> None:
    (stick / owner.key.primary).mkdir()
    (stick / owner.key.primary / "superseded.asc").write_text("a note of somebody")
    with pytest.raises(StepFailed, match="another file has the place"):
        keep_apart(owner.home, owner.key.primary, stick)
    assert put_aside_by_gpg(owner.home, owner.key.primary).exists()
    (stick / owner.key.primary / "superseded.asc").unlink()
    assert keep_apart(owner.home, owner.key.primary, stick).made
    assert not put_aside_by_gpg(owner.home, owner.key.primary).exists()


def test_a_certificate_of_another_key_does_not_pass_for_it(owner: Owner, other: Owner, stick: Path) -> None:
    kept = keep_apart(other.home, other.key.primary, stick)
    folder = stick / owner.key.primary
    folder.mkdir()
    (folder / "compromised.asc").write_bytes(kept.compromised.read_bytes())
    with pytest.raises(StepFailed, match="does not revoke"):
        keep_apart(owner.home, owner.key.primary, stick)


def test_apart_is_neither_with_the_key_nor_in_a_repository_nor_nowhere(gpg_home: Path, tmp_path: Path) -> None:
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    (tmp_path / "repository" / "docs").mkdir()
    (gpg_home / "apart").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(gpg_home / "apart")
    for place, why in (
        (gpg_home, "apart from the key"), (gpg_home / "apart", "apart from the key"), (tmp_path / "link", "apart from the key"),
        (tmp_path / "repository" / "docs", "git work tree"), (tmp_path / "not-mounted", "no such folder"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=why):
            make(gpg_home, apart=place)
    assert list_ring(gpg_home) == ()


def test_no_fact_holds_a_revocation_and_one_says_where_it_is(
    gpg_home: Path, make_gpg_home: Callable[[], Path], stick: Path
) -> None:
    for home, arguments in ((gpg_home, {}), (make_gpg_home(), {"apart": stick})):
        done = make(home, **arguments)
        facts = dict(done.facts)
        assert Path(facts["revocation_certificate"]).is_file()
        for armored in _PUBLIC_OR_NOT.findall(f"{facts!r} {done!r}".replace("\\n", "\n")):
            assert [one.kind for one in read_signatures(armored.encode()) if one.kind == 0x20] == []
        assert "BEGIN PGP" not in repr(generate(home, USER_ID))


_PUBLIC_OR_NOT = re.compile(r"-----BEGIN PGP .*?-----END PGP [A-Z ]+-----", re.DOTALL)


@pytest.mark.parametrize("stop", [3, 6, 9, 14, 20, 24, 35])
def test_stopped_before_any_run_of_gpg_and_started_again_it_comes_to_the_same_end(
    stop: int, make_gpg_home: Callable[[], Path], stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, signing_home, run, runs = make_gpg_home(), make_gpg_home(), Gpg.run, itertools.count(1)

    def stopped(self: Gpg, *args: Any, **more: Any) -> Any:
        if next(runs) == stop:
            raise KeyboardInterrupt
        return run(self, *args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Gpg, "run", stopped)
        with pytest.raises(KeyboardInterrupt):
            make(home, signing_home=signing_home, apart=stick)
    facts = dict(make(home, signing_home=signing_home, apart=stick).facts)
    (entry,) = list_ring(home, secret=True)
    assert (entry.primary.fingerprint, len(entry.subkeys)) == (facts["primary"], 1)
    assert not has_secret(signing_home, facts["primary"])
    assert len(list(stick.rglob("*.asc"))) == 2
    assert not put_aside_by_gpg(home, facts["primary"]).exists()


# Cards


def test_a_key_on_a_card_is_recognised_and_left_where_it_is(owner: Owner, make_gpg_home: Callable[[], Path]) -> None:
    on_card(owner.home, owner.key.signing)
    (entry,) = list_ring(owner.home, secret=True)
    assert (entry.primary.card, entry.subkeys[0].card) == ("", SERIAL)
    assert card_of(owner.home, owner.key.signing) == SERIAL
    assert generate(owner.home, owner.key.user_id) == owner.key
    for take in (
        lambda: export_signing_subkeys(owner.home, owner.key.signing),
        lambda: make(owner.home, user_id=owner.key.user_id, signing_home=make_gpg_home()),
    ):
        with pytest.raises(StepFailed, match=f"card {SERIAL} never gives it out"):
            take()


def test_a_key_with_its_subkey_on_a_card_is_revoked_as_any_other(owner: Owner) -> None:
    on_card(owner.home, owner.key.signing)
    revoke(owner.home, owner.key.primary, text="lost card")
    assert list_ring(owner.home)[0].primary.revoked


def test_a_primary_on_a_card_that_is_not_here_is_a_sentence(owner: Owner) -> None:
    on_card(owner.home, owner.key.primary)
    assert list_ring(owner.home, secret=True)[0].primary.card == SERIAL
    assert generate(owner.home, owner.key.user_id) == owner.key
    with pytest.raises(StepFailed, match="could not be made"):
        revoke(owner.home, owner.key.primary, text="leaked")
