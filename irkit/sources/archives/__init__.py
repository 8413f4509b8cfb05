"""Everything a credential may have been copied into: archives, packages, images, notebooks, databases, documents, recordings.

What something is, is read from its content, never from its name. `FAMILIES` is the table of all kinds.
"""

from irkit.sources.archives.families import FAMILIES
from irkit.sources.archives.walk import Inside, Searched, search_file, search_pieces

__all__ = ["FAMILIES", "Inside", "Searched", "search_file", "search_pieces"]
