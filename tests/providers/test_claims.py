"""No provider claims more than a test shows: each entry of `proved` has a marked test, and is of something the file can do."""

from __future__ import annotations

import pytest

from irkit.providers import PROVIDERS
from irkit.providers.interface import ABILITIES, UNVERIFIED
from irkit.stores.catalogue import STORES
from tests.providers.proofs import marks

MARKS = frozenset(marks())
KINDS = ("real server: ", "contract: ", "offline")


@pytest.mark.parametrize("name", PROVIDERS)
def test_what_a_provider_claims_is_borne_out(name: str) -> None:
    provider = PROVIDERS[name]
    for ability, by in provider.proved.items():
        assert ability in ABILITIES
        assert provider.abilities[ability], f"{name} claims {ability} and cannot do it"
        assert by.startswith(KINDS)
        assert by != UNVERIFIED
        assert (name, ability, by) in MARKS, f'no test is marked @proves("{name}", "{ability}", by="{by}")'


@pytest.mark.parametrize("name", STORES)
def test_what_a_store_claims_is_borne_out(name: str) -> None:
    for ability, by in STORES[name].proved.items():
        assert ability in ("put", "read back")
        assert (name, ability, by) in MARKS
