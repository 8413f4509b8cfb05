"""What leaked: a blob, armor, a key ring, a gpg home, base64 in a log, read without importing any of it."""

from irkit.openpgp.leaked.found import Leaked, LeakedKey, LooseSecret, Unread
from irkit.openpgp.leaked.reading import leaked, leaked_home

__all__ = ["Leaked", "LeakedKey", "LooseSecret", "Unread", "leaked", "leaked_home"]
