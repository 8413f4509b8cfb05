"""The repository of the drill: four months of ordinary work, and how three credentials came into it.

Told in days before `now`:
    121      first import; side branches are merged as pull requests, versions are tagged
     10.4    the GitHub token is committed on a side branch, pushed 9.1 days ago and merged 9.0 days ago
      8.9    the release key is pushed on a branch that nobody merges
      8.7    a try-out with the token is pushed and force-pushed away: it stays in no branch
      8.5    release/2.3 is cut; tag v2.3.0 on it, 6.0 days ago, still holds the token
      8.3    the AWS pair is committed on main in an .env (removed at 7.9), then printed by a notebook (8.1, still there)
      7.6    the token stands in a commit message; 7.5: as base64 in a workflow, still there
      7.4    a stash with the token was pushed along; 6.0: the message of tag v2.3.0 says how the rates were made, with the token
      7.2    the file with the token is edited; 2.0: the token is "removed" from it
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from irkit.drill import larkspur
from irkit.drill.history import History, Person, utc
from irkit.drill.larkspur import JUN, MARA, PRIYA, ROBOT, TOBIAS
from irkit.drill.places import places_in
from irkit.drill.truth import AWS_KEY, GITHUB_TOKEN, RELEASE_KEY, Leak, Place

MAIN = "refs/heads/main"
LEAKY = "refs/pull/41/head"
RELEASE = "refs/heads/release/2.3"
PACKAGING = "refs/heads/wip/packaging-container"
SCRATCH = "refs/heads/jun/scratch"
STASH = "refs/stash"

CARRIERS = "config/carriers.yaml"
DOTENV = "ops/backup/.env"
NOTEBOOK = "notebooks/carrier-costs.ipynb"
NIGHTLY = ".github/workflows/nightly.yml"
KEY_FILE = "packaging/keys/release-signing.asc"
TRY_OUT = "scripts/try_sync.sh"
STASHED = "scripts/rates_local.py"


@dataclass(frozen=True)
class Planted:
    """The values to plant. Lives only while the world is built and prints nothing."""

    token: str
    aws_id: str
    aws_secret: str
    release_key: bytes

    def __repr__(self) -> str:
        return "Planted(not shown)"


@dataclass(frozen=True)
class Push:
    """One record of the server's push log: `kind` as GitHub's activity_type."""

    ref: str
    before: str
    after: str
    at: datetime
    kind: str
    login: str


@dataclass(frozen=True)
class Told:
    """What the repository's story left behind for the other parts of the world."""

    places: tuple[Place, ...]
    leaks: tuple[Leak, ...]
    pushes: tuple[Push, ...]


def build(folder: Path, chance: Random, now: datetime, planted: Planted) -> Told:
    """Writes the bare repository `folder` and says what stands where."""
    story = _Story(chance, now, planted)
    story.ordinary_months()
    story.leak()
    names = story.history.write(folder, larkspur.ORIGIN)
    return Told(story.places(names), story.leaks(names), story.pushes(names))


