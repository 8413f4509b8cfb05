"""GitHub: fine-grained tokens with access to an organisation, app installations, deploy keys, and secrets of Actions (of repositories,
their environments, the organisation) and of Dependabot by their names.

https://docs.github.com/rest/orgs/personal-access-tokens (a GitHub App asks; nobody else may), https://docs.github.com/rest/orgs/orgs,
https://docs.github.com/rest/deploy-keys/deploy-keys, https://docs.github.com/rest/actions/secrets,
https://docs.github.com/rest/dependabot/secrets, https://docs.github.com/rest/deployments/environments

Options: `organisation`, `repositories` (OWNER/REPO, comma-separated; `repository` counts as well). Classic tokens are listed nowhere but in
an Enterprise Cloud's credential authorizations, which are not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from irkit.errors import BadInput
from irkit.model import Held
from irkit.plan import Ask, Call
from irkit.providers.github_calls import as_responder, part, repository_path
from irkit.providers.interface import Reply, Setting
from irkit.providers.inventory.interface import (
    PAGE,
    Listed,
    Listing,
    entries,
    full,
    instant,
    moment,
    nobody_asks,
    not_named,
    places,
    refused,
    strangers,
    words,
)  # fmt: skip

_FIRST = (("per_page", str(PAGE)), ("page", "1"))
_LISTS = ("installations", "secrets", "environments")
_TESTED = "contract: @octokit/openapi, and a stateful loopback server; github.com itself: unverified"


def following(asked: Ask, reply: Reply) -> Ask | None:
    """The next page, by its number: an address that a reply names is never followed."""
    more = 'rel="next"' in reply.headers.get("link", "") or (reply.status == 200 and full(reply, *_LISTS))
    if not isinstance(asked, Call) or not more:
        return None
    query = dict(asked.query)
    return replace(asked, query=tuple((query | {"page": str(int(query.get("page", "1")) + 1)}).items()))


def _of_organisation(path: str) -> Callable[[Setting], tuple[Ask, ...]]:
    def ask(setting: Setting) -> tuple[Ask, ...]:
        found = [_call(setting, f"/orgs/{part(name)}/{path}", name) for name in places(setting, "organisation")]
        if not found:
            raise not_named("github", "organisation", "the organisation")
        return tuple(found)

    return ask


def _of_repositories(path: str) -> Callable[[Setting], tuple[Ask, ...]]:
    def ask(setting: Setting) -> tuple[Ask, ...]:
        named = places(setting, "repositories", "repository")
        if not named:
            raise not_named("github", "repositories", "a repository")
        if odd := [name for name in named if not all(name.partition("/")) or name.count("/") != 1]:
            raise BadInput(
                "a repository is not named in full",
                on=", ".join(odd),
                do="write it as OWNER/REPO under [providers.github.options]",
            )
        return tuple(_call(setting, f"/repos/{repository_path(name)}/{path}", name) for name in named)

    return ask


def _call(setting: Setting, path: str, about: str) -> Call:
    call = as_responder(setting, "GET", path, query=_FIRST, about=about)
    if call is None:
        raise nobody_asks("github")
    return call


def _reader(name: str, held: Callable[[Mapping[str, Any], str], Held]) -> Callable[[Reply], Listed]:
    """`name` is the field of the answer that holds the list, "" when the answer is the list."""

    def read(reply: Reply) -> Listed:
        document = reply.json()
        found = document.get(name) if name and isinstance(document, dict) else document
        if reply.status != 200 or not isinstance(found, list):
            return Listed(problem=refused("GitHub", reply))
        return Listed(tuple(held(one, reply.about) for one in entries(found)), strangers(found), total=_total(document))

    return read


def _total(document: Any) -> int | None:
    total = document.get("total_count") if isinstance(document, dict) else None
    return total if isinstance(total, int) else None


def _token(one: Mapping[str, Any], organisation: str) -> Held:
    """The organisation learns of a token when it is let in, not when it was made."""
    owner = one.get("owner")
    login = words(owner.get("login")) if isinstance(owner, dict) else ""
    bot = login.endswith("[bot]")
    return Held(
        "github",
        "fine-grained token",
        f"{organisation}/{words(one.get('token_id') or one.get('id'))}",
        words(one.get("token_name")),
        login,
        "automation" if bot else "unknown",
        "its owner is a bot" if bot else "",
        _permissions(one.get("permissions")),
        there_since=instant(one.get("access_granted_at")),
        last_used=moment(one["token_last_used_at"], "never") if "token_last_used_at" in one else None,
        expires=moment(one["token_expires_at"], "never") if "token_expires_at" in one else None,
        active=None if one.get("token_expired") is None else not one["token_expired"],
    )


def _permissions(value: Any) -> tuple[str, ...] | None:
    """`{"repository": {"contents": "read"}}` as `contents:read`; None where none are told."""
    if not isinstance(value, dict):
        return None
    flat = [value] if value and not any(isinstance(one, dict) for one in value.values()) else [
        one for one in value.values() if isinstance(one, dict)
    ]  # fmt: skip
    return tuple(f"{name}:{level}" for group in flat for name, level in group.items() if isinstance(level, str))


def _installation(one: Mapping[str, Any], organisation: str) -> Held:
    """An installation holds no secret: the app's own key makes tokens for it that live for an hour."""
    return Held(
        "github", "app installation", f"{organisation}/{words(one.get('id'))}", words(one.get("app_slug")), "",
        "automation", "an app is nobody's account", _permissions(one.get("permissions")), created=moment(one.get("created_at")),
        active=one.get("suspended_at") is None, short_lived=True,
    )  # fmt: skip


