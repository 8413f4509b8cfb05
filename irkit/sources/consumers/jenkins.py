"""Jenkins pipelines, read by their text: Groovy is a language, and only the documented forms of taking a credential are known.

https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#handling-credentials
https://www.jenkins.io/doc/pipeline/steps/credentials-binding/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from irkit.sources.consumers.interface import Reader, Reference, matcher, shell_names

_HELPER = re.compile(r"(?:\b([A-Za-z_]\w*)\s*=\s*)?\bcredentials\s*\(\s*(['\"])([^'\"\n]{1,200})\2\s*\)")
_BINDING = re.compile(
    r"\b(\w+)\s*\(?\s*([^()\n]{0,400}?\bcredentialsId\s*:\s*(['\"])([^'\"\n]{1,200})\3[^()\n]{0,400})"
)
_VARIABLE = re.compile(r"\b\w*[vV]ariable\s*:\s*['\"](\w+)['\"]")
_ENV = re.compile(r"\benv\.([A-Za-z_]\w*)|\benv\[\s*['\"](\w+)['\"]\s*\]")
_STAGE = re.compile(r"\bstage\s*\(\s*['\"]([^'\"\n]{1,100})['\"]")
_NOTE = "a credential of Jenkins: which folder or system keeps it, its page there says"


def _read(path: str, source: str) -> Iterator[Reference]:
    what = f"pipeline {path}"
    for number, line in enumerate(source.splitlines(), 1):
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
        for step, arguments, _, name in _BINDING.findall(line):
            gives = tuple(_VARIABLE.findall(arguments))
            how = f"{step}(credentialsId '{name}')" + (f" as {', '.join(gives)}" if gives else "")
            yield Reference((name,), what, how, number, gives, note=_NOTE)
        named = dict.fromkeys(a or b for a, b in _ENV.findall(line)) | dict.fromkeys(shell_names(line))
        for name in named:
            yield Reference((name,), what, f"{name} in its environment", number)


READER = Reader("jenkins", matcher(r"Jenkinsfile[^/]*|[^/]+\.jenkinsfile|vars/[^/]+\.groovy"), _read)
