"""What issuers list of what they issued, in one table. To add one: a file like its neighbours, a line here, a table of cases."""

from __future__ import annotations

from irkit.providers.inventory.aws import LISTINGS as _AWS
from irkit.providers.inventory.github import LISTINGS as _GITHUB
from irkit.providers.inventory.gitlab import LISTINGS as _GITLAB
from irkit.providers.inventory.interface import Listed, Listing, Prepared, Study
from irkit.providers.inventory.npm import LISTINGS as _NPM
from irkit.providers.inventory.vault import LISTINGS as _VAULT

__all__ = ["LISTINGS", "Listed", "Listing", "Prepared", "Study"]

LISTINGS: tuple[Listing, ...] = (*_AWS, *_GITHUB, *_GITLAB, *_NPM, *_VAULT)
