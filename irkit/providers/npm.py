"""npm registries: access tokens of the public registry's form, and those of a registry of one's own.

Calls: npm's own client (https://github.com/npm/npm-profile/blob/latest/lib/index.js), which registries imitate. Token format:
https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/ ; its checksum is that of GitHub's tokens.
The registry's address is the one that your own npm configuration names; none is written here.
"""

from __future__ import annotations

from collections.abc import Mapping

from irkit.errors import NotAvailable
from irkit.model import State
from irkit.plan import Auth, Call, HumanTask, Json
from irkit.providers.calls import random_text
from irkit.providers.github import checksum
from irkit.providers.interface import (
    LookUp,
    Made,
    Need,
    Provider,
    Reading,
    Replacement,
    Reply,
    Setting,
    Shape,
    Step,
    Survivors,
    Target,
)
from irkit.providers.replies import accepted_by, message_of
from irkit.providers.usual import bearer, filled, inside, listed, made_by, probe, undone_by

_FORMAT = "https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/"
_TOKENS = "/-/npm/v1/tokens"

BY_HAND = HumanTask(
    "Delete the token in the registry's account settings",
    "the npm registry's account settings, access tokens",
    (
        "Sign in as the token's owner and delete the token; `npm token list` and `npm token revoke KEY` do the same",
        "Where the account asks for a one-time password, only its owner can do this",
        "Compare the versions published since the exposure began with your own builds, and deprecate what is not yours",
        "Replace it by trusted publishing (OIDC), which leaves no token to leak",
    ),
)


def _checks(value: str) -> bool:
    return checksum(value[4:-6]) == value[-6:]


def _look_alike() -> str:
    entropy = random_text(30)
    return f"npm_{entropy}{checksum(entropy)}"


def read_standing(reply: Reply) -> Reading:
    """Judged by the body: some registries answer 200 to a token that they do not know, with nobody's name in it."""
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    if not isinstance(document, dict):
        return Reading(State.UNKNOWN, f"{reply.status} without JSON: this was not the npm registry answering")
    if reply.status == 200 and document.get("username"):
        return Reading(State.ALIVE, f"the registry answered 200 as {document['username']!s:.60}")
    if reply.status == 200 and not document:
        return Reading(State.DEAD, "the registry answered 200 and knows nobody by it")
    message = message_of(document)
    if reply.status == 401 or (reply.status == 403 and message == "unauthorized access"):
        return Reading(State.DEAD, f"the registry answered {reply.status}: {message}")
    return Reading(State.UNKNOWN, f"the registry answered {reply.status}: {message}")


def responder_of(setting: Setting) -> Auth | None:
    """A token of the responder's, or with the option `user` that user's password. None when nobody can act."""
    if setting.responder is None or not setting.base:
        return None
    user = setting.options.get("user", "")
    return Auth("basic", setting.responder, user=user) if user else bearer(setting.responder)


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    """DELETE by the key that `npm token list` shows, as the responder. A one-time password has no place in a plan: then by hand."""
    at, auth = filled(_TOKENS + "/token/{id}", setting, target), responder_of(setting)
    if auth is None or at is None:
        return BY_HAND
    return Call("DELETE", setting.base.rstrip("/") + at, "responder", auth, mutates=True)


def _list(setting: Setting) -> Call | None:
    auth = responder_of(setting)
    return Call("GET", setting.base.rstrip("/") + _TOKENS, "responder", auth) if auth else None


def _ask_key(setting: Setting, target: Target) -> Call | None:
    wanted = setting.options.get("listed_as") and not (target.public_id or setting.options.get("id"))
    return _list(setting) if wanted else None


def _read_key(setting: Setting, reply: Reply) -> Mapping[str, str]:
    """The key of the one entry that is shown as the case says. Two that are shown alike decide nothing."""
    entries = listed("objects")(reply.json())
    shown = setting.options.get("listed_as")
    keys = [one.get("key") for one in entries if one.get("token") == shown] if isinstance(entries, list) else []
    return {"id": str(keys[0])} if reply.status == 200 and len(keys) == 1 else {}


def read_others(reply: Reply) -> Reading:
    """None left is dead. Whose the others are, only a person can say. Those of a sign-in (`npm login`) may be in no list."""
    entries = listed("objects")(reply.json())
    if reply.status != 200 or not isinstance(entries, list):
        return Reading(
            State.UNKNOWN, reply.nothing_came or f"the registry answered {reply.status} to the list of tokens"
        )
    if not entries:
        return Reading(State.DEAD, "the registry lists no token of this account")
    made = ", ".join(str(one.get("created", "?"))[:20] for one in entries[:5])
    return Reading(State.UNKNOWN, f"the registry lists {len(entries)} tokens of this account, made {made}")


