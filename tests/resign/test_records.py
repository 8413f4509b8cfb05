"""Records from before the exposure are told by their content and read; what in them is no entry is given back."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from irkit.errors import BadInput
from irkit.resign import Entry, read_record
from tests.release.repositories import make_repository

A, B = "ab" * 32, "cd" * 32
LONG = "ef" * 64
OID, OTHER = "1a" * 20, "2b" * 20
AT = datetime(2026, 2, 1, 12, 30, tzinfo=UTC)


def entries(text: str) -> list[tuple[str, str, str]]:
    return [(one.path, one.digest, one.algorithm) for one in read_record(text).entries]


def test_lists_of_digests_of_both_kinds() -> None:
    text = f"{A}  a.tar\n{LONG} *b.tar\nSHA512 (c.tar) = {LONG.upper()}\n"
    assert entries(text) == [("a.tar", A, "sha256"), ("b.tar", LONG, "sha512"), ("c.tar", LONG, "sha512")]


def test_what_git_says_of_a_mirror(tmp_path: Path) -> None:
    git = make_repository(tmp_path / "project")
    commit = git.commit("first")
    tag = git.tag("v1")
    git("tag", "light")
    expected = {
        ("refs/tags/v1", tag, "git-tag"), ("refs/tags/v1", commit, "git-target"), ("refs/tags/light", commit, "git-tag"),
        (commit, commit, "git-commit"),
    }  # fmt: skip
    git("pack-refs", "--all")
    for text in (
        git("ls-remote", "."),
        git("show-ref", "--dereference"),
        (git.folder / ".git/packed-refs").read_text(),
    ):
        found = read_record(text)
        assert (found.format, found.wrong) == ("git refs", ())
        assert expected <= {(one.path, one.digest, one.algorithm) for one in found.entries}
    assert entries(git("rev-list", "--all")) == [(commit, commit, "git-commit")]


def test_an_apt_index() -> None:
    text = (
        f"Package: app\nVersion: 1.0\nFilename: pool/a/app_1.0_amd64.deb\nDescription: an\n app\nSHA256: {A}\n\n"
        f"Package: lib\nFilename: ./pool/l/lib.deb\nSHA256: {B}\n\nPackage: old\nFilename: pool/o.deb\nMD5sum: 0\n"
    )
    assert entries(text) == [("pool/a/app_1.0_amd64.deb", A, "sha256"), ("pool/l/lib.deb", B, "sha256")]
    assert read_record(text).wrong == ("stanza 3: ' old'",)
    source = f"Package: app\nDirectory: pool/a\nChecksums-Sha256:\n {A} 12 app_1.0.dsc\n {B} 34 app_1.0.tar.xz\n"
    assert entries(source) == [("pool/a/app_1.0.dsc", A, "sha256"), ("pool/a/app_1.0.tar.xz", B, "sha256")]


@pytest.mark.parametrize("inline", [True, False])
def test_an_apt_release(inline: bool) -> None:
    text = f"Origin: x\nSuite: stable\nCodename: trixie\nSHA256:\n {A} 99 main/binary-amd64/Packages\n"
    given = text
    if inline:
        given = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n{text}-----BEGIN PGP SIGNATURE-----\n\nx\n"
    digest = hashlib.sha256(text.encode()).hexdigest()
    found = entries(given)
    assert ("dists/trixie/InRelease", digest, "apt-release") in found
    assert ("dists/stable/Release", digest, "apt-release") in found
    assert ("dists/stable/main/binary-amd64/Packages", A, "sha256") in found


def test_rpm_metadata() -> None:
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="2">
<package type="rpm"><name>app</name><checksum type="sha256" pkgid="YES">{A}</checksum><location href="Packages/app-1.rpm"/></package>
<package type="rpm"><name>old</name><checksum type="sha" pkgid="YES">{OID}</checksum><location href="old.rpm"/></package>
</metadata>"""
    found = read_record(text)
    assert [one[:3] for one in found.entries] == [("Packages/app-1.rpm", A, "sha256")]
    assert found.wrong == ("package 'old.rpm': no path, or no SHA-256 (sha)",)


def test_rpm_metadata_that_is_a_bomb_is_refused() -> None:
    text = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aa">]><metadata xmlns="http://linux.duke.edu/metadata/common">&a;</metadata>'
    assert "document type" in read_record(text).wrong[0]
    assert "not XML" in read_record('<metadata xmlns="http://linux.duke.edu/metadata/common">').wrong[0]


def test_digests_of_rpm_headers() -> None:
    text = f"app-1.0-1.x86_64.rpm: {A} {B}\nPackages/lib.rpm: {B}\nnonsense\n"
    assert entries(text) == [
        ("app-1.0-1.x86_64.rpm", A, "rpm-header"),
        ("app-1.0-1.x86_64.rpm", B, "rpm-payload"),
        ("Packages/lib.rpm", B, "rpm-header"),
    ]
    assert read_record(text).wrong == ("line 3: 'nonsense'",)


