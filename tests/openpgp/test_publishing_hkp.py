"""Key servers that speak HKP: what a client gets is what counts, not what the server said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from irkit.openpgp import Gpg
from irkit.openpgp.operations import OPERATIONS
from irkit.openpgp.operations.publishing import standing
from irkit.openpgp.runner import throwaway_home
from tests.needs import needs
from tests.openpgp.published import Two, client_that_knew, hands, key_in, keys_of_a_module
from tests.servers.sks import sks_server

publish = OPERATIONS["publish-hkp"]


@pytest.fixture(scope="module")
def two() -> Iterator[Two]:
    with keys_of_a_module() as made:
        yield made


@pytest.fixture(scope="module")
def sks() -> Iterator[str]:
    with sks_server() as server:
        yield server


@needs("sks", "dirmngr")
def test_both_keys_are_published_once_and_clients_see_it(two: Two, sks: str) -> None:
    command = two.command("publish-hkp", server=sks)
    before = standing(command, hands())
    assert (before.old, before.new) == ("absent", "absent")
    with client_that_knew(two) as home:
        first, second = publish(command, hands()), publish(command, hands())
        assert "is published" in first.what
        assert "already" not in first.what
        assert "already" in second.what
        facts = dict(first.facts)
        assert facts["published"] == "yes"
        assert facts["append_only"] == "yes"
        assert facts["gpg_recv_keys"] == "old key revoked; new key present"
        assert "server_said" not in dict(second.facts)
        Gpg(home).must("a refresh", ["--keyserver", sks, "--refresh-keys"])
        assert key_in(home, two.old.key.primary).revoked
    with throwaway_home() as home:
        Gpg(home).must("a new client", ["--keyserver", sks, "--recv-keys", two.new.key.primary])
        assert key_in(home, two.new.key.primary).usable
