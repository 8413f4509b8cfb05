"""Uploads to package registries: what was published, and when, tied to the credential by the digest of the published file.

One file for each kind of registry. The registry sets the times; whoever may publish chooses what stands in a version, not when.
"""

from irkit.sources.clocks.packages import cargo, npm, python
from irkit.sources.clocks.packages.common import ECOSYSTEMS, as_captured, unanswered
from irkit.sources.clocks.packages.npm import npm_registry

__all__ = ["ECOSYSTEMS", "READERS", "as_captured", "npm_registry", "unanswered"]

READERS = (*python.READERS, *cargo.READERS, *npm.READERS)
