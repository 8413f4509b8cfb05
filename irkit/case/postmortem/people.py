"""What people write of a case: the folder `postmortem/`, one Markdown file a section and `front.toml`. irkit asks, and never overwrites."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from irkit.case.desk import Desk
from irkit.case.disk import write_whole
from irkit.errors import BadInput, StepFailed, WouldLeak
from irkit.guard.suspects import plainly, refuse_within
from irkit.postmortem.actions import checks_named
from irkit.postmortem.writing.asked import asked_of, prompts
from irkit.postmortem.writing.people import Front, People, read_front, template_of

FOLDER, FRONT = "postmortem", "front.toml"
_LARGEST = 1 << 20
"""Bytes of one file: more is no section of a report."""


def read_people(case: Desk) -> People:
    """BadInput naming the file and the entry that cannot be read, WouldLeak the file and the line of a secret."""
    front, texts = Front(), {}
    for path in files(case):
        text = _text(path)
        refuse_secrets(case, path, text)
        if path.name == FRONT:
            front = read_front(text, _named(case, path))
            for item, checks in checks_named(front).items():
                for one in checks:
                    refuse_within(one.parameters(), f"{_named(case, path)}: checks of {item}")
        else:
            texts[path.stem.lower()] = text
    return People(front, texts)


def files(case: Desk) -> tuple[Path, ...]:
    """`front.toml` and every Markdown file, by name; what begins with a dot is irkit's own or an editor's."""
    try:
        found = sorted((case.folder / FOLDER).iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return ()
    return tuple(
        path
        for path in found
        if (path.suffix == ".md" or path.name == FRONT) and not path.name.startswith(".") and path.is_file()
    )


def refuse_secrets(case: Desk, path: Path, text: str) -> None:
    """WouldLeak naming the file and the line, never the value."""
    found = next(_secrets(case, text), None)
    if found is None:
        return
    line, why = found
    where = f"{_named(case, path)}, line {line}" if line else _named(case, path)
    raise WouldLeak(
        "a secret stands in what people wrote", on=where, why=why, do="remove it there, then run this again"
    )


def _secrets(case: Desk, text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and (why := plainly(line, case.redactor)):
            yield number, why
    if why := plainly(text, case.redactor):
        yield 0, why


def make_missing(case: Desk) -> tuple[str, ...]:
    """Put a file with questions where none stands yet. What was made, by name; StepFailed when the disk refuses."""
    folder, made, purpose = case.folder / FOLDER, [], case.incident.purpose
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        for name, text in (
            (FRONT, template_of(purpose)),
            *((f"{key}.md", prompts(key, purpose)) for key in asked_of(purpose)),
        ):
            if not os.path.lexists(folder / name):
                write_whole(folder / name, text.encode())
                made.append(name)
    except OSError as error:
        raise StepFailed(
            "the files for people cannot be made",
            on=folder,
            why=error.strerror or str(error),
            do="make room, and run it again",
        ) from None
    return tuple(made)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise BadInput(
                "this is too large for a section of a report", on=path, do="put it beside, and name it there"
            )
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise BadInput("this is not text in UTF-8", on=path, do="save it as UTF-8") from None
    except OSError as error:
        raise BadInput("this cannot be read", on=path, why=error.strerror or str(error), do="mend it") from None


def _named(case: Desk, path: Path) -> str:
    return str(path.relative_to(case.folder))
