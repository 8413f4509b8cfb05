"""What automation holds can sign and can do nothing else: that is tried, and what could do more is refused."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.errors import BadInput, IrkitError, StepFailed, WouldLeak
from irkit.model import Secret
from irkit.openpgp import Gpg, generate, has_secret, import_public
from irkit.openpgp.bundle import prove_bundle, prove_signing_only, proven_bundle
from irkit.openpgp.keyring import list_ring
from irkit.openpgp.operations import OPERATIONS
from irkit.openpgp.operations.interface import Done, Hands
from irkit.plan import GpgCommand
from tests.owners import Owner, forget_passphrases, hash_quickly

PASSPHRASE = Secret("test-passphrase-not-real")


def write_bundle(owner: Owner, out: Path, key: str | None = None) -> Done:
    command = GpgCommand("ci-bundle", str(owner.home), owner.key.signing if key is None else key,
                         (("user_id", owner.key.user_id), ("out", str(out))))  # fmt: skip
    return OPERATIONS["ci-bundle"](command, Hands())


@pytest.fixture
def private(tmp_path: Path) -> Path:
    (tmp_path / "private").mkdir(mode=0o700)
    return tmp_path / "private"


def test_a_bundle_signs_in_a_home_that_knows_nothing_else(owner: Owner, gpg_home: Path) -> None:
    bundle = proven_bundle(owner.home, owner.key.signing)
    Gpg(gpg_home).must("import", ["--import"], stdin=bundle.reveal())
    assert not has_secret(gpg_home, owner.key.primary)
    made = Gpg(gpg_home).must("sign", ["--local-user", owner.key.signing, "--detach-sign"], stdin=b"x")
    assert made.first("SIG_CREATED").fields[-1] == owner.key.signing  # type: ignore[union-attr]


def test_a_bundle_with_the_primary_is_refused(owner: Owner) -> None:
    whole = Secret(owner.gpg("--armor", "--export-secret-keys", owner.key.primary))
    with pytest.raises(WouldLeak, match=owner.key.primary):
        prove_bundle(whole, owner.key.signing)


def test_a_bundle_with_a_second_subkey_is_refused(owner: Owner) -> None:
    owner.gpg("--quick-add-key", owner.key.primary, "ed25519", "sign", "30d")
    both = Secret(owner.gpg("--armor", "--export-secret-subkeys", owner.key.primary))
    with pytest.raises(WouldLeak, match="other than the one signing subkey"):
        prove_bundle(both, owner.key.signing)
    proven_bundle(owner.home, owner.key.signing)


def test_a_home_with_the_primary_is_not_proven_to_only_sign(owner: Owner) -> None:
    with pytest.raises(WouldLeak, match="holds the primary's secret part"):
        prove_signing_only(owner.home, owner.key.signing)


def test_what_a_home_with_the_primary_could_do_is_found_by_trying(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the very attempts that fail without the primary succeed with it, and leave its home as it was."""
    before = owner.certificate
    monkeypatch.setattr("irkit.openpgp.bundle._refuse_primary", lambda _home, _primary: None)
    with pytest.raises(WouldLeak, match="can certify another key"):
        prove_signing_only(owner.home, owner.key.signing)
    assert owner.certificate == before
    assert len(list_ring(owner.home)) == 1


def test_a_bundle_of_an_encryption_subkey_does_not_sign(owner: Owner) -> None:
    owner.gpg("--quick-add-key", owner.key.primary, "cv25519", "encr", "30d")
    (entry,) = list_ring(owner.home)
    (encrypting,) = [key.fingerprint for key in entry.subkeys if key.usage == "e"]
    with pytest.raises(StepFailed, match="does not sign"):
        proven_bundle(owner.home, encrypting)


def test_a_bundle_whose_passphrase_is_wrong_proves_nothing(gpg_home: Path) -> None:
    hash_quickly(gpg_home)
    fresh = generate(gpg_home, "A <a@example.test>", passphrase=PASSPHRASE)
    bundle = proven_bundle(gpg_home, fresh.signing, PASSPHRASE)
    assert PASSPHRASE.reveal() not in bundle.reveal()
    assert prove_bundle(bundle, fresh.signing, PASSPHRASE) == fresh.primary
    with pytest.raises(StepFailed):
        prove_bundle(bundle, fresh.signing, Secret("another-passphrase-not-real"))
    forget_passphrases(gpg_home)
    with pytest.raises(StepFailed, match="could not be exported"):
        proven_bundle(gpg_home, fresh.signing)


def test_a_key_that_is_not_there_has_no_bundle(gpg_home: Path, owner: Owner) -> None:
    import_public(gpg_home, owner.certificate)
    for home in (gpg_home,):
        with pytest.raises(IrkitError):
            proven_bundle(home, owner.key.signing)
    with pytest.raises(BadInput, match="whole fingerprint"):
        proven_bundle(owner.home, "DEADBEEF")


def test_the_step_writes_a_file_for_its_owner_alone_and_once(owner: Owner, private: Path) -> None:
    out = private / "ci.asc"
    first = write_bundle(owner, out)
    held = (out.read_bytes(), out.stat().st_mtime_ns)
    second = write_bundle(owner, out, key="")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert (out.read_bytes(), out.stat().st_mtime_ns) == held
    assert (dict(first.facts), "already" in second.what) == (dict(second.facts), True)
    assert "BEGIN" not in repr(first)
    assert prove_bundle(Secret(out.read_bytes()), owner.key.signing) == owner.key.primary


def test_a_bundle_of_an_earlier_key_makes_way_and_another_file_does_not(
    owner: Owner, make_owner: Callable[[str], Owner], private: Path
) -> None:
    out = private / "ci.asc"
    write_bundle(make_owner("Earlier <earlier@example.test>"), out)
    write_bundle(owner, out)
    assert prove_bundle(Secret(out.read_bytes()), owner.key.signing) == owner.key.primary
    (private / "notes").write_text("not a bundle")
    with pytest.raises(StepFailed, match="another file"):
        write_bundle(owner, private / "notes")
    assert (private / "notes").read_text() == "not a bundle"


def test_a_bundle_is_not_written_where_others_can_look(owner: Owner, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with pytest.raises(StepFailed, match="others can look into its folder"):
        write_bundle(owner, tmp_path / "ci.asc")
    with pytest.raises(StepFailed, match="cannot be written"):
        write_bundle(owner, tmp_path / "nowhere" / "ci.asc")
