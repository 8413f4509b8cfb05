"""A release is judged by records of any format, each by the time and the trust that it deserves."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import datetime
from pathlib import Path

import pytest

from irkit.case import Case
from irkit.errors import BadInput
from irkit.model import Bound, Clock, Instant, Kind, SecretRef, Trust, Window
from irkit.plan import document

FINGERPRINT = "0A" * 20
BEFORE, AFTER = "2026-02-01T00:00:00Z", "2026-04-01T00:00:00Z"


def instant(text: str) -> Instant:
    return Instant(datetime.fromisoformat(text), Clock.PUSH, "the server", Trust.INDEPENDENT)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    made = Case.create(tmp_path / "case", [SecretRef(f"gpg:{FINGERPRINT}")])
    window = Window(Bound(instant("2026-03-01T00:00:00Z"), instant("2026-03-02T00:00:00Z")), Bound())
    made.write(Kind.WINDOW, {"credential": FINGERPRINT, "window": document(window), "instants": []})
    return made


@pytest.fixture
def release(tmp_path: Path) -> Path:
    folder = tmp_path / "release"
    (folder / "pool").mkdir(parents=True)
    for name in ("app.zip", "pool/app.deb"):
        (folder / name).write_text(name)
    return folder


def sha(name: str, algorithm: str = "sha256") -> str:
    return hashlib.new(algorithm, name.encode()).hexdigest()


def judgements(case: Case) -> dict[str, str]:
    kept = case.evidence.document(case.journal.records(Kind.JUDGED)[-1].body["evidence"])
    return {row["path"]: row["verdict"] for row in kept["artifacts"]}


def judged(case: Case, release: Path, text: str, **given: str) -> dict[str, str]:
    record = release.parent / "record"
    record.write_text(text)
    case.judge_release(
        release, records=[{"path": str(record), "source": "a mirror", "at": BEFORE, "trust": "independent", **given}]
    )
    return judgements(case)


def test_a_packed_index_vouches_for_files_under_its_folder(case: Case, release: Path) -> None:
    record = release.parent / "Packages.gz"
    record.write_bytes(gzip.compress(f"Package: app\nFilename: app.deb\nSHA256: {sha('pool/app.deb')}\n".encode()))
    given = {"path": str(record), "source": "a snapshot", "at": BEFORE, "trust": "independent", "under": "pool/"}
    case.judge_release(release, records=[given])
    assert judgements(case) == {"app.zip": "unproven", "pool/app.deb": "trusted"}


def test_sha512_is_compared_with_sha512(case: Case, release: Path) -> None:
    text = f"{sha('app.zip', 'sha512')}  app.zip\n{sha('other', 'sha512')}  pool/app.deb\n"
    assert judged(case, release, text) == {"app.zip": "trusted", "pool/app.deb": "altered"}


@pytest.mark.parametrize(
    ("trust", "uploaded", "judgement"),
    [("independent", AFTER, "suspect"), ("independent", BEFORE, "trusted"), ("stated", AFTER, "unproven")],
)
def test_a_services_own_time_counts_when_we_fetched_it_there(
    case: Case, release: Path, trust: str, uploaded: str, judgement: str
) -> None:
    asset = {
        "name": "app.zip",
        "digest": f"sha256:{sha('app.zip')}",
        "updated_at": uploaded,
        "browser_download_url": "x",
    }
    assert judged(case, release, json.dumps([asset]), trust=trust)["app.zip"] == judgement


def test_a_record_without_names_vouches_only_for_what_it_is_said_to_be_about(case: Case, release: Path) -> None:
    import base64

    body = {"spec": {"data": {"hash": {"algorithm": "sha256", "value": sha("app.zip")}}}}
    entry = {"body": base64.b64encode(json.dumps(body).encode()).decode(), "integratedTime": 1769904000}
    text = json.dumps({"24296fb2": entry})
    assert judged(case, release, text)["app.zip"] == "unproven"
    assert judged(case, release, text, artifact="app.zip")["app.zip"] == "trusted"


@pytest.mark.parametrize("data", [b"\xff\xfe\0", b"\x1f\x8b broken", b"hello\n"])
def test_what_is_no_record_is_said(case: Case, release: Path, data: bytes) -> None:
    record = release.parent / "record"
    record.write_bytes(data)
    with pytest.raises(BadInput):
        case.judge_release(release, records=[{"path": str(record), "source": "x", "at": BEFORE, "trust": "ours"}])
