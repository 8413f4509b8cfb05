"""The postmortem as something to hand out: one module a format. Pure."""

from irkit.postmortem.shapes.action_table import to_action_table
from irkit.postmortem.shapes.calendar import to_calendar
from irkit.postmortem.shapes.html import to_html
from irkit.postmortem.shapes.json_document import to_json
from irkit.postmortem.shapes.markdown import to_markdown
from irkit.postmortem.shapes.stix import to_stix

__all__ = ["to_action_table", "to_calendar", "to_html", "to_json", "to_markdown", "to_stix"]
