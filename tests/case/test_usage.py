"""Logs in, a report out, and what a case makes of it: through the real readers, and an independent count beside it."""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from irkit.case import Case, oneoff
from irkit.case.exposure.reading import Means
from irkit.case.exposure.usage import Kept
from irkit.case.exposure.usage_views import usage_view
from irkit.errors import BadInput
from irkit.exposure import first_by_stranger
from irkit.model import Bound, Clock, Instant, MatchKind, SecretRef, Trust, UsageEvent, Window
from irkit.show import Table
from tests.case.trail import KEY, NEW_KEY, OPENED, ROLE_SESSION, SESSION, event, story, write
from tests.needs import needs

REAL = Path(os.environ.get("IRKIT_CLOUDTRAIL_CASE", "")) / "CloudTrail"  # a Stratus Red Team run, where it is at hand
REAL_KEY = "AKIATFQR7NSC8Q4X20BJ"

BEGETS = {
    "AssumeRole": ("session", ("responseElements", "credentials", "accessKeyId")),
    "GetSessionToken": ("session", ("responseElements", "credentials", "accessKeyId")),
    "GetFederationToken": ("session", ("responseElements", "credentials", "accessKeyId")),
    "CreateAccessKey": ("access-key", ("responseElements", "accessKey", "accessKeyId")),
    "CreateUser": ("user", ("requestParameters", "userName")),
    "CreateRole": ("role", ("requestParameters", "roleName")),
    "CreateLoginProfile": ("login-profile", ("requestParameters", "userName")),
}
ENDS = {
    "DeleteAccessKey": ("access-key", "accessKeyId"), "DeleteUser": ("user", "userName"), "DeleteRole": ("role", "roleName"),
    "DeleteLoginProfile": ("login-profile", "userName"),
}  # fmt: skip


