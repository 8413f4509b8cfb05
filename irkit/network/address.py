"""Which addresses may be called: https anywhere but the machine's own metadata, plain http on loopback only."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from irkit.errors import BadInput

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_METADATA = frozenset(
    map(ipaddress.ip_address, ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254"))
)  # beside the link-local ones: Alibaba, Azure, Oracle, AWS over IPv6


def permitted(url: str) -> bool:
    """True when the URL is on this machine itself. BadInput when it must not be called at all.

    A name is refused when any of its addresses would be; one that does not resolve is left to the sender to report.
    """
    parts, host = _parts(url)
    if parts.scheme not in ("http", "https") or not host:
        raise BadInput("this is not a web address", on=_shown(parts), do="give one that begins with https://")
    if parts.username is not None or parts.password is not None:
        raise BadInput("an address must not hold a user or a password", on=_shown(parts), do="give them as a reference")
    local = permitted_host(host, _shown(parts))
    if parts.scheme == "http" and not local:
        raise BadInput(
            "a credential would travel unencrypted",
            on=_shown(parts),
            why="plain http is allowed on this machine only (127.0.0.1, localhost)",
            do="write https://",
        )
    return local


def permitted_host(host: str, shown: str = "") -> bool:
    """The same of a host alone: True when it is this machine. Whoever calls it sees to encryption where it is not."""
    addresses = _addresses(host)
    bad = next((address for address in addresses if _refused(address)), None)
    if bad is not None:
        raise BadInput(
            "this address is refused",
            on=f"{shown or host} is {bad}",
            why="link-local and metadata services are never called",
        )
    return bool(addresses) and all(address.is_loopback for address in addresses)


@dataclass(frozen=True)
class Place:
    """Where something listens that does not speak HTTP. `user` and `rest` (a database) are what the address says of them."""

    host: str
    port: int
    user: str
    rest: str
    local: bool


_PLACE = re.compile(
    r"(?:([^@/?\s]+)@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?)(?::(\d{1,5}))?(?:/([^/?#\s]*))?"
)


def place(address: str, port: int) -> Place:
    """`[USER@]HOST[:PORT][/REST]`, percent-encoded; `port` where it names none. BadInput when it is none or must not be called."""
    found = _PLACE.fullmatch(address)
    if found is None or not 0 < int(found[3] or port) < 65_536:
        raise BadInput("this is no address", on=f"{len(address)} characters", do="write HOST:PORT")
    host = found[2].strip("[]")
    return Place(host, int(found[3] or port), unquote(found[1] or ""), unquote(found[4] or ""), permitted_host(host))


def _parts(url: str) -> tuple[SplitResult, str]:
    try:
        parts = urlsplit(url)
        _ = parts.port
        return parts, parts.hostname or ""
    except ValueError:
        raise BadInput(
            "this is not a web address", on=f"{len(url)} characters", do="give one that begins with https://"
        ) from None


def _shown(parts: SplitResult) -> str:
    return f"{parts.scheme or 'no scheme'}://{parts.hostname or ''}"


def _addresses(host: str) -> list[_Address]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [_plain(str(entry[4][0])) for entry in found]


def _plain(text: str) -> _Address:
    address = ipaddress.ip_address(text.split("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _refused(address: _Address) -> bool:
    return address.is_link_local or address.is_multicast or address.is_unspecified or address in _METADATA
