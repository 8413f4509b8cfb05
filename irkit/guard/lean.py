"""The one place that imports papermill and nbformat, which costs 0.4 s instead of 1.6 s.

nbformat imports jsonschema with its format checks; the one for IRIs (`rfc3987_syntax`) builds an Earley parser while it is
imported, for about a second (https://github.com/python-jsonschema/jsonschema/issues/1428). No notebook has an IRI to check.
jsonschema takes an ImportError there as "this check is not installed", which is what None in `sys.modules` raises.
"""

from __future__ import annotations

import sys
from typing import Any


def nbformat() -> Any:
    """The module nbformat."""
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: "importing this fails", by the import protocol
    import nbformat

    return nbformat


def papermill() -> Any:
    """The module papermill, with its submodules `engines`, `clientwrap` and `iorw` loaded."""
    nbformat()
    import papermill
    import papermill.clientwrap
    import papermill.engines

    return papermill
