"""The postmortem as one self-contained HTML page, as Markdown and as JSON. Pure but for reading its own template.

The page holds no script and loads nothing: its policy is `default-src 'none'`, pictures come from data addresses and the
one style sheet is named by its SHA-256 (https://www.w3.org/TR/CSP3/#style-src), so not even a style attribute acts.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from irkit.model import iso
from irkit.postmortem.document import Postmortem, Section
from irkit.show import View, html
from irkit.show.blocks import Figure
from irkit.show.layout import WORDS
from irkit.show.plain import inert_json, visible
from irkit.show.style import BLOCKS
from irkit.show.times import stamp

if TYPE_CHECKING:
    from jinja2 import Template


def to_html(postmortem: Postmortem) -> str:
    """One page, ready to be opened from disk, mailed, printed."""
    from markupsafe import Markup

    style = _style(postmortem)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = _template().render(
        postmortem=postmortem,
        policy=f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        style=Markup(style),  # noqa: S704  (our own file; the only foreign words in it passed _css_words)
        summary=_body(postmortem.section("summary")),
        front=_body(postmortem.section("front")),
        sections=[
            (section, _body(section)) for section in postmortem.sections if section.key not in ("summary", "front")
        ],
    )
    # The gate searches bytes and readers copy text: what is written must be valid UTF-8 whatever came in.
    return page.encode("utf-8", "replace").decode()


def to_markdown(postmortem: Postmortem) -> str:
    """The same sections as GitHub-flavoured Markdown."""
    title = View(f"Postmortem: {postmortem.title}").markdown(1)
    return "\n".join([title, *(view.markdown(2) for view in postmortem.view())])


def to_json(postmortem: Postmortem) -> str:
    """The same as a JSON document: times ISO 8601 with `Z`, durations in seconds, null for unknown; pictures left out."""
    return inert_json(_plain(postmortem)) + "\n"


def _body(section: Section) -> object:
    from markupsafe import Markup

    return Markup(html.body(View(section.title, section.blocks)))  # noqa: S704  (escaped by irkit.show.html)


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"visible": visible, "stamp": stamp, "iso": iso, "word": WORDS.__getitem__}
    return environment.from_string(_own("template.html.j2"))


def _own(name: str) -> str:
    return resources.files("irkit.postmortem").joinpath(name).read_text(encoding="utf-8")


def _style(postmortem: Postmortem) -> str:
    """The page's style sheet; the foot of a printed page names the case and how it may be shared."""
    foot = f"{_css_words(postmortem.case_id)} · {_css_words(postmortem.tlp)} · {_css_words(postmortem.status)}"
    return BLOCKS + _own("page.css").replace("%FOOT%", foot)


def _css_words(text: str) -> str:
    return re.sub(r"[^\w .:+-]", "", text, flags=re.ASCII)[:60]


def _plain(value: Any) -> Any:
    if isinstance(value, Figure):
        return {"kind": "figure", "alt": value.alt, "caption": value.caption, "data": _plain(value.data)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        named = {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return (
            {"kind": type(value).__name__.lower(), **named} if type(value).__module__ == "irkit.show.blocks" else named
        )
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        return value.value
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
