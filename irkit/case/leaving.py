"""Whatever is made to be handed out is looked through by the gate before it stands where it was asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from irkit.case.desk import Desk
from irkit.case.disk import write_whole
from irkit.case.gating import look
from irkit.errors import BadInput, StepFailed
from irkit.sources.private import private_folder


def leave(case: Desk, path: Path, content: bytes, *, with_case: bool = False) -> None:
    """Put a document at `path`, mode 0600, once the gate has found no secret in it; `with_case`, nor in the whole case.

    WouldLeak naming the file and the channel; BadInput for what is there and no file; StepFailed when the disk refuses.
    """
    if path.exists() and not path.is_file():
        raise BadInput("a document is put where a file is, or nothing", on=path, do="name a file")
    draft = path.with_name(f".{path.name}.new")
    try:
        write_whole(draft, content)
        if with_case:
            look(case, case.folder).refuse()
        if not with_case or not draft.resolve().is_relative_to(case.folder.resolve()):
            look(case, draft).refuse()
        draft.replace(path)
    except OSError as error:
        raise StepFailed(
            "the document cannot be written", on=path, why=error.strerror or str(error),
            do="make room, or choose another place with --out FILE",
        ) from None  # fmt: skip
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def refuse_leaks(case: Desk, documents: Mapping[str, bytes]) -> None:
    """The same look at documents that stand nowhere yet, by name: before they are signed, say. WouldLeak as above."""
    with private_folder() as aside:
        for name, content in documents.items():
            write_whole(aside / name, content)
        look(case, aside).refuse()
