"""Who embeds a key or trusts it: in whole git histories, by release, and in file trees; and what must be changed there."""

from __future__ import annotations

from irkit.release.embedders.remedies import remedy
from irkit.release.embedders.search import trusted_in

__all__ = ["remedy", "trusted_in"]
