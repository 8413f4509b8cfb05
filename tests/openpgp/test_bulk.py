"""Many files signed in one go: what fails is said and left as it was, the others are signed."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from irkit.errors import StepFailed
from irkit.model import Secret
from irkit.openpgp import Gpg, agent, content, generate, revoke, verify_both, verify_detached
from irkit.openpgp.bulk import Failed, Signed, ToSign, sign_many
from irkit.openpgp.runner import throwaway_home
from irkit.openpgp.verifying import verify_many
from tests.owners import Owner, forget_passphrases

PHRASE = Secret("test-passphrase-not-real 100%25")


@pytest.fixture(scope="module")
def locked() -> Iterator[Owner]:
    """A key with a passphrase. Making one takes long: the agent finds out how much work it may ask of a guesser."""
    with throwaway_home() as home:
        yield Owner(home, generate(home, "Locked <l@example.test>", passphrase=PHRASE))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "release"
    made.mkdir()
    return made


def files(folder: Path, count: int, size: int = 100) -> list[ToSign]:
    for number in range(count):
        (folder / f"file-{number:04}").write_bytes(bytes([number % 251]) * size)
    return [item(path) for path in sorted(folder.iterdir())]


def item(path: Path) -> ToSign:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return ToSign(path, path.with_name(f"{path.name}.asc"), digest, path.with_name(f"{path.name}.OLD.asc"))


def parts(folder: Path) -> list[Path]:
    return list(folder.glob(".*"))


@pytest.mark.parametrize("agents", [1, 2, 3])
def test_each_has_its_answer_in_order(owner: Owner, folder: Path, agents: int) -> None:
    items = files(folder, 200)
    answers = list(sign_many(owner.home, owner.key.signing, items, agents=agents))
    assert [one.signature for one in answers if isinstance(one, Signed)] == [one.out for one in items]
    found = list(verify_many([owner.certificate], [(one.artifact, one.out) for one in items]))
    assert {(one.good, one.issuer, one.primary) for [one] in found} == {(True, owner.key.signing, owner.key.primary)}
    assert parts(folder) == []
    for each in items[::67]:
        assert [one.reason for one in verify_both(owner.certificate, each.artifact, each.out)] == ["good", "good"]


def test_what_was_signed_is_left_as_it_is(owner: Owner, folder: Path) -> None:
    items = files(folder, 5)
    list(sign_many(owner.home, owner.key.signing, items[:3]))
    before = [one.out.read_bytes() for one in items[:3]]
    answers = list(sign_many(owner.home, owner.key.signing, items))
    assert [one.fresh for one in answers if isinstance(one, Signed)] == [False, False, False, True, True]
    assert [one.out.read_bytes() for one in items[:3]] == before


def test_the_old_signature_is_kept_whole_beside_the_new_one(owner: Owner, other: Owner, folder: Path) -> None:
    """Two signatures in one file: both are kept, and the new file holds the new one alone."""
    [one] = files(folder, 1)
    both = b"".join(
        each.gpg("--local-user", each.key.primary, "--output", "-", "--detach-sign", str(one.artifact))
        for each in (owner, other)
    )
    one.out.write_bytes(both)
    [answer] = sign_many(owner.home, owner.key.signing, [one])
    assert isinstance(answer, Signed)
    assert answer.kept == one.keep
    assert one.keep
    assert one.keep.read_bytes() == both
    assert one.out.read_bytes()[:1] == b"\xc2"  # binary, as the old one was
    assert [each.issuer for each in answer.verdicts] == [owner.key.signing]


def test_an_earlier_copy_is_never_overwritten(owner: Owner, folder: Path) -> None:
    [one] = files(folder, 1)
    assert one.keep
    one.out.write_text("old")
    one.keep.write_text("older")
    [answer] = sign_many(owner.home, owner.key.signing, [one])
    assert isinstance(answer, Failed)
    assert answer.mendable
    assert "in the way" in str(answer.error)
    assert (one.out.read_text(), one.keep.read_text(), parts(folder)) == ("old", "older", [])


def test_one_that_is_not_what_was_judged_stops_no_other(owner: Owner, folder: Path) -> None:
    items = files(folder, 6)
    items[1].artifact.write_bytes(b"altered")
    items[3].artifact.unlink()
    items[1].out.write_text("what stood here")
    answers = list(sign_many(owner.home, owner.key.signing, items))
    assert [isinstance(one, Signed) for one in answers] == [True, False, True, False, True, True]
    assert [one.mendable for one in answers if isinstance(one, Failed)] == [False, False]
    assert "judged" in str(answers[1].error)  # type: ignore[union-attr]
    assert items[1].out.read_text() == "what stood here"
    assert not items[3].out.exists()


@pytest.mark.parametrize("algorithm", ["ed25519", "rsa4096"])
def test_a_large_file_is_read_in_pieces(
    algorithm: str, gpg_home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the three ways of its size: verified in memory, read again, and by its digest."""
    owner = Owner(gpg_home, generate(gpg_home, "Example <e@example.test>", algorithm=algorithm))
    monkeypatch.setattr(content, "WHOLE", 1000)
    monkeypatch.setattr(content, "LARGE", 1_000_000)
    for size in (1000, 1001, 2_000_000):
        (folder / f"{size}").write_bytes(os.urandom(size))
    items = [item(folder / f"{size}") for size in (1000, 1001, 2_000_000)]
    answers = list(sign_many(owner.home, owner.key.signing, items))
    programs = [one.program for answer in answers if isinstance(answer, Signed) for one in answer.verdicts]
    assert programs == ["sequoia", "sequoia", "openssl"]
    for each in items:
        assert [one.reason for one in verify_both(owner.certificate, each.artifact, each.out)] == ["good", "good"]


