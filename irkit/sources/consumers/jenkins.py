"""Jenkins pipelines, read by their text: Groovy is a language, and only the documented forms of taking a credential are known.

https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#handling-credentials
https://www.jenkins.io/doc/pipeline/steps/credentials-binding/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from irkit.sources.consumers.interface import Reader, Reference, matcher, numbered, shell_names

_HELPER = re.compile(r"(?:\b([A-Za-z_]\w*)\s*=\s*)?\bcredentials\s*\(\s*(['\"])([^'\"\n]{1,200})\2\s*\)")
_BINDING = re.compile(r"\bcredentialsId\s{0,9}:\s{0,9}(['\"])([^'\"\n]{1,200})\1")
_VARIABLE = re.compile(r"\b\w*[vV]ariable\s*:\s*['\"](\w+)['\"]")
_ENV = re.compile(r"\benv\.([A-Za-z_]\w*)|\benv\[\s*['\"](\w+)['\"]\s*\]")
_STAGE = re.compile(r"\bstage\s*\(\s*['\"]([^'\"\n]{1,100})['\"]")
_NOTE = "a credential of Jenkins: which folder or system keeps it, its page there says"


def _read(path: str, source: str) -> Iterator[Reference]:
    what = f"pipeline {path}"
    for number, line in numbered(source):
        if line.lstrip().startswith(("//", "*", "/*")):
            continue
        stage = _STAGE.search(line)
        if stage:
            what = f"pipeline {path}, stage {stage[1]}"
        for given, _, name in _HELPER.findall(line):
            gives = (given, f"{given}_USR", f"{given}_PSW") if given else ()
            yield Reference(
                (name,), what, f"credentials('{name}'){f' as {given}' if given else ''}", number, gives, note=_NOTE
            )
        for found in _BINDING.finditer(line):
            step, arguments = _call(line, found.start(), found.end())
            name, gives = found[2], tuple(_VARIABLE.findall(arguments))
            how = f"{step}(credentialsId '{name}')" + (f" as {', '.join(gives)}" if gives else "")
            yield Reference((name,), what, how, number, gives, note=_NOTE)
        named = dict.fromkeys(a or b for a, b in _ENV.findall(line)) | dict.fromkeys(shell_names(line))
        for name in named:
            yield Reference((name,), what, f"{name} in its environment", number)


def _call(line: str, start: int, end: int) -> tuple[str, str]:
    """The step that an argument belongs to, and all its arguments, as far as they stand on the line."""
    opened = max(line.rfind(mark, 0, start) for mark in "([{")
    closed = min((at for mark in ")]}" if (at := line.find(mark, end)) >= 0), default=len(line))
    before = re.findall(r"\w+", line[max(0, opened - 60) : max(0, opened)])
    inside = line[opened + 1 : closed]
    if opened >= 0 and line[opened] == "(" and before:
        return before[-1], inside
    return next(iter(re.findall(r"\w+", inside[:60])), "binding"), inside


READER = Reader("jenkins", matcher(r"Jenkinsfile[^/]*|[^/]+\.jenkinsfile|vars/[^/]+\.groovy"), _read)
