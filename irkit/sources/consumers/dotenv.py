"""Files of variables: `.env`, what is copied to make one, `.envrc`. Names are taken, values are not.

https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from irkit.sources.consumers.interface import Reader, Reference, matcher, numbered, shell_names

_SET = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*[=:]\s*(.*)$")
_TEMPLATE = re.compile(r"\b(?:example|sample|template|tmpl|dist|default)s?\b", re.IGNORECASE)


def _read(path: str, source: str) -> Iterator[Reference]:
    template = _TEMPLATE.search(path.rpartition("/")[2]) is not None
    what = f"whoever makes a file of {path}" if template else f"whatever loads {path}"
    for number, line in numbered(source):
        found = _SET.match(line)
        if found is None:
            continue
        how = f"{'lists' if template else 'sets'} {found[1]}"
        yield Reference((found[1],), what, how, number, () if template else (f"file/{path}",))
        for name in shell_names(found[2]):
            if name != found[1]:
                yield Reference((name,), what, f"{found[1]} from ${name}", number, (found[1], f"file/{path}"))


READER = Reader("dotenv", matcher(r"\.env(?:\.[^/]+)?|\.envrc|[^/]+\.env|env\.(?:example|sample|template)"), _read)
