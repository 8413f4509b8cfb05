"""A notebook as a document: every string of it redacted, streams joined first so that no cut hides a secret. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from irkit.redact import Redactor

WIDGET = "application/vnd.jupyter.widget-view+json"


def joined(text: Any) -> str:
    """Notebook files write long text as a list of lines."""
    return "".join(map(str, text)) if isinstance(text, list) else str(text)


def scrubbed(notebook: dict[str, Any], redactor: Redactor) -> dict[str, Any]:
    """A redacted copy of a notebook's JSON, metadata and injected parameters included; the original is not touched.

    Any version of the format: what is not known is redacted as a plain JSON tree.
    """
    copy: dict[str, Any] = redactor.tree(_with_whole_texts(notebook))
    return copy


class Scrubber:
    """`scrubbed` for a notebook that is written again and again while it runs: a cell that has not changed is not looked through again."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._clean: dict[str, Any] = {}

    def scrubbed(self, notebook: dict[str, Any]) -> dict[str, Any]:
        before, self._clean = self._clean, {}
        copy = scrubbed({name: value for name, value in notebook.items() if name != "cells"}, self._redactor)
        if "cells" in notebook:
            copy["cells"] = [self._cell(cell, before) for cell in notebook["cells"]]
        return copy

    def _cell(self, cell: Any, before: Mapping[str, Any]) -> Any:
        as_it_is = json.dumps(cell)
        clean = before.get(as_it_is) or scrubbed({"cells": [cell]}, self._redactor)["cells"][0]
        self._clean[as_it_is] = clean
        return clean


def _with_whole_texts(notebook: dict[str, Any]) -> dict[str, Any]:
    cells = [_whole_cell(cell) if isinstance(cell, dict) else cell for cell in notebook.get("cells", ())]
    return {**notebook, "cells": cells} if "cells" in notebook else dict(notebook)


def _whole_cell(cell: dict[str, Any]) -> dict[str, Any]:
    whole = dict(cell)
    if "source" in cell:
        whole["source"] = joined(cell["source"])
    if isinstance(cell.get("outputs"), list):
        whole["outputs"] = _whole_outputs(cell["outputs"])
    return whole


def _whole_outputs(outputs: list[Any]) -> list[Any]:
    whole: list[Any] = []
    for output in outputs:
        if not isinstance(output, dict):
            whole.append(output)
            continue
        output = dict(output)
        if "text" in output:
            output["text"] = joined(output["text"])
        if isinstance(output.get("data"), dict):
            output["data"] = {kind: _whole_data(kind, data) for kind, data in _lasting(output["data"]).items()}
        before = whole[-1] if whole else {}
        if _same_stream(before, output):
            before["text"] += output["text"]
        else:
            whole.append(output)
    return whole


def _lasting(data: dict[str, Any]) -> dict[str, Any]:
    """Without the view of a widget, which is dead with its kernel, where the same is there in a kind that lasts."""
    left = {kind: value for kind, value in data.items() if kind != WIDGET}
    return left if left.keys() - {"text/plain"} else data


def _whole_data(kind: str, data: Any) -> Any:
    is_text = isinstance(data, list) and not kind.endswith("json") and all(isinstance(line, str) for line in data)
    return joined(data) if is_text else data


def _same_stream(before: Any, output: dict[str, Any]) -> bool:
    return (
        isinstance(before, dict)
        and before.get("output_type") == output.get("output_type") == "stream"
        and before.get("name") == output.get("name")
        and "text" in before
        and "text" in output
    )


def without_widgets(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """A copy without the state of widgets, which keeps what was typed into them, passwords too, and without views of what is not there."""
    copy = dict(notebook)
    if isinstance(metadata := notebook.get("metadata"), Mapping):
        copy["metadata"] = {name: value for name, value in metadata.items() if name != "widgets"}
    if isinstance(cells := notebook.get("cells"), list):
        copy["cells"] = [_without_views(cell) if isinstance(cell, Mapping) else cell for cell in cells]
    return copy


def _without_views(cell: Mapping[str, Any]) -> dict[str, Any]:
    copy = dict(cell)
    if isinstance(outputs := cell.get("outputs"), list):
        copy["outputs"] = [_without_view(output) for output in outputs]
    return copy


def _without_view(output: Any) -> Any:
    data = output.get("data") if isinstance(output, Mapping) else None
    if not isinstance(data, Mapping) or WIDGET not in data:
        return output
    left = {kind: value for kind, value in data.items() if kind != WIDGET}
    return {**output, "data": left or {"text/plain": "A widget stood here. What it held is left out."}}
