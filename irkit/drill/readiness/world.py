"""Larkspur before anything leaked: the drill's usual repository and release key, and what AWS, GitHub and npm list of what they gave out.

world/             as `irkit.drill.world` builds it, easy        infra/   a workflow and a compose file that take credentials
policy.yaml        what Larkspur asks of its credentials         KEYS     its release key, as it was published
certificates/      where revocation certificates are kept: empty at first

GitLab and Vault are not named, so that there are rows of what was not asked.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from irkit.drill import larkspur
from irkit.drill.credentials import aws_key_id, github_token
from irkit.drill.difficulty import EASY
from irkit.drill.homes import gpg
from irkit.drill.provider.state import AccessKey, ProviderState, Token
from irkit.drill.world import World, build
from irkit.model import iso
from irkit.readiness.policy import example_rules

ORGANISATION = "larkspur"
PATS, APPS = f"/orgs/{ORGANISATION}/personal-access-tokens", f"/orgs/{ORGANISATION}/installations"
DEPLOY_KEYS, SECRETS = f"/repos/{larkspur.REPOSITORY}/keys", f"/repos/{larkspur.REPOSITORY}/actions/secrets"
ENVIRONMENTS, DEPENDABOT = (
    f"/repos/{larkspur.REPOSITORY}/environments",
    f"/repos/{larkspur.REPOSITORY}/dependabot/secrets",
)
ORGANISATIONS_DEPENDABOT = f"/orgs/{ORGANISATION}/dependabot/secrets"
ORGANISATIONS_SECRETS, NPM_TOKENS = f"/orgs/{ORGANISATION}/actions/secrets", "/-/npm/v1/tokens"

HOLDERS = """holders:
  - {match: "npm:access token:*", holder: automation, owner: Priya Vance, names: [NPM_TOKEN]}
  - {match: "aws:access key:*", owner: platform team}
  - {match: "openpgp:*", owner: release team}
accepted:
  - match: "openpgp:primary key:*"
    rule: age
    why: its successor is made in the next quarter
    until: %s
"""
WORKFLOW = """name: publish
on: {push: {tags: ["v*"]}}
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: npm publish
        env: {NPM_TOKEN: "${{ secrets.NPM_TOKEN }}"}
"""
COMPOSE = """services:
  backup:
    image: registry.larkspur.example/backup
    environment: {AWS_ACCESS_KEY_ID: %s}
  reports:
    image: registry.larkspur.example/reports
    environment: {AWS_ACCESS_KEY_ID: %s}
"""


@dataclass(frozen=True)
class TeamWorld:
    """Where everything stands. `keys` are the ids of AWS keys by their users; `responder` is the team's own token at GitHub and npm."""

    world: World
    keys: dict[str, str]
    now: datetime

    @property
    def folder(self) -> Path:
        return self.world.folder.parent

    @property
    def policy(self) -> Path:
        return self.folder / "policy.yaml"

    @property
    def ring(self) -> Path:
        return self.folder / "KEYS"

    @property
    def certificates(self) -> Path:
        return self.folder / "certificates"

    @property
    def infra(self) -> Path:
        return self.folder / "infra"

    @property
    def responder(self) -> Path:
        return self.world.folder / "vault" / "team-token"

    def publish(self) -> None:
        self.ring.write_bytes(gpg(self.world.homes.release, "--armor", "--export", self.world.truth.release_key))

    def put_in_escrow(self) -> None:
        """The certificate that gpg made with the key, in a folder of its own."""
        key = self.world.truth.release_key
        shutil.copy(self.world.homes.release / "openpgp-revocs.d" / f"{key}.rev", self.certificates / f"{key}.asc")


def build_team(folder: Path, *, seed: int, now: datetime) -> TeamWorld:
    """In `folder`, which must be empty or absent. BadInput, NotAvailable (git, gpg), StepFailed."""
    world = build(folder / "world", seed=seed, now=now, difficulty=EASY)
    try:
        keys = {name: aws_key_id(larkspur.ACCOUNT) for name in ("mara", "tobias", "reports")}
        keys |= {larkspur.AWS_USER: world.truth.aws_key_id, "ir-responder": world.truth.aws_responder_id}
        made = TeamWorld(world, keys, world.truth.now)
        _files(made)
        _provider(made)
    except BaseException:
        world.cleanup()
        raise
    return made


def _files(made: TeamWorld) -> None:
    """The policy is the example that teams begin with, and what Larkspur says of its own."""
    made.policy.write_text("approvals: 2\n" + example_rules() + HOLDERS % (made.now + timedelta(days=100)).date())
    workflow = made.infra / ".github" / "workflows" / "publish.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(WORKFLOW)
    (made.infra / "compose.yaml").write_text(COMPOSE % (made.keys[larkspur.AWS_USER], made.keys["mara"]))
    made.certificates.mkdir()
    made.publish()
    gpg(
        made.world.homes.release, "--quick-set-expire", made.world.truth.release_key, "1y"
    )  # what is published lacks it


