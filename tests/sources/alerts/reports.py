"""Sample reports in the shape their makers document, with values made for this run or visibly fake."""

from __future__ import annotations

import base64
import json
from typing import Any

from irkit.providers.github import checksum

TOKEN = "ghp_" + "FAKEFAKEFAKEFAKEFAKEFAKEFAKE01" + checksum("FAKEFAKEFAKEFAKEFAKEFAKEFAKE01")
OTHER = "ghp_" + "FAKEFAKEFAKEFAKEFAKEFAKEFAKE02" + checksum("FAKEFAKEFAKEFAKEFAKEFAKEFAKE02")
KEY_ID = "AKIA" + "FAKEFAKEFAKEFAKE"
KEY_SECRET = "FAKE" * 10
PAIR = f"{KEY_ID}:{KEY_SECRET}"
COMMIT = "fa4e" * 10


def gitleaks(secret: str = TOKEN, file: str = "deploy.sh", **changes: Any) -> dict[str, Any]:
    return {
        "RuleID": "github-pat",
        "Description": "a token",
        "StartLine": 2,
        "EndLine": 2,
        "StartColumn": 3,
        "EndColumn": 42,
        "Match": secret,
        "Secret": secret,
        "File": file,
        "SymlinkFile": "",
        "Commit": COMMIT,
        "Link": f"https://user:{OTHER}@example.com/blob/{file}",
        "Entropy": 4.1,
        "Author": "A",
        "Email": "a@example.com",
        "Date": "2016-09-16T18:17:59Z",
        "Message": "m",
        "Tags": [],
        "Fingerprint": "f",
    } | changes


def trufflehog2(*found: str, diff: str = "", **changes: Any) -> dict[str, Any]:
    return {
        "branch": "origin/main", "commit": "add deploy\n", "commitHash": COMMIT, "date": "2018-05-10 18:07:54", "diff": diff,
        "path": "deploy.sh", "printDiff": f"\u001b[93m{diff}", "reason": "Github", "stringsFound": list(found or (TOKEN,)),
    } | changes  # fmt: skip


def location(**changes: Any) -> dict[str, Any]:
    details = {
        "path": "/deploy.sh", "start_line": 2, "end_line": 2, "start_column": 1, "end_column": 40, "blob_sha": "b10b" * 10,
        "blob_url": "https://api.github.com/repos/o/r/git/blobs/1", "commit_sha": COMMIT,
        "commit_url": "https://api.github.com/repos/o/r/git/commits/1",
    }  # fmt: skip
    return {"type": "commit", "details": details} | changes


def private_key() -> str:
    """A key made for this run, used by nobody, in PEM."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    made = ec.generate_private_key(ec.SECP521R1())
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def trufflehog(raw: str = TOKEN, detector: str = "Github", **changes: Any) -> dict[str, Any]:
    place = {"commit": COMMIT, "file": "deploy.sh", "repository": "https://example.com/r", "line": 2}
    return {
        "SourceMetadata": {"Data": {"Git": place | {"timestamp": "2022-06-16 10:17:40 -0700 -0700"}}},
        "SourceID": 0,
        "SourceType": 16,
        "SourceName": "trufflehog - git",
        "DetectorName": detector,
        "Verified": False,
        "Raw": raw,
        "RawV2": "",
        "Redacted": "",
        "ExtraData": None,
    } | changes


def kingfisher(snippet: str = TOKEN, status: str = "Not Attempted", **changes: Any) -> dict[str, Any]:
    finding = {"snippet": snippet, "line": 2, "path": "./deploy.sh", "validation": {"status": status}} | changes
    return {"rule": {"name": "github-pat", "id": "betterleaks.github-pat"}, "finding": finding}


def sarif(tool: str, snippet: str, **location: Any) -> dict[str, Any]:
    physical = {
        "artifactLocation": {"uri": "file://deploy.sh"},
        "region": {"startLine": 2, "snippet": {"text": snippet}},
    }
    result = {
        "ruleId": "github-pat",
        "locations": [{"physicalLocation": physical} | location],
        "partialFingerprints": {"commitSha": COMMIT},
    }
    return {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": tool}}, "results": [result]}]}


def github(**changes: Any) -> dict[str, Any]:
    return {
        "number": 2,
        "created_at": "2026-03-01T08:00:00Z",
        "html_url": "https://github.com/owner/repo/security/secret-scanning/2",
        "locations_url": "https://api.github.com/repos/owner/repo/secret-scanning/alerts/2/locations",
        "state": "open",
        "secret_type": "github_personal_access_token",
        "secret": TOKEN,
        "validity": "active",
        "first_location_detected": {"path": "/deploy.sh", "start_line": 2, "commit_sha": COMMIT},
    } | changes


def webhook() -> dict[str, Any]:
    alert = github()
    del alert["secret"], alert["first_location_detected"]
    return {"action": "created", "alert": alert, "repository": {"html_url": "https://github.com/owner/repo"}}


def ggshield(match: str = TOKEN, validity: str = "valid") -> dict[str, Any]:
    occurrence = {"match": match, "type": "apikey", "line_start": 2, "line_end": 2, "index_start": 1, "index_end": 9}
    incident = {
        "policy": "Secrets detection",
        "type": "GitHub Token",
        "validity": validity,
        "occurrences": [occurrence],
    }
    entity = {"mode": "NEW", "filename": "deploy.sh", "incidents": [incident], "total_incidents": 1}
    scan = {"id": COMMIT, "type": "commit", "entities_with_incidents": [entity]}
    return {"id": "x", "type": "commit-range", "scans": [scan], "total_incidents": 1, "total_occurrences": 1}


def gitlab(value: str = TOKEN, **changes: Any) -> dict[str, Any]:
    one = {
        "id": "x",
        "category": "secret_detection",
        "name": "GitHub token",
        "raw_source_code_extract": value,
        "location": {"file": "deploy.sh", "commit": {"sha": COMMIT}, "start_line": 2},
        "identifiers": [{"type": "gitleaks_rule_id", "name": "x", "value": "github-pat"}],
    } | changes
    scan = {"type": "secret_detection", "end_time": "2026-03-01T08:00:00"}
    return {"version": "15.0.0", "vulnerabilities": [one], "scan": scan}


def lines(*rows: Any) -> str:
    return "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)


def encoded(value: str) -> str:
    return base64.b64encode(value.encode()).decode()
