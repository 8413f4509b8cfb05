"""Web Key Directory: files on the web server of a mail domain (draft-koch-openpgp-webkey-service, section 3.1).

A client asks the "advanced" place first and the "direct" one only when the name openpgpkey.DOMAIN does not resolve. It takes
of a file the keys that bear the mail address it asked for, and shows the first: so the new key stands first, and the old one,
revoked, after it. A file without the old key leaves those who know it as good for ever with that.
"""

from __future__ import annotations

import hashlib
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit

from irkit.errors import BadInput, StepFailed
from irkit.network import Door
from irkit.network.address import permitted
from irkit.openpgp.keyring import parse_listing
from irkit.openpgp.publishing import clients
from irkit.openpgp.publishing.pair import Pair
from irkit.openpgp.publishing.rings import RingPart, binary, has_user_id, join, primaries, ring_parts
from irkit.openpgp.publishing.standing import PublishedAt
from irkit.openpgp.runner import Gpg, GpgResult
from irkit.plan import Call

Method = Literal["advanced", "direct"]
_ADDRESS = re.compile(
    r"([A-Za-z0-9.!#$%'*+/=?^_`{}~-]{1,64})@((?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9])"
)
_ALPHABET = "ybndrfg8ejkmcpqxot1uwisza345h769"
"""z-base-32 (RFC 6189 5.1.6), which the draft names."""


@dataclass(frozen=True)
class Directory:
    """Where the keys of one mail address stand: by advanced or direct method, below the root of a web server."""

    address: str
    method: Method = "advanced"

    def __post_init__(self) -> None:
        if not _ADDRESS.fullmatch(self.address):
            raise BadInput(
                "this is not a plain mail address",
                on=f"{len(self.address)} characters",
                do="for example releases@example.org",
            )
        if self.method not in ("advanced", "direct"):
            raise BadInput(
                "no such method of a Web Key Directory", on=str(self.method)[:40], do="say advanced or direct"
            )

    @property
    def local(self) -> str:
        return self.address.partition("@")[0]

    @property
    def domain(self) -> str:
        return self.address.partition("@")[2].lower()

    @property
    def host(self) -> str:
        """The host a client asks."""
        return f"openpgpkey.{self.domain}" if self.method == "advanced" else self.domain

    @property
    def folder(self) -> str:
        """Below the root of the web server; `policy` stands in it, and the keys in `hu`."""
        return ".well-known/openpgpkey" + (f"/{self.domain}" if self.method == "advanced" else "")

    @property
    def file(self) -> str:
        return f"{self.folder}/hu/{hashed(self.local)}"

    def url(self, base: str) -> str:
        return f"{base.rstrip('/')}/{self.file}?l={quote(self.local)}"

    def is_where_clients_ask(self, base: str) -> bool:
        parts = urlsplit(base)
        return parts.scheme == "https" and (parts.hostname, parts.port or 443, parts.path.strip("/")) == (
            self.host,
            443,
            "",
        )


def zbase32(data: bytes) -> str:
    """z-base-32 without padding; the last digit is filled up with zero bits."""
    bits = "".join(f"{byte:08b}" for byte in data)
    return "".join(_ALPHABET[int(bits[at : at + 5].ljust(5, "0"), 2)] for at in range(0, len(bits), 5))


def hashed(local: str) -> str:
    """The name of a local part's file: SHA-1 of it in z-base-32. Only ASCII letters are made lower case (section 3.1)."""
    return zbase32(hashlib.sha1(local.encode().lower(), usedforsecurity=False).digest())


def minimal(home: Path, fingerprint: str, address: str) -> bytes:
    """The certificate with no user id but those of this address, revocations included; b"" when it bears none of them.

    The address is one that `Directory` has let through: it cannot reach beyond its place in gpg's filter.
    """
    kept = f"keep-uid=mbox = {address.lower()}"
    args = ["--export-options", "export-minimal", "--export-filter", kept, "--export", "--", fingerprint]
    block = Gpg(home).must("the key could not be exported", args, on=fingerprint).stdout
    return block if block and has_user_id(block) else b""


def composed(new: bytes, old: bytes, standing: bytes = b"", without: str = "") -> bytes:
    """What the file is to hold: the new certificate, the old one, and what else stood there, in this order.

    Where an address is of one key alone, the other is b"". Other keys stay, as they were: a key revoked earlier must not vanish
    from here either. `without` is the fingerprint of one that leaves. BadInput when what stood there holds no keys.
    """
    fresh = {part.primary: part for part in (*ring_parts(old), *ring_parts(new))}
    order = dict.fromkeys((*primaries(new), *primaries(old)))
    others = tuple(part for part in _standing(standing) if part.primary not in fresh and part.primary != without)
    block = join((*(fresh[name] for name in order), *others))
    if new and primaries(block)[:1] != primaries(new)[:1]:
        raise StepFailed("the new key would not stand first", on="Web Key Directory", do="make the plan again")
    return block


def standing_in_file(path: Path, keys: Pair) -> PublishedAt:
    """What the file gives a client, wherever it will be served."""
    try:
        block = path.read_bytes()
    except FileNotFoundError:
        return clients.absent(str(path), "there is no such file")
    except OSError as error:
        return clients.unknown(str(path), error.strerror or "it cannot be read")
    return clients.look(str(path), keys, clients.importing(block), primaries(block))


def standing_at(base: str, where: Directory, keys: Pair, door: Door) -> tuple[PublishedAt, str]:
    """What a client is served, and the primary key that it is shown first ("" when that is not known).

    Where `base` is what clients ask for that address, gpg asks as they do (`--locate-external-keys`); else it fetches the file.
    A 404 is a "no"; gpg tells no other failure from it, so the status is asked for beside.
    """
    permitted(base)
    shown: list[str] = []

    def located(result: GpgResult) -> None:
        shown.extend(entry.primary.fingerprint for entry in parse_listing(result.stdout)[:1])

    def fetched(result: GpgResult) -> None:
        shown.extend(one.fields[1] for one in result.status if one.keyword == "IMPORT_OK")

    if where.is_where_clients_ask(base):
        locate = ("--auto-key-locate", "clear,nodefault,wkd", "--with-colons", "--locate-external-keys", "--")
        seen = clients.look(f"WKD {where.address}", keys, clients.asking(*locate, where.address, read=located))
    else:
        url = where.url(base)
        seen = clients.look(f"WKD {url}", keys, clients.asking("--fetch-keys", "--", url, read=fetched))
    if not seen.unknown:
        return seen, shown[0] if shown else ""
    if where.method == "direct" and where.is_where_clients_ask(base) and _resolves(f"openpgpkey.{where.domain}"):
        return clients.absent(seen.place, f"clients ask openpgpkey.{where.domain}, since that name resolves"), ""
    reply = door.send(Call("GET", where.url(base), "nobody"))
    if reply.status == 404:
        return clients.absent(seen.place, "404: there is no such file"), ""
    status = f"the web server answers {reply.status}" if reply.status else reply.nothing_came
    return clients.unknown(seen.place, f"{seen.why}; {status}"), ""


def _resolves(host: str) -> bool:
    try:
        return bool(socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM))
    except OSError:
        return False


def _standing(block: bytes) -> tuple[RingPart, ...]:
    return tuple(part for part in ring_parts(binary(block)) if part.primary) if block else ()
