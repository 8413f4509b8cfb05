"""The postmortem in each format, without the case's secrets; and what of it the gate must see where a format hides its text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from irkit.errors import BadInput
from irkit.model import Purpose
from irkit.postmortem import Audience, Postmortem, to_html, to_json, to_markdown
from irkit.postmortem.shapes import calendar, to_action_table, to_calendar, to_stix
from irkit.redact import Redactor
from irkit.show.hiding import through


@dataclass(frozen=True)
class Format:
    """How a document is written, under what name it lies in the case, and what could not be put into it, in sentences."""

    write: Callable[[Postmortem], str]
    name: str
    left_out: Callable[[Postmortem], tuple[str, ...]] = lambda _: ()

    def named(self, audience: Audience, purpose: Purpose = "incident") -> str:
        """An edition says whose it is before the first dot. A rotation's report is called so."""
        stem, dot, ending = self.name.partition(".")
        if purpose == "rotation":
            return f"rotation{dot}{ending}"
        return self.name if audience == "full" else f"{stem}-{audience}{dot}{ending}"


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "html": Format(to_html, "postmortem.html"),
        "md": Format(to_markdown, "postmortem.md"),
        "json": Format(to_json, "postmortem.json"),
        "pdf": Format(to_html, "postmortem.pdf"),
        "stix": Format(to_stix, "indicators.stix.json"),
        "ics": Format(to_calendar, "notifications.ics", calendar.left_out),
        "csv": Format(to_action_table, "actions.csv"),
    }
)


@dataclass(frozen=True)
class Shaped:
    """The bytes of a document. `beside` is to be looked through as well, by name: lines that the format cut, the page that was printed."""

    content: bytes
    left_out: tuple[str, ...]
    beside: Mapping[str, bytes]


_OF_A_ROTATION = frozenset({"html", "md", "json", "pdf"})


def refuse_for(purpose: Purpose, form: str, audience: Audience) -> None:
    """BadInput for a document that there is none of where nothing leaked."""
    if purpose != "rotation":
        return
    if form not in _OF_A_ROTATION:
        raise BadInput(
            "a rotation has no document of this format", on=form,
            why="nothing leaked: there are no indicators, no clocks of the law and no action items",
            do=f"take one of {', '.join(sorted(_OF_A_ROTATION))}",
        )  # fmt: skip
    if audience != "full":
        raise BadInput(
            "a rotation has one edition", on=audience, why="its report is short, and nobody outside is told of it",
            do="leave --audience out",
        )  # fmt: skip


def shaped(form: str, made: Postmortem, redactor: Redactor) -> Shaped:
    """Redacted before it is laid out, since a format may cut or escape a secret, and again as a whole.

    NotAvailable where a format needs what is not here.
    """
    clean = through(made, redactor.text)
    text = redactor.text(FORMATS[form].write(clean))
    left_out = FORMATS[form].left_out(clean)
    if form == "pdf":
        from irkit.case.printing import to_pdf

        return Shaped(to_pdf(text, made.generated), left_out, {"printed.html": text.encode()})
    whole = {"unfolded.ics": text.replace("\r\n ", "").encode()} if form == "ics" else {}
    return Shaped(text.encode(), left_out, whole)
