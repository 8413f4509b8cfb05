"""Each format as documented: what is read out of it, what is hidden, and that no value ever shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from irkit.errors import BadInput
from irkit.model import Clock, Trust
from irkit.sources.alerts import SCANNERS, read_alerts
from tests.sources.alerts.reports import (
    COMMIT,
    KEY_ID,
    KEY_SECRET,
    OTHER,
    PAIR,
    TOKEN,
    encoded,
    ggshield,
    github,
    gitlab,
    gitleaks,
    kingfisher,
    lines,
    location,
    private_key,
    sarif,
    trufflehog,
    trufflehog2,
    webhook,
)

PLACE = ("deploy.sh", 2)
ALIVE, DEAD, UNKNOWN = "alive", "dead", "unknown"
VALIDATE = f"kingfisher validate --rule 'x' --var AWS_SECRET_ACCESS_KEY='{KEY_SECRET}' '{KEY_ID}'"
RSA = "-----BEGIN RSA PRIVATE KEY-----"
KEY = private_key()
HEAD = KEY.splitlines()[0]
IN_AN_ISSUE = {"type": "issue_body", "details": {"issue_body_url": "https://api.github.com/repos/o/r/issues/1"}}


def dressed(front: str) -> str:
    """The key with something in front of each line; `#` in it is the number of the line."""
    return "".join(f"{front.replace('#', str(number))}{line}\n" for number, line in enumerate(KEY.splitlines(), 2))


# what is in the file, the scanner, the values in order (None: hidden), path and line, provider, what the tool says
SAMPLES = {
    "gitleaks": ([gitleaks()], "gitleaks", [TOKEN], PLACE, "github", UNKNOWN),
    "gitleaks, redacted": ([gitleaks("REDACTED")], "gitleaks", [None], PLACE, "github", UNKNOWN),
    "gitleaks, partly redacted": ([gitleaks("ghp_FAKE...")], "gitleaks", [None], PLACE, "github", UNKNOWN),
    "gitleaks, head of a key": ([gitleaks(RSA, RuleID="rsa")], "gitleaks", [None], PLACE, "", UNKNOWN),
    "gitleaks, key id alone": ([gitleaks(KEY_ID)], "gitleaks", [KEY_ID], PLACE, "aws", UNKNOWN),
    "trufflehog": (lines(trufflehog(), trufflehog(OTHER)), "trufflehog", [TOKEN, OTHER], PLACE, "github", UNKNOWN),
    "trufflehog, its log between": (
        lines({"level": "info-0", "ts": "x"}, trufflehog(Verified=True)),
        "trufflehog",
        [TOKEN],
        PLACE,
        "github",
        ALIVE,
    ),
    "trufflehog, early base64": (lines(trufflehog(encoded(TOKEN))), "trufflehog", [TOKEN], PLACE, "github", UNKNOWN),
    "trufflehog, pair": (lines(trufflehog(KEY_ID, "AWS", RawV2=PAIR)), "trufflehog", [PAIR], PLACE, "aws", UNKNOWN),
    "truffleHog 2": (
        lines(trufflehog2(TOKEN, OTHER)),
        "trufflehog2",
        [TOKEN, OTHER],
        ("deploy.sh", None),
        "github",
        UNKNOWN,
    ),
    "truffleHog 2, a key in its diff": (
        lines(trufflehog2(HEAD, diff="@@ -0,0 +1 @@\n" + dressed("+"), reason="key")),
        "trufflehog2",
        [KEY],
        ("deploy.sh", None),
        "",
        UNKNOWN,
    ),
    "truffleHog 2, the head of a key": (
        lines(trufflehog2(HEAD, reason="key")),
        "trufflehog2",
        [None],
        ("deploy.sh", None),
        "",
        UNKNOWN,
    ),
    "GitHub locations": ([location(), IN_AN_ISSUE], "github", [None, None], PLACE, "", UNKNOWN),
    "GitHub webhook of a location": (
        webhook() | {"location": location()},
        "github",
        [None],
        PLACE,
        "github",
        ALIVE,
    ),
    "SARIF of another, a key": (sarif("other", f"key = '{KEY}'"), "sarif", [KEY], PLACE, "github", UNKNOWN),
    "pasted, a private key": (f"look:\n{KEY}\nsorry", "pasted", [KEY], ("", None), "", UNKNOWN),
    "pasted, a key as grep -n shows it": (dressed("deploy.sh:#:"), "pasted", [KEY], PLACE, "", UNKNOWN),
    "pasted, a key as a diff shows it": (dressed("+"), "pasted", [KEY], ("", None), "", UNKNOWN),
    "pasted, a key quoted in a mail": (dressed("> "), "pasted", [KEY], ("", None), "", UNKNOWN),
    "pasted, a key on one line": (
        f"K='{KEY.strip()}'".replace("\n", "\\n"),
        "pasted",
        [KEY.strip()],
        ("", None),
        "",
        UNKNOWN,
    ),
    "pasted, a key and a token": (f"{KEY}\n{TOKEN}\n", "pasted", [KEY, TOKEN], ("", None), "", UNKNOWN),
    "pasted, a key cut off": (KEY[:200], "pasted", [None], ("", None), "", UNKNOWN),
    "kingfisher lines": (lines(kingfisher()), "kingfisher", [TOKEN], PLACE, "github", UNKNOWN),
    "kingfisher, alive": (
        {"findings": [kingfisher(status="Active Credential")], "metadata": {"kingfisher_version": "2.14.0"}},
        "kingfisher",
        [TOKEN],
        PLACE,
        "github",
        ALIVE,
    ),
    "kingfisher, dead": (lines(kingfisher(status="Inactive Credential")), "kingfisher", [TOKEN], PLACE, "github", DEAD),
    "kingfisher, pair": (
        lines(kingfisher(KEY_ID, dependent_captures={"AWS_SECRET_ACCESS_KEY": KEY_SECRET})),
        "kingfisher",
        [PAIR],
        PLACE,
        "aws",
        UNKNOWN,
    ),
    "kingfisher, redacted": (lines(kingfisher("[REDACTED:c8f6c268]")), "kingfisher", [None], PLACE, "github", UNKNOWN),
    "SARIF of gitleaks": (sarif("gitleaks", TOKEN), "sarif", [TOKEN], PLACE, "github", UNKNOWN),
    "SARIF of kingfisher, pair": (
        sarif("kingfisher", KEY_ID, properties={"validate_command": VALIDATE}),
        "sarif",
        [PAIR],
        PLACE,
        "aws",
        UNKNOWN,
    ),
    "SARIF of another": (sarif("other", f"token = '{TOKEN}'"), "sarif", [TOKEN], PLACE, "github", UNKNOWN),
    "SARIF that masks": (sarif("other", "token = '****'"), "sarif", [None], PLACE, "github", UNKNOWN),
    "GitHub": (github(), "github", [TOKEN], PLACE, "github", ALIVE),
    "GitHub, a list": ([github(), github(secret=OTHER)], "github", [TOKEN, OTHER], PLACE, "github", ALIVE),
    "GitHub, dead": (github(validity="inactive"), "github", [TOKEN], PLACE, "github", DEAD),
    "GitHub webhook": (webhook(), "github", [None], ("", None), "github", ALIVE),
    "ggshield": (ggshield(), "ggshield", [TOKEN], PLACE, "github", ALIVE),
    "ggshield, censored": (ggshield("gh**FA", "invalid"), "ggshield", [None], PLACE, "github", DEAD),
    "GitLab": (gitlab(), "gitlab", [TOKEN], PLACE, "github", UNKNOWN),
    "GitLab, head of a key": (gitlab(RSA), "gitlab", [None], PLACE, "github", UNKNOWN),
    "pasted, placed": (f"deploy.sh:2: export T={TOKEN}\n", "pasted", [TOKEN], PLACE, "github", UNKNOWN),
    "pasted, a sentence": (f"we found {TOKEN}, sorry.", "pasted", [TOKEN], ("", None), "github", UNKNOWN),
    "pasted, a pair": (
        f"aws_access_key_id = {KEY_ID}\naws_secret_access_key = {KEY_SECRET}\n",
        "pasted",
        [PAIR],
        ("", None),
        "aws",
        UNKNOWN,
    ),
}


def written(path: Path, content: object) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


@pytest.mark.parametrize("name", SAMPLES)
def test_a_report_is_read_and_its_value_does_not_show(name: str, tmp_path: Path) -> None:
    content, scanner, values, place, provider, validity = SAMPLES[name]
    report = read_alerts(written(tmp_path / "report", content))
    assert report.scanner.name == scanner
    assert [alert.secret.text() if alert.secret else None for alert in report.alerts] == values
    first = report.alerts[0]
    assert (first.where.path, first.where.line) == place
    assert (first.provider, first.validity.value) == (provider, validity)
    assert all(bool(alert.secret) != bool(alert.hidden) for alert in report.alerts)
    shown = repr(report) + json.dumps([alert.document() for alert in report.alerts])
    assert not any(value in shown for value in (TOKEN, OTHER, KEY_SECRET))


def test_locations_of_one_alert_are_told_as_places_of_one_credential(tmp_path: Path) -> None:
    from irkit.case.exposure.alerts import by_credential

    report = read_alerts(written(tmp_path / "report", [location(), IN_AN_ISSUE]))
    (one,) = by_credential(report)
    assert one.places == "deploy.sh:2 @ fa4efa4efa4e, https://api.github.com/repos/o/r/issues/1"
    assert one.first.where.blob == "b10b" * 10


TIMES = {
    "GitHub's own record": (github(), "2026-03-01T08:00:00Z", Trust.INDEPENDENT),
    "GitLab's own record": (gitlab(created_at="2026-03-02T08:00:00Z"), "2026-03-02T08:00:00Z", Trust.INDEPENDENT),
    "a CI job's": (gitlab(), "2026-03-01T08:00:00Z", Trust.SETTABLE),
    "a scanner's on some machine": (
        lines(kingfisher(), {"audit": {"started_at": "2026-03-01T08:00:00+00:00"}}),
        "2026-03-01T08:00:00Z",
        Trust.SETTABLE,
    ),
    "a commit's date is not the alert's": ([gitleaks()], None, None),
    "no zone is no evidence": (github(created_at="2026-03-01T08:00:00"), None, None),
}


@pytest.mark.parametrize("name", TIMES)
def test_an_alert_has_its_own_time_and_who_could_have_set_it(name: str, tmp_path: Path) -> None:
    content, at, trust = TIMES[name]
    (alert,) = read_alerts(written(tmp_path / "report", content)).alerts
    if at is None:
        assert alert.instant is None
    else:
        assert alert.instant is not None
        assert (str(alert.instant), alert.instant.clock, alert.instant.trust) == (at, Clock.ALERT, trust)


def test_a_url_loses_its_user_name_and_password(tmp_path: Path) -> None:
    (alert,) = read_alerts(written(tmp_path / "report", [gitleaks()])).alerts
    assert alert.where.url == "https://example.com/blob/deploy.sh"
    assert str(alert.where) == f"deploy.sh:2 @ {COMMIT[:12]}"


BAD = {
    "missing": (None, "cannot be read"),
    "empty": ("", "it is empty"),
    "an empty list": ("[]", "names no credential"),
    "a page": (f"<!DOCTYPE html><p>{TOKEN}", "a web page"),
    "cut off": (json.dumps([gitleaks()])[:-9], "not whole JSON"),
    "another tool's": ({"tool": "x", "secret": TOKEN}, "does not know this report"),
    "text without a token": ("we lost the password", "names no credential"),
    "JSON of odd types": ({"runs": [3, None, {"results": [7]}]}, "names no credential"),
    "deeper than Python's stack": ("[" * 100_000, "not whole JSON"),
    "nothing was found": ({"runs": [{"tool": {"driver": {"name": "gitleaks"}}, "results": []}]}, "names no credential"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_sentence_without_the_value(name: str, tmp_path: Path) -> None:
    content, says = BAD[name]
    path = tmp_path / "report"
    if content is not None:
        written(path, content)
    with pytest.raises(BadInput, match=says) as caught:
        read_alerts(path)
    assert TOKEN not in str(caught.value)
    assert caught.value.__context__ is None or TOKEN not in repr(vars(caught.value.__context__))


ODD = (None, 7, -1.5, True, "x", [], {}, [[]], {"x": []})


def changed(value: Any) -> Iterator[Any]:
    """The value with each of its parts in turn replaced by something of another type, or left out."""
    yield from ODD
    parts = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    for key, part in list(parts):
        without = value.copy()
        del without[key]
        yield without
        for other in changed(part):
            whole = value.copy()
            whole[key] = other
            yield whole


@pytest.mark.parametrize("name", [name for name, sample in SAMPLES.items() if not isinstance(sample[0], str)])
def test_a_part_of_another_type_is_no_defect(name: str, tmp_path: Path) -> None:
    for content in changed(SAMPLES[name][0]):
        with suppress(BadInput):  # nothing else may come
            read_alerts(written(tmp_path / "report", content))


def test_a_line_that_is_cut_off_is_said_and_the_others_are_read(tmp_path: Path) -> None:
    report = read_alerts(written(tmp_path / "report", lines(trufflehog(), json.dumps(trufflehog(OTHER))[:-20])))
    assert [alert.secret.text() for alert in report.alerts if alert.secret] == [TOKEN]
    assert [item.what.endswith("line 2") for item in report.skipped] == [True]


def test_a_report_saved_by_a_windows_shell_is_read(tmp_path: Path) -> None:
    (tmp_path / "report").write_bytes(json.dumps([gitleaks()]).encode("utf-16"))
    assert len(read_alerts(tmp_path / "report").alerts) == 1


@pytest.mark.parametrize("scanner", SCANNERS, ids=lambda one: one.name)
def test_every_format_names_its_source_and_how_it_was_tested(scanner) -> None:
    assert scanner.source
    assert scanner.tested.startswith(("real run: ", "documented sample: ", "unverified"))
