"""Many repositories at once: named, listed in a file, or all of an organisation; mirrored, read by several workers, told in order."""

from irkit.sources.fleet.mirrors import Access
from irkit.sources.fleet.search import Fleet, search
from irkit.sources.fleet.targets import Target, from_list, from_paths

__all__ = ["Access", "Fleet", "Target", "from_list", "from_paths", "search"]
