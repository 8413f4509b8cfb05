"""Compose files: environment, files of variables, secrets.

https://docs.docker.com/reference/compose-file/services/ , https://docs.docker.com/reference/compose-file/secrets/
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from irkit.sources.consumers.interface import Reader, Reference, matcher, shell_names
from irkit.sources.consumers.tree import Map, Text, at, documents, leaves, line_of, listing, mapping


def _read(path: str, source: str) -> Iterator[Reference]:
    folder = posixpath.dirname(path)
    for document in documents(source):
        for name, service in mapping(at(document, "services")).items():
            yield from _service(f"service {name}", mapping(service), folder)
        for name, told in mapping(at(document, "secrets")).items():
            yield from _secret(str(name), told, folder)


def _service(what: str, service: Map, folder: str) -> Iterator[Reference]:
    yield from _environment(what, at(service, "environment"), "environment")
    yield from _environment(what, at(service, "build", "args"), "build argument")
    for one in listing(at(service, "env_file")):
        named = one if isinstance(one, Text) else at(one, "path")
        if isinstance(named, Text):
            how = f"env_file {named}"
            yield Reference((f"file/{posixpath.normpath(posixpath.join(folder, named))}",), what, how, named.line)
    for where in (at(service, "secrets"), at(service, "build", "secrets")):
        for one in listing(where):
            source = one if isinstance(one, Text) else at(one, "source")
            if source:
                target = at(one, "target") or source
                needs = (f"compose-secret/{source}", str(source))
                yield Reference(needs, what, f"secret {source}, as a file /run/secrets/{target}", line_of(source),
                                (f"build-secret/{source}",))  # fmt: skip
    for key, value in service.items():
        if key not in ("environment", "env_file", "secrets", "build"):
            yield from _mentioned(what, str(key), value)


def _environment(what: str, told: Any, kind: str) -> Iterator[Reference]:
    if isinstance(told, Map):
        pairs = [(str(name), value, getattr(name, "line", 1)) for name, value in told.items()]
    else:
        texts = [one for one in listing(told) if isinstance(one, Text)]
        pairs = [(one.partition("=")[0], one.partition("=")[2] if "=" in one else None, one.line) for one in texts]
    for name, value, line in pairs:
        yield Reference((name,), what, f"{kind} {name}" + ("" if value else ", passed through"), line, (name,))
        for taken in shell_names(str(value or "")):
            if taken != name:
                yield Reference((taken,), what, f"{kind} {name} from ${taken}", line, (name,))


def _mentioned(what: str, key: str, value: Any) -> Iterator[Reference]:
    for _, leaf in leaves(value):
        for name in shell_names(leaf.replace("$$", "")):
            yield Reference((name,), what, f"${name} in {key}", leaf.line)


def _secret(name: str, told: Any, folder: str) -> Iterator[Reference]:
    what, gives = f"secret {name} of the compose file", (f"compose-secret/{name}", f"build-secret/{name}")
    variable, file = at(told, "environment"), at(told, "file")
    if variable:
        yield Reference((str(variable), name), what, f"from ${variable}", line_of(variable), gives)
    if isinstance(file, Text):
        needs = (f"file/{posixpath.normpath(posixpath.join(folder, file))}", name)
        yield Reference(needs, what, f"from the file {file}", file.line, gives)
    if at(told, "external"):
        called = str(at(told, "name") or name)
        yield Reference((called, name), what, f"kept by the platform as {called}", line_of(told), gives)


READER = Reader("compose", matcher(r"(?:docker-|podman-)?compose[^/]*\.ya?ml|docker-stack[^/]*\.ya?ml"), _read)
