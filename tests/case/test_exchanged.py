"""What a thief exchanged in a release is told as that: real gpg, git, rpm and apt, and a record from before the exposure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.case.resigning.judging import disposed
from irkit.errors import BadInput, StepFailed
from irkit.openpgp import Gpg
from irkit.release.rpm.package import read_rpm
from irkit.resign.disposition import Disposed, Fate
from tests.case.signing import BEFORE, Incident, make
from tests.needs import needs
from tests.owners import Owner, owner_since_2025
from tests.release.repositories import make_repository
from tests.release.worlds import APT, RPM, apt_repository, rpm_repository

BACKDATED = ("--faked-system-time", "20260201T000000!")
"""Before the exposure, as whoever holds the key can say."""


@pytest.fixture
def made(
    tmp_path: Path, make_owner: Callable[..., Owner], make_gpg_home: Callable[[], Path], gpg_home: Path
) -> Incident:
    people = (make_owner("Alice <alice@example.test>"), make_owner("Bob <bob@example.test>"))
    return make(tmp_path, owner_since_2025(make_gpg_home(), "never"), gpg_home, people)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def judged(made: Incident, folder: Path, record: str, **more: str) -> dict[str, Disposed]:
    path = made.release.parent / "record"
    path.write_text(record)
    given = {"path": str(path), "source": "a mirror", "at": BEFORE, "trust": "independent"}
    made.case.judge_release(folder, records=[given], **more)
    return {thing.path: thing for _, thing in disposed(made.case)}


def test_a_list_within_the_release_is_no_record_kept_elsewhere(made: Incident) -> None:
    listed = made.release / "SHA256SUMS"
    listed.write_text(f"{sha(b'app.tar')}  app.tar\n")
    given = {"path": str(listed), "source": "our list", "at": BEFORE}
    for trust in ("independent", "ours"):
        with pytest.raises(BadInput, match="lies in the release that it is to prove"):
            made.case.judge_release(made.release, records=[given | {"trust": trust}])
    made.case.judge_release(made.release, records=[given | {"trust": "stated"}])


def test_a_list_with_another_digest_of_a_proven_file_is_corrected_before_it_is_signed(made: Incident) -> None:
    listed = made.release / "SHA256SUMS"
    listed.write_text(f"{sha(b'exchanged')}  app.tar\n")
    made.old.sign_with_gpg_alone(listed, made.release / "SHA256SUMS.asc")
    found = judged(made, made.release, f"{sha(b'app.tar')}  app.tar\n")["SHA256SUMS"]
    assert (found.fate, "tells another digest of app.tar" in found.why) == (Fate.RESIGN, True)
    name = made.plan()
    made.approve(name)
    made.case.carry_out(name)
    assert listed.read_text() == f"{sha(b'app.tar')}  app.tar\n"


def test_a_backdated_signature_that_is_named_like_a_kept_one_is_no_history(made: Incident) -> None:
    evil = made.release / "evil.tar"
    evil.write_text("evil")
    kept = made.release / f"evil.tar.{made.old.key.primary[-16:]}.asc"
    made.old.sign_with_gpg_alone(evil, kept, *BACKDATED)
    assert judged(made, made.release, f"{sha(b'app.tar')}  app.tar\n")["evil.tar"].fate is Fate.QUARANTINE


def test_a_link_to_a_signature_is_a_signature_that_cannot_be_read_and_not_none(made: Incident) -> None:
    (made.release / "evil.tar").write_text("evil")
    (made.release / "signatures").mkdir()
    made.old.sign_with_gpg_alone(made.release / "evil.tar", made.release / "signatures/evil.sig")
    (made.release / "evil.tar.asc").symlink_to("signatures/evil.sig")
    evil = judged(made, made.release, f"{sha(b'app.tar')}  app.tar\n")["evil.tar"]
    assert (evil.fate, evil.artifact.verdict) == (Fate.QUARANTINE, "unreadable signature")
    name = made.plan()
    made.approve(name)
    with pytest.raises(StepFailed, match="goes through a symbolic link"):
        made.case.carry_out(name)


def test_a_subkey_that_was_added_after_the_leak_is_the_leaked_keys_where_its_certificate_is_known(
    made: Incident,
) -> None:
    old = made.old
    added = Gpg(old.home).must(
        "a subkey",
        ["--faked-system-time", "20260120T000000!", "--quick-add-key", old.key.primary, "ed25519", "sign", "never"],
    )
    (thief,) = (one.fields[1] for one in added.status if one.keyword == "KEY_CREATED")
    (made.release / "evil.tar").write_text("evil")
    out = str(made.release / "evil.tar.asc")
    old.gpg(
        *BACKDATED,
        "--ignore-time-conflict",
        "--armor",
        "-u",
        f"{thief}!",
        "-o",
        out,
        "--detach-sign",
        str(made.release / "evil.tar"),
    )
    record = f"{sha(b'app.tar')}  app.tar\n"
    unknown = judged(made, made.release, record)["evil.tar"]
    assert (unknown.fate, "names no known (sub)key" in unknown.why) == (Fate.LEAVE, True)
    assert judged(made, made.release, record, home=str(old.home))["evil.tar"].fate is Fate.QUARANTINE


def test_a_tag_of_a_tag_is_compared_with_what_mirrors_tell_of_it(made: Incident, tmp_path: Path) -> None:
    git = make_repository(tmp_path / "repository", made.old.home)
    git.commit("one")
    git.tag("inner", made.old.key.signing)
    git("tag", "--local-user", f"{made.old.key.signing}!", "-m", "outer", "outer", "refs/tags/inner")
    refs = git("show-ref", "-d")
    found = judged(made, git.folder, f"{refs}\n")
    assert {name: found[f"refs/tags/{name}"].fate for name in ("inner", "outer")} == dict.fromkeys(
        ("inner", "outer"), Fate.RESIGN
    )
    peeled = "\n".join(line for line in refs.splitlines() if line.endswith("^{}"))
    assert "of the tag's own text" in judged(made, git.folder, f"{peeled}\n")["refs/tags/outer"].why


def test_a_tag_signed_by_the_old_key_over_a_rewritten_commit_is_told(made: Incident, tmp_path: Path) -> None:
    git = make_repository(tmp_path / "repository", made.old.home)
    git.commit("one")
    git.tag("v1", made.old.key.signing)
    refs = git("show-ref", "-d")
    git.commit("one, rewritten", "--amend")
    git.tag("v1", made.old.key.signing, "--force")
    found = judged(made, git.folder, f"{refs}\n")["refs/tags/v1"]
    assert (found.fate, "it differs from a mirror" in found.why) == (Fate.WITHDRAW, True)


def test_a_graft_makes_no_commit_an_ancestor_of_one_that_is_known(made: Incident, tmp_path: Path) -> None:
    git = make_repository(tmp_path / "repository", made.old.home)
    known = git.commit("one")
    git("checkout", "--quiet", "--orphan", "elsewhere")
    forged = git.commit("forged", f"-S{made.old.key.signing}!")
    (git.folder / ".git/info/grafts").write_text(f"{known} {forged}\n")
    assert judged(made, git.folder, f"{known}\n")[forged].fate is Fate.WITHDRAW


@needs(*RPM)
def test_the_header_of_an_rpm_does_not_speak_for_another_payload(made: Incident, tmp_path: Path) -> None:
    folder = rpm_repository(tmp_path / "rpms", made.old.home, made.old.key.signing, 2)
    first, second = sorted(folder.glob("*.rpm"))
    record = "".join(f"{one.name}: {read_rpm(one).header}\n" for one in (first, second))
    data = bytearray(first.read_bytes())
    data[-5] ^= 1
    first.write_bytes(data)
    found = judged(made, folder, record)
    assert (found[second.name].fate, found[first.name].fate) == (Fate.RESIGN, Fate.QUARANTINE)
    assert "and the payload is not the one its header names" in found[first.name].why


@needs(*APT)
def test_that_release_and_inrelease_say_different_things_is_told_with_what_is_done(
    made: Incident, tmp_path: Path
) -> None:
    root = apt_repository(tmp_path / "apt", made.old.home, made.old.key.signing, 1)
    release = root / "dists/stable/Release"
    release.write_text(release.read_text().replace("Origin: Demo", "Origin: Other"))
    (deb,) = root.rglob("*.deb")
    found = judged(made, root, f"{sha(deb.read_bytes())}  {deb.relative_to(root)}\n")["dists/stable/Release"]
    assert (found.fate, "Release and InRelease differ: both are written from what InRelease says" in found.why) == (
        Fate.RESIGN,
        True,
    )


@needs(*APT)
def test_an_apt_index_that_names_another_digest_of_a_proven_package_is_not_signed_anew(
    made: Incident, tmp_path: Path
) -> None:
    root = apt_repository(tmp_path / "apt", made.old.home, made.old.key.signing, 1)
    (deb,) = root.rglob("*.deb")
    deb.write_bytes(b"as it was before")
    found = judged(made, root, f"{sha(b'as it was before')}  {deb.relative_to(root)}\n")
    index = found["dists/stable/InRelease"]
    assert (index.fate, "with another digest than the file has that is proven" in index.why) == (Fate.QUARANTINE, True)
