"""What scanners report, and what people paste."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from irkit.sources.alerts import read_alerts
from tests.fuzz.target import Target, from_file, nested
from tests.sources.alerts import reports as r

FAKE_KEY = "-----BEGIN RSA PRIVATE KEY-----\n" + "RkFLRUZBS0VGQUtF" * 4 + "\n-----END RSA PRIVATE KEY-----\n"


def _read(path: Path) -> None:
    report = read_alerts(path)
    for alert in report.alerts:
        json.dumps(alert.document())
        repr(alert)
        str(alert.where)
    assert isinstance(report.holds_values, bool)


def seeds() -> Iterator[bytes]:
    samples = [
        [r.gitleaks()], [r.gitleaks("REDACTED")], r.trufflehog(), r.trufflehog2(diff=f"+{r.TOKEN}\n"), r.kingfisher(),
        r.kingfisher(r.PAIR, "Active Credential"), r.sarif("gitleaks", r.TOKEN), [r.location()], r.github(), r.webhook(),
        r.ggshield(), r.gitlab(), [r.gitleaks(FAKE_KEY)], {},
        {"version": "1.5.0", "results": {"a.py": [{"type": "Secret Keyword", "hashed_secret": "fa4e" * 10, "line_number": 3}]}},
    ]  # fmt: skip
    for sample in samples:
        yield json.dumps(sample).encode()
    yield r.lines(r.trufflehog(), r.trufflehog(r.OTHER)).encode()
    yield f"deploy.sh:2: {r.TOKEN}\nother.sh:3:4:{r.PAIR}\n".encode()
    yield f"AWS_ACCESS_KEY_ID={r.KEY_ID}\nAWS_SECRET_ACCESS_KEY={r.KEY_SECRET}\n".encode()
    yield FAKE_KEY.encode()
    yield json.dumps([r.gitleaks()]).encode("utf-16")
    for deep in nested():
        yield deep
        yield json.dumps([r.gitleaks(Line="?")]).encode().replace(b'"?"', deep)


TARGET = Target(readers=(from_file(_read, "report"),), seeds=seeds, longest=8192)
