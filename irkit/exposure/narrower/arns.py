"""What a CloudTrail event says was acted upon, as ARNs: `resources`, ARNs among the parameters, and names whose ARN is known from them.

Formats: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html .
An ARN with a path that the event does not say (a user's) is not made up. Names are a caller's to choose: a star in one is that star.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from irkit.exposure.narrower.permissions import wants
from irkit.exposure.narrower.seen import Things, text_of
from irkit.exposure.usage.policy import iam_action
from irkit.model import MatchKind, UsageEvent


def things(event: UsageEvent) -> Sequence[Things]:
    """The IAM actions that an event takes, each with the ARNs that the event names for it."""
    given = (event.raw or {}).get("requestParameters")
    parameters: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    action = iam_action(f"{event.service or event.source}:{event.action}")
    found: list[Things] = [
        (one, tuple(dict.fromkeys(_arns(event, one, parameters)))) for one in wants(action, event, parameters)
    ]
    if event.action in ("CopyObject", "UploadPartCopy") and action.startswith("s3:"):
        found.append(_source(event, parameters))
    return found


def by_its_policy(event: UsageEvent) -> bool:
    """Whether the policy of the key's user has to allow it: the key did it, or a session that acts as that user (GetSessionToken,
    GetFederationToken). A role's session has its role's policy.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html"""
    as_user = event.match is MatchKind.DERIVED and any(
        kind in event.principal for kind in (":user/", ":federated-user/", ":root")
    )
    return event.match.is_use or as_user


@dataclass(frozen=True)
class _Named:
    """What a name is made an ARN with."""

    action: str
    partition: str
    region: str
    account: str
    parameters: Mapping[str, Any]

    def arn(self, service: str, rest: str, account: str = "") -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{account or self.account}:{rest}"


def _arns(event: UsageEvent, action: str, parameters: Mapping[str, Any]) -> Iterator[str]:
    listed = (event.raw or {}).get("resources")
    for one in listed if isinstance(listed, list) else ():
        if arn := text_of(one, "ARN") or text_of(one, "arn"):
            yield literal(arn)
    service, (partition, account) = action.partition(":")[0], _whose(event)
    bucket, key = text_of(parameters, "bucketName"), text_of(parameters, "key")
    if service == "s3" and bucket and not bucket.startswith("arn:"):  # an access point has an ARN of its own
        yield literal(f"arn:{partition}:s3:::{bucket}/{key}" if key else f"arn:{partition}:s3:::{bucket}")
    about = _Named(action, partition, event.region, account, parameters)
    for name, value in parameters.items():
        if not isinstance(value, str) or not value:
            continue
        if value.startswith("arn:"):
            yield literal(value)
            yield from _more_of(service, value)
        elif (made := _BY_NAME.get((service, name))) and account and event.region:
            yield from made(value, about)


def _more_of(service: str, arn: str) -> Iterator[str]:
    """An ARN of a secret may be given without the six letters at its end, which a policy has to have."""
    if service == "secretsmanager" and ":secret:" in arn and not re.search(r"-[A-Za-z0-9]{6}$", arn):
        yield f"{literal(arn)}-??????"


def _source(event: UsageEvent, parameters: Mapping[str, Any]) -> Things:
    """What was copied is read. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html"""
    plain, _, version = text_of(parameters, "x-amz-copy-source").partition("?versionId=")
    read = "s3:GetObjectVersion" if version else "s3:GetObject"
    path = unquote(plain).lstrip("/")
    if "/" not in path or path.startswith("arn:"):
        return read, ()
    return read, (literal(f"arn:{_whose(event)[0]}:s3:::{path}"),)


def _secret(name: str, about: _Named) -> Iterable[str]:
    yield f"{about.arn('secretsmanager', f'secret:{literal(name)}')}-??????"


def _table(name: str, about: _Named) -> Iterable[str]:
    table = about.arn("dynamodb", f"table/{literal(name)}")
    yield table
    if index := text_of(about.parameters, "indexName"):
        yield f"{table}/index/{literal(index)}"


def _function(name: str, about: _Named) -> Iterable[str]:
    """By its name, or `ACCOUNT:function:NAME`; a version or an alias is a thing of its own."""
    account, found, rest = name.rpartition(":function:")
    function = about.arn("lambda", f"function:{literal(rest)}", account.rpartition(":")[2] if found else "")
    yield function
    if qualifier := text_of(about.parameters, "qualifier"):
        yield f"{function}:{literal(qualifier)}"


def _parameter(name: str, about: _Named) -> Iterable[str]:
    """Without the version or the label after a colon."""
    if "Parameter" in about.action:
        yield about.arn("ssm", f"parameter/{literal(name.partition(':')[0].lstrip('/'))}")


def _repository(name: str, about: _Named) -> Iterable[str]:
    yield about.arn("ecr", f"repository/{literal(name)}", text_of(about.parameters, "registryId"))


def _group(name: str, about: _Named) -> Iterable[str]:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html : with a star at its end"""
    group = about.arn("logs", f"log-group:{literal(name)}")
    stream = text_of(about.parameters, "logStreamName")
    yield from (group, f"{group}:*", f"{group}:log-stream:{literal(stream) if stream else '*'}")


def _key(name: str, about: _Named) -> Iterable[str]:
    """Of an alias the key is not known; what is done with a key is allowed on the key alone."""
    if not name.startswith("alias/"):
        yield about.arn("kms", f"key/{literal(name)}")


def _topic(name: str, about: _Named) -> Iterable[str]:
    yield about.arn("sns", literal(name))


def _stream(name: str, about: _Named) -> Iterable[str]:
    yield about.arn("kinesis", f"stream/{literal(name)}")


_BY_NAME: Mapping[tuple[str, str], Callable[[str, _Named], Iterable[str]]] = {
    ("secretsmanager", "secretId"): _secret, ("dynamodb", "tableName"): _table, ("lambda", "functionName"): _function,
    ("ssm", "name"): _parameter, ("ecr", "repositoryName"): _repository, ("logs", "logGroupName"): _group, ("sns", "name"): _topic,
    ("kinesis", "streamName"): _stream, ("kms", "keyId"): _key,
}  # fmt: skip


def literal(arn: str) -> str:
    """A text in which IAM sees no pattern: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html"""
    return re.sub(r"[*?$]", lambda found: "${" + found[0] + "}", arn)


def _whose(event: UsageEvent) -> tuple[str, str]:
    """Partition and account of whoever acted, by their ARN."""
    parts = event.principal.split(":")
    if len(parts) > 4 and parts[0] == "arn":
        return parts[1], parts[4]
    return "aws", text_of(event.raw, "userIdentity", "accountId")
