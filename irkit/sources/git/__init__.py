"""Git repositories: the whole object database, and every commit that holds what is found in it."""

from irkit.sources.git.repository import locate_in_repository
from irkit.sources.git.run import repository_at

__all__ = ["locate_in_repository", "repository_at"]
