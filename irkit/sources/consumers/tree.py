"""YAML as nodes with their lines. Nothing is constructed: every scalar is text, whatever its tag.

Bounded, since an alias may stand for a million nodes. https://pyyaml.org/wiki/PyYAMLDocumentation
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from irkit.sources.consumers.interface import Broken

_MOST_NODES = 200_000
_DEEPEST = 100


class Text(str):
    """A scalar, and the line (1-based) where it stands."""

    line: int = 1


class Map(dict[str, Any]):
    """A mapping, and the line where it begins. A later key wins; merged ones (`<<`) give way."""

    line: int = 1


def text(value: str, line: int) -> Text:
    made = Text(value)
    made.line = line
    return made


def documents(source: str) -> list[Any]:
    """Each document as `Map`, list and `Text`. Broken when it is not YAML, too deep or too large."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return [_Conversion().of(node) for node in yaml.compose_all(source, Loader=loader) if node is not None]
    except yaml.MarkedYAMLError as error:
        where = f" at line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise Broken(f"not YAML{where}") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise Broken("not YAML") from None


class _Conversion:
    def __init__(self) -> None:
        self._left = _MOST_NODES

    def of(self, node: Any, depth: int = 0) -> Any:
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            raise Broken("YAML that is nested too deep, or stands for too much")
        line = node.start_mark.line + 1
        if node.id == "scalar":
            return text(node.value, line)
        if node.id == "sequence":
            return [self.of(one, depth + 1) for one in node.value]
        made, merged = Map(), Map()
        made.line = line
        for key, value in node.value:
            if key.id != "scalar":
                continue
            converted = self.of(value, depth + 1)
            if key.value == "<<":
                for one in converted if isinstance(converted, list) else [converted]:
                    merged |= one if isinstance(one, Map) else {}
            else:
                name = text(key.value, key.start_mark.line + 1)
                made.pop(name, None)
                made[name] = converted
        return _under(made, merged)


def _under(made: Map, merged: Map) -> Map:
    for key, value in merged.items():
        made.setdefault(key, value)
    return made


def mapping(value: Any) -> Map:
    """The value, or an empty mapping where it is something else."""
    return value if isinstance(value, Map) else Map()


def listing(value: Any) -> list[Any]:
    """The value as a list: one thing is a list of it, nothing is none."""
    if isinstance(value, list):
        return value
    return [] if value is None or value == "" else [value]


def at(value: Any, *keys: str) -> Any:
    """What stands under the keys; None when nothing does."""
    for key in keys:
        value = mapping(value).get(key)
    return value


def line_of(value: Any, default: int = 1) -> int:
    if isinstance(value, list):
        return line_of(value[0], default) if value else default
    return int(getattr(value, "line", default))


def leaves(value: Any, keys: tuple[Text, ...] = ()) -> Iterator[tuple[tuple[Text, ...], Text]]:
    """Every scalar with the keys that lead to it; what stands in a list has the keys of the list."""
    if isinstance(value, Text):
        yield keys, value
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one, keys)
    else:
        for key, one in mapping(value).items():
            yield from leaves(one, (*keys, key if isinstance(key, Text) else text(key, 1)))


def inner_maps(value: Any) -> Iterator[Map]:
    """Every mapping within, itself first."""
    if isinstance(value, Map):
        yield value
    for one in value.values() if isinstance(value, Map) else value if isinstance(value, list) else ():
        yield from inner_maps(one)
