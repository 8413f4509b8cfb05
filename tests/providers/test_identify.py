"""What a value looks like, offline: the table of every shape, and its near misses."""

from __future__ import annotations

import re

import pytest

from irkit.errors import BadInput
from irkit.providers import PROVIDERS, UNKNOWN, identify, provider_named
from irkit.providers.github import checksum

FAKE30 = "visiblyFakeTokenVisiblyFake012"
KEY = "AKIAQVISIBLYFAKE0000"
SECRET = "visiblyFakeSecretKey" * 2

KNOWN = {
    "github classic": (f"ghp_{FAKE30}{checksum(FAKE30)}", "github", "ghp", "", True),
    "github oauth": (f"gho_{FAKE30}{checksum(FAKE30)}", "github", "gho", "", True),
    "github app user": (f"ghu_{FAKE30}{checksum(FAKE30)}", "github", "ghu", "", True),
    "github refresh": (f"ghr_{FAKE30}{checksum(FAKE30)}", "github", "ghr", "", True),
    "github installation": (f"ghs_{FAKE30}{checksum(FAKE30)}", "github", "ghs", "", True),
    "github with a checksum that does not fit": (f"ghp_{FAKE30}000000", "github", "ghp", "", False),
    "github fine-grained": (f"github_pat_{'F' * 22}_{'f' * 59}", "github", "github_pat", "", None),
    "github long installation": ("ghs_1234567_eyJmYWtl.ZmFrZQ.c2ln", "github", "ghs_long", "", None),
    "a token and a line end": (f"ghp_{FAKE30}{checksum(FAKE30)}\n", "github", "ghp", "", True),
    "aws pair": (f"{KEY}:{SECRET}", "aws", "access-key", KEY, None),
    "aws pair with a space": (f"{KEY} {SECRET}", "aws", "access-key", KEY, None),
    "aws console csv": (f"Access key ID,Secret access key\n{KEY},{SECRET}\n", "aws", "access-key", KEY, None),
    "aws credentials file": (
        f"[default]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n",
        "aws",
        "access-key-snippet",
        KEY,
        None,
    ),
    "aws shell exports": (
        f"export AWS_ACCESS_KEY_ID='{KEY}'\nexport AWS_SECRET_ACCESS_KEY='{SECRET}'",
        "aws",
        "access-key-snippet",
        KEY,
        None,
    ),
    "aws json": (
        f'{{"aws_access_key_id": "{KEY}", "aws_secret_access_key": "{SECRET}"}}',
        "aws",
        "access-key-snippet",
        KEY,
        None,
    ),
    "aws temporary": (
        f"ASIA{KEY[4:]}:{SECRET}:visibly-fake-session-token",
        "aws",
        "temporary-key",
        f"ASIA{KEY[4:]}",
        None,
    ),
    "aws key id alone": (KEY, "aws", "access-key-id", KEY, None),
}


@pytest.mark.parametrize("case", KNOWN)
def test_a_credential_is_recognised(case: str) -> None:
    value, *expected = KNOWN[case]
    found = identify(str(value))
    assert [[one.provider, one.shape, one.public_id, one.checked] for one in found] == [expected]


STRANGERS = {
    "a word": "visibly-fake",
    "github prefix, too short": f"ghp_{FAKE30}12345",
    "github prefix, too long": f"ghp_{FAKE30}1234567",
    "github prefix, a character that cannot be": f"ghp_{FAKE30[:-1]}-{checksum(FAKE30)}",
    "github prefix in capitals": f"GHP_{FAKE30}{checksum(FAKE30)}",
    "a token inside a sentence": f"use ghp_{FAKE30}{checksum(FAKE30)} please",
    "aws key id, too short": KEY[:-1],
    "aws prefix in small letters": KEY.lower(),
    "aws secret, too short": f"{KEY}:{SECRET[:-1]}",
    "aws secret alone": SECRET,
    "index prefix, no macaroon": "pypi-" + "A" * 60,
    "an opaque token": "k3yk3yk3yk3yk3yk3yk3yk3yk3yk3y",
    "a book": "A" * 100_000,
    "not ASCII": "é" * 40,
}


@pytest.mark.parametrize("case", STRANGERS)
def test_a_near_miss_is_not_passed_off_as_a_credential(case: str) -> None:
    assert [one for one in identify(STRANGERS[case]) if one.checked is not False] == []


@pytest.mark.parametrize("value", ["", "sh0rt", "1234567", "\n" * 20])
def test_a_value_that_is_too_short_is_refused_and_not_repeated(value: str) -> None:
    with pytest.raises(BadInput, match="too short to be a credential") as caught:
        identify(value)
    assert not value.strip() or value not in str(caught.value)


def test_an_unknown_provider_is_refused_by_a_sentence_that_names_the_known_ones() -> None:
    with pytest.raises(BadInput, match=rf"no such provider \(gihub\): irkit knows {', '.join(sorted(PROVIDERS))}"):
        provider_named("gihub")
    assert provider_named("github") is PROVIDERS["github"]
    assert provider_named("unknown") is UNKNOWN


LOOK_ALIKES = [
    (provider.name, shape.name)
    for provider in PROVIDERS.values()
    for shape in provider.shapes
    if shape.look_alike and not shape.opaque
]


@pytest.mark.parametrize(("provider", "shape"), LOOK_ALIKES)
def test_a_look_alike_is_recognised_and_never_the_same_twice(provider: str, shape: str) -> None:
    made = PROVIDERS[provider].shape_named(shape)
    assert made is not None
    assert made.look_alike is not None
    first, second = made.look_alike(), made.look_alike()
    assert first != second
    found = identify(first)
    assert found[0].provider == provider
    assert found[0].checked is not False


def test_every_shape_names_the_source_of_its_format() -> None:
    for provider in PROVIDERS.values():
        for shape in provider.shapes:
            assert shape.source
            re.compile(shape.pattern)


@pytest.mark.parametrize(
    "hostile",
    ["aws_access_key_id=" * 800, "AKIA" + "A" * 12_000, " " * 16_000 + "x", "pypi-" + "A" * 16_000, "a,b " * 4_000],
)
def test_a_hostile_value_does_not_hold_up_the_recogniser(hostile: str) -> None:
    identify(hostile)  # a pattern that backtracks would not come back
