"""What is to be searched: paths, addresses, and the lines of a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from irkit.errors import BadInput
from irkit.network.address import permitted

_SSH = re.compile(r"(?:ssh://)?[\w.-]+@[\w.-]+(?::\d+)?[:/][^\s-].*")


@dataclass(frozen=True)
class Target:
    """One thing to search, reported as `name`: a path on this machine, or with `url` a repository to be mirrored first.

    `maybe`: the host does not say whether it is there at all (a wiki that nobody wrote).
    """

    name: str
    path: Path | None = None
    url: str = ""
    maybe: bool = False


def from_paths(texts: Iterable[str]) -> list[Target]:
    """Paths and addresses as typed. BadInput for a path that is not there or an address that holds a password."""
    return [_target(text, "") for text in texts]


def from_list(file: Path) -> list[Target]:
    """One path or address a line; empty lines and those that begin with # are left out. BadInput names the line."""
    try:
        lines = file.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("the list cannot be read", on=file, why=str(error.args[-1])) from None
    wanted = [(number, line.strip()) for number, line in enumerate(lines, start=1)]
    return [_target(text, f"{file}, line {number}") for number, text in wanted if text and not text.startswith("#")]


def _target(text: str, where: str) -> Target:
    if "://" in text or (_SSH.fullmatch(text) and not Path(text).exists()):
        return Target(checked(text, where), url=text)
    path = Path(text)
    if not path.exists():
        raise BadInput("there is nothing at this path", on=where or path, do="check the path and give it again")
    return Target(str(path), path)


def checked(url: str, where: str) -> str:
    """The address, when a repository may be cloned from it. BadInput otherwise."""
    if _SSH.fullmatch(url) and "://" not in url:
        return url
    parts = urlsplit(url)
    if parts.password is not None or (parts.username is not None and parts.scheme != "ssh"):
        raise BadInput(
            "an address must not hold a user or a password", on=where or f"{parts.scheme}://...",
            do="write it without, and give your credential with --responder",
        )  # fmt: skip
    if parts.scheme == "ssh" and parts.hostname and not parts.hostname.startswith("-"):
        return url
    permitted(url)
    return url


def distinct(targets: Sequence[Target]) -> list[Target]:
    """Each once, in the order first named."""
    return list(dict.fromkeys(targets))
