"""A small believable world to rehearse in: built in a folder, on one machine, offline, from a seed.

    vault/          the drill's secure store: what leaked, and the responder's own AWS pair (0700, files 0600)
    repository/     a bare git repository, as a mirror clone leaves it
    backup/         of a machine: archives within archives, a notebook, a history
    laptop/         of a developer, in a hard world: a second leaked place among look-alikes
    copies/         other writings and wrappings: UTF-16, hex, percent, split, an image's layer, a PDF
    logs/           cloudtrail/, github/, push-activity.json
    releases/       archives and detached signatures        mirror/SHA256SUMS   an independent digest list
    approvers/      the public keys of two people           provider.json       the state of the fake provider
    truth.json      what is true in this world, without a secret

The gpg homes stand elsewhere, under a short path (see `irkit.drill.homes`).
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from irkit.drill import backup, copies, intrusion, laptop, larkspur, logs, releases, repository
from irkit.drill.credentials import aws_pair, github_token
from irkit.drill.difficulty import NORMAL, Difficulty
from irkit.drill.history import utc
from irkit.drill.homes import Homes, generate, gpg
from irkit.drill.provider.state import AccessKey, ProviderState, Token
from irkit.drill.repository import Planted
from irkit.drill.truth import AWS_KEY, GITHUB_TOKEN, Place, Truth
from irkit.errors import BadInput
from irkit.model import SecretRef, iso
from irkit.plan import document, read

TRUTH = "truth.json"


@dataclass(frozen=True)
class World:
    """Where everything stands, and what is true. `load` opens a world that was built before."""

    folder: Path
    homes: Homes
    truth: Truth

    @classmethod
    def load(cls, folder: Path) -> World:
        """BadInput when `folder` holds no drill."""
        path = folder / TRUTH
        try:
            plain = json.loads(path.read_text())
            homes, truth = Homes(Path(plain["homes"])), read(Truth, plain["truth"])
        except FileNotFoundError:
            raise BadInput("there is no drill here", on=folder, do="build one with irkit drill") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadInput(
                "this drill cannot be read", on=path, why=type(error).__name__, do="build a new one"
            ) from None
        return cls(folder, homes, truth)

    @property
    def repository(self) -> Path:
        return self.folder / "repository"

    @property
    def backup(self) -> Path:
        return self.folder / "backup"

    @property
    def copies(self) -> Path:
        return self.folder / "copies"

    @property
    def laptop(self) -> Path:
        return self.folder / "laptop"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def cloudtrail(self) -> Path:
        return self.logs / "cloudtrail"

    @property
    def github_audit(self) -> Path:
        return self.logs / "github"

    @property
    def pushes(self) -> Path:
        return self.logs / logs.PUSHES

    @property
    def releases(self) -> Path:
        return self.folder / "releases"

    @property
    def digest_list(self) -> Path:
        return self.folder / "mirror" / "SHA256SUMS"

    @property
    def approvers(self) -> Path:
        return self.folder / "approvers"

    @property
    def provider_state(self) -> Path:
        return self.folder / "provider.json"

    @property
    def github_token(self) -> SecretRef:
        return self._in_vault("github-token")

    @property
    def aws_key(self) -> SecretRef:
        """`KEYID:SECRET`."""
        return self._in_vault("aws-key")

    @property
    def aws_responder(self) -> SecretRef:
        return self._in_vault("aws-responder")

    @property
    def release_key(self) -> SecretRef:
        """The private key as it leaked: armored, without a passphrase."""
        return self._in_vault("release-key.asc")

    def _in_vault(self, name: str) -> SecretRef:
        return SecretRef(f"file:{self.folder / 'vault' / name}")

    def cleanup(self) -> None:
        """Stops the gpg agents and removes the gpg homes; the folder stays."""
        self.homes.remove()


def build(folder: Path, *, seed: int = 1, now: datetime, difficulty: Difficulty = NORMAL) -> World:
    """Builds the world into `folder`, which must be empty or absent. BadInput, NotAvailable (git, gpg), StepFailed.

    The same seed and `now` give the same world, but for what must be fresh: secrets, keys, and what is hashed over them.
    """
    folder, now = folder.absolute(), _moment(now)
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise BadInput("a drill needs an empty folder", on=folder, do="name another one")
    homes = Homes.make()
    try:
        truth = _fill(folder, homes, seed, now, difficulty)
    except BaseException:
        homes.remove()
        raise
    plain = {"homes": str(homes.base), "truth": document(truth)}
    (folder / TRUTH).write_text(json.dumps(plain, indent=1))
    return World(folder, homes, truth)


def _fill(folder: Path, homes: Homes, seed: int, now: datetime, difficulty: Difficulty) -> Truth:
    def chance(part: str) -> Random:
        return Random(f"{seed}/{part}")  # noqa: S311  (the world's details; its secrets are drawn by `secrets`)

    long_ago = utc(now - timedelta(days=400))
    release_key = generate(homes.release, larkspur.RELEASES, long_ago)
    approvers = _approvers(folder / "approvers", homes, long_ago)
    planted, responder = _vault(folder / "vault", homes, release_key)
    token_hash = base64.b64encode(hashlib.sha256(planted.token.encode()).digest()).decode()

    told = repository.build(folder / "repository", chance("repository"), now, planted)
    elsewhere = _elsewhere(folder, chance("laptop"), now, planted, difficulty)
    logged = logs.build(
        folder / "logs", chance("logs"), now, key_id=planted.aws_id, token_hash=token_hash, pushes=told.pushes,
        gap=difficulty.gap,
    )  # fmt: skip
    released = releases.build(
        folder / "releases", folder / "mirror", homes.release, release_key, chance("releases"), now
    )
    truth = Truth(
        seed=seed,
        now=now,
        github_hash=token_hash,
        aws_account=larkspur.ACCOUNT,
        aws_user=larkspur.AWS_USER,
        aws_key_id=planted.aws_id,
        aws_responder_id=responder,
        aws_backdoor_user=intrusion.BACKDOOR_USER,
        release_key=release_key,
        approvers=approvers,
        places=(*told.places, *elsewhere),
        leaks=told.leaks,
        uses=logged.uses,
        mentions=logged.mentions,
        first_intrusion=logged.first_intrusion,
        intruders=(larkspur.INTRUDER_CLOUD, larkspur.INTRUDER_CODE),
        artifacts=released.artifacts,
        orphan_signatures=released.orphan_signatures,
        digests_at=released.digests_at,
        digests_source=releases.MIRROR,
        children=logged.children,
        signs=logged.signs,
        owners=larkspur.CI_ADDRESSES,
        unread=int(difficulty.gap),
    )
    _provider(folder, truth, difficulty)
    return truth


def _elsewhere(
    folder: Path, chance: Random, now: datetime, planted: Planted, difficulty: Difficulty
) -> tuple[Place, ...]:
    """What stands outside of the repository."""
    found: tuple[Place, ...] = ()
    if difficulty.shelved:
        found += backup.build(folder / "backup", now, planted)
        found += copies.build(folder / "copies", now, planted)
    if difficulty.laptop:
        found += laptop.build(folder / "laptop", chance, now, planted, difficulty.decoys)
    return found


def _approvers(folder: Path, homes: Homes, at: datetime) -> dict[str, str]:
    """A key for each approver, and its public half beside the world."""
    folder.mkdir()
    found = {}
    for name, home in (("alice", homes.alice), ("bob", homes.bob)):
        found[name] = generate(home, larkspur.APPROVERS[name], at)
        (folder / f"{name}.asc").write_bytes(gpg(home, "--armor", "--export", found[name]))
    return found


def _vault(folder: Path, homes: Homes, release_key: str) -> tuple[Planted, str]:
    """Draws the secrets and puts them where references find them; gives them with the responder's key id."""
    folder.mkdir(mode=0o700)
    (leaked_id, leaked_secret), (own_id, own_secret) = aws_pair(larkspur.ACCOUNT), aws_pair(larkspur.ACCOUNT)
    while "/" not in leaked_secret:  # else it would be written in an address and in JSON as it is anywhere
        leaked_id, leaked_secret = aws_pair(larkspur.ACCOUNT)
    armored = gpg(homes.release, "--armor", "--export-secret-keys", release_key)
    planted = Planted(github_token(), leaked_id, leaked_secret, armored)
    kept = {
        "github-token": f"{planted.token}\n".encode(),
        "aws-key": f"{leaked_id}:{leaked_secret}\n".encode(),
        "aws-responder": f"{own_id}:{own_secret}\n".encode(),
        "release-key.asc": armored,
    }
    for name, value in kept.items():
        path = folder / name
        path.touch(mode=0o600)
        path.write_bytes(value)
    return planted, own_id


