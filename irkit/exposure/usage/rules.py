"""Actions that stand out whoever does them with a leaked credential. A new one is a line here. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache

from irkit.exposure.usage.finding import MOST_EVIDENCE, Confidence, Finding, Severity, Trace, finding
from irkit.exposure.usage.past import Past, who
from irkit.model import UsageEvent


@dataclass(frozen=True)
class Rule:
    """Actions, as shell patterns, and what they would mean."""

    title: str
    actions: tuple[str, ...]
    severity: Severity
    attack: str
    benign: str


RULES = (
    Rule("Logging was tampered with",
         ("StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors", "DeleteFlowLogs", "DeleteEventDataStore",
          "StopEventDataStoreIngestion", "StopConfigurationRecorder", "DeleteConfigurationRecorder", "DeleteDetector",
          "UpdateDetector", "DeleteLogGroup", "DeleteLogStream", "DisassociateFromMasterAccount", "DeleteMembers",
          "audit_log_streaming.destroy", "audit_log_streaming.update", "audit_log_streaming.check",
          "*.audit_log_git_event_export", "*.disable_audit_log*", "google.logging.v2.ConfigServiceV2.DeleteSink",
          "google.logging.v2.ConfigServiceV2.UpdateSink"),
         "high", "T1562.008", "a change of the logging set-up that somebody owns and planned"),
    Rule("Protection was switched off",
         ("repository_secret_scanning*.disable*", "*secret_scanning_push_protection*.disable*", "*.disable_two_factor_requirement",
          "protected_branch.destroy", "protected_branch.policy_override", "repository_ruleset.destroy", "DeactivateMFADevice",
          "DeleteVirtualMFADevice", "LeaveOrganization", "DisableSecurityHub", "DeleteBucketPublicAccessBlock",
          "DeleteAccountPublicAccessBlock", "ScheduleKeyDeletion", "DisableKey"),
         "high", "T1562.001", "a change of a policy that somebody owns and planned"),
    Rule("New credentials were made",
         ("CreateAccessKey", "CreateLoginProfile", "UpdateLoginProfile", "CreateServiceSpecificCredential", "UploadSSHPublicKey",
          "CreateKeyPair", "ImportKeyPair", "CreateTrustAnchor", "CreateProfile", "public_key.create", "deploy_key.create",
          "personal_access_token.*grant*", "personal_access_token.create", "oauth_access.create", "oauth_application.create",
          "google.iam.admin.v1.CreateServiceAccountKey"),
         "high", "T1098.001", "a rotation or an onboarding at that hour"),
    Rule("New accounts were made",
         ("CreateUser", "CreateRole", "CreateSAMLProvider", "CreateOpenIDConnectProvider", "org.add_member",
          "org.invite_member", "repo.add_member", "google.iam.admin.v1.CreateServiceAccount"),
         "high", "T1136.003", "infrastructure as code that creates and deletes identities"),
    Rule("Permissions were widened",
         ("AttachUserPolicy", "AttachRolePolicy", "AttachGroupPolicy", "PutUserPolicy", "PutRolePolicy", "PutGroupPolicy",
          "AddUserToGroup", "UpdateAssumeRolePolicy", "CreatePolicyVersion", "SetDefaultPolicyVersion", "AddPermission*",
          "PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary", "DeleteRolePermissionsBoundary",
          "AddRoleToInstanceProfile", "AssociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation",
          "org.update_member", "team.add_repository", "repo.update_member", "*.SetIamPolicy", "SetIamPolicy"),
         "high", "T1098.003", "a deployment that manages its own roles"),
    Rule("Ways to come back were left",
         ("UpdateFunctionCode*", "CreateEventSourceMapping*", "hook.create", "hook.config_changed", "workflows.created_workflow*",
          "*register_self_hosted_runner", "self_hosted_runner.register", "integration_installation.create",
          "ModifyInstanceAttribute", "CreateFunction20*", "UpdateFunctionConfiguration*"),
         "medium", "T1546", "an ordinary deployment"),
    Rule("Stored secrets were read",
         ("GetSecretValue", "BatchGetSecretValue", "GetPasswordData", "GetParameter", "GetParameters", "GetParametersByPath",
          "google.cloud.secretmanager.v1.SecretManagerService.AccessSecretVersion"),
         "high", "T1555.006", "an application that reads its own configuration at every start"),
    Rule("Data was shared or made public",
         ("ModifySnapshotAttribute", "ModifyImageAttribute", "ModifyDBSnapshotAttribute", "ModifyDBClusterSnapshotAttribute",
          "PutBucketPolicy", "PutBucketAcl", "PutObjectAcl", "DeletePublicAccessBlock", "SharedSnapshotCopyInitiated",
          "repo.access", "repo.transfer", "repo.change_visibility"),
         "high", "T1537", "a planned publication or a hand-over between accounts"),
    Rule("Things were destroyed",
         ("DeleteBucket", "DeleteDBInstance", "DeleteDBCluster", "DeleteSnapshot", "DeleteDBSnapshot", "TerminateInstances",
          "DeleteTable", "DeleteRecoveryPoint", "repo.destroy"),
         "medium", "T1485", "a job that tidies up what it made"),
    Rule("Commands were sent to machines",
         ("SendCommand", "StartSession", "SendSSHPublicKey", "SendSerialConsoleSSHPublicKey"),
         "high", "T1651", "routine maintenance through Systems Manager"),
    Rule("Machines were started", ("RunInstances", "RequestSpotInstances", "CreateFleet"), "medium", "T1496",
         "autoscaling or a build farm"),
    Rule("Somebody asked whose credential this is", ("GetCallerIdentity",), "low", "T1087.004",
         "tools that begin every run with this call"),
)  # fmt: skip


@lru_cache(maxsize=4096)
def rules_of(action: str) -> tuple[Rule, ...]:
    """The rules that an action meets."""
    return tuple(rule for rule in RULES if any(_fits(action, pattern) for pattern in rule.actions))


def _fits(action: str, pattern: str) -> bool:
    return fnmatchcase(action, pattern) if "*" in pattern else action == pattern  # most are whole names


@dataclass
class _Hits:
    done: int = 0
    undone: int = 0
    first: UsageEvent | None = None
    traces: list[Trace] = field(default_factory=list)

    def take(self, event: UsageEvent) -> None:
        self.first = self.first or event
        self.done += event.repeated if event.outcome == "ok" else 0
        self.undone += 0 if event.outcome == "ok" else event.repeated
        if len(self.traces) < MOST_EVIDENCE:
            self.traces.append(Trace.of(event))


@dataclass
class ByRule:
    """Takes uses in any order. What its owner did in the same way before the window is no finding; where it would be grave
    it stays one, of low confidence."""

    past: Past
    hits: defaultdict[tuple[str, str, str, str, bool], _Hits] = field(default_factory=lambda: defaultdict(_Hits))

    def take(self, event: UsageEvent) -> None:
        for rule in rules_of(event.action):
            self.hits[rule.title, who(event), event.action, event.address, self.past.is_before(event)].take(event)

    def findings(self) -> Iterator[Finding]:
        for rule in RULES:
            mine = [hits for (title, *_, before), hits in self.hits.items() if title == rule.title and not before]
            fresh = [hits for hits in mine if hits.first and not self.past.did(hits.first)]
            if fresh:
                yield _finding(rule, fresh, "")
            elif mine and rule.severity == "high":
                yield _finding(rule, mine, "its owner did the same before the window, from there")


def _finding(rule: Rule, hits: list[_Hits], habit: str) -> Finding:
    done, undone = sum(one.done for one in hits), sum(one.undone for one in hits)
    title = f"{rule.title}: {done} succeeded, {undone} did not"
    severity: Severity = rule.severity if done else "medium" if rule.severity == "high" else rule.severity
    confidence: Confidence = "low" if habit else "high" if done else "medium"
    traces = [trace for one in hits for trace in one.traces]
    actions = ", ".join(sorted({trace.action for trace in traces}))
    return finding(
        title, severity, confidence, rule.attack, traces, rule.benign, "; ".join(filter(None, (actions, habit)))
    )
