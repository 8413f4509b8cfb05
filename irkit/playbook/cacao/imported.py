"""What came of a CACAO document, and how it is put into a folder: nothing that stands there is overwritten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from irkit.case.disk import write_whole
from irkit.errors import BadInput, StepFailed
from irkit.playbook.schema import Playbook


@dataclass(frozen=True)
class Imported:
    """The playbook, its notebooks by the name under which they are to stand beside it, and what was left out, in sentences."""

    playbook: Playbook
    notebooks: Mapping[str, bytes]
    notes: tuple[str, ...]
    head: str

    def write(self, into: Path) -> Path:
        """Into a folder; the playbook's file. BadInput when a name is taken there."""
        book = into / f"{self.playbook.name}.yaml"
        places = {into / f"{name}.ipynb": content for name, content in self.notebooks.items()}
        taken = next((place for place in (book, *places) if place.exists() or place.is_symlink()), None)
        if taken is not None:
            raise BadInput("nothing is overwritten by an import", on=taken, do="name another folder: --into")
        plain = self.playbook.model_dump(mode="json", exclude_defaults=True)
        try:
            into.mkdir(parents=True, exist_ok=True)
            for place, content in places.items():
                write_whole(place, content)
            text = self.head + yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=120)
            write_whole(book, text.encode())
        except OSError as error:
            raise StepFailed("the playbook cannot be written", on=into, why=error.strerror or str(error)) from None
        return book
