"""The reference, made from the code when the site is built: commands, records, schemas, and pages for mkdocstrings.

Nothing of it is kept in git. Run by mkdocs (`gen-files`). Each function gives the text of one page.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from irkit.cli import app
from irkit.model import Kind

SCHEMAS = Path(__file__).parents[1] / "schemas"

MODULES = {
    "case": (
        "The case, in Python",
        "A case as the notebooks use it (`desk` there): one method a step. Each gives a view that a notebook shows by itself.",
        ("irkit.case.case.Case",),
    ),
    "show": (
        "What is shown, in Python",
        "A view and its blocks. They know no domain type, and are shown as HTML, Markdown or text.",
        ("irkit.show.blocks",),
    ),
    "model": (
        "Nouns, in Python",
        "What an incident is made of. Frozen, valid from birth, without any secret value.",
        tuple(f"irkit.model.{name}" for name in ("secret", "credential", "clock", "evidence", "artifact", "consumer")),
    ),
    "guard": (
        "The guard, in Python",
        "For programs that log: what is hidden, and the filter that hides it. How to use it: [the guard](../guard.md#what-a-program-logs).",
        ("irkit.guard.hide", "irkit.guard.logging_filter.RedactingFilter"),
    ),
    "errors": (
        "Errors, in Python",
        "How irkit stops. The exit codes are [those of the commands](../exit-codes.md).",
        ("irkit.errors",),
    ),
}


def python(name: str) -> str:
    title, says, modules = MODULES[name]
    return f"# {title}\n\n{says}\n\n" + "\n".join(f"::: {module}\n" for module in modules)


def commands() -> str:
    """Every command with its arguments and options, as typer has them."""
    parts = ["# Commands", "", "Made from the program itself. What each ends with: [exit codes](../exit-codes.md).", ""]
    for path, command in _walk("irkit", typer.main.get_command(app)):
        parts += [f"## {path}", "", _text(command.help or ""), "", "```text", _usage(path, command), "```", ""]
        rows = [_row(one) for one in command.params if one.name != "help"]
        if rows:
            parts += ["| given as | what it is | unless given |", "|---|---|---|", *rows, ""]
    return "\n".join(parts)


def _walk(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name in sorted(command.commands):
        yield from _walk(f"{path} {name}", command.commands[name])


def _usage(path: str, command: Any) -> str:
    context = type(command).context_class(command, info_name=path)
    return re.sub(r"[{}]", "", " ".join((path, *command.collect_usage_pieces(context))))


def _row(parameter: Any) -> str:
    context = None
    if parameter.param_type_name == "argument":
        name, says = parameter.make_metavar(context), getattr(parameter, "help", "") or ""
    else:
        choices = "|".join(str(getattr(one, "value", one)) for one in getattr(parameter.type, "choices", ()))
        value = "" if parameter.is_flag else f" {choices or parameter.metavar or _kind(parameter)}"
        name, says = ", ".join(parameter.opts) + value, parameter.help or ""
    default = parameter.default
    default = getattr(default, "value", default)
    shown = "" if default in (None, "", (), False) or callable(default) else f"`{default}`"
    return (
        f"| `{name.replace('|', chr(92) + '|')}` | {_text(says)} | {'it is needed' if parameter.required else shown} |"
    )


def _kind(parameter: Any) -> str:
    name = parameter.type.name
    return "N" if name.startswith("int") else name.upper()


def _text(says: str) -> str:
    return re.sub(r"([<|])", r"\\\1", " ".join(says.split()))


def journal() -> str:
    """Each kind of record with the fields of its body, out of the docstring that is their only description."""
    said = " ".join((inspect.getdoc(Kind) or "").split())
    about, _, rest = said.partition("CASE_OPENED")
    rest = "CASE_OPENED" + rest
    names = "|".join(sorted(Kind.__members__, key=len, reverse=True))
    starts = list(re.finditer(rf"(?<![A-Z_])((?:{names})(?: / (?:{names}))*): ", rest))
    rows = []
    for this, following in zip(starts, [*starts[1:], None], strict=True):
        body = rest[this.end() : following.start() if following else len(rest)].strip(" ·")
        kinds = ", ".join(f"`{Kind[name].value}`" for name in this[1].split(" / "))
        rows.append(f"| {kinds} | {_text(body)} |")
    told = {name for start in starts for name in start[1].split(" / ")}
    if missing := set(Kind.__members__) - told:
        raise SystemExit(f"irkit/model/record.py does not say what a record of these kinds holds: {sorted(missing)}")
    head = (
        "# Records of the journal\n\nThe journal is SQLite (`journal.sqlite`, table `journal`); `body` is a JSON object. How the records "
        "are chained, and how to check them without irkit: [verify by hand](../verify-by-hand.md)."
    )
    return "\n".join((head, "", _text(about), "", "| kind | body |", "|---|---|", *rows, ""))


def schemas() -> str:
    """Each published schema: what it is of, and the file."""
    rows = []
    for path in sorted(SCHEMAS.glob("*.json")):
        schema = json.loads(path.read_text())
        title, says = schema.get("title", path.stem), schema.get("description", "")
        rows.append(f"| [{path.name}](../schemas/{path.name}) | {_text(f'{title}. {says}' if says else title)} |")
    head = "# Schemas\n\nJSON Schema, for editors and for whoever reads what irkit writes."
    return "\n".join((head, "", "| file | of |", "|---|---|", *rows, ""))


PAGES = {
    "commands": commands,
    "journal": journal,
    "schemas": schemas,
    **{name: (lambda name=name: python(name)) for name in MODULES},
}


def write() -> None:
    import mkdocs_gen_files

    for name, made in PAGES.items():
        with mkdocs_gen_files.open(f"reference/{name}.md", "w") as file:
            file.write(made())


if __name__ in ("__main__", "<run_path>"):
    write()
