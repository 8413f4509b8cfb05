"""The logs hold what the truth says, counted again here from the files alone."""

from __future__ import annotations

import base64
import gzip
import hashlib
import ipaddress
import json
import re
import subprocess
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from irkit.drill.truth import AWS_KEY, GITHUB_TOKEN
from irkit.drill.world import World
from irkit.model import parse_instant
from tests.drill.conftest import value_of

DOCUMENTATION = [ipaddress.ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]


def cloudtrail(world: World) -> list[dict[str, Any]]:
    files = sorted(world.cloudtrail.rglob("*.json.gz"))
    return [event for path in files for event in json.loads(gzip.decompress(path.read_bytes()))["Records"]]


def github(world: World) -> list[dict[str, Any]]:
    weekly = [
        gzip.decompress(path.read_bytes()).splitlines() for path in sorted(world.github_audit.glob("*.ndjson.gz"))
    ]
    recent = json.loads((world.github_audit / "export-recent.json").read_text())
    return [json.loads(line) for lines in weekly for line in lines] + recent


def test_cloudtrail_files_stand_where_aws_puts_them(world: World) -> None:
    account = world.truth.aws_account
    layout = re.compile(
        rf"AWSLogs/{account}/CloudTrail/([\w-]+)/(\d{{4}})/(\d\d)/(\d\d)/{account}_CloudTrail_\1_\2\3\4T\d{{4}}Z_[A-Za-z0-9]{{16}}\.json\.gz"
    )
    files = [str(path.relative_to(world.cloudtrail)) for path in world.cloudtrail.rglob("*") if path.is_file()]
    assert [name for name in files if not layout.fullmatch(name)] == []
    assert {name.split("/")[3] for name in files} == {"eu-central-1", "us-east-1", "us-west-2", "ap-southeast-1"}


def test_cloudtrail_events_by_key_are_those_of_the_truth(world: World) -> None:
    events = cloudtrail(world)
    for use in (use for use in world.truth.uses if use.credential == AWS_KEY):
        mine = [event for event in events if event["userIdentity"]["accessKeyId"] == use.key]
        once = {event["eventID"]: event for event in mine}
        times = sorted(parse_instant(event["eventTime"]) for event in mine)
        assert (len(once), len(mine) - len(once)) == (use.events, use.duplicates), use.key
        assert (times[0], times[-1]) == (use.first, use.last)
        assert Counter(event["sourceIPAddress"] for event in once.values()) == use.addresses
        assert Counter(event["errorCode"] for event in once.values() if "errorCode" in event) == use.errors


def test_some_cloudtrail_events_merely_name_the_key(world: World) -> None:
    key = world.truth.aws_key_id
    others = [event for event in cloudtrail(world) if event["userIdentity"]["accessKeyId"] != key]
    naming = [event for event in others if key in json.dumps(event)]
    assert len(naming) == world.truth.mentions[AWS_KEY] == 3


def test_derived_and_created_keys_are_handed_out_by_their_parents(world: World) -> None:
    handed: dict[str, str] = {}
    for event in cloudtrail(world):
        answer = event["responseElements"] or {}
        for made in ("credentials", "accessKey"):
            if made in answer and event["userIdentity"]["accessKeyId"]:
                handed[answer[made]["accessKeyId"]] = event["userIdentity"]["accessKeyId"]
    for use in world.truth.uses:
        if use.credential == AWS_KEY and use.how != "by_key":
            assert handed[use.key] == use.parent


def test_github_events_carry_the_hash_of_the_token_and_milliseconds(world: World) -> None:
    token = value_of(world, "github-token")
    hashed = base64.b64encode(hashlib.sha256(token.encode()).digest()).decode()
    (use,) = world.truth.uses_of(GITHUB_TOKEN, "by_key")
    mine = [event for event in github(world) if event.get("hashed_token") == hashed]
    once = {event["_document_id"]: event for event in mine}
    times = sorted(event["@timestamp"] / 1000 for event in mine)
    assert (len(once), len(mine) - len(once)) == (use.events, use.duplicates)
    assert use.first is not None
    assert use.last is not None
    assert (times[0], times[-1]) == (use.first.timestamp(), use.last.timestamp())
    assert use.duplicates > 0
    (added,) = (event for event in once.values() if event["action"] == "public_key.create")
    assert added["fingerprint"] == world.truth.uses_of(GITHUB_TOKEN, "created")[0].key


@pytest.mark.parametrize("log", [cloudtrail, github])
def test_addresses_are_of_the_ranges_kept_for_documentation(world: World, log: Any) -> None:
    found = {event.get("sourceIPAddress") or event.get("actor_ip") for event in log(world)} - {"ecs.amazonaws.com"}
    assert [
        address for address in found if not any(ipaddress.ip_address(address) in net for net in DOCUMENTATION)
    ] == []


def test_nobody_intrudes_before_the_push(world: World) -> None:
    for leak in world.truth.leaks:
        first = world.truth.first_intrusion.get(leak.credential)
        assert first is None or leak.authored <= leak.pushed < first


def test_the_push_log_holds_the_push_of_every_leaking_commit(world: World) -> None:
    pushes = json.loads(world.pushes.read_text())
    at: dict[str, datetime] = {push["after"]: parse_instant(push["timestamp"]) for push in reversed(pushes)}
    known = subprocess.run(
        ["git", "-C", str(world.repository), "cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    for leak in world.truth.leaks:
        assert at[leak.commit] == leak.pushed
        assert world.truth.now - leak.pushed < timedelta(days=9.5)
    assert {push["after"] for push in pushes} <= set(known)
    assert {push["activity_type"] for push in pushes} == {"push", "pr_merge", "branch_creation", "force_push"}
