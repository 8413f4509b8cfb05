"""Nothing that a drill writes holds a secret: every file of the case and of the temporary folder is walked, raw and base64."""

import base64
import gzip
import os
from pathlib import Path

import pytest

from irkit.drill.run import rehearse
from irkit.openpgp import secret_material

SECRETS_LIVE_HERE = ("vault", "repository")


def forms(value: bytes) -> list[bytes]:
    """Independent of irkit's own needles: the value, and what base64 of it always contains, at each alignment."""
    found = [value]
    for shift in range(3):
        encoded = base64.b64encode(b"x" * shift + value)
        found.append(encoded[4 : len(encoded) - 4][:24])
    return found


@pytest.fixture(scope="module")
def drill(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drill")
    private = folder / "tmp"
    private.mkdir()
    before = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = str(private)
    seen: list[str] = []
    try:
        yield folder, rehearse("token-and-key", folder / "out", say=seen.append), seen, private
    finally:
        os.environ.pop("TMPDIR")
        if before is not None:
            os.environ["TMPDIR"] = before


def test_the_scorecard_is_full(drill):
    _, result, _, _ = drill
    assert result.stopped is None
    assert [check for check in result.scorecard if check.ok is not True] == []
    assert result.postmortem.is_file()


def test_no_file_of_the_drill_holds_a_secret(drill):
    folder, result, seen, private = drill
    vault = folder / "out" / "world" / "vault"
    values = [line for name in ("github-token", "aws-key") for line in (vault / name).read_bytes().strip().split(b":")]
    values = [value for value in values if not value.startswith(b"AKIA")]  # the key id is public
    values += secret_material((vault / "release-key.asc").read_bytes())
    wanted = [form for value in values for form in forms(value)]
    walked, leaks = 0, []
    for top in (folder / "out", private):
        for path in top.rglob("*"):
            if not path.is_file() or any(part in SECRETS_LIVE_HERE for part in path.relative_to(folder).parts):
                continue
            data = path.read_bytes()
            if data[:2] == b"\x1f\x8b":
                data += gzip.decompress(data)
            walked += 1
            leaks += [str(path) for form in wanted if form in data]
    assert walked > 100
    assert leaks == []
    assert not any(form in "\n".join(seen).encode() for form in wanted)
    assert result.case.stat().st_mode & 0o077 == 0


def test_the_search_would_have_found_one(drill, tmp_path):
    folder, _, _, _ = drill
    token = (folder / "out" / "world" / "vault" / "github-token").read_bytes().strip()
    planted = tmp_path / "planted"
    planted.write_bytes(b"head " + base64.b64encode(b"user:" + token))
    assert any(form in planted.read_bytes() for form in forms(token))


def test_the_vault_is_for_its_owner_alone(drill):
    folder, _, _, _ = drill
    for path in (folder / "out" / "world" / "vault").iterdir():
        assert Path(path).stat().st_mode & 0o077 == 0
