"""CircleCI: variables in jobs, and the contexts of a workflow, whose content is not in the repository.

https://circleci.com/docs/reference/configuration-reference/ , https://circleci.com/docs/guides/security/contexts/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from irkit.model import Sure
from irkit.sources.consumers.interface import ALL, Reader, Reference, matcher, shell_names
from irkit.sources.consumers.tree import at, documents, leaves, line_of, listing, mapping

_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")


def _read(_path: str, source: str) -> Iterator[Reference]:
    for document in documents(source):
        contexts: dict[str, list[str]] = {}
        for workflow, told in mapping(at(document, "workflows")).items():
            for entry in listing(at(told, "jobs")):
                for job, options in mapping(entry).items():
                    held = [str(one) for one in listing(at(options, "context"))]
                    contexts.setdefault(str(at(options, "name") or job), []).extend(held)
                    contexts.setdefault(str(job), []).extend(held)
                    yield from _contexts(f"job {job} of workflow {workflow}", at(options, "context"))
                    yield from _parameters(f"job {job} of workflow {workflow}", options, held)
        for kind in ("jobs", "commands", "executors"):
            for name, told in mapping(at(document, kind)).items():
                yield from _taken(f"{kind[:-1]} {name}", told, contexts.get(name, []))


def _contexts(what: str, told: Any) -> Iterator[Reference]:
    for one in listing(told):
        note = "what is in a context is not in the repository: look there"
        yield Reference((ALL, str(one)), what, f"context {one}", line_of(one), sure=Sure.MAY, note=note)


def _taken(what: str, told: Any, contexts: list[str]) -> Iterator[Reference]:
    for keys, leaf in leaves(told):
        gives = (str(keys[-1]),) if len(keys) > 1 and keys[-2] == "environment" else ()
        for name in shell_names(leaf):
            how = (
                f"environment {gives[0]} from ${name}" if gives else f"${name} in {keys[-1] if keys else 'its script'}"
            )
            yield Reference((name,), what, how, leaf.line, gives, note=_where(contexts))
        yield from _named(what, keys, leaf, contexts)


def _parameters(what: str, told: Any, contexts: list[str]) -> Iterator[Reference]:
    for keys, leaf in leaves(told):
        if "context" not in keys:
            yield from _named(what, keys, leaf, contexts)


def _named(what: str, keys: Any, leaf: Any, contexts: list[str]) -> Iterator[Reference]:
    """A parameter of type env_var_name holds the name alone."""
    if keys and _NAME.fullmatch(leaf):
        yield Reference((str(leaf),), what, f"parameter {keys[-1]}", leaf.line, sure=Sure.GUESS, note=_where(contexts))


def _where(contexts: list[str]) -> str:
    named = ", ".join(dict.fromkeys(contexts))
    return f"set in the project, or in the context {named}" if named else "set in the project, or in a context"


READER = Reader("circleci", matcher(r"\.circleci/.+\.ya?ml"), _read)
