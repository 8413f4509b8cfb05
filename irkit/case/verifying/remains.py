"""What lies in a case and no record tells of: left by a run that was stopped, or by records that were cut off."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from irkit.model import Record

_DIGEST = re.compile(r"[0-9a-f]{64}")
_DOCUMENTS = ("postmortem", "rotation", "readiness")


def without_record(folder: Path, records: Sequence[Record]) -> Iterator[str]:
    """A sentence about evidence, and one about documents. Neither shows that records were cut off; a whole record leaves none."""
    told = "\n".join(json.dumps(dict(one.body), default=str) for one in records)
    named = set(_DIGEST.findall(told))
    left = sorted(path.name for path in (folder / "evidence").glob("[0-9a-f]*") if path.name[:64] not in named)
    if left:
        more = f", and {len(left) - 1} more" if len(left) > 1 else ""
        yield f"No record names the evidence {left[0][:16]}{more}: {_WHY}"
    stand = sorted(
        path.name
        for path in folder.iterdir()
        if path.name.partition(".")[0] in _DOCUMENTS
        and path.is_file()
        and f'"{path.name.removesuffix(".asc")}"' not in told
    )
    if stand:
        yield f"No record tells of {', '.join(stand)}: {_WHY}"


_WHY = "a run was stopped before it was written down, or records were cut off. Compare with a copy or a seal."
