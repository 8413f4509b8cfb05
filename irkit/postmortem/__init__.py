"""Chapter 4, pure: the journal in, the postmortem out as a value, and that value as HTML, Markdown and JSON."""

from irkit.postmortem.actions import ActionItem
from irkit.postmortem.compose import Section
from irkit.postmortem.document import Audience, Postmortem, Withheld, postmortem
from irkit.postmortem.indicators import Indicator
from irkit.postmortem.shapes import to_html, to_json, to_markdown
from irkit.postmortem.standards.clocks import Due

__all__ = [
    "ActionItem",
    "Audience",
    "Due",
    "Indicator",
    "Postmortem",
    "Section",
    "Withheld",
    "postmortem",
    "to_html",
    "to_json",
    "to_markdown",
]
