"""Logs as they come, and the descent from one key to all it begot."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from irkit.errors import BadInput
from irkit.model import MatchKind, UsageEvent
from irkit.sources.logs import LogReading, Wanted, events

KEY = "AKIAFAKEFAKEFAKE0001"
SESSION = "ASIAFAKEFAKEFAKE0002"
NEW_KEY = "AKIAFAKEFAKEFAKE0003"
GRANDCHILD = "ASIAFAKEFAKEFAKE0004"


def trail(number: int, key: str = KEY, name: str = "ListBuckets", **more: Any) -> dict[str, Any]:
    """One CloudTrail event of visibly fake content."""
    return {
        "eventVersion": "1.08",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::000000000000:user/fake", "accessKeyId": key},
        "eventTime": f"2026-03-01T12:{number % 60:02d}:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.1",
        "userAgent": "fake/1",
        "readOnly": True,
        "eventID": f"id-{number}",
        **more,
    }


def assume(number: int, by: str, makes: str) -> dict[str, Any]:
    return trail(number, by, "AssumeRole", responseElements={"credentials": {"accessKeyId": makes}})


def read(*paths: Path, key: str = KEY) -> tuple[LogReading, list[UsageEvent]]:
    reading = events(paths, Wanted.of("fake", [key]))
    return reading, list(reading)


def lines(values: Iterable[Any]) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


FIVE = [trail(number) for number in range(5)]
WHOLE = json.dumps({"Records": FIVE}).encode()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(WHOLE, id="a CloudTrail file"),
        pytest.param(WHOLE + b"\n", id="with a final line end"),
        pytest.param(json.dumps({"Records": FIVE}, indent=2).encode(), id="pretty printed"),
        pytest.param(json.dumps(FIVE).encode(), id="a bare array"),
        pytest.param(json.dumps(FIVE, indent=1).encode(), id="a pretty array"),
        pytest.param(lines(FIVE), id="one event a line"),
        pytest.param(lines(FIVE).replace(b"\n", b"\r\n"), id="Windows line ends"),
        pytest.param(lines(FIVE).rstrip(), id="without a final line end"),
        pytest.param(b"\n\n" + lines(FIVE).replace(b"\n", b"\n\n"), id="blank lines between"),
        pytest.param(lines([{"Records": FIVE[:2]}, {"Records": FIVE[2:]}]), id="one file a line"),
        pytest.param(json.dumps({"Records": FIVE[:2]}).encode() + json.dumps({"Records": FIVE[2:]}).encode(), id="run together"),
        pytest.param(json.dumps({"Events": [{"EventId": "x", "CloudTrailEvent": json.dumps(e)} for e in FIVE]}).encode(),
                     id="LookupEvents"),
        pytest.param(json.dumps({"Events": [{"CloudTrailEvent": json.dumps(e)} for e in FIVE], "NextToken": "t"}, indent=4).encode(),
                     id="LookupEvents, pretty, to be continued"),
        pytest.param(lines({"detail-type": "AWS API Call via CloudTrail", "detail": e} for e in FIVE), id="EventBridge"),
        pytest.param(b"\xef\xbb\xbf" + WHOLE, id="UTF-8 with a mark"),
        pytest.param(WHOLE.decode().encode("utf-16"), id="UTF-16, as PowerShell writes"),
        pytest.param(gzip.compress(WHOLE), id="gzip"),
        pytest.param(gzip.compress(lines(FIVE[:2])) + gzip.compress(lines(FIVE[2:])), id="gzip members in a row"),
        pytest.param(gzip.compress(lines(FIVE)) + b"\0" * 512, id="gzip padded with zeros"),
    ],
)  # fmt: skip
def test_every_shape_gives_the_same_five_events(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "log").write_bytes(content)
    reading, found = read(tmp_path)
    assert sorted(event.event_id for event in found) == [f"id-{number}" for number in range(5)]
    assert {event.match for event in found} == {MatchKind.EXACT_ID}
    assert not reading.skipped


HALF = lines(FIVE[2:3])[:150] + b"\n"
LATIN = lines([trail(9, userAgent="caf\xe9")]).replace(b"\\u00e9", b"\xe9")
OTHER = lines([{"protoPayload": {"x": KEY}}])


@pytest.mark.parametrize(
    ("content", "ids", "where", "why"),
    [
        pytest.param(lines(FIVE[:2]) + HALF + lines(FIVE[3:]), "0134", ":3", "not JSON", id="half a line"),
        pytest.param(HALF + lines(FIVE[:2]), "01", ":1", "not JSON", id="half a first line"),
        pytest.param(lines(FIVE[:2]) + HALF.replace(KEY.encode(), b"x"), "01", ":3", "not JSON", id="half a line, no key"),
        pytest.param(lines([trail(1, "AKIAother")]) + b'{"cut', "", ":2", "not JSON", id="half a line, no key anywhere"),
        pytest.param(lines(FIVE[:1]) + LATIN + lines(FIVE[1:2]), "01", ":2", "not UTF-8", id="Latin-1 in a line"),
        pytest.param(WHOLE.replace(b"fake/1", b"caf\xe9", 1), "1234", "log", "not UTF-8", id="Latin-1 in a document"),
        pytest.param(lines(FIVE[:1]) + OTHER + lines(FIVE[1:2]), "01", ":2", "format not known", id="mixed formats"),
        pytest.param(lines(FIVE[:1]) + b'"a string"\n' + lines(FIVE[1:2]), "01", ":2", "no event", id="a line that is no object"),
        pytest.param(WHOLE[:-300], "0123", ":1", "not JSON", id="a document cut short"),
        pytest.param(gzip.compress(WHOLE)[:-8], "01234", "log", "ends early", id="gzip cut short"),
        pytest.param(gzip.compress(lines(FIVE)) + b"garbage", "01234", "log", "followed by something", id="gzip and garbage"),
        pytest.param(b"\x1f\x8bnot gzip at all", "", "log", "damaged", id="no gzip after all"),
        pytest.param(b"host - - [01/Mar/2026] GET /\n", "", "log", "it is not JSON", id="another kind of log"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0", "", "log", "it is not JSON", id="a picture"),
        pytest.param(b"<!doctype html><html>", "", "log", "it is not JSON", id="a web page"),
        pytest.param(OTHER * 3, "", ":1", "2 more: lines 2, 3", id="an unknown format all through"),
        pytest.param(lines([{"protoPayload": {}}]), "", "log", "format not known", id="an unknown format without the key"),
        pytest.param(b"[" * 100_000 + KEY.encode(), "", "log", "nested too deep", id="a bomb of brackets"),
        pytest.param(lines([{"Events": [{"CloudTrailEvent": f"{{{KEY}"}]}]), "", "log", "event inside", id="a broken event inside"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_and_the_rest_is_read(
    tmp_path: Path, content: bytes, ids: str, where: str, why: str
) -> None:
    (tmp_path / "log").write_bytes(content)
    reading, found = read(tmp_path)
    assert sorted({event.event_id.removeprefix("id-") for event in found}) == list(ids)
    assert [one.what.endswith(where) or where in one.what for one in reading.skipped] == [True]
    assert why in reading.skipped[0].why


def test_an_empty_file_and_an_empty_folder_are_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "zipped.gz").write_bytes(gzip.compress(b""))
    reading, found = read(tmp_path)
    assert (found, reading.skipped) == ([], [])


def test_a_path_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no logs at this path"):
        read(tmp_path / "missing")


def test_blocks_of_any_size_give_the_same_events_and_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [trail(number, KEY if number % 7 == 0 else "AKIAother") for number in range(200)]
    (tmp_path / "log.gz").write_bytes(gzip.compress(lines(many)))
    (tmp_path / "log").write_bytes(lines(many))
    _, whole = read(tmp_path)
    for size in (64, 1000, 5000):
        for name in ("content.CHUNK", "content.SMALL", "inflate.PIECE", "inflate.WHOLE"):
            monkeypatch.setattr(f"irkit.sources.logs.{name}", size)
        assert read(tmp_path)[1] == whole
    assert {event.line for event in whole} == set(range(1, 201, 7))


def test_sessions_and_keys_are_followed_through_files_in_any_order(tmp_path: Path) -> None:
    made = {"accessKey": {"accessKeyId": NEW_KEY}}
    (tmp_path / "a").write_bytes(lines([trail(6, GRANDCHILD), trail(5, SESSION), trail(7, "AKIAstranger")]))
    (tmp_path / "b").write_bytes(lines([assume(4, NEW_KEY, GRANDCHILD)]))
    (tmp_path / "c").write_bytes(lines([trail(3, SESSION, "CreateAccessKey", responseElements=made)]))
    (tmp_path / "d").write_bytes(lines([assume(1, KEY, SESSION), trail(2)]))
    _, found = read(tmp_path)
    assert sorted((e.event_id, e.match.value, e.key, e.parent) for e in found) == [
        ("id-1", "exact_id", KEY, ""),
        ("id-2", "exact_id", KEY, ""),
        ("id-3", "derived", SESSION, KEY),
        ("id-4", "created", NEW_KEY, SESSION),
        ("id-5", "derived", SESSION, KEY),
        ("id-6", "derived", GRANDCHILD, NEW_KEY),
    ]


def test_what_failed_begets_nothing(tmp_path: Path) -> None:
    refused = assume(1, KEY, SESSION) | {"errorCode": "AccessDenied"}
    (tmp_path / "log").write_bytes(lines([refused, trail(2, SESSION)]))
    assert [(e.event_id, e.begot, e.outcome) for e in read(tmp_path)[1]] == [("id-1", (), "denied")]


def test_a_mention_is_never_a_use(tmp_path: Path) -> None:
    somebody = trail(1, "AKIAadmin", "DeleteAccessKey", requestParameters={"accessKeyId": KEY})
    itself = assume(2, KEY, SESSION)
    child = trail(3, SESSION, "ListAccessKeys", requestParameters={"accessKeyId": KEY})
    (tmp_path / "log").write_bytes(lines([somebody, itself, child]))
    assert sorted((e.event_id, e.match.value) for e in read(tmp_path)[1]) == [
        ("id-1", "mention_only"),
        ("id-2", "exact_id"),
        ("id-3", "derived"),
    ]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, {"outcome": "ok", "error": "", "writes": False}),
        ({"readOnly": False}, {"writes": True}),
        ({"readOnly": "false"}, {"writes": True}),
        ({"readOnly": None}, {"writes": None}),
        ({"errorCode": "Client.UnauthorizedOperation"}, {"outcome": "denied", "error": "Client.UnauthorizedOperation"}),
        ({"errorCode": "AccessDeniedException"}, {"outcome": "denied"}),
        ({"errorCode": "ThrottlingException"}, {"outcome": "failed"}),
        ({"responseElements": {"ConsoleLogin": "Failure"}}, {"outcome": "failed"}),
        ({"responseElements": "odd", "requestParameters": "odd", "resources": "odd"}, {"outcome": "ok"}),
        ({"eventName": "RunInstances", "responseElements": {"instancesSet": "odd"}, "userAgent": ["odd"]}, {"begot": (), "agent": ""}),
        ({"eventTime": "yesterday"}, {"at": None, "time_text": "yesterday"}),
        ({"sourceIPAddress": "AWS Internal"}, {"address": "AWS Internal"}),
        ({"resources": [{"ARN": "arn:fake"}]}, {"target": "arn:fake"}),
        ({"eventName": "CreateUser", "responseElements": {"user": {"userName": "eve"}}}, {"begot": ("user:eve",)}),
        ({"eventName": "CreateLoginProfile", "requestParameters": {"userName": "eve"}}, {"begot": ("login-profile:eve",)}),
        ({"eventName": "RunInstances", "responseElements": {"instancesSet": {"items": [{"instanceId": "i-1"}, {"instanceId": "i-2"}]}}},
         {"begot": ("instance:i-1", "instance:i-2")}),
    ],
)  # fmt: skip
def test_cloudtrail_fields(tmp_path: Path, more: dict[str, Any], expected: dict[str, Any]) -> None:
    (tmp_path / "log").write_bytes(lines([trail(1, **more)]))
    [event] = read(tmp_path)[1]
    assert {name: getattr(event, name) for name in expected} == expected


def test_an_event_without_an_id_is_known_by_its_content(tmp_path: Path) -> None:
    nameless = {key: value for key, value in trail(1).items() if key != "eventID"}
    (tmp_path / "log").write_bytes(lines([nameless, nameless, nameless | {"awsRegion": "eu-west-1"}]))
    ids = [event.event_id for event in read(tmp_path)[1]]
    assert ids[0] == ids[1] != ids[2]


TOKEN = "ghp_" + "FAKE" * 9
HASHED = base64.b64encode(hashlib.sha256(TOKEN.encode()).digest()).decode()


def audit(number: int, action: str = "git.clone", **more: Any) -> dict[str, Any]:
    return {"@timestamp": 1_772_366_400_000 + number, "_document_id": f"doc-{number}", "action": action,
            "actor": "fake", "actor_ip": "192.0.2.2", "hashed_token": HASHED, **more}  # fmt: skip


@pytest.mark.parametrize(
    "asked",
    [
        HASHED,
        HASHED.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D"),
        hashlib.sha256(TOKEN.encode()).hexdigest(),
    ],
    ids=["base64", "URL-escaped", "hex"],
)
@pytest.mark.parametrize("escape", [("", ""), ("/", "\\/"), ("=", "\\u003d"), ("+", "\\u002b")])
def test_a_github_token_is_matched_by_its_hash_however_it_is_written(
    tmp_path: Path, asked: str, escape: tuple[str, str]
) -> None:
    content = lines([audit(1), audit(2, hashed_token="AAAA")])
    (tmp_path / "log").write_bytes(content.replace(escape[0].encode(), escape[1].encode()) if escape[0] else content)
    [event] = read(tmp_path, key=asked)[1]
    assert (event.event_id, event.match, event.key, event.source) == ("doc-1", MatchKind.HASH, HASHED, "github-audit")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, {"writes": False, "outcome": "ok", "address": "192.0.2.2", "service": "github", "action": "git.clone"}),
        ({"action": "git.push"}, {"writes": True}),
        ({"action": "api.request", "request_method": "DELETE", "status_code": 204}, {"writes": True, "outcome": "ok"}),
        ({"action": "api.request", "request_method": "GET", "status_code": "403"}, {"writes": False, "outcome": "denied", "error": "403"}),
        ({"action": "api.request", "status_code": 500}, {"outcome": "failed", "error": "500"}),
        ({"action": "repo.create", "operation_type": "create", "repo": "o/r"},
         {"writes": True, "begot": ("repository:o/r",), "target": "o/r"}),
        ({"action": "public_key.create", "key_id": 7}, {"begot": ("deploy-key:7",)}),
        ({"actor_location": {"country_code": "NL"}}, {"region": "NL"}),
        ({"@timestamp": None}, {"at": None}),
    ],
)  # fmt: skip
def test_github_fields(tmp_path: Path, more: dict[str, Any], expected: dict[str, Any]) -> None:
    (tmp_path / "log").write_bytes(json.dumps([audit(1, **more)]).encode())
    [event] = read(tmp_path, key=HASHED)[1]
    assert {name: getattr(event, name) for name in expected} == expected


def test_github_times_are_epoch_milliseconds(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(lines([audit(250)]))
    [event] = read(tmp_path, key=HASHED)[1]
    assert event.at is not None
    assert event.at.isoformat() == "2026-03-01T12:00:00.250000+00:00"


def test_a_log_of_two_sources_is_read_as_both(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(lines([trail(1), audit(2), trail(3)]))
    wanted = Wanted.of("both", [KEY, HASHED])
    assert [event.source for event in events([tmp_path], wanted)] == [
        "aws-cloudtrail",
        "github-audit",
        "aws-cloudtrail",
    ]


def test_a_list_within_an_event_is_not_what_it_was_shipped_in(tmp_path: Path) -> None:
    hook = {"events": ["push"], **audit(1, "hook.create", hook_id=3)}
    for number, content in enumerate([lines([hook]), lines([hook, hook]), json.dumps([hook], indent=1).encode()]):
        (tmp_path / str(number)).write_bytes(content)
    reading, found = read(tmp_path, key=HASHED)
    assert [event.begot for event in found] == [("webhook:3",)] * 4
    assert not reading.skipped


def test_a_credential_without_any_name_in_logs_is_bad_input() -> None:
    with pytest.raises(BadInput, match="do not know this credential"):
        Wanted.of("fake", [])
