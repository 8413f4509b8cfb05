"""Key servers that speak HKP (draft-ietf-openpgp-hkp): SKS, Hockeypuck, and Hagrid's compatible part.

Most keep for ever what they were sent. That suits a revocation; a user id, a name, or a mistake cannot be taken back either.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from irkit.errors import BadInput
from irkit.network import Door
from irkit.network.address import permitted
from irkit.openpgp.publishing import clients
from irkit.openpgp.publishing.answers import Looked, looked_up
from irkit.openpgp.publishing.pair import Pair
from irkit.openpgp.publishing.rings import primaries
from irkit.openpgp.publishing.standing import PublishedAt
from irkit.plan import Call
from irkit.providers.interface import Reply

_PORT = 11371


def base_url(server: str) -> str:
    """`hkp://HOST[:PORT]`, `hkps://HOST`, or a web address, as the web address it stands for. BadInput for anything else."""
    url = server.rstrip("/")
    if url.startswith("hkp://"):
        url = f"http://{url.removeprefix('hkp://')}"
        if urlsplit(url).port is None:
            url += f":{_PORT}"
    elif url.startswith("hkps://"):
        url = f"https://{url.removeprefix('hkps://')}"
    parts = urlsplit(url)
    if parts.path or parts.query or parts.fragment:
        raise BadInput("a key server is named by its host alone", on=server[:120], do="for example hkps://HOST")
    permitted(url)
    return url


def adding(server: str, armored: str) -> Call:
    """The one request that hands a key in."""
    return Call("POST", f"{base_url(server)}/pks/add", "nobody", form=(("keytext", armored),), mutates=True)


def lookup(server: str, fingerprint: str) -> Call:
    query = (("op", "get"), ("options", "mr"), ("search", f"0x{fingerprint}"))
    return Call("GET", f"{base_url(server)}/pks/lookup", "nobody", query=query)


def standing_at(server: str, keys: Pair, door: Door) -> PublishedAt:
    """What the server gives of both keys, as clean clients take it. Unknown where it gives no answer a key server would give."""
    old = looked_up(door.send(lookup(server, keys.old_primary)), keys.old_primary)
    new = looked_up(door.send(lookup(server, keys.new)), keys.new) if keys.new else Looked(None)
    return both(f"HKP {base_url(server)}", keys, old, new)


def both(place: str, keys: Pair, old: Looked, new: Looked) -> PublishedAt:
    """Two lookups as one standing: what one could not tell stays unknown, and the other's answer stands."""
    blocks = [one.block for one in (old, new) if one.block is not None]
    if old.unknown and new.unknown:
        return clients.unknown(place, old.unknown)
    if blocks:
        block = b"\n".join(blocks)
        seen = clients.look(place, keys, clients.importing(block), [name for one in blocks for name in primaries(one)])
    else:
        seen = clients.absent(place, "it has neither key")
    if old.unknown:
        seen = replace(seen, old="unknown", old_with_user_id="unknown", why=f"{seen.why}; old key: {old.unknown}")
    if new.unknown:
        seen = replace(seen, new="unknown", new_with_user_id="unknown", why=f"{seen.why}; new key: {new.unknown}")
    return seen


def received(server: str, keys: Pair) -> PublishedAt:
    """The same as gpg itself gets it: `--recv-keys` from that server, in clean homes."""
    url = urlsplit(base_url(server))
    scheme = "hkps" if url.scheme == "https" else "hkp"
    names = list(dict.fromkeys(name for name in (keys.old_primary, keys.new) if name))
    bring = clients.asking("--keyserver", f"{scheme}://{url.netloc}", "--recv-keys", "--", *names)
    return clients.look(f"gpg --recv-keys from {scheme}://{url.netloc}", keys, bring)


def append_only(reply: Reply) -> str:
    """Whether the server keeps for ever what it was sent, by the name it gives itself: "yes" for SKS, "unknown" otherwise."""
    return "yes" if reply.headers.get("server", "").lower().startswith("sks") else "unknown"
