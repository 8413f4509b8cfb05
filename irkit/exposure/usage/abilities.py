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
    """`wants`: IAM actions, or scopes, any of which is enough. `seen_as`: patterns of the actions that a log shows (scopes only).

    `quiet`: part of it is in no log unless the log was told to keep it, so that it may have been done where none tells of it: data events
    of CloudTrail; reads of GitHub, and git, in an audit log that is not streamed.
    """

    what: str
    wants: tuple[str, ...]
    seen_as: tuple[str, ...] = ()
    quiet: bool = False


AWS = (
    Ability("make new credentials",
            ("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile", "iam:CreateServiceSpecificCredential",
             "iam:ResetServiceSpecificCredential", "iam:UploadSigningCertificate",
             "iam:UploadSSHPublicKey", "rolesanywhere:CreateTrustAnchor", "rolesanywhere:CreateProfile", "ec2:CreateKeyPair",
             "ec2:ImportKeyPair")),
    Ability("make new identities",
            ("iam:CreateUser", "iam:CreateRole", "iam:CreateOpenIDConnectProvider", "iam:CreateSAMLProvider",
             "organizations:CreateAccount")),
    Ability("widen permissions",
            ("iam:AttachUserPolicy", "iam:PutUserPolicy", "iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:AttachGroupPolicy",
             "iam:PutGroupPolicy", "iam:AddUserToGroup", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion",
             "iam:UpdateAssumeRolePolicy", "iam:PassRole", "iam:AddRoleToInstanceProfile", "lambda:AddPermission",
             "iam:DeleteUserPermissionsBoundary", "iam:DeleteRolePermissionsBoundary", "iam:PutUserPermissionsBoundary",
             "iam:PutRolePermissionsBoundary", "kms:CreateGrant", "kms:PutKeyPolicy", "sso:CreateAccountAssignment",
             "sso:PutInlinePolicyToPermissionSet")),
    Ability("become another role, mint sessions", ("sts:AssumeRole", "sts:GetFederationToken")),
    Ability("switch logging and detection off",
            ("cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "cloudtrail:UpdateTrail", "cloudtrail:PutEventSelectors",
             "guardduty:DeleteDetector", "guardduty:UpdateDetector", "config:StopConfigurationRecorder",
             "config:DeleteConfigurationRecorder", "ec2:DeleteFlowLogs", "logs:DeleteLogGroup", "organizations:LeaveOrganization")),
    Ability("read secrets",
            ("secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue", "ssm:GetParameter", "ssm:GetParameters",
             "ssm:GetParametersByPath", "ssm:GetParameterHistory", "kms:Decrypt", "ec2:GetPasswordData", "lambda:GetFunction",
             "ec2:DescribeInstanceAttribute")),
    Ability("read stored data",
            ("s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "dynamodb:Scan", "dynamodb:Query", "dynamodb:GetItem",
             "dynamodb:BatchGetItem", "dynamodb:PartiQLSelect", "dynamodb:GetRecords", "ebs:GetSnapshotBlock", "rds-data:ExecuteStatement",
             "athena:StartQueryExecution", "redshift-data:ExecuteStatement", "codecommit:GitPull", "ecr:BatchGetImage",
             "kinesis:GetRecords", "sqs:ReceiveMessage", "logs:GetLogEvents", "logs:FilterLogEvents", "logs:StartQuery"), quiet=True),
    Ability("copy data or share it outside",
            ("ec2:CreateSnapshot", "ec2:ModifySnapshotAttribute", "ec2:ModifyImageAttribute", "rds:CreateDBSnapshot",
             "rds:ModifyDBSnapshotAttribute", "s3:PutBucketPolicy", "s3:PutBucketAcl", "s3:PutObjectAcl",
             "s3:PutBucketPublicAccessBlock", "ecr:SetRepositoryPolicy")),
    Ability("change stored data", ("s3:PutObject", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem",
             "ecr:PutImage", "sqs:SendMessage", "kinesis:PutRecord"), quiet=True),
    Ability("run machines and code",
            ("ec2:RunInstances", "lambda:CreateFunction", "lambda:UpdateFunctionCode", "lambda:InvokeFunction", "ecs:RunTask",
             "ecs:RegisterTaskDefinition", "glue:CreateJob", "sagemaker:CreateNotebookInstance", "codebuild:StartBuild",
             "cloudformation:CreateStack", "ec2:RequestSpotInstances"), quiet=True),
    Ability("run commands on machines",
            ("ssm:SendCommand", "ssm:StartSession", "ec2-instance-connect:SendSSHPublicKey", "ecs:ExecuteCommand",
             "ec2-instance-connect:SendSerialConsoleSSHPublicKey")),
    Ability("destroy",
            ("s3:DeleteBucket", "s3:DeleteObject", "ec2:TerminateInstances", "ec2:DeleteSnapshot", "rds:DeleteDBInstance",
             "rds:DeleteDBSnapshot", "dynamodb:DeleteTable", "dynamodb:DeleteItem", "kms:ScheduleKeyDeletion",
             "secretsmanager:DeleteSecret"), quiet=True),
    Ability("ask whose it is", ("sts:GetCallerIdentity", "sts:GetSessionToken")),
)  # fmt: skip

