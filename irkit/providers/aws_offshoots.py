"""What is done about what a leaked AWS key left behind: where to go, and the commands, for what a person has to judge.

What the responder can put out of use and bring back again is a call: see `aws_contain.py`.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html ,
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_disable-perms.html ,
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_remove.html
"""

from __future__ import annotations

from irkit.plan import HumanTask
from irkit.providers.interface import Offspring

_CONSOLE = "https://console.aws.amazon.com/iam/home#"
_DENY = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*",'
    '"Condition":{"DateLessThan":{"aws:TokenIssueTime":"NOW"}}}]}'
)
_DELETES: dict[str, tuple[str, str, str]] = {
    "access-key": ("the access key", "/users", "aws iam update-access-key --access-key-id {id} --status Inactive --user-name {owner}"),
    "login-profile": ("the console password of", "/users/details/{id}", "aws iam delete-login-profile --user-name {id}"),
    "role": ("the role", "/roles/details/{id}", "aws iam delete-role --role-name {id} (after its policies and profiles)"),
    "ssh-key": ("the SSH key", "/users", "aws iam delete-ssh-public-key --ssh-public-key-id {id} --user-name {owner}"),
    "service-specific-credential": (
        "the service-specific credential", "/users",
        "aws iam delete-service-specific-credential --service-specific-credential-id {id} --user-name {owner}",
    ),
    "saml-provider": ("the SAML provider", "/providers", "aws iam delete-saml-provider --saml-provider-arn {id}"),
    "oidc-provider": (
        "the OpenID Connect provider", "/providers", "aws iam delete-open-id-connect-provider --open-id-connect-provider-arn {id}",
    ),
    "trust-anchor": (
        "the IAM Roles Anywhere trust anchor", "/roles/roles-anywhere", "aws rolesanywhere list-trust-anchors, then delete-trust-anchor",
    ),
    "instance": ("the EC2 instance", "/home", "keep an image of it as evidence, then aws ec2 terminate-instances --instance-ids {id}"),
    "function": ("the Lambda function", "/home", "keep its code as evidence, then aws lambda delete-function --function-name {id}"),
    "key-pair": ("the EC2 key pair", "/home", "aws ec2 delete-key-pair --key-name {id}; remove it from the machines it is on"),
}  # fmt: skip


def by_hand(child: Offspring, user: str) -> HumanTask:
    """The task for one kind of offspring; `user` is the IAM user of the leaked key where it is known."""
    if child.kind == "session":
        return _sessions(child, user)
    name = child.ids[0]
    if child.kind == "user":
        return HumanTask(
            f"Remove the IAM user {name}",
            f"{_CONSOLE}/users/details/{name}",
            (
                child.made,
                f"aws iam list-access-keys --user-name {name}: set each to Inactive first",
                f"aws iam delete-login-profile --user-name {name}; detach its policies and groups; then delete-user",
                "If somebody of yours made it on purpose, say so instead",
            ),
        )
    what, page, command = _DELETES.get(child.kind, (child.kind, "/home", ""))
    owner = f" of {child.owner}" if child.owner else ""
    steps = (
        child.made,
        command.format(id=name, owner=child.owner or user or "USER"),
        "If it is meant to be there, say so instead",
    )
    return HumanTask(
        f"Remove {what} {name}{owner}", _CONSOLE + page.format(id=name), tuple(one for one in steps if one)
    )


def session_owner(child: Offspring, user: str) -> tuple[str, str]:
    """ "role" or "user", and its name: "" when it is not known."""
    if ":role/" in child.owner or child.owner.startswith("role/"):
        return "role", child.owner.rpartition("/")[2]
    if child.owner.endswith(":root"):
        return "user", ""  # nobody can put a policy on root
    named = child.owner.rpartition("/")[2] if ":user/" in child.owner or child.owner.startswith("user/") else ""
    return "user", named or user


def _sessions(child: Offspring, user: str) -> HumanTask:
    """Sessions cannot be deleted: a policy on the role or user denies those issued before now."""
    kind, name = session_owner(child, user)
    name = name or "the key's user"
    steps = (
        child.made,
        f"Keys of the sessions: {', '.join(child.ids)}" if child.ids else "",
        "Roles, the role, Revoke sessions" if kind == "role" else "Add an inline policy to the user",
        f"or: aws iam put-{kind}-policy --{kind}-name {name} --policy-name AWSRevokeOlderSessions --policy-document '{_DENY}'",
        "NOW is the present moment, as 2026-03-01T12:00:00Z; whoever uses the sessions rightly has to sign in again",
    )
    return HumanTask(
        f"End the sessions of the {kind} {name}",
        f"{_CONSOLE}/{kind}s/details/{name}",
        tuple(one for one in steps if one),
    )
