"""The table of docs/providers/README.md, made from the providers' own claims. `python docs/providers/table.py` writes it there.

No cell says more than a test shows: tests/providers/test_claims.py holds every claim against a test that bears its mark.
"""

# ruff: noqa: T201

from __future__ import annotations

from pathlib import Path

from irkit.providers import PROVIDERS
from irkit.providers.interface import ABILITIES, Provider
from irkit.stores.catalogue import STORES

PAGE = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- made by table.py -->\n", "<!-- end -->\n"
BY_HAND, NOT = "by hand", "-"


def cell(provider: Provider, ability: str) -> str:
    """What a test shows, "unverified" where the file can do it and none does, "-" where it cannot."""
    if by := provider.proved.get(ability):
        return by
    if provider.abilities[ability]:
        return "unverified"
    return BY_HAND if ability in ("revoke", "replace") else NOT


def providers() -> str:
    rows = [f"| Provider | {' | '.join(ABILITIES)} |", "|---" * (len(ABILITIES) + 1) + "|"]
    for provider in sorted(PROVIDERS.values(), key=lambda one: one.title.lower()):
        cells = " | ".join(cell(provider, ability) for ability in ABILITIES)
        rows.append(f"| [{provider.title}]({Path(provider.docs).name}) | {cells} |")
    revocable = sum(bool(provider.steps) for provider in PROVIDERS.values())
    head = f"{len(PROVIDERS)} providers, {revocable} of them revocable through an API, the others by a person with the same proof.\n"
    return head + "\n" + "\n".join(rows) + "\n"


def stores() -> str:
    rows = ["| Store | written | put | read back |", "|---|---|---|---|"]
    for store in sorted(STORES.values(), key=lambda one: one.name):
        back = store.proved.get("read back", "unverified" if store.ask_back else NOT)
        rows.append(f"| {store.title} | `{store.form}` | {store.proved.get('put', 'unverified')} | {back} |")
    return "\n".join(rows) + "\n"


def table() -> str:
    return f"{providers()}\n## Stores\n\nWhere a fresh credential can be put ([how](../stores.md)):\n\n{stores()}"


def page(text: str) -> str:
    """The page with its table made anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + "\n" + table() + "\n" + END + after


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
    print(f"written: {PAGE.name}")
