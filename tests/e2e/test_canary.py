"""Nothing that a drill writes holds a secret: every file of the case and of the temporary folder is walked, raw and base64."""

import base64
import gzip
import subprocess
from pathlib import Path

from irkit.case import Case
from irkit.case.frames import JOURNAL, OCCURRENCES, USES
from irkit.drill.world import World
from irkit.model import Kind
from irkit.openpgp import secret_material

SECRETS_LIVE_HERE = ("vault", "repository", "backup", "copies")


def forms(value: bytes) -> list[bytes]:
    """Independent of irkit's own needles: the value, and what base64 of it always contains, at each alignment."""
    found = [value]
    for shift in range(3):
        encoded = base64.b64encode(b"x" * shift + value)
        found.append(encoded[4 : len(encoded) - 4][:24])
    return found


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
    said = "\n".join(seen).encode()
    assert b"ipykernel" in said  # the argument lists of the kernels were among what was watched
    assert not any(form in said for form in wanted)
    assert result.case.stat().st_mode & 0o077 == 0


def test_everything_in_the_case_is_its_owners_alone(drill):
    """The drill ran without any umask."""
    _, result, _, _ = drill
    found = [result.case, *result.case.rglob("*")]
    assert {"quarantine", "transition", "notebooks", "evidence"} <= {path.name for path in found}
    wanted = [(path, 0o700 if path.is_dir() else 0o600) for path in found]
    assert [str(path) for path, mode in wanted if path.stat().st_mode & 0o7777 != mode] == []


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


def test_every_new_signature_holds_for_gpg_and_for_sequoia_and_the_tampered_one_is_nowhere(drill, gpg_home):
    """Asked of the two programs themselves, not of irkit."""
    import pysequoia

    folder, result, _, _ = drill
    case, releases = Case.open(result.case), folder / "out" / "world" / "releases"
    truth = World.load(folder / "out" / "world").truth
    certificate = case.journal.records(Kind.KEY_GENERATED)[-1].body["certificate"]
    subprocess.run(
        ["gpg", "--homedir", gpg_home, "--batch", "--import"],
        input=certificate.encode(),
        check=True,
        capture_output=True,
    )
    good = truth.artifacts_that_are("good")
    assert len(good) >= 8
    for name in good:
        artifact, signature = releases / name, releases / f"{name}.asc"
        command = ["gpg", "--homedir", gpg_home, "--batch", "--status-fd", "1", "--verify", signature, artifact]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert "[GNUPG:] GOODSIG" in told
        key = pysequoia.Cert.from_bytes(certificate.encode())
        found = pysequoia.Sig.from_file(str(signature))
        checked = pysequoia.verify(bytes=artifact.read_bytes(), signature=found, store=lambda _ids, key=key: [key])
        assert len(checked.valid_sigs) == 1
    (tampered,) = truth.artifacts_that_are("tampered")
    assert not (releases / tampered).exists()
    assert not (releases / f"{tampered}.asc").exists()
    assert (result.case / "quarantine" / tampered).is_file()
    resigned = {record.body["path"] for record in case.journal.records(Kind.RESIGNED)}
    assert resigned == set(good)


def test_what_was_found_is_there_as_tables_of_declared_columns(drill):
    _, result, _, _ = drill
    case = Case.open(result.case)
    for name, columns in {"occurrences": OCCURRENCES, "uses": USES, "journal": JOURNAL}.items():
        table = case.frame(name)
        assert {column: str(kind) for column, kind in table.dtypes.items()} == dict(columns)
        assert len(table) > 0
    assert case.frame("uses")["at"].notna().all()
