"""A value's outline says whom to ask: it never leaves out a provider whose shape fits, and a line of the table follows from the shapes."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules
from re import _constants, _parser
from typing import Any

import pytest

from irkit import providers
from irkit.providers import PROVIDERS
from irkit.providers.interface import Provider
from irkit.providers.outlines import LONGEST, OUTLINES


def literals(parsed: Any, flags: int) -> list[str]:
    """The longest text that is in whatever fits a parsed pattern; of one that is an alternation as a whole, of each way."""
    if flags & re.IGNORECASE:
        return [""]
    if len(parsed) == 1:
        kind, value = parsed[0]
        if kind is _constants.SUBPATTERN:
            return literals(value[-1], value[1])
        if kind is _constants.BRANCH:
            return [text for way in value[1] for text in literals(way, flags)]
    runs = [""]
    for kind, value in parsed:
        if kind is _constants.LITERAL:
            runs[-1] += chr(value)
        else:
            runs.append("")
    return [max(runs, key=len)]


def outline(provider: Provider) -> tuple[int, int, tuple[str, ...]]:
    parsed = [_parser.parse(shape.pattern) for shape in provider.shapes if not shape.opaque]
    widths = [one.getwidth() for one in parsed] or [(0, 0)]
    found = dict.fromkeys(text for one in parsed for text in literals(one, one.state.flags))
    parts = tuple(text for text in found if not any(other != text and other in text for other in found))
    return min(least for least, _ in widths), min(LONGEST, max(most for _, most in widths)), parts


@pytest.mark.parametrize("name", PROVIDERS)
def test_an_outline_follows_from_the_shapes(name: str) -> None:
    made = outline(PROVIDERS[name])
    assert OUTLINES[name] == made, f'the line in irkit/providers/outlines.py is now: "{name}": {made},'


def test_every_provider_there_is_has_a_line() -> None:
    modules = [import_module(f"{providers.__name__}.{one.name}") for one in iter_modules(providers.__path__)]
    there = {one.name for module in modules for one in vars(module).values() if isinstance(one, Provider)}
    assert there == {*PROVIDERS, "unknown"}
    assert all(PROVIDERS[name].name == name for name in PROVIDERS)


@pytest.mark.parametrize(
    ("value", "whose"),
    [
        ("AKIAFAKEFAKEFAKEFAKE", set()),
        ("hf_" + "visiblyFake" * 3 + "x", {"huggingface"}),
        ("nobody-knows-this-one", set()),
    ],
)
def test_to_recognise_a_value_no_other_provider_is_imported(value: str, whose: set[str]) -> None:
    code = "import sys; from irkit.providers import identify; identify(sys.argv[1]); print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code, value], capture_output=True, text=True, check=True).stdout
    assert {name for name in PROVIDERS if f"irkit.providers.{name.replace('-', '_')}" in told.split()} == whose
