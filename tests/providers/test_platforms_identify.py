"""What a value of a platform says of itself, read offline."""

from __future__ import annotations

import base64
import json

import pytest

from irkit.providers import PROVIDERS, identify
from tests.providers.platforms import EACH
from tests.providers.proofs import proves


@proves("anthropic", "identify", by="offline")
@proves("buildkite", "identify", by="offline")
@proves("circleci", "identify", by="offline")
@proves("cloudflare", "identify", by="offline")
@proves("crates", "identify", by="offline")
@proves("digitalocean", "identify", by="offline")
@proves("dockerhub", "identify", by="offline")
@proves("doppler", "identify", by="offline")
@proves("heroku", "identify", by="offline")
@proves("huggingface", "identify", by="offline")
@proves("openai", "identify", by="offline")
@proves("tailscale", "identify", by="offline")
@proves("terraform", "identify", by="offline")
@proves("vercel", "identify", by="offline")
@pytest.mark.parametrize(("name", "shape"), [pair for pair in EACH if pair[0] not in ("devpi", "onepassword", "pypi")])
def test_a_prefix_tells_the_issuer_and_a_cut_value_does_not(name: str, shape: str) -> None:
    found = PROVIDERS[name].shape_named(shape)
    assert found is not None
    assert found.look_alike is not None
    if found.opaque:
        return
    value = found.look_alike()
    assert identify(value)[0].provider == name
    assert identify(value)[0].facts
    assert name not in {one.provider for one in identify(value[: len(value) // 3])}
    assert name not in {one.provider for one in identify(f"{value} {value}")}


def test_the_key_id_of_tailscale_stands_in_the_key() -> None:
    value = f"tskey-api-{'kAbCdEf1CNTRL'}-{'0' * 32}"
    (found,) = identify(value)
    assert found.public_id == "kAbCdEf1CNTRL"
    assert dict(found.facts)["key id"] == "kAbCdEf1CNTRL"


@proves("onepassword", "identify", by="offline")
def test_a_service_account_of_1password_names_itself_and_keeps_its_keys() -> None:
    inside = {
        "signInAddress": "example.1password.com",
        "email": "ci@1passwordserviceaccounts.com",
        "muk": "visibly-fake-muk",
        "secretKey": "A3-FAKE",
    }
    value = "ops_" + base64.urlsafe_b64encode(json.dumps(inside).encode()).decode().rstrip("=")
    (found,) = identify(value)
    assert found.public_id == "ci@1passwordserviceaccounts.com"
    assert dict(found.facts)["sign-in address"] == "example.1password.com"
    assert "visibly-fake-muk" not in str(found)
    parts = PROVIDERS["onepassword"].secret_parts
    assert parts is not None
    assert parts(value) == ("visibly-fake-muk", "A3-FAKE")
    assert (
        identify("ops_" + base64.urlsafe_b64encode(b'{"other": "' + b"x" * 60 + b'"}').decode().rstrip("="))[0].checked
        is False
    )
