"""Uploads to package registries: what was published, and when, tied to the credential by the digest of the published file.

Formats: the JSON API of a Python package index (`upload_time_iso_8601`, `digests.sha256`); an npm registry's answer about a package
(https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md and responses/package-metadata.md beside it: `time` by version in ISO
8601, `versions[].dist.integrity` as https://www.w3.org/TR/SRI/ writes it, `dist.shasum` in SHA-1 for old ones), whole or as `npm view`
prints it. The registry sets the times; whoever may publish chooses what stands in a version, not when.
"""

from __future__ import annotations

import base64
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from irkit.errors import NotAvailable
from irkit.model import Clock, Instant, Trust, iso, parse_instant
from irkit.sources.clocks.interface import UNREADABLE, Reader, Record, Sign, each

_REGISTRY = "whoever runs the package registry"
_NO_VERSION = frozenset({"created", "modified", "unpublished"})
_PATIENCE_S = 60


def _published(at: str, source: str, digest: str) -> Sign:
    return Sign(Instant(parse_instant(at), Clock.PUBLIC, source, Trust.INDEPENDENT), "file", digest)


def _pypi(content: Any, where: str) -> Record:
    def take(entry: dict[str, Any], place: str) -> Record:
        source = f"{place}: {entry['filename']} uploaded"
        return Record(signs=(_published(entry["upload_time_iso_8601"], source, entry["digests"]["sha256"]),))

    files = [file for version in content.get("releases", {}).values() for file in version] or content["urls"]
    return each(files, where, take, "a file with upload_time_iso_8601 and digests")


def _npm(content: Any, where: str) -> Record:
    times = content["time"] if isinstance(content.get("time"), Mapping) else content
    name, dists = str(content.get("name", "")), dict(_dists(content))
    facts = [f"{where}: {name} was taken out of the registry, whose record of it is not whole"] * (
        "unpublished" in times
    )

    def take(entry: Any, place: str) -> Record:
        version, at = entry
        source = f"{place}: {name}{'@' * bool(name)}{version} published"
        digest = _digest(dists.get(version))
        if digest:
            return Record(signs=(_published(at, source, digest),))
        return Record(facts=(f"{source} at {iso(parse_instant(at))}; without a digest it is not matched",))

    versions = [(version, at) for version, at in times.items() if version not in _NO_VERSION]
    return Record(facts=tuple(facts)) + each(versions, where, take, "a version with its time")


def _dists(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    versions = content.get("versions")
    if isinstance(versions, Mapping):
        yield from ((version, one.get("dist")) for version, one in versions.items() if isinstance(one, Mapping))
    elif "dist" in content:  # npm view tells it of the one version asked for
        yield str(content.get("version", "")), content["dist"]


def _digest(dist: Any) -> str:
    """SHA-512 in hex, else SHA-1, "" when the registry names neither."""
    try:
        strong = [one for one in str(dist.get("integrity") or "").split() if one.startswith("sha512-")]
        return base64.b64decode(strong[0].removeprefix("sha512-")).hex() if strong else str(dist.get("shasum") or "")
    except UNREADABLE:
        return ""


def _is_npm(content: Any) -> bool:
    if not isinstance(content, Mapping):
        return False
    times = content.get("time")
    if isinstance(times, Mapping):
        return "created" in times or "versions" in content
    return {"created", "modified"} <= content.keys() and all(
        isinstance(at, str) and at[4:5] == "-" for at in content.values()
    )


def npm_registry(package: str) -> str:
    """The address of the registry that the user's own npm configuration names for a package. NotAvailable when npm does not say.

    Asked from the home folder: the `.npmrc` of an examined repository has no say.
    """
    program = shutil.which("npm")
    if program is None:
        raise NotAvailable("npm is not here", do="name the registry with --base, or save its answer and give the file")
    scope = package.partition("/")[0] if package.startswith("@") else ""
    for key in ([f"{scope}:registry"] if scope else []) + ["registry"]:
        try:
            done = subprocess.run(
                [program, "config", "get", key], cwd=Path.home(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                timeout=_PATIENCE_S, check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            break
        said = done.stdout.strip()
        if done.returncode == 0 and said.startswith(("https://", "http://")):
            return said.rstrip("/")
    raise NotAvailable(
        "npm names no registry", on=package, do="name it with --base, or save its answer and give the file"
    )


READERS = (
    Reader(
        "pypi-uploads", "uploads to a Python package index", "a Python package index, JSON API, project metadata", "documented sample",
        "whoever runs the package index",
        lambda content: isinstance(content, dict) and "info" in content and isinstance(content.get("urls"), list), _pypi,
    ),
    Reader(
        "npm-uploads", "uploads to an npm registry",
        "https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md", "documented sample", _REGISTRY, _is_npm, _npm,
    ),
)  # fmt: skip
