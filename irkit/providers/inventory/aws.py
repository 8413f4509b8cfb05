"""AWS: the account's credential report, and the ids of access keys.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html ,
https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetails.html

The report is the account's, at most four hours old. It tells when a key was made or last changed, which for an access key is one and the
same, and no key id: that is in the list of each user's keys, and matched by this time.

What a key may do, and what of it was used, AWS works out for each user: the services that its policies allow, and when each was last
asked (in some 400 days). Both keys of a user have one answer, and within a service AWS does not say what was used.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from irkit.model import Held, When
from irkit.plan import Ask, AwsCall
from irkit.providers.aws_calls import error_of, iam, listed, responder_acts
from irkit.providers.interface import Reply, Setting
from irkit.providers.inventory.interface import Listed, Listing, Prepared, Study, instant, moment, nobody_asks

ROOT = "<root_account>"
_NONE = {"N/A", "no_information", "not_supported", ""}
_NEEDED = (
    "user",
    "password_enabled",
    *(f"access_key_{n}_{what}" for n in (1, 2) for what in ("active", "last_rotated")),
)
_MOST_USERS = 300
_MOST_SERVICES = 1000


def _ask_report(setting: Setting) -> tuple[Ask, ...]:
    if not (responder_acts(setting) or setting.base):
        raise nobody_asks("aws")
    return (iam(setting, "GetCredentialReport", {}),)


def read_prepared(reply: Reply) -> Prepared:
    """GenerateCredentialReport says STARTED, INPROGRESS or COMPLETE."""
    document = reply.json()
    if reply.status == 200 and isinstance(document, dict):
        return Prepared(document.get("State") == "COMPLETE")
    return Prepared(False, _refused(reply))


def read_report(reply: Reply) -> Listed:
    """A CSV with a row for each user: its password, and two access keys."""
    document = reply.json()
    content = document.get("Content") if isinstance(document, dict) else None
    if reply.status != 200 or not isinstance(content, str):
        return Listed(problem=_refused(reply))
    try:
        rows = list(csv.DictReader(io.StringIO(content)))
    except csv.Error:
        rows = []
    if not rows or "access_key_1_active" not in rows[0]:
        return Listed(problem="AWS answered with something else than a credential report")
    whole = [row for row in rows if all(isinstance(row.get(name), str) for name in _NEEDED)]
    short = f"{len(rows) - len(whole)} of its rows could not be read" if len(whole) < len(rows) else ""
    held = tuple(one for row in whole for one in _of_user(row))
    return Listed(held, short, place=_account(rows), at=instant(document.get("GeneratedTime")))


def _account(rows: Sequence[Mapping[str, str]]) -> str:
    """The number in the ARNs, which is one in all of them."""
    found = {parts[4] for row in rows if len(parts := str(row.get("arn")).split(":")) > 5 and parts[4]}
    return f"account {found.pop()}" if len(found) == 1 else ""


def _of_user(row: Mapping[str, str]) -> Iterator[Held]:
    user = row.get("user", "")
    person = row.get("password_enabled") == "true"
    holder, by = (
        ("person", "the user signs in to the console")
        if person
        else ("automation", "the user has no password for the console")
    )
    if user == ROOT:
        holder, by = "person", "the account's own user"
    if person or user == ROOT:
        yield Held(
            "aws", "console password", user, user, "" if user == ROOT else user, holder=holder, holder_by=by,  # type: ignore[arg-type]
            created=moment(row.get("password_last_changed")) if row.get("password_last_changed") not in _NONE else None,
            principal=row.get("arn") or "",
            last_used=_used(row.get("password_last_used", ""), never="no_information"),
            expires="never" if row.get("password_next_rotation") in _NONE else moment(row.get("password_next_rotation")),
            active=True, scope=None,
        )  # fmt: skip
    for number in ("1", "2"):
        active, made = row.get(f"access_key_{number}_active"), row.get(f"access_key_{number}_last_rotated", "")
        if active != "true" and made in _NONE:
            continue
        yield Held(
            "aws", "access key", f"{user}/access key {number}", user, holder=holder, holder_by=by,  # type: ignore[arg-type]
            created=None if made in _NONE else moment(made),
            last_used=_used(row.get(f"access_key_{number}_last_used_date", ""), never="N/A"),
            expires="never", active=active == "true", principal=row.get("arn", ""),
        )  # fmt: skip


def _used(text: str, never: str) -> When:
    """The report writes N/A for a key that was not used since April 2015, when AWS began to keep it, and no_information of a password."""
    return "never" if text == never else None if text in _NONE else moment(text)


def ask_keys(setting: Setting, held: tuple[Held, ...]) -> Mapping[str, Ask]:
    """The ids of each user's keys; the account's own user lists none."""
    users = dict.fromkeys(one.name for one in held if one.name != ROOT)
    return {user: iam(setting, "ListAccessKeys", {"UserName": user}) for user in list(users)[:_MOST_USERS]}


def learn_keys(held: tuple[Held, ...], user: str, reply: Reply) -> tuple[Held, ...]:
    """The id takes the place of the number, where exactly one key of the user was made at that second. One that the report does not
    know, because it was made since, is added."""
    document = reply.json()
    if reply.status != 200 or not isinstance(document, dict):
        return held
    made = {
        str(one["AccessKeyId"]): (instant(one.get("CreateDate")), one.get("Status"))
        for one in listed(document, "AccessKeyMetadata")
        if one.get("AccessKeyId")
    }

    def fitting(one: Held) -> list[str]:
        if one.kind != "access key" or one.name != user:
            return []
        return [name for name, (at, _) in made.items() if at and at.replace(microsecond=0) == one.created]

    told = tuple(replace(one, id=fits[0]) if len(fits := fitting(one)) == 1 else one for one in held)
    known = {name for one in held for name in fitting(one)}
    like = next((one for one in held if one.name == user), None)
    fresh = (
        Held(
            "aws", "access key", name, user, holder=like.holder, holder_by=like.holder_by, created=at, expires="never",
            active=status == "Active", principal=like.principal, listed_at=like.listed_at,
        )
        for name, (at, status) in made.items()
        if like and name not in known
    )  # fmt: skip
    return (*told, *fresh)


def begin_study(setting: Setting, held: tuple[Held, ...]) -> Mapping[str, Ask]:
    """By the user's ARN; of the account's own user there is nothing to work out, it may do everything."""
    users = dict.fromkeys(
        one.principal for one in held if one.kind == "access key" and one.principal and one.name != ROOT
    )
    return {arn: iam(setting, "GenerateServiceLastAccessedDetails", {"Arn": arn}) for arn in list(users)[:_MOST_USERS]}


def collect_study(setting: Setting, reply: Reply) -> Ask | None:
    document = reply.json()
    job = document.get("JobId") if isinstance(document, dict) else None
    if reply.status != 200 or not isinstance(job, str):
        return None
    return iam(setting, "GetServiceLastAccessedDetails", {"JobId": job, "MaxItems": _MOST_SERVICES})


def read_studied(reply: Reply) -> Prepared:
    """JobStatus is IN_PROGRESS, COMPLETED or FAILED. A list that goes on is none: half of what it may do would be called all."""
    document = reply.json()
    if reply.status != 200 or not isinstance(document, dict):
        return Prepared(False, _refused(reply))
    if document.get("JobStatus") == "FAILED":
        return Prepared(False, "AWS could not work it out")
    if document.get("IsTruncated"):
        return Prepared(False, f"a user is allowed more than {_MOST_SERVICES} services")
    if document.get("JobStatus") == "COMPLETED" and not isinstance(document.get("ServicesLastAccessed"), list):
        return Prepared(False, "AWS gave no list of services")
    return Prepared(document.get("JobStatus") == "COMPLETED")


def learn_services(held: tuple[Held, ...], arn: str, reply: Reply) -> tuple[Held, ...]:
    """The services that its user's policies allow, and of them those that were asked for something."""
    document = reply.json()
    found = listed(document, "ServicesLastAccessed") if isinstance(document, dict) else []
    allowed = tuple(sorted(name for one in found if isinstance(name := one.get("ServiceNamespace"), str)))
    used = tuple(sorted(str(one["ServiceNamespace"]) for one in found if one.get("LastAuthenticated")))
    return tuple(
        replace(one, scope=allowed, uses=used) if one.kind == "access key" and one.principal == arn else one
        for one in held
    )


def _refused(reply: Reply) -> str:
    if reply.status is None:
        return reply.nothing_came
    code, message = error_of(reply)
    return f"AWS answered {reply.status} {code}: {message}".rstrip(": ")


def _generate(setting: Setting) -> AwsCall:
    return iam(setting, "GenerateCredentialReport", {})


LISTINGS = (
    Listing(
        "aws", "passwords and access keys of the account's users",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html",
        "real server: moto; services allowed and used, and AWS itself: unverified",
        _ask_report, read_report, prepare=_generate, prepared=read_prepared, more=ask_keys, learn=learn_keys,
        study=Study(
            "services that users may use, and when they did",
            begin_study, collect_study, read_studied, learn_services,
        ),
    ),
)  # fmt: skip
