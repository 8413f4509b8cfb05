"""Where a call may go."""

from __future__ import annotations

import pytest

from irkit.errors import BadInput
from irkit.network.address import permitted

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
