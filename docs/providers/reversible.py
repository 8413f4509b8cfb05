"""The table of docs/rotate.md: which providers give a step that can be undone. `python docs/providers/reversible.py` writes it there."""

# ruff: noqa: T201

from __future__ import annotations

from pathlib import Path

from irkit.providers import PROVIDERS
from irkit.providers.interface import Provider
from irkit.revoke import ways_back

PAGE = Path(__file__).parents[1] / "rotate.md"
BEGIN, END = "<!-- made by reversible.py -->\n", "<!-- end -->\n"


def row(provider: Provider) -> str:
    """The step in its own words, and who takes it back; the providers without one are listed below."""
    steps = ways_back(provider)
    back = "`irkit plan CASE --reactivate`" if any(one.undo for one in steps) else "by a person"
    return f"| [{provider.title}]({Path(provider.docs).relative_to('docs')}) | {'; '.join(one.what for one in steps)} | {back} |"


def table() -> str:
    """Those with such a step, then the names of those whose first step is final, then of those without an API."""
    known = sorted(PROVIDERS.values(), key=lambda one: one.title.lower())
    final = [one.title for one in known if one.steps and not ways_back(one)]
    by_hand = [one.title for one in known if not one.steps]
    rows = [
        "| Provider | What can be undone | Taken back |",
        "|---|---|---|",
        *(row(one) for one in known if ways_back(one)),
    ]
    told = [
        f"None, the first step is final: {', '.join(final)}.",
        f"By a person, whatever there is: {', '.join(by_hand)}.",
    ]
    return "\n".join(rows) + "\n\n" + "\n\n".join(told) + "\n"


def page(text: str) -> str:
    """The page with its table made anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + "\n" + table() + "\n" + END + after


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
    print(f"written: {PAGE}")
