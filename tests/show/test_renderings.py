"""Three renderings of one view: the same words in the same order, and nothing in them acts."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from irkit.show import Details, Entry, Facts, Figure, Link, Notice, Prose, Stage, Strip, Table, Timeline, View
from irkit.show.text import WIDTH

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="10" height="10"/></svg>'

EVERYTHING = View(
    "Who used it",
    (
        Facts((("Provider", "GitHub"), ("Expires", None), ("Alive", True), ("Asked", AT)), "Credential"),
        Table(
            ("Address", "Events"),
            (("192.0.2.7", 12), ("2001:db8::1", None)),
            "By address",
            "40 more rows are elsewhere",
        ),
        Timeline(
            (Entry(AT, "commit added it", "git log", "settable"), Entry(None, "first copy", "", "unknown")), "In order"
        ),
        Figure(PICTURE, "A bar from March to May", "Exposure window", Table(("end", "bound"), (("opened", AT),))),
        Notice("bad", "Still alive"),
        Prose(("First paragraph.", "Second paragraph.")),
        Table(("Skipped", "Why"), ()),
        Strip((Stage("Exposed", "yes", "12 places", "bad"), Stage("Written", "apart")), "Where it stands"),
        Details("1. key.env", (Facts((("Object", Link("b10b", "#place-1")),)),), "place-1"),
    ),
)

SAID = [
    "Who used it",
    *("Credential", "Provider", "GitHub", "Expires", "unknown", "Alive", "yes", "Asked", "2026-03-01 12:00:00Z"),
    *("By address", "Address", "Events", "192.0.2.7", "12", "2001:db8::1", "unknown", "40 more rows are elsewhere"),
    *(
        "In order",
        "Time (UTC)",
        "Event",
        "Source",
        "Trust",
        "2026-03-01 12:00:00Z",
        "commit added it",
        "git log",
        "settable",
    ),
    *("unknown", "first copy", "unknown"),
    *("A bar from March to May", "Exposure window", "end", "bound", "opened", "2026-03-01 12:00:00Z"),
    *("Critical:", "Still alive"),
    *("First paragraph.", "Second paragraph."),
    *("Skipped", "Why", "none"),
    *("Where it stands", "Exposed", "yes", "12 places", "Written", "not part of this"),
    *("1. key.env", "Object", "b10b"),
]


class Page(HTMLParser):
    """Text outside <style>, picture descriptions, and every tag with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._in_style = False
        self.feed(page)
        self.text = " ".join(self.words)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in_style = tag == "style"
        if tag == "img":
            self.words.append(dict(attrs)["alt"] or "")

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if not self._in_style:
            self.words.append(data)


def read_markdown(text: str) -> Page:
    return Page(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))


def as_text(view: View) -> str:
    return view.text()


def as_html(view: View) -> str:
    return Page(view.html()).text


def as_markdown(view: View) -> str:
    return read_markdown(view.markdown()).text


RENDERINGS = pytest.mark.parametrize("rendered", [as_text, as_html, as_markdown])


@RENDERINGS
def test_every_rendering_says_everything_in_the_same_order(rendered) -> None:
    shown, position = rendered(EVERYTHING), 0
    for words in SAID:
        found = shown.find(words, position)
        assert found >= 0, f"{words!r} is missing after {shown[max(0, position - 80) : position]!r}"
        position = found + len(words)


@RENDERINGS
def test_none_is_shown_as_unknown_and_never_as_zero_or_nothing(rendered) -> None:
    shown = rendered(View("Counts", (Table(("what", "n"), (("uses", None),)), Facts((("first", None),)))))
    assert shown.count("unknown") == 2
    assert not re.search(r"\b0\b|None|nan", shown)


@RENDERINGS
def test_a_level_is_told_in_a_word(rendered) -> None:
    shown = rendered(View("Notices", tuple(Notice(level, "x") for level in ("ok", "info", "warn", "bad"))))
    assert re.findall(r"\w+(?=:)", shown) == ["OK", "Note", "Warning", "Critical"]


HOSTILE = {
    "script": "<script>alert(1)</script>",
    "attribute": '"><img src=x onerror=alert(1)>',
    "terminal escape": "\x1b[2J\x1b]0;title\x07red",
    "c1 control": "\x9b31mred",
    "bidi override": "abc\u202etxt.exe\u2066",
    "line break": "first\r\nsecond\n# third",
    "line separator": "first\u2028second",
    "markdown link": "[click](https://evil.example/x)",
    "image": "![x](https://evil.example/x.png)",
    "bare link": "see https://evil.example/x and www.evil.example",
    "pipe": "a | b \\| c `|` d",
    "code": "`x` ``y``",
    "mention": "thanks @security-team and @root, see #12",
    "list": "- item",
    "number": "1. item",
    "rule": "---",
    "heading": "# heading",
    "mathematics": "$x$ and ~~gone~~ and *em* __strong__",
    "entity": "&lt;b&gt; &amp;",
    "lone surrogate": "file\udcff.txt",
    "tag characters": "a\U000e0041b",
    "wide": "日本語" * 60,
}


