"""A visibly fake secret, made anew for each run, and small notebooks that try to leak it."""

from __future__ import annotations

import base64
import json
import secrets
from pathlib import Path
from typing import Any

from irkit.needles import token_needles
from irkit.redact import Hidden, Redactor


def make_canary() -> str:
    """With characters that JSON, HTML, shells and addresses write in their own ways."""
    return f"irkitCANARY-{secrets.token_hex(8)}-a&b<c'd"


def redactor_of(canary: str) -> Redactor:
    return Redactor([Hidden("fp:canary", token_needles(canary.encode()))])


def notebook(path: Path, *cells: str, parameters: str = "") -> Path:
    """A notebook of code cells (or Markdown, when a text begins with `#` and a space) for the kernel `python3`."""
    made: list[dict[str, Any]] = []
    if parameters:
        made.append(_code(parameters, ["parameters"]))
    for text in cells:
        made.append(
            {"cell_type": "markdown", "metadata": {}, "source": text} if text.startswith("# ") else _code(text, [])
        )
    for number, cell in enumerate(made):
        cell["id"] = f"cell-{number}"
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": spec}, "cells": made}))
    return path


def _code(source: str, tags: list[str]) -> dict[str, Any]:
    metadata = {"tags": tags} if tags else {}
    return {"cell_type": "code", "metadata": metadata, "source": source, "outputs": [], "execution_count": None}


def forms_in(text: str | bytes, canary: str) -> list[str]:
    """Where the canary shows, by means of its own rather than the redactor's. Empty is what a test wants."""
    data = text.encode() if isinstance(text, str) else text
    raw = canary.encode()
    forms = {
        "raw": raw,
        "JSON": json.dumps(canary)[1:-1].encode(),
        "base64": base64.b64encode(raw).rstrip(b"=")[:-1],
        "hex": raw.hex().encode(),
        "core": canary.split("-")[
            1
        ].encode(),  # the random part alone: nothing writes it in another way but an encoding
    }
    return [name for name, form in forms.items() if form in data]
