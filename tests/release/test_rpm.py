"""An rpm is read from its bytes as rpm reads it; signed anew it keeps header and payload, and rpm believes the new key alone."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from irkit.errors import BadInput, NotAvailable, StepFailed
from irkit.model import Artifact, OpenPgpKey, SecretRef
from irkit.openpgp import read_key, verify_both
from irkit.openpgp.content import NotJudged
from irkit.plan import GpgCommand
from irkit.release.operations import Done, carry_out
from irkit.release.rpm import in_rpm
from irkit.release.rpm.package import front_of, read_rpm
from tests.needs import needs
from tests.owners import Owner
from tests.release import worlds
from tests.release.worlds import rpm_accepts, rpm_names, rpm_repository

pytestmark = needs(*worlds.RPM)
FIRST, SECOND = rpm_names(2)
REPOMD = "repodata/repomd.xml"


@pytest.fixture
def repository(tmp_path: Path, owner: Owner) -> Path:
    return rpm_repository(tmp_path / "rpm", owner.home, owner.key.primary, packages=2)


def leaked(owner: Owner) -> OpenPgpKey:
    return read_key(owner.gpg("--export", owner.key.primary), SecretRef("file:x"), None)


def rows(folder: Path, owner: Owner) -> dict[tuple[str, str], Artifact]:
    return {(one.kind, one.path): one for one in in_rpm(folder, leaked(owner)).artifacts}


def sign(folder: Path, name: str, old: Owner, new: Owner, **more: str) -> GpgCommand:
    said = (
        ("folder", str(folder)),
        ("artifact", name),
        *read_rpm(folder / name).content,
        ("other_than", old.key.primary),
    )
    return GpgCommand("sign-rpm", str(new.home), new.key.primary, (*said, *more.items()))


def make_index(folder: Path, old: Owner, new: Owner) -> GpgCommand:
    return GpgCommand(
        "index-rpm", str(new.home), new.key.primary, (("folder", str(folder)), ("other_than", old.key.primary))
    )


def facts(done: Done) -> dict[str, str]:
    return dict(done.facts)


def snapshot(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_packages_and_their_index_are_listed(repository: Path, owner: Owner) -> None:
    found = rows(repository, owner)
    assert {at: one.verdict for at, one in found.items()} == {
        ("rpm", FIRST): "not verified, names the key",
        ("rpm", SECOND): "not verified, names the key",
        ("rpm-repomd", REPOMD): "not verified, names the key",
    }
    assert {one.issuer for one in found.values()} == {owner.key.signing}
    assert found["rpm", FIRST].signature_path == FIRST


def test_the_digests_are_those_that_rpm_tells(repository: Path) -> None:
    told = worlds.run(
        "rpm", "-qp", "--nosignature", "--qf", "%{SHA256HEADER} %{PAYLOADDIGEST} %{NEVRA}", repository / FIRST
    )
    rpm = read_rpm(repository / FIRST)
    assert [rpm.header, rpm.payload] == told.split()[:2]
    assert rpm.name == "demo-part0-1.0-1.noarch"
    assert (rpm.header_as_told, rpm.payload_as_told) == (True, True)


@pytest.mark.parametrize("options", [(), ("--rpmv3",)])
def test_an_rsa_signature_is_read_of_either_age(tmp_path: Path, other: Owner, options: tuple[str, ...]) -> None:
    other.gpg("--passphrase", "", "--quick-gen-key", "RSA <rsa@example.test>", "rsa2048", "sign", "never")
    rsa = other.gpg("--list-keys", "--with-colons", "rsa@example.test").decode().split("fpr:::::::::")[1][:40]
    [path] = worlds.make_rpms(tmp_path / "rpm", 1)
    worlds.rpm_sign(path, other.home, rsa, *options)
    [row] = in_rpm(tmp_path / "rpm", None).artifacts
    assert rsa.endswith(row.issuer or "nobody")
    assert {one.whole for one in read_rpm(path).signatures} == ({False, True} if options else {False})


def test_a_package_without_a_signature_is_said_to_have_none(tmp_path: Path, owner: Owner) -> None:
    worlds.make_rpms(tmp_path / "rpm", 1)
    assert rows(tmp_path / "rpm", owner)["rpm", FIRST].verdict == "no signature"


def test_what_is_cut_off_or_no_rpm_is_skipped_with_its_reason(repository: Path, owner: Owner) -> None:
    whole = (repository / FIRST).read_bytes()
    for name, size in (("lead.rpm", 60), ("header.rpm", 3000), ("payload.rpm", len(whole) - 20)):
        (repository / name).write_bytes(whole[:size])
    (repository / "none.rpm").write_text("not one")
    (repository / "wild.rpm").write_bytes(whole[:104] + b"\xff" * 8 + whole[112:])
    (repository / "link.rpm").symlink_to(repository / FIRST)
    why = {one.what: one.why for one in in_rpm(repository, leaked(owner)).skipped}
    assert {name: True for name in ("lead.rpm", "header.rpm", "payload.rpm") if "cut off" in why[name]} == {
        "lead.rpm": True, "header.rpm": True, "payload.rpm": True,
    }  # fmt: skip
    assert "not an rpm" in why["none.rpm"]
    assert "larger than rpm allows" in why["wild.rpm"]
    assert "link" in why["link.rpm"]


def test_an_altered_payload_is_told_and_the_index_no_longer_fits(repository: Path, owner: Owner) -> None:
    data = bytearray((repository / FIRST).read_bytes())
    data[-30] ^= 1
    (repository / FIRST).write_bytes(data)
    (repository / SECOND).unlink()
    found = rows(repository, owner)
    assert "payload is not the one" in found["rpm", FIRST].verdict
    assert found["rpm-listed", FIRST].verdict == "listed, digest differs"
    assert found["rpm-listed", SECOND].verdict == "listed, missing"


def test_signed_anew_header_and_payload_stay_and_rpm_believes_the_new_key_alone(
    repository: Path, owner: Owner, other: Owner, tmp_path: Path
) -> None:
    path, old = repository / FIRST, (repository / FIRST).read_bytes()
    before = read_rpm(path)
    done = carry_out(sign(repository, FIRST, owner, other))
    after = read_rpm(path)
    assert after.content == before.content
    assert facts(done)["old_sha256"] == before.sha256
    assert facts(done)["sha256"] == after.sha256 != before.sha256
    assert facts(done)["proven_by"] == "gpg, sequoia, rpmkeys"
    assert [one.packet.issuer for one in after.signatures] == [other.key.signing]
    assert rpm_accepts(tmp_path / "new-db", other.certificate, path)
    assert not rpm_accepts(tmp_path / "old-db", owner.certificate, path)
    kept = Path(facts(done)["old_signature"])
    assert kept.name == f"{FIRST}.{owner.key.primary[-16:]}.sighdr"
    assert kept.read_bytes() + path.read_bytes()[len(front_of(path)[0]) :] == old


def test_a_package_is_signed_once(repository: Path, owner: Owner, other: Owner, tmp_path: Path) -> None:
    command = sign(repository, FIRST, owner, other, kept=str(tmp_path / "kept"))
    carry_out(command)
    assert (tmp_path / "kept" / f"{FIRST}.{owner.key.primary[-16:]}.sighdr").is_file()
    before = snapshot(repository)
    done = carry_out(command)
    assert "already" in done.what
    assert snapshot(repository) == before
    assert not any(name.endswith(".sighdr") for name in before)


def test_a_package_without_signature_is_signed(tmp_path: Path, owner: Owner, other: Owner) -> None:
    worlds.make_rpms(tmp_path / "rpm", 1)
    done = carry_out(sign(tmp_path / "rpm", FIRST, owner, other))
    assert "old_signature" not in facts(done)
    assert rpm_accepts(tmp_path / "db", other.certificate, tmp_path / "rpm" / FIRST)


def test_a_package_that_was_altered_since_is_not_signed(repository: Path, owner: Owner, other: Owner) -> None:
    command = sign(repository, FIRST, owner, other)
    shutil.copy(repository / SECOND, repository / FIRST)
    before = snapshot(repository)
    with pytest.raises(StepFailed, match="not the one that was judged"):
        carry_out(command)
    data = bytearray((repository / SECOND).read_bytes())
    data[-30] ^= 1
    (repository / SECOND).write_bytes(data)
    header_only = tuple(pair for pair in sign(repository, SECOND, owner, other).arguments if pair[0] != "rpm-payload")
    with pytest.raises(StepFailed, match="payload is not the one"):
        carry_out(GpgCommand("sign-rpm", str(other.home), other.key.primary, header_only))
    assert snapshot(repository) == before | {SECOND: bytes(data)}


def test_the_index_is_made_and_signed_anew(repository: Path, owner: Owner, other: Owner) -> None:
    old = snapshot(repository / "repodata")
    for name in (FIRST, SECOND):
        carry_out(sign(repository, name, owner, other))
    done = carry_out(make_index(repository, owner, other))
    assert facts(done)["packages"] == "2"
    found = rows(repository, owner)
    assert not any(kind == "rpm-listed" for kind, _path in found)
    assert found["rpm-repomd", REPOMD].issuer == other.key.signing
    assert all(one.good for one in verify_both(other.certificate, repository / REPOMD, repository / f"{REPOMD}.asc"))
    now, end = snapshot(repository / "repodata"), owner.key.primary[-16:]
    assert now[f"repomd.xml.{end}"] == old["repomd.xml"]
    assert now[f"repomd.xml.asc.{end}"] == old["repomd.xml.asc"]
    before = snapshot(repository)
    assert "already" in carry_out(make_index(repository, owner, other)).what
    assert snapshot(repository) == before


def test_killed_between_the_signature_and_the_index_it_is_finished(
    repository: Path, owner: Owner, other: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = snapshot(repository / "repodata")
    for name in (FIRST, SECOND):
        carry_out(sign(repository, name, owner, other))
    really = Path.replace

    def die_at_the_index(source: Path, target: Path) -> Path:
        if target == repository / REPOMD:
            raise KeyboardInterrupt
        return really(source, target)

    with monkeypatch.context() as killed:
        killed.setattr(Path, "replace", die_at_the_index)
        with pytest.raises(KeyboardInterrupt):
            carry_out(make_index(repository, owner, other))
    assert (repository / REPOMD).read_bytes() == old["repomd.xml"]
    carry_out(make_index(repository, owner, other))
    now, end = snapshot(repository / "repodata"), owner.key.primary[-16:]
    assert [now[f"{name}.{end}"] for name in ("repomd.xml", "repomd.xml.asc")] == [
        old["repomd.xml"],
        old["repomd.xml.asc"],
    ]
    assert "already" in carry_out(make_index(repository, owner, other)).what


def test_a_package_that_was_set_aside_leaves_the_index(repository: Path, owner: Owner, other: Owner) -> None:
    carry_out(sign(repository, FIRST, owner, other))
    (repository / SECOND).unlink()
    assert facts(carry_out(make_index(repository, owner, other)))["packages"] == "1"
    assert not any(kind == "rpm-listed" for kind, _path in rows(repository, owner))


def test_only_the_packages_that_were_judged_are_listed(repository: Path, owner: Owner, other: Owner) -> None:
    for name in (FIRST, SECOND):
        carry_out(sign(repository, name, owner, other))
    package = read_rpm(repository / FIRST)
    command = make_index(repository, owner, other)
    command = replace(
        command, arguments=(*command.arguments, ("package", f"{package.header} {package.payload} {FIRST}"))
    )
    before = snapshot(repository)
    with pytest.raises(NotJudged, match="it was not judged") as told:
        carry_out(command)
    assert told.value.on == str(repository / SECOND)
    assert snapshot(repository) == before
    (repository / SECOND).unlink()
    assert facts(carry_out(command))["packages"] == "1"


def test_an_index_further_down_is_made_where_it_stands(
    repository: Path, owner: Owner, other: Owner, tmp_path: Path
) -> None:
    for name in (FIRST, SECOND):
        carry_out(sign(repository, name, owner, other))
    top = tmp_path / "all"
    top.mkdir()
    repository.rename(top / "el9")
    command = make_index(top, owner, other)
    done = carry_out(replace(command, arguments=(*command.arguments, ("artifact", f"el9/{REPOMD}"))))
    assert facts(done)["path"] == f"el9/{REPOMD}"
    assert rows(top, owner)["rpm-repomd", f"el9/{REPOMD}"].issuer == other.key.signing
    assert not (top / "repodata").exists()


def test_advisories_are_carried_over(repository: Path, owner: Owner, other: Owner, tmp_path: Path) -> None:
    (tmp_path / "updateinfo.xml").write_text('<?xml version="1.0"?>\n<updates/>\n')
    worlds.run("modifyrepo_c", tmp_path / "updateinfo.xml", repository / "repodata")
    for name in (FIRST, SECOND):
        carry_out(sign(repository, name, owner, other))
    carry_out(make_index(repository, owner, other))
    assert b'type="updateinfo"' in (repository / REPOMD).read_bytes()


def test_an_index_with_a_package_by_the_old_key_is_not_made(repository: Path, owner: Owner, other: Owner) -> None:
    carry_out(sign(repository, FIRST, owner, other))
    before = snapshot(repository)
    old_names = f"{owner.key.primary} {owner.key.signing}"
    command = make_index(repository, owner, other)
    command = replace(command, arguments=(*command.arguments, ("old_keys", old_names)))
    with pytest.raises(StepFailed, match="still signed by the old key"):
        carry_out(command)
    assert snapshot(repository) == before


def test_metadata_that_was_altered_is_not_carried_over(repository: Path, owner: Owner, other: Owner) -> None:
    for name in (FIRST, SECOND):
        carry_out(sign(repository, name, owner, other))
    filelists = next((repository / "repodata").glob("*filelists.xml.gz"))
    filelists.write_bytes(b"another")
    with pytest.raises(StepFailed, match="old index is not whole"):
        carry_out(make_index(repository, owner, other))


def test_a_missing_program_is_named_with_how_to_get_it(
    repository: Path, owner: Owner, other: Owner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    for name in ("gpg", "gpgconf", "gpg-agent"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or "/nowhere")
    command, before = sign(repository, FIRST, owner, other), snapshot(repository)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(NotAvailable, match="apt-get install rpm"):
        carry_out(command)
    monkeypatch.undo()
    assert {name: data for name, data in snapshot(repository).items() if not name.endswith(".sighdr")} == before


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such folder"):
        in_rpm(tmp_path / "none", None)
