"""Helm charts, as far as they can be read without rendering them: every answer is a guess.

A template is read as a manifest in which `{{ .Values.a.b }}` stands as the text `values.a.b`. https://helm.sh/docs/chart_template_guide/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from irkit.model import Sure
from irkit.sources.consumers.interface import Broken, Reader, Reference, matcher, numbered
from irkit.sources.consumers.kubernetes import manifest
from irkit.sources.consumers.tree import documents, leaves

_INLINE = re.compile(r"\{\{([^{}]*)\}\}")
_VALUE = re.compile(r"\.Values\.([A-Za-z_][\w.]*)")
_NOTE = "a chart is not rendered here: look at helm get manifest"


def _template(path: str, source: str) -> Iterator[Reference]:
    for number, line in numbered(source):
        for value in dict.fromkeys(_VALUE.findall(line)):
            key = line.strip().removeprefix("- ").partition(":")[0].strip("\"' ")
            gives = (key,) if re.fullmatch(r"[A-Za-z_][\w.-]*", key) and key != "value" else ()
            yield Reference(
                (f"values.{value}",), f"template {path}", f".Values.{value}", number, gives, sure=Sure.GUESS, note=_NOTE
            )
    try:
        read = documents(_plain(source))
    except Broken:
        return  # what the lines tell has been told
    for document in read:
        yield from manifest(document, Sure.GUESS)


def _plain(source: str) -> str:
    """The template without its control lines, each expression as a word."""
    return "\n".join("" if _alone(line.strip()) else _INLINE.sub(_word, line) for line in source.splitlines())


def _alone(line: str) -> bool:
    """Whether there is nothing on the line but an expression that gives no value: if, range, include, end."""
    return line.startswith("{{") and line.find("}}") == len(line) - 2 and ".Values" not in line.split("|")[0][:60]


def _word(expression: re.Match[str]) -> str:
    found = _VALUE.search(expression[1])
    return f"values.{found[1]}" if found else "templated"


def _values(path: str, source: str) -> Iterator[Reference]:
    for document in documents(source):
        for keys, leaf in leaves(document):
            if keys:
                dotted = ".".join(keys)
                needs = (str(keys[-1]), dotted, f"values.{dotted}")
                yield Reference(needs, f"values of the chart, {path}", f"value {dotted}", leaf.line, (f"values.{dotted}",),
                                sure=Sure.GUESS, note=_NOTE)  # fmt: skip


TEMPLATES = Reader("helm", matcher(r"templates/.+\.(?:ya?ml|tpl)"), _template)
VALUES = Reader("helm", matcher(r"values[^/]*\.ya?ml"), _values)
