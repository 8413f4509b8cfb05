"""Programs and scripts that read a variable or a stored secret by its name. A line of code says that it may, not that it does: a guess."""

from __future__ import annotations

import re
from collections.abc import Iterator

from irkit.model import Sure
from irkit.sources.consumers.interface import Reader, Reference, matcher, numbered, shell_names

_NAME = r"([A-Za-z_]\w*)"
_FORMS: tuple[tuple[str, str], ...] = (
    # endings, what stands before the name in quotes or after a dot
    ("py pyi ipynb", rf"\b(?:environ(?:\.get|\.pop|\.setdefault)?\s*[\[(]|getenv\s*\()\s*\\?['\"]{_NAME}"),
    ("js mjs cjs ts mts cts jsx tsx vue svelte", rf"\b(?:process|import\.meta)\.env(?:\?)?(?:\.|\[\s*['\"]){_NAME}"),
    ("js mjs cjs ts mts cts jsx tsx", rf"\b(?:Deno|Bun)\.env(?:\.get\s*\(\s*['\"]|\.|\[\s*['\"]){_NAME}"),
    ("go", rf"\b(?:Getenv|LookupEnv)\s*\(\s*[\"`]{_NAME}"),
    ("rb rake gemspec", rf"\bENV(?:\.fetch\s*\(|\[)\s*['\"]{_NAME}"),
    ("java kt kts groovy gradle scala", rf"\bgetenv\s*\(?\s*\)?\s*(?:\[|\.get\s*\(|\()?\s*[\"']{_NAME}"),
    ("rs", rf"\b(?:env::var(?:_os)?\s*\(|(?:option_)?env!\s*\()\s*\"{_NAME}"),
    ("php", rf"(?:\b(?:getenv|env)\s*\(|\$_(?:ENV|SERVER)\s*\[)\s*['\"]{_NAME}"),
    ("cs fs vb", rf"\bGetEnvironmentVariable\s*\(\s*\"{_NAME}"),
    ("c cc cpp h hpp lua", rf"\b(?:secure_)?getenv\s*\(\s*\"{_NAME}"),
    ("ex exs", rf"\bSystem\.(?:get_env|fetch_env!?)\s*\(?\s*\"{_NAME}"),
    ("ps1 psm1", rf"\$env:{_NAME}"),
    ("bat cmd", rf"%{_NAME}%"),
    ("mk makefile justfile", rf"\$[({{]{_NAME}[)}}]"),
)
_BY_ENDING: dict[str, list[re.Pattern[str]]] = {}
for _endings, _form in _FORMS:
    for _ending in _endings.split():
        _BY_ENDING.setdefault(_ending, []).append(
            re.compile(_form, re.IGNORECASE if _ending in ("bat", "cmd", "ps1") else 0)
        )
_SHELLS = frozenset({"sh", "bash", "zsh", "ksh", "bats", "mk", "makefile"})
_STORED = re.compile(
    r"(?:SecretId|secret_?id|get_?secret(?:_?value)?|get_?parameter|access_?secret_?version|read_?secret\w{0,20})"
    r"[^\w/'\"]{0,20}(?:\w{1,30}\s{0,3}[=:]\s{0,3})?['\"]([^'\"\s]{2,200})['\"]"
    r"|(?:--secret-id|kv get)\s{1,9}['\"]?([\w./@+-]{2,200})",
    re.IGNORECASE,
)


def _read(path: str, source: str) -> Iterator[Reference]:
    ending = path.rpartition("/")[2].lower()
    ending = ending.rpartition(".")[2] if "." in ending else ending
    forms = _BY_ENDING.get(ending, [])
    what = f"code {path}"
    for number, line in numbered(source):
        names = [name for form in forms for name in form.findall(line)]
        for name in dict.fromkeys(names):
            yield Reference((name,), what, f"reads the variable {name}", number, sure=Sure.GUESS)
        if ending in _SHELLS:
            for name in shell_names(line):
                yield Reference((name,), what, f"${name} in the script", number, sure=Sure.GUESS)
        for stored in dict.fromkeys(a or b for a, b in _STORED.findall(line)):
            yield Reference((stored,), what, f"asks a store for {stored}", number, sure=Sure.GUESS)


READER = Reader("code", matcher(rf"[^/]+\.(?:{'|'.join(sorted({*_BY_ENDING, *_SHELLS}))})|Makefile|justfile"), _read)
