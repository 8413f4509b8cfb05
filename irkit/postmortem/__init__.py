"""Chapter 4, pure: the journal in, the postmortem out as a value, and that value as HTML, Markdown and JSON."""

from irkit.postmortem.document import Postmortem, Section, postmortem
from irkit.postmortem.render import to_html, to_json, to_markdown

__all__ = ["Postmortem", "Section", "postmortem", "to_html", "to_json", "to_markdown"]
