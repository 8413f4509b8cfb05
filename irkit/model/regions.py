"""Of which regions of AWS logs were read, and what that leaves unknown. A trail of one region says nothing of the others. Pure.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

GLOBAL = "us-east-1"
"""Where IAM's own events stand, whatever region somebody works in."""

_REGION = r"[a-z]{2}(?:-[a-z]+)+-\d+"
_IN_FOLDER = re.compile(rf"/CloudTrail/({_REGION})(?:/|$)")
_IN_NAME = re.compile(rf"\d_CloudTrail_({_REGION})_\d{{8}}T\d{{4}}Z_")


def regions_named(folder: str, names: str) -> Iterable[str]:
    """By where CloudTrail delivers a file, or by the file's own name. `names` may hold many at once."""
    return _IN_FOLDER.findall(folder)[-1:] or set(_IN_NAME.findall(names))


def unknown_elsewhere(read: Sequence[str]) -> str:
    """What the logs of these regions cannot tell, in a sentence; "" where no CloudTrail was read."""
    if not read:
        return ""
    of = f"of {', '.join(read[:-1])} and {read[-1]}" if len(read) > 1 else f"of {read[0]}"
    iam = "" if GLOBAL in read else f"; users, keys and roles that it made stand in {GLOBAL}, which is not among them"
    return (
        f"CloudTrail was read {of}, as files and events name their regions: what was done in any other is unknown{iam}"
    )
