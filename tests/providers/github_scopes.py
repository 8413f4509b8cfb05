"""The table of scopes of classic tokens, in GitHub's API description's words. `python -m tests.providers.github_scopes` writes it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.needs import NODE_MODULES
from tests.providers.contracts import openapi

TABLE = Path(__file__).parents[2] / "irkit" / "exposure" / "narrower" / "github_scopes.json"
_SENTENCE = re.compile(r"[^.\n]*[Pp]ersonal access tokens \(classic\) need[^.\n]*")


def table() -> dict[str, Any]:
    """`METHOD PATH` to what is needed for private and for public repositories: of each inner list one scope is enough."""
    endpoints: dict[str, dict[str, list[list[str]]]] = {}
    for path, item in openapi("github:api.github.com")["paths"].items():
        for method, described in item.items():
            told = described.get("description", "") if isinstance(described, dict) else ""
            if (sentence := _SENTENCE.search(told)) and (needed := needs(sentence[0])):
                endpoints[f"{method.upper()} {path}"] = needed
    package = json.loads((NODE_MODULES / "@octokit/openapi/package.json").read_text())
    return {
        "source": f"@octokit/openapi {package['version']}, api.github.com",
        "endpoints": dict(sorted(endpoints.items())),
    }


def needs(sentence: str) -> dict[str, list[list[str]]] | None:
    """None for words that say something else."""
    scopes = re.findall(r"`([a-z_:]+)`", sentence)
    if not scopes or re.search(r"when |fine-grained|to create|to see|to to get|cannot", sentence):
        return None
    if "only public repositories" in sentence:
        return {"private": [scopes[:-1]], "public": [scopes]}
    if re.search(r"`( and | scopes? and )`", sentence):
        every = [[one] for one in scopes]
        return {"private": every, "public": every}
    if "private" in sentence:
        return {"private": [scopes], "public": []}
    return {"private": [scopes], "public": [scopes]}


if __name__ == "__main__":
    lines = table()
    rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(needed)}" for name, needed in lines["endpoints"].items())
    TABLE.write_text(f'{{\n "source": {json.dumps(lines["source"])},\n "endpoints": {{\n{rows}\n }}\n}}\n')
