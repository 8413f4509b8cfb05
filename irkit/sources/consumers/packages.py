"""Configurations of package managers that take a credential from the environment, or keep one.

https://docs.npmjs.com/cli/v11/configuring-npm/npmrc#environment-variables , https://yarnpkg.com/configuration/yarnrc ,
https://packaging.python.org/en/latest/specifications/pypirc/ , https://maven.apache.org/settings.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from irkit.model import Sure
from irkit.sources.consumers.interface import ALL, Reader, Reference, matcher, numbered, shell_names

_WINDOWS = re.compile(r"%([A-Za-z_]\w*)%")


def _read(path: str, source: str) -> Iterator[Reference]:
    what = f"package manager configured by {path}"
    for number, line in numbered(source):
        if line.lstrip().startswith(("#", ";", "<!--")):
            continue
        for name in dict.fromkeys((*shell_names(line), *_WINDOWS.findall(line))):
            yield Reference((name,), what, f"{_key(line)} from ${name}", number)


def _pypirc(path: str, source: str) -> Iterator[Reference]:
    """It knows no variables: what stands there is the credential itself, of some index."""
    index = ""
    for number, line in numbered(source):
        if section := re.match(r"\s*\[([^\]]{1,80})\]", line):
            index = section[1]
        elif re.match(r"\s*password\s*[=:]\s*\S", line):
            note = "whether it is this one was not compared here: irkit locate does"
            yield Reference(
                (ALL,), f"uploads to {index}", f"a password kept in {path}", number, sure=Sure.MAY, note=note
            )


def _key(line: str) -> str:
    """What is set, without its value: `//host/:_authToken`, `<password>`."""
    key = re.split(r"[=$%]", line, maxsplit=1)[0].strip().rstrip(":\"' ")
    return key[-60:] or "a setting"


READER = Reader(
    "packages",
    matcher(
        r"\.npmrc|\.yarnrc(?:\.yml)?|bunfig\.toml|pip\.conf|settings\.xml|nuget\.config|gradle\.properties|\.netrc|auth\.json"
    ),
    _read,
)
PYPIRC = Reader("packages", matcher(r"\.?pypirc"), _pypirc)
