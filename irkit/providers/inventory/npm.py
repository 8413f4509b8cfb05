"""npm registries: the tokens of the team's account. Calls: npm's own client, `npm token list`
(https://github.com/npm/npm-profile/blob/latest/lib/index.js). Of each token the list shows its first and last letters, which are not kept.
"""

from __future__ import annotations

from irkit.errors import NotAvailable
from irkit.model import Held, Holder
from irkit.plan import Ask, Call
from irkit.providers.interface import Reply, Setting
from irkit.providers.inventory.interface import (
    Listed,
    Listing,
    entries,
    moment,
    nobody_asks,
    not_named,
    refused,
    strangers,
    words,
)
from irkit.providers.npm import responder_of

_PATH = "/-/npm/v1/tokens"


def _ask(setting: Setting) -> tuple[Ask, ...]:
    if setting.responder is None:
        raise nobody_asks("npm")
    auth = responder_of(setting)
    if auth is None:
        raise not_named("npm", "base", "the registry's address")
    return (Call("GET", setting.base.rstrip("/") + _PATH, "responder", auth, query=(("perPage", "100"),)),)


def following(asked: Ask, reply: Reply) -> Ask | None:
    """`urls.next` of the answer is a path; it is followed at the same registry only."""
    document = reply.json()
    urls = document.get("urls") if isinstance(document, dict) else None
    path = urls.get("next") if isinstance(urls, dict) else None
    if not isinstance(asked, Call) or not path:
        return None
    host = asked.url.partition(_PATH)[0]
    if isinstance(path, str):
        path = path.removeprefix(host)
    if not isinstance(path, str) or not path.startswith("/") or path.startswith("//"):
        raise NotAvailable("the list goes on at another address, which was not followed")
    return Call("GET", host + path, "responder", asked.auth)


def read_tokens(reply: Reply) -> Listed:
    document = reply.json()
    found = document.get("objects") if isinstance(document, dict) else None
    if reply.status != 200 or not isinstance(found, list):
        return Listed(problem=refused("the registry", reply))
    return Listed(tuple(_held(one) for one in entries(found)), strangers(found))


def _held(one: object) -> Held:
    assert isinstance(one, dict)
    holder: Holder = "automation" if one.get("automation") is True else "unknown"
    by = "the registry lists it as an automation's" if holder == "automation" else ""
    reads = one.get("readonly")
    scope = ("read",) if reads is True else ("read", "publish") if reads is False else None
    return Held(
        "npm", "access token", words(one.get("key")), words(one.get("name")) or words(one.get("token_name")),
        owner=words(one.get("user")) if not isinstance(one.get("user"), dict) else words(one["user"].get("name")),
        holder=holder, holder_by=by, scope=scope,
        created=moment(one.get("created")), last_used=moment(one.get("last_used")), expires=moment(one.get("expires")),
        active=None if one.get("revoked") is None else not one["revoked"],
    )  # fmt: skip


LISTINGS = (
    Listing(
        "npm", "access tokens of the account", "https://github.com/npm/npm-profile/blob/latest/lib/index.js",
        "real server: verdaccio; the public registry: unverified", _ask, read_tokens, following,
    ),
)  # fmt: skip