CLOSE_OTHERS = HumanTask(
    "Look at the account's other tokens and sign-ins",
    "the npm registry's account settings, access tokens",
    ("Revoke each that nobody needs", "Change the password, which ends sign-ins that are in no list"),
)


def ask_fresh(setting: Setting, _target: Target, need: Need) -> Call | HumanTask:
    """Only where the registry makes tokens for whoever signs in with a password (option `user`), as npm's client does it.

    A registry with two-factor sign-in refuses this, and a person makes the token.
    """
    auth = responder_of(setting)
    if auth is None or auth.kind != "basic":
        return BETTER_BY_HAND
    body: dict[str, Json] = {"password": auth.secret, "readonly": need.scopes == ("read",), "cidr_whitelist": ()}
    return Call("POST", setting.base.rstrip("/") + _TOKENS, "responder", auth, body=body, mutates=True)


BETTER_BY_HAND = HumanTask(
    "Set up trusted publishing, or make a granular token with an expiry",
    "the package's settings in the npm registry, trusted publisher",
    (
        "Name the repository and the workflow that may publish; then remove every publishing token",
        "Where that is impossible: a granular token for these packages alone, with the shortest expiry and an address range",
    ),
)

_revoke_by_id = undone_by(ask_revoke)


def _ask_made(setting: Setting, _need: Need) -> Call:
    found = _list(setting)
    if found is None:
        raise NotAvailable("nobody can look for it in the registry's list", do="look for it there: npm token list")
    return found


def read_made(reply: Reply, need: Need) -> Made:
    """Tokens have no names: the one made since its making was announced. None where there are several, or the list may go on."""
    document = reply.json()
    entries = listed("objects")(document)
    if reply.status != 200 or not isinstance(entries, list) or need.since is None:
        return Made(None, reply.nothing_came or f"the registry answered {reply.status} to the list of tokens")
    since = [
        str(one.get("key"))
        for one in entries
        if isinstance(one, Mapping)
        and need.made_since(str(one.get("created", "")))
        and one.get("key") not in need.others
    ]
    if len(since) > 1 or inside("urls", "next")(document):
        return Made(None, f"tokens have no names, and {len(since)} of those listed were made since")
    if not since:
        return Made(False, "the registry lists no token made since")
    return Made(True, f"token {since[0][:12]} was made since", since[0], by_time=True)


NPM = Provider(
    name="npm",
    title="npm, or a registry like it",
    docs="docs/providers/npm.md",
    shapes=(
        Shape("npm-token", r"npm_[A-Za-z0-9]{36}", _FORMAT, _checks, _look_alike),
        Shape("registry-token", r"\S{20,}", "a registry of one's own", None, lambda: random_text(64), opaque=True),
    ),
    by_hand=BY_HAND,
    tested="real server: verdaccio (probe, deletion, list of tokens, a fresh token); the public registry: unverified",
    ask_standing=probe("npm", "the npm registry", "", "/-/whoami"),
    read_standing=read_standing,
    steps=(
        Step(
            "revoke",
            "Delete the token at the npm registry",
            ask_revoke,
            accepted_by("the npm registry", done=(200, 204)),
        ),
    ),
    survives=(
        "versions published with the token, and packages that others built from them",
        "sign-ins (`npm login`) of the same account, which no list shows: only a new password ends them",
        "maintainers and other tokens added by whoever took the account over",
    ),
    describe=lambda _value: (("kind", "access token of an npm registry"),),
    look_up=LookUp(_ask_key, _read_key),
    survivors=(
        Survivors(
            "other tokens of the account",
            lambda _setting, _target: CLOSE_OTHERS,
            ask=lambda setting, _target: _list(setting),
            read=read_others,
        ),
    ),
    replacement=Replacement(
        ask_fresh,
        inside("token"),
        made_by("the npm registry", inside("key"), inside("expires")),
        "trusted publishing (OIDC): the registry trusts one workflow of one repository, and no token exists that could leak",
        _ask_made,
        read_made,
        _revoke_by_id,
    ),
    proved={
        "identify": "offline",
        "verify": "real server: verdaccio",
        "revoke": "real server: verdaccio",
        "confirm": "real server: verdaccio",
        "survivors": "real server: verdaccio",
        "replace": "real server: verdaccio",
    },
)
