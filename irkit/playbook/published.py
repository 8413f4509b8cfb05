"""The schema of a playbook's file, as editors read it: JSON Schema 2020-12, made from the models.

A file may say less than the models ask for, where it extends another playbook. An editor finds the schema by the first line of a file,
`# yaml-language-server: $schema=...` (https://github.com/redhat-developer/yaml-language-server#using-inlined-schema).
"""

from __future__ import annotations

from typing import Any

from irkit.playbook.schema import NAME, Playbook

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_WHOLE = "A file that extends no other says all of it itself."


def schema() -> dict[str, Any]:
    """One document, the same for the same irkit."""
    made = Playbook.model_json_schema()
    made["$defs"]["Parameter"].pop("required")
    properties = made.pop("properties")
    extends = {
        "type": "string",
        "pattern": r"^[a-z][a-z0-9-]*(/[a-z][a-z0-9-]*)*(\.yaml)?$",
        "description": "A playbook beside it or of the library: its parameters, and by their ids its steps, are taken; what is "
        "written here wins. The steps are those listed here, in this order.",
    }
    properties["name"]["pattern"] = NAME
    return {
        "$schema": DIALECT,
        "title": "An irkit playbook",
        "description": made.pop("description"),
        "type": "object",
        "properties": {"extends": extends, **properties},
        "required": ["name", "title"],
        "additionalProperties": False,
        "if": {"not": {"required": ["extends"]}},
        "then": {
            "description": _WHOLE,
            "required": ["steps"],
            "properties": {
                "parameters": {"additionalProperties": {"required": ["help"]}},
                "steps": {"items": {"oneOf": [{"required": ["notebook"]}, {"required": ["manual"]}]}},
            },
        },
        "$defs": made["$defs"],
    }
