"""The statements of an IAM policy in whatever stands around them: a document, a list, what `aws iam` prints, texts in texts. Pure.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html : that one holds everybody's policies and every
version of each, of which one user's, in the version that is in force, are meant.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from irkit.errors import BadInput

_TEXTS = ("PolicyDocument", "Document", "Policy", "policy")
"""Names under which a document may stand as a text: as the API has it (percent-encoded), or a plan of Terraform."""
_OF_OTHERS = "AssumeRolePolicyDocument"
"""Who may become a role, not what the role may do."""


def written(plain: Any, *, on: object = "", user: str = "") -> Iterator[Mapping[str, Any]]:
    """Each statement as it is written. BadInput for one without action, for several users of whom none is named, and for a policy that is
    attached and not in the file."""
    yield from _found(plain, on, user)


def _found(plain: Any, on: object, user: str) -> Iterator[Mapping[str, Any]]:
    if isinstance(plain, list):
        for item in plain:
            yield from _found(item, on, user)
    elif isinstance(plain, Mapping) and "UserDetailList" in plain:
        yield from _found(list(_of_account(plain, on, user)), on, user)
    elif isinstance(plain, Mapping):
        if isinstance(plain.get("Effect"), str):
            if "Action" not in plain and "NotAction" not in plain:
                raise BadInput(
                    "no policy statement is in this file, or one that is not understood", on=on, why="it has no Action",
                    do="give an IAM policy as JSON, with its Statement",
                )  # fmt: skip
            yield plain
            return
        for name, value in plain.items():
            if name in _TEXTS and isinstance(value, str):
                yield from _found(_parsed(value, on), on, user)
            elif name != _OF_OTHERS:
                yield from _found(value, on, user)


def _parsed(text: str, on: object) -> Any:
    plain = (unquote(text) if text.lstrip().startswith("%") else text).lstrip()
    if not plain.startswith(("{", "[")):
        return None
    try:
        return json.loads(plain)
    except (ValueError, RecursionError):
        raise BadInput("a policy in this file is no JSON", on=on, do="give an IAM policy as JSON") from None


def _of_account(plain: Mapping[str, Any], on: object, user: str) -> Iterator[Any]:
    """The documents of one user: inline, of the groups, and attached, each in the version that is in force."""
    users = _maps(plain.get("UserDetailList"))
    mine = [one for one in users if user in ("", one.get("UserName"))]
    if len(mine) != 1:
        names = ", ".join(str(one.get("UserName")) for one in users[:6])
        why = f"{user} is not among them" if user else f"it holds the policies of {len(users)} users ({names})"
        raise BadInput(
            "whose policies are meant is not known",
            on=on,
            why=why,
            do="give those of the key's user alone, or name it (irkit blast --user)",
        )
    wanted = mine[0].get("GroupList") or []
    groups = [one for one in _maps(plain.get("GroupDetailList")) if one.get("GroupName") in wanted]
    if len(groups) < len(wanted):
        raise BadInput(
            "a group of the user is not in this file", on=on, do="give all of get-account-authorization-details"
        )
    documents = {one.get("Arn"): _in_force(one) for one in _maps(plain.get("Policies"))}
    for holder in (mine[0], *groups):
        for inline in ("UserPolicyList", "GroupPolicyList"):
            yield from _maps(holder.get(inline))
        for one in _maps(holder.get("AttachedManagedPolicies")):
            document = documents.get(one.get("PolicyArn"))
            if document is None:
                raise BadInput("an attached policy is not in this file", on=on, why=str(one.get("PolicyArn")),
                               do="give all of get-account-authorization-details")  # fmt: skip
            yield {"PolicyDocument": document}


def _in_force(policy: Mapping[str, Any]) -> Any:
    versions = _maps(policy.get("PolicyVersionList"))
    return next((one.get("Document") for one in versions if one.get("IsDefaultVersion") is True), None)


def _maps(plain: Any) -> Sequence[Mapping[str, Any]]:
    return [one for one in plain if isinstance(one, Mapping)] if isinstance(plain, list) else []
