"""Whatever is made to be handed out is looked through by the gate before it stands where it was asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path

from irkit.case.desk import Desk
from irkit.case.disk import sync_folder, write_whole
from irkit.case.gating import look
from irkit.errors import BadInput, StepFailed
from irkit.sources.private import private_folder


def draft_of(path: Path) -> Path:
    """Where a document lies until it takes its place."""
    return path.with_name(f".{path.name}.new")


def leave(
    case: Desk, path: Path, content: bytes, *, with_case: bool = False, journal: Callable[[], object] = lambda: None
) -> None:
    """Put a document at `path`, mode 0600, once the gate has found no secret in it; `with_case`, nor in the whole case.

    `journal` writes its record, when it lies whole beside its place and only a name is to be changed: whoever is stopped between
    the two leaves a draft that the record names. WouldLeak naming the file and the channel; BadInput for what is there and no file;
    StepFailed when the disk refuses.
    """
    if path.exists() and not path.is_file():
        raise BadInput("a document is put where a file is, or nothing", on=path, do="name a file")
    draft, journalled = draft_of(path), False
    try:
        write_whole(draft, content)
        if with_case:
            look(case, case.folder).refuse()
        if not with_case or not draft.resolve().is_relative_to(case.folder.resolve()):
            look(case, draft).refuse()
        journal()
        journalled = True
        draft.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise StepFailed(
            "the document cannot be written", on=path, why=error.strerror or str(error),
            do="make room, or choose another place with --out FILE",
        ) from None  # fmt: skip
    finally:
        if not journalled:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)


def refuse_leaks(case: Desk, documents: Mapping[str, bytes]) -> None:
    """The same look at documents that stand nowhere yet, by name: before they are signed, say. WouldLeak as above."""
    if not documents:
        return
    with private_folder() as aside:
        for name, content in documents.items():
            write_whole(aside / name, content)
        look(case, aside).refuse()
