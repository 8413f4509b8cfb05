"""Every hostile text through every renderer: what is read is what was written, and nothing in it acts."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from itertools import cycle

import mistune
import pytest

from irkit.case.exposure.located import Located
from irkit.cli.common import put, run_guarded, say
from irkit.errors import BadInput
from irkit.exposure.usage import mirror
from irkit.exposure.usage.baseline import Habit
from irkit.model import ApiToken, Fingerprint, Occurrence, SecretRef
from irkit.postmortem import to_html, to_json, to_markdown
from irkit.postmortem.writing.prose import blocks_of
from irkit.show import Facts, Link, Prose, Table, View, grid, live
from irkit.show.branches import Branch, side_by_side, svg
from irkit.show.page import page
from irkit.show.plain import inert_json
from irkit.show.svg import fault
from tests.hostile import EVERY, FAMILIES, Case
from tests.hostile.everywhere import postmortem_of, statement_of, view_of
from tests.show.test_renderings import Page, read_markdown

FAMILY = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)

ACTS = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e00ff]"
)

BREAKS = "\r\n"


def failing(family: Iterable[Case], holds) -> list[str]:
    return [case.name for case in family if not holds(case)]


def tags(text: str) -> list[tuple[str, list[str]]]:
    return [(tag, sorted(attributes)) for tag, attributes in Page(text).tags]


def together(text: str) -> str:
    return "".join(text.split())


gfm = mistune.create_markdown(
    escape=False, plugins=["strikethrough", "footnotes", "table", "url", "task_lists", "def_list", "math"]
)


def test_the_corpus_is_as_large_as_it_is_said_to_be() -> None:
    assert len(EVERY) >= 200
    assert len({(case.family, case.name) for case in EVERY}) == len(EVERY)


@FAMILY
def test_a_text_is_shown_as_expected(family: list[Case]) -> None:
    def holds(case: Case) -> bool:
        shown = "".join(Page(View("", (Prose((case.text,)),)).html(1)).words)
        return shown == case.shown and not ACTS.search(shown)

    assert failing(family, holds) == []


@FAMILY
def test_html_gains_no_tag_and_no_attribute(family: list[Case]) -> None:
    plain = tags(view_of("x").html())

    def holds(case: Case) -> bool:
        made = [tag for tag in tags(view_of(case.text).html()) if tag[0] != "a"]
        return made == plain

    assert failing(family, holds) == []


def test_a_link_is_active_only_where_it_leads_to_a_page_or_a_place_in_the_view() -> None:
    def holds(case: Case) -> bool:
        html = View("t", (Facts((("x", Link("x", case.text)),)),)).html()
        links = [attributes["href"] for tag, attributes in Page(html).tags if tag == "a"]
        return links == (
            [case.text.replace("#", "#ik-at-", 1) if case.text[0] == "#" else case.text]
            if case.link == "active"
            else []
        )

    assert failing(FAMILIES["urls"], holds) == []


@FAMILY
def test_markdown_gains_no_tag_in_either_of_two_readers(family: list[Case]) -> None:
    plain = [tags(str(read(view_of("x").markdown()))) for read in (gfm, lambda text: read_markdown(text).tags)]

    def holds(case: Case) -> bool:
        made = view_of(case.text).markdown()
        return [tags(str(read(made))) for read in (gfm, lambda text: read_markdown(text).tags)] == plain

    assert failing([case for case in family if case.short and case.shown.strip()], holds) == []


@FAMILY
def test_markdown_reads_as_what_was_written(family: list[Case]) -> None:
    def holds(case: Case) -> bool:
        made = View("t", (Prose((f"a {case.text.strip(BREAKS)} z",)),)).markdown()
        return together("".join(read_markdown(made).words)) == together(f"t a {case.shown} z")

    assert failing([case for case in family if case.short], holds) == []


@FAMILY
def test_text_holds_no_character_that_acts_and_says_the_same(family: list[Case]) -> None:
    def holds(case: Case) -> bool:
        shown = view_of(case.text).text()
        said = View("t", (Prose((case.text,)),)).text()
        return not ACTS.search(shown) and together(said) == together(f"t = {case.shown}")

    assert failing(family, holds) == []


def located(text: str) -> Located:
    token = ApiToken(SecretRef("env:LEAKED_TOKEN"), "github", "github_pat", Fingerprint("1f" * 32))
    return Located(token, (Occurrence(token.name, "file", text, 1, 0, "raw", True),), ())


@FAMILY
def test_a_cell_of_csv_is_one_cell_that_no_spreadsheet_runs(family: list[Case]) -> None:
    def holds(case: Case) -> bool:
        made = located(case.text).csv()
        rows = list(csv.reader(io.StringIO(made, newline="")))
        expected = ("'" if case.cell == "quoted" else "") + case.shown
        return len(rows) == 2 and rows[1][1] == expected and not ACTS.search(made.replace("\r\n", ""))

    csv.field_size_limit(1 << 20)
    assert failing(family, holds) == []


@FAMILY
def test_a_picture_of_lines_can_hold_it(family: list[Case]) -> None:
    short = [case for case in family if case.short]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("warnings.warn", lambda *_, **__: None)  # letters that no font here has
        lines = [Branch(index % 3, case.text, case.text, "filled") for index, case in enumerate(short)]
        drawn = [svg("\x1b[31m", lines), side_by_side(("\x1b[31m", "b"), list(zip(lines, lines, strict=True)))]
        rows = [grid.Row(case.text, (grid.Cell("cross", case.text),), case.text) for case in short]
        drawn.append(grid.svg((short[0].text,), rows, grid.Widths(0.3, 0.2), short[0].text))
        habits = [Habit("address", case.text, 1, 2) for case in short]
        drawn.append(mirror.svg([("Addresses", habits, 0)], short[0].text, short[0].text, known=True))
    assert [fault(one) for one in drawn] == [""] * len(drawn)


@FAMILY
def test_a_live_table_gets_text_that_acts_nowhere_and_links_that_lead_to_pages(family: list[Case]) -> None:
    def holds(case: Case) -> bool:
        made = live.document(Table((case.text,), ((case.text,), (Link(case.text, case.text),)), case.text))
        [column] = made["columns"]
        texts = (made["caption"], column["name"], *column["shown"])
        to = (column["to"] or ["", ""])[1]
        return not any(map(ACTS.search, texts)) and to.partition(":")[0] in (
            "",
            "https",
            to if to.startswith("#ik-at-") else "",
        )

    assert failing(family, holds) == []


@FAMILY
def test_the_command_line_says_an_error_in_one_harmless_line(
    family: list[Case], capfd: pytest.CaptureFixture[str]
) -> None:
    def holds(case: Case) -> bool:
        def failed() -> None:
            raise BadInput("it cannot be read", on=case.text, why=f"it says {case.text}", do="look at it")

        with pytest.raises(SystemExit):
            run_guarded(failed)
        told = capfd.readouterr().err
        return told.startswith("irkit: it cannot be read") and told.count("\n") == 1 and not ACTS.search(told)

    assert failing(family, holds) == []


@FAMILY
def test_progress_and_documents_act_in_no_terminal(family: list[Case], capfd: pytest.CaptureFixture[str]) -> None:
    def holds(case: Case) -> bool:
        say(case.text)
        put({case.text: [case.text]})
        out, err = capfd.readouterr()
        return not ACTS.search(out + err) and json.loads(out) == {case.text: [case.text]}

    assert failing(family, holds) == []


@FAMILY
def test_a_statement_gains_no_line_and_no_tag(family: list[Case]) -> None:
    plain = statement_of("x")
    heads = [together(line)[:12] for line in plain.text().splitlines() if "x" not in line and set(line) != {"="}]

    def holds(case: Case) -> bool:
        made = statement_of(case.text)
        text = made.text()
        lines = text.splitlines()
        listed = [line for line in lines if re.match("[0-9a-f]{64}  ", line)]
        kept = [together(line)[:12] for line in lines]
        return (
            len(lines) == len(plain.text().splitlines())
            and listed == ["0a" * 32 + "  " + case.shown]
            and all(head in kept for head in heads)
            and not ACTS.search(text)
            and tags(page(made.view())) == tags(page(plain.view()))
            and json.loads(inert_json(made.document())) == made.document()
        )

    assert failing([case for case in family if case.shown.strip()], holds) == []


_OF_PROSE = {
    *("p", "strong", "em", "code", "pre", "ul", "ol", "li", "blockquote", "div"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


@FAMILY
def test_a_file_of_peoples_words_has_forms_and_nothing_that_acts(family: list[Case]) -> None:
    def holds(case: Case) -> bool:
        view = View("t", blocks_of(f"- {case.text}\n\n{case.text}\n\n> {case.text}"))
        made = tags(view.html().partition("</style>")[2])
        harmless = {"class", "role", "tabindex", "aria-label", "scope"}
        active = [tag for tag in made if tag[0] not in _OF_PROSE | {"h3"} or set(tag[1]) - harmless]
        shown = view.text() + "".join(Page(view.html().partition("</style>")[2]).words)
        in_markdown = {tag for tag, _ in read_markdown(view.markdown()).tags}
        return not active and not ACTS.search(shown) and in_markdown <= _OF_PROSE | {"h3"}

    assert failing([case for case in family if case.short], holds) == []


@FAMILY
def test_a_postmortem_gains_no_tag_in_any_form(family: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    # Which texts name people differs between the two below; its notices are tried with the tables.
    monkeypatch.setattr("irkit.postmortem.sections.still_open.blame", lambda *_: ())
    texts = [case.text for case in family if case.recordable]
    plain, made = (postmortem_of(cycle(those)) for those in ([re.sub("[<>&\"']", "x", text) for text in texts], texts))
    assert made.case_id == "2026-014"
    assert len(made.events) == len(plain.events) > 20
    html, markdown, document = to_html(made), to_markdown(made), to_json(made)
    assert sorted(tags(html)) == sorted(tags(to_html(plain)))  # rows may be sorted by what they say
    assert not ACTS.search(html)
    assert {tag for tag, _ in read_markdown(markdown).tags} <= {
        "h1",
        "h2",
        "p",
        "strong",
        "em",
        "blockquote",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    }
    assert not ACTS.search(markdown)
    assert [section["title"] for section in json.loads(document)["sections"]] == [one.title for one in plain.sections]
    assert not ACTS.search(document)
