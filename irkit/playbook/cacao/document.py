"""A CACAO 2.0 document: what irkit looks at in it, in CACAO's own words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from irkit.errors import BadInput
from irkit.faults import first_fault
from irkit.playbook.cacao import words

_MOST_BYTES = 64 * 1024 * 1024


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Reference(_Read):
    name: str = ""
    external_id: str = ""


class Command(_Read):
    type: str
    description: str = ""
    command: str = ""
    command_b64: str = ""


class Action(_Read):
    """One step of a workflow, of whatever type: what irkit looks at."""

    type: str
    name: str = ""
    description: str = ""
    delay: int = 0
    timeout: int = 0
    on_completion: str = ""
    on_success: str = ""
    on_failure: str = ""
    commands: tuple[Command, ...] = ()
    next_steps: tuple[str, ...] = ()
    agent: str = ""
    targets: tuple[str, ...] = ()
    in_args: tuple[str, ...] = ()
    out_args: tuple[str, ...] = ()
    external_references: tuple[Reference, ...] = ()
    step_extensions: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @property
    def told(self) -> Mapping[str, Any]:
        """What irkit itself says of it; nothing in a document by others."""
        return self.step_extensions.get(words.EXTENSION, {})


class Variable(_Read):
    type: str
    description: str = ""
    value: str | None = None
    constant: bool = False
    external: bool = False


class Document(_Read):
    type: Literal["playbook"]
    spec_version: Literal["cacao-2.0"]
    id: str
    name: str
    description: str = ""
    created: str
    modified: str
    revoked: bool = False
    workflow_start: str
    workflow_exception: str = ""
    workflow: dict[str, Action]
    playbook_variables: dict[str, Variable] = Field(default_factory=dict)
    playbook_extensions: dict[str, dict[str, Any]] = Field(default_factory=dict)
    data_marking_definitions: dict[str, dict[str, Any]] = Field(default_factory=dict)
    markings: tuple[str, ...] = ()
    signatures: tuple[Any, ...] = ()

    @property
    def told(self) -> Mapping[str, Any]:
        return self.playbook_extensions.get(words.EXTENSION, {})


def load(path: Path) -> Document:
    """BadInput for what cannot be read, or is no CACAO 2.0 playbook."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise BadInput("this is too large for a playbook", on=path, do="look at what it holds")
        return Document.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BadInput("this cannot be read", on=path, why=error.strerror or str(error)) from None
    except ValidationError as error:
        where, why = first_fault(error)
        raise BadInput("this is no CACAO 2.0 playbook", on=f"{path}: {where}", why=why) from None
    except (ValueError, RecursionError):
        raise BadInput("this is no CACAO playbook", on=path, why="it is not JSON") from None
