"""No text is ever run: the package calls nothing that runs one, and the checks that say so are on and silenced only with a reason."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import irkit

PACKAGE = Path(irkit.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
RUNS_TEXT = frozenset({
    "eval", "exec", "__import__", "os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "pickle.load",
    "pickle.loads", "marshal.load", "marshal.loads", "shelve.open", "yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.full_load",
    "yaml.load_yaml", "tempfile.mktemp", "shutil.unpack_archive", "compile", "builtins.eval", "builtins.exec", "code.interact",
    "runpy.run_path", "runpy.run_module", "subprocess.getstatus", "pickle.Unpickler", "dill.load", "dill.loads", "joblib.load",
    "numpy.load", "np.load", "pandas.read_pickle", "pd.read_pickle", "pd.eval", "pandas.eval", "os.popen2", "os.spawnl", "os.execl",
})  # fmt: skip
EXTRACTS = frozenset({"extractall", "eval_expr"})
BOUNDED = frozenset({"yaml_values.py", "sources/consumers/tree.py"})
"""Where YAML is read: what its aliases stand for is counted first."""


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


@pytest.mark.parametrize("part", sorted({path.relative_to(PACKAGE).parts[0] for path in SOURCES}))
def test_nothing_runs_a_text_or_unpacks_an_archive_to_disk(part: str) -> None:
    found = []
    for path in (one for one in SOURCES if one.relative_to(PACKAGE).parts[0] == part):
        for name, call in calls(path):
            given = {word.arg for word in call.keywords}
            shell = any(word.arg == "shell" and not _false(word.value) for word in call.keywords)
            to_disk = name.endswith(".extract") and "factory" not in given  # py7zr's factory takes members into memory
            if name in RUNS_TEXT or name.rpartition(".")[2] in EXTRACTS or shell or to_disk:
                found.append(f"{path.name}:{call.lineno} {name}")
    assert found == []


def _false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is False


def test_yaml_is_read_where_its_aliases_are_counted() -> None:
    found = {
        str(path.relative_to(PACKAGE))
        for path in SOURCES
        for name, _ in calls(path)
        if re.fullmatch(
            r"(yaml|yaml_)\.\w*(load|compose|parse|scan)\w*|\w*(Safe|Full|Base|Unsafe)Loader|yaml\.\w*Loader", name
        )
    }
    assert found == BOUNDED


MARKUP = ("case/readiness/page.py",) * 2 + ("postmortem/shapes/html.py",) * 2
"""The style of our own files, and what `irkit.show.html` has escaped."""


def test_templates_escape_and_what_they_need_not_is_counted() -> None:
    found = []
    for path in SOURCES:
        for name, call in calls(path):
            if name.rpartition(".")[2] in ("Markup", "mark_safe"):
                found.append(str(path.relative_to(PACKAGE)))
            if name.rpartition(".")[2] in ("Environment", "SandboxedEnvironment", "Template"):
                escapes = [word.value for word in call.keywords if word.arg == "autoescape"]
                assert [one.value for one in escapes if isinstance(one, ast.Constant)] == [True], path
    assert tuple(found) == MARKUP


def test_xml_is_read_where_no_entity_can_be_declared() -> None:
    """By defusedxml, or behind a look for what declares one."""
    careful = {"show/svg.py", "resign/records/rpm.py", "guard/drawing.py"}
    found = {
        str(path.relative_to(PACKAGE))
        for path in SOURCES
        for name, _ in calls(path)
        if re.fullmatch(
            r"(ElementTree|ET|etree|minidom|expat|sax)\.(fromstring|parse|parseString|iterparse|XML|canonicalize|XMLParser|ParserCreate)",
            name,
        )
    }
    assert found == careful


def test_the_rules_that_find_such_calls_are_on() -> None:
    project = PACKAGE.parent / "pyproject.toml"
    if not project.is_file():
        pytest.skip("an installed package has no pyproject.toml beside it")
    lint = tomllib.loads(project.read_text())["tool"]["ruff"]["lint"]
    assert "S" in lint["select"]
    dangerous = {"S102", "S301", "S302", "S306", "S307", "S506", "S602", "S604", "S605", "S609", "S701", "S202"}
    silenced = set(lint["ignore"]).union(*lint["per-file-ignores"].values())
    assert not dangerous & silenced
    assert "S" not in silenced


def test_no_security_rule_is_silenced_without_a_reason() -> None:
    bare = []
    for path in SOURCES:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"#\s*noqa(?!: [A-Z]+[0-9]+)", line) or re.search(r"#\s*noqa:.*\bS\d+\b(?!.*\()", line):
                bare.append(f"{path.relative_to(PACKAGE)}:{number}")
    assert bare == []
