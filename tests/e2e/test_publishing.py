"""The playbook publishing-token from the leak to the postmortem: npm, the registry, git and gpg are real, and so is the stranger."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from pathlib import Path

import pytest
import requests

from irkit.case import Case
from irkit.model import Kind, parse_instant
from irkit.providers.npm import NPM
from tests.e2e.publishing import APART, answers, hand_tasks, leak, not_known, notes, told, wait_until
from tests.needs import needs
from tests.sources.git.conftest import Repo

CLAIMED = "2020-01-01T00:00:00.000Z"
"""What the stranger's package says of itself: long before the leak."""

pytestmark = needs("npm:verdaccio", "npm")


@pytest.mark.slow
def test_from_the_leak_to_the_postmortem(tmp_path: Path, alice: tuple[Path, str]) -> None:
    with leak(tmp_path) as it:
        repo, look_alike = Repo(tmp_path / "shop"), NPM.shapes[-1].look_alike
        assert look_alike is not None
        it.push(repo, "a shop", {"README": "shop\n"})
        it.publish("widget", "1.0.0")
        it.open(tmp_path / "alice.asc")
        wait_until(datetime.now(UTC) + APART)
        it.push(repo, "publish from CI", {".npmrc": it.npmrc(it.leaked)})
        wait_until(datetime.now(UTC) + APART)
        clone = it.clone()
        done = it.leaked_publish("widget", "1.0.1", clone, made=CLAIMED)
        assert done.returncode == 0, done.stderr
        assert it.knows(it.leaked) == (200, {"username": "alice"})

        it.typed("capture", "npm:widget", "--case", it.case)
        said = it.contain(alice)
        assert "Ask the registry once more" in said
        # Before it was dead the registry was asked, so what came in between is not known.
        assert "before the credential was dead" in not_known(it.case)
        it.typed("capture", "npm:widget", "--case", it.case)
        assert "before the credential was dead" not in not_known(it.case)
        assert told(it.typed("uploads", it.case), "widget@1.0.1").split()[-1] == "yes"
        (task,) = hand_tasks(said)
        it.typed("done", it.case, task, "--text", "widget@1.0.1 is not ours, it is deprecated")
        assert "postmortem" in it.run(0)

        # The registry's own times are the clock, and no date inside a package is.
        times = it.record("widget")["time"]
        found = answers(it.case)
        assert {name: at for name, (at, _) in found.items()} == {
            f"widget@{version}": parse_instant(times[version]) for version in ("1.0.0", "1.0.1")
        }
        assert {name: exposed for name, (_, exposed) in found.items()} == {"widget@1.0.0": False, "widget@1.0.1": True}

        # Alive before, dead after, as a look-alike that was never issued: the registry names nobody by either.
        for token in (it.leaked, look_alike()):
            assert "username" not in it.knows(token)[1]
        refused = it.leaked_publish("widget", "1.0.2", clone)
        assert refused.returncode != 0
        assert re.search(r"code E40[13]", refused.stderr)
        assert "1.0.2" not in it.record("widget")["versions"]

        text = it.postmortem()
    case = Case.open(it.case)
    assert case.journal.records(Kind.VERDICT)[-1].body["verdict"] == "dead"
    stood = {(one.body["moment"], one.body["standing"]["state"]) for one in case.journal.records(Kind.STANDING)}
    assert {("before", "alive"), ("control", "dead"), ("after", "dead")} <= stood
    window = case.journal.records(Kind.WINDOW)[-1].body["window"]
    assert window["opened"]["earliest"]["at"] == window["opened"]["latest"]["at"] == it.pushes[-1]["timestamp"]
    assert told(text, "| widget@1.0.1 |").split("|")[4].strip() == "yes"
    assert told(text, "| widget@1.0.0 |").split("|")[4].strip() == "no"
    assert "widget@1.0.1 was published while it was exposed" in text
    assert "step versions of playbook publishing-token" in text
    assert "widget@1.0.1 is not ours, it is deprecated" in text
    still = text.partition("What is still open")[2].partition("\n## ")[0]
    assert "published and taken out again may be in no record" in still
    assert "no record of any other was given" in still
    assert CLAIMED[:10] not in text