def _provider(folder: Path, truth: Truth, difficulty: Difficulty) -> None:
    """What the provider knows at the start: both credentials alive, the intruder's key beside them, in a hard world others' too."""
    used = {use.credential: iso(use.last) for use in truth.uses if use.how == "by_key" and use.last}
    backdoor = truth.uses_of(AWS_KEY, "created")[0].key
    made, vault = iso(truth.now - timedelta(days=29)), folder / "vault"
    state = ProviderState(truth.aws_account, path=folder / "provider.json")
    known_by = base64.b64decode(truth.github_hash).hex()
    state.tokens[known_by] = Token("larkspur-ci", 90_210, "repo, workflow", used[GITHUB_TOKEN])
    state.keys |= {
        truth.aws_key_id: AccessKey(truth.aws_user, made, used[AWS_KEY], secret=f"file:{vault / 'aws-key'}"),
        truth.aws_responder_id: AccessKey("ir-responder", made, secret=f"file:{vault / 'aws-responder'}"),
        backdoor: AccessKey(truth.aws_backdoor_user, iso(truth.now - timedelta(days=6.2))),
    }
    if difficulty.laptop:
        state.tokens[hashlib.sha256(github_token().encode()).hexdigest()] = Token("larkspur-docs", 90_377, "repo")
        state.keys[aws_pair(truth.aws_account)[0]] = AccessKey("payroll-nightly", made, used[AWS_KEY])
    state.save()


def _moment(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise BadInput("a drill needs a time with a zone", do="pass a datetime in UTC")
    return utc(now)
