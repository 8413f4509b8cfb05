"""Countries from a file in MaxMind DB format, made here by hand from its specification: https://maxmind.github.io/MaxMind-DB/"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

import pytest

from irkit.case.exposure.geoip import countries
from irkit.errors import BadInput
from tests.needs import needs


def encoded(value: Any) -> bytes:
    """Maps, lists, strings, and numbers as (value, (type, bytes)), as the data section holds them."""
    if isinstance(value, dict):
        return bytes([0b11100000 | len(value)]) + b"".join(
            encoded(name) + encoded(item) for name, item in value.items()
        )
    if isinstance(value, list):
        return bytes([len(value), 11 - 7]) + b"".join(map(encoded, value))
    if isinstance(value, str):
        plain = value.encode()
        return (
            bytes([0b01000000 | len(plain)]) if len(plain) < 29 else bytes([0b01000000 | 29, len(plain) - 29])
        ) + plain
    kind, width = value[1]
    return (bytes([kind << 5 | width]) if kind < 8 else bytes([width, kind - 7])) + value[0].to_bytes(width, "big")


def short(value: int) -> tuple[int, tuple[int, int]]:
    return value, (5, 2)


def database(networks: dict[str, dict[str, Any]]) -> bytes:
    """A search tree of 24-bit records over IPv4, and its data."""
    nodes: list[list[Any]] = [[None, None]]
    data, offsets = b"", {}
    for network, record in networks.items():
        offsets[network] = len(data)
        data += encoded(record)
        plain, node = ipaddress.ip_network(network), 0
        bits = f"{int(plain.network_address):032b}"[: plain.prefixlen]
        for bit in bits[:-1]:
            if not isinstance(nodes[node][int(bit)], int):
                nodes.append([None, None])
                nodes[node][int(bit)] = len(nodes) - 1
            node = nodes[node][int(bit)]
        nodes[node][int(bits[-1])] = network
    count = len(nodes)
    numbers = [
        count if one is None else one if isinstance(one, int) else count + 16 + offsets[one]
        for pair in nodes
        for one in pair
    ]
    tree = b"".join(number.to_bytes(3, "big") for number in numbers)
    about = {
        "binary_format_major_version": short(2), "binary_format_minor_version": short(0), "build_epoch": (1, (9, 8)),
        "database_type": "Fake", "description": {"en": "fake"}, "ip_version": short(4), "languages": ["en"],
        "node_count": (count, (6, 4)), "record_size": short(24),
    }  # fmt: skip
    return tree + b"\0" * 16 + data + b"\xab\xcd\xefMaxMind.com" + encoded(about)


@needs("python:maxminddb")
def test_countries_are_looked_up_offline_and_what_is_not_there_is_unknown(tmp_path: Path) -> None:
    file = tmp_path / "fake.mmdb"
    file.write_bytes(
        database({
            "192.0.2.0/24": {"country": {"iso_code": "SE"}},
            "203.0.113.0/24": {"country_code": "BR"},
            "198.51.100.0/24": {"registered_country": {"iso_code": "JP"}},
        })
    )  # fmt: skip
    country_of = countries(file)
    asked = ("192.0.2.77", "203.0.113.9", "198.51.100.1", "10.0.0.1", "ecs.amazonaws.com", "", "2001:db8::1")
    assert [country_of(address) for address in asked] == ["SE", "BR", "JP", "", "", "", ""]


@needs("python:maxminddb")
@pytest.mark.parametrize(
    ("content", "said"), [(None, "no GeoIP file here"), (b"", "no GeoIP file"), (b"hello" * 99, "no GeoIP file")]
)
def test_another_file_is_told_in_a_sentence(tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "other.mmdb"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadInput, match=said):
        countries(file)
