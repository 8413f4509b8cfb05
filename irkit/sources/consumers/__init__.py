"""Who needs a secret: what files of repositories and folders take it, by the names they know it by."""

from irkit.sources.consumers.learned import Learned, generic, names_where_it_stands
from irkit.sources.consumers.read import FoundConsumers, consumers_in

__all__ = ["FoundConsumers", "Learned", "consumers_in", "generic", "names_where_it_stands"]
