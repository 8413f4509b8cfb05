"""The postmortem as a JSON document, and the schema of that document. Pure.

Times are ISO 8601 in UTC with `Z`, days ISO 8601, durations numbers of seconds, null is "unknown"; pictures are left out, their
text and data are there. The rule for whoever reads it: fields are added, under the same `version`; none is taken away, renamed or given
another meaning without a higher one.
"""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from irkit.model import Kind, iso
from irkit.postmortem import document
from irkit.postmortem.document import Postmortem
from irkit.show import blocks
from irkit.show.blocks import Figure
from irkit.show.plain import inert_json

SCHEMA, VERSION = "irkit/postmortem", 1
_BLOCKS = "irkit.show.blocks"


def to_json(postmortem: Postmortem) -> str:
    """The document, its `schema` and `version` first. `schema()` describes it."""
    return inert_json({"schema": SCHEMA, "version": VERSION, **_plain(postmortem)}) + "\n"


def _shown(kind: Any) -> list[dataclasses.Field[Any]]:
    """The fields of a dataclass but those that are no reader's."""
    return [field for field in dataclasses.fields(kind) if field.metadata.get("shown", True)]


def _plain(value: Any) -> Any:
    if isinstance(value, Figure):
        return {"kind": "figure", "alt": value.alt, "caption": value.caption, "data": _plain(value.data)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        named = {field.name: _plain(getattr(value, field.name)) for field in _shown(value)}
        return {"kind": type(value).__name__.lower(), **named} if type(value).__module__ == _BLOCKS else named
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        return value.value
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12 (https://json-schema.org/draft/2020-12/schema) of what `to_json` writes, from the types themselves.

    Further fields are allowed everywhere: a reader of today must take what a later irkit adds.
    """
    from pydantic import TypeAdapter
    from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

    class Generate(GenerateJsonSchema):
        def timedelta_schema(self, _schema: Any) -> JsonSchemaValue:
            return {"type": "number", "description": "seconds"}

        def enum_schema(self, schema: Any) -> JsonSchemaValue:
            # A later irkit writes records of further kinds.
            return {"type": "string"} if schema["cls"] is Kind else super().enum_schema(schema)

        def dataclass_schema(self, schema: Any) -> JsonSchemaValue:
            made, kind = super().dataclass_schema(schema), schema["cls"]
            properties = {field.name: made["properties"][field.name] for field in _shown(kind)}
            if kind is Figure:
                del properties["svg"]
            if kind.__module__ == _BLOCKS:
                properties = {"kind": {"const": kind.__name__.lower()}, **properties}
            return made | {"properties": properties, "required": list(properties)}

    adapter = TypeAdapter(Postmortem)
    adapter.rebuild(_types_namespace=vars(blocks) | vars(document))  # pydantic loses its way in blocks within blocks
    made = adapter.json_schema(mode="serialization", schema_generator=Generate)
    made["$defs"]["Kind"]["description"] = "The kind of a record of the journal."
    head = {"schema": {"const": SCHEMA}, "version": {"const": VERSION}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": "A postmortem of irkit",
        "description": " ".join((__doc__ or "").split("\n\n")[1].split()),
        "properties": head | made["properties"],
        "required": [*head, *made["required"]],
    }
