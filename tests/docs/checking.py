"""Command lines that are not run: does what they name exist? Options and arguments of irkit, targets of make, extras, files."""

from __future__ import annotations

import re
import shlex
import tomllib
from functools import cache
from typing import Any

import typer

from tests.docs.blocks import ROOT

_REFERENCE = re.compile(r"[A-Z][A-Z_]*")


def faults(script: str) -> list[str]:
    """What is wrong with the lines of a script, one sentence each."""
    return [said for line in lines(script) for said in _faults(line)]


def lines(script: str) -> list[list[str]]:
    """The commands of a script as lists of words, without comments, joined where a line goes on."""
    found = []
    for line in script.replace("\\\n", " ").splitlines():
        try:
            words = shlex.split(line, comments=True)
        except ValueError:  # the rest of a quotation that spans lines
            words = []
        while words and re.match(r"[A-Za-z_]\w*=", words[0]):
            words = words[1:]
        if words:
            found.append(words)
    return found


def _faults(words: list[str]) -> list[str]:
    program, *rest = words
    if program == "irkit":
        return [said] if (said := irkit_fault(rest)) else []
    if program == "make":
        targets = re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        return [f"make has no target {word}" for word in rest if "=" not in word and word not in targets]
    if program == "pip":
        named = [extra for word in rest for found in re.findall(r"\[(.*?)\]", word) for extra in found.split(",")]
        return [f"irkit has no extra {name}" for name in named if name not in _extras()]
    if program in ("python", "python3") and rest[:1] and rest[0].endswith(".py"):
        return [] if (ROOT / rest[0]).exists() else [f"there is no {rest[0]}"]
    if program in ("python", "python3") and rest[:1] == ["-m"] and rest[1].startswith(("tests", "irkit")):
        at = ROOT / rest[1].replace(".", "/")
        return [] if at.with_suffix(".py").exists() or (at / "__main__.py").exists() else [f"there is no {rest[1]}"]
    return []


def irkit_fault(words: list[str], *, whole: bool = True) -> str:
    """Why irkit would not take these words, or "". Brackets and dots of a form (`[--case CASE] PATH...`) are taken off first.

    Of what is not `whole` (`irkit export --out`), only the commands and the names of options are looked at.
    """
    words = [word for word in (re.sub(r"^\[+|\]+$|\.\.\.\]*$", "", word) for word in words) if word]
    command, path = _root(), "irkit"
    while words and hasattr(command, "commands") and not words[0].startswith("-"):
        name, *words = words
        if name not in command.commands:
            return f"{path} has no command {name}"
        command, path = command.commands[name], f"{path} {name}"
    if "--help" in words:
        return ""
    if hasattr(command, "commands"):
        return f"{path} needs a command" if whole else ""
    if not whole:
        known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
        unknown = [word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)]
        return next((f"{path} has no option {word}" for word in unknown if word not in known), "")
    try:
        given, left, _ = command.make_parser(type(command).context_class(command)).parse_args(list(words))
    except Exception as error:  # typer's own, whose place in it has moved before
        return f"{path}: {getattr(error, 'message', error)}"
    if left:
        return f"{path} takes no {left[0]}"
    return next((said for one in command.params if (said := _wrong(path, one, given.get(one.name)))), "")


def _wrong(path: str, parameter: Any, value: Any) -> str:
    if value is None or value == ():
        return f"{path} needs {parameter.human_readable_name}" if parameter.required else ""
    choices = getattr(parameter.type, "choices", None)
    if choices and isinstance(value, str) and not _REFERENCE.fullmatch(value):
        known = [str(getattr(one, "value", one)) for one in choices]
        wrong = [one for one in value.split("|") if one not in known]
        return f"{path} knows no {wrong[0]}; it knows {', '.join(known)}" if wrong else ""
    return ""


@cache
def _root() -> Any:
    from irkit.cli import app

    return typer.main.get_command(app)


@cache
def _extras() -> frozenset[str]:
    return frozenset(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])
