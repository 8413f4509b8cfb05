"""Each kind of saved answer is known by its content. The samples are those of the hosts' own documentation, cut to size."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from irkit.errors import BadInput
from irkit.model import Clock, Trust, iso, parse_instant
from irkit.sources.clocks import read_clock, read_clocks, recognise
from irkit.sources.clocks.read import without_secrets

A, B = "a" * 40, "b" * 40

EVENT = {"id": "22249084964", "type": "PushEvent", "repo": {"id": 1296269, "name": "octocat/Hello-World"},
         "payload": {"ref": "refs/heads/master", "head": A, "before": B}, "public": True, "created_at": "2022-06-09T12:47:28Z"}  # fmt: skip
GITLAB_PUSH = {"id": 4, "title": None, "project_id": 15, "action_name": "pushed to", "author_id": 1,
               "created_at": "2017-02-09T10:43:19.667Z",
               "push_data": {"commit_count": 1, "action": "pushed", "ref_type": "branch", "commit_from": B, "commit_to": A,
                             "ref": "master"}}  # fmt: skip
ASSET = {"name": "tool.tgz", "digest": f"sha256:{'c' * 64}", "created_at": "2013-02-27T19:35:32Z"}
RELEASE = {
    "tag_name": "v1.0.0",
    "draft": False,
    "created_at": "2009-01-01T00:00:00Z",
    "published_at": "2013-02-27T20:00:00Z",
    "assets": [ASSET],
}
ALERT = {"number": 2, "created_at": "2020-11-06T18:48:51Z", "secret_type": "adafruit_io_key", "secret": "aio_FAKE",
         "first_location_detected": {"path": "/example/secrets.txt", "blob_sha": A, "commit_sha": B}}  # fmt: skip
PYPI = {
    "info": {},
    "urls": [
        {"filename": "x-1.whl", "upload_time_iso_8601": "2023-05-22T17:05:06.000001Z", "digests": {"sha256": "d" * 64}}
    ],
}
SHA512 = "sha512-" + base64.b64encode(bytes.fromhex("d" * 128)).decode()
NPM = {
    "_id": "x", "name": "x", "dist-tags": {"latest": "1.0.0"},
    "versions": {"1.0.0": {"name": "x", "dist": {"shasum": "e" * 40, "integrity": SHA512, "tarball": "https://npm.example/x-1.0.0.tgz"}}},
    "time": {"created": "2019-01-01T00:00:00.000Z", "modified": "2024-01-01T00:00:00.000Z", "1.0.0": "2023-05-22T17:05:06.123Z"},
}  # fmt: skip
OLD = NPM | {"versions": {"1.0.0": {"dist": {"shasum": "e" * 40}}}}
SIMPLE = {
    "meta": {"api-version": "1.1"}, "name": "x", "versions": ["1"],
    "files": [{"filename": "x-1.whl", "hashes": {"sha256": "d" * 64}, "upload-time": "2023-05-22T17:05:06.000001Z"}],
}  # fmt: skip
DEVPI_LINK = {
    "rel": "releasefile", "href": "https://devpi.example/a/dev/+f/ddd/x-1.whl", "hash_spec": f"sha256={'d' * 64}",
    "log": [{"what": "upload", "who": "alice", "when": [2023, 5, 22, 17, 5, 6], "dst": "a/dev"}],
}  # fmt: skip
DEVPI = {"type": "projectconfig", "result": {"1": {"name": "x", "version": "1", "+links": [DEVPI_LINK]}}}
CRATE = {
    "crate": {"id": "x"},
    "versions": [{"num": "1.0.0", "crate": "x", "created_at": "2023-05-22T17:05:06.000001Z", "updated_at": "2024-01-01T00:00:00Z",
                  "checksum": "d" * 64, "yanked": False, "published_by": {"login": "alice"}}],
}  # fmt: skip
VIEWED = {"name": "x", "version": "1.0.0", "versions": ["1.0.0"], "time": NPM["time"], "dist": {"integrity": SHA512}}
AUDIT = {"id": 5, "author_id": 1, "entity_id": 7, "entity_type": "Project", "created_at": "2020-05-26T22:55:04.230Z",
         "details": {"change": "visibility", "from": "Private", "to": "Public", "author_name": "Administrator", "target_id": 7,
                     "target_type": "Project", "target_details": "twitter/flight", "entity_path": "twitter/flight"}}  # fmt: skip


def visibility(**details: str) -> dict[str, Any]:
    return AUDIT | {"details": AUDIT["details"] | details}  # type: ignore[operator]


REFLOG = f"{'0' * 40} {A} Fake <fake@example.org> 1700000000 +0200\tpush\n"

# the answer, the reader, and the one entry of it: its time and what it is about
ANSWERS: list[tuple[Any, str, str, str]] = [
    ([{"ref": "refs/heads/main", "after": A, "timestamp": "2011-01-26T19:06:43Z", "activity_type": "push"}],
     "github-activity", "2011-01-26T19:06:43Z", A),
    ([{"ref": "refs/heads/main", "after": A, "pushed_at": "2011-01-26T19:06:43Z", "push_type": "normal"}],
     "github-activity", "2011-01-26T19:06:43Z", A),
    ([EVENT], "github-events", "2022-06-09T12:47:28Z", A),
    ([EVENT | {"type": "PublicEvent", "payload": {}}], "github-events", "2022-06-09T12:47:28Z", "octocat/Hello-World"),
    ([{"@timestamp": 1605719148837, "action": "repo.access", "repo": "mona-org/shop", "visibility": "public"}],
     "github-audit", "2020-11-18T17:05:48.837000Z", "mona-org/shop"),
    ({"total_count": 1, "workflow_runs": [{"head_sha": A, "head_branch": "main", "created_at": "2020-01-22T19:33:08Z"}]},
     "github-runs", "2020-01-22T19:33:08Z", A),
    ([RELEASE], "github-releases", "2013-02-27T20:00:00Z", "c" * 64),
    ([ALERT], "github-alerts", "2020-11-06T18:48:51Z", A),
    ([GITLAB_PUSH], "gitlab-events", "2017-02-09T10:43:19.667000Z", A),
    ([{"id": 47, "status": "pending", "ref": "main", "sha": A, "created_at": "2016-08-16T10:23:19.007Z"}],
     "gitlab-pipelines", "2016-08-16T10:23:19.007000Z", A),
    (PYPI, "pypi-uploads", "2023-05-22T17:05:06.000001Z", "d" * 64),
    (SIMPLE, "pypi-simple", "2023-05-22T17:05:06.000001Z", "d" * 64),
    (DEVPI, "devpi-uploads", "2023-05-22T17:05:06Z", "d" * 64),
    (CRATE, "crates-uploads", "2023-05-22T17:05:06.000001Z", "d" * 64),
    (NPM, "npm-uploads", "2023-05-22T17:05:06.123000Z", "d" * 128),
    (OLD, "npm-uploads", "2023-05-22T17:05:06.123000Z", "e" * 40),
    (VIEWED, "npm-uploads", "2023-05-22T17:05:06.123000Z", "d" * 128),
    ([AUDIT], "gitlab-audit", "2020-05-26T22:55:04.230000Z", "twitter/flight"),
    ([visibility(change="visibility_level", event_name="project_visibility_level_updated")],
     "gitlab-audit", "2020-05-26T22:55:04.230000Z", "twitter/flight"),
    ([{"@timestamp": 1605719148837, "action": "repo.create", "repo": "mona-org/shop", "visibility": "public"}],
     "github-audit", "2020-11-18T17:05:48.837000Z", "mona-org/shop"),
    (ALERT, "github-alerts", "2020-11-06T18:48:51Z", A),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "reader", "at", "about"), ANSWERS)
def test_an_answer_is_known_by_its_content_and_read(
    answer: Any, reader: str, at: str, about: str, tmp_path: Path
) -> None:
    assert recognise(answer).name == reader
    (tmp_path / "saved").write_text(json.dumps(answer))
    found = read_clock(tmp_path / "saved")
    told = [(iso(push.at), push.after) for push in found.pushes]
    told += [(iso(sign.instant.at), sign.name) for sign in found.signs]
    assert told == [(at, about)]
    assert not found.skipped
    assert {push.trust for push in found.pushes} <= {Trust.INDEPENDENT}
    [(_, _, _, forgers, sample)] = found.origins
    assert forgers
    assert sample


FACTS: list[tuple[Any, str]] = [
    (NPM["time"], "1.0.0 published at 2023-05-22T17:05:06.123000Z; without a digest"),
    (NPM | {"versions": {}}, "without a digest"),
    (NPM | {"time": {"created": "2019-01-01T00:00:00.000Z", "unpublished": {"name": "x"}}}, "taken out of the registry"),
    ([visibility(to="Internal")], "everybody with an account on this GitLab"),
    ([visibility(to="Private")], "stays copied"),
    ([AUDIT | {"entity_type": "Group"}], "anybody may read it"),
    ([{"path_with_namespace": "a/r", "forks_count": 0, "created_at": "2011-01-26T19:01:12Z"}], "1 forks"),
    ({"count": 173, "uniques": 128, "clones": [{"timestamp": "2016-10-10T00:00:00Z", "count": 2, "uniques": 1}]}, "173 clones by 128"),
    ([{"full_name": "o/r", "fork": True, "forks_count": 0, "created_at": "2011-01-26T19:01:12Z"}], "1 forks"),
    ([{"@timestamp": 1605719148837, "action": "git.push", "repo": "mona-org/shop"}], "which commits they carried it does not say"),
    ([RELEASE | {"draft": True, "published_at": None}], "is a draft"),
    ([RELEASE | {"assets": [ASSET | {"digest": None}]}], "without a digest"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "said"), FACTS)
def test_counts_and_what_is_tied_to_no_commit_are_facts_and_no_instants(answer: Any, said: str, tmp_path: Path) -> None:
    (tmp_path / "saved").write_text(json.dumps(answer))
    found = read_clock(tmp_path / "saved")
    assert said in " ".join(found.facts)
    assert not found.pushes
    assert not found.signs


UNREADABLE: list[tuple[Any, str]] = [
    (NPM | {"time": {"created": "2019-01-01T00:00:00.000Z", "1.0.0": 7}}, "not a version with its time"),
    ([{"activity_type": "push", "after": A}, 3], "not an activity"),
    ([EVENT | {"created_at": "yesterday"}], "not an event"),
    ([GITLAB_PUSH | {"push_data": {"action": "pushed", "ref_count": 5, "commit_to": None, "ref": None}}], "which commits"),
    ([ALERT | {"first_location_detected": None}], "no first location"),
    ([], "no proof"),
    ({"irkit-capture": "github-forks", "answer": [], "missing": "rate limit: ask again in 60 s"}, "rate limit"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "said"), UNREADABLE)
def test_what_cannot_be_read_is_told(answer: Any, said: str, tmp_path: Path) -> None:
    (tmp_path / "saved").write_text(json.dumps(answer))
    found = read_clock(tmp_path / "saved")
    assert said in " ".join(f"{item.what} {item.why}" for item in found.skipped)


@pytest.mark.parametrize(
    "text", ["<html></html>", '{"message": "Bad credentials"}', '[{"id": 1}]', "", "1\n{", "null", "3", '"x"']
)
def test_what_nobody_recognises_is_refused_in_a_sentence(text: str, tmp_path: Path) -> None:
    (tmp_path / "saved.json").write_text(text)
    with pytest.raises(BadInput, match=r"saved\.json"):
        read_clock(tmp_path / "saved.json")


def test_a_missing_file_and_a_binary_one_are_refused(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for name in ("nowhere", "binary"):
        with pytest.raises(BadInput, match=name):
            read_clock(tmp_path / name)


def test_an_audit_log_of_one_object_a_line_is_read(tmp_path: Path) -> None:
    lines = [{"@timestamp": 1605719148837, "action": "repo.access", "repo": "o/r", "visibility": "public"}] * 2
    (tmp_path / "audit.ndjson").write_text("\n".join(map(json.dumps, lines)))
    assert [sign.instant.clock for sign in read_clock(tmp_path / "audit.ndjson").signs] == [Clock.PUBLIC] * 2


def test_a_servers_reflog_is_settable_unless_it_is_said_to_be_ours(tmp_path: Path) -> None:
    log = tmp_path / "shop.git" / "logs" / "refs" / "heads" / "main"
    log.parent.mkdir(parents=True)
    log.write_text(REFLOG + "broken\n")
    for given in (log, tmp_path / "shop.git"):
        for prefix, trust in (("", Trust.SETTABLE), ("ours:", Trust.OURS)):
            found = read_clocks([f"{prefix}{given}"])
            assert [(push.after, push.trust) for push in found.pushes] == [(A, trust)]
            assert len(found.skipped) == 1
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="no reflog"):
        read_clock(tmp_path / "empty")


def test_a_value_that_a_scanner_found_is_not_kept() -> None:
    assert "aio_FAKE" not in json.dumps(without_secrets({"answer": [ALERT]}))


PACKAGES: list[tuple[Any, list[tuple[str, str | None, bool | None, str]], str]] = [
    (NPM, [("x@1.0.0", "2023-05-22T17:05:06.123000Z", True, "")], "after its latest version"),
    (NPM | {"versions": {}}, [("x@1.0.0", "2023-05-22T17:05:06.123000Z", False, "")], ""),
    (NPM | {"time": {"created": "2019-01-01T00:00:00.000Z"}}, [("x@1.0.0", None, True, "")], ""),
    (NPM | {"time": {"created": "2019-01-01T00:00:00.000Z", "1.0.0": "soon"}}, [("x@1.0.0", None, True, "")], ""),
    (NPM["time"], [("1.0.0", "2023-05-22T17:05:06.123000Z", None, "")], ""),
    (NPM | {"time": {"created": "2019-01-01T00:00:00.000Z", "unpublished": {}}, "versions": {}}, [], "was taken out of the registry"),
    (PYPI, [("x-1.whl", "2023-05-22T17:05:06.000001Z", True, "")], "of one version alone"),
    (PYPI | {"releases": {"1": [{**PYPI["urls"][0], "yanked": True}]}}, [("x-1.whl", "2023-05-22T17:05:06.000001Z", True, "yanked")], ""),
    (PYPI | {"info": {"name": "x"}, "releases": {"2": []}}, [("x 2", None, False, "no file of it")], ""),
    (SIMPLE | {"files": [{"filename": "x-1.whl", "hashes": {}}]}, [("x-1.whl", None, True, "")], "no time of 1 of its 1 files"),
    (SIMPLE | {"files": [*SIMPLE["files"], 7]}, [("x-1.whl", "2023-05-22T17:05:06.000001Z", True, "")], "1 entries of saved could not"),
    (PYPI | {"releases": {"1": 7}}, [("saved 1", None, False, "")], ""),
    (DEVPI, [("x-1.whl", "2023-05-22T17:05:06Z", True, "")], ""),
    ({"type": "projectconfig", "result": {"1": {"name": "x", "version": "1", "+links": 7}}}, [], ""),
    (CRATE | {"meta": {"total": 7}}, [("x@1.0.0", "2023-05-22T17:05:06.000001Z", True, "")], "of 1 of 7 versions"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "uploads", "gap"), PACKAGES)
def test_a_registrys_answer_is_kept_whole_with_what_it_cannot_tell(
    answer: Any, uploads: list[tuple[str, str | None, bool | None, str]], gap: str, tmp_path: Path
) -> None:
    (tmp_path / "saved").write_text(json.dumps(answer))
    [package] = read_clock(tmp_path / "saved").packages
    told = [(one.name, one.at and iso(one.at.at), one.listed) for one in package.uploads]
    assert told == [(name, at, listed) for name, at, listed, _ in uploads]
    assert all(note in one.note for one, (_, _, _, note) in zip(package.uploads, uploads, strict=True))
    assert gap in " ".join(package.gaps)
    assert package.asked is None
    assert package.ahead_s is None


def test_what_irkit_asked_for_says_when_it_was_so_and_by_whose_clock(tmp_path: Path) -> None:
    envelope = {
        "irkit-capture": "npm-uploads", "repository": "x", "asked": "2024-01-01T00:10:00Z", "registry": "npm.example", "missing": "",
        "ahead_s": 1.5, "age_s": 600, "answer": NPM,
    }  # fmt: skip
    (tmp_path / "saved").write_text(json.dumps(envelope))
    [package] = read_clock(tmp_path / "saved").packages
    assert (package.asked, package.ahead_s) == (
        parse_instant("2024-01-01T00:00:00Z"),
        1.5,
    )  # it lay in a cache for ten minutes
    assert package.registry == "npm.example"
    (tmp_path / "saved").write_text(json.dumps(envelope | {"age_s": 10**20, "ahead_s": float("inf")}))
    [package] = read_clock(tmp_path / "saved").packages
    assert (package.asked, package.ahead_s) == (parse_instant("2024-01-01T00:10:00Z"), None)
    (tmp_path / "saved").write_text(json.dumps(envelope | {"answer": None, "missing": "404: not there"}))
    [package] = read_clock(tmp_path / "saved").packages
    assert not package.answered
    assert "404: not there" in " ".join(package.gaps)


@pytest.mark.parametrize(("count", "said"), [(1, "overwritten once"), (3, "overwritten 3 times")])
def test_a_file_that_was_overwritten_at_devpi_is_of_the_last_time(count: int, said: str, tmp_path: Path) -> None:
    again = {"what": "overwrite", "who": None, "when": [2024, 1, 1, 0, 0, 0], "count": count}
    link = DEVPI_LINK | {"log": [again, *DEVPI_LINK["log"]]}  # type: ignore[misc]
    answer = {"type": "projectconfig", "result": {"1": {"name": "x", "version": "1", "+links": [link]}}}
    (tmp_path / "saved").write_text(json.dumps(answer))
    [package] = read_clock(tmp_path / "saved").packages
    [one] = package.uploads
    assert one.at
    assert (iso(one.at.at), one.by) == ("2024-01-01T00:00:00Z", "alice")
    assert one.note.startswith(said)
