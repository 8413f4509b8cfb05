"""The blocks of a page, by a Markdown parser, and the marks before them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
SHELL = ("sh", "console")
_COMMENT = re.compile(r"\A<!-- test: (.*?) -->\s*\Z", re.DOTALL)

ELSEWHERE = {
    ("README.md", "make drill"): "not run; the continuous run does just this; held by tests/e2e/test_page.py",
    (
        "README.md",
        "pip install .",
    ): "not run; approvals need two people's keys, and logs; held by tests/e2e/test_kill_playbooks.py",
    (
        "README.md",
        "irkit guard install",
    ): "not run; each needs a world of its own; held by tests/guard/test_staged.py tests/guard/test_coverage.py "
    "tests/readiness/test_drilled.py tests/case/test_blast.py tests/drill/test_human.py",
}
"""Marks of the README, which shows none: by the beginning of the block."""


@dataclass(frozen=True)
class Marks:
    """What a comment before a block says."""

    stand_ins: tuple[str, ...] = ()
    code: int = 0
    run: bool = True
    why: str = ""
    held_by: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> Marks:
        """ValueError for a word that is not known, and for what is not run without a reason."""
        stand_ins: list[str] = []
        why: list[str] = []
        held: list[str] = []
        needs: list[str] = []
        code, run = 0, True
        for part in (part.strip() for part in " ".join(text.split()).split(";")):
            if part == "not run":
                run = False
            elif named := re.fullmatch(r"with ([a-z-]+(?: [a-z-]+)*)", part):
                stand_ins += named[1].split()
            elif ended := re.fullmatch(r"exit ([0-5])", part):
                code = int(ended[1])
            elif by := re.fullmatch(r"held by (.+)", part):
                held += by[1].replace(",", " ").split()
            elif needed := re.fullmatch(r"needs (\S+)", part):
                needs.append(needed[1])
            elif not run:
                why.append(part)
            else:
                raise ValueError(f"no mark: {part}")
        if not run and not why:
            raise ValueError("what is not run needs a reason")
        return cls(tuple(stand_ins), code, run, "; ".join(why), tuple(held), tuple(needs))


@dataclass(frozen=True)
class Block:
    """A fence: `line` is that of its first line of text, 1-based."""

    page: Path
    line: int
    kind: str
    text: str
    marks: Marks = field(default=Marks())

    @property
    def where(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def commands(self) -> list[tuple[str, str]]:
        """Each command of a console with what is shown below it; of a script the whole, with nothing."""
        if self.kind != "console":
            return [(self.text, "")]
        found: list[tuple[list[str], list[str]]] = []
        for line in self.text.splitlines():
            if line.startswith("$ "):
                found.append(([line[2:]], []))
            elif not found:
                raise ValueError(f"{self.where}: a console begins with a command, after $")
            elif line.startswith("> ") and not found[-1][1]:
                found[-1][0].append(line[2:])
            else:
                found[-1][1].append(line)
        return [("\n".join(typed) + "\n", "\n".join(shown)) for typed, shown in found]


def fences(page: Path) -> list[Block]:
    """All fences of a page. ValueError that names the line of a mark which cannot be read or has no fence."""
    blocks: list[Block] = []
    marked: tuple[int, str] | None = None
    for token in MarkdownIt().parse(page.read_text()):
        line = token.map[0] + 1 if token.map else 0
        if token.type == "html_block" and (comment := _COMMENT.match(token.content)):
            marked = (line, comment[1])
        elif token.type == "fence":
            kind = token.info.split()[0] if token.info.split() else ""
            said = marked[1] if marked else _elsewhere(page, token.content)
            try:
                blocks.append(Block(page, line + 1, kind, token.content, Marks.read(said) if said else Marks()))
            except ValueError as error:
                raise ValueError(f"{page.relative_to(ROOT)}:{line}: {error}") from None
            marked = None
        elif marked and token.type not in ("html_block",):
            raise ValueError(f"{page.relative_to(ROOT)}:{marked[0]}: a mark stands right before a fence")
    return blocks


def indented(page: Path) -> list[tuple[int, str]]:
    """Blocks that are code by their indentation alone, which are not run."""
    return [
        (token.map[0] + 1, token.content)
        for token in MarkdownIt().parse(page.read_text())
        if token.type == "code_block" and token.map
    ]


def spans(page: Path) -> list[tuple[int, str]]:
    """Code within a line, with the line where its paragraph begins."""
    found = []
    for token in MarkdownIt().enable("table").parse(page.read_text()):
        if token.type == "inline" and token.map:
            found += [
                (token.map[0] + 1, child.content) for child in token.children or () if child.type == "code_inline"
            ]
    return found


def _elsewhere(page: Path, text: str) -> str:
    name = str(page.relative_to(ROOT))
    return next((mark for (where, begins), mark in ELSEWHERE.items() if where == name and text.startswith(begins)), "")
