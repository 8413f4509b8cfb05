"""AWS as far as the drill needs it: STS and IAM in the query protocol, with signatures checked by botocore's own code.

https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html ,
https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html and its neighbours.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, quote
from xml.sax.saxutils import escape

from irkit.drill.provider import lists
from irkit.drill.provider import state as known
from irkit.drill.provider.exchange import Answer, Request
from irkit.drill.provider.state import AccessKey, ProviderState

_NAMESPACES = {"sts": "https://sts.amazonaws.com/doc/2011-06-15/", "iam": "https://iam.amazonaws.com/doc/2010-05-08/"}
_SIGNED = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>\w+)/\d{8}/(?P<region>[\w-]+)/(?P<service>\w+)/aws4_request, ?"
    r"SignedHeaders=(?P<headers>[\w;-]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)
Form = dict[str, str]


class Refused(Exception):
    """An AWS error: status, code and message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status, self.code, self.message = status, code, message
        super().__init__(code)


def speaks_aws(request: Request) -> bool:
    return request.headers.get("authorization", "").startswith("AWS4-HMAC-SHA256") or b"Action=" in request.body[:4096]


def answer(state: ProviderState, request: Request) -> Answer:
    form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
    action = form.get("Action", "")
    mutates = action in ("UpdateAccessKey", "DeleteAccessKey", "PutUserPolicy", "PutRolePolicy")
    signed = _SIGNED.match(request.headers.get("authorization", ""))
    service = signed["service"] if signed else "sts"
    key_id = signed["key"] if signed else ""
    try:
        caller = _caller(state, request, signed)
        if action not in _ACTIONS or _ACTIONS[action][0] != service:
            raise Refused(400, "InvalidAction", f"Could not find operation {action}")
        result = _ACTIONS[action][1](state, form, key_id, caller)
    except Refused as refused:
        return _xml(refused.status, _error(refused, service), action, key_id, mutates=mutates)
    given = _xml(200, _result(action, service, result), action, key_id, mutates=mutates, carried_out=mutates)
    return replace(given, whom=form.get("AccessKeyId", "") if mutates else "")


def error_body(code: str) -> bytes:
    """An error as something in front of the service, or broken within it, tells it."""
    return _error(Refused(500, code, "Please try again later."), "sts").encode()


