"""Findings as SARIF 2.1.0, which code hosts and editors read. It holds no value, and no snippet that could.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html; what is accepted is a suppression
(3.27.23, 3.35), what was not read a notification (3.20.21). `partialFingerprints` (3.27.16) is irkit's fingerprint of the value with the
file: a finding stays itself when lines move.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from irkit import __version__
from irkit.guard.gate import Leak
from irkit.guard.scanning.findings import Finding, Scanned
from irkit.model import Skipped

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_KNOWN, _CASE = "irkit.known", "irkit.case"
_NO_RULES = "No rule looked: known credentials alone were looked for."


def sarif(scanned: Scanned) -> dict[str, Any]:
    """One run. `executionSuccessful` is False when something could not be read."""
    results = [*map(_result, scanned.findings), *map(_of_the_case, scanned.leaks)]
    rules = sorted({str(one["ruleId"]) for one in results})
    told = scanned.notes if scanned.rules else (*scanned.notes, _NO_RULES)
    notes = [*map(_skipped, scanned.skipped), *({"level": "note", "message": {"text": one}} for one in told)]
    driver = {"name": "irkit guard", "version": __version__, "rules": [_rule(one) for one in rules]}
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": not scanned.skipped, "toolExecutionNotifications": notes}],
        "results": results,
        "columnKind": "utf16CodeUnits",
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(name: str) -> dict[str, Any]:
    says = {
        _KNOWN: "A credential of this team, known by its keyed digest.",
        _CASE: "A credential of the case, in one of its forms.",
    }
    text = says.get(name, f"A secret by Kingfisher's rule {name}.")
    help_text = "Take it out, and revoke it if it ever left this machine. If it is no secret, accept its fingerprint with a reason."
    return {
        "id": name,
        "shortDescription": {"text": text},
        "help": {"text": help_text},
        "defaultConfiguration": {"level": "error"},
    }


def _result(one: Finding) -> dict[str, Any]:
    rule = _KNOWN if one.known else one.rule
    within = f", {one.place.within}" if one.place.within else ""
    commit = f", brought by commit {one.place.commit}" if one.place.commit else ""
    text = f"What looks like a secret stands here{within}{commit} ({one.kind}, {one.fingerprint})."
    found: dict[str, Any] = {
        "ruleId": rule,
        "level": "error",
        "message": {"text": text},
        "locations": [_location(one.place.file, one.line)],
        "partialFingerprints": {"irkitGuard/v1": f"{one.fingerprint}:{one.place.file}"},
    }
    if one.accepted:
        found["suppressions"] = [{"kind": "external", "status": "accepted", "justification": one.accepted.reason}]
    return found


def _of_the_case(one: Leak) -> dict[str, Any]:
    text = f"A secret of the case stands here: {one.channel}, {one.form}, {one.label}."
    return {
        "ruleId": _CASE,
        "level": "error",
        "message": {"text": text},
        "locations": [_location(str(one.file), None)],
        "partialFingerprints": {"irkitCase/v1": f"{one.label}:{one.form}:{one.channel}:{one.file}"},
    }


def _skipped(one: Skipped) -> dict[str, Any]:
    return {"level": "warning", "message": {"text": f"{one.what}: {one.why}"}, "locations": [_location(one.what, None)]}


def _location(file: str, line: int | None) -> dict[str, Any]:
    absolute = "file://" if PurePath(file).is_absolute() else ""
    place: dict[str, Any] = {"artifactLocation": {"uri": absolute + quote(_bytes(file))}}
    if line:
        place["region"] = {"startLine": line}
    return {"physicalLocation": place}


def _bytes(name: str) -> bytes:
    """A name as the system has it; of one that no system has, whatever can be written."""
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogatepass")
