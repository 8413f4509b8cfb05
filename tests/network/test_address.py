"""Where a call may go."""

from __future__ import annotations

import pytest

from irkit.errors import BadInput
from irkit.network.address import permitted, place

HERE = ("http://127.0.0.1:8080/x", "http://localhost/", "https://127.0.0.1/", "http://[::1]:1/")
REFUSED = {
    "http://192.0.2.7/": "unencrypted",
    "http://no-such-host.invalid/": "unencrypted",
    "https://169.254.169.254/latest/meta-data": "metadata",
    "http://169.254.169.254/latest/meta-data": "metadata",
    "https://[fe80::1]/": "metadata",
    "https://[::ffff:169.254.169.254]/": "metadata",
    "https://2852039166/": "metadata",  # 169.254.169.254 as one number
    "https://[fd00:ec2::254]/": "metadata",
    "https://0.0.0.0/": "metadata",
    "ftp://example.org/": "not a web address",
    "file:///etc/passwd": "not a web address",
    "example.org": "not a web address",
    "https://": "not a web address",
    "https://[broken/": "not a web address",
    "https://host:notaport/": "not a web address",
    "https://alice:visibly-fake@example.org/": "user or a password",
}


@pytest.mark.parametrize("url", HERE)
def test_this_machine_may_be_called_without_encryption(url: str) -> None:
    assert permitted(url) is True


def test_the_world_may_be_called_with_encryption() -> None:
    assert permitted("https://192.0.2.7/") is False


@pytest.mark.parametrize("url", REFUSED)
def test_an_address_is_refused_with_its_reason(url: str) -> None:
    with pytest.raises(BadInput, match=REFUSED[url]) as caught:
        permitted(url)
    assert "visibly-fake" not in str(caught.value)


PLACES = {
    "a name": ("db.example.org", ("db.example.org", 5432, "", "")),
    "a port": ("127.0.0.1:6432", ("127.0.0.1", 6432, "", "")),
    "a database": ("127.0.0.1:6432/shop", ("127.0.0.1", 6432, "", "shop")),
    "a user": ("app%40b@[::1]:22", ("::1", 22, "app@b", "")),
    "a database with an @": ("127.0.0.1/a%40b", ("127.0.0.1", 5432, "", "a@b")),
}


@pytest.mark.parametrize("case", PLACES)
def test_a_place_is_read(case: str) -> None:
    address, expected = PLACES[case]
    found = place(address, 5432)
    assert (found.host, found.port, found.user, found.rest) == expected
    assert found.local is not address.startswith("db.")


@pytest.mark.parametrize(
    "address", ["", "-oProxyCommand=x", "a b", "/var/run/socket", "h:0", "h:65536", "h:1:2", "one,two", "u@v@h/x/y"]
)
def test_what_is_no_place_is_refused(address: str) -> None:
    with pytest.raises(BadInput, match="no address"):
        place(address, 5432)


@pytest.mark.parametrize("address", ["169.254.169.254:80", "[fd00:ec2::254]", "[::ffff:169.254.1.1]:22", "224.0.0.1"])
def test_a_place_that_is_never_called_is_refused(address: str) -> None:
    with pytest.raises(BadInput, match="this address is refused"):
        place(address, 5432)
