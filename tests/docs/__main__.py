"""`python -m tests.docs`: what is not run, and why. `python -m tests.docs docs/PAGE.md`: what its commands print, to be shown in it."""

# ruff: noqa: T201

from __future__ import annotations

import sys
from pathlib import Path

from tests.docs.blocks import PAGES, SHELL, fences
from tests.docs.running import desk, typed
from tests.docs.stand_ins import STAND_INS


def listed() -> None:
    blocks = [block for page in PAGES for block in fences(page) if block.kind in SHELL]
    left = [block for block in blocks if not block.marks.run]
    for block in left:
        print(f"{block.where}: {block.marks.why}; {', '.join(block.marks.held_by) or 'held by no test'}")
    print(f"{len(blocks)} blocks of commands, {len(blocks) - len(left)} typed by the tests, {len(left)} not")


def shown(page: Path) -> None:
    with desk() as place:
        blocks = [block for block in fences(page) if block.kind in SHELL and block.marks.run]
        for one in typed(blocks, place, lambda name, place: STAND_INS[name](place)):
            print(f"$ {one.command}{one.printed}", end="")
            if one.code:
                print(f"(ended with {one.code})")


if __name__ == "__main__":
    if sys.argv[1:]:
        shown(Path(sys.argv[1]).absolute())
    else:
        listed()
