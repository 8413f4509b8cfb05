"""The nouns of an incident. Frozen, valid from birth, and free of any secret value."""

from irkit.model.artifact import Artifact, TrustedIn
from irkit.model.clock import Bound, Clock, Instant, Trust, Window, iso, parse_instant
from irkit.model.consumer import Consumer, Sure
from irkit.model.credential import ApiToken, Credential, Incident, OpenPgpKey, OpenPgpSubkey, Standing, State
from irkit.model.evidence import WEAK_FORMS, CommitMark, GitPresence, MatchKind, Occurrence, Skipped, UsageEvent
from irkit.model.record import Kind, Record
from irkit.model.secret import Fingerprint, Resolver, Secret, SecretRef

__all__ = [
    "WEAK_FORMS",
    "ApiToken",
    "Artifact",
    "Bound",
    "Clock",
    "CommitMark",
    "Consumer",
    "Credential",
    "Fingerprint",
    "GitPresence",
    "Incident",
    "Instant",
    "Kind",
    "MatchKind",
    "Occurrence",
    "OpenPgpKey",
    "OpenPgpSubkey",
    "Record",
    "Resolver",
    "Secret",
    "SecretRef",
    "Skipped",
    "Standing",
    "State",
    "Sure",
    "Trust",
    "TrustedIn",
    "UsageEvent",
    "Window",
    "iso",
    "parse_instant",
]
