"""What both directions share: ids that stay the same, variables, and which notebook is fit to leave or to be kept. Pure.

CACAO asks for UUIDs of version 4 for steps and allows version 5, in a namespace of its own, for a playbook (10.10, "Identifier"). Ids of
version 4 are derived here as well, by setting that version on a digest, so that the same playbook gives the same document.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID, uuid5

from irkit.errors import BadInput, WouldLeak
from irkit.guard.notebook import joined
from irkit.guard.suspects import suspicion

_OF_PLAYBOOKS = UUID("aa7caf3a-d55a-4e9a-b34e-056215fba56a")
"""The namespace that CACAO names for playbooks."""
_OURS = uuid5(
    UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8"), "irkit playbook"
)  # the namespace of URLs, RFC 4122 appendix C

MANUAL, JUPYTER = "manual", "jupyter"
STEP, GATE = "step", "gate"
"""What an action is for irkit: a step of the playbook, or the approval before one."""


def playbook_id(name: str, types: list[str]) -> str:
    """By name and types, in the canonical form of RFC 8785; for these two that is JSON without spaces and keys in order."""
    name = name.encode("utf-8", "replace").decode()  # what is no text has no bytes to count
    what = {"name": name, **({"playbook_types": types} if types else {})}
    return (
        f"playbook--{uuid5(_OF_PLAYBOOKS, json.dumps(what, separators=(',', ':'), ensure_ascii=False, sort_keys=True))}"
    )


def object_id(kind: str, *of: str) -> str:
    """The same for the same words."""
    digest = hashlib.sha256("\0".join((str(_OURS), kind, *of)).encode()).digest()
    return f"{kind}--{UUID(bytes=digest[:16], version=4)}"


IDENTITY = f"identity--{uuid5(_OURS, 'identity')}"
"""Who made a document, where nobody else is named."""
EXTENSION = object_id("extension-definition", "1")


def variable(name: str) -> str:
    return f"__{name}__"


def text_of(value: Any) -> str:
    """A value as CACAO keeps it, as a string: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def fit_notebook(content: Mapping[str, Any], raw: bytes, name: str) -> bytes:
    """A notebook without outputs and without what an earlier run left in it. WouldLeak when a text of its code looks like a secret."""
    for number, text in _literals(content):
        if why := suspicion(text):
            raise WouldLeak(
                "a notebook holds what must not be passed on", on=f"{name}, cell {number}", why=why, do="take it out"
            )
    cells = [cell for cell in content["cells"] if isinstance(cell, dict)]
    ran = any(cell.get("outputs") or cell.get("execution_count") for cell in cells) or "papermill" in str(
        content.get("metadata")
    )
    if not ran:
        return raw
    clean = [
        {**cell, "outputs": [], "execution_count": None} if cell.get("cell_type") == "code" else cell
        for cell in cells
        if "injected-parameters" not in str(cell.get("metadata"))
    ]
    metadata = {key: value for key, value in dict(content.get("metadata") or {}).items() if key != "papermill"}
    return (json.dumps({**content, "cells": clean, "metadata": metadata}, indent=1, ensure_ascii=False) + "\n").encode()


def _literals(content: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """Every text in the code, and every line of the rest, with the number of the cell."""
    for number, cell in enumerate(content["cells"], 1):
        source = joined(cell.get("source", "")) if isinstance(cell, dict) else ""
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            try:
                tree = ast.parse(source)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                tree = None
            if tree is not None:
                said = (one.value for one in ast.walk(tree) if isinstance(one, ast.Constant))
                yield from ((number, one) for one in said if isinstance(one, str))
                continue
        yield from ((number, line) for line in source.splitlines())


def moment(text: str, what: str) -> str:
    """A time as CACAO wants it: UTC, to the millisecond. BadInput when there is none."""
    from irkit.model import parse_instant

    if not text:
        raise BadInput(
            f"CACAO asks when a playbook was {what}", why="neither the playbook nor you say so",
            do=f"write `{what}` into the playbook, or add --{what} 2026-03-01T12:00:00Z",
        )  # fmt: skip
    return parse_instant(text).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def slug(text: str) -> str:
    """A name for a step or a playbook, out of what somebody wrote."""
    bare = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-")
    return bare if bare[:1].isalpha() else f"step-{bare}".strip("-")


def line(text: str) -> str:
    """A text by others on one line, and no longer than a line."""
    return " ".join(text.split())[:120]
