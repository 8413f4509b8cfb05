"""A project's own key ring file: the new key first, the old one gone or revoked, all else byte for byte as it was."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from irkit.errors import BadInput
from irkit.openpgp import Gpg, generate, moving
from irkit.openpgp.operations import OPERATIONS, Hands
from irkit.openpgp.operations.publishing import standing
from irkit.openpgp.publishing.keyring_file import key_names, renewed
from irkit.openpgp.publishing.rings import binary
from irkit.openpgp.runner import throwaway_home
from tests.openpgp.published import Two, keys_of_a_module
from tests.owners import Owner

publish = OPERATIONS["publish-keyring"]


@pytest.fixture(scope="module")
def two() -> Iterator[Two]:
    with keys_of_a_module() as made:
        yield made


@pytest.fixture(scope="module")
def stranger() -> Iterator[Owner]:
    with throwaway_home() as home:
        yield Owner(home, generate(home, "Somebody Else <else@example.test>"))


def old_as_good(two: Two) -> bytes:
    with throwaway_home() as home:
        Gpg(home).must("a test's import", ["--import"], stdin=two.pair.before)
        return Gpg(home).must("a test's export", ["--armor", "--export"]).stdout


def keys_text(two: Two, stranger: Owner) -> bytes:
    return b"\n".join(
        [
            b"This file contains the keys of our developers.\n\npub   ed25519 2024-01-01\n      Somebody Else",
            stranger.certificate.encode(), b"pub   ed25519 2025-01-01\n      Example Releases", old_as_good(two), b"The end.\n",
        ]
    )  # fmt: skip


@pytest.mark.parametrize("old", ["remove", "revoked"])
def test_a_binary_ring_gets_the_new_key_first_and_loses_nothing_else(
    two: Two, stranger: Owner, tmp_path: Path, old: str
) -> None:
    others = binary(stranger.certificate.encode())
    ring = tmp_path / "project.gpg"
    before = binary(old_as_good(two)) + others
    ring.write_bytes(before)
    done = publish(two.command("publish-keyring", path=str(ring), old=old), Hands())
    pair = two.pair
    middle = pair.old_certificate if old == "revoked" else b""
    assert ring.read_bytes() == pair.new_certificate + middle + others
    assert (tmp_path / f"project.gpg.{pair.old[-16:]}").read_bytes() == before
    facts = dict(done.facts)
    assert facts["old_standing"] == ("revoked" if old == "revoked" else "absent")
    assert (facts["published"], facts["other_keys"]) == ("yes", "1")


def test_doing_it_again_changes_nothing(two: Two, stranger: Owner, tmp_path: Path) -> None:
    ring = tmp_path / "KEYS"
    ring.write_bytes(keys_text(two, stranger))
    command = two.command("publish-keyring", path=str(ring), old="revoked")
    publish(command, Hands())
    content, files = ring.read_bytes(), sorted(tmp_path.iterdir())
    assert "already" in publish(command, Hands()).what
    assert (ring.read_bytes(), sorted(tmp_path.iterdir())) == (content, files)


def test_a_keys_file_keeps_its_remarks_and_other_blocks(two: Two, stranger: Owner) -> None:
    before = keys_text(two, stranger)
    after = renewed(before, two.pair, "remove")
    head, _, tail = before.partition(old_as_good(two))
    assert after.endswith(head + tail)
    assert key_names(after) == (two.new.key.primary, stranger.key.primary)
    assert after.startswith(f"{two.new.key.primary} (takes the place of {two.old.key.primary})\n".encode())


def test_a_block_of_several_keys_is_made_anew_without_the_old_one(two: Two, stranger: Owner) -> None:
    with throwaway_home() as home:
        Gpg(home).must("a test's import", ["--import"], stdin=stranger.certificate.encode())
        Gpg(home).must("a test's import", ["--import"], stdin=two.pair.before)
        block = Gpg(home).must("a test's export", ["--armor", "--export"]).stdout
    after = renewed(block, two.pair, "remove")
    assert key_names(after) == (two.new.key.primary, stranger.key.primary)
    assert binary(stranger.certificate.encode()) in binary(after)
    assert key_names(renewed(after, two.pair, "remove")) == key_names(after)


def test_line_ends_of_another_system_stay(two: Two, stranger: Owner) -> None:
    before = keys_text(two, stranger).replace(b"\n", b"\r\n")
    after = renewed(before, two.pair, "revoked")
    assert after.count(b"\n") == after.count(b"\r\n")
    assert key_names(after) == (two.new.key.primary, stranger.key.primary, two.old.key.primary)
    assert renewed(after, two.pair, "revoked") == after


def test_a_new_key_that_stands_last_is_moved_to_the_front(two: Two, stranger: Owner) -> None:
    others = binary(stranger.certificate.encode())
    assert renewed(others + two.pair.new_certificate, two.pair, "remove") == two.pair.new_certificate + others
    text = stranger.certificate.encode() + two.new.certificate.encode()
    assert key_names(renewed(text, two.pair, "remove")) == (two.new.key.primary, stranger.key.primary)


def test_an_old_key_that_was_not_there_is_not_put_in(two: Two, stranger: Owner, tmp_path: Path) -> None:
    ring = tmp_path / "ring.gpg"
    ring.write_bytes(binary(stranger.certificate.encode()))
    done = publish(two.command("publish-keyring", path=str(ring), old="revoked"), Hands())
    assert dict(done.facts)["old_standing"] == "absent"


def test_a_changed_ring_is_kept_beside_under_a_name_of_its_own(two: Two, stranger: Owner, tmp_path: Path) -> None:
    ring, others = tmp_path / "ring.gpg", binary(stranger.certificate.encode())
    for content in (binary(old_as_good(two)) + others, others + binary(old_as_good(two))):
        ring.write_bytes(content)
        publish(two.command("publish-keyring", path=str(ring)), Hands())
    short = two.old.key.primary[-16:]
    assert {one.name for one in tmp_path.iterdir() if one.is_file()} == {
        "ring.gpg", f"ring.gpg.{short}", f"ring.gpg.{short}.2",
    }  # fmt: skip


def test_a_kill_between_the_copy_and_the_new_file_is_made_good(
    two: Two, stranger: Owner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring, before = tmp_path / "ring.gpg", binary(old_as_good(two)) + binary(stranger.certificate.encode())
    ring.write_bytes(before)
    command, write = two.command("publish-keyring", path=str(ring)), moving.write

    def killed(path: Path, data: bytes) -> None:
        if path == ring:
            raise KeyboardInterrupt
        write(path, data)

    monkeypatch.setattr(moving, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        publish(command, Hands())
    monkeypatch.setattr(moving, "write", write)
    assert ring.read_bytes() == before
    publish(command, Hands())
    kept = [one for one in tmp_path.iterdir() if one.is_file() and one != ring]
    assert [one.read_bytes() for one in kept] == [before]


def test_gpgv_takes_the_new_ring_as_it_is(two: Two, stranger: Owner, tmp_path: Path) -> None:
    ring, artifact, signature = tmp_path / "ring.gpg", tmp_path / "app.tar", tmp_path / "app.tar.sig"
    artifact.write_bytes(b"the release")
    two.new.gpg("--local-user", two.new.key.primary, "--output", str(signature), "--detach-sign", str(artifact))
    ring.write_bytes(binary(old_as_good(two)) + binary(stranger.certificate.encode()))
    command = ["gpgv", "--keyring", str(ring), str(signature), str(artifact)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2
    publish(two.command("publish-keyring", path=str(ring), old="remove"), Hands())
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_the_standing_of_a_ring_is_told_before(two: Two, tmp_path: Path) -> None:
    ring = tmp_path / "ring.asc"
    command = two.command("publish-keyring", path=str(ring))
    assert standing(command, Hands()).new == "absent"
    ring.write_bytes(old_as_good(two))
    assert (standing(command, Hands()).old, standing(command, Hands()).new) == ("good", "absent")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no key ring"), (b"hello\n", "no key ring"), (b"\0\0\0\x20\1\1\0\2KBXf" + b"\0" * 20, "keybox"),
        (b"\x99\x01\x00\x04", "damaged"),
        (b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n!!!!\n-----END PGP PUBLIC KEY BLOCK-----\n", "block 1"),
        (b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDME\n", "no end"),
    ],
    ids=["empty", "text", "keybox", "cut off", "broken armor", "armor without end"],
)  # fmt: skip
def test_what_is_no_ring_is_left_alone(two: Two, tmp_path: Path, content: bytes, words: str) -> None:
    ring = tmp_path / "ring"
    ring.write_bytes(content)
    with pytest.raises(BadInput, match=words):
        publish(two.command("publish-keyring", path=str(ring)), Hands())
    assert ring.read_bytes() == content
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["ring"]


def test_a_private_key_in_it_is_never_published(two: Two, tmp_path: Path) -> None:
    ring = tmp_path / "ring"
    for armor in ([], ["--armor"]):
        secret = Gpg(two.new.home).must("a test's export", [*armor, "--export-secret-keys"]).stdout
        ring.write_bytes(secret)
        with pytest.raises(BadInput, match="private key"):
            publish(two.command("publish-keyring", path=str(ring)), Hands())
