"""Dockerfiles: build arguments, environment, secrets mounted into a step.

https://docs.docker.com/reference/dockerfile/ (ARG, ENV, RUN --mount=type=secret), https://docs.docker.com/build/building/secrets/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from irkit.sources.consumers.interface import Reader, Reference, lines_of, matcher, shell_names

_MOUNT = re.compile(r"--mount=(\S+)")
_PAIR = re.compile(r"(?<!\w)([A-Za-z_]\w*)=(?:\"((?:[^\"\\]|\\.)*)\"|'([^']*)'|(\S*))")
_KEPT = "a value given this way stays in the image's history: whoever has the image has it"


def _read(path: str, source: str) -> Iterator[Reference]:
    stage = ""
    for number, line in lines_of(source):
        word, _, rest = line.strip().partition(" ")
        what = f"image of {path}" + (f", stage {stage}" if stage else "")
        match word.upper():
            case "FROM":
                stage = rest.split()[-1] if " as " in rest.lower() else ""
            case "ARG":
                for name in re.findall(r"(?:^|\s)([A-Za-z_]\w*)(?==|\s|$)", rest):
                    yield Reference((name,), what, f"ARG {name}", number, (name,), note=_KEPT)
            case "ENV":
                yield from _environment(what, rest.strip(), number)
            case "RUN" | "CMD" | "ENTRYPOINT" | "COPY" | "ADD" | "LABEL" | "HEALTHCHECK":
                yield from _mounts(what, rest, number)
                for name in shell_names(rest):
                    yield Reference((name,), what, f"${name} in {word.upper()}", number)


def _environment(what: str, rest: str, number: int) -> Iterator[Reference]:
    pairs = [(found[0], "".join(found[1:])) for found in _PAIR.findall(rest)]
    if not re.match(r"\w+=", rest):  # the old form: ENV NAME VALUE
        pairs = [rest.partition(" ")[::2]]
    for name, value in pairs:
        for taken in dict.fromkeys((name, *shell_names(value))):
            how = f"ENV {name}" + (f" from ${taken}" if taken != name else "")
            yield Reference((taken,), what, how, number, (name,), note=_KEPT)


def _mounts(what: str, rest: str, number: int) -> Iterator[Reference]:
    for options in _MOUNT.findall(rest):
        told = dict(part.partition("=")[::2] for part in options.split(","))
        if told.get("type") != "secret":
            continue
        name = told.get("id") or told.get("target", "").rpartition("/")[2]
        if name:
            gives = (told["env"],) if told.get("env") else ()
            where = f"env {gives[0]}" if gives else f"file {told.get('target') or f'/run/secrets/{name}'}"
            needs = (name, f"build-secret/{name}")
            yield Reference(needs, what, f"RUN --mount=type=secret,id={name}, as {where}", number, gives)


READER = Reader(
    "docker", matcher(r"(?:Dockerfile|Containerfile)(?:\.[^/]+)?|[^/]+\.(?:dockerfile|containerfile)"), _read
)
