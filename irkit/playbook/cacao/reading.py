"""A CACAO 2.0 document as a playbook: what irkit can do of it, and a refusal that names the step for what it cannot.

Nothing is run. A notebook in the document is written beside the new playbook, unless it is the library's own to the last byte, and takes no
name of the library's. Nothing that stands there is overwritten. `signatures` are not verified.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from irkit.errors import BadInput
from irkit.playbook.cacao import words
from irkit.playbook.cacao.document import Variable, load
from irkit.playbook.cacao.imported import Imported
from irkit.playbook.cacao.workflow import Workflow
from irkit.playbook.schema import Parameter, Playbook, Step, faults

_TYPES: Mapping[str, Literal["int", "bool"]] = {"integer": "int", "long": "int", "bool": "bool"}
_HEAD = "# Taken over from a CACAO playbook, {id}, modified {modified}.\n# Whoever signed it: that was not verified.\n"


def read_cacao(path: Path) -> Imported:
    """BadInput for what is no CACAO 2.0 playbook, or does what irkit does not; WouldLeak for a secret in a notebook of it."""
    document = load(path)
    workflow = Workflow(document, path)
    if document.revoked:
        workflow.notes.append("Whoever made it says that it is revoked, no longer valid.")
    if document.signatures:
        workflow.notes.append(f"It bears {len(document.signatures)} signatures, which irkit does not verify.")
    made = _playbook(workflow, workflow.steps())
    for fault in faults(made.parameters, dict(enumerate(made.steps))):
        raise BadInput("the playbook does not hang together", on=path, why=fault.why)
    head = _HEAD.format(id=words.line(document.id), modified=words.line(document.modified))
    return Imported(made, workflow.notebooks, tuple(dict.fromkeys(workflow.notes)), head)


def _playbook(workflow: Workflow, steps: tuple[Step, ...]) -> Playbook:
    document, told = workflow.document, workflow.document.told
    raw = {
        "name": told.get("name") or words.slug(document.name),
        "title": document.name,
        "when": told.get("when", ""),
        "description": told.get("description", document.description),
        "tlp": _tlp(workflow),
        "created": document.created.replace(".000Z", "Z"),
        "modified": document.modified.replace(".000Z", "Z"),
        "parameters": _parameters(workflow, steps),
        "steps": steps,
        **({"export": told["export"]} if isinstance(told.get("export"), list) else {}),
        **{name: told[name] for name in ("purpose", "repeats") if name in told},
    }
    return workflow.valid(Playbook, raw, "the whole")


def _parameters(workflow: Workflow, steps: tuple[Step, ...]) -> dict[str, Parameter]:
    """Variables that are given from outside. Those nobody takes are named in the notes."""
    ours = workflow.document.told.get("parameters")
    known = ours if isinstance(ours, dict) else {}
    taken = {str(value) for step in steps for value in step.parameters.values()}
    found = {}
    for key, one in workflow.document.playbook_variables.items():
        name = key.strip("_")
        if f"{{{name}}}" not in taken:
            workflow.notes.append(f"The variable {words.line(name)} is left out: no notebook takes it.")
            continue
        raw: dict[str, Any] = {"help": one.description or name, "type": _TYPES.get(one.type, "str")}
        if one.value is not None:
            raw["default"] = _value(one, known.get(name))
        elif one.external:
            raw["required"] = True
        found[name] = workflow.valid(
            Parameter, {**raw, **known[name], **_required(known[name])} if name in known else raw, name
        )
    return found


def _tlp(workflow: Workflow) -> str:
    """The narrowest of its markings; those that are not TLP are named. Without one nobody said that it may go further."""
    levels = list(Playbook.model_json_schema()["properties"]["tlp"]["enum"])
    named = [workflow.document.data_marking_definitions.get(one, {}) for one in workflow.document.markings]
    found = [str(one.get("tlpv2_level")) for one in named if str(one.get("tlpv2_level")) in levels]
    if len(found) < len(named):
        workflow.notes.append("It bears markings that are not TLP; they are left out: look at them.")
    return max(found, key=levels.index, default="TLP:AMBER")


def _required(known: Any) -> dict[str, Any]:
    return {} if isinstance(known, dict) and known.get("required") else {"required": False}


def _value(one: Variable, ours: Any = None) -> Any:
    """A number with a fraction has no type of CACAO's: it travels as text, and our own word says what it is."""
    if one.type in _TYPES or (isinstance(ours, dict) and ours.get("type") == "float"):
        try:
            return json.loads(one.value or "")
        except ValueError:
            return one.value
    return one.value
