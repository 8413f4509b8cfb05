"""crates.io and registries like it: API tokens of cargo.

The registry's own source: `src/auth.rs` (a token on a page for browsers only is known, and refused with other words than one that is not)
and the route DELETE /api/v1/tokens/current: https://github.com/rust-lang/crates.io. Which registry: the one that your own cargo
configuration names; its index says where its API is (https://doc.rust-lang.org/cargo/reference/registry-index.html).
"""

from __future__ import annotations

from collections.abc import Mapping

from irkit.errors import BadInput
from irkit.model import State
from irkit.plan import Auth, Call, HumanTask
from irkit.providers.calls import random_text, value_of, whose
from irkit.providers.interface import LookUp, Provider, Reading, Reply, Setting, Shape, Step, Target
from irkit.providers.replies import accepted_by, message_of
from irkit.providers.usual import inside, replaced_by_hand

_KNOWN = ("can only be performed on the crates.io website", "does not have the required permissions")

BY_HAND = HumanTask(
    "Revoke the token in the registry's account settings",
    "the crate registry's account settings, API tokens",
    (
        "Sign in as the token's owner and revoke it",
        "Look at the versions published since the exposure began, and yank what is not yours",
        "Look at the owners of each crate; replace the token by trusted publishing",
    ),
)


def _api(setting: Setting) -> str:
    return (setting.options.get("api") or setting.base).rstrip("/")


def ask_standing(setting: Setting, target: Target) -> Call:
    """GET /api/v1/me with the token alone in the header, as cargo sends it."""
    ref = value_of(target, "the crate registry")
    if not _api(setting):
        raise BadInput(
            "the address of the crate registry is not known",
            do="write base under [providers.crates] in case.toml, or name the registry in cargo's configuration",
        )
    return Call("GET", f"{_api(setting)}/api/v1/me", whose(ref), Auth("header", ref))


def read_standing(reply: Reply) -> Reading:
    """A living token gets a 403 too, since the page is for browsers: only the words tell."""
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    if not isinstance(document, dict):
        return Reading(State.UNKNOWN, f"{reply.status} without JSON: this was not the crate registry answering")
    message = inside("errors", 0, "detail")(document) or message_of(document)
    if reply.status == 200 and "user" in document:
        return Reading(State.ALIVE, "the crate registry answered 200 with the account")
    if reply.status == 403 and any(words in message for words in _KNOWN):
        return Reading(State.ALIVE, f"the crate registry knows the token and denies only the page: {message[:80]}")
    if reply.status in (401, 403) and message == "authentication failed":
        return Reading(State.DEAD, f"the crate registry answered {reply.status}: {message}")
    return Reading(State.UNKNOWN, f"the crate registry answered {reply.status}: {message[:120]}")


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    """DELETE /api/v1/tokens/current: the token ends itself. No responder is needed."""
    if target.secret is None or not _api(setting):
        return BY_HAND
    url = f"{_api(setting)}/api/v1/tokens/current"
    return Call("DELETE", url, "leaked", Auth("header", target.secret), mutates=True)


def _ask_api(setting: Setting, _target: Target) -> Call | None:
    index = setting.options.get("index", "")
    if setting.base or setting.options.get("api") or not index.startswith("sparse+"):
        return None
    return Call("GET", index.removeprefix("sparse+").rstrip("/") + "/config.json", "nobody")


def _read_api(_setting: Setting, reply: Reply) -> Mapping[str, str]:
    api = inside("api")(reply.json())
    return {"api": api} if reply.status == 200 and api and api.startswith(("https://", "http://127.0.0.1")) else {}


CRATES = Provider(
    name="crates",
    title="crates.io, or a registry like it",
    docs="docs/providers/crates.md",
    shapes=(
        Shape(
            "crates-token",
            r"cio[A-Za-z0-9]{32}",
            "https://github.com/rust-lang/crates.io/blob/main/crates/crates_io_database/src/utils/token.rs",
            look_alike=lambda: f"cio{random_text(32)}",
        ),
    ),
    by_hand=BY_HAND,
    tested="unverified: calls and replies after the registry's own source; the shape is recognised offline (tested)",
    ask_standing=ask_standing,
    read_standing=read_standing,
    steps=(
        Step(
            "revoke",
            "Let the token revoke itself at the crate registry",
            ask_revoke,
            accepted_by("the crate registry", done=(204,)),
        ),
    ),
    survives=(
        "versions published with the token; they can be yanked, not removed",
        "owners invited to a crate with it",
        "other tokens and the signed-in sessions of the account",
    ),
    describe=lambda _value: (("kind", "API token of a crate registry"),),
    look_up=LookUp(_ask_api, _read_api),
    replacement=replaced_by_hand(
        "the crate registry",
        BY_HAND.page,
        "trusted publishing (OIDC): the registry trusts one workflow of one repository; else a token for these crates and one action",
    ),
    proved={"identify": "offline"},
)
