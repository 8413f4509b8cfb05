"""A list of digests is changed only as far as it must be, and list and signature belong together whenever it is killed."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.errors import StepFailed
from irkit.openpgp import Gpg, generate, verify_both
from irkit.openpgp.cleartext import whole
from irkit.plan import GpgCommand, document
from irkit.release.operations import Done, carry_out
from irkit.release.rewriting import read_manifest
from tests.owners import Owner
from tests.release.test_operations import CHILD

NEW = "New Releases <releases@example.test>"
FILES = {
    "app-1.tar": b"one",
    "app-2.tar": b"two",
    "app-2.rpm": b"rpm, signed by the old key",
    "sub/notes.txt": b"notes",
}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def facts(done: Done) -> dict[str, str]:
    return dict(done.facts)


class Release:
    """A folder with files, a list of their digests, and a signature of the old key over it."""

    def __init__(self, folder: Path, old: Owner) -> None:
        self.folder, self.old = folder, old
        self.list, self.signature = folder / "SHA256SUMS", folder / "SHA256SUMS.asc"
        for name, data in FILES.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)

    def signed(self, text: bytes | None = None) -> Release:
        lines = "".join(f"{sha256(data)}  {name}\n" for name, data in FILES.items())
        self.list.write_bytes(lines.encode() if text is None else text)
        self.old.sign_with_gpg_alone(self.list, self.signature)
        return self

    def clear_signed(self, text: bytes | None = None) -> Release:
        self.signed(text)
        self.signature.unlink()
        self.list.write_bytes(self.old.gpg("--clear-sign", stdin=self.list.read_bytes()))
        return self

    def command(self, new: Owner, **asked: str) -> GpgCommand:
        said = [
            ("user_id", NEW), ("other_than", self.old.key.primary), ("folder", str(self.folder)), ("artifact", "SHA256SUMS"),
            ("sha256", sha256(self.list.read_bytes())),
            ("signature", "SHA256SUMS.asc" if self.signature.exists() else "SHA256SUMS"),
        ]  # fmt: skip
        said += [(name, value) for name, values in asked.items() for value in values.split()]
        return GpgCommand("sign-manifest", str(new.home), arguments=tuple(said))

    def kept(self, suffix: str = "") -> Path:
        return self.folder / f"SHA256SUMS.{self.old.key.primary[-16:]}{suffix}"

    def snapshot(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}


@pytest.fixture
def release(tmp_path: Path, owner: Owner) -> Release:
    (tmp_path / "release").mkdir()
    return Release(tmp_path / "release", owner)


@pytest.fixture
def new(make_gpg_home: Callable[[], Path]) -> Owner:
    home = make_gpg_home()
    return Owner(home, generate(home, NEW))


def good(owner: Owner, artifact: Path, signature: Path) -> bool:
    verdicts = verify_both(owner.certificate, artifact, signature)
    return [(one.program, one.good) for one in verdicts] == [("gpg", True), ("sequoia", True)]


def test_a_list_that_stays_as_it_is_gets_a_fresh_signature(release: Release, new: Owner) -> None:
    release.signed()
    old_list, old_signature = release.list.read_bytes(), release.signature.read_bytes()
    command = release.command(new)
    first = carry_out(command)
    assert release.list.read_bytes() == old_list
    assert good(new, release.list, release.signature)
    assert release.kept(".asc").read_bytes() == old_signature
    before = release.snapshot()
    second = carry_out(command)
    assert ("was signed with" in first.what, "already" in second.what) == (True, True)
    assert first.facts == second.facts
    assert release.snapshot() == before


def test_lines_of_withdrawn_files_go_and_changed_files_get_their_digest(release: Release, new: Owner) -> None:
    release.signed()
    old_list = release.list.read_bytes()
    (release.folder / "app-2.rpm").write_bytes(b"rpm, signed by the new key")
    command = release.command(new, withdrawn="app-1.tar", changed="app-2.rpm sub/notes.txt")
    first = carry_out(command)
    wanted = [line for line in old_list.decode().splitlines(True) if "app-1.tar" not in line]
    wanted[1] = f"{sha256(b'rpm, signed by the new key')}  app-2.rpm\n"
    assert release.list.read_bytes() == "".join(wanted).encode()
    assert good(new, release.list, release.signature)
    assert good(release.old, release.kept(), release.kept(".asc"))
    assert release.kept().read_bytes() == old_list
    assert (facts(first)["dropped"], facts(first)["changed"]) == ("app-1.tar", "app-2.rpm")
    assert (
        subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=release.folder).returncode
        == 0
    )
    before = release.snapshot()
    assert carry_out(command).facts == first.facts
    assert release.snapshot() == before


def test_a_file_that_nobody_said_had_changed_stops_it(release: Release, new: Owner) -> None:
    release.signed()
    (release.folder / "app-2.tar").write_bytes(b"implant")
    before = release.snapshot()
    with pytest.raises(StepFailed, match=r"app-2\.tar"):
        carry_out(release.command(new, changed="app-2.rpm"))
    assert release.snapshot() == before


def test_listed_files_that_are_not_here_are_told(release: Release, new: Owner) -> None:
    release.signed()
    (release.folder / "app-2.tar").unlink()
    assert facts(carry_out(release.command(new)))["not_here"] == "app-2.tar"
    with pytest.raises(StepFailed, match="gone"):
        carry_out(release.command(new, changed="app-2.tar"))


def test_a_list_that_changed_since_it_was_judged_is_refused(release: Release, new: Owner) -> None:
    release.signed()
    command = release.command(new, withdrawn="app-1.tar")
    with release.list.open("ab") as stream:
        stream.write(f"{sha256(b'one')}  evil.tar\n".encode())
    with pytest.raises(StepFailed, match="not the one that was judged"):
        carry_out(command)


def test_changed_again_behind_our_back_it_is_refused(release: Release, new: Owner) -> None:
    release.signed()
    command = release.command(new, withdrawn="app-1.tar")
    carry_out(command)
    with release.list.open("ab") as stream:
        stream.write(b"# a line\n")
    with pytest.raises(StepFailed, match="not the one that was judged"):
        carry_out(command)


def test_what_was_brought_up_to_date_once_can_be_again(release: Release, new: Owner) -> None:
    release.signed()
    command = release.command(new, changed="app-2.rpm")
    for data in (b"signed anew", b"and once more"):
        (release.folder / "app-2.rpm").write_bytes(data)
        carry_out(command)
        assert good(new, release.list, release.signature)
    assert sha256(b"and once more") in release.list.read_text()
    assert good(release.old, release.kept(), release.kept(".asc"))


def test_a_clear_signed_list_is_rewritten_within_its_frame(release: Release, new: Owner) -> None:
    release.clear_signed()
    old = release.list.read_bytes()
    (release.folder / "app-2.rpm").write_bytes(b"rpm, signed by the new key")
    command = release.command(new, withdrawn="app-1.tar", changed="app-2.rpm")
    first = carry_out(command)
    made = whole(release.list.read_bytes())
    assert made is not None
    assert b"app-1.tar" not in made.text
    assert sha256(b"rpm, signed by the new key").encode() in made.text
    result = Gpg(new.home).run(["--verify"], stdin=release.list.read_bytes())
    assert result.first("VALIDSIG") is not None
    assert release.kept().read_bytes() == old
    before = release.snapshot()
    assert "already" in carry_out(command).what
    assert carry_out(command).facts == first.facts
    assert release.snapshot() == before


def test_text_around_a_clear_signed_list_is_signed_by_nobody(release: Release, new: Owner) -> None:
    release.clear_signed()
    release.list.write_bytes(f"{sha256(b'x')}  evil.tar\n".encode() + release.list.read_bytes())
    with pytest.raises(StepFailed, match="around the frame"):
        carry_out(release.command(new))


def test_a_binary_signature_is_replaced_by_a_binary_one(release: Release, new: Owner) -> None:
    release.signed()
    release.signature.unlink()
    release.old.gpg("--output", str(release.signature), "--detach-sign", str(release.list))
    carry_out(release.command(new))
    assert release.signature.read_bytes()[0] & 0x80


def test_what_is_no_list_is_a_sentence(release: Release, new: Owner) -> None:
    release.signed(b"hello\n")
    with pytest.raises(StepFailed, match="not a list"):
        carry_out(release.command(new))
    release.signed()
    with pytest.raises(StepFailed, match="nothing is left"):
        carry_out(release.command(new, withdrawn=" ".join(FILES)))


def test_no_link_out_of_the_folder_is_followed(release: Release, new: Owner, tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"outside")
    (release.folder / "linked").symlink_to(tmp_path / "outside")
    release.signed(f"{sha256(b'outside')}  linked\n".encode())
    with pytest.raises(StepFailed, match="out of the folder"):
        carry_out(release.command(new))


A, B, C = sha256(b"a"), sha256(b"b"), sha256(b"c")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"{A}  x\n{B} *keep\n", f"{C}  x\n{B} *keep\n"),
        (f"{A} *x\r\n{B}  gone\r\n", f"{C} *x\r\n"),
        (f"SHA256 (x) = {A}\nSHA256 (gone) = {B}\n# end", f"SHA256 (x) = {C}\n# end"),
        (f"# head\n\n{A.upper()}  ./x\n", f"# head\n\n{C.upper()}  ./x\n"),
        (f"\\{A}  a\\nb\n{A}  x", f"\\{A}  a\\nb\n{C}  x"),
        (f"SHA256 ({A}) = {A}\n{A}  x\n", f"SHA256 ({A}) = {A}\n{C}  x\n"),
    ],
)
def test_every_form_of_line_is_kept_as_it_was(before: str, after: str) -> None:
    manifest = read_manifest(before.encode())
    assert not manifest.wrong
    assert manifest.rewritten(["gone"], {"x": C}).data == after.encode()


def test_a_name_that_looks_like_a_digest_is_not_taken_for_it() -> None:
    manifest = read_manifest(f"SHA256 ({A}) = {A}\n{A}  {A}\n".encode())
    assert manifest.rewritten([], {A: C}).data == f"SHA256 ({A}) = {C}\n{C}  {A}\n".encode()


def test_names_in_other_encodings_come_through() -> None:
    manifest = read_manifest(f"{A}  ".encode() + b"caf\xe9\n" + f"{B}  x\n".encode(), "sub")
    assert manifest.rewritten([], {"sub/x": C}).data == f"{A}  ".encode() + b"caf\xe9\n" + f"{C}  x\n".encode()


@pytest.mark.slow
@pytest.mark.parametrize("clear", [False, True])
def test_killed_before_every_program_and_every_move_it_comes_to_the_same_end(
    clear: bool, release: Release, new: Owner
) -> None:
    if clear:
        release.clear_signed()
    else:
        release.signed()
    old_list = release.list.read_bytes()
    (release.folder / "app-2.rpm").write_bytes(b"rpm, signed by the new key")
    listed = release.folder.parent / "commands.json"
    listed.write_text(json.dumps([document(release.command(new, withdrawn="app-1.tar", changed="app-2.rpm"))]))
    point = 1
    while (
        subprocess.run([sys.executable, "-c", CHILD, str(listed), str(point)], check=False).returncode
        == -signal.SIGKILL
    ):
        point += 1 if point > 8 else 4  # what comes first only reads
    assert point > 10
    assert release.kept().read_bytes() == old_list
    assert not [name for name in release.snapshot() if "irkit-part" in name]
    text = release.list.read_bytes()
    if clear:
        assert Gpg(new.home).run(["--verify"], stdin=text).first("VALIDSIG") is not None
    else:
        assert good(new, release.list, release.signature)
        assert good(release.old, release.kept(), release.kept(".asc"))
    assert b"app-1.tar" not in text
    assert sha256(b"rpm, signed by the new key").encode() in text
