"""Where secrets live. `resolve` turns a reference into its value at the moment of use, and nothing else does."""

from irkit.stores.references import hold, let_go, open_to_others, resolve
from irkit.stores.vault import forget, keep, vault_folder

__all__ = ["forget", "hold", "keep", "let_go", "open_to_others", "resolve", "vault_folder"]
