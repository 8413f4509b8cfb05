"""The exporter `irkit_html` of nbconvert: it hides the secrets of the case that a notebook belongs to.

    jupyter nbconvert --to irkit_html NOTEBOOK.ipynb [--GuardedHTMLExporter.case=FOLDER]

The case is the one named, and the one whose folder holds the notebook, together with those open in the process. Nothing is written to a
case. Without any the notebook is not exported.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from traitlets import Unicode
from traitlets.config import Application

from irkit.case.case import Case
from irkit.errors import BadInput, IrkitError
from irkit.guard.active import get_redactor
from irkit.guard.exporter import Known, RedactedHTML, Redaction, no_case


class CaseRedaction(Redaction):
    """Redacts by the case of the notebook, and by whatever case its exporter names."""

    case = Unicode("", help="The folder of the case whose secrets are hidden.").tag(config=True)

    def known(self, resources: Any) -> Known:
        """BadInput when there is no case, when a folder is none, or when no secret of it can be resolved."""
        folders = dict.fromkeys(self._folders(Path(resources.get("metadata", {}).get("path") or ".")))
        if not folders and not get_redactor():
            raise no_case(resources)
        redactor, notes = get_redactor(), []
        for folder in folders:
            needled = Case(folder).needled
            redactor |= needled.redactor()
            notes += [
                f"The value behind {ref} could not be read, so it was not hidden: {why}" for ref, why in needled.blind
            ]
        if notes and not redactor:
            raise BadInput(
                "this notebook was not exported", why=notes[0], do="make the reference readable and try again"
            )
        for note in notes:
            self.log.warning("%s", redactor.text(note))
        return Known(redactor, tuple(map(redactor.text, notes)))

    def _folders(self, place: Path) -> Iterator[Path]:
        named = getattr(self.parent, "case", "") or self.case
        if named:
            folder = Path(named).resolve()
            if not _is_case(folder):
                raise BadInput("this folder is no case", on=named, do="name the folder that irkit new made")
            yield folder
        place = place.resolve()
        yield from (folder for folder in (place, *place.parents) if _is_case(folder))


def _is_case(folder: Path) -> bool:
    return (folder / "case.toml").is_file() and (folder / "journal.sqlite").is_file()


class GuardedHTMLExporter(RedactedHTML):
    """One redacted HTML file, without scripts, that loads nothing."""

    case = Unicode("", help="The folder of the case whose secrets are hidden; else that of the notebook.").tag(
        config=True
    )
    redaction = CaseRedaction

    def from_filename(self, filename: str, resources: Any = None, **named: Any) -> Any:
        """As nbconvert has it; on its command line a refusal is one sentence and the exit code of irkit."""
        try:
            return super().from_filename(filename, resources, **named)
        except IrkitError as error:
            if not (Application.initialized() and type(Application.instance()).__name__ == "NbConvertApp"):
                raise
            sys.stderr.write(f"{error}\n")
            raise SystemExit(error.exit_code) from None