def test_what_was_taken_out_of_the_registry_again_is_never_shown_as_nothing(tmp_path: Path) -> None:
    with leak(tmp_path) as it:
        for name in ("widget", "@acme/widget"):
            it.publish(name, "1.0.0")
        it.publish("widget", "1.0.1")
        it.open()
        asked = it.typed("capture", "npm:widget", "--case", it.case) + it.typed(
            "capture", "npm:@acme/widget", "--case", it.case
        )
        assert "widget@1.0.1" in asked
        assert "@acme/widget@1.0.0" in asked
        # What npm itself prints is a record, too: the way for one that is longer than irkit reads.
        (tmp_path / "printed.json").write_text(
            it.npm("view", "widget", "name", "time", "versions", "--json", where=tmp_path, token=it.leaked).stdout
        )
        printed = tmp_path / "printed"
        it.open(case=printed)
        it.typed("uploads", printed, tmp_path / "printed.json")
        assert set(notes(printed)) == {"widget@1.0.0", "widget@1.0.1"}
        assert "nobody knows when printed.json was saved" in not_known(printed)
        # verdaccio forgets the version: neither its time nor that anything changed is left in its record.
        first = it.record("widget")
        assert it.npm("unpublish", "widget@1.0.1", where=tmp_path, token=it.leaked).returncode == 0
        then = it.record("widget")
        assert "1.0.1" not in then["time"]
        assert then["time"]["modified"] == first["time"]["modified"]
        it.typed("capture", "npm:widget", "--case", it.case)
        assert "taken out meanwhile" in notes(it.case)["widget@1.0.1"]
        # Whoever had never asked before does not learn of it, and is told that this may be so.
        other = tmp_path / "other"
        it.open(case=other)
        it.typed("capture", "npm:widget", "--case", other)
        assert list(notes(other)) == ["widget@1.0.0"]
        assert "taken out again may be in no record" in not_known(other)
        # Published again under the same number: the time is that of the file that is there now.
        assert it.npm("unpublish", "widget@1.0.0", where=tmp_path, token=it.leaked, force=True).returncode == 0
        (tmp_path / "widget-1.0.0" / "index.js").write_text("// another\n")
        assert it.npm("publish", where=tmp_path / "widget-1.0.0", token=it.leaked).returncode == 0
        it.typed("capture", "npm:widget", "--case", it.case)
        assert "it was replaced" in notes(it.case)["widget@1.0.0"]
        # The whole package is gone: what was seen before stays, what is not known is said.
        assert it.npm("unpublish", "@acme/widget", where=tmp_path, token=it.leaked, force=True).returncode == 0
        said = it.typed("capture", "npm:@acme/widget", "--case", it.case)
        assert "404" in said
        assert "@acme/widget@1.0.0" in notes(it.case)
        assert "@acme/widget: its registry gave no record" in not_known(it.case)


def test_the_registry_takes_no_time_from_whoever_publishes(tmp_path: Path) -> None:
    """docs/playbooks.md says so of verdaccio: a time in what is sent, at first and when a package is changed, is not kept."""
    with leak(tmp_path) as it:
        began, who = datetime.now(UTC), {"Authorization": f"Bearer {it.leaked}"}
        dist = {"tarball": f"{it.registry.url}/w/-/w-1.0.0.tgz", "shasum": sha1(b"hello").hexdigest()}  # noqa: S324
        sent = {
            "_id": "w", "name": "w", "dist-tags": {"latest": "1.0.0"},
            "time": {"created": CLAIMED, "modified": CLAIMED, "1.0.0": CLAIMED},
            "versions": {"1.0.0": {"name": "w", "version": "1.0.0", "dist": dist}},
            "_attachments": {"w-1.0.0.tgz": {"content_type": "application/octet-stream", "data": "aGVsbG8=", "length": 5}},
        }  # fmt: skip
        put = requests.put(f"{it.registry.url}/w", json=sent, headers=who, timeout=20)
        assert put.status_code == 201, put.text
        first = it.record("w")
        assert parse_instant(first["time"]["1.0.0"]) >= began - timedelta(seconds=1)
        changed = requests.put(
            f"{it.registry.url}/w/-rev/{first['_rev']}", json=first | {"time": sent["time"]}, headers=who, timeout=20
        )
        assert changed.status_code == 201, changed.text
        assert it.record("w")["time"] == first["time"]