def test_pypi() -> None:
    file = {
        "filename": "pkg-1.0.tar.gz",
        "digests": {"md5": "0" * 32, "sha256": A},
        "upload_time_iso_8601": "2026-02-01T12:30:00.000000Z",
    }
    older = {"filename": "pkg-0.9.tar.gz", "digests": {"sha256": B}, "upload_time_iso_8601": "2026-02-01T12:30:00Z"}
    found = read_record(json.dumps({"info": {}, "urls": [file], "releases": {"1.0": [file], "0.9": [older]}}))
    assert found.entries == (Entry("pkg-1.0.tar.gz", A, "sha256", AT), Entry("pkg-0.9.tar.gz", B, "sha256", AT))
    simple = {
        "meta": {"api-version": "1.1"},
        "files": [{"filename": "a.whl", "hashes": {"sha256": A}, "upload-time": "2026-02-01T12:30:00Z"}],
    }
    assert read_record(json.dumps(simple)).entries == (Entry("a.whl", A, "sha256", AT),)


def test_github_releases() -> None:
    asset = {
        "name": "app.zip",
        "digest": f"sha256:{A}",
        "updated_at": "2026-02-01T12:30:00Z",
        "browser_download_url": "https://example.test/app.zip",
    }
    bare = {**asset, "name": "old.zip", "digest": None}
    for answer in (
        {"tag_name": "v1", "assets": [asset, bare]},
        [{"tag_name": "v1", "assets": [asset, bare]}],
        [asset, bare],
    ):
        found = read_record(json.dumps(answer))
        assert found.entries == (Entry("app.zip", A, "sha256", AT),)
        assert found.wrong == ("file 'old.zip': no SHA-256",)


def test_of_github_releases_that_have_a_file_of_one_name_none_is_meant_by_it() -> None:
    def release(tag: str, *digests: tuple[str, str]) -> dict[str, object]:
        rows = [
            {
                "name": name,
                "digest": f"sha256:{digest}",
                "updated_at": "2026-02-01T12:30:00Z",
                "browser_download_url": "x",
            }
            for name, digest in digests
        ]
        return {"tag_name": tag, "assets": rows}

    found = read_record(
        json.dumps([release("v1", ("app.zip", A), ("a.zip", A)), release("v2", ("app.zip", B), ("a.zip", A))])
    )
    assert {one.path for one in found.entries} == {"a.zip"}
    assert found.wrong == ("file 'app.zip': several releases have one of this name; give the answer of one release",)


def test_pushes_as_a_code_host_recorded_them() -> None:
    activity = [
        {"activity_type": "push", "ref": "refs/heads/main", "before": OTHER, "after": OID, "timestamp": "2026-02-01T12:30:00Z"},
        {"activity_type": "branch_deletion", "ref": "refs/heads/gone", "before": OID, "after": "0" * 40, "timestamp": "x"},
        {"activity_type": "push", "ref": "refs/tags/v1", "before": OTHER, "after": OID, "timestamp": "2026-02-01T12:30:00Z"},
    ]  # fmt: skip
    found = read_record(json.dumps(activity))
    assert (found.format, found.entries) == ("pushes", (Entry("refs/heads/main", OID, "git-commit", AT),))
    assert "refs/tags/v1" in found.wrong[0]
    events = [
        {"push_data": {"ref_type": "branch", "ref": "main", "commit_to": OID}, "created_at": "2026-02-01T12:30:00Z"}
    ]
    assert read_record(json.dumps(events)).entries == found.entries


def test_runs_of_ci_name_the_commit_they_were_made_of() -> None:
    runs = {"workflow_runs": [{"head_sha": OID, "created_at": "2026-02-01T12:30:00Z"}, {"head_sha": None}]}
    found = read_record(json.dumps(runs))
    assert found.entries == (Entry(OID, OID, "git-commit", AT),)
    assert len(found.wrong) == 1
    pipelines = [{"sha": OID, "ref": "main", "created_at": "2026-02-01T12:30:00Z"}]
    assert read_record(json.dumps(pipelines)).entries == found.entries


def test_rekor_knows_digests_and_no_names() -> None:
    body = {
        "apiVersion": "0.0.1",
        "kind": "hashedrekord",
        "spec": {"data": {"hash": {"algorithm": "sha256", "value": A}}},
    }
    entry = {
        "body": base64.b64encode(json.dumps(body).encode()).decode(),
        "integratedTime": int(AT.timestamp()),
        "logIndex": 1,
    }
    found = read_record(json.dumps({"24296fb2": entry, "24296fb3": {"body": "e30=", "integratedTime": 1}}))
    assert found.entries == (Entry("", A, "sha256", AT),)
    assert found.wrong == ("entry '24296fb3': no digest of a file",)


@pytest.mark.parametrize(
    "text", ["hello\n", "{}", "[1, 2]", "{", '{"urls": 3}', "<html></html>", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"]
)
def test_what_is_no_record_is_said(text: str) -> None:
    with pytest.raises(BadInput, match="no record"):
        read_record(text)


@pytest.mark.parametrize("path", ["/etc/passwd", "../a", "a/../../b"])
def test_paths_that_lead_out_of_the_release_are_refused(path: str) -> None:
    asset = {"name": path, "digest": f"sha256:{A}", "browser_download_url": "x"}
    for text in (
        f"{A}  {path}\n{A}  fine\n",
        f"Package: a\nFilename: {path}\nSHA256: {A}\n",
        json.dumps([asset]),
    ):
        found = read_record(text)
        assert path not in {one.path for one in found.entries}
        assert found.wrong


def test_an_empty_record_says_nothing() -> None:
    assert read_record(" \n").entries == ()


def test_what_sha512sum_writes_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    text = subprocess.run(["sha512sum", "a"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert entries(text) == [("a", hashlib.sha512(b"a").hexdigest(), "sha512")]
