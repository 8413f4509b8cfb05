"""YAML as plain values: what aliases stand for is counted before any of it is made."""

from __future__ import annotations

from itertools import pairwise

import pytest
import yaml

from irkit.yaml_values import MOST, TooMuch, load, load_all

NAMES = "abcdefghijkl"
LAUGHS = "a: &a [x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in pairwise(NAMES)
)


@pytest.mark.parametrize(
    "text", ["", "a: 1", "[1, two, 3.5, null, true]", "a: &a {b: c}\nd: *a\ne: {<<: *a, f: g}", "2026-03-01", "- - - x"]
)
def test_what_is_within_bounds_is_read_as_ever(text: str) -> None:
    assert load(text) == yaml.safe_load(text)


def test_several_documents() -> None:
    assert list(load_all("a: 1\n---\n- b\n")) == [{"a": 1}, ["b"]]
    with pytest.raises(yaml.YAMLError, match="more than one"):
        load("a: 1\n---\n- b\n")


@pytest.mark.parametrize("text", [LAUGHS, f"- x\n---\n{LAUGHS}"])
def test_aliases_that_multiply_are_refused(text: str) -> None:
    with pytest.raises(TooMuch, match=str(MOST)):
        list(load_all(text))


@pytest.mark.parametrize("text", ["&a [*a]", "&a {b: *a}", "&a {*a : b}", "a: &a [b, {c: [*a]}]"])
def test_what_stands_for_itself_is_refused(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        load(text)


def test_many_values_without_aliases_are_as_good_as_the_text_is_long() -> None:
    assert len(load("[" + "x, " * 50_000 + "x]")) == 50_001


@pytest.mark.parametrize("text", ["!!python/object/apply:os.system ['touch ran']", "!!python/name:os.system", "!own x"])
def test_no_tag_makes_anything(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        load(text)
