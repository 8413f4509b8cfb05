"""A release is signed anew; apt itself, with a root of its own, says whom it then believes."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from irkit.errors import BadInput, NotAvailable, StepFailed
from irkit.model import Secret, SecretRef
from irkit.openpgp import generate, revoke
from irkit.openpgp.keys import export_public
from irkit.plan import GpgCommand
from irkit.release.apt import in_apt
from irkit.release.apt.rebuild import release_file
from irkit.release.operations import Done, Hands, carry_out
from tests.needs import needs
from tests.owners import Owner, forget_passphrases
from tests.release import worlds
from tests.release.worlds import Apt, apt_repository, deb_names

pytestmark = needs(*worlds.APT, "apt-get")
STABLE = "dists/stable"


def text_digest(root: Path) -> str:
    return next(one.content[0][1] for one in in_apt(root, None).artifacts if one.kind == "apt-inrelease")


def sign(root: Path, old: Owner, new: Owner, *withdrawn: str, **more: str) -> GpgCommand:
    said = (
        ("folder", str(root)), ("release", STABLE), ("sha256", text_digest(root)), ("other_than", old.key.primary),
        *(("withdrawn", path) for path in withdrawn), *more.items(),
    )  # fmt: skip
    return GpgCommand("sign-apt", str(new.home), new.key.primary, said)


def facts(done: Done) -> dict[str, str]:
    return dict(done.facts)


def snapshot(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def valid_until(root: Path, old: Owner, date: str) -> None:
    release = root / STABLE / "Release"
    release.write_text(release.read_text().replace("Date:", f"Valid-Until: {date}\nDate:", 1))
    worlds.sign_release(release.parent, old.home, old.key.primary)


def kept(old: Owner, name: str) -> str:
    return f"{STABLE}/{name}.{old.key.primary[-16:]}"


def direct(root: Path, old: Owner) -> tuple[Path, dict[str, str]]:
    return apt_repository(root, old.home, old.key.primary, packages=3), {}


def by_reprepro(root: Path, old: Owner) -> tuple[Path, dict[str, str]]:
    worlds.reprepro_repository(root, old.home, old.key.primary)
    return root, {"tool": "reprepro", "config": str(root)}


def by_aptly(root: Path, old: Owner) -> tuple[Path, dict[str, str]]:
    config = worlds.aptly_repository(root, old.home, old.key.primary)
    return root / "public", {"tool": "aptly", "config": str(config)}


WAYS = [
    pytest.param(direct, id="direct"),
    pytest.param(by_reprepro, id="reprepro", marks=needs("reprepro")),
    pytest.param(by_aptly, id="aptly", marks=needs("aptly")),
]


@pytest.mark.parametrize("way", WAYS)
def test_apt_believes_the_new_key_and_no_longer_the_revoked_one(
    way: Callable[[Path, Owner], tuple[Path, dict[str, str]]], owner: Owner, other: Owner, tmp_path: Path
) -> None:
    root, tool = way(tmp_path / "repository", owner)
    old_client = Apt(tmp_path / "old", root, owner.certificate)
    assert old_client.updates()
    command = sign(root, owner, other, **tool)
    revoke(owner.home, owner.key.primary, text="leaked")
    assert "was signed with" in carry_out(command).what
    client = Apt(tmp_path / "new", root, other.certificate)
    assert client.updates()
    assert client.downloads("demo0")
    assert not Apt(tmp_path / "old", root, owner.certificate).updates()
    before = snapshot(root)
    assert "already" in carry_out(command).what
    assert snapshot(root) == before


@pytest.mark.parametrize("way", WAYS)
def test_a_withdrawn_package_is_no_longer_found(
    way: Callable[[Path, Owner], tuple[Path, dict[str, str]]], owner: Owner, other: Owner, tmp_path: Path
) -> None:
    root, tool = way(tmp_path / "repository", owner)
    gone = deb_names(2)[1]
    command = sign(root, owner, other, gone, **tool)
    (root / gone).rename(tmp_path / "quarantined.deb")
    done = carry_out(command)
    assert facts(done)["packages"] == "2"
    client = Apt(tmp_path / "client", root, other.certificate)
    assert client.updates()
    assert [client.downloads(f"demo{number}") for number in range(3)] == [True, False, True]
    assert "already" in carry_out(command).what
    assert {one.verdict for one in in_apt(root, None).artifacts if one.kind == "apt-package"} == {"listed"}


@needs("reprepro", "aptly")
def test_killed_after_the_tool_took_a_package_out_it_is_finished(owner: Owner, other: Owner, tmp_path: Path) -> None:
    gone = deb_names(1)[0]
    root, tool = by_reprepro(tmp_path / "reprepro", owner)
    command = sign(root, owner, other, gone, **tool)
    (root / gone).rename(tmp_path / "quarantined.deb")
    worlds.run(
        "reprepro", "-b", root, "--export=never", "removefilter", "stable", "Package (== demo0)", home=owner.home
    )
    assert facts(carry_out(command))["packages"] == "2"
    root, tool = by_aptly(tmp_path / "aptly", owner)
    command = sign(root, owner, other, gone, **tool)
    worlds.run("aptly", f"-config={tool['config']}", "repo", "remove", "demo", "demo0", home=owner.home)
    assert facts(carry_out(command))["packages"] == "2"


def test_a_source_package_is_withdrawn_whole(owner: Owner, other: Owner, tmp_path: Path) -> None:
    root, _tool = direct(tmp_path / "repository", owner)
    source = root / STABLE / "main/source"
    source.mkdir()
    parts = [f"Package: {name}\nVersion: 1\nDirectory: pool\nChecksums-Sha256:\n" for name in ("bad", "good")]
    for number, name in enumerate(("bad", "good")):
        for end in ("dsc", "tar.xz"):
            (root / "pool" / f"{name}.{end}").write_text(name)
            parts[number] += f" {hashlib.sha256(name.encode()).hexdigest()} {len(name)} {name}.{end}\n"
    (source / "Sources").write_text("\n".join(parts))
    (root / STABLE / "InRelease").unlink()
    (root / STABLE / "Release.gpg").unlink()
    (root / STABLE / "Release").write_text(worlds.run("apt-ftparchive", "release", STABLE, cwd=root))
    worlds.sign_release(root / STABLE, owner.home, owner.key.primary)
    carry_out(sign(root, owner, other, "pool/bad.dsc"))
    listed = {one.path for one in in_apt(root, None).artifacts if one.kind == "apt-source"}
    assert listed == {"pool/good.dsc", "pool/good.tar.xz"}


def test_what_was_judged_is_what_is_signed_and_the_old_signatures_are_kept(
    owner: Owner, other: Owner, tmp_path: Path
) -> None:
    root, _tool = direct(tmp_path / "repository", owner)
    before = snapshot(root)
    done = carry_out(sign(root, owner, other))
    after = snapshot(root)
    assert after[f"{STABLE}/Release"] == before[f"{STABLE}/Release"]
    for name in ("InRelease", "Release.gpg", "Release"):
        assert after[kept(owner, name)] == before[f"{STABLE}/{name}"]
    changed = {name for name in before if after[name] != before[name]}
    assert changed == {f"{STABLE}/InRelease", f"{STABLE}/Release.gpg"}
    assert facts(done)["sha256"] == facts(done)["judged"]
    assert facts(done)["proven_by"] == "gpg, sequoia"


def test_a_withdrawal_changes_nothing_but_what_names_the_package(owner: Owner, other: Owner, tmp_path: Path) -> None:
    options = ("Acquire-By-Hash=yes",)
    root = apt_repository(tmp_path / "repository", owner.home, owner.key.primary, packages=3, options=options)
    old = (root / STABLE / "Release").read_text().splitlines()
    carry_out(sign(root, owner, other, deb_names(1)[0]))
    new = (root / STABLE / "Release").read_text().splitlines()
    assert len(new) == len(old)
    changed = {
        one.split()[-1] if one.startswith(" ") else one.partition(":")[0]
        for one, two in zip(old, new, strict=True)
        if one != two
    }
    assert changed == {"Date", *(f"main/binary-amd64/Packages{end}" for end in ("", ".gz", ".xz"))}
    packages = (root / STABLE / "main/binary-amd64/Packages").read_bytes()
    by_hash = root / STABLE / "main/binary-amd64/by-hash/SHA256" / hashlib.sha256(packages).hexdigest()
    assert by_hash.read_bytes() == packages
    assert b"demo0" not in packages


def test_a_release_made_anew_is_valid_for_as_long_as_it_was() -> None:
    old = b"Date: Mon, 01 Jun 2026 00:00:00 UTC\nValid-Until: Mon, 08 Jun 2026 00:00:00 UTC\nSHA256:\n"
    old += b" %s   12 main/Packages\n %s    7 main/Packages.diff/Index\n" % (b"a" * 64, b"b" * 64)
    new = release_file(old, {"main/Packages": b"Package: x\n\n"}, datetime(2026, 7, 1, 12, tzinfo=UTC)).decode()
    digest = hashlib.sha256(b"Package: x\n\n").hexdigest()
    assert "Date: Wed, 01 Jul 2026 12:00:00 UTC\nValid-Until: Wed, 08 Jul 2026 12:00:00 UTC\n" in new
    assert f" {digest}   12 main/Packages\n" in new
    assert "diff/Index" not in new


def test_a_release_that_changed_since_it_was_judged_is_not_signed(owner: Owner, other: Owner, tmp_path: Path) -> None:
    root, _tool = direct(tmp_path / "repository", owner)
    command = sign(root, owner, other)
    release = root / STABLE / "Release"
    release.write_bytes(release.read_bytes() + b"X-Forged: yes\n")
    worlds.sign_release(release.parent, owner.home, owner.key.primary)
    before = snapshot(root)
    with pytest.raises(StepFailed, match="not the one that was judged"):
        carry_out(command)
    assert snapshot(root) == before


def test_a_package_that_changed_since_stops_it(owner: Owner, other: Owner, tmp_path: Path) -> None:
    root, _tool = direct(tmp_path / "repository", owner)
    first, second, _third = deb_names(3)
    command = sign(root, owner, other, second)
    (root / first).write_bytes(b"another")
    before = snapshot(root)
    with pytest.raises(StepFailed, match="not the one that the index lists"):
        carry_out(command)
    (root / first).unlink()
    with pytest.raises(StepFailed, match="it is not there"):
        carry_out(command)
    assert snapshot(root) == {name: data for name, data in before.items() if name != first}


def test_an_altered_index_stops_it(owner: Owner, other: Owner, tmp_path: Path) -> None:
    root, _tool = direct(tmp_path / "repository", owner)
    command = sign(root, owner, other)
    for path in (root / STABLE / "main/binary-amd64").iterdir():
        path.write_bytes(b"Package: forged\n")
    with pytest.raises(StepFailed, match="an index is not the one"):
        carry_out(command)


def test_killed_between_any_two_moves_it_is_finished(
    owner: Owner, other: Owner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = apt_repository(tmp_path / "whole", owner.home, owner.key.primary, packages=2)
    gone = deb_names(1)[0]
    really, ended, at = os.replace, False, -1
    while not ended:
        at += 2
        root = tmp_path / f"cut{at}"
        subprocess.run(["cp", "-a", str(whole), str(root)], check=True)
        command, moves = sign(root, owner, other, gone), 0

        def replace_or_die(source: Path, target: Path) -> Path:
            nonlocal moves
            if ".irkit-part/" in str(source) and ".irkit-part/" not in str(target):
                moves += 1
                if moves == at:  # noqa: B023
                    raise KeyboardInterrupt
            really(source, target)
            return Path(target)

        with monkeypatch.context() as killed:
            killed.setattr(Path, "replace", replace_or_die)
            try:
                carry_out(command)
                ended = True
            except KeyboardInterrupt:
                inline = in_apt(root, None).artifacts[0]
                assert inline.issuer == owner.key.signing  # InRelease moves last: until then the old one stands
        assert "signed" in carry_out(command).what
        assert Apt(tmp_path / f"client{at}", root, other.certificate).updates()
        assert not any(".irkit-part" in name for name in snapshot(root))
    assert at >= 6  # three indexes, Release, Release.gpg, InRelease


def test_a_flat_repository_is_signed_and_a_package_withdrawn(owner: Owner, other: Owner, tmp_path: Path) -> None:
    root = tmp_path / "flat"
    worlds.make_debs(root, 2)
    for name in deb_names(2):
        (root / name).rename(root / Path(name).name)
    (root / "Packages").write_text(worlds.run("apt-ftparchive", "packages", ".", cwd=root))
    (root / "Release").write_text(worlds.run("apt-ftparchive", "release", ".", cwd=root))
    worlds.sign_release(root, owner.home, owner.key.primary)
    gone = Path(deb_names(1)[0]).name
    said = (("folder", str(root)), ("release", "."), ("sha256", text_digest(root)), ("withdrawn", gone))
    carry_out(GpgCommand("sign-apt", str(other.home), other.key.primary, said))
    client = Apt(tmp_path / "client", root, other.certificate, release="./")
    assert client.updates()
    assert [client.downloads(name) for name in ("demo0", "demo1")] == [False, True]


def test_a_release_without_sha256_is_not_signed(owner: Owner, other: Owner, tmp_path: Path) -> None:
    root, _tool = direct(tmp_path / "repository", owner)
    release = root / STABLE / "Release"
    release.write_text(release.read_text().partition("SHA1:")[0])
    worlds.sign_release(release.parent, owner.home, owner.key.primary)
    with pytest.raises(StepFailed, match="nothing by SHA-256"):
        carry_out(sign(root, owner, other))


def test_what_an_earlier_rotation_kept_is_not_overwritten(owner: Owner, other: Owner, tmp_path: Path) -> None:
    root, _tool = direct(tmp_path / "repository", owner)
    (root / kept(owner, "InRelease")).write_text("another")
    before = snapshot(root)
    with pytest.raises(StepFailed, match="earlier copy"):
        carry_out(sign(root, owner, other))
    assert snapshot(root) == before


def test_a_release_past_its_valid_until_is_signed_and_said_to_be(owner: Owner, other: Owner, tmp_path: Path) -> None:
    root, _tool = direct(tmp_path / "repository", owner)
    valid_until(root, owner, "Wed, 01 Jan 2020 00:00:00 UTC")
    assert "Valid-Until has passed" in carry_out(sign(root, owner, other)).what


@needs("reprepro")
def test_reprepro_signs_through_the_agent_and_with_the_new_key_ever_after(
    owner: Owner, make_gpg_home: Callable[[], Path], tmp_path: Path
) -> None:
    home, phrase = make_gpg_home(), Secret("test-passphrase-not-real")
    (home / "gpg-agent.conf").write_text("s2k-count 65536\n")  # else each use takes a second of a slow machine
    new = Owner(home, generate(home, "New <new@example.test>", passphrase=phrase))
    forget_passphrases(home)
    root, tool = by_reprepro(tmp_path / "repository", owner)
    command = sign(root, owner, new, **tool)
    with pytest.raises(StepFailed, match="cannot sign"):
        carry_out(command)
    carry_out(replace(command, passphrase=SecretRef("env:TEST_PASSPHRASE")), Hands(lambda _ref: phrase))
    conf = root / "conf/distributions"
    assert f"SignWith: {new.key.primary}\n" in conf.read_text()
    assert f"SignWith: {owner.key.primary}\n" in conf.with_name(f"distributions.{owner.key.primary[-16:]}").read_text()
    worlds.run("reprepro", "-b", root, "export", "stable", home=home)
    assert Apt(tmp_path / "client", root, export_public(home, new.key.primary)).updates()


@needs("reprepro")
def test_reprepro_is_not_let_delete_what_is_evidence(owner: Owner, other: Owner, tmp_path: Path) -> None:
    root, tool = by_reprepro(tmp_path / "repository", owner)
    gone = deb_names(1)[0]
    with pytest.raises(StepFailed, match="still in the pool"):
        carry_out(sign(root, owner, other, gone, **tool))
    assert (root / gone).is_file()


@needs("aptly")
def test_a_published_snapshot_is_signed_and_a_package_in_it_is_not_taken_out(
    owner: Owner, other: Owner, tmp_path: Path
) -> None:
    root, tool = by_aptly(tmp_path / "repository", owner)
    aptly = ("aptly", f"-config={tool['config']}")
    worlds.run(*aptly, "publish", "drop", "stable", home=owner.home)
    worlds.run(*aptly, "snapshot", "create", "one", "from", "repo", "demo", home=owner.home)
    publish = ("publish", "snapshot", "-batch", f"-gpg-key={owner.key.primary}", "-distribution=stable", "one")
    worlds.run(*aptly, *publish, home=owner.home)
    with pytest.raises(StepFailed, match="taken out of a snapshot"):
        carry_out(sign(root, owner, other, deb_names(1)[0], **tool))
    carry_out(sign(root, owner, other, **tool))
    assert Apt(tmp_path / "client", root, other.certificate).updates()


def test_a_missing_tool_is_named_with_how_to_get_it(
    owner: Owner, other: Owner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, _tool = direct(tmp_path / "repository", owner)
    (tmp_path / "bin").mkdir()
    for name in ("gpg", "gpgconf", "gpg-agent"):
        found = subprocess.run(["sh", "-c", f"command -v {name}"], capture_output=True, text=True, check=True).stdout
        (tmp_path / "bin" / name).symlink_to(found.strip())
    command = sign(root, owner, other, tool="reprepro", config=str(root))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(NotAvailable, match="apt-get install reprepro"):
        carry_out(command)
    with pytest.raises(BadInput, match="by this tool"):
        carry_out(replace(command, arguments=(*command.arguments, ("tool", "dak"))))
