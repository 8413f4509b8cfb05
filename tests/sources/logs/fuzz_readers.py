"""Coverage-guided fuzzing of every log reader, in memory: no exception, no endless loop. Needs the extra `fuzz` (atheris).

    python -m tests.sources.logs.fuzz_readers CORPUS [-atheris_runs=N] [-max_total_time=SECONDS]

Every event of what libFuzzer makes, whatever it holds, is recognised and read. CORPUS is a folder: the samples of every format
are put there to start from, and what was found to reach further is kept there.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["irkit.sources.logs"]):
    from irkit.sources.logs import inflate
    from irkit.sources.logs.content import Content
    from irkit.sources.logs.documents import records
    from irkit.sources.logs.formats import JSON_FORMATS
    from irkit.sources.logs.seek import Seeker
    from irkit.sources.logs.unread import Unread

from tests.sources.logs import samples

_ANYTHING = Seeker(["e", "0", " "])
_SLOWEST_S = 10


def one(data: bytes) -> None:
    for text in (data, inflate.whole(data)):
        if text is None:
            continue
        unread = Unread()
        for record in records(Content("fuzzed", iter((bytes(text),))), _ANYTHING, unread):
            form = record.form or next((each for each in JSON_FORMATS if each.recognise(record.event)), None)
            if form:
                form.read(record.event, record.where)
    try:
        for _ in inflate.members(lambda: (data,)):
            pass
    except inflate.Damaged:
        pass


def seeds(folder: Path) -> None:
    found = [value for name, value in vars(samples).items() if name.isupper() and not name.startswith("_")]
    for number, value in enumerate(found):
        text = value if isinstance(value, str) else json.dumps(value)
        (folder / f"{number:03d}").write_text(text)


if __name__ == "__main__":
    corpus = Path(sys.argv[1])
    corpus.mkdir(parents=True, exist_ok=True)
    seeds(corpus)
    atheris.Setup([*sys.argv, f"-timeout={_SLOWEST_S}"], one)
    atheris.Fuzz()
