"""Packets put together here are what gpg, sqv and Sequoia hold for good."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from irkit.errors import StepFailed
from irkit.openpgp import FreshKey, Gpg, verify_both
from irkit.openpgp.armor import armored, crc24
from irkit.openpgp.bulk import Signed, ToSign, sign_many
from irkit.openpgp.detached import mpi, numbers
from irkit.openpgp.runner import throwaway_home
from tests.needs import needs
from tests.owners import Owner


@pytest.fixture(scope="module", params=["ed25519", "rsa4096", "nistp256"])
def signing_owner(request: pytest.FixtureRequest) -> Iterator[Owner]:
    with throwaway_home() as home:
        args = ["--quick-gen-key", "Example <e@example.test>", request.param, "sign", "1y"]
        made = Gpg(home).must("a test's key", args).first("KEY_CREATED")
        assert made
        primary = made.fields[1]
        yield Owner(home, FreshKey(primary, primary, "Example <e@example.test>", "", ""))


def signed(owner: Owner, artifact: Path, *, as_armor: bool = True) -> Path:
    out = artifact.with_name(f"{artifact.name}.asc")
    [answer] = sign_many(owner.home, owner.key.signing, [ToSign(artifact, out, armored=as_armor)])
    assert isinstance(answer, Signed)
    assert [one.program for one in answer.verdicts] == ["sequoia"]
    return out


@needs("sqv")
@pytest.mark.parametrize("as_armor", [True, False])
def test_gpg_and_sqv_take_it(signing_owner: Owner, tmp_path: Path, as_armor: bool) -> None:
    ring = tmp_path / "ring.pgp"
    ring.write_bytes(Gpg(signing_owner.home).run(["--export", signing_owner.key.primary]).stdout)
    for number in range(5):
        artifact = tmp_path / f"file-{number}"
        artifact.write_bytes(bytes([number]) * number)
        out = signed(signing_owner, artifact, as_armor=as_armor)
        assert out.read_bytes()[:1].isascii() is as_armor
        assert [one.reason for one in verify_both(signing_owner.certificate, artifact, out)] == ["good", "good"]
        sqv = subprocess.run(["sqv", "--keyring", str(ring), str(out), str(artifact)], capture_output=True, check=False)
        assert (sqv.returncode, sqv.stdout.decode().strip()) == (0, signing_owner.key.primary)


def test_armor_has_the_checksum_that_gpg_writes(owner: Owner, tmp_path: Path) -> None:
    artifact = tmp_path / "file"
    artifact.write_bytes(b"x")
    binary = owner.gpg("--local-user", owner.key.primary, "--output", "-", "--detach-sign", str(artifact))
    by_gpg = owner.gpg("--enarmor", stdin=binary)
    assert next(line for line in by_gpg.split(b"\n") if line.startswith(b"=")) in armored(binary).split(b"\n")
    assert crc24(b"") == 0xB704CE


def test_a_number_has_no_leading_zeros() -> None:
    assert mpi(b"\x00\x01") == b"\x00\x01\x01"
    assert mpi(b"\x00\x00") == b"\x00\x00"
    assert mpi(b"\xff\x00") == b"\x00\x10\xff\x00"


def test_what_stands_in_a_number_is_not_read_as_structure() -> None:
    answer = b"(7:sig-val(5:eddsa(1:r5:(1:s1)(1:s3:abc)))"
    assert numbers(answer, 22) == (b"(1:s1", b"abc")


@pytest.mark.parametrize(
    "answer", [b"", b"nothing", b"(7:sig-val(3:rsa(1:s1:x)))", b"(7:sig-val(5:eddsa(1:r1:x)))", b"(9:"]
)
def test_another_answer_is_a_sentence(answer: bytes) -> None:
    with pytest.raises(StepFailed, match="gpg-agent gave no"):
        numbers(answer, 22)
