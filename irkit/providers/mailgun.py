"""Mailgun: API keys. A primary key that was reset stays active for 48 hours.

https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/keys , and on the 48 hours
https://docs.gitguardian.com/secrets-detection/secrets-detection-engine/detectors/specifics/mailgun_primary_key

Options: `key_id` (as the list of keys has it), `domain` (for a sending key, which may do nothing but send from it).
"""

from __future__ import annotations

from irkit.model import State
from irkit.plan import Auth, Call, HumanTask
from irkit.providers.calls import HEX, address, random_text, value_of, whose
from irkit.providers.interface import Made, Need, Provider, Reading, Replacement, Reply, Setting, Shape, Step, Target
from irkit.providers.replies import accepted_by, holds, message_of

PUBLIC = "https://api.mailgun.net"
_DOCS = "https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/keys"
_ROLES = ("admin", "basic", "sending", "developer")


def _key_id(value: str) -> str:
    return value.split("-", 1)[1] if value.count("-") == 2 else ""


def _as_responder(setting: Setting) -> Auth | None:
    return Auth("basic", setting.responder, user="api") if setting.responder else None


def ask_standing(setting: Setting, target: Target) -> Call:
    """GET the domains. A sending key may not: with `domain`, it is asked to send nothing to nobody, which is refused as incomplete."""
    auth, base = Auth("basic", value_of(target, "Mailgun"), user="api"), address(setting, PUBLIC)
    if domain := setting.options.get("domain"):
        return Call("POST", f"{base}/v3/{domain}/messages", whose(target.secret), auth)
    return Call("GET", f"{base}/v3/domains", whose(target.secret), auth, query=(("limit", "1"),))


def read_standing(reply: Reply) -> Reading:
    """401 is "Forbidden", in plain text as in JSON."""
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    words = message_of(document) if isinstance(document, dict) else reply.body.strip()[:60]
    if reply.status == 200 and isinstance(document, dict) and "items" in document:
        return Reading(State.ALIVE, "Mailgun answered 200 with the account's domains")
    if reply.status == 400 and isinstance(document, dict) and "parameter is missing" in words:
        return Reading(State.ALIVE, f"Mailgun let the key in and refuses only the empty message: {words}")
    if reply.status == 401 and words.lower() in ("forbidden", "invalid private key", "unauthorized"):
        return Reading(State.DEAD, f"Mailgun answered 401: {words}")
    return Reading(
        State.UNKNOWN,
        f"Mailgun answered {reply.status}: {'a web page' if reply.looks_like_html else words or 'nothing'}",
    )


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    auth, key = _as_responder(setting), setting.options.get("key_id") or target.public_id
    if auth is None or not key:
        return BY_HAND
    return Call("DELETE", f"{address(setting, PUBLIC)}/v1/keys/{key}", "responder", auth, mutates=True)


def ask_fresh(setting: Setting, _target: Target, need: Need) -> Call | HumanTask:
    """The first scope is the role; a sending key is bound to `domain`."""
    auth, role = _as_responder(setting), next(iter(need.scopes), "")
    domain = setting.options.get("domain", "")
    if auth is None or role not in _ROLES or (role == "sending" and not domain):
        return BY_HAND
    form = [("role", role), ("kind", "domain" if role == "sending" else "user"), ("description", need.name)]
    form += [("domain_name", domain)] if role == "sending" else []
    form += [("expiration", str(int(need.lives.total_seconds())))] if need.lives else []
    return Call("POST", f"{address(setting, PUBLIC)}/v1/keys", "responder", auth, form=tuple(form), mutates=True)


_accepted = accepted_by("Mailgun", done=(200,), says=holds("key", "id"))


def read_fresh(reply: Reply) -> Made:
    accepted = _accepted(reply)
    key = reply.json()["key"] if accepted.yes else {}
    return Made(accepted.yes, accepted.why, str(key.get("id", "")), str(key.get("expires_at", "")))


BY_HAND = HumanTask(
    "Delete or reset the key in Mailgun's settings",
    "https://app.mailgun.com/settings/api_security",
    (
        "Delete the key by its id; the account's primary key can only be reset",
        "A primary key that was reset stays active for 48 hours: ask Mailgun's support to end it at once, and confirm after that time",
        "Look at the SMTP credentials, routes and webhooks of every domain",
    ),
)


MAILGUN = Provider(
    name="mailgun",
    title="Mailgun",
    docs="docs/providers/mailgun.md",
    shapes=(
        Shape(
            "mailgun-key",
            r"[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}",
            _DOCS,
            look_alike=lambda: f"{random_text(32, HEX)}-{random_text(8, HEX)}-{random_text(8, HEX)}",
        ),
        Shape("mailgun-primary", r"key-[0-9a-f]{32}", _DOCS, look_alike=lambda: f"key-{random_text(32, HEX)}"),
    ),
    by_hand=BY_HAND,
    tested="unverified: after Mailgun's pages; no description of its API was found in a registry",
    ask_standing=ask_standing,
    read_standing=read_standing,
    steps=(Step("delete", "Delete the key at Mailgun", ask_revoke, accepted_by("Mailgun", done=(200, 204))),),
    survives=(
        "the primary key itself, for 48 hours after it was reset",
        "SMTP credentials, routes, webhooks and other keys made with it",
    ),
    describe=lambda value: (
        (("kind", "primary key"),)
        if value.startswith("key-")
        else (("kind", "API key"), ("key id (as the form suggests)", _key_id(value)))
    ),
    public_id=_key_id,
    replacement=Replacement(
        ask_fresh,
        lambda document: document["key"].get("secret"),
        read_fresh,
        "a sending key of one domain with an expiry, instead of a key of the account",
        ask_undo=lambda setting, key: Call(
            "DELETE", f"{address(setting, PUBLIC)}/v1/keys/{key}", "responder", _as_responder(setting), mutates=True
        ),
    ),
    proved={"identify": "offline"},
)