def everywhere(hostile: str) -> View:
    table = Table((hostile, "n"), ((hostile, 1),), hostile, hostile)
    blocks = (
        Facts(((hostile, hostile),), hostile),
        table,
        Timeline((Entry(AT, hostile, hostile, hostile),), hostile),
        Figure(PICTURE, hostile, hostile, table),
        Notice("warn", hostile),
        Prose((hostile,)),
    )
    return View(hostile, blocks)


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_html_gains_no_tag_and_no_attribute_from_a_hostile_text(hostile: str) -> None:
    harmless, page = Page(everywhere("x").html()), Page(everywhere(hostile).html())
    assert [(tag, attributes.keys()) for tag, attributes in page.tags] == [
        (tag, attributes.keys()) for tag, attributes in harmless.tags
    ]


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_markdown_gains_no_tag_from_a_hostile_text(hostile: str) -> None:
    harmless, page = read_markdown(everywhere("x").markdown()), read_markdown(everywhere(hostile).markdown())
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in harmless.tags]


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_no_rendering_keeps_a_character_that_acts(hostile: str) -> None:
    view = everywhere(hostile)
    for shown in (view.text(), view.html(), view.markdown()):
        shown.encode()  # no lone surrogate
        assert not re.search(
            r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]", shown
        )


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_text_stays_within_its_width(hostile: str) -> None:
    from rich.cells import cell_len

    assert max(cell_len(line) for line in everywhere(hostile).text().splitlines()) <= WIDTH


@pytest.mark.parametrize(
    "hostile",
    [text for name, text in HOSTILE.items() if name not in ("terminal escape", "c1 control", "bidi override", "line break",
                                                            "line separator", "lone surrogate", "tag characters")],
)  # fmt: skip
def test_markdown_reads_as_what_was_written(hostile: str) -> None:
    shown = "".join(read_markdown(View("t", (Prose((hostile,)),)).markdown()).words)
    assert hostile in shown


def test_markdown_stops_mentions_links_and_references() -> None:
    shown = View("t", (Prose(("@root #12 GH-3 https://e.example www.e.example mailto:a",)),)).markdown()
    assert not re.search(r"@\w|#\d|GH-\d|https:|www\.|mailto:", shown)


def test_a_break_in_a_cell_is_seen_and_breaks_no_row() -> None:
    table = View("t", (Table(("a", "b"), (("one\ntwo", "three"),)),))
    assert any("one ↵ two" in line and "three" in line for line in table.text().splitlines())
    assert "| one ↵ two | three |" in table.markdown().splitlines()


def test_a_table_too_wide_for_its_columns_is_written_row_by_row() -> None:
    names = tuple(f"column {number}" for number in range(14))
    shown = View("t", (Table(names, (tuple(f"some value {number}" for number in range(14)),)),)).text()
    assert all(re.search(rf"^column {number} +some value {number}$", shown, re.MULTILINE) for number in range(14))


def test_numbers_are_flush_right() -> None:
    view = View("t", (Table(("who", "n"), (("a", 5), ("b", 12345), ("c", None))),))
    assert [line[-5:] for line in view.text().splitlines()[5:7]] == ["    5", "12345"]
    assert "| --- | ---: |" in view.markdown()
    assert view.html().count('class="ik-num"') == 4


def test_a_notebook_fragment_has_no_script_no_style_attribute_and_only_its_own_classes() -> None:
    page = Page(EVERYTHING.html())
    for tag, attributes in page.tags:
        assert tag not in ("script", "iframe", "object", "link", "form")
        assert not any(name == "style" or name.startswith("on") for name in attributes)
        assert all(name.startswith("ik-") for name in (attributes.get("class") or "").split())
        assert not (attributes.get("src") or "data:").startswith("http")


def test_html_marks_heads_of_columns_and_rows() -> None:
    tags = Page(EVERYTHING.html()).tags
    scopes = [attributes.get("scope") for tag, attributes in tags if tag == "th"]
    assert set(scopes) == {"col", "row"}
    assert [tag for tag, _ in tags].count("caption") == 3


@pytest.mark.parametrize(("level", "tag"), [(1, "h1"), (3, "h3"), (9, "h6")])
def test_the_heading_has_the_level_asked_for(level: int, tag: str) -> None:
    assert Page(View("t").html(level)).tags[-1][0] == tag
    assert View("t").markdown(level).startswith("#" * int(tag[1]) + " t")


def test_text_breaks_no_digest_and_no_time() -> None:
    digest = "sha256:" + "0123456789abcdef" * 4
    names = ("Plan", "Approved by", "Fingerprint", "At", "Digest")
    table = Table(names, (("revoke-984dda949615", "Alice Example <alice@example.org>", "A11C" * 10, AT, digest),))
    shown = View("t", (table,)).text()
    for whole in (digest, "A11C" * 10, "2026-03-01 12:00:00Z", "revoke-984dda949615"):
        assert whole in shown


def test_a_table_that_is_nearly_too_wide_loses_no_column() -> None:
    columns = ("Credential", "Kind", "Occurrences", "Window", "Verdict", "Contained")
    row = ("AB12" * 10, "openpgp", 1, "open as far as is known", "revoked", None)
    shown = View("t", (Table.of(columns, [row]),)).text()
    assert max(map(len, shown.splitlines())) <= WIDTH
    assert all(name in shown for name in columns)
    assert "AB12" * 10 in shown
