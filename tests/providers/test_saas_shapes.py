"""What the credentials of services on the net say of themselves, offline: ids, organizations, times, kinds; and near misses."""

from __future__ import annotations

import base64
import json

import pytest

from irkit.providers import PROVIDERS, identify
from irkit.providers.atlassian import checksum
from irkit.sources.alerts.pasted import tokens_in
from tests.providers.proofs import proves

FAKE = "visiblyFake0" * 20  # cut to the length that a format wants
HEX = "0123456789abcdef" * 8


def encoded(document: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


CLAIMS = {
    "iss": "https://id.example",
    "aud": "api",
    "exp": 1772366400,
    "iat": 1772362800,
    "jti": "j-1",
    "scope": "read",
}
JWT = f"{encoded({'alg': 'RS256', 'kid': 'k-1'})}.{encoded(CLAIMS)}.{FAKE[:40]}"
SAID = {"iat": 1.0, "url": "https://sentry.example", "region_url": "https://de.sentry.example", "org": "acme"}
SENTRY = base64.b64encode(json.dumps(SAID).encode()).decode()
ATLASSIAN = f"ATATT3xFfGF0{FAKE[:171]}="
BOT = base64.urlsafe_b64encode(b"123456789012345678").decode().rstrip("=")

KNOWN = {
    "slack bot": ("-".join(("xoxb", "012345678901", "0123456789012", FAKE[:24])), "slack", "slack-bot", "", None, {"kind": "bot token"}),
    "slack user": ("-".join(("xoxp", "012345678901", "012345678901", "0123456789012", HEX[:32])), "slack", "slack-user", "", None, {}),
    "slack app": ("-".join(("xapp", "1", "A0FAKE00000", "0123456789012", HEX[:64])), "slack", "slack-app", "A0FAKE00000", None, {}),
    "slack with rotation": (f"xoxe.xoxp-1-{FAKE[:166]}", "slack", "slack-expiring", "", None, {}),
    "slack refresh": (f"xoxe-1-{FAKE[:146]}", "slack", "slack-refresh", "", None, {}),
    "slack legacy": ("-".join(("xoxs", "01234567890", "01234567890", "01234567890", HEX[:32])), "slack", "slack-legacy", "", None, {}),
    "slack webhook": (
        "/".join(("https://hooks.slack.com/services", "T0FAKE000", "B0FAKE000", FAKE[:24])),
        "slack", "slack-webhook", "B0FAKE000", None, {"workspace": "T0FAKE000"},
    ),
    "sendgrid": (".".join(("SG", FAKE[:22], FAKE[:43])), "sendgrid", "sendgrid-key", FAKE[:22], None, {"key id": FAKE[:22]}),
    "mailgun": ("-".join((HEX[:32], HEX[:8], HEX[8:16])), "mailgun", "mailgun-key", f"{HEX[:8]}-{HEX[8:16]}", None, {"kind": "API key"}),
    "mailgun primary": (f"key-{HEX[:32]}", "mailgun", "mailgun-primary", "", None, {"kind": "primary key"}),
    "twilio key": (f"SK{HEX[:32]}:{FAKE[:32]}", "twilio", "twilio-api-key", f"SK{HEX[:32]}", None, {}),
    "twilio auth token": (f"AC{HEX[:32]}:{HEX[:32]}", "twilio", "twilio-auth-token", f"AC{HEX[:32]}", None, {"account": f"AC{HEX[:32]}"}),
    "stripe live": ("_".join(("sk", "live", FAKE[:24])), "stripe", "stripe-secret-live", "", None, {"mode": "live"}),
    "stripe restricted": ("_".join(("rk", "test", FAKE[:99])), "stripe", "stripe-restricted-test", "", None, {"kind": "restricted key"}),
    "stripe signing secret": ("_".join(("whsec", FAKE[:32])), "stripe", "stripe-webhook-secret", "", None, {}),
    "datadog application": (f"ddapp_{FAKE[:34]}", "datadog", "datadog-app-key", "", None, {"kind": "application key"}),
    "atlassian": (ATLASSIAN + checksum(ATLASSIAN), "atlassian", "atlassian-token", "", True, {}),
    "atlassian, mistyped": (f"{ATLASSIAN}00000000", "atlassian", "atlassian-token", "", False, {}),
    "okta": (f"00{FAKE[:40]}", "okta", "okta-token", "", None, {}),
    "telegram": (f"1234567890:AA{FAKE[:33]}", "telegram", "telegram-bot", "1234567890", None, {"bot": "1234567890"}),
    "discord bot": (f"{BOT}.{FAKE[:6]}.{FAKE[:38]}", "discord", "discord-bot", "123456789012345678", True, {}),
    "discord webhook": (
        f"https://discord.com/api/webhooks/123456789012345678/{FAKE[:68]}",
        "discord", "discord-webhook", "123456789012345678", None, {"webhook id": "123456789012345678"},
    ),
    "sentry organization": (f"sntrys_{SENTRY}_{FAKE[:43]}", "sentry", "sentry-org", "", True, {"organization (as the token says)": "acme"}),
    "sentry user": (f"sntryu_{HEX[:64]}", "sentry", "sentry-user", "", None, {"kind": "token of a user"}),
    "sentry integration": (f"sntryi_{HEX[:64]}", "sentry", "sentry-integration", "", None, {}),
    "vault service": (f"hvs.{FAKE[:91]}", "vault", "vault-service", "", None, {"kind": "service token"}),
    "vault batch": (f"hvb.{FAKE[:138]}", "vault", "vault-batch", "", None, {"kind": "batch token"}),
    "vault recovery": (f"hvr.{FAKE[:24]}", "vault", "vault-recovery", "", None, {"kind": "recovery token"}),
    "vault of old": (f"s.{FAKE[:24]}", "vault", "vault-old", "", None, {"kind": "service token (before 1.10)"}),
    "jwt": (
        JWT, "jwt", "jwt", "j-1", True,
        {"issuer (as the token says)": "https://id.example", "key id (kid)": "k-1", "expires": "2026-03-01T12:00:00Z", "scope": "read"},
    ),
}  # fmt: skip


@proves("slack", "identify", by="offline")
@proves("sendgrid", "identify", by="offline")
@proves("mailgun", "identify", by="offline")
@proves("twilio", "identify", by="offline")
@proves("stripe", "identify", by="offline")
@proves("datadog", "identify", by="offline")
@proves("atlassian", "identify", by="offline")
@proves("okta", "identify", by="offline")
@proves("telegram", "identify", by="offline")
@proves("discord", "identify", by="offline")
@proves("sentry", "identify", by="offline")
@proves("vault", "identify", by="offline")
@proves("jwt", "identify", "scope", by="offline")
@pytest.mark.parametrize("case", KNOWN)
def test_a_credential_is_recognised_and_read(case: str) -> None:
    value, *expected, facts = KNOWN[case]
    found = identify(value)
    assert [[one.provider, one.shape, one.public_id, one.checked] for one in found] == [expected]
    said = dict(found[0].facts)
    assert {name: said.get(name) for name in facts} == facts
    assert not any(value in words for words in said.values())


@pytest.mark.parametrize("case", [case for case, known in KNOWN.items() if known[4] is not False])
def test_a_credential_is_found_in_a_pasted_text(case: str) -> None:
    value = KNOWN[case][0]
    assert tokens_in(f"please look at {value} today") == [value]
    assert tokens_in(f'export TOKEN="{value}"') == [value]
    assert tokens_in(f"TOKEN={value}") == [value]


STRANGERS = {
    "slack, too short": "-".join(("xoxb", "012345678901", FAKE[:10])),
    "slack, another host": "/".join(("https://hooks.example.com/services", "T0FAKE000", "B0FAKE000", FAKE[:24])),
    "slack webhook with more behind": "/".join(
        ("https://hooks.slack.com/services", "T0FAKE000", "B0FAKE000", FAKE[:24], "..", "x")
    ),
    "sendgrid, too long": ".".join(("SG", FAKE[:22], FAKE[:44])),
    "a uuid": "01234567-89ab-cdef-0123-456789abcdef",
    "a git commit": HEX[:40],
    "a digest": HEX[:64],
    "md5": HEX[:32],
    "telegram, too long": f"1234567890:{FAKE[:36]}",
    "discord, no id in it": f"{FAKE[:24]}.{FAKE[:6]}.{FAKE[:38]}",
    "discord, another host": f"https://discord.example/api/webhooks/123456789012345678/{FAKE[:68]}",
    "sentry, says nothing": f"sntrys_{FAKE[:60]}_{FAKE[:43]}",
    "a stripe publishable key": "_".join(("pk", "live", FAKE[:24])),
    "a jwt without an algorithm": f"{encoded({'typ': 'JWT'})}.{encoded(CLAIMS)}.{FAKE[:40]}",
    "a jwt that is not JSON": f"eyJ{FAKE[:20]}.eyJ{FAKE[:20]}.{FAKE[:40]}",
    "vault, too short": f"hvs.{FAKE[:12]}",
}


@pytest.mark.parametrize("case", STRANGERS)
def test_a_near_miss_is_not_passed_off_as_a_credential(case: str) -> None:
    assert [one for one in identify(STRANGERS[case]) if one.checked is not False] == []


def test_atlassians_checksum_is_crc32_of_all_before_it() -> None:
    assert checksum("123456789") == "CBF43926"  # the check value of CRC-32 in every catalogue of checksums


@pytest.mark.parametrize("exp", [10**30, -(10**30), "soon", None, [1], float("inf")])
def test_a_time_that_is_none_is_said_to_be_not_understood(exp: object) -> None:
    token = f"{encoded({'alg': 'none'})}.{encoded({'exp': exp})}."
    describe = PROVIDERS["jwt"].describe
    assert describe is not None
    assert dict(describe(token))["expires"].startswith("not understood")


def test_a_jwt_whose_time_is_over_is_not_called_dead_by_anybody() -> None:
    jwt = PROVIDERS["jwt"]
    old = f"{encoded({'alg': 'none'})}.{encoded({'exp': 0})}."
    assert dict(identify(old)[0].facts)["expires"] == "1970-01-01T00:00:00Z"
    assert jwt.steps == ()
    assert any("no proof" in step for step in jwt.by_hand.steps)


@pytest.mark.parametrize(
    "text", ["", "look:\n\nsorry", "a.b.c", "https://example.org/a/b", "x:y", "key = 'value'\n" * 9]
)
@pytest.mark.parametrize("name", [name for name, provider in PROVIDERS.items() if provider.secret_parts])
def test_any_text_at_all_has_no_secret_parts(name: str, text: str) -> None:
    parts = PROVIDERS[name].secret_parts  # asked of whole reports too
    assert parts is not None
    assert parts(text) == ()


def test_the_parts_that_are_secret_alone_are_named() -> None:
    for case in ("slack webhook", "sendgrid", "twilio key", "telegram", "discord webhook"):
        value, name, *_ = KNOWN[case]
        parts = PROVIDERS[str(name)].secret_parts
        assert parts is not None
        (part,) = parts(str(value))
        assert str(value).endswith(part)
        assert len(part) >= 24
