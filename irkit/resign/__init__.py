"""Chapter 3: which of the things a leaked key signed can be trusted, and the plan to sign those anew. Pure.

A signature by the leaked key proves nothing after the leak, and its date proves nothing at all: whoever holds the
key chooses it. What proves an artifact unchanged is its digest in a record from before the exposure that neither the
author nor a thief could have written: a mirror's list, a lock file elsewhere, an archive's index, our own backup.
"""

from irkit.model import Artifact
from irkit.resign.choices import Choices, Release
from irkit.resign.digest_list import DigestList, parse_digest_list
from irkit.resign.judging import Judged, Judgement, KnownDigest, judge
from irkit.resign.planning import plan_resign
from irkit.resign.records import Entry, Record, read_record

__all__ = [
    "Artifact",
    "Choices",
    "DigestList",
    "Entry",
    "Judged",
    "Judgement",
    "KnownDigest",
    "Record",
    "Release",
    "judge",
    "parse_digest_list",
    "plan_resign",
    "read_record",
]
