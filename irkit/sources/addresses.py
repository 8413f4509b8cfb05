"""Where a repository is on the web: the addresses of its remotes, and the page of a commit, a file or a line there.

https://docs.github.com/repositories/working-with-files/using-files/getting-permanent-links-to-files;
https://docs.gitlab.com/user/project/repository/files/#permalink-to-a-file. Nothing is asked: an address is only written down.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

from irkit.errors import IrkitError
from irkit.sources.git.run import git, repository_at

_ADDRESS = re.compile(
    r"(?:(?:https?|ssh|git)://)?(?:[^@/\s]+@)?(?P<host>[\w-]+(?:\.[\w-]+)+)(?::\d+(?=/))?[/:](?P<path>[^\s?#]+)"
)


def remotes(repository: Path) -> tuple[str, ...]:
    """The address of every remote, as its configuration has it; () when there is none or this is no repository."""
    found = repository_at(repository)
    if found is None:
        return ()
    try:
        text = git(found, "config", "--local", "--get-regexp", r"^remote\..*\.url$").decode("utf-8", "replace")
    except IrkitError:
        return ()  # git answers 1 when there is no remote
    return tuple(line.split(" ", 1)[1] for line in text.splitlines() if " " in line)


def names(repository: Path) -> set[str]:
    """The path of each remote's address in lower case: `owner/name`, with GitLab's groups all of them."""
    paths = (
        "/".join(re.split(r"[/:]+", address.rstrip("/").removesuffix(".git"))[1:]) for address in remotes(repository)
    )
    return {path.lower() for path in paths}


def page(address: str, commit: str, path: str = "", line: int | None = None) -> str:
    """The page of a file's line in a commit, or of the commit, at GitHub or GitLab; "" where it cannot be told which host it is."""
    found = _ADDRESS.fullmatch(address)
    if found is None or not re.fullmatch(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", commit):
        return ""
    host, name = found["host"].lower(), found["path"].strip("/").removesuffix(".git")
    between = {"github": "", "gitlab": "/-"}.get(next((kind for kind in ("github", "gitlab") if kind in host), ""))
    if between is None:
        return ""
    base = f"https://{host}/{quote(name)}{between}"
    if not path:
        return f"{base}/commit/{commit}"
    return f"{base}/blob/{commit}/{quote(path)}" + (f"#L{line}" if line else "")
