"""What Kingfisher's rules pass by for its name alone, whatever stands in it: pictures, fonts, lock files, third-party code. Pure.

Most rules come from gitleaks and betterleaks, whose list of allowed paths holds for each of them
(https://github.com/gitleaks/gitleaks/blob/master/config/gitleaks.toml, `[allowlist] paths`). A token in the address of a lock file is a
token all the same: what is passed by for its name is given another one; of what is passed by for its folder it is said that it was.
"""

from __future__ import annotations

import re

_BY_NAME = re.compile(
    r"""
      .*\.(?: bmp | gif | jpe?g | png | svg | tiff? | eot | [ot]tf | woff2? | gem )
    | go\.(?: mod | sum | work | work\.sum )
    | (?: deno | poetry | Pipfile | yarn )\.lock | (?: package-lock | npm-shrinkwrap )\.json | pnpm-lock\.yaml | gradle\.lockfile
    | gradlew(?:\.bat)? | mvnw(?:\.cmd)? | .*verification-metadata\.xml | .*Database\.refactorlog
    | .*gitleaks\.toml.*
    | (?: angular | bootstrap | jquery(?:-?ui)? | plotly | swagger-?ui )[a-z0-9.-]*\.js(?:\.map)?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BY_FOLDER = re.compile(
    r"""
      (?:^|/)(?: node_modules | bower_components | site-packages | vendor/(?: bundle | ruby )
               | vendor/(?: github\.com | golang\.org | google\.golang\.org | gopkg\.in | istio\.io | k8s\.io | sigs\.k8s\.io )
               | lib(?:64)?/python[0-9.]+ | [^/]+-[0-9][^/]*\.dist-info )(?=/)
    | (?:^|/)vendor/modules\.txt$
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SUFFIXES = (".json", ".yaml", ".xml", ".toml", ".js")


def for_its_name(name: str) -> bool:
    """Whether a file of this name (the last part of its path) is passed by."""
    return _BY_NAME.fullmatch(name) is not None


def for_its_folder(path: str) -> str:
    """The part of a relative path for which what is below it is passed by; "" when none is."""
    found = _BY_FOLDER.search(path)
    return path[: found.end()] if found else ""


def another_name(name: str) -> str:
    """One that is not passed by, with the end that tells what the content is."""
    return f"content{next((end for end in _SUFFIXES if name.lower().endswith(end)), '.txt')}"
