"""How to get a part of irkit that is not here.

The packages are named, not irkit: an index of packages may have another project of that name, and who is told `pip install irkit[scan]`
outside the environment of this irkit would be given that one.
"""

from __future__ import annotations

import re
import shlex

_OF = re.compile(r"""^(?P<package>[^;]+?)\s*;.*\bextra == ['"](?P<extra>[\w-]+)['"]""")


def how_to_get(extra: str) -> str:
    """The command that brings what an extra of irkit needs into the environment it is typed in, and the extra's name."""
    from importlib import metadata  # takes longer to import than a hook has time for

    try:
        asked = [_OF.match(line) for line in metadata.requires("irkit") or ()]
    except metadata.PackageNotFoundError:
        asked = []
    packages = [shlex.quote(one["package"].strip()) for one in asked if one and one["extra"] == extra]
    if not packages:
        return f"pip install '.[{extra}]' in a checkout of irkit"
    return f"pip install {' '.join(packages)} (the extra {extra})"
