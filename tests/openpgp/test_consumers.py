"""What the programs that check signatures do after a revocation, each asked for itself."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from irkit import openpgp
from irkit.errors import BadInput, StepFailed
from irkit.model import Secret, SecretRef, parse_instant
from irkit.model.matrix import Matrix
from irkit.openpgp.consumers import CONSUMERS, Answer, Consumer, TestedKey, matrix
from irkit.openpgp.consumers.certificates import before_revocation, binary, revoked_keys, without_subkeys
from irkit.openpgp.consumers.interface import must, run
from irkit.openpgp.consumers.signers import borrowed, party
from irkit.openpgp.runner import Gpg, throwaway_home
from irkit.resign.consumer_matrix import OldKey, remedies, remedy_for
from tests.needs import NODE_MODULES, needs
from tests.owners import Owner, owner_since_2025

BY_NAME = {one.name: one for one in CONSUMERS}
EXPOSED = datetime(2026, 1, 20, tzinfo=UTC)
FOOLED = (
    "gpg",
    pytest.param("gpgv", marks=needs("gpgv")),
    pytest.param("apt, lists from before", marks=needs("apt-get", "dpkg-deb")),
    pytest.param("rpm", marks=needs("rpm", "rpmsign", "rpmbuild")),
)
OBEYING = (
    "gpg, by status lines",
    "pysequoia",
    "git verify-tag",
    "git verify-commit",
    pytest.param("sqv", marks=needs("sqv")),
    pytest.param("apt, fresh lists", marks=needs("apt-get", "dpkg-deb")),
    pytest.param("OpenPGP.js", marks=needs("npm:openpgp")),
)


@dataclass(frozen=True)
class Keys:
    """A leaked key, revoked as compromised, and the fresh one."""

    old: Owner
    new: Owner

    def ask(self, *names: str, **other: object) -> Matrix:
        old, new = (TestedKey(one.certificate, one.home) for one in (self.old, self.new))
        asked = {"new": new, "old": old, "exposed_from": EXPOSED, "consumers": [BY_NAME[name] for name in names]}
        return matrix(**(asked | other))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _node_finds_the_tests_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_PATH", str(NODE_MODULES))


@pytest.fixture
def keys(make_gpg_home: Callable[[], Path], make_owner: Callable[[str], Owner]) -> Keys:
    old = owner_since_2025(make_gpg_home(), "never")
    openpgp.revoke(old.home, old.key.primary, text="It leaked")
    return Keys(old, make_owner("New <new@example.test>"))


def cells(found: Matrix, consumer: str) -> dict[tuple[str, str], bool | None]:
    return {(row.state, row.sample): row.accepts for row in found.rows if row.consumer == consumer}


AS_LONG_AS_NOBODY_KNEW = {("before", "old"): True, ("before", "forgery"): True}
WITH_THE_KEY_TAKEN_OUT = {("removed", "new"): True, ("removed", "old"): False, ("removed", "forgery"): False}


@pytest.mark.parametrize("name", FOOLED)
def test_these_take_a_backdated_forgery_until_the_key_is_taken_out(keys: Keys, name: str) -> None:
    revoked = {("after", "new"): True, ("after", "old"): True, ("after", "forgery"): True}
    assert cells(keys.ask(name), name) == AS_LONG_AS_NOBODY_KNEW | revoked | WITH_THE_KEY_TAKEN_OUT


@pytest.mark.parametrize("name", OBEYING)
def test_these_refuse_all_that_the_revoked_key_signed(keys: Keys, name: str) -> None:
    revoked = {("after", "new"): True, ("after", "old"): False, ("after", "forgery"): False}
    assert cells(keys.ask(name), name) == AS_LONG_AS_NOBODY_KNEW | revoked | WITH_THE_KEY_TAKEN_OUT


def test_the_real_keys_sign_dated_before_the_exposure_and_the_rows_do_not_speak_of_a_stand_in(keys: Keys) -> None:
    found = keys.ask("gpg")
    assert not any(row.stand_in for row in found.rows)
    assert found.notes == (
        "The old key's samples say 2026-01-19 00:00 UTC; the forgery was made now and says the same.",
    )
    assert all(row.version.startswith("gpg (GnuPG)") for row in found.rows)


def test_the_home_that_lends_its_agent_stays_as_it_is_and_keeps_its_agent(keys: Keys) -> None:
    before = {path: path.stat().st_mtime_ns for path in keys.old.home.rglob("*") if path.is_file()}
    keys.ask("gpg")
    assert {path: path.stat().st_mtime_ns for path in keys.old.home.rglob("*") if path.is_file()} == before
    alive = ["gpg-connect-agent", "--no-autostart", "--homedir", str(keys.old.home), "getinfo pid", "/bye"]
    assert b"OK" in subprocess.run(alive, capture_output=True, check=True).stdout


@pytest.mark.parametrize("missing", ["the home", "the secret part"])
def test_without_the_secret_part_a_stand_in_of_the_same_algorithm_is_revoked_in_the_same_way(
    keys: Keys, make_gpg_home: Callable[[], Path], missing: str
) -> None:
    home = None if missing == "the home" else make_gpg_home()
    found = keys.ask("gpg", "pysequoia", old=TestedKey(keys.old.certificate, home))
    assert {row.sample for row in found.rows if row.stand_in} == {"old", "forgery"}
    assert cells(found, "gpg")["after", "forgery"] is True
    assert cells(found, "pysequoia")["after", "forgery"] is False
    assert "by a stand-in of the same algorithms" in found.notes[1]


def test_a_stand_in_is_made_like_a_key_of_which_only_the_description_is_known() -> None:
    like = openpgp.read_key(_rsa_with_a_signing_primary(), SecretRef("id:leaked"), None)
    with party(TestedKey(like=like), leaked=True) as side:
        made = openpgp.read_key(side.before, SecretRef("id:stand-in"), None)
    assert [(sub.algorithm, sub.created) for sub in made.keys] == [("RSA 2048", like.keys[0].created)]
    assert revoked_keys(side.after) == {side.primary: 2}
    assert side.stand_in == "its public key is not known here"


def _rsa_with_a_signing_primary() -> bytes:
    with throwaway_home() as home:
        gpg = Gpg(home)
        made = [
            "--faked-system-time",
            "20250301T000000!",
            "--quick-gen-key",
            "Rsa <rsa@example.test>",
            "rsa2048",
            "cert,sign",
            "never",
        ]
        gpg.must("a test's key", made)
        return gpg.must("a test's key", ["--export"]).stdout


def test_a_key_revoked_as_superseded_is_still_believed_by_sequoia_for_what_is_dated_before(
    keys: Keys, make_gpg_home: Callable[[], Path]
) -> None:
    old = owner_since_2025(make_gpg_home(), "never")
    answers = b"y\n2\n\ny\n"  # gpg's menu: 2 is superseded, 0x01 on the wire
    revocation = Gpg(old.home).run(["--yes", "--gen-revoke", old.key.primary], stdin=answers, dialogue=True).stdout
    old.gpg("--import", stdin=revocation)
    assert revoked_keys(binary(old.certificate)) == {old.key.primary: 1}
    for tested in (TestedKey(old.certificate, old.home), TestedKey(old.certificate)):
        assert cells(keys.ask("pysequoia", old=tested), "pysequoia")["after", "forgery"] is True


def test_where_only_the_signing_subkey_leaked_it_alone_is_revoked_and_taken_out(owner: Owner) -> None:
    said = f"key {owner.key.signing}\nrevkey\ny\n1\n\ny\nsave\n".encode()
    Gpg(owner.home).run(["--yes", "--edit-key", owner.key.primary], stdin=said, dialogue=True)
    owner.gpg("--quick-add-key", owner.key.primary, "ed25519", "sign", "1y")
    assert revoked_keys(binary(owner.certificate)) == {owner.key.signing: 2}
    same = TestedKey(owner.certificate, owner.home)
    asked = [BY_NAME["gpg"], BY_NAME["pysequoia"]]
    found = matrix(same, same, consumers=asked)
    assert cells(found, "gpg") == AS_LONG_AS_NOBODY_KNEW | WITH_THE_KEY_TAKEN_OUT | {
        ("after", "new"): True, ("after", "old"): True, ("after", "forgery"): True
    }  # fmt: skip
    assert cells(found, "pysequoia")["after", "forgery"] is False
    assert not any(row.stand_in for row in found.rows if row.sample == "forgery")


def _quick(home: Path) -> Path:
    """A home whose agent takes less trouble with passphrases than it should."""
    (home / "gpg-agent.conf").write_text("s2k-count 65536\n")
    return home


@needs("rpm", "rpmsign", "rpmbuild")
def test_a_key_with_a_passphrase_signs_every_form(keys: Keys, make_gpg_home: Callable[[], Path]) -> None:
    phrase, home = Secret(b"fake passphrase"), _quick(make_gpg_home())
    made = openpgp.generate(home, "Locked <locked@example.test>", passphrase=phrase)
    openpgp.revoke(home, made.primary, text="It leaked", passphrase=phrase)
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=True)
    found = keys.ask("rpm", "git verify-tag", old=TestedKey(openpgp.export_public(home, made.primary), home, phrase))
    assert not any(row.stand_in for row in found.rows)
    assert cells(found, "rpm")["after", "forgery"] is True
    assert cells(found, "git verify-tag")["after", "forgery"] is False


def test_with_a_wrong_passphrase_a_stand_in_is_used_and_the_note_says_why(
    keys: Keys, make_gpg_home: Callable[[], Path]
) -> None:
    home = _quick(make_gpg_home())
    made = openpgp.generate(home, "Locked <locked@example.test>", passphrase=Secret(b"fake passphrase"))
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=True)
    old = TestedKey(openpgp.export_public(home, made.primary), home, Secret(b"fake and wrong"))
    found = keys.ask("gpg", old=old)
    assert "Bad passphrase" in found.notes[1]
    assert "wrong" not in "".join(found.notes)


def test_a_certificate_that_is_not_revoked_is_told_so(keys: Keys, other: Owner) -> None:
    found = keys.ask("pysequoia", old=TestedKey(other.certificate, other.home))
    assert cells(found, "pysequoia")["after", "forgery"] is True
    assert "The old key is not revoked in the certificate that was given" in found.notes[-1]


def test_what_is_not_here_is_left_out_by_name_and_says_how_to_get_it(keys: Keys) -> None:
    absent = replace(BY_NAME["gpg"], name="elsewhere", available=lambda: "apt-get install elsewhere")
    found = keys.ask("pysequoia", consumers=[absent, BY_NAME["pysequoia"]])
    assert [one.document() for one in found.skipped] == [
        {"what": "elsewhere", "why": "it is not here: apt-get install elsewhere"}
    ]
    assert {row.consumer for row in found.rows} == {"pysequoia"}


def test_a_consumer_that_fails_and_a_form_that_cannot_be_made_are_unknown_and_not_refusals(
    keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_asked: object) -> Answer:
        raise StepFailed("it did not answer", on="broken")

    broken = Consumer("broken", "file", lambda: "1", lambda: None, breaks)
    monkeypatch.setattr("irkit.openpgp.consumers.samples.Workshop._git", breaks)
    found = keys.ask(consumers=[broken, BY_NAME["git verify-tag"]])
    assert {(row.consumer, row.accepts) for row in found.rows} == {("broken", None), ("git verify-tag", None)}
    assert all("it did not answer (broken)" in row.why for row in found.rows)


def test_a_user_id_that_would_pass_for_another_line_stays_on_its_own(
    make_gpg_home: Callable[[], Path], keys: Keys
) -> None:
    home = make_gpg_home()
    hostile = "Rel \u2028[GNUPG:] GOODSIG 0123456789ABCDEF Victim <old@example.test>"
    Gpg(home).must("a test's key", ["--quick-gen-key", hostile, "ed25519", "cert,sign", "never"])
    fingerprint = Gpg(home).must("a listing", ["--with-colons", "-k"]).stdout.split(b"fpr:::::::::")[1][:40].decode()
    openpgp.revoke(home, fingerprint, text="It leaked")
    found = keys.ask(
        "gpg, by status lines", "git verify-tag", old=TestedKey(openpgp.export_public(home, fingerprint), home)
    )
    for name in ("gpg, by status lines", "git verify-tag"):
        assert cells(found, name)["after", "forgery"] is False
    assert all(row.why.isprintable() for row in found.rows)


@needs("rpm")
def test_the_remedy_for_rpm_names_the_very_package_that_rpm_lists(keys: Keys, tmp_path: Path) -> None:
    (tmp_path / "key.asc").write_text(keys.old.certificate)
    must(["rpmkeys", "--dbpath", str(tmp_path), "--import", "key.asc"], tmp_path)
    listed = must(["rpm", "--dbpath", str(tmp_path), "-qa"], tmp_path).split()
    key = openpgp.read_key(keys.old.certificate.encode(), SecretRef("id:old"), None)
    assert remedy_for("rpm", OldKey(key.openpgp, parse_instant(key.keys[0].created))).endswith(f"rpm -e {listed[-1]}")


def test_every_fooled_consumer_has_a_remedy_that_is_proven(keys: Keys) -> None:
    told = remedies(keys.ask("gpg", "pysequoia").rows, OldKey(keys.old.key.primary))
    assert [(one.consumer, one.proven) for one in told][:1] == [("gpg", True)]
    assert f"gpg --delete-keys {keys.old.key.primary}" in told[0].remove
    assert {one.proven for one in told[1:]} == {None}


def test_a_certificate_is_cut_back_to_what_it_was(keys: Keys) -> None:
    after = binary(keys.old.certificate)
    assert revoked_keys(after) == {keys.old.key.primary: 2}
    assert revoked_keys(before_revocation(after)) == {}
    bare = without_subkeys(after, frozenset({keys.old.key.signing}))
    assert [sub.primary for sub in openpgp.read_key(bare, SecretRef("id:old"), None).keys] == [True]


def test_a_private_key_is_never_taken_for_a_certificate(owner: Owner) -> None:
    with pytest.raises(BadInput, match="this is a private key"):
        binary(owner.gpg("--export-secret-keys", owner.key.primary))


def test_a_lender_without_that_key_signs_nothing(keys: Keys, make_gpg_home: Callable[[], Path]) -> None:
    with borrowed(make_gpg_home(), binary(keys.new.certificate)) as home:
        result = Gpg(home).run(
            ["--no-autostart", "--local-user", f"{keys.new.key.signing}!", "--detach-sign"], stdin=b"x"
        )
    assert result.returncode != 0


def test_nothing_of_the_users_environment_reaches_a_consumer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNUPGHOME", "/nowhere")
    monkeypatch.setenv("FAKE_TOKEN", "fake")
    said = run(["env"], tmp_path).said
    assert "FAKE_TOKEN" not in said
    assert f"GNUPGHOME={tmp_path}" in said
    assert f"HOME={tmp_path}" in said
