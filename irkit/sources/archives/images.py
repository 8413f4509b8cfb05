"""Container images: the layers of `docker save` and of an OCI layout are tars within a tar, each named by its digest.

A file that a later layer deletes still stands in the layer that brought it, and is found there.
https://github.com/opencontainers/image-spec/blob/main/image-layout.md,
https://github.com/moby/docker-image-spec/blob/main/spec.md
"""

from __future__ import annotations

import re

from irkit.sources.archives.interface import Family

_LAYER = re.compile(r"(?:\./)?(?:blobs/sha256/)?([0-9a-f]{64})(?:/layer\.tar|\.tar(?:\.gz)?)?")
_TARS = frozenset({"tar", "gzip", "zstd"})


def layer_name(name: str, family: Family | None) -> str | None:
    """`layer:DIGEST` for a member that is a layer by its name and is a tar; None for any other."""
    match = _LAYER.fullmatch(name)
    return f"layer:{match[1]}" if match and family and family.name in _TARS else None
