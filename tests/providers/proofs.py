"""Which claim of a provider or store a test bears out. `test_claims.py` holds the claims in the code against these marks.

    @proves("npm", "verify", "revoke", "confirm", by="real server: verdaccio")

The names must stand as they are in the source: the marks are read without running anything.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

T = TypeVar("T", bound=Callable[..., object])
TESTS = Path(__file__).parents[1]


def proves(_name: str, *_abilities: str, by: str) -> Callable[[T], T]:
    """Marks a test; nothing happens when it runs."""
    assert by
    return lambda test: test


def marks() -> Iterator[tuple[str, str, str]]:
    """(provider or store, ability, by what) of every marked test below tests/."""
    for path in sorted(TESTS.rglob("test_*.py")):
        if "node_modules" in path.parts or "proves(" not in (text := path.read_text()):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for mark in node.decorator_list:
                    if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == "proves":
                        name, *abilities = (ast.literal_eval(one) for one in mark.args)
                        by = ast.literal_eval(mark.keywords[0].value)
                        yield from ((name, ability, by) for ability in abilities)