GITHUB = (
    Ability("read private code", ("repo",), ("git.clone", "git.fetch", "repo.download_zip"), quiet=True),
    Ability("change code", ("repo", "public_repo"), ("git.push", "pull_request.*", "protected_branch.*"), quiet=True),
    Ability("change workflows", ("workflow",), quiet=True),
    Ability("run, stop and switch workflows", ("repo", "public_repo"), ("workflows.*",), quiet=True),
    Ability("make deploy keys and hooks", ("repo", "public_repo", "admin:repo_hook", "write:repo_hook", "admin:org_hook"),
            ("public_key.*", "deploy_key.*", "hook.*")),
    Ability("delete repositories", ("delete_repo",), ("repo.destroy",)),
    Ability("change members and teams", ("admin:org", "write:org"),
            ("org.add_member", "org.invite_member", "org.remove_member", "org.update_member", "team.*")),
    Ability("change the settings and the visibility of repositories", ("repo",), ("repo.*",)),
    Ability("manage runners", ("manage_runners:org", "manage_runners:enterprise", "admin:org", "repo", "admin:enterprise"),
            ("self_hosted_runner.*", "*self_hosted_runner*")),
    Ability("read and write packages", ("read:packages", "write:packages", "delete:packages"), ("packages.*", "package.*"), quiet=True),
    Ability("change a person's keys", ("admin:public_key", "write:public_key", "admin:gpg_key", "write:gpg_key",
            "admin:ssh_signing_key", "write:ssh_signing_key"), ("user_ssh_key.*", "gpg_key.*")),
    Ability("read the audit log", ("read:audit_log", "audit_log"), ("audit_log_*",), quiet=True),
    Ability("read and change a person's data", ("user", "read:user", "user:email", "user:follow"), ("user.*", "profile.*"),
            quiet=True),
    Ability("gists", ("gist",), ("gist.*",), quiet=True),
    Ability("use codespaces, with their code and secrets", ("codespace", "codespace:secrets"), ("codespaces.*",), quiet=True),
    Ability("administer the enterprise", ("admin:enterprise",), ("business.*", "enterprise.*")),
)  # fmt: skip

IMPLIED: Mapping[str, frozenset[str]] = {
    "repo": frozenset({"public_repo", "repo:status", "repo_deployment", "repo:invite", "security_events"}),
    "audit_log": frozenset({"read:audit_log"}),
    "write:repo_hook": frozenset({"read:repo_hook"}),
    "write:public_key": frozenset({"read:public_key"}),
    "write:gpg_key": frozenset({"read:gpg_key"}),
    "admin:ssh_signing_key": frozenset({"write:ssh_signing_key", "read:ssh_signing_key"}),
    "write:ssh_signing_key": frozenset({"read:ssh_signing_key"}),
    "write:discussion": frozenset({"read:discussion"}),
    "write:network_configurations": frozenset({"read:network_configurations"}),
    "codespace": frozenset({"codespace:secrets"}),
    "copilot": frozenset({"manage_billing:copilot"}),
    "admin:org": frozenset({"write:org", "read:org", "manage_runners:org"}),
    "write:org": frozenset({"read:org"}),
    "admin:repo_hook": frozenset({"write:repo_hook", "read:repo_hook"}),
    "write:packages": frozenset({"read:packages"}),
    "delete:packages": frozenset(),
    "admin:public_key": frozenset({"write:public_key", "read:public_key"}),
    "admin:gpg_key": frozenset({"write:gpg_key", "read:gpg_key"}),
    "user": frozenset({"read:user", "user:email", "user:follow"}),
    "admin:enterprise": frozenset(
        {"manage_runners:enterprise", "manage_billing:enterprise", "read:enterprise", "scim:enterprise"}
    ),
    "project": frozenset({"read:project"}),
}
"""Scopes that hold others."""

SCOPES = frozenset(
    {
        "notifications",
        "admin:org_hook",
        "delete_repo",
        "gist",
        "workflow",
        *IMPLIED,
        *(one for held in IMPLIED.values() for one in held),
    }
    | {want for ability in GITHUB for want in ability.wants}
)
"""Every scope of a classic token that there is."""
