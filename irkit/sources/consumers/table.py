"""The readers, in one table: which of them read a file of a given path."""

from __future__ import annotations

from collections.abc import Iterator

from irkit.sources.consumers import (
    circleci,
    code,
    compose,
    docker,
    dotenv,
    github_actions,
    gitlab_ci,
    helm,
    jenkins,
    kubernetes,
    packages,
    systemd,
    terraform,
)
from irkit.sources.consumers.interface import Reader

READERS: tuple[Reader, ...] = (
    circleci.READER,
    code.READER,
    compose.READER,
    docker.READER,
    dotenv.READER,
    github_actions.READER,
    gitlab_ci.READER,
    helm.TEMPLATES,
    helm.VALUES,
    jenkins.READER,
    packages.READER,
    packages.PYPIRC,
    systemd.READER,
    terraform.READER,
)
_OTHERWISE = kubernetes.READER
"""A manifest may be any YAML file: those that no other reader takes."""

_HALF_NAMES = (".conf", ".tpl", ".groovy", "codeowners")
"""Ends of names that only their folders tell apart, or that say who owns what."""


def readers_of(path: str) -> Iterator[Reader]:
    """Those that take a file of this path (relative to its repository or folder, with `/`)."""
    taken = [reader for reader in READERS if reader.takes(path)]
    yield from taken or ([_OTHERWISE] if _OTHERWISE.takes(path) else [])


def platform_of(path: str) -> str:
    """Whose file it is by its name; "text" where no name says so (any YAML may be a manifest)."""
    return next((reader.name for reader in READERS if reader.takes(path)), "text")


def may_be_read(name: str) -> bool:
    """Whether a file of this name, in some folder, would be read."""
    return name.lower().endswith(_HALF_NAMES) or next(readers_of(name), None) is not None
