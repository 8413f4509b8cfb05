"""CloudTrail's digest files tell which log files are not here: their silence is no silence of the credential."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from irkit.sources.logs import Wanted, events
from tests.case.trail import KEY, event

WANTED = Wanted.of("it", [KEY])
FOLDER = "AWSLogs/000000000000"


def name(hour: int) -> str:
    return f"000000000000_CloudTrail_us-east-1_20260301T{hour:02}05Z_fake{hour:012}.json.gz"


def log(root: Path, hour: int, *told: dict[str, Any], packed: bool = True) -> Path:
    file = root / FOLDER / "CloudTrail" / "us-east-1" / "2026" / "03" / "01" / name(hour)
    file.parent.mkdir(parents=True, exist_ok=True)
    data = json.dumps({"Records": list(told) or [event(60 * hour, "ListBuckets", key="AKIAFAKEFAKEFAKE0009")]}).encode()
    file = file if packed else file.with_suffix("")
    file.write_bytes(gzip.compress(data) if packed else data)
    return file


def digest(root: Path, hour: int, *files: str) -> None:
    region = f"{FOLDER}/CloudTrail-Digest/us-east-1/2026/03/01"
    file = f"000000000000_CloudTrail-Digest_us-east-1_trail_us-east-1_20260301T{hour + 1:02}0000Z.json.gz"
    held = {
        "awsAccountId": "000000000000",
        "digestStartTime": f"2026-03-01T{hour:02}:00:00Z",
        "digestEndTime": f"2026-03-01T{hour + 1:02}:00:00Z",
        "digestS3Bucket": "fake",
        "digestS3Object": f"{region}/{file}",
        "previousDigestS3Object": None,
        "logFiles": [
            {"s3Bucket": "fake", "s3Object": f"{FOLDER}/CloudTrail/us-east-1/2026/03/01/{one}"} for one in files
        ],
    }
    (root / region).mkdir(parents=True, exist_ok=True)
    (root / region / file).write_bytes(gzip.compress(json.dumps(held).encode()))


def skipped(*paths: Path, workers: int = 1) -> list[str]:
    reading = events(paths, WANTED, workers=workers)
    list(reading)
    return [f"{one.what}: {one.why}" for one in reading.skipped]


@pytest.mark.parametrize("workers", [1, 2])
def test_log_files_that_a_digest_names_and_hours_without_one_are_not_read(tmp_path: Path, workers: int) -> None:
    for hour in (0, 1, 4):
        digest(tmp_path, hour, name(hour))
    log(tmp_path, 0)
    log(tmp_path, 4, event(1, "ListUsers"))
    told = skipped(tmp_path, workers=workers)
    assert len(told) == 2
    assert f"log files that its digests name are not here: {name(1).removesuffix('.gz')}" in told[0]
    assert told[0].startswith("CloudTrail of 000000000000/us-east-1")
    assert "no digest from 2026-03-01T02:00:00Z to 2026-03-01T04:00:00Z" in told[1]


def test_whole_logs_with_their_digests_have_nothing_unread(tmp_path: Path) -> None:
    for hour in range(3):
        digest(
            tmp_path, hour, *([name(hour)] if hour != 1 else [])
        )  # an hour in which nothing happened has a digest too
    log(tmp_path, 0)
    log(tmp_path, 2, packed=False)
    assert skipped(tmp_path) == []


def test_log_files_within_an_archive_are_here(tmp_path: Path) -> None:
    digest(tmp_path, 0, name(0))
    file = log(tmp_path, 0)
    with zipfile.ZipFile(tmp_path / "logs.zip", "w") as archive:
        archive.write(file, f"export/{file.name}")
    file.unlink()
    assert skipped(tmp_path) == []
