"""The thief's signature is as valid as the others: only digests kept elsewhere tell."""

from __future__ import annotations

import hashlib
import subprocess

from irkit.drill.world import World


def digest(world: World, name: str) -> str:
    return hashlib.sha256((world.releases / name).read_bytes()).hexdigest()


def listed(world: World) -> dict[str, str]:
    pairs = (line.split("  ") for line in world.digest_list.read_text().splitlines())
    return {name: value for value, name in pairs}


def test_gpg_says_good_to_every_signature_the_tampered_archives_included(world: World) -> None:
    for artifact in world.truth.artifacts:
        if artifact.state == "unsigned":
            continue
        path = world.releases / artifact.path
        done = subprocess.run(
            [
                "gpg",
                "--homedir",
                str(world.homes.release),
                "--batch",
                "--status-fd",
                "1",
                "--verify",
                f"{path}.asc",
                str(path),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        valid = next(line.split() for line in done.stdout.splitlines() if " VALIDSIG " in line)
        assert done.returncode == 0
        assert "GOODSIG" in done.stdout
        assert valid[2] == world.truth.release_key
        assert artifact.signed_at is not None
        assert int(valid[4]) == int(artifact.signed_at.timestamp())


def test_the_tampered_archive_is_signed_with_a_date_before_the_leak(world: World) -> None:
    (tampered,) = (artifact for artifact in world.truth.artifacts if artifact.state == "tampered")
    assert tampered.signed_at is not None
    assert tampered.signed_at < world.truth.digests_at < world.truth.leak_of("release-key").pushed


def test_the_mirrors_list_agrees_with_the_good_disagrees_with_the_tampered_and_lacks_the_unknown(world: World) -> None:
    known = listed(world)
    states = {artifact.path: artifact.state for artifact in world.truth.artifacts}
    assert sorted(states.values()) == ["good"] * 10 + ["tampered", "unknown", "unsigned"]
    assert all(artifact.sha256 == digest(world, artifact.path) for artifact in world.truth.artifacts)
    assert {path for path, state in states.items() if path in known} == {p for p, s in states.items() if s != "unknown"}
    assert [path for path in known if known[path] != digest(world, path)] == list(
        world.truth.artifacts_that_are("tampered")
    )


def test_one_signature_has_no_artifact_and_one_artifact_no_signature(world: World) -> None:
    names = {path.name for path in world.releases.iterdir()}
    archives = {name for name in names if name.endswith(".tar.gz")}
    assert (
        tuple(name for name in names if name.endswith(".gz.asc") and name[:-4] not in names)
        == world.truth.orphan_signatures
    )
    assert tuple(name for name in archives if f"{name}.asc" not in names) == world.truth.artifacts_that_are("unsigned")