def at(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def plainly(folder: Path, key: str) -> tuple[set[tuple[str, str, str]], dict[str, int], set[tuple[str, str]]]:
    """A few lines of Python with nothing of irkit in them: who begot what, the uses of each key, and what was removed."""
    records = {
        one["eventID"]: one for path in folder.rglob("*.json") for one in json.loads(path.read_text())["Records"]
    }
    uses = Counter(at(one, "userIdentity", "accessKeyId") for one in records.values())
    made, gone, todo, seen = set(), set(), [key], {key}
    while todo:
        parent = todo.pop()
        for one in records.values():
            if at(one, "userIdentity", "accessKeyId") == parent and not one.get("errorCode"):
                kind, path = BEGETS.get(one["eventName"], ("", ()))
                child = at(one, *path) if kind else None
                if child:
                    made.add((kind, child, parent))
                    if kind in ("session", "access-key") and child not in seen:
                        seen.add(child)
                        todo.append(child)
    for one in records.values():
        kind, name = ENDS.get(one["eventName"], ("", ""))
        if kind and not one.get("errorCode"):
            gone.add((kind, at(one, "requestParameters", name)))
    return made, {name: count for name, count in uses.items() if name in seen}, gone


def agrees(folder: Path, key: str) -> dict[str, Any]:
    document = oneoff.usage(f"id:{key}", [folder]).document()
    made, uses, gone = plainly(folder, key)
    kinds = {kind for kind, _ in BEGETS.values()}
    tree = [row for row in document["descent"] if row["kind"] in kinds]
    assert {(row["kind"], row["id"], row["parent"]) for row in tree} == made
    assert {row["id"]: row["uses"] for row in tree if row["kind"] in ("session", "access-key")} == {
        child: uses.get(child, 0) for kind, child, _ in made if kind in ("session", "access-key")
    }
    removed = {(row["kind"], row["id"]) for row in tree if row["alive"] == "no" and row["kind"] != "session"}
    assert removed == {(kind, child) for kind, child, _ in made if (kind, child) in gone and kind != "session"}
    assert document["by_key"]["events"] == uses[key]
    return document


def test_the_descent_agrees_with_a_count_that_knows_nothing_of_irkit(tmp_path: Path) -> None:
    admin = event(
        60,
        "DeleteAccessKey",
        key="AKIAADMIN",
        user="tobias",
        requestParameters={"accessKeyId": NEW_KEY, "userName": "eve-backdoor"},
    )
    document = agrees(write(tmp_path, [*story(), *story()[:5], admin]), KEY)
    assert [(row["key"], row["parent"], row["events"]) for row in document["derived"]] == [
        (SESSION, KEY, 1),
        (ROLE_SESSION, SESSION, 0),
    ]
    assert document["mentions"] == 0  # the administrator named the new key, not the leaked one
    by_id = {row["id"]: row for row in document["descent"]}
    assert "DeleteAccessKey by user/tobias" in by_id[NEW_KEY]["why"]
    assert (by_id["eve-backdoor"]["used"], by_id["eve-backdoor"]["alive"]) == ("yes", "unknown")


@pytest.mark.skipif(not REAL.is_dir(), reason="IRKIT_CLOUDTRAIL_CASE names no folder with CloudTrail/")
def test_the_real_files_say_what_is_known_of_them() -> None:
    own = agrees(REAL, REAL_KEY)["by_key"]
    assert (own["events"], own["first"], own["last"]) == (2104, "2023-07-10T11:54:33Z", "2023-07-10T12:29:09Z")
    assert (len(own["addresses"]), sum(own["errors"].values()), own["writes"]) == (1, 224, 504)


def test_a_session_is_judged_by_the_end_that_the_answer_names(tmp_path: Path) -> None:
    tree = oneoff.usage(f"id:{KEY}", [write(tmp_path, story())]).document()["descent"]
    assert {(row["id"], row["alive"], row["expires"]) for row in tree if row["kind"] == "session"} == {
        (SESSION, "no", "2026-03-02T00:00:00Z"), (ROLE_SESSION, "no", "2026-03-02T00:00:00Z"),
    }  # fmt: skip


def test_events_are_written_only_where_they_are_asked_for(tmp_path: Path) -> None:
    logs = write(tmp_path / "logs", story())
    everything = oneoff.usage(f"id:{KEY}", [logs])
    everything.write_events(tmp_path / "events")
    rows = [json.loads(line) for line in (tmp_path / "events").read_text().splitlines()]
    assert len(rows) == everything.report.by_key.events == 34
    assert len(oneoff.usage(f"id:{KEY}", [logs], most=2).read.events) == 2


@needs("python:sigma")
def test_rules_are_read_from_a_folder_and_those_that_fire_are_findings(tmp_path: Path) -> None:
    rules = tmp_path / "rules" / "aws"
    rules.mkdir(parents=True)
    (rules / "user.yml").write_text(
        "title: A user was made\nlevel: medium\nlogsource: {product: aws, service: cloudtrail}\n"
        "detection: {s: {eventName: CreateUser}, condition: s}\n"
    )
    (rules / "other.yaml").write_text("title: x\nlogsource: {product: windows}\ndetection: {s: {a: b}, condition: s}\n")
    used = oneoff.usage(f"id:{KEY}", [write(tmp_path / "logs", story())], means=Means(rules=str(tmp_path / "rules")))
    document = used.document()
    assert [(row["title"], row["by"], row["ours"]) for row in document["rules"]] == [
        ("A user was made", {"itself": 1}, 1)
    ]
    assert "Sigma: A user was made: 1 events" in [row["title"] for row in document["findings"]]
    assert document["skipped"] == [
        {"what": "rule aws/other.yaml", "why": "its log source (windows) is none that is read here"}
    ]
    assert "A user was made" in used.view().text()


@pytest.mark.parametrize(("allowed", "off"), [('"iam:*"', "unknown"), ('["iam:*", "s3:*"]', "no")])
def test_what_was_used_stands_beside_what_the_policy_allows(tmp_path: Path, allowed: str, off: str) -> None:
    """The owner listed buckets: a policy that does not allow that is not all there is, and says no to nothing."""
    policy = tmp_path / "policy.json"
    policy.write_text(f'{{"Statement": {{"Effect": "Allow", "Action": {allowed}, "Resource": "*"}}}}')
    document = oneoff.usage(
        f"id:{KEY}", [write(tmp_path / "logs", story())], means=Means(policy=str(policy))
    ).document()
    lines = {row["what"]: row for row in document["blast"]["lines"]}
    assert (lines["make new credentials"]["reachable"], lines["make new credentials"]["done"]) == ("yes", {"itself": 1})
    assert (
        lines["switch logging and detection off"]["reachable"],
        lines["switch logging and detection off"]["refused"],
    ) == (off, {"itself": 1})


@pytest.mark.parametrize(
    ("means", "said"),
    [
        (Means(policy="nowhere.json"), "cannot be read"),
        (Means(policy="{log}"), "no policy statement"),
        (Means(policy="{text}"), "no JSON"),
        (Means(rules="{empty}"), "no Sigma rules"),
        (Means(geoip="nowhere.mmdb"), "no GeoIP file"),
    ],
)
def test_what_cannot_be_used_is_told_in_a_sentence(tmp_path: Path, means: Means, said: str) -> None:
    logs = write(tmp_path / "logs", story())
    (tmp_path / "empty").mkdir()
    (tmp_path / "text").write_text("hello")
    places = {"log": logs / "trail.json", "text": tmp_path / "text", "empty": tmp_path / "empty"}
    filled = Means(*(value.format(**places) if isinstance(value, str) else value for value in vars(means).values()))
    with pytest.raises(BadInput, match=said):
        oneoff.usage(f"id:{KEY}", [logs], means=filled)


def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, events: list[dict[str, Any]]) -> Case:
    monkeypatch.setenv("FAKE_KEY", KEY)
    made = Case.create(tmp_path / "case", [SecretRef(f"id:{KEY}")])
    made.usage(write(tmp_path / "logs", events))
    return Case.open(tmp_path / "case")


