"""Where a fresh credential can be put, in one table. To add a store: a file like its neighbours, a line here, a table of cases."""

from __future__ import annotations

from irkit.errors import BadInput
from irkit.stores.interface import Fields, Store

_ALL: tuple[Store, ...] = ()
STORES: dict[str, Store] = {store.name: store for store in _ALL}


def store_of(place: str) -> tuple[Store, Fields]:
    """The store and what the place says. BadInput, naming those that are known, for anything else."""
    name, _, rest = place.partition(":")
    if name not in STORES:
        known = "; ".join(store.form for store in STORES.values())
        raise BadInput("there is no such store", on=name[:40], why=f"irkit knows {known}", do="see docs/stores.md")
    return STORES[name], STORES[name].fields(rest)
