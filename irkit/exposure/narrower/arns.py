"""What a CloudTrail event says was acted upon, as ARNs: `resources`, ARNs among the parameters, and names whose ARN is known from them.

Formats: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html .
An ARN with a path that the event does not say (a user's) is not made up. Names are a caller's to choose: a star in one is that star.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from irkit.exposure.narrower.seen import text_of
from irkit.exposure.usage.policy import iam_action
from irkit.model import UsageEvent

_NAMED = {
    ("secretsmanager", "secretId"): "arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-??????",
    ("dynamodb", "tableName"): "arn:{partition}:dynamodb:{region}:{account}:table/{name}",
    ("lambda", "functionName"): "arn:{partition}:lambda:{region}:{account}:function:{name}",
    ("ssm", "name"): "arn:{partition}:ssm:{region}:{account}:parameter/{name}",
    ("ecr", "repositoryName"): "arn:{partition}:ecr:{region}:{account}:repository/{name}",
    ("logs", "logGroupName"): "arn:{partition}:logs:{region}:{account}:log-group:{name}",
    ("sns", "name"): "arn:{partition}:sns:{region}:{account}:{name}",
    ("kinesis", "streamName"): "arn:{partition}:kinesis:{region}:{account}:stream/{name}",
    ("kms", "keyId"): "arn:{partition}:kms:{region}:{account}:key/{name}",
}


def things(event: UsageEvent) -> tuple[str, Iterable[str]]:
    """The IAM action of an event, and the ARNs that it names."""
    action = iam_action(f"{event.service or event.source}:{event.action}")
    return action, dict.fromkeys(_arns(event, action.partition(":")[0]))


def _arns(event: UsageEvent, service: str) -> Iterator[str]:
    raw = event.raw or {}
    listed = raw.get("resources")
    for one in listed if isinstance(listed, list) else ():
        if arn := text_of(one, "ARN") or text_of(one, "arn"):
            yield literal(arn)
    given = raw.get("requestParameters")
    parameters: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    partition, account = _whose(event)
    bucket, key = text_of(parameters, "bucketName"), text_of(parameters, "key")
    if service == "s3" and bucket:
        yield literal(f"arn:{partition}:s3:::{bucket}/{key}" if key else f"arn:{partition}:s3:::{bucket}")
    for name, value in parameters.items():
        if not isinstance(value, str) or not value:
            continue
        if value.startswith("arn:"):
            yield literal(value)
        elif (form := _NAMED.get((service, name))) and account and event.region:
            yield form.format(
                partition=partition, region=event.region, account=account, name=literal(value.lstrip("/"))
            )


def literal(arn: str) -> str:
    """A text in which IAM sees no pattern: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html"""
    return re.sub(r"[*?$]", lambda found: "${" + found[0] + "}", arn)


def _whose(event: UsageEvent) -> tuple[str, str]:
    """Partition and account of whoever acted, by their ARN."""
    parts = event.principal.split(":")
    if len(parts) > 4 and parts[0] == "arn":
        return parts[1], parts[4]
    return "aws", text_of(event.raw, "userIdentity", "accountId")
