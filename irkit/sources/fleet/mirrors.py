"""Bare mirrors of repositories elsewhere, kept in the user's cache and brought up to date by fetching what is new.

Nothing of a repository is executed: no hooks, filters, helpers or submodules, no user or system configuration, no other transport
than that of the address. A credential goes to its own host alone, through the environment (GIT_CONFIG_*), never as an argument.
https://git-scm.com/docs/git-config#Documentation/git-config.txt-GITCONFIGCOUNT
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from irkit.errors import NotAvailable, StepFailed
from irkit.model import Resolver
from irkit.providers.interface import Setting
from irkit.sources.git.run import last_line
from irkit.sources.hosts import PUBLIC_BASES

_SETTINGS = (
    ("core.fsmonitor", "false"),
    ("core.hooksPath", os.devnull),
    ("credential.helper", ""),
    ("fetch.recurseSubmodules", "false"),
    ("fetch.writeCommitGraph", "false"),
    ("gc.auto", "0"),  # objects that nothing leads to any more are evidence
    ("maintenance.auto", "false"),
    ("http.followRedirects", "false"),  # the credential's header would go along
    ("protocol.allow", "never"),
)
_KEPT = (
    "PATH",
    "HOME",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "SSH_AUTH_SOCK",
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
    "no_proxy",
)


def cache() -> Path:
    """`$XDG_CACHE_HOME/irkit`, `~/.cache/irkit` without it; made for its owner alone."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = home / "irkit"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@dataclass(frozen=True)
class Access:
    """The responder's own credential for cloning, and the hosts it may be sent to (`https://HOST[:PORT]`)."""

    header: str = ""
    origins: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"Access(origins={sorted(self.origins)})"

    @classmethod
    def of(cls, setting: Setting, resolve: Resolver) -> Access:
        """As the API's base tells: the API's own host, and github.com for api.github.com."""
        if setting.responder is None:
            return cls()
        value = resolve(setting.responder).text()
        bases = [setting.base] if setting.base else list(PUBLIC_BASES.values())
        origins = {f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, bases)}
        origins |= {origin.replace("://api.", "://", 1) for origin in origins}
        # Both hosts take a token as the password of any user name.
        pair = base64.b64encode(f"oauth2:{value}".encode()).decode()
        return cls(f"Authorization: Basic {pair}", frozenset(origins))


def mirror_of(url: str) -> Path:
    name = re.sub(r"[^\w.-]+", "-", url.rstrip("/").removesuffix(".git").rsplit("/", 1)[-1])[:60]
    folder = cache() / "mirrors"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{hashlib.sha256(url.encode()).hexdigest()[:20]}-{name}.git"


def update(url: str, access: Access) -> Path:
    """Fetch what is new of every ref into the mirror of `url`, and give its path. StepFailed with git's own last line.

    Refs that went at their host go here too; their objects stay, and are searched like all others.
    """
    mirror = mirror_of(url)
    with _locked(mirror):
        if not (mirror / "HEAD").exists():
            _git(url, access, "init", "-q", "--bare", "--template=", str(mirror))
        _git(url, access, f"--git-dir={mirror}", "fetch", "-q", "--prune", "--force", "--no-tags",
             "--no-write-fetch-head", "--", url, "+refs/*:refs/*")  # fmt: skip
    return mirror


def _git(url: str, access: Access, *arguments: str) -> None:
    try:
        done = subprocess.run(
            ["git", *arguments],
            env=_environment(url, access),
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except FileNotFoundError:
        raise NotAvailable("git is not installed", why="no git on PATH", do="install git and run this again") from None
    if done.returncode:
        raise StepFailed(
            "git could not fetch it", on=url, why=last_line(done.stderr), do="check the address and --responder"
        )


def _environment(url: str, access: Access) -> dict[str, str]:
    parts = urlsplit(url)
    scheme = parts.scheme if "://" in url else "ssh"
    settings = [*_SETTINGS, (f"protocol.{scheme}.allow", "always")]
    origin = f"{parts.scheme}://{parts.netloc}"
    if access.header and origin in access.origins:
        settings.append((f"http.{origin}/.extraHeader", access.header))
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment |= {
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
        "GIT_ALLOW_PROTOCOL": scheme,
        "GIT_CONFIG_COUNT": str(len(settings)),
    }
    if parts.hostname in ("127.0.0.1", "localhost", "::1"):
        environment = {name: value for name, value in environment.items() if "proxy" not in name.lower()}
    for number, (key, value) in enumerate(settings):
        environment[f"GIT_CONFIG_KEY_{number}"] = key
        environment[f"GIT_CONFIG_VALUE_{number}"] = value
    return environment


@contextmanager
def _locked(mirror: Path) -> Iterator[None]:
    """Two runs of irkit do not write one mirror at once; the second waits."""
    with mirror.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
