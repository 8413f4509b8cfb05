"""A secret can be used and in no way shown; a reference can be shown and in no way holds a value."""

import copy
import json
import pickle

import pytest

from irkit.errors import BadInput
from irkit.model import Fingerprint, Secret, SecretRef

VALUE = "fake-value-for-tests-0123456789"


@pytest.mark.parametrize(
    "shown",
    [
        repr,
        str,
        "{}".format,
        "{:>40}".format,
        "{!r}".format,
        lambda secret: f"{secret}",
        lambda secret: "%s" % secret,  # noqa: UP031
        lambda secret: repr([secret, {"key": secret}]),
        lambda secret: str(ValueError(secret)),
    ],
)
def test_no_way_of_printing_shows_the_value(shown):
    assert VALUE not in shown(Secret(VALUE))


@pytest.mark.parametrize(
    "copied_out",
    [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, list, len, bytes, lambda secret: secret[0], hash, vars, dict],
)
def test_every_way_of_copying_it_out_is_refused(copied_out):
    with pytest.raises(TypeError) as refused:
        copied_out(Secret(VALUE))
    assert VALUE not in str(refused.value)


def test_comparing_with_text_never_says_yes():
    assert (Secret(VALUE) == VALUE) is False
    assert Secret(VALUE) == Secret(VALUE)
    assert Secret(VALUE) != Secret(VALUE + "x")


def test_the_value_is_there_for_the_moment_of_use():
    assert Secret(VALUE).text() == VALUE
    assert Secret(b"\xff\x00").reveal() == b"\xff\x00"


@pytest.mark.parametrize(
    ("text", "scheme", "rest", "public"),
    [
        ("env:NAME", "env", "NAME", False),
        ("file:/a/b c:d", "file", "/a/b c:d", False),
        ("fd:3", "fd", "3", False),
        ("prompt:Old token", "prompt", "Old token", False),
        ("keyring:service/user", "keyring", "service/user", False),
        ("id:AKIAIOSFODNN7EXAMPLE", "id", "AKIAIOSFODNN7EXAMPLE", True),
        ("gpg:0123456789ABCDEF", "gpg", "0123456789ABCDEF", True),
    ],
)
def test_references_are_read_as_written(text, scheme, rest, public):
    ref = SecretRef.parse(text)
    assert (ref.scheme, ref.rest, ref.is_public, str(ref)) == (scheme, rest, public, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        VALUE,
        "ghp_" + "FAKE" * 9,
        "env:",
        "fd:three",
        "keyring:service",
        "vault:x",
        "control:github/pat",
        "https://x/y",
    ],
)
def test_what_is_no_reference_is_refused_without_repeating_it(text):
    with pytest.raises(BadInput) as refused:
        SecretRef.parse(text)
    assert len(text) < 8 or text not in str(refused.value)


def test_a_fingerprint_depends_on_the_case_and_on_the_value():
    one, other = b"k" * 32, b"o" * 32
    same = Fingerprint.of(Secret(VALUE), one)
    assert same == Fingerprint.of(Secret(VALUE), one)
    assert same != Fingerprint.of(Secret(VALUE), other)
    assert same != Fingerprint.of(Secret(VALUE + "x"), one)
    assert VALUE not in repr(same)


def test_a_guessable_case_key_is_refused():
    with pytest.raises(BadInput):
        Fingerprint.of(Secret(VALUE), b"short")