def _deploy_key(one: Mapping[str, Any], repository: str) -> Held:
    scope = ("read",) if one.get("read_only") is True else ("read", "push") if one.get("read_only") is False else None
    return Held(
        "github", "deploy key", f"{repository}/{words(one.get('id'))}", words(one.get("title")), words(one.get("added_by")),
        "automation", "a deploy key belongs to a repository", scope, created=moment(one.get("created_at")),
        last_used=moment(one.get("last_used"), "never") if "last_used" in one else None, expires="never",
        active=one.get("enabled") if isinstance(one.get("enabled"), bool) else None,
    )  # fmt: skip


def _secret(store: str, by: str = "workflows read it") -> Callable[[Mapping[str, Any], str], Held]:
    """A secret is known by its name and by when it was put there; whose credential it is, GitHub does not say."""

    def held(one: Mapping[str, Any], place: str) -> Held:
        name = words(one.get("name"))
        return Held(
            store, "CI secret", f"{place}/{name}", name, "", "automation", by, None,
            there_since=instant(one.get("updated_at")), stored=(f"{store}:{place}/{name}",),
        )  # fmt: skip

    return held


def _of_environment(setting: Setting, name: str) -> Call:
    """`name` is OWNER/REPO/ENVIRONMENT, and an environment's name may hold a slash."""
    owner, repository, environment = name.split("/", 2)
    path = f"/repos/{repository_path(f'{owner}/{repository}')}/environments/{part(environment)}/secrets"
    return _call(setting, path, name)


def read_environments(reply: Reply) -> Listed:
    """A page of environments names them; of each the secrets are looked up, a hundred at most."""
    document = reply.json()
    if reply.status != 200 or not isinstance(document, dict):
        return Listed(problem=refused("GitHub", reply))
    if isinstance(document.get("environments"), list):
        found = document["environments"]
        named = tuple(f"{reply.about}/{words(one.get('name'))}" for one in entries(found))
        return Listed((), strangers(found), named, _total(document))
    page = _ENVIRONMENT_SECRET(reply)
    total = _total(document)
    if total is not None and total > len(page.held):
        return replace(page, problem=f"{total} secrets are there, and {len(page.held)} were read")
    return page


def _listing(
    what: str, page: str, ask: Callable[[Setting], tuple[Ask, ...]], read: Callable[[Reply], Listed]
) -> Listing:
    return Listing("github", what, f"https://docs.github.com/rest/{page}", _TESTED, ask, read, following)


_TOKENS = _of_organisation("personal-access-tokens")
_APPS = _of_organisation("installations")
_SECRETS_OF_ALL = _of_organisation("actions/secrets")
_KEYS = _of_repositories("keys")
_SECRETS = _of_repositories("actions/secrets")
_ENVIRONMENTS = _of_repositories("environments")
_DEPENDABOT = _of_repositories("dependabot/secrets")
_DEPENDABOT_OF_ALL = _of_organisation("dependabot/secrets")
_ENVIRONMENT_SECRET = _reader("secrets", _secret("github-environment"))
_DEPENDABOT_SECRET = _reader("secrets", _secret("github-dependabot", "Dependabot reads it"))
_ORG_DEPENDABOT_SECRET = _reader("secrets", _secret("github-dependabot-org", "Dependabot reads it"))
_ORG_SECRET = _reader("secrets", _secret("github-org"))
_REPOSITORY_SECRET = _reader("secrets", _secret("github-actions"))

LISTINGS = (
    _listing("fine-grained tokens of the organisation", "orgs/personal-access-tokens", _TOKENS, _reader("", _token)),
    _listing("app installations of the organisation", "orgs/orgs", _APPS, _reader("installations", _installation)),
    _listing("deploy keys of repositories", "deploy-keys/deploy-keys", _KEYS, _reader("", _deploy_key)),
    _listing("Actions secrets of the organisation", "actions/secrets", _SECRETS_OF_ALL, _ORG_SECRET),
    _listing("Actions secrets of repositories", "actions/secrets", _SECRETS, _REPOSITORY_SECRET),
    replace(
        _listing("Actions secrets of environments", "deployments/environments", _ENVIRONMENTS, read_environments),
        each=_of_environment,
    ),
    _listing(
        "Dependabot secrets of the organisation", "dependabot/secrets", _DEPENDABOT_OF_ALL, _ORG_DEPENDABOT_SECRET
    ),
    _listing("Dependabot secrets of repositories", "dependabot/secrets", _DEPENDABOT, _DEPENDABOT_SECRET),
)
