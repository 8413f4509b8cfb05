"""Each format of the postmortem is without the case's secrets, however it cuts and escapes; and says what it needs."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from irkit.case.printing import _as_ever, to_pdf
from irkit.case.shaping import FORMATS, shaped
from irkit.errors import NotAvailable
from irkit.postmortem import ActionItem, Indicator, Postmortem
from tests.guard.canary import redactor_of
from tests.needs import needs
from tests.postmortem import story
from tests.postmortem.test_render import write

SECRET = "unknown-service_FAKE*FAKE_FAKE,FAKE;'0123456789"
TEXTS = [form for form in FORMATS if form != "pdf"]


@pytest.fixture(scope="module")
def made() -> Postmortem:
    """The secret in every word that a format takes up, at every place where a line of a calendar may be folded."""
    holding = f"{'x' * 30} {SECRET}"
    item = ActionItem(holding, holding, "contain", holding, owner=holding)
    found = Indicator("user-agent", holding, holding, None, None, "low")
    return replace(write(story.whole(SECRET)), case_id=holding, title=holding, actions=(item,), indicators=(found,))


@needs("python:stix2", "python:icalendar")
@pytest.mark.parametrize("form", TEXTS)
def test_no_format_holds_it_whole_cut_or_escaped(form: str, made: Postmortem) -> None:
    done = shaped(form, made, redactor_of(SECRET))
    for content in (done.content, *done.beside.values()):
        text = content.decode().replace("\r\n ", "").replace("\\", "")
        assert "FAKE" not in text
        assert "0123456789" not in text


@pytest.mark.parametrize(
    ("form", "name"), [("html", "postmortem-customer.html"), ("stix", "indicators-customer.stix.json")]
)
def test_an_edition_has_a_name_of_its_own(form: str, name: str) -> None:
    assert FORMATS[form].named("customer") == name
    assert FORMATS[form].named("full") == FORMATS[form].name


@pytest.mark.parametrize(("form", "library"), [("stix", "stix2"), ("ics", "icalendar")])
def test_what_a_format_needs_is_named(
    form: str, library: str, made: Postmortem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(NotAvailable, match=rf"Get it with: pip install .*{library}"):
        shaped(form, made, redactor_of(SECRET))


def test_names_of_elements_do_not_tell_two_printings_apart() -> None:
    def printed(first: int) -> bytes:
        names = [b"(node%08d)" % (first + number) for number in (4, 0, 1)]
        return b"/ID %s /ID %s /ID %s /Headers [%s]" % (*names, names[0])

    assert _as_ever(printed(109), story.NOW) == _as_ever(printed(110), story.NOW)
    assert _as_ever(printed(109), story.NOW) == (
        b"/ID (node00000003) /ID (node00000001) /ID (node00000002) /Headers [(node00000003)]"
    )


def test_without_a_browser_there_is_no_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NotAvailable, match="apt-get install chromium"):
        to_pdf("<!DOCTYPE html>", story.NOW)