@pytest.mark.parametrize("size", [500, 1500, 5000])
def test_a_wrong_answer_of_the_agent_replaces_nothing(
    size: int, owner: Owner, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signature over other bytes: what a damaged memory or a broken agent would give."""
    monkeypatch.setattr(content, "WHOLE", 1000)
    monkeypatch.setattr(content, "LARGE", 2000)
    [one] = files(folder, 1, size)
    one.out.write_text("what stood here")
    ask = agent.Agent.ask
    monkeypatch.setattr(agent.Agent, "ask", lambda self, name, digest: ask(self, name, digest[::-1]))
    [answer] = sign_many(owner.home, owner.key.signing, [one])
    assert isinstance(answer, Failed)
    assert "does not verify" in str(answer.error)
    assert (one.out.read_text(), parts(folder)) == ("what stood here", [])


def test_a_passphrase_reaches_every_agent(locked: Owner, folder: Path) -> None:
    forget_passphrases(locked.home)
    answers = list(sign_many(locked.home, locked.key.signing, files(folder, 4), PHRASE, agents=2))
    assert [getattr(one, "error", None) for one in answers] == [None] * 4


@pytest.mark.parametrize("given", [None, Secret("wrong-test-phrase"), Secret("x" * 900)])
def test_a_wrong_passphrase_is_a_sentence_and_asked_for_once(given: Secret | None, locked: Owner, folder: Path) -> None:
    forget_passphrases(locked.home)
    answers = list(sign_many(locked.home, locked.key.signing, files(folder, 200), given))
    assert {(type(one), getattr(one, "mendable", None)) for one in answers} == {(Failed, True)}
    said = str(answers[-1].error)  # type: ignore[union-attr]
    assert "could not be signed" in said
    assert "wrong-test-phrase" not in said
    assert list(folder.glob("*.asc")) == parts(folder) == []


@pytest.mark.parametrize("why", ["revoked", "absent"])
def test_a_key_that_cannot_sign_is_told_before_anything_is_done(
    why: str, owner: Owner, gpg_home: Path, folder: Path
) -> None:
    home = owner.home
    if why == "revoked":
        revoke(home, owner.key.primary, text="leaked")
    else:
        home = gpg_home
        Gpg(home).must("a test's import", ["--import"], stdin=owner.certificate.encode())
    with pytest.raises(StepFailed, match="could not be signed"):
        list(sign_many(home, owner.key.signing, files(folder, 1)))
    assert list(folder.glob("*.asc")) == []


def agents_of(home: Path) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"gpg-agent") and str(home).encode() in words:
            found.append(int(entry.parent.name))
    return found


@pytest.mark.parametrize("agents", [1, 2])
def test_an_agent_that_dies_in_the_middle_is_started_again(owner: Owner, folder: Path, agents: int) -> None:
    items = files(folder, 300)

    def killing() -> Iterator[ToSign]:
        for number, one in enumerate(items):
            if number in (100, 200):
                for process in agents_of(owner.home):
                    os.kill(process, signal.SIGKILL)
            yield one

    answers = list(sign_many(owner.home, owner.key.signing, killing(), agents=agents))
    assert [isinstance(one, Signed) for one in answers] == [True] * 300


def test_an_agent_that_does_not_stay_is_a_sentence(owner: Owner, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    items = files(folder, 20)

    def gone(*_args: object) -> bytes:
        raise agent.AgentGone("it ended")

    def failing() -> Iterator[ToSign]:
        yield from items[:10]
        monkeypatch.setattr(agent.Agent, "answer", gone)
        yield from items[10:]

    answers = list(sign_many(owner.home, owner.key.signing, failing()))
    failed = [one for one in answers if isinstance(one, Failed)]
    assert 10 <= len(failed) <= 18  # what had been asked for is lost with it
    assert all(one.mendable and "gpg-agent ended while it signed" in str(one.error) for one in failed)
    assert parts(folder) == []


def test_further_agents_end_with_the_work(owner: Owner, folder: Path) -> None:
    items = files(folder, 10)
    list(sign_many(owner.home, owner.key.signing, items))
    own = agents_of(owner.home)
    assert len(own) == 1
    stream = sign_many(owner.home, owner.key.signing, files(folder, 300), agents=3)
    next(iter(stream))
    assert len(agents_of(owner.home)) == 3
    stream.close()  # type: ignore[attr-defined]
    assert agents_of(owner.home) == own
    assert parts(folder) == []


def test_a_full_disk_replaces_nothing_half(owner: Owner, folder: Path) -> None:
    items = files(folder, 100)
    for one in items:
        one.out.write_text("what stood here")
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50, limit[1]))
    try:
        answers = list(sign_many(owner.home, owner.key.signing, items))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert {(type(one), getattr(one, "mendable", None)) for one in answers} == {(Failed, True)}
    assert "cannot be written" in str(answers[0].error)  # type: ignore[union-attr]
    assert {one.out.read_text() for one in items} == {"what stood here"}
    assert parts(folder) == []
    assert all(isinstance(one, Signed) for one in sign_many(owner.home, owner.key.signing, items))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_disk_that_fills_up_in_the_middle(owner: Owner, folder: Path) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("a small disk cannot be mounted here")
    try:
        items = files(folder, 100)
        for one in items[:75]:
            one.out.write_bytes(b"what stood here")
        answers = list(sign_many(owner.home, owner.key.signing, items))
        for one, answer in zip(items, answers, strict=True):
            if isinstance(answer, Signed):
                assert [each.reason for each in answer.verdicts] == ["good"]
            elif one.out.exists():
                assert one.out.read_bytes() == b"what stood here"
        assert {type(one) for one in answers} == {Signed, Failed}
        assert parts(folder) == []
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_two_artifacts_have_no_signature_file_in_common(owner: Owner, folder: Path) -> None:
    first, second = files(folder, 2)
    answers = list(sign_many(owner.home, owner.key.signing, [first, ToSign(second.artifact, first.out, second.sha256)]))
    assert [type(one) for one in answers] == [Signed, Failed]
    assert verify_detached(owner.certificate, first.artifact, first.out)[0].good


def test_each_signature_is_judged_by_itself(
    owner: Owner, other: Owner, folder: Path, make_owner: Callable[..., Owner]
) -> None:
    good, altered, foreign, unreadable, absent = files(folder, 5)
    for each in (owner, other):
        list(sign_many(each.home, each.key.signing, [foreign] if each is other else [good, altered]))
    altered.artifact.write_bytes(b"altered")
    unreadable.out.write_text("no signature")
    pairs = [(one.artifact, one.out) for one in (good, altered, foreign, unreadable, absent)]
    found = list(verify_many([owner.certificate], pairs))
    assert [[one.reason for one in verdicts] for verdicts in found] == [
        ["good"], ["refused"], ["unknown key"], ["error"], ["error"],
    ]  # fmt: skip
    assert str(absent.out) in found[4][0].detail
