"""Every command that a page shows: typed where it can be, checked against irkit where it cannot."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.docs.blocks import PAGES, ROOT, SHELL, Marks, fences, indented, spans
from tests.docs.checking import faults, irkit_fault, lines
from tests.docs.running import Desk, desk, typed
from tests.docs.stand_ins import STAND_INS, the_drill
from tests.docs.told import agree
from tests.needs import has

RUN = [page for page in PAGES if any(block.kind in SHELL and block.marks.run for block in fences(page))]


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", RUN, ids=named)
def test_what_a_page_shows_can_be_typed_and_does_what_is_shown(page: Path, request: pytest.FixtureRequest) -> None:
    blocks = [block for block in fences(page) if block.kind in SHELL and block.marks.run]

    def stand_in(name: str, place: Desk) -> None:
        if name == "drill":
            the_drill(place, request.getfixturevalue("drill"))
        else:
            STAND_INS[name](place)

    if missing := [need for block in blocks for need in block.marks.needs if not has(need)]:
        pytest.skip(f"{missing[0]} is missing")
    with desk() as place:
        came = typed(blocks, place, stand_in)
        for one in came:
            assert one.code == 0, f"{one.block.where}: {one.command}\n{one.printed}"
            if one.block.kind == "console":
                assert agree(one.shown, one.printed), (
                    f"{one.block.where}: {one.command} printed otherwise than shown (python -m tests.docs {named(page)}):\n{one.printed}"
                )
        assert len(came) >= len(blocks), came


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_what_is_not_typed_names_what_exists(page: Path) -> None:
    for block in fences(page):
        if block.kind in SHELL and not block.marks.run:
            text = "".join(command for command, _ in block.commands)
            assert faults(text) == [], block.where
            assert [path for path in block.marks.held_by if not (ROOT / path).exists()] == [], block.where


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_command_hides_where_it_is_not_typed(page: Path) -> None:
    kinds = {block.kind for block in fences(page)}
    assert kinds <= {*SHELL, "toml", "python", "yaml", "json", "text"}, (
        "a command is sh or console, what it prints is text"
    )
    for line, text in indented(page):
        assert not re.search(r"^(\$ )?irkit ", text, re.MULTILINE), f"{named(page)}:{line}: a command stands in a fence"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_within_a_sentence_exist_with_their_options(page: Path) -> None:
    for line, text in spans(page):
        for words in lines(text) if text.startswith("irkit ") else ():
            assert irkit_fault(words[1:], whole=False) == "", f"{named(page)}:{line}: {text}"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("irkit export CASE --format docx", "irkit export knows no docx; it knows html, md, json, pdf, stix, ics, csv"),
        ("irkit export CASE --colour", "irkit export: No such option: --colour"),
        ("irkit verify", "irkit verify needs CASE"),
        ("irkit keys", "irkit keys needs a command"),
        ("irkit keys lost X", "irkit keys has no command lost"),
        ("irkit show CASE MORE", "irkit show takes no MORE"),
        ("make nothing", "make has no target nothing"),
        ("pip install '.[gold]'", "irkit has no extra gold"),
        ("python benchmarks/none.py", "there is no benchmarks/none.py"),
    ],
)
def test_a_renamed_option_is_seen(text: str, why: str) -> None:
    (said,) = faults(text)
    assert said.startswith(why)


@pytest.mark.parametrize(
    "text",
    [
        "irkit guard gate PATH [--case CASE] [--unknown] [--format json]  # as a form",
        "irkit locate REF PATH... --format table|json|csv",
        "TOKEN=x irkit locate env:TOKEN \\\n  shop",
    ],
)
def test_a_form_is_understood(text: str) -> None:
    assert faults(text) == []


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a 2026-01-02T03:04:05Z\n", "a 2025-11-12T13:14:15.678Z\n", True),
        ("plan revoke-0123456789ab\n", "plan revoke-ffffffffffff\n", True),
        ("one\n...\nfour\n", "one\ntwo\nthree\nfour\n", True),
        ("one\n...\nthree\n...\n", "one\ntwo\nthree\nfour\n", True),
        ("...\ntwo\n...\nfive\n", "one\ntwo\nthree\nfour\n", False),
        ("OK: 52 of 52 right\n", "OK: 51 of 52 right\n", False),
        ("dead\n", "not dead\n", False),
    ],
)
def test_what_was_printed_is_compared_but_for_what_differs_from_run_to_run(
    shown: str, printed: str, same: bool
) -> None:
    assert agree(shown, printed) is same


@pytest.mark.parametrize("said", ["not run", "later", "exit 9", "not run; held by tests/conftest.py"])
def test_a_bare_skip_is_no_mark(said: str) -> None:
    with pytest.raises(ValueError, match=r"reason|no mark"):
        Marks.read(said)


@pytest.mark.parametrize("page", RUN, ids=named)
def test_what_is_typed_installs_nothing(page: Path) -> None:
    for block in fences(page):
        if block.kind in SHELL and block.marks.run:
            words = [line for command, _ in block.commands for line in lines(command)]
            assert [line for line in words if line[0] in ("pip", "npm", "sudo", "apt-get", "make")] == [], block.where


def test_what_is_shown_as_data_is_data() -> None:
    for page in PAGES:
        for block in fences(page):
            if block.kind in READERS:
                READERS[block.kind](block.text)


READERS = {
    "toml": tomllib.loads,
    "json": json.loads,
    "yaml": yaml.safe_load,
    "python": lambda text: compile(text, "a page", "exec"),
}
