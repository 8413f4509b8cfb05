"""What is in a home that no command line means to keep: histories of shells and databases, recordings, logs, dumps, stored credentials.

It is only read. Links are not followed, nor are other file systems entered that are mounted in it; these, and what cannot be read, are
listed. Where programs keep such things:
https://specifications.freedesktop.org/basedir-spec/latest/ and the programs' own pages.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
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
        .mongodb/mongosh/mongosh_repl_history .lesshst .local/state/lesshst .local/state/less/history .viminfo
        .local/share/nvim/shada/* .local/state/nvim/shada/* .local/share/ipython/**/history.sqlite* .ipython/**/history.sqlite*
        .influx_history .gdb_history .local/state/*_history .local/state/*/*history .config/gcloud/logs/**/*.log
        .config/clickhouse-client/*history* .clickhouse-client-history .duckdb_history .octave_hist .Rhistory **/.Rhistory
        .julia/logs/repl_history.jl .lua_history .php_history .scala_history* .bc_history .wget-hsts
        """,
    ),
    Kind.of(
        "recording of a terminal",
        """
        typescript *.typescript *.cast *.ttyrec .local/share/asciinema/**/* .config/asciinema/**/*.cast **/*.cast
        **/typescript **/*.typescript .tmux/resurrect/* .local/share/tmux/resurrect/* screenlog.* hardcopy.* tmux-*.log **/*.ttyrec
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
        **/core *.core **/core.[0-9]* **/vgcore.[0-9]* **/hs_err_pid*.log **/*.hprof **/*.heapsnapshot **/*.dmp **/*.mdmp
        .local/share/apport/**/* .cache/abrt/**/* .local/share/sentry/**/* **/report.[0-9]*.json
        """,
    ),
    Kind.of(
        "copy that an editor or a notebook made",
        """
        **/.ipynb_checkpoints/* .local/share/jupyter/**/*.sqlite .jupyter/**/*.json **/*.sw[a-p] **/*~ **/#*#
        .local/share/Trash/files/**/* .config/Code/User/History/**/* .vscode-server/data/User/History/**/*
        .emacs.d/auto-save-list/* .local/share/nvim/swap/* .config/JetBrains/*/scratches/* .local/state/nvim/swap/*
        .local/state/nvim/undo/* .local/share/nvim/undo/* .vim/undo/* .vim/undodir/* .vim/swap/* .vim/backup/* .local/state/vim/**/*
        **/*.kate-swp **/*.save .config/VSCodium/User/History/**/* .cursor-server/data/User/History/**/*
        """,
    ),
    Kind.of(
        "stored credential",
        """
        .netrc _netrc .npmrc .yarnrc.yml .pypirc .config/pip/pip.conf .pip/pip.conf .git-credentials
        .config/git/credentials .gitconfig .config/git/config .curlrc .wgetrc
        .docker/config.json .config/containers/auth.json .aws/credentials .aws/config
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
_PASSED_BY = frozenset(
    {"node_modules", ".git", ".venv", "venv", "site-packages", "__pycache__", ".rustup", ".pyenv", ".nvm"}
)
_SETTINGS = ".git/config"
"""Of a repository: an address in it may hold a token."""
_LARGEST_STORED = 1 << 20
_AT_ONCE = 400  # files on one command line of the scanner


def scan_home(home: Path, wanted: Wanted) -> Scanned:
    """Search the places of `KINDS` in a home. BadInput when it is no folder."""
    if not home.is_dir():
        raise BadInput("this is no home", on=home, do="name the folder, or leave it out for your own")
    search = wanted.search()
    passed: list[str] = []
    files = list(places(home, search.skipped, passed))
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
    return judged(what, search, wanted, home, notes=_told(passed), do=do)


def places(home: Path, skipped: list[Skipped], passed: list[str] | None = None) -> Iterator[Path]:
    """Every file of a kind, relative to the home, once. `passed` is told the names of folders that are not looked into."""
    found: dict[Path, None] = {}
    for kind in KINDS:
        for pattern in kind.at:
            found |= dict.fromkeys(one for one in home.glob(pattern) if _is_file(one, home, skipped))
    for file in _walked(home, skipped, [] if passed is None else passed):
        found.setdefault(file)
    return (one.relative_to(home) for one in sorted(found))


def _walked(home: Path, skipped: list[Skipped], passed: list[str]) -> Iterator[Path]:
    """Each regular file that has a name which is looked for in every folder."""
    wanted, stack = _anywhere(), [os.fspath(home)]
    while stack:
        folder = stack.pop()
        try:
            with os.scandir(folder) as entries:
                here = sorted(entries, key=lambda one: one.name, reverse=True)
        except OSError as error:
            skipped.append(Skipped(folder, f"not searched: {error.strerror}"))
            continue
        within = os.path.basename(folder)  # noqa: PTH119  (a home has a million files)
        for entry in here:
            if entry.is_dir(follow_symlinks=False):
                if entry.name in _PASSED_BY:
                    passed.append(entry.name)
                    settings = Path(folder, _SETTINGS)
                    if entry.name == ".git" and settings.is_file() and not settings.is_symlink():
                        yield settings
                elif os.path.ismount(entry.path):  # it may be a whole server
                    why = "not searched: another file system begins here; irkit guard scan --home takes this folder as well"
                    skipped.append(Skipped(entry.path, why))
                else:
                    stack.append(entry.path)
            elif entry.is_file(follow_symlinks=False):
                if wanted.fullmatch(f"{within}/{entry.name}"):
                    yield Path(entry.path)
            elif entry.is_symlink() and Path(entry.path).is_dir() and not _leads_into(entry.path, home):
                skipped.append(Skipped(entry.path, "not searched: a link to a folder outside of this home"))


@cache
def _anywhere() -> re.Pattern[str]:
    """What the folder and the name of a file are matched against."""
    names = dict.fromkeys(name if "/" in name else f"*/{name}" for kind in KINDS for name in kind.anywhere)
    return re.compile("|".join(fnmatch.translate(name) for name in names))


def _is_file(file: Path, home: Path, skipped: list[Skipped]) -> bool:
    """A regular file that is in the home itself: of a link it is said where it leads, and that nobody went there."""
    try:
        if not file.is_file():
            return False
    except OSError as error:
        skipped.append(Skipped(os.fspath(file), f"not searched: {error.strerror}"))
        return False
    link = next(
        (one for one in (file, *file.parents) if one != home and one.is_relative_to(home) and one.is_symlink()), None
    )
    if link is None:
        return True
    skipped.append(Skipped(os.fspath(file), f"not searched: a link leads to {file.resolve()}"))
    return False


def _leads_into(path: str, home: Path) -> bool:
    return Path(path).resolve().is_relative_to(home.resolve())


def _told(passed: list[str]) -> tuple[str, ...]:
    if not passed:
        return ()
    names = ", ".join(sorted(set(passed)))
    return (f"{len(passed)} folders were not looked into, for their names: {names}",)


def _stored(home: Path, name: str) -> Iterator[Found]:
    try:
        with (home / name).open("rb") as file:
            data = file.read(_LARGEST_STORED)
    except OSError:
        return  # it is listed already
    for line, value, rule in stored_in(name, data):
        yield Found(Place(os.fspath(home / name)), line, rule, value)
