"""The whole object database, searched for many needles at once, and every commit that holds what was found.

`open_database` chooses how to read it; `search` and `presence` are the two questions, `scan` asks both.
What is verified: every stream's own checksum (Adler-32), every declared size, every delta against its base. What is
not: that an object's content hashes to its name, which `git cat-file` does not check for packed objects either.
"""

from irkit.sources.git.pack.database import Engine, open_database, pays, presence, scan, search
from irkit.sources.git.pack.model import LISTING_CUT, Database, Match, Scan

__all__ = ["LISTING_CUT", "Database", "Engine", "Match", "Scan", "open_database", "pays", "presence", "scan", "search"]
