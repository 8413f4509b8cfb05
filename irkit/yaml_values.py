"""YAML as plain values: safe-loaded, and no more of them than its text may stand for. Pure.

An alias costs two characters and may stand for a million values, which is nothing to hold and forever to look through
(https://pyyaml.org/wiki/PyYAMLDocumentation, "Aliases"). So the nodes are counted, as often as they are named, before a value is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

MOST = 100_000
"""Values, keys included, that one document may stand for."""


class TooMuch(yaml.YAMLError):
    """It stands for more than `MOST` values, or for itself."""


def load(text: str | bytes) -> Any:
    """The one document of a text; None for an empty one. yaml.YAMLError, and of a value that is none whatever Python raises."""
    documents = list(load_all(text))
    if len(documents) > 1:
        raise yaml.YAMLError("there is more than one document")
    return documents[0] if documents else None


def load_all(text: str | bytes) -> Iterator[Any]:
    """Each document. Raises as `load`, when it comes to it; RecursionError for what is nested too deeply."""
    loader = yaml.SafeLoader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            _count(node, {}, set())
            yield loader.construct_document(node)
    finally:
        loader.dispose()


def tree(text: str | bytes) -> yaml.Node | None:
    """The one document as nodes with their places; None for an empty one. Raises as `load`."""
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is not None:
            _count(node, {}, set())
        return node
    finally:
        loader.dispose()


def _count(node: Any, known: dict[int, int], above: set[int]) -> int:
    """How many values a node stands for; each node is looked at once."""
    here = id(node)
    if here in above:
        raise TooMuch("it stands for itself")
    if here not in known:
        parts = node.value if isinstance(node.value, list) else []
        above.add(here)
        inner = (one for part in parts for one in (part if isinstance(part, tuple) else (part,)))
        known[here] = 1 + sum(_count(one, known, above) for one in inner)
        above.discard(here)
    if known[here] > MOST:
        raise TooMuch(f"it stands for more than {MOST} values")
    return known[here]


Place = tuple[str | int, ...]
"""Where in a document, as names and numbers."""


def line_of(node: yaml.Node | None, where: Place) -> int:
    """The line of an entry; of what stands around it when it is not there itself."""
    mark = node.start_mark if node else None
    for part in where:
        if isinstance(node, yaml.MappingNode):
            pair = next((one for one in reversed(node.value) if one[0].value == str(part)), None)
            if pair is None:
                break
            mark, node = pair[0].start_mark, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            mark = node.start_mark
        else:
            break
    return mark.line + 1 if mark else 1


def twice(node: yaml.Node | None, where: Place = ()) -> Iterator[Place]:
    """Words that stand twice under the same entry: YAML's reader takes the last one and says nothing."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                yield (*where, name)
            seen.add(name)
            yield from twice(value, (*where, name))
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from twice(value, (*where, number))