def _provider(made: TeamWorld) -> None:
    """Nothing of the incident is there yet."""
    state = ProviderState.load(made.world.provider_state)
    responder = github_token()
    made.responder.touch(mode=0o600)
    made.responder.write_text(f"{responder}\n")
    digest = hashlib.sha256(responder.encode()).hexdigest()
    state.tokens = {digest: Token("larkspur-readiness", 90_500, "admin:org, repo")}
    _aws(state, made)
    state.lists = {
        PATS: _tokens(made),
        APPS: {"total_count": 1, "installations": [
            {"id": 5501, "app_slug": "renovate", "created_at": _ago(made, 300), "suspended_at": None,
             "permissions": {"contents": "write", "pull_requests": "write"}},
        ]},
        DEPLOY_KEYS: [
            {"id": 7001, "title": "mirror to the warehouse", "added_by": "tobias", "created_at": _ago(made, 520), "read_only": False,
             "last_used": _ago(made, 2), "enabled": True},
        ],
        SECRETS: {"total_count": 1, "secrets": [{"name": "NPM_TOKEN", "updated_at": _ago(made, 380)}]},
        ORGANISATIONS_SECRETS: {"total_count": 0, "secrets": []},
        ENVIRONMENTS: {"total_count": 1, "environments": [{"id": 61, "name": "production"}]},
        f"{ENVIRONMENTS}/production/secrets": {
            "total_count": 1, "secrets": [{"name": "WAREHOUSE_SSH_KEY", "updated_at": _ago(made, 20)}],
        },
        DEPENDABOT: {"total_count": 0, "secrets": []},
        ORGANISATIONS_DEPENDABOT: {"total_count": 0, "secrets": []},
        NPM_TOKENS: {"objects": [
            {"key": "4f1c0de5f4ce", "name": "publish from CI", "user": "larkspur-npm", "readonly": False, "automation": True,
             "created": _ago(made, 380), "last_used": _ago(made, 11), "expires": None},
        ], "urls": {}},
    }  # fmt: skip
    state.save()


def _tokens(made: TeamWorld) -> list[dict[str, Any]]:
    read, write = {"repository": {"contents": "read"}}, {"repository": {"contents": "write", "workflows": "write"}}
    return [
        _token(8101, "cut releases", "larkspur-ci[bot]", write, made, used=1, expires=-25, let_in=65),
        _token(8102, "my laptop", "jun", write, made, used=300, expires=None, let_in=420),
        _token(8103, "look at the dashboards", "priya", read, made, used=1, expires=-60, let_in=30),
    ]


def _token(
    number: int, name: str, login: str, permissions: dict[str, Any], made: TeamWorld, *, used: int, expires: int | None, let_in: int
) -> dict[str, Any]:  # fmt: skip
    return {
        "id": number, "token_id": number, "token_name": name, "owner": {"login": login}, "permissions": permissions,
        "access_granted_at": _ago(made, let_in), "token_last_used_at": _ago(made, used), "token_expired": False,
        "token_expires_at": None if expires is None else _ago(made, expires),
    }  # fmt: skip


def _aws(state: ProviderState, made: TeamWorld) -> None:
    responder = state.keys[made.keys["ir-responder"]]
    state.keys = {
        made.keys["ir-responder"]: responder,
        made.keys[larkspur.AWS_USER]: AccessKey(larkspur.AWS_USER, _ago(made, 410), _ago(made, 1)),
        made.keys["mara"]: AccessKey("mara", _ago(made, 200), _ago(made, 3)),
        made.keys["tobias"]: AccessKey("tobias", _ago(made, 62)),
        made.keys["reports"]: AccessKey("reports", _ago(made, 80), _ago(made, 4)),
    }
    password = {"password_enabled": "true", "password_next_rotation": "N/A", "mfa_active": "true"}
    for name in ("mara", "tobias"):
        state.people[name] = {**password, "password_last_used": _ago(made, 3), "password_last_changed": _ago(made, 150)}
    state.services = {
        larkspur.AWS_USER: {"s3": _ago(made, 1), "iam": "", "kms": "", "ec2": ""},
        "ir-responder": {"iam": _ago(made, 0), "cloudtrail": _ago(made, 5)},
        "mara": {"s3": _ago(made, 3), "athena": _ago(made, 40)},
        "tobias": {"s3": "", "ec2": ""},
        "reports": {"athena": _ago(made, 4), "s3": _ago(made, 4)},
    }


def _ago(made: TeamWorld, days: int) -> str:
    return iso(made.now - timedelta(days=days))
