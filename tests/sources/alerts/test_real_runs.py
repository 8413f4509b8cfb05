"""Reports that the tools themselves write, on a repository planted for it."""

from __future__ import annotations

import secrets
import string
import subprocess
import sys
from pathlib import Path

import pytest

from irkit.model import Trust
from irkit.providers.aws import AWS
from irkit.sources.alerts import read_alerts
from irkit.sources.scanner import program
from tests.needs import needs
from tests.sources.alerts.reports import TOKEN, private_key

OFFLINE = ("--no-validate", "--no-update-check")


def a_pair() -> str:
    """A key that was never issued, of the shape of real ones: scanners pass over what is visibly fake."""
    shape = AWS.shape_named("access-key")
    assert shape is not None
    assert shape.look_alike is not None
    return shape.look_alike()


def a_password() -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(20))


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Kingfisher compiles its rules once for all of these."""
    return tmp_path_factory.mktemp("rules")


@pytest.fixture
def planted(tmp_path: Path) -> tuple[Path, str, str]:
    folder = tmp_path / "planted"
    folder.mkdir()
    github = next(shape for shape in _github().shapes if shape.name == "ghp")
    assert github.look_alike is not None
    token, pair = github.look_alike(), a_pair()
    key_id, secret = pair.split(":")
    (folder / "aws.env").write_text(f"A=1\naws_access_key_id={key_id}\naws_secret_access_key={secret}\n")
    (folder / "deploy.sh").write_text(f"#!/bin/sh\nexport GITHUB_TOKEN={token}\n")
    return folder, token, pair


def _github():
    from irkit.providers.github import GITHUB

    return GITHUB


@needs("python:kingfisher")
@pytest.mark.parametrize("form", ["json", "jsonl", "sarif"])
def test_kingfisher(form: str, planted, rules: Path, tmp_path: Path) -> None:
    folder, token, pair = planted
    report = tmp_path / "report"
    command = [program(), "scan", ".", *OFFLINE, "--rule-cache-dir", str(rules)]
    done = subprocess.run(
        [*command, "--format", form, "--output", str(report)], cwd=folder, capture_output=True, check=False
    )
    assert done.returncode == 200
    read = read_alerts(report)
    found = {alert.secret.text(): alert for alert in read.alerts if alert.secret}
    assert found.keys() == {token, pair}
    assert str(found[token].where) == "deploy.sh:2"
    assert str(found[pair].where) == "aws.env:2"
    assert {alert.validity.value for alert in read.alerts} == {"unknown"}
    if form != "sarif":
        assert {alert.instant.trust for alert in read.alerts if alert.instant} == {Trust.SETTABLE}


@needs("python:kingfisher")
def test_kingfisher_redacting(planted, rules: Path, tmp_path: Path) -> None:
    folder, _, _ = planted
    command = [program(), "scan", ".", *OFFLINE, "--redact", "--rule-cache-dir", str(rules)]
    subprocess.run([*command, "--format", "json", "--output", str(tmp_path / "report")], cwd=folder, check=False)
    assert [alert.secret for alert in read_alerts(tmp_path / "report").alerts] == [None, None]


@needs("python:detect_secrets")
def test_detect_secrets_holds_no_value_and_the_line_it_names_does(planted, monkeypatch) -> None:
    folder, token, pair = planted
    command = [sys.executable, "-m", "detect_secrets", "scan", "--all-files", "."]
    made = subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout
    (folder / ".secrets.baseline").write_bytes(made)
    report = read_alerts(folder / ".secrets.baseline")
    found = {(alert.secret.text() if alert.secret else None): alert for alert in report.alerts}
    assert {token, pair.split(":")[0]} <= found.keys()
    assert str(found[token].where) == "deploy.sh:2"
    assert not report.holds_values
    (folder / "deploy.sh").write_text("#!/bin/sh\n")
    gone = [alert for alert in read_alerts(folder / ".secrets.baseline").alerts if alert.where.path == "deploy.sh"]
    assert [(alert.secret, "only its hash" in alert.hidden) for alert in gone] == [(None, True)]


@needs("python:detect_secrets")
def test_detect_secrets_names_two_private_keys_by_one_hash_and_each_is_read_from_its_file(
    tmp_path, monkeypatch
) -> None:
    keys = {name: private_key() for name in ("a.pem", "b.pem")}
    for name, key in keys.items():
        (tmp_path / name).write_text(f"# kept\n{key}")
    command = [sys.executable, "-m", "detect_secrets", "scan", "--all-files", "."]
    made = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout
    (tmp_path / "baseline").write_bytes(made)
    report = read_alerts(tmp_path / "baseline")
    found = {str(alert.where): alert.secret.text() if alert.secret else None for alert in report.alerts}
    assert found == {"a.pem:2": keys["a.pem"], "b.pem:2": keys["b.pem"]}
    (tmp_path / "b.pem").unlink()
    left = {str(alert.where): alert for alert in read_alerts(tmp_path / "baseline").alerts}
    assert left["a.pem:2"].secret is not None
    assert (left["b.pem:2"].secret, left["b.pem:2"].sha1) == (None, "")


def scan(folder: Path, form: str, rules: Path, report: Path) -> None:
    """Kingfisher over a folder, as `form`, without asking anybody whether what it finds works."""
    written = ("--rule-cache-dir", str(rules), "--format", form, "--output", str(report))
    subprocess.run([program(), "scan", ".", *OFFLINE, *written], cwd=folder, capture_output=True, check=False)


@needs("python:kingfisher")
@pytest.mark.parametrize("form", ["json", "sarif"])
def test_kingfisher_gives_the_whole_of_a_private_key(form: str, rules: Path, tmp_path: Path) -> None:
    folder = tmp_path / "planted"
    folder.mkdir()
    key = private_key()
    (folder / "deploy.pem").write_text(key)
    report = tmp_path / "report"
    scan(folder, form, rules, report)
    assert [alert.secret.text().strip() for alert in read_alerts(report).alerts if alert.secret] == [key.strip()]


@needs("python:kingfisher")
@pytest.mark.parametrize("form", ["json", "sarif"])
def test_kingfisher_gives_the_uri_that_a_password_stands_in(form: str, rules: Path, tmp_path: Path) -> None:
    folder, report = tmp_path / "planted", tmp_path / "report"
    folder.mkdir()
    known = f"redis://cache:{a_password()}@10.1.2.3:6379"
    password = a_password()
    (folder / "job.log").write_text(f"CACHE_URL={known}\nQUEUE_URL=amqp://shop:{password}@10.1.2.3:5672/shop\n")
    scan(folder, form, rules, report)
    found = {str(one.where): (one.provider, one.secret.text()) for one in read_alerts(report).alerts if one.secret}
    assert found == {"job.log:1": ("redis_acl", known), "job.log:2": ("", password)}


def test_the_visibly_fake_token_of_the_samples_has_a_shape() -> None:
    assert _github().shape_of(TOKEN) is not None
