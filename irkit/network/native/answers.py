"""What every protocol's file does with an answer: as JSON, with what is secret hidden."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from irkit.errors import BadInput
from irkit.network.hand import Hand
from irkit.plan import NativeCall
from irkit.providers.interface import Reply


def answered(hand: Hand, status: int, document: Mapping[str, Any]) -> Reply:
    """Where the call makes a fresh credential and was done, it is taken out of the document first."""
    if hand.mints and status == 200:
        hand.take_minted(dict(document))
    redactor = hand.redactor
    return Reply(status, {}, redactor.text(json.dumps(redactor.tree(dict(document)), default=str)))


def refused(hand: Hand, status: int, message: object) -> Reply:
    """401, 403, 404, 409, or 503 for what says nothing of the credential; in the words that came back."""
    return answered(hand, status, {"message": " ".join(str(message).split())[:400]})


def nothing(hand: Hand, failure: object, *, sent: bool) -> Reply:
    return Reply(None, sent=sent, failure=hand.redactor.text(" ".join(str(failure).split()))[:200])


def unknown(call: NativeCall) -> BadInput:
    return BadInput("there is no such operation", on=f"{call.protocol} {call.operation}", do="make the plan again")


def parameter(params: Mapping[str, Any], name: str) -> str:
    """BadInput when a text that the operation needs is not there."""
    value = params.get(name)
    if not isinstance(value, str) or not value or "\0" in value:
        raise BadInput("an operation lacks something", on=name, do="make the plan again")
    return value
