"""Sending an `AwsCall` with boto3: as one credential alone, never mixed with what this machine has configured."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from typing import Any

from irkit import __version__
from irkit.errors import BadInput, NotAvailable
from irkit.model import iso
from irkit.network.address import permitted
from irkit.network.hand import Hand
from irkit.network.rest import clean_headers
from irkit.plan import AwsCall
from irkit.providers.aws import key_pair
from irkit.providers.interface import Reply


def send(call: AwsCall, hand: Hand, timeout_s: float) -> Reply:
    import boto3  # noqa: F401  (slow to import; everything below needs it)
    from botocore import exceptions, xform_name

    if call.endpoint:
        permitted(call.endpoint)
    params = hand.tree(call.params)
    about = hand.public(call.about)
    client = _client(call, hand, timeout_s)
    method = xform_name(call.operation)
    if not hasattr(client, method):
        raise BadInput("AWS has no such operation", on=f"{call.service} {call.operation}", do="make the plan again")
    # Raised outside the handlers: an exception of the library, kept as context, could hold what was sent.
    problem: Exception | None = None
    with hand.hushed():
        try:
            return _reply(getattr(client, method)(**params), hand, about)
        except exceptions.ClientError as error:
            return _reply(error.response, hand, about)
        except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError, exceptions.CredentialRetrievalError):
            problem = NotAvailable(
                "there is no AWS credential of the responder's own on this machine",
                do="sign in (aws configure, aws sso login), or name it as responder in case.toml",
            )
        except exceptions.ParamValidationError:
            problem = BadInput(
                "AWS would not take these parameters", on=f"{call.service} {call.operation}", do="see case.toml"
            )
        except exceptions.BotoCoreError as error:
            failure, sent = _failure(error)
            return Reply(None, sent=sent, failure=failure, about=about)
        except Exception:
            # botocore's parser met a page that no AWS service wrote, a firewall's for example. Its error would repeat the page.
            return Reply(None, sent=True, failure="an answer that AWS did not write", about=about)
    raise problem


def _client(call: AwsCall, hand: Hand, timeout_s: float) -> Any:
    import boto3
    import botocore.session
    from botocore import awsrequest, exceptions
    from botocore.config import Config

    for connection in (awsrequest.AWSHTTPConnection, awsrequest.AWSHTTPSConnection):
        connection.debuglevel = 0  # http.client would print headers to standard output
    local = bool(call.endpoint) and permitted(call.endpoint)
    config = Config(
        connect_timeout=timeout_s,
        read_timeout=timeout_s,
        retries={"mode": "standard", "total_max_attempts": 1 if call.mutates else 3},
        user_agent_extra=f"irkit/{__version__}",
        ignore_configured_endpoint_urls=call.secret is not None,
        **({"proxies": {}} if local else {}),
    )
    credentials: dict[str, str | None] = {}
    if call.secret is None:
        inner = botocore.session.Session()
    else:
        inner = botocore.session.Session(session_vars=_NOTHING_CONFIGURED)
        inner.register_component("data_loader", _descriptions(inner.get_config_variable("data_path")))
        credentials = _credentials(call, hand)
    problem: Exception
    try:
        with hand.hushed():
            session = boto3.session.Session(botocore_session=inner, region_name=call.region, **credentials)
            return session.client(call.service, endpoint_url=call.endpoint or None, config=config)
    except exceptions.ProfileNotFound:
        problem = NotAvailable("the AWS profile named by this machine does not exist", do="correct AWS_PROFILE")
    except (exceptions.UnknownServiceError, exceptions.BotoCoreError, ValueError):
        problem = BadInput("AWS cannot be called so", on=f"{call.service} in {call.region}", do="see case.toml")
    raise problem


@cache
def _descriptions(folders: str | None) -> Any:
    """botocore's own descriptions of the services, read once for all calls; beside its own folder in those of AWS_DATA_PATH."""
    from botocore.loaders import create_loader

    return create_loader(folders)


_NOTHING_CONFIGURED = dict.fromkeys(("profile", "config_file", "credentials_file"), (None, None, None, None))
"""botocore's variables, told to look nowhere: the profile and files of whoever runs irkit belong to another identity."""


def _credentials(call: AwsCall, hand: Hand) -> dict[str, str | None]:
    assert call.secret is not None
    pair = key_pair(hand.text(call.secret))
    if pair is None:
        raise BadInput(
            "this is not an AWS access key",
            on=call.secret,
            do="let the reference point at KEYID:SECRETKEY, or at a file with aws_access_key_id and aws_secret_access_key",
        )
    for part in (pair.secret, pair.session):
        hand.hide(part, str(call.secret))
    return {
        "aws_access_key_id": pair.key_id,
        "aws_secret_access_key": pair.secret,
        "aws_session_token": pair.session or None,
    }


def _reply(answer: dict[str, Any], hand: Hand, about: str) -> Reply:
    """The answer as JSON; an error keeps its code and message alone."""
    metadata = answer.get("ResponseMetadata", {})
    status = metadata.get("HTTPStatusCode")
    if status is None:
        return Reply(None, sent=True, failure="an answer without a status", about=about)
    redactor = hand.redactor
    error = answer.get("Error")
    body = (
        {"Error": {name: error.get(name, "") for name in ("Code", "Message")}}
        if error
        else {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    )
    if hand.mints and not error:
        hand.take_minted(body)
        redactor = hand.redactor
    report = body.get("Content")
    if isinstance(report, bytes):
        # A credential report is text that botocore hands over as bytes. Other bytes are never shown: they may be what a store keeps.
        body = {**body, "Content": report.decode("utf-8", "replace")}
    text = json.dumps(redactor.tree(body), default=_plain)
    return Reply(
        int(status), clean_headers(metadata.get("HTTPHeaders", {}), redactor), redactor.text(text), about=about
    )


def _plain(value: Any) -> str:
    return iso(value) if isinstance(value, datetime) else f"<{type(value).__name__}>"


def _failure(error: Exception) -> tuple[str, bool]:
    """In words, and whether the request may have arrived: yes unless it is certain that nothing left."""
    from botocore import exceptions

    unsent = {
        exceptions.ConnectTimeoutError: "timeout while connecting",
        exceptions.EndpointConnectionError: "refused",
        exceptions.ProxyConnectionError: "proxy",
    }
    for kind, words in unsent.items():
        if isinstance(error, kind):
            return words, False
    if isinstance(error, exceptions.ReadTimeoutError):
        return "timeout", True
    if isinstance(error, exceptions.SSLError):
        return "tls", "CERTIFICATE_VERIFY_FAILED" not in str(error)
    return "connection lost", True
