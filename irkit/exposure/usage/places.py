"""Addresses, agents and principals as they are compared: by network, by product, by identity. Pure.

An address that is none ("AWS Internal", `ecs.amazonaws.com`) is its own network; nothing is looked up on a network.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

CountryOf = Callable[[str], str]
"""The country of an address, from a file that was given: "" when it is not in it."""

_COMMENT = re.compile(r"\([^()]*\)")
_METADATA = re.compile(r"(?:md|ua|os|lang|api|cfg|exec-env|exe|app|m|ft)[/#]")
_INSTANCE = re.compile(r":assumed-role/[^/]+/i-[0-9a-f]{8,17}$")


def no_country(_address: str) -> str:
    """Without a GeoIP file no country is known."""
    return ""


def network_of(address: str) -> str:
    """The /24 of an IPv4 address, the /48 of an IPv6 one; what is no address stands for itself."""
    try:
        plain = ipaddress.ip_address(address.strip("[]"))
    except ValueError:
        return address
    mapped = getattr(plain, "ipv4_mapped", None)
    if mapped is not None:
        plain = mapped
    return str(ipaddress.ip_network((plain, 24 if plain.version == 4 else 48), strict=False))


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


def agent_of(agent: str) -> str:
    """The products of a user agent without their versions, of which the first three: `aws-cli/2.15 Python/3.11` is `aws-cli Python`.

    CloudTrail writes those of S3 data events in brackets; `md/` and the like are metadata of the AWS SDKs.
    https://docs.aws.amazon.com/sdkref/latest/guide/user-agent.html
    """
    plain = _COMMENT.sub(" ", agent.strip("[]"))
    products = (word.partition("/")[0] for word in plain.split() if not _METADATA.match(word))
    named = list(dict.fromkeys(re.sub(r"[-_]v?\d[\d.]*$", "", one) or one for one in products))
    return " ".join(named[:3]) or agent


def principal_of(principal: str) -> str:
    """Who acted, over all sessions: the name of a session is no part of a role's identity."""
    role, found, session = principal.partition(":assumed-role/")
    return f"{role}{found}{session.partition('/')[0]}" if found else principal


def is_instance(principal: str) -> bool:
    """True for the role of a machine, whose session bears the name of the instance.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html
    """
    return _INSTANCE.search(principal) is not None
