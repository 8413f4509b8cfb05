"""What the theme leaves without a name for those who hear a page (ARIA): its search. A hook of mkdocs."""

from __future__ import annotations

from typing import Any

SEARCH = '<div class="md-search" data-md-component="search" role="dialog">'


def on_post_page(output: str, **_more: Any) -> str:
    """The page with a name for its search."""
    return output.replace(SEARCH, SEARCH.replace('role="dialog"', 'role="dialog" aria-label="Search"'))
