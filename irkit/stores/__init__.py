"""Where secrets live. `resolve` turns a reference into its value at the moment of use, and nothing else does."""

from irkit.stores.references import open_to_others, resolve

__all__ = ["open_to_others", "resolve"]
