"""What can be done with a credential, in words a responder uses, and what it takes. A new one is a line here. Pure.

AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html ;
ways from permission to more permission: https://github.com/RhinoSecurityLabs/AWS-IAM-Privilege-Escalation .
GitHub: https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps .
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Ability:
    """`wants`: IAM actions, or scopes, any of which is enough. `seen_as`: patterns of the actions that a log shows (scopes only)."""

    what: str
    wants: tuple[str, ...]
    seen_as: tuple[str, ...] = ()


AWS = (
    Ability("make new credentials",
            ("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile", "iam:CreateServiceSpecificCredential",
             "iam:UploadSSHPublicKey", "rolesanywhere:CreateTrustAnchor", "rolesanywhere:CreateProfile", "ec2:CreateKeyPair",
             "ec2:ImportKeyPair")),
    Ability("make new identities",
            ("iam:CreateUser", "iam:CreateRole", "iam:CreateOpenIDConnectProvider", "iam:CreateSAMLProvider",
             "organizations:CreateAccount")),
    Ability("widen permissions",
            ("iam:AttachUserPolicy", "iam:PutUserPolicy", "iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:AttachGroupPolicy",
             "iam:PutGroupPolicy", "iam:AddUserToGroup", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion",
             "iam:UpdateAssumeRolePolicy", "iam:PassRole", "iam:AddRoleToInstanceProfile", "lambda:AddPermission",
             "iam:DeleteUserPermissionsBoundary", "iam:DeleteRolePermissionsBoundary")),
    Ability("become another role, mint sessions", ("sts:AssumeRole", "sts:GetFederationToken")),
    Ability("switch logging and detection off",
            ("cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "cloudtrail:UpdateTrail", "cloudtrail:PutEventSelectors",
             "guardduty:DeleteDetector", "guardduty:UpdateDetector", "config:StopConfigurationRecorder",
             "config:DeleteConfigurationRecorder", "ec2:DeleteFlowLogs", "logs:DeleteLogGroup", "organizations:LeaveOrganization")),
    Ability("read secrets",
            ("secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue", "ssm:GetParameter", "ssm:GetParameters",
             "ssm:GetParametersByPath", "kms:Decrypt", "ec2:GetPasswordData")),
    Ability("read stored data",
            ("s3:GetObject", "s3:ListBucket", "dynamodb:Scan", "dynamodb:Query", "dynamodb:GetItem", "rds-data:ExecuteStatement",
             "athena:StartQueryExecution", "redshift-data:ExecuteStatement", "codecommit:GitPull", "ecr:BatchGetImage")),
    Ability("copy data or share it outside",
            ("ec2:CreateSnapshot", "ec2:ModifySnapshotAttribute", "ec2:ModifyImageAttribute", "rds:CreateDBSnapshot",
             "rds:ModifyDBSnapshotAttribute", "s3:PutBucketPolicy", "s3:PutBucketAcl", "s3:PutObjectAcl",
             "s3:PutBucketPublicAccessBlock", "ecr:SetRepositoryPolicy")),
    Ability("change stored data", ("s3:PutObject", "dynamodb:PutItem", "dynamodb:UpdateItem", "ecr:PutImage")),
    Ability("run machines and code",
            ("ec2:RunInstances", "lambda:CreateFunction", "lambda:UpdateFunctionCode", "lambda:InvokeFunction", "ecs:RunTask",
             "ecs:RegisterTaskDefinition", "glue:CreateJob", "sagemaker:CreateNotebookInstance", "codebuild:StartBuild",
             "cloudformation:CreateStack", "ec2:RequestSpotInstances")),
    Ability("run commands on machines",
            ("ssm:SendCommand", "ssm:StartSession", "ec2-instance-connect:SendSSHPublicKey", "ecs:ExecuteCommand",
             "ec2-instance-connect:SendSerialConsoleSSHPublicKey")),
    Ability("destroy",
            ("s3:DeleteBucket", "s3:DeleteObject", "ec2:TerminateInstances", "ec2:DeleteSnapshot", "rds:DeleteDBInstance",
             "rds:DeleteDBSnapshot", "dynamodb:DeleteTable", "kms:ScheduleKeyDeletion", "secretsmanager:DeleteSecret")),
    Ability("ask whose it is", ("sts:GetCallerIdentity", "sts:GetSessionToken")),
)  # fmt: skip

GITHUB = (
    Ability("read private code", ("repo",), ("git.clone", "git.fetch", "repo.download_zip")),
    Ability("change code", ("repo", "public_repo"), ("git.push", "pull_request.*", "protected_branch.*")),
    Ability("change workflows", ("workflow",), ("workflows.*",)),
    Ability("make deploy keys and hooks", ("repo", "public_repo", "admin:repo_hook", "write:repo_hook", "admin:org_hook"),
            ("public_key.*", "deploy_key.*", "hook.*")),
    Ability("delete repositories", ("delete_repo",), ("repo.destroy",)),
    Ability("change members and teams", ("admin:org", "write:org"),
            ("org.add_member", "org.invite_member", "org.remove_member", "org.update_member", "team.*")),
    Ability("change the settings and the visibility of repositories", ("repo",), ("repo.*",)),
    Ability("manage runners", ("manage_runners:org", "manage_runners:enterprise", "admin:org"),
            ("self_hosted_runner.*", "*self_hosted_runner*")),
    Ability("read and write packages", ("read:packages", "write:packages", "delete:packages"), ("packages.*", "package.*")),
    Ability("change a person's keys", ("admin:public_key", "write:public_key", "admin:gpg_key", "write:gpg_key",
            "admin:ssh_signing_key"), ("user_ssh_key.*", "gpg_key.*")),
    Ability("read the audit log", ("read:audit_log", "audit_log"), ("audit_log_*",)),
    Ability("read and change a person's data", ("user", "read:user", "user:email"), ("user.*", "profile.*")),
    Ability("gists", ("gist",), ("gist.*",)),
)  # fmt: skip

IMPLIED: Mapping[str, frozenset[str]] = {
    "repo": frozenset({"public_repo", "repo:status", "repo_deployment", "repo:invite", "security_events"}),
    "admin:org": frozenset({"write:org", "read:org", "manage_runners:org"}),
    "write:org": frozenset({"read:org"}),
    "admin:repo_hook": frozenset({"write:repo_hook", "read:repo_hook"}),
    "write:packages": frozenset({"read:packages"}),
    "delete:packages": frozenset(),
    "admin:public_key": frozenset({"write:public_key", "read:public_key"}),
    "admin:gpg_key": frozenset({"write:gpg_key", "read:gpg_key"}),
    "user": frozenset({"read:user", "user:email", "user:follow"}),
    "admin:enterprise": frozenset({"manage_runners:enterprise", "manage_billing:enterprise", "read:enterprise"}),
    "project": frozenset({"read:project"}),
}
"""Scopes that hold others."""
