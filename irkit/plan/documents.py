"""Values of the model and of plans as JSON and back, and the canonical bytes that digests are made of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from irkit.errors import BadInput
from irkit.faults import first_fault
from irkit.plan_form import without_later

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")


_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}  # making one compiles a schema; each is made once


def _adapter(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter  # a question without a plan does not pay for it

    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def document(value: Any) -> Any:
    """Any value of the model or a plan as plain JSON types. Unions are told apart by their `kind`."""
    return _adapter(type(value)).dump_python(value, mode="json")


def canonical(value: Any) -> bytes:
    """Canonical JSON of a value: sorted keys, no spaces, UTF-8. The same value gives the same bytes everywhere.

    Of a plan and its parts, what no irkit before knew is left out as long as it holds its default (`irkit.plan_form`).
    """
    plain = without_later(value, document(value)) if hasattr(value, "__dataclass_fields__") else value
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def read(kind: type[T], plain: Any) -> T:
    """The inverse of `document`. BadInput when it is not one, naming the first field at fault."""
    from pydantic import ValidationError

    try:
        value: T = _adapter(kind).validate_json(json.dumps(plain))
        return value
    except ValidationError as error:
        where, why = first_fault(error)
        raise BadInput(f"this is not a {kind.__name__}", on=where, why=why, do="make it again") from None
