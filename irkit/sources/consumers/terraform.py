"""Terraform and OpenTofu, read line by line: blocks, attributes and the references in them. Nothing is evaluated.

https://developer.hashicorp.com/terraform/language/syntax/configuration
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from irkit.model import Sure
from irkit.sources.consumers.interface import Broken, Reader, Reference, matcher, numbered

_STRING = re.compile(r'"((?:[^"\\]|\\.)*)(?:"|\\?$)')  # one that is not closed ends with the line
_BLOCK = re.compile(r'^\s*([A-Za-z_][\w-]*)((?:\s+(?:"[^"]*"|[\w-]+))*)\s*\{')
_ATTRIBUTE = re.compile(r'^\s*(?:([A-Za-z_][\w.-]*)|"([^"]+)"|\(([^)]+)\))\s*[=:](?!=)\s*(.*)$')
_REFERENCE = re.compile(r"\b(var|local)\.([A-Za-z_][\w-]*)|\b(data\.[a-z]\w*\.[A-Za-z_][\w-]*)")
_HEREDOC = re.compile(r"<<-?\s*([A-Za-z_]\w*)\s*$")
_DEEPEST = 200
_STATE = "Terraform keeps the value in its state: whoever reads the state has it"
_PLACES = {
    "github_actions_secret": ("secret_name", "github-actions"),
    "github_dependabot_secret": ("secret_name", "github-dependabot"),
    "github_actions_organization_secret": ("secret_name", "github-org"),
    "gitlab_project_variable": ("key", "gitlab-variable"),
}
"""Resources that write a secret into a store: the attribute that names it, and the kind of store."""


def _read(path: str, source: str) -> Iterator[Reference]:
    if path.endswith(".tfvars"):
        yield from _values(path, source)
        return
    stack: list[str] = []
    heredoc, comment = "", False
    for number, raw in numbered(source):
        if heredoc:
            heredoc = "" if raw.strip() == heredoc else heredoc
            yield from _references(stack, "text", "", raw, number)
            continue
        line, comment = _uncommented(raw, comment)
        if not line.strip():
            continue
        block = _BLOCK.match(line)
        named = " ".join([block[1], *(part.strip('"') for part in block[2].split())]) if block else ""
        yield from _declared(named, number)
        attribute = None if block else _ATTRIBUTE.match(line)
        key = next((part for part in attribute.groups()[:3] if part), "") if attribute else ""
        yield from _references(stack, key, attribute[4] if attribute else "", line, number)
        if found := _HEREDOC.search(line):
            heredoc = found[1]
        bare = _STRING.sub('""', line)
        opened, closed = bare.count("{"), bare.count("}")
        for depth in range(opened):
            stack.append(named if block and depth == 0 else key)
        if len(stack) > _DEEPEST:
            raise Broken("blocks nested too deep to be Terraform")
        del stack[max(0, len(stack) - closed) :]


def _uncommented(line: str, comment: bool) -> tuple[str, bool]:
    """The line without comments, and whether it ends within one."""
    if comment:
        _, end, line = line.partition("*/")
        if not end:
            return "", True
    bare = _STRING.sub(lambda found: "x" * len(found[0]), line)
    cut = min((at for mark in ("#", "//", "/*") if (at := bare.find(mark)) >= 0), default=len(line))
    starts = bare[cut : cut + 2] == "/*"
    return line[:cut], starts and "*/" not in bare[cut:]


def _declared(named: str, number: int) -> Iterator[Reference]:
    kind, _, name = named.partition(" ")
    if kind == "variable" and name:
        needs = (name, f"TF_VAR_{name}")
        yield Reference(
            needs, f"variable {name}", f"variable {name}, or TF_VAR_{name}", number, (f"var.{name}",), note=_STATE
        )


def _references(stack: list[str], key: str, value: str, line: str, number: int) -> Iterator[Reference]:
    block = next((part for part in reversed(stack) if " " in part), stack[0] if stack else "the configuration")
    kind, _, name = block.partition(" ")
    gives = _gives(block, key, inside=bool(stack) and stack[-1] != block)
    for variable, called, data in dict.fromkeys(_REFERENCE.findall(line)):
        taken = data or f"{variable}.{called}"
        needs = (taken, called, f"TF_VAR_{called}") if variable == "var" else (taken, called) if called else (taken,)
        yield Reference(needs, block, f"{key or 'expression'} from {taken}", number, gives, note=_STATE)
    literal = _STRING.fullmatch(value.strip().rstrip(","))
    if literal and "${" not in literal[1] and literal[1]:
        of_data = (f"data.{name.replace(' ', '.')}",) if kind == "data" else ()
        attribute, store = _PLACES.get(name.partition(" ")[0], ("", ""))
        note = f"writes it to {store}: change it where this takes the value from" if attribute == key else _STATE
        yield Reference((literal[1],), block, f"{key} {literal[1]}", number, of_data, note=note)
    if key and gives == (key,):
        yield Reference((key,), block, f"sets {key}", number, sure=Sure.GUESS, note=_STATE)


def _gives(block: str, key: str, *, inside: bool) -> tuple[str, ...]:
    """A local goes on as `local.NAME`; a key of a map within a block (an environment) as itself."""
    if block == "locals" or block.startswith("locals "):
        return (f"local.{key}",) if key else ()
    return (key,) if inside and re.fullmatch(r"[A-Z][A-Z0-9_]*", key) else ()


def _values(path: str, source: str) -> Iterator[Reference]:
    for number, line in numbered(source):
        found = re.match(r"\s*([A-Za-z_][\w-]*)\s*=", line)
        if found:
            yield Reference(
                (found[1], f"var.{found[1]}"),
                f"values of {path}",
                f"sets {found[1]}",
                number,
                (f"var.{found[1]}",),
                note=_STATE,
            )


READER = Reader("terraform", matcher(r"[^/]+\.(?:tf|tofu|tfvars)"), _read)