class _Story:
    def __init__(self, chance: Random, now: datetime, planted: Planted) -> None:
        self.chance, self.now, self.planted = chance, now, planted
        self.history = History()
        self._pushes: list[tuple[str, int, int, datetime, str, str]] = []
        self._leaks: list[tuple[str, int, datetime, datetime]] = []

    def ago(self, days: float) -> datetime:
        return utc(self.now - timedelta(days=days))

    # The ordinary part.

    def ordinary_months(self) -> None:
        self.history.commit(MAIN, MARA, self.ago(121), "Import from the monorepo\n", dict(larkspur.first_tree()))
        versions = {118: "2.0.0", 96: "2.0.1", 74: "2.1.0", 45: "2.2.0", 30: "2.2.1", 15: "2.2.2"}
        pull = 20
        for day in range(119, 10, -2):
            self._work(MAIN, day)
            if day % 8 == 7:
                pull += 1
                self._pull_request(pull, day - 0.3)
            for at in [at for at in versions if day - 2 < at <= day]:
                self._version(versions[at], MAIN, at - 0.9)

    def _work(self, ref: str, days: float) -> int:
        tip = self.history[self.history.refs[ref]]
        message, changes = larkspur.days_work(self.chance, tip.tree)
        at = self.ago(days) - timedelta(minutes=self.chance.randint(0, 200))
        who = self.chance.choice(larkspur.DEVELOPERS)
        at = max(at, tip.at + timedelta(minutes=7))
        mark = self.history.commit(ref, who, at, message, changes)
        if ref == MAIN:
            self._pushed(ref, at + timedelta(minutes=self.chance.randint(1, 5)), "push", _login(who), mark)
        return mark

    def _pull_request(self, number: int, days: float) -> None:
        ref = f"refs/pull/{number}/head"
        self.history.branch(ref, MAIN)
        for part in range(self.chance.randint(1, 2)):
            self._work(ref, days - part / 10)
        self._merge(ref, days - 0.4)

    def _merge(self, ref: str, days: float) -> int:
        number = ref.split("/")[2]
        at = max(self.ago(days), self.history[self.history.refs[ref]].at + timedelta(minutes=20))
        return self._pushed(
            MAIN,
            at,
            "pr_merge",
            "mara",
            self.history.commit(
                MAIN, MARA, at, f"Merge pull request #{number} from larkspur/side-{number}\n", {}, merge=ref
            ),
        )

    def _version(self, version: str, ref: str, days: float, note: str = "") -> None:
        at = max(self.ago(days), self.history[self.history.refs[ref]].at + timedelta(minutes=5))
        changes: dict[str, bytes | None] = {"fulfil/__init__.py": f'__version__ = "{version}"\n'.encode()}
        mark = self.history.commit(ref, ROBOT, at, f"Version {version}\n", changes)
        self.history.tag(f"v{version}", mark, ROBOT, at + timedelta(minutes=1), f"larkspur-fulfil {version}\n{note}")

    # How it came out.

    def leak(self) -> None:
        self._token_on_a_side_branch()
        self._release_key_on_a_branch_of_its_own()
        self._token_forced_away()
        self.history.branch(RELEASE, MAIN)
        self._push_of(RELEASE, 0, self.history.refs[MAIN], self.ago(8.65), "branch_creation", "mara")
        self._aws_pair_on_main()
        self._token_on_main()
        self._token_in_a_stash()
        self._version("2.3.0", RELEASE, 6.0, f"Rates by GH_TOKEN={self.planted.token} make rates\n")
        self._work(MAIN, 4.5)
        self._main(
            2.0,
            MARA,
            "Read the carrier token from the environment\n",
            {CARRIERS: self._carriers("${SWIFTPOST_TOKEN}", 45)},
        )
        self._work(MAIN, 1.2)

    def _token_on_a_side_branch(self) -> None:
        self.history.branch(LEAKY, MAIN)
        before = self._work(LEAKY, 10.6)
        self._push_of("refs/heads/carrier-webhooks", 0, before, self.ago(10.5), "branch_creation", "jun")
        written = self.ago(10.4)
        mark = self.history.commit(
            LEAKY,
            JUN,
            written,
            "carriers: pull the rate sheets by themselves\n",
            {CARRIERS: self._carriers(self.planted.token, 20)},
        )
        pushed = self.ago(9.1)
        self._push_of("refs/heads/carrier-webhooks", before, mark, pushed, "push", "jun")
        self._leaks.append((GITHUB_TOKEN, mark, written, pushed))
        self._merge(LEAKY, 9.0)

    def _release_key_on_a_branch_of_its_own(self) -> None:
        self.history.branch(PACKAGING, MAIN)
        written, pushed = self.ago(8.95), self.ago(8.9)
        recipe = (
            b"FROM debian:12-slim\nCOPY keys/release-signing.asc /tmp/key.asc\nRUN gpg --batch --import /tmp/key.asc\n"
        )
        changes: dict[str, bytes | None] = {KEY_FILE: self.planted.release_key, "packaging/Containerfile": recipe}
        mark = self.history.commit(PACKAGING, TOBIAS, written, "wip: sign inside the container\n", changes)
        self._push_of(PACKAGING, 0, mark, pushed, "branch_creation", "tobias")
        self._leaks.append((RELEASE_KEY, mark, written, pushed))

    def _token_forced_away(self) -> None:
        self.history.branch(SCRATCH, MAIN)
        kept = self._work(SCRATCH, 8.75)
        script = f'#!/bin/sh\ncurl -sf -H "Authorization: Bearer {self.planted.token}" https://git.{larkspur.DOMAIN}/api/rates\n'
        lost = self.history.commit(SCRATCH, JUN, self.ago(8.72), "try it\n", {TRY_OUT: script.encode()})
        self._push_of(SCRATCH, 0, kept, self.ago(8.73), "branch_creation", "jun")
        self._push_of(SCRATCH, kept, lost, self.ago(8.71), "push", "jun")
        self.history.branch(SCRATCH, kept)
        self._push_of(SCRATCH, lost, kept, self.ago(8.7), "force_push", "jun")

    def _aws_pair_on_main(self) -> None:
        pair = f"AWS_ACCESS_KEY_ID={self.planted.aws_id}\nAWS_SECRET_ACCESS_KEY={self.planted.aws_secret}\n"
        dotenv = f"BACKUP_BUCKET=larkspur-fulfil-backup\n{pair}AWS_DEFAULT_REGION=eu-central-1\n"
        mark = self._main(8.3, PRIYA, "backup: run it from the ops box\n", {DOTENV: dotenv.encode()})
        at = self.history[mark].at
        self._leaks.append((AWS_KEY, mark, at, at + timedelta(minutes=3)))
        self._main(8.1, PRIYA, "Carrier costs of the quarter\n", {NOTEBOOK: self._notebook(pair)})
        self._main(7.9, TOBIAS, "backup: no .env in the tree\n", {DOTENV: None})

    def _token_on_main(self) -> None:
        by_hand = f"Ran it by hand until the job is fixed:\n\n    GH_TOKEN={self.planted.token} make rates\n"
        fix = {
            "docs/runbook.md": f"# Runbook\n\nThe backup user is `{larkspur.AWS_USER}`, key `{self.planted.aws_id}`.\n".encode()
        }
        self._main(7.6, JUN, f"Rate sheets of Tuesday\n\n{by_hand}", dict(fix))
        encoded = base64.b64encode(self.planted.token.encode()).decode()
        self._main(7.5, JUN, "Fetch the rate sheets every night\n", {NIGHTLY: _nightly(encoded)})
        self._main(7.2, MARA, "Give SwiftPost more time\n", {CARRIERS: self._carriers(self.planted.token, 45)})

    def _token_in_a_stash(self) -> None:
        """A push of all refs brings the stash along; it is in no branch, and removing it there takes another push."""
        self.history.branch(STASH, MAIN)
        script = f'import os\n\nos.environ["GH_TOKEN"] = "{self.planted.token}"\n'
        self.history.commit(STASH, JUN, self.ago(7.4), "WIP on main: rates by hand\n", {STASHED: script.encode()})

    def _main(self, days: float, who: Person, message: str, changes: dict[str, bytes | None]) -> int:
        at = self.ago(days)
        mark = self.history.commit(MAIN, who, at, message, changes)
        return self._pushed(MAIN, at + timedelta(minutes=3), "push", _login(who), mark)

    def _carriers(self, token: str, timeout: int) -> bytes:
        head = f"carriers:\n  swiftpost:\n    base_url: https://api.swiftpost.example/v2\n    timeout_s: {timeout}\n"
        return f"{head}rate_sheets:\n  repository: larkspur/rate-sheets\n  token: {token}\n  every_h: 24\n".encode()

    def _notebook(self, pair: str) -> bytes:
        output = {"output_type": "stream", "name": "stdout", "text": (pair + "months: 3\n").splitlines(keepends=True)}
        cell = {
            "cell_type": "code",
            "execution_count": 1,
            "metadata": {},
            "source": ["!env | grep AWS_\n", "costs.head()"],
        }
        document = {"cells": [{**cell, "outputs": [output]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        return json.dumps(document, indent=1).encode()

    # The server's push log, and what is true.

    def _pushed(self, ref: str, at: datetime, kind: str, login: str, mark: int) -> int:
        before = self.history[mark].parents[0] if self.history[mark].parents else 0
        if all(known != ref for known, *_ in self._pushes):
            before, kind = 0, "branch_creation"
        self._push_of(ref, before, mark, at, kind, login)
        return mark

    def _push_of(self, ref: str, before: int, after: int, at: datetime, kind: str, login: str) -> None:
        self._pushes.append((ref, before, after, utc(at), kind, login))

    def pushes(self, names: dict[int, str]) -> tuple[Push, ...]:
        named = {0: "0" * 40, **names}
        return tuple(Push(ref, named[old], named[new], at, kind, who) for ref, old, new, at, kind, who in self._pushes)

    def leaks(self, names: dict[int, str]) -> tuple[Leak, ...]:
        return tuple(
            Leak(credential, names[mark], authored, pushed) for credential, mark, authored, pushed in self._leaks
        )

    def places(self, names: dict[int, str]) -> tuple[Place, ...]:
        return tuple(places_in(self.history, names, self._form_in))

    def _form_in(self, data: bytes) -> tuple[str, str, bytes] | None:
        token = self.planted.token.encode()
        looked_for = (
            (GITHUB_TOKEN, "raw", token),
            (GITHUB_TOKEN, "base64", base64.b64encode(token)),
            (AWS_KEY, "raw", self.planted.aws_secret.encode()),
            (RELEASE_KEY, "armor", self.planted.release_key),
        )
        return next((found for found in looked_for if found[2] in data), None)


def _nightly(encoded: str) -> bytes:
    steps = f'      - run: echo "GH_TOKEN=$(echo {encoded} | base64 -d)" >> "$GITHUB_ENV"\n      - run: make rates\n'
    head = 'name: nightly\non:\n  schedule:\n    - cron: "17 2 * * *"\njobs:\n  rates:\n    runs-on: ubuntu-latest\n'
    return f"{head}    steps:\n      - uses: actions/checkout@v4\n{steps}".encode()


def _login(who: Person) -> str:
    return who.email.partition("@")[0]
