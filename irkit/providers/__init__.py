"""Who issues credentials, in one table. To add a provider: a file like its neighbours, a line here, a page, a table of cases."""

from __future__ import annotations

import re

from irkit.errors import BadInput
from irkit.needles import MIN_BYTES
from irkit.plan import HumanTask
from irkit.providers.anthropic import ANTHROPIC
from irkit.providers.atlassian import ATLASSIAN
from irkit.providers.aws import AWS
from irkit.providers.azure_app import AZURE_APP
from irkit.providers.buildkite import BUILDKITE
from irkit.providers.circleci import CIRCLECI
from irkit.providers.cloudflare import CLOUDFLARE
from irkit.providers.crates import CRATES
from irkit.providers.datadog import DATADOG
from irkit.providers.devpi import DEVPI
from irkit.providers.digitalocean import DIGITALOCEAN
from irkit.providers.discord import DISCORD
from irkit.providers.dockerhub import DOCKERHUB
from irkit.providers.doppler import DOPPLER
from irkit.providers.etcd import ETCD
from irkit.providers.fastly import FASTLY
from irkit.providers.gcp_api_key import GCP_API_KEY
from irkit.providers.gcp_key import GCP_KEY
from irkit.providers.github import GITHUB
from irkit.providers.github_keys import GITHUB_KEYS
from irkit.providers.gitlab import GITLAB
from irkit.providers.google_oauth import GOOGLE_OAUTH
from irkit.providers.heroku import HEROKU
from irkit.providers.huggingface import HUGGINGFACE
from irkit.providers.interface import Identified, Provider
from irkit.providers.jwt import JWT
from irkit.providers.mailgun import MAILGUN
from irkit.providers.mattermost import MATTERMOST
from irkit.providers.npm import NPM
from irkit.providers.oauth2 import OAUTH2
from irkit.providers.okta import OKTA
from irkit.providers.onepassword import ONEPASSWORD
from irkit.providers.openai import OPENAI
from irkit.providers.postgresql import POSTGRESQL
from irkit.providers.pypi import PYPI
from irkit.providers.redis_acl import REDIS
from irkit.providers.sendgrid import SENDGRID
from irkit.providers.sentry import SENTRY
from irkit.providers.slack import SLACK
from irkit.providers.ssh_key import SSH_KEY
from irkit.providers.stripe import STRIPE
from irkit.providers.tailscale import TAILSCALE
from irkit.providers.telegram import TELEGRAM
from irkit.providers.terraform import TERRAFORM
from irkit.providers.twilio import TWILIO
from irkit.providers.twitch import TWITCH
from irkit.providers.vault import VAULT
from irkit.providers.vercel import VERCEL

__all__ = ["PROVIDERS", "UNKNOWN", "Identified", "Provider", "identify", "provider_named"]

PROVIDERS: dict[str, Provider] = {
    provider.name: provider
    for provider in (
        ANTHROPIC,
        ATLASSIAN,
        AWS,
        AZURE_APP,
        BUILDKITE,
        CIRCLECI,
        CLOUDFLARE,
        CRATES,
        DATADOG,
        DEVPI,
        DIGITALOCEAN,
        DISCORD,
        DOCKERHUB,
        DOPPLER,
        ETCD,
        FASTLY,
        GCP_API_KEY,
        GCP_KEY,
        GITHUB,
        GITHUB_KEYS,
        GITLAB,
        GOOGLE_OAUTH,
        HEROKU,
        HUGGINGFACE,
        JWT,
        MAILGUN,
        MATTERMOST,
        NPM,
        OAUTH2,
        OKTA,
        ONEPASSWORD,
        OPENAI,
        POSTGRESQL,
        PYPI,
        REDIS,
        SENDGRID,
        SENTRY,
        SLACK,
        SSH_KEY,
        STRIPE,
        TAILSCALE,
        TELEGRAM,
        TERRAFORM,
        TWILIO,
        TWITCH,
        VAULT,
        VERCEL,
    )
}

UNKNOWN = Provider(
    name="unknown",
    title="an issuer irkit does not know",
    docs="docs/providers/README.md",
    shapes=(),
    by_hand=HumanTask(
        "Find out who issued the credential, and revoke it there",
        "the issuer's own console",
        (
            "Ask the owner of the place where it was found; look at the code that uses it",
            "Revoke it at the issuer, not only where it is used, and note how that was confirmed",
        ),
    ),
    tested="unverified",
    survives=("whatever was made or opened with the credential: the issuer's documentation says what",),
)
"""Stands in where nothing was recognised, so that the plan still has a step for a person."""

_LONGEST = 16_384  # longer values are files, not credentials


def provider_named(name: str) -> Provider:
    """BadInput, naming those that are known, for any other name."""
    if name == UNKNOWN.name:
        return UNKNOWN
    if name not in PROVIDERS:
        known = ", ".join(sorted(PROVIDERS))
        raise BadInput("there is no such provider", on=name[:40], why=f"irkit knows {known}", do="see docs/providers")
    return PROVIDERS[name]


def identify(value: str) -> tuple[Identified, ...]:
    """What a value looks like, offline, best first: a fitting checksum before none before a wrong one.

    Empty when nothing fits. BadInput when it is too short to be a credential; the value is never repeated.
    """
    text = value.strip("\r\n")
    if len(text.encode("utf-8", "replace")) < MIN_BYTES:
        raise BadInput(
            "this is too short to be a credential",
            on=f"{len(text)} characters",
            why=f"under {MIN_BYTES} it would be found everywhere",
            do="check that the reference points at the whole value",
        )
    if len(text) > _LONGEST:
        return ()
    found = [
        _identified(provider, shape.name, text, shape.check(text) if shape.check else None)
        for provider in PROVIDERS.values()
        for shape in provider.shapes
        if not shape.opaque and re.fullmatch(shape.pattern, text)
    ]
    return tuple(sorted(found, key=lambda one: (True, None, False).index(one.checked)))


def _identified(provider: Provider, shape: str, value: str, checked: bool | None) -> Identified:
    public_id = provider.public_id(value) if provider.public_id else ""
    facts = provider.describe(value) if provider.describe else ()
    return Identified(provider.name, shape, public_id, facts, checked)
