"""A publishing token that leaked, on real parts: npm and a registry, git, gpg, and `irkit` as somebody types it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from irkit.case import Case
from irkit.case.exposure.uploads import kept
from irkit.case.exposure.windows import known_window
from irkit.model import iso
from irkit.model.uploads import published, unknown
from tests.servers.verdaccio import PASSWORD, Registry, verdaccio
from tests.sources.git.conftest import Repo

APART = timedelta(seconds=4)
"""Two clocks on one machine are taken for one beyond this: the registry tells its own to the second."""


@dataclass
class Incident:
    """A repository at its host, `pushed`, in which the token `leaked` comes to stand, and a case; `password` is the responder's."""

    folder: Path
    pushed: Path
    case: Path
    leaked: str
    password: str
    pushes: list[dict[str, str]] = field(default_factory=list)

    # What the code host saw

    def push(self, repo: Repo, message: str, files: dict[str, str | bytes | None]) -> None:
        """A commit that reaches the host, which notes when: the answer of GitHub's /activity, as documented."""
        before = repo.git("rev-parse", "--verify", "-q", "HEAD") if self.pushes else "0" * 40
        after = repo.commit(message, files)
        repo.git("push", "-q", str(self.pushed), "main")
        row = {"ref": "refs/heads/main", "before": before, "after": after, "activity_type": "push"}
        self.pushes.append(row | {"timestamp": iso(datetime.now(UTC))})

    def clone(self) -> Path:
        at = self.folder / "clone"
        subprocess.run(["git", "clone", "-q", str(self.pushed), str(at)], check=True)
        return at

    @property
    def activity(self) -> Path:
        at = self.folder / "activity.json"
        at.write_text(json.dumps(self.pushes[::-1]))
        return at

    # What is typed

    def typed(self, *typed: str | Path, code: int = 0) -> str:
        """`irkit` with what it printed; it ends with `code`, and shows no secret."""
        environment = os.environ | {"LEAKED": self.leaked, "MINE": self.password, "NO_PROXY": "127.0.0.1,localhost"}
        done = subprocess.run(
            [sys.executable, "-m", "irkit", *map(str, typed)],
            env=environment, capture_output=True, text=True, timeout=400, check=False,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert done.returncode == code, said
        assert self.leaked not in said
        assert self.password not in said
        return said

    def run(self, code: int, *clocks: Path) -> str:
        given = ",".join(map(str, (self.activity, *clocks)))
        return self.typed(
            "run", "publishing-token", self.case, "-p", f"paths={self.pushed}", "-p", f"clocks={given}", code=code
        )

    def new(self, provider: str, settings: str, approver: Path | None = None, case: Path | None = None) -> None:
        """The case, with what irkit needs to know of the registry written into its case.toml."""
        people, at = ("--approver", approver) if approver else (), case or self.case
        self.typed("new", at, "--credential", "env:LEAKED", "--provider", f"env:LEAKED={provider}", *people)
        with (at / "case.toml").open("a") as file:
            file.write(f"\n[providers.{provider}]\n{settings}\n")

    def contain(self, alice: tuple[Path, str], *clocks: Path) -> str:
        """From the gate of the revocation to the hand task after it, as people do what each run says; what the last one said."""
        home, key = alice
        for turn in range(10):
            said = self.run(3, *clocks)
            assert turn or "0 of 1 approvals" in said
            if "waits for approval" in said:
                self.typed("approve", self.case, "revoke", "--key", key, "--home", home)
            elif any(task.startswith("versions") for task in hand_tasks(said)):
                return said
            for task in hand_tasks(said):
                self.typed("done", self.case, task, "--text", "looked at: none is left")
        raise AssertionError(said)

    def postmortem(self) -> str:
        """As Markdown, once the record holds and no file of the case has a secret in it."""
        self.typed("verify", self.case)
        self.typed("export", self.case, "--format", "md", "--out", self.folder / "postmortem.md")
        kept = b"".join(path.read_bytes() for path in self.case.rglob("*") if path.is_file())
        assert self.leaked.encode() not in kept
        assert self.password.encode() not in kept
        return (self.folder / "postmortem.md").read_text().replace("<!-- -->", "")


@dataclass
class Leak(Incident):
    """The token is one of `registry`, and packages are published by npm."""

    registry: Registry = field(kw_only=True)

    def npm(self, *typed: str, where: Path, token: str = "", force: bool = False) -> subprocess.CompletedProcess[str]:
        """npm with a home of its own; with `token` as its user's, without it as the `.npmrc` in `where` says."""
        home = self.folder / ("team" if token else "stranger")
        home.mkdir(exist_ok=True)
        if token:
            (home / ".npmrc").write_text(self.npmrc("${NPM_TOKEN}"))
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "NPM_TOKEN": token, "NO_PROXY": "127.0.0.1"}
        return subprocess.run(
            ["npm", *typed, *["--force"] * force],
            cwd=where, env=environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    def npmrc(self, token: str) -> str:
        return f"registry={self.registry.url}/\n//{urlsplit(self.registry.url).netloc}/:_authToken={token}\n"

    def package(self, name: str, version: str, made: str = "") -> Path:
        """A package on disk; `made` is the date that its own files claim."""
        at = self.folder / f"{name.replace('/', '+')}-{version}"
        at.mkdir()
        claims = {"date": made, "time": {version: made}, "_time": made} if made else {}
        (at / "package.json").write_text(json.dumps({"name": name, "version": version, **claims}))
        (at / "index.js").write_text(f"// {version}\n")
        return at

    def publish(self, name: str, version: str) -> None:
        done = self.npm("publish", "--access=public", where=self.package(name, version), token=self.leaked)
        assert done.returncode == 0, done.stderr

    def leaked_publish(self, name: str, version: str, clone: Path, made: str = "") -> subprocess.CompletedProcess[str]:
        """What a stranger does with the token, as it stands in a clone of the repository."""
        at = self.package(name, version, made)
        (at / ".npmrc").write_text((clone / ".npmrc").read_text())
        return self.npm("publish", "--access=public", where=at)

    def record(self, name: str) -> Any:
        return requests.get(f"{self.registry.url}/{name.replace('/', '%2F')}", timeout=20).json()

    def knows(self, token: str) -> tuple[int, Any]:
        """What the registry says of a token."""
        who = {"Authorization": f"Bearer {token}"}
        said = requests.get(f"{self.registry.url}/-/whoami", headers=who, timeout=20)
        return said.status_code, said.json()

    def open(self, approver: Path | None = None, case: Path | None = None) -> None:
        settings = (
            f'base = "{self.registry.url}"\nresponder = "env:MINE"\npropagation_s = 1\n'
            f'[providers.npm.options]\nuser = "alice"\nid = "{self.registry.leaked_key}"'
        )
        self.new("npm", settings, approver, case)


def answers(case: Path) -> dict[str, tuple[datetime | None, bool | None]]:
    """By the name of a version when it was published, and whether the case's token was exposed then."""
    desk = Case.open(case)
    (credential,) = desk.credentials
    window = known_window(desk, credential.name)
    return {
        one.upload.name: (one.upload.at.at if one.upload.at else None, one.exposed(window))
        for one in published(kept(desk))
    }


def not_known(case: Path) -> str:
    """What the case's records of packages cannot tell."""
    desk = Case.open(case)
    windows = [window for one in desk.credentials if (window := known_window(desk, one.name))]
    return "\n".join(f"{about}: {why}" for about, why in unknown(kept(desk), windows))


def notes(case: Path) -> dict[str, str]:
    """By the name of a version what is said about it."""
    found: dict[str, str] = {}
    for one in published(kept(Case.open(case))):
        found[one.upload.name] = "; ".join((found.get(one.upload.name, ""), *one.notes))
    return found


def told(text: str, version: str) -> str:
    """The row of a version in a table."""
    (row,) = [line for line in text.splitlines() if line.strip().startswith(version)]
    return row


def hand_tasks(said: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"irkit done CASE (\S+)", said)))


def wait_until(at: datetime) -> None:
    """Until the clock is there: what two clocks are to tell apart must be apart."""
    while (left := (at - datetime.now(UTC)).total_seconds()) > 0:
        time.sleep(left)


def bare(folder: Path) -> Path:
    """An empty repository, as a code host has it."""
    at = folder / "shop.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(at)], check=True)
    return at


@contextmanager
def leak(folder: Path) -> Iterator[Leak]:
    """A registry, and a repository that is at its host without the token in it."""
    with verdaccio() as registry:
        yield Leak(folder, bare(folder), folder / "case", registry.leaked, PASSWORD, registry=registry)
