"""A notebook as a document: every string of it redacted, streams joined first so that no cut hides a secret. Pure."""

from __future__ import annotations

from typing import Any

from irkit.redact import Redactor


def joined(text: Any) -> str:
    """Notebook files write long text as a list of lines."""
    return "".join(map(str, text)) if isinstance(text, list) else str(text)


def scrubbed(notebook: dict[str, Any], redactor: Redactor) -> dict[str, Any]:
    """A redacted copy of a notebook's JSON, metadata and injected parameters included; the original is not touched.

    Any version of the format: what is not known is redacted as a plain JSON tree.
    """
    copy: dict[str, Any] = redactor.tree(_with_whole_texts(notebook))
    return copy


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
            output["data"] = {kind: _whole_data(kind, data) for kind, data in output["data"].items()}
        before = whole[-1] if whole else {}
        if _same_stream(before, output):
            before["text"] += output["text"]
        else:
            whole.append(output)
    return whole


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
