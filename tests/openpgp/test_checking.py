"""Many signatures are each told as gpg would tell them, be they sent to one gpg together or not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.errors import BadInput
from irkit.openpgp import (
    Signed,
    ToSign,
    read_signatures,
    revoke,
    sign_many,
    streamed,
    verify_many,
    verify_many_with_gpg,
)
from irkit.openpgp.checking import check
from irkit.openpgp.signatures import GpgRing
from irkit.openpgp.streamed import Asked
from tests.owners import Owner, owner_since_2025

THEN = ["--faked-system-time", "20250301T000000!"]


def test_more_weak_signatures_than_one_gpg_takes_are_each_answered(owner: Owner) -> None:
    revoke(owner.home, owner.key.primary, text="leaked")
    then = owner_signatures(owner, 3)
    asked = [Asked(read_signatures(then[at % 3])[0], b"%d" % (at % 3)) for at in range(65)]
    asked[40] = Asked(asked[40].signature, b"changed")
    told = [answer.reason for answer in check(asked, [owner.gpg("--export")])]
    assert told == ["revoked key"] * 40 + ["bad"] + ["revoked key"] * 24


def test_each_answer_of_one_gpg_is_that_of_its_question(
    owner: Owner, other: Owner, make_gpg_home: Callable[[], Path]
) -> None:
    """Three keys, each in another state, so that an answer given to the wrong question would show."""
    expired = owner_since_2025(make_gpg_home(), "2025-06-01")
    then = expired.gpg(*THEN, "--local-user", expired.key.primary, "--detach-sign", stdin=b"0")
    revoke(owner.home, owner.key.primary, text="leaked")
    asked = [
        Asked(read_signatures(packet)[0], b"0")
        for packet in (then, owner_signatures(owner, 1)[0], owner_signatures(owner, 1)[0], then)
    ]
    certificates = [owner.gpg("--export"), expired.gpg("--export"), other.gpg("--export")]
    told = [answer.reason for answer in check(asked, certificates)]
    assert told == ["expired key", "revoked key", "revoked key", "expired key"]
    assert [answer.reason for answer in check(asked[:2], certificates)] == ["expired key", "revoked key"]


def owner_signatures(owner: Owner, count: int) -> list[bytes]:
    """By a key that is revoked already: gpg refuses to sign with it, Sequoia does as it is told."""
    import pysequoia

    signer = pysequoia.Tsk.from_bytes(owner.gpg("--export-secret-keys")).signer()
    return [pysequoia.sign(signer, b"%d" % at, mode=pysequoia.SignatureMode.DETACHED) for at in range(count)]


@pytest.mark.parametrize("data", [b"", b"no key", b"\x99\x00\x03abc"])
def test_a_certificate_that_is_none_is_said(data: bytes) -> None:
    with pytest.raises(BadInput):
        check([], [data])


def signed_files(owner: Owner, folder: Path, count: int) -> list[tuple[Path, Path]]:
    for number in range(count):
        (folder / f"{number:03}").write_text(f"file {number}")
    items = [ToSign(path, path.with_name(f"{path.name}.asc")) for path in sorted(folder.iterdir())]
    assert all(isinstance(one, Signed) for one in sign_many(owner.home, owner.key.signing, items))
    return [(one.artifact, one.out) for one in items]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "release"
    made.mkdir()
    return made


def test_good_files_are_told_by_few_gpgs(owner: Owner, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = signed_files(owner, folder, 60)
    runs: list[object] = []
    ask = GpgRing.ask
    monkeypatch.setattr(GpgRing, "ask", lambda self, *args, **more: (runs.append(args), ask(self, *args, **more))[1])
    told = list(verify_many_with_gpg([owner.certificate], pairs))
    assert {(one.program, one.reason, one.issuer, one.primary) for [one] in told} == {
        ("gpg", "good", owner.key.signing, owner.key.primary)
    }
    assert (len(told), len(runs)) == (60, 3)


def test_each_file_keeps_its_own_verdict_among_many(owner: Owner, other: Owner, folder: Path) -> None:
    """Bad, unknown, unreadable, and two in one file, among good ones: gpg and Sequoia agree on which is which."""
    pairs = signed_files(owner, folder, 40)
    pairs[3][0].write_text("changed")
    pairs[7][1].unlink()
    other.sign_with_gpg_alone(*pairs[7])
    pairs[11][1].write_text("no signature")
    pairs[20][0].unlink()
    foreign = other.gpg("--local-user", other.key.primary, "--detach-sign", stdin=pairs[30][0].read_bytes())
    own = owner.gpg("--local-user", owner.key.primary, "--detach-sign", stdin=pairs[30][0].read_bytes())
    pairs[30][1].write_bytes(own + foreign)
    wanted = [["good"]] * 40
    wanted[3], wanted[7], wanted[11], wanted[20] = ["bad"], ["unknown key"], ["error"], ["error"]
    wanted[30] = ["good", "unknown key"]
    told = [[one.reason for one in found] for found in verify_many_with_gpg([owner.certificate], pairs)]
    assert told == wanted
    wanted[3] = ["refused"]
    assert [[one.reason for one in found] for found in verify_many([owner.certificate], pairs)] == wanted


def test_an_answer_about_another_signature_is_not_taken(
    owner: Owner, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers that come in an order nobody proved are asked for again, one by one."""
    pairs = signed_files(owner, folder, 3)
    pairs[1][0].write_text("changed")
    monkeypatch.setattr(streamed, "_in_order", lambda blocks, _mark: blocks[1:] + blocks[:1])
    told = [one.reason for [one] in verify_many_with_gpg([owner.certificate], pairs)]
    assert told == ["good", "bad", "good"]


def test_where_there_is_no_gpg_sequoia_s_word_stands(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [Asked(read_signatures(owner_signatures(owner, 1)[0])[0], data) for data in (b"0", b"changed")]
    certificates = [owner.certificate]
    with monkeypatch.context() as without:
        without.setenv("PATH", "/nonexistent")
        told = check(asked, certificates)
    assert [one.reason for one in told] == ["good", "refused"]
