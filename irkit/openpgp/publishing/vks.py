"""Verifying key servers (Hagrid, as at keys.openpgp.org): user ids are served only after their mail address was confirmed.

https://keys.openpgp.org/about/api. Until then a key is served bare: its revocation reaches every client that knows the key,
and a client with an empty ring can do nothing with it ("contains no user ID").
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from irkit.network import Door
from irkit.openpgp.publishing.answers import Looked, looked_up, said
from irkit.openpgp.publishing.hkp import base_url, both
from irkit.openpgp.publishing.pair import Pair
from irkit.openpgp.publishing.standing import PublishedAt
from irkit.plan import Call, Json
from irkit.providers.interface import Reply

STATES = ("unpublished", "pending", "published", "revoked")


@dataclass(frozen=True)
class Uploaded:
    """What the server said to an upload. `states` by mail address; `token` opens the confirmation and is shown nowhere."""

    states: dict[str, str]
    why: str
    token: str = field(default="", repr=False)


def upload(server: str, armored: str) -> Call:
    return Call("POST", f"{base_url(server)}/vks/v1/upload", "nobody", body={"keytext": armored}, mutates=True)


def request_verify(server: str, token: str, addresses: tuple[str, ...]) -> Call:
    """Has the server send a mail to each address, which a person must confirm."""
    body: Json = {"token": token, "addresses": addresses, "locale": ("en_US", "en_GB")}
    return Call("POST", f"{base_url(server)}/vks/v1/request-verify", "nobody", body=body, mutates=True)


def by_fingerprint(server: str, fingerprint: str) -> Call:
    return Call("GET", f"{base_url(server)}/vks/v1/by-fingerprint/{fingerprint}", "nobody")


def read_upload(reply: Reply, fingerprint: str) -> Uploaded:
    """The states of an upload's user ids; none, and why, when the answer is not that of such a server to that key."""
    document: Any = reply.json()
    if reply.status != 200 or not isinstance(document, dict) or document.get("key_fpr") != fingerprint:
        return Uploaded(
            {}, said(reply) if reply.status != 200 else "it answered about another key, or not as a VKS does"
        )
    states = document.get("status")
    states = states if isinstance(states, dict) else {}
    known = {str(mail): str(state) for mail, state in states.items() if state in STATES}
    token = document.get("token")
    return Uploaded(known, "", token if isinstance(token, str) else "")


def standing_at(server: str, keys: Pair, door: Door) -> PublishedAt:
    """What the server gives of both keys, as clean clients take it: whether it serves the revocation, and the new key's user id."""
    old = looked_up(door.send(by_fingerprint(server, keys.old_primary)), keys.old_primary)
    new = looked_up(door.send(by_fingerprint(server, keys.new)), keys.new) if keys.new else Looked(None)
    return both(f"VKS {base_url(server)}", keys, old, new)
