"""An npm registry's answer about a package, whole or as `npm view` prints it, and where that registry is.

Format: https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md and responses/package-metadata.md beside it: `time` by version in ISO
8601, `versions[].dist.integrity` as https://www.w3.org/TR/SRI/ writes it, `dist.shasum` in SHA-1 for old ones. The registry sets the times:
verdaccio takes none from whoever publishes, and forgets a version that is unpublished, its time too (seen at a real one).
"""

from __future__ import annotations

import base64
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from irkit.errors import NotAvailable
from irkit.model import PackageRecord, Upload, iso
from irkit.sources.clocks.interface import UNREADABLE, Reader, Record, each
from irkit.sources.clocks.packages.common import host, instant, mapping, sign

_NO_VERSION = frozenset({"created", "modified", "unpublished"})
_PATIENCE_S = 60


def _npm(content: Any, where: str) -> Record:
    times = content["time"] if isinstance(content.get("time"), Mapping) else content
    name, dists = str(content.get("name", "")), dict(_dists(content))
    listed = content.get("versions") if isinstance(content.get("versions"), Mapping | list) else None
    uploads: list[Upload] = []

    def take(entry: Any, place: str) -> Record:
        version, at = entry
        called = f"{name}{'@' * bool(name)}{version}"
        source = f"{place}: {called} published"
        still = None if listed is None else version in listed
        one = Upload(called, instant(at, source), _digest(dists.get(version)), still)
        uploads.append(one)
        if one.at is None:
            raise ValueError
        if one.digest:
            return sign(one)
        return Record(facts=(f"{source} at {iso(one.at.at)}; without a digest it is not matched",))

    versions = {version: at for version, at in times.items() if version not in _NO_VERSION}
    timeless = {version: None for version in map(str, listed or ()) if version not in versions}
    found = each((versions | timeless).items(), where, take, "a version with its time")
    package = PackageRecord(
        name or where, "npm", where, host(*(mapping(one).get("tarball") for one in dists.values())),
        uploads=tuple(uploads), gaps=tuple(_npm_gaps(times, uploads, where)),
    )  # fmt: skip
    facts = tuple(gap for gap in package.gaps if "taken out of the registry" in gap)
    return found + Record(facts=tuple(f"{where}: {name} {gap}" for gap in facts), packages=(package,))


def _npm_gaps(times: Mapping[str, Any], uploads: list[Upload], where: str) -> Iterator[str]:
    if "unpublished" in times:
        yield "it was taken out of the registry, whose record of it is not whole"
    changed = instant(times.get("modified"), where)
    last = max((one.at.at for one in uploads if one.at), default=None)
    if changed and last and changed.at > last:
        yield (
            f"its record was changed {iso(changed.at)}, after its latest version {iso(last)}: a version may have been taken out, or a "
            "tag, a maintainer or a notice changed; which, the record does not say"
        )


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
        "npm-uploads", "uploads to an npm registry", "https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md",
        "documented sample; a real verdaccio", "whoever runs the package registry", _is_npm, _npm,
    ),
)  # fmt: skip