def _caller(state: ProviderState, request: Request, signed: re.Match[str] | None) -> AccessKey:
    """The key that signed, when it works and the signature is right."""
    if signed is None:
        raise Refused(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
    key = state.keys.get(signed["key"])
    works = key is not None and ((key.status == "Active" and key.deleted is None) or known.outlives(key))
    if key is None or not works:
        raise Refused(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
    if key.secret and _signature(request, signed, key.secret) != signed["signature"]:
        raise Refused(
            403, "SignatureDoesNotMatch", "The request signature we calculated does not match the one provided."
        )
    key.used = known.now()
    return key


def _signature(request: Request, signed: re.Match[str], reference: str) -> str:
    """What the signature should be, for the pair kept at `reference` (`file:PATH`)."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    key_id, _, secret = Path(reference.removeprefix("file:")).read_text().strip().partition(":")
    covered = {name: request.headers.get(name, "") for name in signed["headers"].split(";")}
    url = f"http://{request.headers.get('host', '')}{request.path}"
    again = AWSRequest(method=request.method, url=url, headers=covered, data=request.body)
    again.context["timestamp"] = request.headers.get("x-amz-date", "")
    signer = SigV4Auth(Credentials(key_id, secret), signed["service"], signed["region"])
    return str(signer.signature(signer.string_to_sign(again, signer.canonical_request(again)), again))


def _caller_identity(state: ProviderState, _form: Form, key_id: str, caller: AccessKey) -> str:
    arn = f"arn:aws:iam::{state.account}:user/{caller.user}"
    return _tags({"Arn": arn, "UserId": f"AIDA{known.fingerprint(key_id).upper()}", "Account": state.account})


def _last_used(state: ProviderState, form: Form, _key_id: str, _caller: AccessKey) -> str:
    key = _named(state, form)
    used = {"LastUsedDate": key.used, "ServiceName": "sts", "Region": "us-east-1"}
    unused = {"ServiceName": "N/A", "Region": "N/A"}
    last = _tags({name: value for name, value in (used if key.used else unused).items() if value})
    return _tags({"UserName": key.user}) + f"<AccessKeyLastUsed>{last}</AccessKeyLastUsed>"


def _list(state: ProviderState, form: Form, _key_id: str, caller: AccessKey) -> str:
    user = form.get("UserName", caller.user)
    if all(key.user != user for key in state.keys.values()):
        raise Refused(404, "NoSuchEntity", f"The user with name {user} cannot be found.")
    members = "".join(
        f"<member>{_tags({'UserName': user, 'AccessKeyId': name, 'Status': key.status, 'CreateDate': key.made})}</member>"
        for name, key in state.keys.items()
        if key.user == user and key.deleted is None
    )
    return f"<AccessKeyMetadata>{members}</AccessKeyMetadata><IsTruncated>false</IsTruncated>"


def _update(state: ProviderState, form: Form, _key_id: str, caller: AccessKey) -> str:
    key = _named(state, form, caller)
    status = form.get("Status", "")
    if status not in ("Active", "Inactive"):
        raise Refused(400, "ValidationError", "Status must be Active or Inactive")
    key.status, key.lingers = status, state.lingering() if status == "Inactive" else 0
    return ""


def _delete(state: ProviderState, form: Form, _key_id: str, caller: AccessKey) -> str:
    key = _named(state, form, caller)
    if key.status == "Active":
        key.lingers = state.lingering()
    key.status, key.deleted = "Inactive", known.now()
    return ""


def _policy_of(form: Form) -> str:
    kind = "User" if "UserName" in form else "Role"
    return f"{kind}/{form.get(f'{kind}Name', '')}/{form.get('PolicyName', '')}"


def _put_policy(state: ProviderState, form: Form, _key_id: str, _caller: AccessKey) -> str:
    state.policies[_policy_of(form)] = form.get("PolicyDocument", "")
    return ""


def _get_policy(state: ProviderState, form: Form, _key_id: str, _caller: AccessKey) -> str:
    kind, name, policy = _policy_of(form).split("/")
    document = state.policies.get(f"{kind}/{name}/{policy}")
    if document is None:
        raise Refused(404, "NoSuchEntity", f"The {kind.lower()} policy with name {policy} cannot be found.")
    return _tags({f"{kind}Name": name, "PolicyName": policy, "PolicyDocument": quote(document)})


def _login_profile(_state: ProviderState, form: Form, _key_id: str, _caller: AccessKey) -> str:
    raise Refused(404, "NoSuchEntity", f"Login Profile for User {form.get('UserName', '')} cannot be found.")


def _prepared(_state: ProviderState, _form: Form, _key_id: str, _caller: AccessKey) -> str:
    return _tags({"State": "COMPLETE"})


def _report(state: ProviderState, _form: Form, _key_id: str, _caller: AccessKey) -> str:
    return lists.report(state)


def _study(_state: ProviderState, form: Form, _key_id: str, _caller: AccessKey) -> str:
    return lists.begun(form)


def _studied(state: ProviderState, form: Form, _key_id: str, _caller: AccessKey) -> str:
    return lists.services(state, form)


def _named(state: ProviderState, form: Form, caller: AccessKey | None = None) -> AccessKey:
    """The key the form names. A mutation names its user too; without one it means the caller's own."""
    name = form.get("AccessKeyId", "")
    key = state.keys.get(name)
    user = form.get("UserName", caller.user) if caller else None
    if key is None or key.deleted is not None or (user is not None and key.user != user):
        raise Refused(404, "NoSuchEntity", f"The Access Key with id {name} cannot be found.")
    return key


_ACTIONS: dict[str, tuple[str, Callable[[ProviderState, Form, str, AccessKey], str]]] = {
    "GetCallerIdentity": ("sts", _caller_identity),
    "GetAccessKeyLastUsed": ("iam", _last_used),
    "ListAccessKeys": ("iam", _list),
    "UpdateAccessKey": ("iam", _update),
    "DeleteAccessKey": ("iam", _delete),
    "GenerateCredentialReport": ("iam", _prepared),
    "GenerateServiceLastAccessedDetails": ("iam", _study),
    "GetCredentialReport": ("iam", _report),
    "GetLoginProfile": ("iam", _login_profile),
    "GetRolePolicy": ("iam", _get_policy),
    "GetServiceLastAccessedDetails": ("iam", _studied),
    "GetUserPolicy": ("iam", _get_policy),
    "PutRolePolicy": ("iam", _put_policy),
    "PutUserPolicy": ("iam", _put_policy),
}


def _tags(values: dict[str, str | None]) -> str:
    return "".join(f"<{name}>{escape(value or '')}</{name}>" for name, value in values.items())


def _result(action: str, service: str, inner: str) -> str:
    meta = f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata>"
    return f'<{action}Response xmlns="{_NAMESPACES[service]}"><{action}Result>{inner}</{action}Result>{meta}</{action}Response>'


def _error(refused: Refused, service: str) -> str:
    told = _tags({"Type": "Sender", "Code": refused.code, "Message": refused.message})
    namespace = _NAMESPACES.get(service, _NAMESPACES["sts"])
    return (
        f'<ErrorResponse xmlns="{namespace}"><Error>{told}</Error><RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>'
    )


def _xml(status: int, text: str, action: str, who: str, *, mutates: bool = False, carried_out: bool = False) -> Answer:
    return Answer(status, text.encode(), action, "text/xml", (), who, mutates, carried_out)
