"""Which hosts and mail domains are the team's own, by what the journal and the evidence name. Pure.

A host is ours when evidence names it and it is no public service's: whoever types it in a text for customers tells them of the inside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from irkit.model import Kind
from irkit.postmortem.story import Story
from irkit.postmortem.writing.blameless import known_names
from irkit.postmortem.writing.people import People


@dataclass(frozen=True)
class Ours:
    """In lower case. Under each of `hosts` everything is inside; at each of `domains` people of the case have their mail.

    `public` are mail addresses that a key bears for everybody to read.
    """

    hosts: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    public: frozenset[str] = frozenset()


NOTHING = Ours()

_SERVICES = frozenset({
    "1password.com", "amazon.com", "amazonaws.com", "anthropic.com", "apple.com", "atlassian.com", "atlassian.net", "azure.com",
    "bitbucket.org", "buildkite.com", "circleci.com", "claude.com", "cloudflare.com", "crates.io", "datadoghq.com", "datadoghq.eu",
    "debian.org", "digitalocean.com", "discord.com", "docker.com", "docker.io", "doppler.com", "etcd.io", "fastly.com", "first.org",
    "github.com", "githubusercontent.com", "gitlab.com", "google.com", "googleapis.com", "hashicorp.com", "heroku.com",
    "huggingface.co", "mailgun.com", "mailgun.net", "microsoft.com", "microsoftonline.com", "mit.edu", "mozilla.org", "nist.gov",
    "npmjs.com", "npmjs.org", "okta.com", "openai.com", "openpgp.org", "postgresql.org", "pypi.org", "python.org", "readthedocs.io",
    "redis.io", "rust-lang.org", "sendgrid.com", "sentry.io", "sequoia-pgp.org", "sigstore.dev", "slack.com", "stripe.com",
    "tailscale.com", "telegram.org", "terraform.io", "twilio.com", "twitch.tv", "ubuntu.com", "vaultproject.io", "vercel.com",
    "windows.net",
})  # fmt: skip
"""Where everybody is: that a case was there tells nothing of the inside. Deeper names below them may be a team's own."""

_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://(?:[^\s/@\"'<>]*@)?([\w.-]+)", re.IGNORECASE)
_REMOTE = re.compile(r"(?<![\w.])[\w.-]+@([\w-]+(?:\.[\w-]+)+):", re.IGNORECASE)  # git@host:path
_NAME = re.compile(r"[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)*\.?", re.IGNORECASE)
_LONGEST = 254
_ADDRESS = re.compile(r"[\d.]+")
_MAIL = re.compile(r"[\w.+%-]+@([\w-]+(?:\.[\w-]+)*)")
_HOSTS = frozenset({"host", "hosts", "hostname", "machine", "node", "server"})
_PLACES = frozenset({"place", "base", "where", "location"})
"""Fields whose whole value is the name of a host; and those in which it may be one, if it has a dot in it."""
_SAID = frozenset({Kind.NOTE, Kind.HUMAN_DONE, Kind.CLOSED, Kind.LEFT, Kind.MILESTONE})
"""Records of what people said in words: no evidence of where anything is."""
_FOREIGN = frozenset({"agents", "agent", "page", "docs", "why"})


def ours(story: Story, people: People) -> Ours:
    """From records, occurrences, usage and plans; and from the names of people."""
    bodies = [record.body for record in story.readable if record.kind not in _SAID]
    bodies += [*(located for _, located in story.located), *(usage.document for usage in story.usages.values())]
    uids = [uid.lower() for one in story.credentials for uid in getattr(one, "user_ids", ())]
    front = people.front
    team = (*known_names(story), front.owner, *front.roles.model_dump().values())
    public = frozenset(found[0] for uid in uids for found in _MAIL.finditer(uid))
    domains = frozenset(
        found[1].lower() for name in team if name for found in _MAIL.finditer(name) if found[0].lower() not in public
    )
    known = set(_hosts(bodies)) - {one.partition("@")[2] for one in public}
    return Ours(frozenset(top for host in known if _inside(host) for top in _tops(host)), domains, public)


def _hosts(bodies: Iterable[Any]) -> Iterator[str]:
    """The hosts in every text of such values. Evidence says the same many times over: each text is looked at once."""
    texts, names = set[str](), set[str]()
    left: list[tuple[str, Any]] = [("", body) for body in bodies]
    while left:
        field, value = left.pop()
        if isinstance(value, str):
            (names if field in _HOSTS or (field in _PLACES and "." in value) else texts).add(value)
        elif isinstance(value, Mapping):
            texts.update(map(str, value))
            left += [(name, item) for name, item in value.items() if name not in _FOREIGN]
        elif isinstance(value, list | tuple):
            left += [(field, item) for item in value]
    found = [one[1] for text in texts | names if "@" in text or "://" in text for one in _named(text)]
    found += [name for name in names if len(name) < _LONGEST and _NAME.fullmatch(name)]
    yield from (one.rstrip(".").lower() for one in found)


def _named(text: str) -> Iterator[re.Match[str]]:
    yield from _URL.finditer(text)
    yield from _REMOTE.finditer(text)


def _inside(host: str) -> bool:
    """Whether the name tells of the inside: no address, no public service, and of one label only what no word of prose is."""
    labels = host.split(".")
    if _ADDRESS.fullmatch(host) or len(host) < 3:
        return False
    if len(labels) == 1:
        return bool(re.search(r"\d|-", host)) and not host.isdigit()
    return not (".".join(labels[-2:]) in _SERVICES and len(labels) <= 3)


def _tops(host: str) -> Iterator[str]:
    """The host; and the domain that it shares with others of its kind, where that is not what the whole world knows the team by."""
    yield host
    _, _, domain = host.partition(".")
    if domain.count(".") >= 2 and ".".join(domain.split(".")[-2:]) not in _SERVICES:
        yield domain
