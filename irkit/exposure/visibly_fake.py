"""Is a value one that nobody was ever given? By what can be seen in it alone. Pure; what is said never repeats the value.

Made-up values in documentation and tests say so (AWS's sample key ends in EXAMPLE,
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html), or are one short piece over and over.
"""

from __future__ import annotations

import re
from itertools import pairwise

_SAYS_SO = re.compile(
    r"example|fake|dummy|placeholder|change_?me|redacted|your[-_ ]?(?:token|key|secret)|x{6,}|not[-_ ]?(?:a[-_ ]?)?(?:real|secret)",
    re.IGNORECASE,
)
_LONGEST_PIECE = 8
_FEWEST_KINDS = 4


def visibly_fake(value: str, checksum_fits: bool | None = None) -> str:
    """Why it is visibly made up, in words; "" when it is not, which does not mean that it was ever valid.

    `checksum_fits` is what its format's checksum says, None where the format has none.
    """
    body = re.sub(r"\A(?:[A-Za-z]{2,10}[_-]){1,3}", "", value.strip())
    if _SAYS_SO.search(value):
        return "it says so itself: a word such as example, fake or placeholder stands in it"
    if checksum_fits is False:
        return "the checksum in it is wrong, so its issuer never made it; or somebody mistyped it"
    if len(set(body)) < _FEWEST_KINDS:
        return "it is made of fewer than four different characters"
    if any(_repeats(body, length) for length in range(1, _LONGEST_PIECE + 1)):
        return "it is one short piece over and over"
    steps = [ord(after) - ord(before) for before, after in pairwise(body)]
    if len(steps) > 8 and sum(step == 1 for step in steps) >= 0.9 * len(steps):
        return "it counts up"
    return ""


def _repeats(body: str, length: int) -> bool:
    return len(body) >= 3 * length and all(char == body[place % length] for place, char in enumerate(body))
