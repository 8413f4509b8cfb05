"""Where a fresh credential can be put, in one table. To add a store: a file like its neighbours, a line here, a table of cases."""

from __future__ import annotations

from irkit.errors import BadInput
from irkit.stores.aws import AWS_PARAMETER, AWS_SECRET
from irkit.stores.azure import AZURE_SECRET
from irkit.stores.circleci import CIRCLECI_CONTEXT
from irkit.stores.gcp import GCP_SECRET
from irkit.stores.github import GITHUB_ACTIONS, GITHUB_DEPENDABOT, GITHUB_ENVIRONMENT, GITHUB_ORG
from irkit.stores.gitlab import GITLAB_VARIABLE
from irkit.stores.interface import Fields, Store
from irkit.stores.kubernetes import KUBERNETES
from irkit.stores.machine import AGE, FILE, KEYRING, SOPS
from irkit.stores.vault_kv import VAULT_KV

_ALL: tuple[Store, ...] = (
    AGE,
    AWS_PARAMETER,
    AWS_SECRET,
    AZURE_SECRET,
    CIRCLECI_CONTEXT,
    FILE,
    GCP_SECRET,
    GITHUB_ACTIONS,
    GITHUB_DEPENDABOT,
    GITHUB_ENVIRONMENT,
    GITHUB_ORG,
    GITLAB_VARIABLE,
    KEYRING,
    KUBERNETES,
    SOPS,
    VAULT_KV,
)
STORES: dict[str, Store] = {store.name: store for store in _ALL}


def store_of(place: str) -> tuple[Store, Fields]:
    """The store and what the place says. BadInput, naming those that are known, for anything else."""
    name, _, rest = place.partition(":")
    if name not in STORES:
        known = "; ".join(store.form for store in STORES.values())
        raise BadInput("there is no such store", on=name[:40], why=f"irkit knows {known}", do="see docs/stores.md")
    return STORES[name], STORES[name].fields(rest)
