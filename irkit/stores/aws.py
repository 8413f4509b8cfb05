"""AWS: a secret of Secrets Manager, and a parameter of Systems Manager (SecureString). The whole value is replaced.

Calls: botocore's descriptions of `secretsmanager` and `ssm`. As the responder: the credential in the setting, or their own AWS
configuration. Options: `region` (an ARN names its own).
"""

from __future__ import annotations

from collections.abc import Mapping

from irkit.model import SecretRef, State
from irkit.plan import AwsCall, Json
from irkit.providers.aws_calls import error_of, read_change, region
from irkit.providers.interface import Reading, Reply, Setting
from irkit.stores.interface import Fields, Store
from irkit.stores.replies import holds


def _call(setting: Setting, service: str, operation: str, params: dict[str, Json], name: str, mutates: bool) -> AwsCall:
    parts = name.split(":")
    where = parts[3] if name.startswith("arn:") else region(setting)
    return AwsCall(service, operation, "responder", params, setting.responder, where, setting.base, mutates=mutates)


def _look_up(setting: Setting, place: Fields) -> AwsCall:
    return _call(setting, "secretsmanager", "DescribeSecret", {"SecretId": place["secret"]}, place["secret"], False)


def _learn(reply: Reply) -> Mapping[str, str]:
    if reply.status == 200:
        return {"there": "yes"}
    return {"there": "no"} if error_of(reply)[0] == "ResourceNotFoundException" else {}


def _put_secret(setting: Setting, place: Fields, value: SecretRef) -> tuple[AwsCall, ...]:
    """A new version of the secret; where the look-up found none, the secret with its first version."""
    name = place["secret"]
    made = place.get("there") == "no" and not name.startswith("arn:")
    params: dict[str, Json] = {"Name" if made else "SecretId": name, "SecretString": value}
    return (_call(setting, "secretsmanager", "CreateSecret" if made else "PutSecretValue", params, name, True),)


def _ask_secret(setting: Setting, place: Fields) -> AwsCall:
    return _call(setting, "secretsmanager", "GetSecretValue", {"SecretId": place["secret"]}, place["secret"], False)


def _put_parameter(setting: Setting, place: Fields, value: SecretRef) -> tuple[AwsCall, ...]:
    name = place["parameter"]
    params: dict[str, Json] = {"Name": name, "Value": value, "Type": "SecureString", "Overwrite": True}
    return (_call(setting, "ssm", "PutParameter", params, name, True),)


def _ask_parameter(setting: Setting, place: Fields) -> AwsCall:
    params: dict[str, Json] = {"Name": place["parameter"], "WithDecryption": True}
    return _call(setting, "ssm", "GetParameter", params, place["parameter"], False)


def _stands(reply: Reply, label: str, *path: str) -> Reading:
    if reply.status != 200:
        code = error_of(reply)[0]
        missing = code in ("ResourceNotFoundException", "ParameterNotFound")
        why = reply.nothing_came or f"AWS answered {reply.status} {code}".rstrip()
        return Reading(State.DEAD if missing else State.UNKNOWN, why)
    found = reply.json()
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return holds("AWS", found, label)


def _field(reply: Reply, name: str) -> str:
    document = reply.json()
    return str(document.get(name, "")) if reply.status == 200 and isinstance(document, dict) else ""


_MOTO = {"put": "real server: moto", "read back": "real server: moto"}

AWS_SECRET = Store(
    name="aws-secret",
    title="AWS Secrets Manager",
    form="aws-secret:NAME or aws-secret:ARN",
    pattern=r"(?P<secret>arn:[\w-]+:secretsmanager:[\w-]+:\d+:secret:[\w/+=.@-]+|[\w/+=.@-]{1,512})",
    tested="real server: moto",
    look_up=_look_up,
    learn=_learn,
    ask_put=_put_secret,
    read_put=read_change,
    ask_back=_ask_secret,
    read_back=lambda reply, label: _stands(reply, label, "SecretString"),
    version=lambda reply: _field(reply, "VersionId"),
    proved=_MOTO,
)

AWS_PARAMETER = Store(
    name="aws-parameter",
    title="AWS Systems Manager parameter",
    form="aws-parameter:/PATH/NAME",
    pattern=r"(?P<parameter>/?[\w.-]+(?:/[\w.-]+)*)",
    tested="real server: moto",
    ask_put=_put_parameter,
    read_put=read_change,
    ask_back=_ask_parameter,
    read_back=lambda reply, label: _stands(reply, label, "Parameter", "Value"),
    version=lambda reply: _field(reply, "Version"),
    proved=_MOTO,
)
