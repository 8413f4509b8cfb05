"""The drill's credentials are shaped like real ones, so that every check of shape is rehearsed too."""

from __future__ import annotations

import pytest

from irkit.drill.credentials import aws_key_id, aws_pair, github_token
from irkit.providers.aws import account_of
from irkit.providers.github import GITHUB


def test_a_token_has_githubs_shape_and_checksum() -> None:
    shape = GITHUB.shape_of(github_token())
    assert shape is not None
    assert shape.name == "ghp"


@pytest.mark.parametrize("account", ["111122223333", "000000000001", "999999999999"])
def test_the_account_can_be_read_from_a_key_id(account: str) -> None:
    assert account_of(aws_key_id(account)) == account
    assert account_of(aws_pair(account)[0]) == account
