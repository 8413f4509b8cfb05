"""A playbook as a CACAO 2.0 document. Pure but for reading its notebooks; no clock in it: the same playbook gives the same document.

Each notebook is an `action` with one `jupyter` command, each gate before it and each thing that people do one with a `manual` command. A
step that fails leads to an end of its own (`on_failure`), never on to the next one. Steps stand one after the other, as irkit runs them;
`parallel` puts those side by side that need nothing of one another, which SOARCA passes over in silence (read in its source,
internal/decomposer/decomposer.go; not tried).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from irkit.errors import BadInput
from irkit.guard import parameters as declared_by
from irkit.playbook.cacao import words
from irkit.playbook.library import find_notebook
from irkit.playbook.schema import Playbook, Step, placeholder

_IDENTITY = re.compile(r"identity--[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_TYPES = {"int": "integer", "bool": "bool"}
_CSF = "https://doi.org/10.6028/NIST.CSWP.29"
_ATTACK = "https://attack.mitre.org/techniques/"
_EXTENSION_SCHEMA = (
    "What CACAO has no word for, as irkit's own playbooks say it. On a playbook: name, when, export, purpose, repeats, parameters (type, "
    "required, default). "
    "On a step: role ('step', or 'gate' for the approval before one), step_id, needs, notebook, parameters, irreversible. "
    "JSON Schema: irkit playbook schema."
)


def to_cacao(
    book: Playbook, path: Path, *, created: str = "", modified: str = "", by: str = "", parallel: bool = False
) -> dict[str, Any]:
    """The document, as plain values. `path` is the playbook's file, beside which its own notebooks are found.

    BadInput when no time is given, WouldLeak when a notebook holds what looks like a secret.
    """
    if by and not _IDENTITY.fullmatch(by):
        raise BadInput("this is no STIX identity", on=by[:60], do="give it as identity--UUID")
    return _Writing(book, path, by or words.IDENTITY).document(
        words.moment(created or book.created or "", "created"),
        words.moment(modified or book.modified or created or book.created or "", "modified"),
        parallel,
    )


class _Writing:
    def __init__(self, book: Playbook, path: Path, by: str) -> None:
        self.book, self.path, self.by = book, path, by
        irreversible = any(step.irreversible for step in book.steps)
        notebooks = any(step.notebook for step in book.steps)
        self.types = (["investigation"] if notebooks else []) + (["mitigation"] if irreversible else [])
        self.id = words.playbook_id(book.title, self.types)
        self.workflow: dict[str, dict[str, Any]] = {}
        self.stopped = self._id("end", "stopped")

    def _id(self, kind: str, *of: str) -> str:
        return words.object_id(kind, self.id, *of)

    def document(self, created: str, modified: str, parallel: bool) -> dict[str, Any]:
        book = self.book
        end = self._id("end", "done")
        first = self._ordered(_grouped(book.steps) if parallel else [[step] for step in book.steps], end)
        start = self._id("start")
        self.workflow[start] = {"type": "start", "on_completion": first}
        self.workflow[end] = {"type": "end", "name": "Done"}
        self.workflow[self.stopped] = {"type": "end", "name": "Stopped: a step did not succeed, or nobody approved"}
        marking = self._id("marking-tlp", book.tlp)
        references = _references(book.steps)
        return {
            "type": "playbook",
            "spec_version": "cacao-2.0",
            "id": self.id,
            "name": book.title,
            **({"description": book.description or book.when} if book.description or book.when else {}),
            **({"playbook_types": self.types, "playbook_activities": self._activities()} if self.types else {}),
            "playbook_processing_summary": {
                "manual_playbook": all(step.manual for step in book.steps),
                "parallel_processing": any(one["type"] == "parallel" for one in self.workflow.values()),
                "temporal_logic": any("timeout" in one for one in self.workflow.values()),
                "data_markings": True,
                "extensions": True,
            },
            "created_by": self.by,
            "created": created,
            "modified": modified,
            "labels": ["irkit", "credential-leak"],
            **({"external_references": references} if references else {}),
            "markings": [marking],
            **({"playbook_variables": self._variables()} if book.parameters else {}),
            "workflow_start": start,
            "workflow_exception": self.stopped,
            "workflow": self.workflow,
            "playbook_extensions": {words.EXTENSION: self._told()},
            "agent_definitions": self._agents(),
            "extension_definitions": {
                words.EXTENSION: {
                    "type": "extension-definition",
                    "name": "irkit playbook",
                    "created_by": words.IDENTITY,
                    "schema": _EXTENSION_SCHEMA,
                    "version": "1.0.0",
                }
            },
            "data_marking_definitions": {
                marking: {
                    "type": "marking-tlp",
                    "id": marking,
                    "created_by": self.by,
                    "created": created,
                    "tlpv2_level": book.tlp,
                }
            },
        }

    # The order

    def _ordered(self, groups: Sequence[Sequence[Step]], end: str) -> str:
        """Puts the groups into the workflow, the last first. The id of what comes first."""
        after = end
        for group in reversed(groups):
            after = self._branch(group[0], after, self.stopped) if len(group) == 1 else self._side_by_side(group, after)
        return after

    def _side_by_side(self, group: Sequence[Step], after: str) -> str:
        here = self._id("parallel", *(step.id for step in group))
        branches = []
        for step in group:
            end = self._id("end", "branch", step.id)
            self.workflow[end] = {"type": "end", "name": f"End of {step.id}"}
            branches.append(self._branch(step, end, end))
        name = "Side by side: " + ", ".join(step.id for step in group)
        self.workflow[here] = {"type": "parallel", "name": name, "next_steps": branches, "on_completion": after}
        return here

    def _branch(self, step: Step, after: str, stopped: str) -> str:
        here = self._id("action", step.id)
        self.workflow[here] = self._action(step) | {"on_success": after, "on_failure": stopped}
        if not step.gate:
            return here
        gate = self._id("action", step.id, words.GATE)
        self.workflow[gate] = {
            "type": "action",
            "name": f"Approval before {step.title or step.id}",
            "commands": [{"type": words.MANUAL, "command": step.gate}],
            "agent": self._agent("group"),
            "step_extensions": {words.EXTENSION: {"role": words.GATE, "step_id": step.id}},
            "on_success": here,
            "on_failure": stopped,
        }
        return gate

    def _action(self, step: Step) -> dict[str, Any]:
        told: dict[str, Any] = {
            "role": words.STEP,
            "step_id": step.id,
            "needs": list(step.needs),
            "irreversible": step.irreversible,
            "only_for": step.only_for,
        }
        made: dict[str, Any] = {"type": "action", "name": step.title or step.id}
        references = _references([step])
        if references:
            made["external_references"] = references
        if step.manual:
            made |= {"commands": [{"type": words.MANUAL, "command": step.manual}], "agent": self._agent("individual")}
        else:
            command = {
                "type": words.JUPYTER,
                "description": f"The notebook {step.notebook}; the values of its parameters are the variables of this step",
                "playbook_activity": _activity(step),
                "command_b64": base64.b64encode(self._notebook(step)).decode(),
            }
            made |= {"timeout": step.timeout_s * 1000, "commands": [command], "agent": self._agent("security-category")}
            made |= _passed(step)
            told |= {"notebook": step.notebook, "parameters": step.parameters}
        return made | {"step_extensions": {words.EXTENSION: told}}

    def _notebook(self, step: Step) -> bytes:
        found = find_notebook(step.notebook, self.path.parent, outside=step.outside)
        return words.fit_notebook(declared_by.read(found), found.read_bytes(), step.notebook)

    # What is said beside

    def _activities(self) -> list[str]:
        return sorted({_activity(step) for step in self.book.steps if step.notebook})

    def _variables(self) -> dict[str, Any]:
        """What is given from outside; one that is required has no value."""
        return {
            words.variable(name): {
                "type": _TYPES.get(one.type, "string"),
                "description": one.help,
                **({} if one.default is None else {"value": words.text_of(one.default)}),
                "constant": False,
                "external": True,
            }
            for name, one in self.book.parameters.items()
        }

    def _told(self) -> dict[str, Any]:
        book = self.book
        parameters = {
            name: one.model_dump(mode="json", exclude={"help"}, exclude_defaults=True)
            for name, one in book.parameters.items()
        }
        return {
            "name": book.name,
            "when": book.when,
            "description": book.description,
            "export": list(book.export),
            **book.model_dump(include={"purpose", "repeats"}, exclude_defaults=True),
            "parameters": parameters,
        }

    def _agent(self, kind: str) -> str:
        return self._id(kind, "agent")

    def _agents(self) -> dict[str, Any]:
        named = {
            "group": (
                "The case's approvers",
                "Those whose keys the case knows; never the author of a plan. They sign with irkit approve.",
            ),
            "individual": ("The responder", "Whoever works on the incident."),
            "security-category": (
                "irkit",
                "On the responder's own machine: it runs a notebook under its guard, in a kernel of its own.",
            ),
        }
        used = {one.get("agent") for one in self.workflow.values()}
        return {
            self._agent(kind): {
                "type": kind,
                "name": name,
                "description": text,
                **({"category": ["orchestrator"]} if kind == "security-category" else {}),
            }
            for kind, (name, text) in named.items()
            if self._agent(kind) in used
        }


def _passed(step: Step) -> dict[str, Any]:
    """The values a notebook is given: a variable of the playbook by reference, anything else as it is."""
    local, taken = {}, []
    for name, value in step.parameters.items():
        named = placeholder(value)
        if named and named != "case":
            taken.append(words.variable(named))
        text = f"{words.variable(named)}:value" if named and named != "case" else words.text_of(value)
        local[words.variable(f"{name}_of_the_notebook")] = {"type": "string", "value": text, "constant": True}
    said = {"step_variables": local} if local else {}
    return said | ({"in_args": sorted(set(taken))} if taken else {})


def _grouped(steps: Sequence[Step]) -> list[list[Step]]:
    """Neighbours that say what they need, and need nothing of one another, are one group. One that says nothing waits for all before it."""
    groups: list[list[Step]] = []
    for step in steps:
        last = groups[-1] if groups else []
        here = {one.id for one in last}
        if last and step.needs and all(one.needs for one in last) and here.isdisjoint(step.needs):
            last.append(step)
        else:
            groups.append([step])
    return groups


def _activity(step: Step) -> str:
    return "eliminate-risk" if step.irreversible else "analyze-collected-data"


def _references(steps: Sequence[Step]) -> list[dict[str, str]]:
    """CSF functions and ATT&CK techniques, as external references."""
    csf = dict.fromkeys(one for step in steps for one in step.csf)
    attack = dict.fromkeys(one for step in steps for one in step.attack)
    return [{"name": "NIST CSF 2.0", "external_id": one, "url": _CSF} for one in csf] + [
        {"name": "ATT&CK", "external_id": one, "url": f"{_ATTACK}{one.replace('.', '/')}/"} for one in attack
    ]