def test_a_case_shows_what_was_read_as_often_as_it_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = case(tmp_path, monkeypatch, story())
    table = next(block for block in desk.findings().blocks if isinstance(block, Table))
    by_title = {row[1]: dict(zip(table.columns, row, strict=True)) for row in table.rows}
    unbounded = by_title["Nothing bounds when the exposure began: no use can be compared with the time before it"]
    assert (unbounded["Confidence"], unbounded["Rule out first"]) == ("unknown", "the window is not known yet")
    assert "└─── session" in desk.descent().text()
    assert "Uses over time" in desk.activity().text()
    assert "what it could reach is unknown" in desk.blast().text()
    uses = desk.frame("uses")
    assert set(uses["credential"]) == {KEY}
    [table] = [block for block in desk.table("uses").blocks if isinstance(block, Table)]
    assert [row[3] for row in (*table.rows, *table.rest)] == list(uses["action"])
    assert "New since" in desk.activity().text() or "no exposure window is known" in desk.activity().text().lower()
    desk.verify()


def test_before_any_log_was_read_it_says_so(tmp_path: Path) -> None:
    desk = Case.create(tmp_path / "case", [SecretRef(f"id:{KEY}")])
    for view in (desk.findings(), desk.descent(), desk.activity(), desk.blast()):
        assert "no log was read" in view.text()


def test_only_the_credentials_own_last_success_bounds_its_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What its backdoor did later says nothing of when the leaked key still lived."""
    late = event(5000, "ListUsers", key=NEW_KEY, user="eve-backdoor")
    desk = case(tmp_path, monkeypatch, [*story(), late])
    text = desk.window().text()
    assert (OPENED + timedelta(minutes=4)).strftime("%Y-%m-%d %H:%M") in text
    assert (OPENED + timedelta(minutes=5000)).strftime("%Y-%m-%d %H:%M") not in text


def test_of_more_uses_than_are_kept_the_first_of_each_address_and_the_last_that_worked_are_among_them() -> None:
    def use(minute: int, address: str, outcome: str = "ok") -> UsageEvent:
        return UsageEvent(
            "log", str(minute), OPENED + timedelta(minutes=minute), KEY, MatchKind.EXACT_ID, "Get", address=address,
            outcome=outcome,
        )  # fmt: skip

    kept = Kept(10, marked=True)
    for minute in range(500):
        kept.take(use(minute, "203.0.113.9" if minute == 203 else "192.0.2.1", "ok" if minute < 481 else "denied"))
    found = kept.all()
    assert [one.at for one in found] == sorted(one.at for one in found if one.at)
    assert [one.event_id for one in found if one.address == "203.0.113.9"] == ["203"]
    assert max(int(one.event_id) for one in found if one.outcome == "ok") == 480
    opened = Instant(OPENED + timedelta(minutes=100), Clock.PUSH, "the host", Trust.INDEPENDENT)
    stranger = first_by_stranger(found, Window(Bound(latest=opened), Bound()))
    assert stranger is not None
    assert stranger.event_id == "203"


def test_no_use_in_the_logs_is_said_to_be_no_more_than_that(tmp_path: Path) -> None:
    logs = write(tmp_path / "logs", story())
    (logs / "broken.json").write_text('{"Records": [{"eventName": "Li')
    text = usage_view("it", oneoff.usage("id:AKIAFAKEFAKEFAKE0099", [logs]).read).text()
    assert "No use of it is in the logs that were read, and 1 of their inputs could not be read" in " ".join(
        text.split()
    )
    assert "no answer for what they do not reach" in " ".join(text.split())
    assert "No use of it" not in usage_view("it", oneoff.usage(f"id:{KEY}", [logs]).read).text()
