"""What once ended in a traceback, or never: each is read or refused with a sentence."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from irkit.errors import BadInput
from irkit.needles import token_needles
from irkit.openpgp import packets
from irkit.redact import Hidden, Redactor
from irkit.sources.clocks.read import without_secrets
from tests.fuzz.table import target
from tests.fuzz.targets.records import DIGEST
from tests.fuzz.targets.repositories import REPOMD

DEEP = "[" * 100_000
DIGITS = "9" * 5000  # more than Python makes a number of
EARLY = "0001-01-01T00:00:00+23:59"  # in UTC it is in the year 0

PACKETS = {
    "a version 4 key longer than its fingerprint can count": packets.framed(
        packets.PUBLIC_KEY, b"\x04\x60\0\0\0\x01\0\x08\xff\0\x08\xff" + bytes(70_000)
    ),
}
PLAYBOOKS = {
    "a date that is none": "name: 2026-13-45",
    "a zone that is none": "a: 2026-01-01T00:00:00+99:99",
    "a tag that does not fit": "name: !!timestamp never",
    "an empty number": "name: !!int ''",
    "a word for a number": "a: !!float x",
    "a word for yes or no": "a: !!bool x",
    "a number of many digits": f"name: {DIGITS}",
    "TOML with a number of many digits": f"a = {DIGITS}",
    "TOML nested deeply": "a = " + DEEP,
    "TOML of tables nested deeply": "a = " + "{a=" * 5000,
    "not UTF-8": b"\xff\xfe",
}


def notebook(cell: Any) -> str:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]})


def parameters(source: Any) -> str:
    return notebook({"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": source, "outputs": []})


NOTEBOOKS = {
    "nested deeply": DEEP,
    "a cell that is no object": notebook(5),
    "metadata that is none": notebook({"metadata": 5}),
    "tags that are a number": notebook({"metadata": {"tags": 5}}),
    "no tags": notebook({"metadata": {"tags": None}}),
    "parameters without source": notebook({"metadata": {"tags": ["parameters"]}}),
    "a source of numbers": notebook({"metadata": {"tags": ["parameters"]}, "source": [1]}),
    "a source of lists": parameters(["a = 1\n", ["b"]]),
    "an output of numbers": notebook({"source": [1], "outputs": [{"output_type": "stream", "text": [1]}]}),
    "an output nested deeply": notebook({"outputs": json.loads("[" * 900 + "]" * 900)}),
    "a NUL": parameters("a = '\0'"),
    "half a character": parameters("a = 'x\ud800'"),
    "no end": parameters("a = '''"),
    "a key that is a list": parameters("a = {[]: 1}"),
    "signs nested deeply": parameters("a = " + "-" * 50_000 + "1"),
    "sums nested deeply": parameters("a = " + "1+" * 20_000 + "1"),
    "a type nested deeply": parameters("a: " + "x." * 20_000 + "y = 1"),
}


def logged(body: str) -> dict[str, Any]:
    """An entry of Rekor."""
    return {"uuid": {"integratedTime": 1, "body": base64.b64encode(body.encode()).decode()}}


ANSWERS = {
    "releases that are a list": {"urls": [], "releases": [1]},
    "a release that is a number": {"urls": [], "releases": {"1": 5}},
    "assets that are a number": [{"assets": 5}],
    "a time before the first year": {
        "urls": [{"filename": "a", "digests": {"sha256": DIGEST}, "upload_time_iso_8601": EARLY}]
    },
    "a body nested deeply": logged(DEEP),
}
RECORDS = {**{name: json.dumps(answer) for name, answer in ANSWERS.items()}, "a clock nested deeply": DEEP}


def repomd(kind: str = "sha256", place: str = "repodata/primary.xml") -> str:
    return REPOMD.format(kind=kind, digest=DIGEST, place=place)


REPOSITORIES = {
    "a size in another script": f"SHA256:\n {DIGEST} \u00b2 a\n",
    "a size of many digits": f"SHA256:\n {DIGEST} {DIGITS} a\n",
    "an encoding that is not read": repomd().replace("?>", ' encoding="utf-7"?>', 1),
    "an encoding that nobody knows": repomd().replace("?>", ' encoding="nope"?>', 1),
    "a checksum of no length": repomd("shake_128"),
    "a path that is too long": repomd(place="repodata/" + "a" * 300),
    "damaged gzip": b"\x1f\x8b\x08\0\0\0\0\0\0\0\xff",
    "damaged zstd": b"\x28\xb5\x2f\xfd\x04xxxx",
}
PLAN = '{"case_id":"c","chapter":"revoke","author":"a","actions":[],"approvals_valid_h":%s}'
OUTCOME = '{"action":"a","ended":"done","why":"","at":{"at":"%s","clock":"aware","source":"s","trust":"ours"}}'
PLANS = {
    "nested deeply": '{"plan":' + DEEP,
    "approvals that count for ever": PLAN % "1e999",
    "approvals that count for no time": PLAN % "NaN",
    "an outcome before the first year": OUTCOME % EARLY,
}

CASES = [
    (name, case, data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"))
    for name, cases in {
        "packets": PACKETS, "playbooks": PLAYBOOKS, "notebooks": NOTEBOOKS, "records": RECORDS, "repositories": REPOSITORIES,
        "plans": PLANS,
    }.items()
    for case, data in cases.items()
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "data"), [(name, data) for name, _, data in CASES], ids=[f"{one[0]}: {one[1]}" for one in CASES]
)
def test_it_is_read_or_refused(name: str, data: bytes) -> None:
    target(name).one(data)


def test_a_tree_that_holds_itself_is_refused() -> None:
    redactor = Redactor([Hidden("fp:fake", token_needles(b"FAKEtokenFAKEtoken"))])
    circle: list[Any] = ["FAKEtokenFAKEtoken"]
    circle.append(circle)
    with pytest.raises(BadInput, match="too deeply"):
        redactor.tree(circle)


def test_an_answer_too_deep_to_be_kept_without_its_secrets_is_refused() -> None:
    with pytest.raises(BadInput, match="too deeply"):
        without_secrets(json.loads('{"secret":"FAKE","a":' * 495 + "1" + "}" * 495))
