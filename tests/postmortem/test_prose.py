"""What people write keeps its form, and nothing in it acts."""

from __future__ import annotations

import pytest

from irkit.postmortem.writing.prose import blocks_of, is_written, plain
from irkit.show import Passage, Span, Table, View, Written

SAID = {
    "a paragraph over lines": ("one\ntwo", "<p>one two</p>"),
    "emphasis": ("*a* and **b**", "<p><em>a</em> and <strong>b</strong></p>"),
    "code": ("run `irkit show <case>`", "<p>run <code>irkit show &lt;case&gt;</code></p>"),
    "a heading": ("## What helped", "<p><strong>What helped</strong></p>"),
    "a list in a list": ("- a\n  - b", "<ul><li><p>a</p><ul><li><p>b</p></li></ul></li></ul>"),
    "numbers": ("1. a\n2. b", "<ol><li><p>a</p></li><li><p>b</p></li></ol>"),
    "a quote": ("> a", "<blockquote><p>a</p></blockquote>"),
    "a link is text": ("[the wiki](https://wiki.example/x)", "<p>the wiki (https://wiki.example/x)</p>"),
    "a bare link": ("<https://wiki.example/x>", "<p>https://wiki.example/x</p>"),
    "a picture is text": ("![plan](http://x.example/p.png)", "<p>plan (http://x.example/p.png)</p>"),
    "HTML is text": ("a <b>c</b>\n\n<script>x</script>", "<p>a &lt;b&gt;c&lt;/b&gt;</p><p>&lt;script&gt;x&lt;/script&gt;</p>"),
    "a prompt is left out": ("<!-- who?\n\nwhen? -->\n\nwe <!-- all --> knew", "<p>we  knew</p>"),
    "a prompt that is not closed": ("<!-- who?\n\nwhen?", ""),
    "a line of dashes": ("a\n\n" + "-" * 200 + "\n\nb", "<p>a</p><p>b</p>"),
    "too deep": ("> " * 70 + "a", f"<p>{'&gt; ' * 70}a</p>"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), SAID.values(), ids=SAID)
def test_what_people_write_keeps_its_form(source: str, expected: str) -> None:
    html = View("", blocks_of(source)).html()
    assert html.partition("</style><h3></h3>")[2] == f"{expected}</section>"


def test_a_table_is_a_table_and_within_a_list_its_rows_are_lines() -> None:
    table = "| gap | fix |\n|---|---|\n| no alert | one |"
    assert blocks_of(f"a\n\n{table}") == (
        Written((Passage("paragraph", (Span("a"),)),)),
        Table(("gap", "fix"), (("no alert", "one"),)),
    )
    assert "no alert | one" in plain(blocks_of("- a\n\n" + "\n".join(f"  {line}" for line in table.splitlines())))


def test_code_of_several_lines_stays_so_in_every_format() -> None:
    view = View("t", blocks_of("````\nfirst\n```\n<b>\x1b[31m\n````"))
    assert "<pre><code>first\n```\n&lt;b&gt;\\x1b[31m</code></pre>" in view.html()
    assert "````\nfirst\n```\n<b>\\x1b[31m\n````" in view.markdown()
    assert "    first\n    ```\n" in view.text()


def test_prompts_alone_are_nothing_written() -> None:
    assert not is_written("<!-- what\nhappened -->\n\n<!-- and -->\n")
    assert is_written("<!-- what -->\nit broke")
    assert blocks_of("<!-- what -->\n") == ()
