"""The postmortem as one self-contained HTML page. Pure but for reading its own template.

The page holds no script and loads nothing: its policy is `default-src 'none'`, pictures come from data addresses and the
one style sheet is named by its SHA-256 (https://www.w3.org/TR/CSP3/#style-src), so not even a style attribute acts.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from irkit.model import iso
from irkit.postmortem.compose import Section
from irkit.postmortem.document import REHEARSED, Postmortem
from irkit.show import View, html
from irkit.show.layout import WORDS
from irkit.show.plain import visible
from irkit.show.style import BLOCKS
from irkit.show.times import stamp

if TYPE_CHECKING:
    from jinja2 import Template


def to_html(postmortem: Postmortem) -> str:
    """One page, ready to be opened from disk, mailed, printed."""
    from markupsafe import Markup

    style = _style(postmortem)
    page = _template().render(
        postmortem=postmortem,
        rehearsed=REHEARSED,
        policy=policy_of(style),
        style=Markup(style),  # noqa: S704  (our own file; the only foreign words in it passed _css_words)
        opening=postmortem.section("summary"),
        summary=_body(postmortem.section("summary")),
        front=_body(postmortem.section("front")),
        sections=[
            (section, _body(section)) for section in postmortem.sections if section.key not in ("summary", "front")
        ],
    )
    # The gate searches bytes and readers copy text: what is written must be valid UTF-8 whatever came in.
    return page.encode("utf-8", "replace").decode()


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
    return resources.files("irkit.postmortem.shapes").joinpath(name).read_text(encoding="utf-8")


def policy_of(style: str) -> str:
    """The policy of a page that has this one style sheet."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def style_of(foot: str, tlp: str) -> str:
    """The style sheet of a page in this form; head and foot of a printed page say how it may be shared, and what it is."""
    words = " · ".join(_css_words(part) for part in foot.split(" · "))
    return BLOCKS + _own("page.css").replace("%FOOT%", words).replace("%TLP%", _css_words(tlp))


def _style(postmortem: Postmortem) -> str:
    sheet = "@page { margin: 13mm 14mm 14mm; }\n" if postmortem.audience == "executive" else ""
    return style_of(f"{postmortem.case_id} · {postmortem.status}", postmortem.tlp) + sheet


def _css_words(text: str) -> str:
    return re.sub(r"[^\w .:+-]", "", text, flags=re.ASCII)[:60]
