"""What nbconvert exports is redacted before anything is rendered, and where nothing is known to hide, nothing is exported.

`Redaction` is a preprocessor for every exporter: source, outputs and metadata are redacted, the state of widgets is dropped, and so is a
secret in the notebook's name. `RedactedHTML` renders a page without scripts that asks nothing of anybody. Whoever knows cases gives both
their redactor (`irkit.case.exporting`); here it is that of the process.

Not covered: what the pictures of a notebook show. A guarded kernel puts none there that it could not see into.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from irkit.errors import BadInput
from irkit.guard import lean
from irkit.guard.active import get_redactor
from irkit.guard.notebook import WIDGET, scrubbed, without_widgets
from irkit.redact import Redactor

lean.nbformat()

from bs4 import BeautifulSoup  # noqa: E402
from nbconvert.exporters import HTMLExporter  # noqa: E402
from nbconvert.preprocessors import Preprocessor  # noqa: E402
from traitlets import default  # noqa: E402

_GONE = ("script", "iframe", "object", "embed", "link", "base", "applet", "frame", "frameset", "template", "portal")
_LOADING = ("src", "srcset", "poster", "background", "data", "ping", "formaction", "action", "xlink:href", "manifest")
_FETCHES = re.compile(r"@import[^;]*;?|url\(\s*['\"]?(?!data:|#)[^)]*\)|expression\s*\(", re.IGNORECASE)
_LINKS = re.compile(r"(?:https?:|mailto:|#)", re.IGNORECASE)


@dataclass(frozen=True)
class Known:
    """What is hidden in one export, and what a reader must be told about it."""

    redactor: Redactor
    notes: tuple[str, ...] = ()


class Redaction(Preprocessor):
    """Cannot be switched off. Raises an IrkitError, and nothing is exported, when nobody knows what to hide."""

    def __call__(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        return self.preprocess(nb, resources)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        known = self.known(resources)
        clean = lean.nbformat().from_dict(scrubbed(without_widgets(nb), known.redactor))
        name = resources.get("metadata", {}).get("name")
        if name:
            resources["metadata"]["name"] = known.redactor.text(name)
        resources["irkit_notes"] = known.notes
        return clean, resources

    def known(self, resources: Any) -> Known:
        """What this process hides. BadInput when that is nothing."""
        redactor = get_redactor()
        if not redactor:
            raise no_case(resources)
        return Known(redactor)


class ServedRedaction(Redaction):
    """In `irkit lab`: what the server of the case hides, which is all that can be resolved of it."""

    def known(self, _resources: Any) -> Known:
        return Known(get_redactor())


def no_case(resources: Any) -> BadInput:
    """That an export was refused, because there is nothing to hide by."""
    name = resources.get("metadata", {}).get("name") or "notebook"
    return BadInput(
        "this notebook was not exported",
        on=get_redactor().text(str(name)),
        why="no case is open and it stands in no case folder, so nobody knows what to hide in it",
        do="name the case: --GuardedHTMLExporter.case=FOLDER",
    )


class RedactedHTML(HTMLExporter):
    """One HTML file without scripts that loads nothing from anywhere; a policy inside says so to the browser as well."""

    export_from_notebook = "Redacted HTML (irkit)"
    redaction: type[Redaction] = Redaction

    @property
    def default_config(self) -> Any:
        config = super().default_config
        left_out = (WIDGET, "application/javascript", "text/vnd.mermaid")
        order = config.NbConvertBase.display_data_priority
        config.NbConvertBase.display_data_priority = [kind for kind in order if kind not in left_out]
        return config

    @default("template_name")
    def _template_name(self) -> str:
        return "irkit"

    @default("extra_template_basedirs")
    def _templates(self) -> list[str]:
        return [str(Path(__file__).with_name("templates"))]

    def _init_preprocessors(self) -> None:
        """Redaction comes first, before others take parts of the notebook aside, and last, after what they added."""
        super()._init_preprocessors()  # type: ignore[no-untyped-call]
        guard = self.redaction(parent=self)
        self._preprocessors = [guard, *self._preprocessors, guard]

    def from_notebook_node(self, nb: Any, resources: Any = None, **named: Any) -> tuple[Any, Any]:
        html, resources = super().from_notebook_node(nb, resources, **named)
        return still(html), resources


def still(html: str) -> str:
    """The page without what runs, and without what a browser would fetch. Links that a reader may follow stay."""
    page = BeautifulSoup(html, features="html.parser")
    for element in page.find_all(_GONE):
        element.decompose()
    for element in page.find_all("meta", attrs={"http-equiv": re.compile("refresh", re.IGNORECASE)}):
        element.decompose()
    for style in page.find_all("style"):
        style.string = _FETCHES.sub("none", style.get_text())
    for element in page.find_all(True):
        for name in [name for name, value in element.attrs.items() if _acts(element.name, name, _text(value))]:
            del element[name]
        if "style" in element.attrs:
            element["style"] = _FETCHES.sub("none", _text(element["style"]))
    return str(page)


def _acts(element: str, attribute: str, value: str) -> bool:
    """Whether an attribute runs something, or makes a browser fetch something."""
    attribute, value = attribute.lower(), re.sub(r"[\s\0-\x1f]+", "", value)
    if attribute.startswith("on") or attribute == "srcdoc":
        return True
    if attribute == "href":
        return not (_LINKS.match(value) if element in ("a", "area") else value.startswith(("#", "data:image/")))
    return attribute in _LOADING and not value.lower().startswith(("data:image/", "#"))


def _text(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)
