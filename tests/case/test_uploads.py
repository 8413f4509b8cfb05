"""What a registry recorded as published, beside the window: inside, outside, or not to be told."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from irkit.case import Case
from irkit.case.exposure.uploads import kept
from irkit.errors import BadInput
from irkit.model import Kind, SecretRef, parse_instant
from irkit.model.uploads import published
from tests.servers.loopback import Answer, serving

TOKEN = "registry_FAKE_FAKE_FAKE_0123456789"
PACKAGE = {
    "name": "widget",
    "time": {
        "created": "2026-01-01T00:00:00.000Z", "modified": "2026-03-05T00:00:00.000Z",
        "1.0.0": "2026-01-01T00:00:00.000Z", "1.0.1": "2026-03-05T00:00:00.000Z",
    },
    "versions": {
        "1.0.0": {"version": "1.0.0", "dist": {"shasum": "0a" * 20}},
        "1.0.1": {"version": "1.0.1", "dist": {"shasum": "0b" * 20}},
    },
}  # fmt: skip


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    return Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")], settings={"responder": "carol"})


def at(text: str) -> datetime:
    return parse_instant(text)


def test_versions_beside_the_window(case: Case, tmp_path: Path) -> None:
    assert "irkit capture" in case.uploads().text()
    saved = tmp_path / "widget.json"
    saved.write_text(json.dumps(PACKAGE))
    first = case.uploads(clocks=[saved]).text()
    assert all(first_of(first, version).split()[-1] == "unknown" for version in ("1.0.0", "1.0.1"))  # no window yet
    case.left("Dora", at("2026-03-01T00:00:00Z"), "her last day")
    case.window(clocks=[saved])
    told = case.uploads(clocks=[saved]).text()
    assert "Of 2 versions on record 1 was published while it was exposed, and 1 may have been." in told
    assert "yes" in first_of(told, "1.0.1")
    assert "unknown" in first_of(told, "1.0.0")  # nothing bounds the opening at the earliest


def test_without_a_token_nothing_is_said_of_any_time(tmp_path: Path) -> None:
    """A signing key publishes nothing: no version was laid beside its window, so none is called outside of it."""
    made = Case.create(tmp_path / "case", [SecretRef(f"gpg:{'0123456789ABCDEF' * 2}01234567")])
    saved = tmp_path / "widget.json"
    saved.write_text(json.dumps(PACKAGE))
    told = made.uploads(clocks=[saved]).text()
    assert "2 versions are on record; this case holds no token to lay them beside." in told
    assert "none was published" not in told


def first_of(text: str, version: str) -> str:
    return next(line for line in text.splitlines() if f"widget@{version}" in line)


HTML = "<!doctype html><title>Sign in</title>"
REMOVED = PACKAGE | {"versions": {"1.0.0": PACKAGE["versions"]["1.0.0"]}}  # type: ignore[index]


def known(case: Case) -> dict[str, tuple[str, ...]]:
    """The versions that the case knows of, and what is said about each."""
    return {one.upload.name: one.notes for one in published(kept(case))}


def test_what_was_given_once_is_remembered_and_stands_in_the_postmortem(case: Case, tmp_path: Path) -> None:
    saved = tmp_path / "widget.json"
    saved.write_text(json.dumps(PACKAGE))
    case.uploads(clocks=[saved])
    saved.unlink()
    again = Case.open(case.folder)
    assert "widget@1.0.1" in again.uploads().text()
    assert len(again.journal.records(Kind.UPLOADS)) == 1
    story = again.postmortem().markdown().replace("<!-- -->", "")
    assert "widget@1.0.1" in story
    assert "nobody knows when widget.json was saved" in story


def test_a_version_that_its_registry_lists_no_more_is_told(case: Case, tmp_path: Path) -> None:
    saved = tmp_path / "widget.json"
    saved.write_text(json.dumps(REMOVED))
    case.uploads(clocks=[saved])
    assert known(case)["widget@1.0.0"] == ()
    assert "lists it no more" in known(case)["widget@1.0.1"][0]


def test_times_alone_as_npm_prints_them_are_versions_too(case: Case, tmp_path: Path) -> None:
    saved = tmp_path / "times.json"
    saved.write_text(json.dumps(PACKAGE["time"]))
    case.uploads(clocks=[saved])
    assert known(case) == {"1.0.0": (), "1.0.1": ()}


def test_a_page_of_html_is_no_record(case: Case, tmp_path: Path) -> None:
    saved = tmp_path / "widget.json"
    saved.write_text(HTML)
    with pytest.raises(BadInput, match="neither JSON nor a reflog"):
        case.uploads(clocks=[saved])
    assert not case.journal.records(Kind.UPLOADS)


REFUSALS = {
    "html": (Answer(200, HTML.encode()), "200 without JSON"),
    "gone": (Answer(404, b'{"error": "no such package available"}'), "404: not there"),
    "limited": (Answer(429, b"{}"), "rate limit"),
    "silent": (None, "no answer"),
}


@pytest.fixture
def of_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Case]:
    """Makes a case on a token of an npm registry, with what case.toml says of it."""
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    monkeypatch.setenv("MINE", "visibly-fake-password")
    (Path.home() / ".npmrc").write_text("registry=http://127.0.0.1:9/\n")

    def make(**npm: Any) -> Case:
        return Case.create(
            tmp_path / "npm", [SecretRef("env:FAKE_TOKEN")], settings={"providers": {"npm": npm}},
            issuers={"env:FAKE_TOKEN": "npm"},
        )  # fmt: skip

    return make


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_registry_that_gives_no_record_leaves_it_unknown(of_npm: Callable[..., Case], refusal: str) -> None:
    answer, why = REFUSALS[refusal]
    with serving(lambda _asked: answer) as server:
        made = of_npm(base=server.url)
        view, lost = made.captured("npm:widget")
    assert lost == 1
    assert why in view.markdown()
    assert "No version is on record, which does not show that none was published" in view.markdown()
    assert "its registry gave no record" in made.postmortem().markdown()


def test_a_token_of_npm_without_a_record_leaves_open_what_was_published(of_npm: Callable[..., Case]) -> None:
    assert "no record of a package registry was given" in of_npm().postmortem().markdown()


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (
            PACKAGE | {"versions": {"1.0.0": {"dist": {"tarball": "https://npm.other.example/w.tgz"}}}},
            "is of npm.other.example",
        ),
        ({"info": {"name": "widget", "version": "1.0"}, "urls": []}, "another kind of registry"),
    ],
)
def test_a_record_of_another_registry_is_told(
    of_npm: Callable[..., Case], tmp_path: Path, record: dict[str, Any], why: str
) -> None:
    saved = tmp_path / "widget.json"
    saved.write_text(json.dumps(record))
    assert why in of_npm(base="https://npm.example.org").uploads(clocks=[saved]).markdown()


def test_the_responders_password_is_sent_as_one(of_npm: Callable[..., Case]) -> None:
    with serving(lambda _asked: Answer(200, json.dumps(PACKAGE).encode())) as server:
        of_npm(base=server.url, responder="env:MINE", options={"user": "alice"}).capture("npm:widget")
    (asked,) = server.asked
    assert asked.headers["authorization"].startswith("Basic ")
