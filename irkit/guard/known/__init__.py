"""The team's own credentials, known by keyed digests: found where no rule matches, and stored nowhere."""

from irkit.guard.known.book import Book, Entry
from irkit.guard.known.digests import Key, Part, parts

__all__ = ["Book", "Entry", "Key", "Part", "parts"]
"""`Book`: a file of entries. `Key`: the team's key. `parts`: the digests of one credential."""
