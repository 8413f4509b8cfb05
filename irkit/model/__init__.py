"""The nouns of an incident. Frozen, valid from birth, and free of any secret value."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from irkit.model.artifact import Artifact, TrustedIn
    from irkit.model.clock import Bound, Clock, Instant, Trust, Window, iso, parse_instant
    from irkit.model.consumer import Consumer, Sure
    from irkit.model.credential import (
        ApiToken,
        Credential,
        Incident,
        OpenPgpKey,
        OpenPgpSubkey,
        Purpose,
        Standing,
        State,
    )
    from irkit.model.evidence import WEAK_FORMS, CommitMark, GitPresence, MatchKind, Occurrence, Skipped, UsageEvent
    from irkit.model.held import Fact, Held, Holder, RuleName, Unasked, When
    from irkit.model.record import Kind, Record, unrevokable
    from irkit.model.secret import Fingerprint, Resolver, Secret, SecretRef
    from irkit.model.uploads import Ecosystem, PackageRecord, Published, Upload

__all__ = [
    "WEAK_FORMS",
    "ApiToken",
    "Artifact",
    "Bound",
    "Clock",
    "CommitMark",
    "Consumer",
    "Credential",
    "Ecosystem",
    "Fact",
    "Fingerprint",
    "GitPresence",
    "Held",
    "Holder",
    "Incident",
    "Instant",
    "Kind",
    "MatchKind",
    "Occurrence",
    "OpenPgpKey",
    "OpenPgpSubkey",
    "PackageRecord",
    "Published",
    "Purpose",
    "Record",
    "Resolver",
    "RuleName",
    "Secret",
    "SecretRef",
    "Skipped",
    "Standing",
    "State",
    "Sure",
    "Trust",
    "TrustedIn",
    "Unasked",
    "Upload",
    "UsageEvent",
    "When",
    "Window",
    "iso",
    "parse_instant",
    "unrevokable",
]

_WHERE = {
    "Artifact": "artifact",
    "TrustedIn": "artifact",
    "Bound": "clock",
    "Clock": "clock",
    "Instant": "clock",
    "Trust": "clock",
    "Window": "clock",
    "iso": "clock",
    "parse_instant": "clock",
    "Consumer": "consumer",
    "Sure": "consumer",
    "ApiToken": "credential",
    "Credential": "credential",
    "Incident": "credential",
    "OpenPgpKey": "credential",
    "OpenPgpSubkey": "credential",
    "Purpose": "credential",
    "Standing": "credential",
    "State": "credential",
    "WEAK_FORMS": "evidence",
    "CommitMark": "evidence",
    "GitPresence": "evidence",
    "MatchKind": "evidence",
    "Occurrence": "evidence",
    "Skipped": "evidence",
    "UsageEvent": "evidence",
    "Fact": "held",
    "Held": "held",
    "Holder": "held",
    "RuleName": "held",
    "Unasked": "held",
    "When": "held",
    "Kind": "record",
    "Record": "record",
    "unrevokable": "record",
    "Fingerprint": "secret",
    "Resolver": "secret",
    "Secret": "secret",
    "SecretRef": "secret",
    "Ecosystem": "uploads",
    "PackageRecord": "uploads",
    "Published": "uploads",
    "Upload": "uploads",
}


def __getattr__(name: str) -> Any:
    # The hook before a commit needs one of them.
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"irkit.model.{_WHERE[name]}"), name)
    globals()[name] = found
    return found
