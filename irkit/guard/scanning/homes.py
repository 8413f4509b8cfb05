"""What is in a home that no command line means to keep: histories of shells and databases, recordings, logs, dumps, stored credentials.

It is only read, links are not followed, and a place that cannot be read is listed. Where programs keep such things:
https://specifications.freedesktop.org/basedir-spec/latest/ and the programs' own pages.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from irkit.errors import BadInput
from irkit.guard.scanning.findings import Found, Place, Scanned
from irkit.guard.scanning.folders import search_files
from irkit.guard.scanning.search import Wanted, judged
from irkit.guard.scanning.stored import stored_in
from irkit.model import Skipped


@dataclass(frozen=True)
class Kind:
    """A kind of place in a home, and patterns (of `Path.glob`) for where it is."""

    name: str
    patterns: tuple[str, ...]

    @classmethod
    def of(cls, name: str, patterns: str) -> Kind:
        return cls(name, tuple(patterns.split()))

    @property
    def anywhere(self) -> tuple[str, ...]:
        """Names that are looked for in every folder."""
        return tuple(one.removeprefix("**/") for one in self.patterns if one.startswith("**/"))

    @property
    def at(self) -> tuple[str, ...]:
        return tuple(one for one in self.patterns if not one.startswith("**/"))


KINDS = (
    Kind.of(
        "history of a shell or a client",
        """
        .bash_history .zsh_history .zhistory .histfile .sh_history .ash_history .ksh_history .history .zsh_sessions/*
        .bash_sessions/* .local/share/fish/fish_history .config/fish/fish_history
        .local/share/powershell/PSReadLine/*_history.txt .local/share/nushell/history.* .config/nushell/history.*
        .local/share/xonsh/**/* .local/share/atuin/*.db* .local/share/mcfly/*.db* .python_history .node_repl_history
        .irb_history .psql_history .mysql_history .sqlite_history .rediscli_history .mongorc.js .dbshell
        .mongodb/mongosh/mongosh_repl_history .lesshst .viminfo .local/share/nvim/shada/*
        .local/share/ipython/**/history.sqlite .ipython/**/history.sqlite .influx_history .gdb_history
        .config/gcloud/logs/**/*.log
        """,
    ),
    Kind.of(
        "recording of a terminal",
        """
        typescript *.typescript *.cast *.ttyrec .local/share/asciinema/**/* .config/asciinema/**/*.cast **/*.cast
        **/typescript .tmux/resurrect/* .local/share/tmux/resurrect/* screenlog.* hardcopy.*
        """,
    ),
    Kind.of(
        "log of a build",
        """
        actions-runner/_diag/**/* actions-runner/_work/_temp/**/* .npm/_logs/* .cache/act/**/*.log
        .gradle/daemon/**/*.log .cargo/**/*.log .yarn/**/*.log yarn-error.log **/npm-debug.log **/yarn-error.log
        builds/**/*.log .jenkins/jobs/**/log .jenkins/**/build.xml pip.log .pip/pip.log .terraform.d/*.log **/crash.log
        """,
    ),
    Kind.of(
        "dump of a crash",
        """
        core core.[0-9]* *.core **/core.[0-9]* **/hs_err_pid*.log **/*.hprof **/*.heapsnapshot **/*.dmp **/*.mdmp
        .local/share/apport/**/* .cache/abrt/**/* .local/share/sentry/**/* **/report.[0-9]*.json
        """,
    ),
    Kind.of(
        "copy that an editor or a notebook made",
        """
        **/.ipynb_checkpoints/* .local/share/jupyter/**/*.sqlite .jupyter/**/*.json **/*.swp **/*~
        .local/share/Trash/files/**/* .config/Code/User/History/**/* .vscode-server/data/User/History/**/*
        .emacs.d/auto-save-list/* .local/share/nvim/swap/* .config/JetBrains/*/scratches/* .local/state/nvim/swap/*
        .local/state/vim/**/*
        """,
    ),
    Kind.of(
        "stored credential",
        """
        .netrc _netrc .npmrc .yarnrc.yml .pypirc .config/pip/pip.conf .pip/pip.conf .git-credentials
        .config/git/credentials .docker/config.json .config/containers/auth.json .aws/credentials .aws/config
        .aws/cli/cache/* .aws/sso/cache/* .boto .s3cfg .azure/*.json .config/gcloud/*.json
        .config/gcloud/legacy_credentials/**/* .config/gcloud/*.db .kube/config .kube/cache/**/*.json
        .config/gh/hosts.yml .config/hub .config/glab-cli/config.yml .gem/credentials .cargo/credentials
        .cargo/credentials.toml .m2/settings.xml .gradle/gradle.properties .composer/auth.json
        .config/composer/auth.json .nuget/NuGet/NuGet.Config .terraformrc .terraform.d/credentials.tfrc.json
        .vault-token .pgpass .my.cnf .mylogin.cnf .config/rclone/rclone.conf .config/sops/age/keys.txt .ssh/id_*
        .ssh/*.pem .env *.env .envrc .profile .bashrc .bash_profile .zshrc .zshenv .zprofile .config/fish/config.fish
        .config/environment.d/* .pam_environment .xsession-errors .config/openai/* .huggingface/token
        .cache/huggingface/token .config/doctl/config.yaml .config/heroku/* .netlify/config.json
        .config/netlify/config.json .vercel/auth.json
        """,
    ),
)
_DEEPEST = 6
_PASSED_BY = frozenset(
    {"node_modules", ".git", ".venv", "venv", "site-packages", "__pycache__", ".rustup", ".pyenv", ".nvm"}
)
_LARGEST_STORED = 1 << 20
_AT_ONCE = 400  # files on one command line of the scanner


def scan_home(home: Path, wanted: Wanted) -> Scanned:
    """Search the places of `KINDS` in a home. BadInput when it is no folder."""
    if not home.is_dir():
        raise BadInput("this is no home", on=home, do="name the folder, or leave it out for your own")
    search = wanted.search()
    files = list(places(home, search.skipped))
    for start in range(0, len(files), _AT_ONCE):
        search_files(home, [os.fspath(one) for one in files[start : start + _AT_ONCE]], search)
    for one in files:
        search.found += _stored(home, os.fspath(one))
    if search.redactor:
        from irkit.guard.gate import gate

        for one in files:
            gated = gate(home / one, search.redactor)
            search.leaks += gated.leaks
            search.skipped += gated.skipped
    do = "revoke it where it is not meant to be; then take it out (of a shell's history: history -d), or have it kept by a keyring"
    what = f"{len(files)} histories, recordings, logs, dumps and stored credentials of {home}"
    return judged(what, search, wanted, home, do=do)


def places(home: Path, skipped: list[Skipped]) -> Iterator[Path]:
    """Every file of a kind, relative to the home, once."""
    found: dict[Path, None] = {}
    for kind in KINDS:
        for pattern in kind.at:
            found |= dict.fromkeys(one for one in home.glob(pattern) if _is_file(one, home))
    names = tuple(dict.fromkeys(name for kind in KINDS for name in kind.anywhere))
    for file in _walked(home, skipped):
        if file not in found and any(file.match(name) for name in names):
            found[file] = None
    return (one.relative_to(home) for one in sorted(found))


def _walked(home: Path, skipped: list[Skipped]) -> Iterator[Path]:
    def unread(error: OSError) -> None:
        skipped.append(Skipped(str(error.filename), f"not searched: {error.strerror}"))

    for folder, below, files in os.walk(home, onerror=unread):
        deep = len(Path(folder).relative_to(home).parts)
        below[:] = sorted(name for name in below if name not in _PASSED_BY) if deep < _DEEPEST else []
        yield from (one for one in (Path(folder, name) for name in files) if stat.S_ISREG(one.lstat().st_mode))


def _is_file(file: Path, home: Path) -> bool:
    """A regular file that is in the home itself: a link leads elsewhere."""
    try:
        return stat.S_ISREG(file.lstat().st_mode) and not any(
            one.is_symlink() for one in file.parents if one.is_relative_to(home)
        )
    except OSError:
        return False


def _stored(home: Path, name: str) -> Iterator[Found]:
    try:
        with (home / name).open("rb") as file:
            data = file.read(_LARGEST_STORED)
    except OSError:
        return  # it is listed already
    for line, value, rule in stored_in(name, data):
        yield Found(Place(os.fspath(home / name)), line, rule, value)
