"""The postmortem as GitHub-flavoured Markdown, for a ticket. Pure."""

from __future__ import annotations

from irkit.postmortem.document import REHEARSED, Postmortem
from irkit.show import Notice, View


def to_markdown(postmortem: Postmortem) -> str:
    """The same sections as GitHub-flavoured Markdown."""
    warned = (Notice("warn", REHEARSED),) if postmortem.rehearsal else ()
    title = View(f"{postmortem.kind}: {postmortem.title}", warned).markdown(1)
    return "\n".join([title, *(view.markdown(2) for view in postmortem.view())])
