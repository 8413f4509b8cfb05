"""Verifying key servers serve a key bare until a person confirms its mail address: who knew the key learns of the revocation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from irkit.errors import OutcomeUnknown, StepFailed
from irkit.openpgp import Gpg
from irkit.openpgp.operations import OPERATIONS
from irkit.openpgp.operations.publishing import standing
from irkit.openpgp.publishing import vks
from irkit.providers.interface import Reply
from tests.openpgp.published import ADDRESS, Two, hands, keys_of_a_module
from tests.servers.loopback import Answer, Asked, Server, serving
from tests.servers.vks import TOKEN, VerifyingKeyserver

publish = OPERATIONS["publish-vks"]


@pytest.fixture(scope="module")
def two() -> Iterator[Two]:
    with keys_of_a_module() as made:
        yield made


@pytest.fixture
def stub(make_gpg_home: Callable[[], Path]) -> VerifyingKeyserver:
    return VerifyingKeyserver(make_gpg_home())


@pytest.fixture
def server(stub: VerifyingKeyserver) -> Iterator[Server]:
    with serving(stub) as started:
        yield started


def posts(server: Server) -> list[str]:
    return [one.path for one in server.asked if one.method == "POST"]


def test_the_revocation_is_served_at_once_and_the_new_key_after_a_person_confirmed(
    two: Two, stub: VerifyingKeyserver, server: Server
) -> None:
    command = two.command("publish-vks", server=server.url, verify=ADDRESS)
    first = publish(command, hands())
    facts = dict(first.facts)
    assert "is revoked at" in first.what
    assert "without its user id" in first.what
    assert facts["published"] == "no"
    assert (facts["old_standing"], facts["new_standing"], facts["new_with_user_id"]) == ("revoked", "present", "no")
    assert facts[f"state of {ADDRESS}"] == "pending"
    assert f"sent to {ADDRESS} and confirm" in facts["a_person_must"]
    assert stub.mails == [ADDRESS]
    assert TOKEN not in repr(first)

    stub.confirm(two.new.key.primary, ADDRESS)
    second = publish(command, hands())
    assert "is published at" in second.what
    assert dict(second.facts)["published"] == "yes"
    assert "a_person_must" not in dict(second.facts)


def test_publishing_again_sends_no_second_mail_and_at_last_nothing(
    two: Two, stub: VerifyingKeyserver, server: Server
) -> None:
    command = two.command("publish-vks", server=server.url, verify=ADDRESS)
    publish(command, hands())
    again = publish(command, hands())
    assert stub.mails == [ADDRESS]
    assert dict(again.facts)[f"state of {ADDRESS}"] == "pending"
    stub.confirm(two.new.key.primary, ADDRESS)
    server.asked.clear()
    assert "already" in publish(command, hands()).what
    assert posts(server) == []


def test_no_mail_is_sent_that_was_not_asked_for(two: Two, stub: VerifyingKeyserver, server: Server) -> None:
    done = publish(two.command("publish-vks", server=server.url), hands())
    assert stub.mails == []
    assert f"verify={ADDRESS}" in dict(done.facts)["a_person_must"]


def test_the_standing_is_told_before_and_after(two: Two, server: Server) -> None:
    command = two.command("publish-vks", server=server.url)
    before = standing(command, hands())
    publish(command, hands())
    after = standing(command, hands())
    assert (before.old, before.new, before.unknown) == ("absent", "absent", False)
    assert (after.old, after.old_with_user_id, after.new) == ("revoked", "no", "present")
    assert "empty ring skips it" in after.why


def test_a_key_published_as_good_is_seen_as_good(two: Two, stub: VerifyingKeyserver, server: Server) -> None:
    Gpg(stub.home).must("before the leak", ["--import"], stdin=two.pair.before)
    stub.confirmed.add((two.old.key.primary, ADDRESS))
    seen = standing(two.command("publish-vks", server=server.url), hands())
    assert (seen.old, seen.old_with_user_id) == ("good", "yes")


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, '{"key_fpr": "0123"}'), (200, "[]"), (200, "<html>welcome</html>"), (400, '{"error": "no"}'), (500, "")],
)
def test_an_upload_that_is_not_answered_as_such_tells_no_state(status: int, body: str) -> None:
    read = vks.read_upload(Reply(status, body=body), "A" * 40)
    assert read.states == {}
    assert read.why


def test_a_state_of_another_kind_is_not_taken_for_one() -> None:
    body = '{"key_fpr": "%s", "status": {"a@example.test": "verified", "b@example.test": "pending"}, "token": 5}' % (
        "A" * 40
    )
    read = vks.read_upload(Reply(200, body=body), "A" * 40)
    assert read.states == {"b@example.test": "pending"}
    assert read.token == ""


@pytest.mark.parametrize(
    "answer", [Answer(500), Answer(200, b"<html>welcome</html>"), Answer(429, b"slow down"), None],
    ids=["500", "html", "429", "hang-up"],
)  # fmt: skip
def test_what_is_no_answer_is_unknown_and_never_no(two: Two, answer: Answer | None) -> None:
    with serving(lambda _asked: answer) as server:
        command = two.command("publish-vks", server=server.url)
        seen = standing(command, hands())
        assert (seen.old, seen.new, seen.new_with_user_id) == ("unknown", "unknown", "unknown")
        with pytest.raises(OutcomeUnknown, match="not known"):
            publish(command, hands())


def test_a_server_that_takes_everything_and_serves_nothing_is_caught(two: Two) -> None:
    def rule(asked: Asked) -> Answer:
        if asked.method == "GET":
            return Answer(404, b"No key found for fingerprint")
        return Answer(200, json.dumps({"key_fpr": two.new.key.primary, "status": {}, "token": TOKEN}).encode())

    with serving(rule) as server, pytest.raises(StepFailed, match="neither key") as failed:
        publish(two.command("publish-vks", server=server.url), hands())
    assert TOKEN not in str(failed.value)
