"""Where the public keys of a project stand for others to find: WKD, HKP, VKS, and key ring files of its own.

Each place is one file, which describes what is sent there and reads back what a client gets. That a server said 200 proves
nothing: what counts is what clean gpg homes hold after they asked it.
"""

from __future__ import annotations

from irkit.openpgp.publishing.clients import look
from irkit.openpgp.publishing.pair import Pair
from irkit.openpgp.publishing.standing import PublishedAt

__all__ = ["Pair", "PublishedAt", "look"]
