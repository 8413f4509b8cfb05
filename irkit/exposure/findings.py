"""What stands out among the uses of a credential. Pure.

A finding is a question put to the responder, not a verdict: each names the benign explanation to rule out first.
Technique ids are MITRE ATT&CK's, https://attack.mitre.org/techniques/ (T1562.008 is /techniques/T1562/008/).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any, Literal

from irkit.model import UsageEvent, Window

Severity = Literal["high", "medium", "low", "info"]
Confidence = Literal["high", "medium", "low"]

MOST_EVIDENCE = 100
"""Event ids listed under one finding; its title counts them all."""

BURST, BURST_WITHIN = 10, timedelta(minutes=5)
"""So many refusals in so short a time are somebody trying doors."""


@dataclass(frozen=True)
class Finding:
    """What stands out, how bad it would be, how sure it is, by which events, and what harmless cause to rule out."""

    title: str
    severity: Severity
    confidence: Confidence
    attack: str
    evidence: tuple[str, ...]
    benign: str

    def document(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "severity": self.severity,
            "confidence": self.confidence,
            "attack": self.attack,
            "evidence": list(self.evidence),
            "benign": self.benign,
        }


@dataclass(frozen=True)
class Rule:
    """Actions, as shell patterns, that stand out whoever does them with a leaked credential."""

    title: str
    actions: tuple[str, ...]
    severity: Severity
    attack: str
    benign: str
    at_least: int = 1


RULES = (
    Rule("Logging was tampered with",
         ("StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors", "DeleteFlowLogs", "DeleteEventDataStore",
          "StopConfigurationRecorder", "DeleteConfigurationRecorder", "DeleteDetector", "UpdateDetector", "DeleteLogGroup",
          "audit_log_streaming.destroy", "audit_log_streaming.update", "*.audit_log_git_event_export"),
         "high", "T1562.008", "a change of the logging set-up that somebody owns and planned"),
    Rule("New credentials were made",
         ("CreateAccessKey", "CreateLoginProfile", "UpdateLoginProfile", "CreateServiceSpecificCredential", "UploadSSHPublicKey",
          "CreateKeyPair", "ImportKeyPair", "CreateTrustAnchor", "CreateProfile", "public_key.create", "deploy_key.create",
          "personal_access_token.*grant*", "personal_access_token.create", "oauth_access.create", "oauth_application.create"),
         "high", "T1098.001", "a rotation or an onboarding at that hour"),
    Rule("New accounts were made",
         ("CreateUser", "CreateRole", "CreateSAMLProvider", "CreateOpenIDConnectProvider", "org.add_member",
          "org.invite_member", "repo.add_member"),
         "high", "T1136.003", "infrastructure as code that creates and deletes identities"),
    Rule("Permissions were widened",
         ("AttachUserPolicy", "AttachRolePolicy", "AttachGroupPolicy", "PutUserPolicy", "PutRolePolicy", "PutGroupPolicy",
          "AddUserToGroup", "UpdateAssumeRolePolicy", "CreatePolicyVersion", "SetDefaultPolicyVersion", "AddPermission*",
          "PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary", "org.update_member", "team.add_repository"),
         "high", "T1098.003", "a deployment that manages its own roles"),
    Rule("Stored secrets were read",
         ("GetSecretValue", "BatchGetSecretValue", "GetPasswordData", "GetParameter", "GetParameters", "GetParametersByPath"),
         "high", "T1555.006", "an application that reads its own configuration at every start"),
    Rule("Data was shared or made public",
         ("ModifySnapshotAttribute", "ModifyImageAttribute", "ModifyDBSnapshotAttribute", "PutBucketPolicy", "PutBucketAcl",
          "PutObjectAcl", "DeletePublicAccessBlock", "DeleteBucketPublicAccessBlock", "repo.access", "repo.transfer"),
         "high", "T1537", "a planned publication or a hand-over between accounts"),
    Rule("Commands were sent to machines",
         ("SendCommand", "StartSession", "SendSSHPublicKey", "SendSerialConsoleSSHPublicKey"),
         "high", "T1651", "routine maintenance through Systems Manager"),
    Rule("Machines were started", ("RunInstances", "RequestSpotInstances", "CreateFleet"), "medium", "T1496",
         "autoscaling or a build farm"),
    Rule("Many repositories were cloned", ("git.clone", "repo.download_zip"), "high", "T1213.003",
         "a mirror or a build that fetches all repositories", at_least=10),
    Rule("Somebody asked whose credential this is", ("GetCallerIdentity",), "low", "T1087.004",
         "tools that begin every run with this call"),
)  # fmt: skip


@dataclass
class Watch:
    """Takes uses one by one, in any order, and says at the end what stood out. Mentions are not uses: do not feed them."""

    window: Window | None = None
    _by_rule: defaultdict[Rule, list[UsageEvent]] = field(default_factory=lambda: defaultdict(list))
    _denied: defaultdict[str, list[tuple[datetime, str]]] = field(default_factory=lambda: defaultdict(list))
    _origins: defaultdict[tuple[str, str], _Origin] = field(default_factory=lambda: defaultdict(lambda: _Origin()))
    _early: list[str] = field(default_factory=list)

    def look(self, event: UsageEvent) -> None:
        for rule in RULES:
            if any(fnmatchcase(event.action, action) for action in rule.actions):
                self._by_rule[rule].append(event)
        if event.outcome == "denied" and event.at:
            self._denied[event.key].append((event.at, event.event_id))
        if self.window and event.at:
            self._compare(event, event.at, self.window)

    def know(self, event: UsageEvent) -> None:
        """An event outside of what is reported: it only tells which addresses are known."""
        opening = self.window and (self.window.opened.earliest or self.window.opened.latest)
        if opening and event.at and event.at < opening.at and event.address:
            self._origins[event.principal, event.address].take(event.event_id, before=True)

    def findings(self) -> tuple[Finding, ...]:
        found = [*self._of_rules(), *self._of_bursts(), *self._of_origins(), *self._of_early_uses()]
        order = ("high", "medium", "low", "info")
        return tuple(sorted(found, key=lambda one: (order.index(one.severity), one.title)))

    def _compare(self, event: UsageEvent, at: datetime, window: Window) -> None:
        opened = window.opened.earliest
        if opened and at < opened.at:
            self._early.append(event.event_id)
        opening = opened or window.opened.latest
        if opening and event.address:
            self._origins[event.principal, event.address].take(event.event_id, before=at < opening.at)

    def _of_rules(self) -> Iterable[Finding]:
        for rule, events in self._by_rule.items():
            done = sum(event.outcome == "ok" for event in events)
            if len(events) < rule.at_least:
                continue
            title = f"{rule.title}: {done} succeeded, {len(events) - done} did not"
            confidence: Confidence = "high" if done else "medium"
            severity: Severity = rule.severity if done else "medium" if rule.severity == "high" else rule.severity
            yield Finding(title, severity, confidence, rule.attack, _ids(e.event_id for e in events), rule.benign)

    def _of_bursts(self) -> Iterable[Finding]:
        for key, denied in self._denied.items():
            burst = _longest_burst(sorted(denied))
            if len(burst) >= BURST:
                title = f"{len(burst)} refusals within {BURST_WITHIN.seconds // 60} min with {key}"
                benign = "a program that lost a permission and keeps trying"
                yield Finding(title, "medium", "medium", "T1580", _ids(name for _, name in burst), benign)

    def _of_origins(self) -> Iterable[Finding]:
        """An address is new only against a past: a principal without any use before the window gives no finding."""
        known = {principal for (principal, _), origin in self._origins.items() if origin.before}
        for (principal, address), origin in sorted(self._origins.items()):
            if principal in known and not origin.before:
                title = f"{address} used {principal} {origin.after} times and never before the window"
                sure: Confidence = "high" if self.window and self.window.opened.earliest else "medium"
                benign = "a new office, VPN exit, build machine or cloud address of your own"
                yield Finding(title, "medium", sure, "T1078.004", tuple(origin.evidence), benign)

    def _of_early_uses(self) -> Iterable[Finding]:
        if self._early:
            title = f"{len(self._early)} uses before the earliest moment it could have been exposed"
            benign = "the owner's own ordinary use; else the window opens too late and its evidence is wrong"
            yield Finding(title, "info", "high", "T1078.004", _ids(self._early), benign)


@dataclass
class _Origin:
    before: int = 0
    after: int = 0
    evidence: list[str] = field(default_factory=list)

    def take(self, event_id: str, *, before: bool) -> None:
        if before:
            self.before += 1
            return
        self.after += 1
        if len(self.evidence) < MOST_EVIDENCE:
            self.evidence.append(event_id)


def _longest_burst(denied: list[tuple[datetime, str]]) -> list[tuple[datetime, str]]:
    best: list[tuple[datetime, str]] = []
    start = 0
    for end, (at, _) in enumerate(denied):
        while at - denied[start][0] > BURST_WITHIN:
            start += 1
        if end - start + 1 > len(best):
            best = denied[start : end + 1]
    return best


def _ids(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))[:MOST_EVIDENCE]
