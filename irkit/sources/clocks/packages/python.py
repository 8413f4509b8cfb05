"""What indexes of Python packages answer about a project: PyPI's JSON API, the simple API, and devpi.

Formats: https://docs.pypi.org/api/json/ (`upload_time_iso_8601`, `digests.sha256`; `releases` is deprecated there, and without it the
files of one version alone are told); https://packaging.python.org/en/latest/specifications/simple-repository-api/ (`hashes`, and
`upload-time`, which an index may leave out); devpi's `+links` of each version, with a `log` of who did what when, UTC to the second
(seen at a real one).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from irkit.model import PackageRecord, Upload
from irkit.sources.clocks.interface import Reader, Record, each
from irkit.sources.clocks.packages.common import YANKED, host, instant, mapping, sign


def _pypi(content: Any, where: str) -> Record:
    files: list[tuple[str, Any]] = [
        (version, file)
        for version, found in mapping(content.get("releases")).items()
        for file in _list(found) or [None]
    ]
    info = mapping(content.get("info"))
    gaps = () if files else (f"{where} tells of the files of one version alone",)
    files = files or [(str(info.get("version", "")), file) for file in content["urls"]]
    uploads: list[Upload] = []

    def take(entry: Any, place: str) -> Record | None:
        version, file = entry
        if file is None:
            gone = "the index tells of no file of it: they were taken out, or there never was one"
            uploads.append(Upload(f"{info.get('name') or where} {version}", None, listed=False, note=gone))
            return None
        name = str(file["filename"])
        at = instant(file["upload_time_iso_8601"], f"{place}: {name} uploaded")
        yanked = YANKED if file.get("yanked") else ""
        uploads.append(Upload(name, at, str(mapping(file.get("digests")).get("sha256") or ""), True, note=yanked))
        if at is None or not uploads[-1].digest:
            raise ValueError
        return sign(uploads[-1])

    found = each(files, where, take, "a file with upload_time_iso_8601 and digests")
    first = next((file.get("url") for _, file in files if isinstance(file, Mapping)), "")
    name = str(info.get("name") or where)
    return found + Record(
        packages=(PackageRecord(name, "python", where, host(first), uploads=tuple(uploads), gaps=gaps),)
    )


def _simple(content: Any, where: str) -> Record:
    name, uploads = str(content.get("name") or where), []

    def take(file: dict[str, Any], place: str) -> Record:
        at = instant(file.get("upload-time"), f"{place}: {file['filename']} uploaded")
        note = YANKED if file.get("yanked") else ""
        uploads.append(Upload(str(file["filename"]), at, str(file["hashes"].get("sha256") or ""), True, note=note))
        return sign(uploads[-1])

    found = each(content["files"], where, take, "a file with filename and hashes")
    silent = sum(one.at is None for one in uploads)
    gaps = (f"{where} tells no time of {silent} of its {len(uploads)} files",) if silent else ()
    first = next((file.get("url") for file in content["files"] if isinstance(file, Mapping)), "")
    return found + Record(
        packages=(PackageRecord(name, "python", where, host(first), uploads=tuple(uploads), gaps=gaps),)
    )


def _devpi(content: Any, where: str) -> Record:
    versions = [one for one in content["result"].values() if isinstance(one, Mapping)]
    links = [link for one in versions for link in _list(one.get("+links"))]
    uploads: list[Upload] = []

    def take(link: Any, place: str) -> Record | None:
        if link.get("rel") != "releasefile":
            return None
        name = str(link["href"]).rsplit("/", 1)[-1]
        log = [one for one in link["log"] if one.get("what") in ("upload", "push", "overwrite")]
        last = max(log, key=lambda one: one["when"])
        at = instant(last["when"], f"{place}: {name} uploaded")
        digest = str(
            mapping(link.get("hashes")).get("sha256") or str(link.get("hash_spec", "")).removeprefix("sha256=")
        )
        times = sum(one.get("count") or 1 for one in log if one["what"] == "overwrite")
        often = "once" if times == 1 else f"{times} times"
        note = f"overwritten {often}: what it was before is not on record" if times else ""
        by = next((str(one["who"]) for one in reversed(log) if one.get("who")), "")
        uploads.append(Upload(name, at, digest, True, by, note))
        return sign(uploads[-1])

    found = each(links, where, take, "a file with href, log and a digest")
    name = next((str(one.get("name")) for one in versions if one.get("name")), where)
    first = next((link.get("href") for link in links if isinstance(link, Mapping)), "")
    return found + Record(packages=(PackageRecord(name, "python", where, host(first), uploads=tuple(uploads)),))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_simple(content: Any) -> bool:
    return (
        isinstance(content, dict)
        and isinstance(content.get("files"), list)
        and "api-version" in mapping(content.get("meta"))
    )


def _is_devpi(content: Any) -> bool:
    versions = content.get("result") if isinstance(content, dict) else None
    if not isinstance(versions, dict) or content.get("type") != "projectconfig":
        return False
    return all(isinstance(one, dict) and "version" in one for one in versions.values())


READERS = (
    Reader(
        "pypi-uploads", "uploads to a Python package index", "https://docs.pypi.org/api/json/", "documented sample",
        "whoever runs the package index",
        lambda content: isinstance(content, dict) and "info" in content and isinstance(content.get("urls"), list), _pypi,
    ),
    Reader(
        "pypi-simple", "files of a Python package index, simple API",
        "https://packaging.python.org/en/latest/specifications/simple-repository-api/",
        "documented sample; without times: a real devpi", "whoever runs the package index", _is_simple, _simple,
    ),
    Reader(
        "devpi-uploads", "uploads to a devpi index", "https://devpi.net/docs/devpi/devpi/stable/", "a real devpi",
        "whoever runs the devpi server", _is_devpi, _devpi,
    ),
)  # fmt: skip
