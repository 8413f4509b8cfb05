"""GitHub Actions: workflows, actions, and the registries of Dependabot.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
https://docs.github.com/en/actions/how-tos/reuse-automations/reuse-workflows (secrets: inherit)
https://docs.github.com/en/code-security/dependabot/working-with-dependabot/dependabot-options-reference (registries)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from irkit.model import Sure
from irkit.sources.consumers.interface import ALL, SLUG, Reader, Reference, matcher
from irkit.sources.consumers.tree import Map, Text, at, documents, leaves, line_of, listing, mapping

_EXPRESSION = re.compile(r"\$\{\{((?:(?!\$\{\{).)*?)\}\}", re.DOTALL)
_SECRET = re.compile(r"\bsecrets\s*(?:\.\s*([A-Za-z_][\w-]*)|\[\s*'([^']+)'\s*\])", re.IGNORECASE)
_EVERY = re.compile(r"\btojson\s*\(\s*secrets\s*\)|\bsecrets\s*\[\s*(?!')", re.IGNORECASE)
_PASSED = re.compile(r"\b(?:env|inputs)\s*\.\s*([A-Za-z_][\w-]*)")
_OWN = "GITHUB_TOKEN"  # made for each run by GitHub itself


def _read(path: str, source: str) -> Iterator[Reference]:
    for document in documents(source):
        if path.endswith(("dependabot.yml", "dependabot.yaml")):
            for name, registry in mapping(at(document, "registries")).items():
                yield from _taken(registry, f"Dependabot registry {name}", "github-dependabot", "")
            continue
        called = str(at(document, "name") or path.rpartition("/")[2])
        whole = f"workflow {called}"
        for name, told in mapping(at(document, "on", "workflow_call", "secrets")).items():
            how = f"secret {name}, which its callers give it"
            yield Reference((name.upper(),), whole, how, line_of(told, getattr(name, "line", 1)), (name,))
        yield from _taken(at(document, "env"), whole, "github-actions", "", ("env",))
        for name, job in mapping(at(document, "jobs")).items():
            yield from _job(f"job {name} of {whole}", mapping(job), _oidc(document))
        for step in listing(at(document, "runs", "steps")):
            yield from _step(f"action {called}", mapping(step), "")


def _job(what: str, job: Map, oidc: bool) -> Iterator[Reference]:
    note = "; ".join(part for part in (_environment(job), _OIDC_NOTE if oidc or _oidc(job) else "") if part)
    uses = at(job, "uses")
    if isinstance(at(job, "secrets"), Text) and at(job, "secrets") == "inherit" and not str(uses).startswith("./"):
        how = f"secrets: inherit, into {uses}"
        yield Reference(
            (ALL,), what, how, line_of(at(job, "secrets")), sure=Sure.MAY, note="read that workflow as well"
        )
    for key, value in job.items():
        if key == "steps":
            for step in listing(value):
                yield from _step(what, mapping(step), note)
        elif key == "secrets" and isinstance(value, Map):
            yield from _taken(value, f"{what}, which calls {uses}", "github-actions", note, ("secrets",))
        else:
            yield from _taken(value, what, "github-actions", note, (str(key),))


def _step(what: str, step: Map, note: str) -> Iterator[Reference]:
    uses, name = at(step, "uses"), at(step, "name") or at(step, "id")
    what = f"{what}, step {name}" if name else what
    for key, value in step.items():
        yield from _taken(value, what, "github-actions", note, (str(key),), str(uses or ""))
    secrets = at(step, "with", "secrets")
    if isinstance(secrets, Text) and "vault" in str(uses):
        for told in secrets.replace("\n", ";").split(";"):
            yield from _from_vault(what, told, secrets.line, note)


def _from_vault(what: str, told: str, line: int, note: str) -> Iterator[Reference]:
    """A line of hashicorp/vault-action: PATH FIELD | NAME."""
    taken, _, given = told.partition("|")
    words = taken.split()
    if len(words) != 2:
        return
    where, field = words
    mount, _, rest = where.replace("/data/", "/", 1).partition("/")
    store = f"vault-kv:{mount}/{rest}#{field}" if rest else ""
    gives = (given.strip(),) if given.strip() else ()
    yield Reference((where, f"{where}#{field}"), what, f"Vault {where} {field}", line, gives, store, note=note)


def _taken(
    value: Any, what: str, store: str, note: str, above: tuple[str, ...] = (), uses: str = ""
) -> Iterator[Reference]:
    for keys, leaf in leaves(value):
        for inside in _EXPRESSION.findall(leaf):
            way, gives = _way((*above, *keys), uses)
            for name in dict.fromkeys(a or b for a, b in _SECRET.findall(inside)):
                if name.upper() != _OWN:
                    place = f"{store}:{SLUG}/{name.upper()}"
                    yield Reference((name.upper(),), what, f"{way}, secrets.{name}", leaf.line, gives, place, note=note)
            for name in dict.fromkeys(_PASSED.findall(inside)):
                yield Reference((name,), what, f"{way}, {name} of the workflow", leaf.line, gives, note=note)
            if _EVERY.search(inside):
                yield Reference((ALL,), what, f"{way}, by a name that is computed", leaf.line, sure=Sure.MAY, note=note)


def _way(keys: tuple[str, ...], uses: str) -> tuple[str, tuple[str, ...]]:
    """How the value goes on, and under which name."""
    kind, last = (keys[0] if keys else ""), (keys[-1] if keys else "")
    if "env" in keys[:-1]:
        return f"env {last}", (last,)
    if kind == "with":
        return f"with {last} of {uses}", (last,) if uses.startswith("./") else ()
    if kind == "secrets":
        return f"secret {last} of the called workflow", (last,)
    return ("in its script" if kind == "run" else last or "value"), ()


def _environment(job: Map) -> str:
    told = at(job, "environment")
    name = told if isinstance(told, Text) else at(told, "name")
    return f"may be set for the environment {name} as well (github-environment:{SLUG}/{name}/NAME)" if name else ""


_OIDC_NOTE = "may ask for an OIDC token (id-token: write), which needs no stored secret where the other side takes it"


def _oidc(of: Any) -> bool:
    told = at(of, "permissions")
    return bool(told == "write-all" or at(told, "id-token") == "write")


READER = Reader(
    "github-actions",
    matcher(r"\.github/workflows/[^/]+\.ya?ml|\.github/dependabot\.ya?ml|action\.ya?ml"),
    _read,
)
