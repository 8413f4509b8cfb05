"""An apt repository on disk: its releases, the index files each names, and what those list. Nothing is changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from irkit.errors import BadInput, IrkitError, StepFailed
from irkit.model import Skipped
from irkit.openpgp import moving
from irkit.openpgp.cleartext import text_of
from irkit.release.apt import index


@dataclass(frozen=True)
class Files:
    """A walk: relative paths with `/`, sorted; symbolic links apart, not followed."""

    regular: tuple[str, ...]
    links: tuple[str, ...]


@dataclass(frozen=True)
class Release:
    """One release. `at` is its folder below the root ("dists/stable"; "." for a flat repository at the root).

    `text` is what its Release file says. `base` is the folder that paths in its indexes are relative to.
    `agree` is False when InRelease and Release say different things.
    """

    at: str
    base: str
    text: bytes
    agree: bool = True

    def named(self) -> dict[str, index.Named]:
        """The files it names by SHA-256, by path below `at`."""
        return {one.path: one for one in index.named(self.text)}


def walk(root: Path, skipped: list[Skipped]) -> Files:
    """Every file below the root but hidden ones and the copies in by-hash."""

    def refused(error: OSError) -> None:
        skipped.append(Skipped(str(error.filename), f"the folder cannot be read: {error.strerror}"))

    regular, links = [], []
    for where, folders, names in os.walk(root, onerror=refused):
        here = Path(where)
        links += [(here / name).relative_to(root).as_posix() for name in folders if (here / name).is_symlink()]
        folders[:] = [name for name in folders if name != "by-hash" and not name.startswith(".")]
        for name in names:
            path = here / name
            relative = path.relative_to(root).as_posix()
            if path.is_symlink():
                links.append(relative)
            elif path.is_file() and not name.startswith("."):
                regular.append(relative)
    return Files(tuple(sorted(regular)), tuple(sorted(links)))


def release_folders(files: Files) -> tuple[str, ...]:
    """Folders that hold a signed release, or one right below `dists` that nobody signed.

    The unsigned Release files of components (`main/binary-amd64/Release`) are none.
    """
    names = set(files.regular)
    found = set()
    for name in files.regular:
        folder, _, last = name.rpartition("/")
        within = f"{folder}/" if folder else ""
        signed = last in ("InRelease", "Release") and (last == "InRelease" or f"{within}Release.gpg" in names)
        # A flat repository has its index beside.
        flat = (
            last == "Release"
            and "dists" not in folder.split("/")
            and any(f"{within}Packages{end}" in names for end in ("", *index.COMPRESSIONS))
        )
        unsigned = last == "Release" and folder.split("/")[-2:-1] == ["dists"]
        if signed or unsigned or flat:
            found.add(folder or ".")
    return tuple(sorted(found))


def read_release(root: Path, at: str) -> Release:
    """What a release says: by InRelease, which apt asks for first, else by Release. BadInput when neither can be read."""
    folder = root / at
    plain = _bytes(folder / "Release")
    signed = _bytes(folder / "InRelease")
    if signed is None and plain is None:
        raise BadInput("there is no Release file", on=folder, do="give the folder of the release, such as dists/stable")
    text = text_of(signed) if signed is not None else plain or b""
    return Release(at, base_of(at), text, plain is None or plain == text)


def base_of(at: str) -> str:
    """The folder above the last `dists`; of a flat repository its own folder."""
    parts = at.split("/")
    if "dists" not in parts:
        return "" if at == "." else at
    return "/".join(parts[: len(parts) - 1 - parts[::-1].index("dists")])


def holders(root: Path, release: Release) -> Iterator[tuple[str, str]]:
    """(path below the release, how it stands) of every file that it names: "as named", "missing" or "differs"."""
    for one in release.named().values():
        try:
            digest = moving.sha256_of(moving.inside(root / release.at, one.path))
        except IrkitError as error:
            yield one.path, str(error)
            continue
        yield one.path, "missing" if digest is None else "as named" if digest == one.digest else "differs"


def index_of(root: Path, release: Release, stem: str, kept: str = "") -> bytes | None:
    """The content of an index (`.../Packages`), from any file of it that has the digest the release names; None when none has.

    `kept` is the end of the names of copies that are kept beside (".KEYID"): they are asked as well.
    """
    named = release.named()
    for path in (stem, *(f"{stem}{end}" for end in index.COMPRESSIONS)):
        if path not in named:
            continue
        place = Path(root / release.at / path)
        copies = [place, place.parent / "by-hash" / "SHA256" / named[path].digest]
        for copy in [*copies, place.with_name(place.name + kept)] if kept else copies:
            data = _bytes(copy)
            if data is not None and hashlib.sha256(data).hexdigest() == named[path].digest:
                return index.uncompressed(path, data)
    return None


def stems(release: Release) -> tuple[str, ...]:
    """The package indexes that a release names, without their compressions."""
    return tuple(sorted({index.stem(path) for path in release.named() if index.is_index(path)}))


def listed(
    root: Path, release: Release, kept: str = "", without: frozenset[str] = frozenset()
) -> dict[str, index.Listed]:
    """Every file that the release vouches for, by path below its base; or would, once the packages with these files were taken out.

    StepFailed when an index is missing or is another.
    """
    found: dict[str, index.Listed] = {}
    for content in _indexes(root, release, kept):
        for one in index.listed(index.without(content, without) if without else content):
            found.setdefault(one.path, one)
    return found


def taken_out(
    root: Path, release: Release, kept: str, withdrawn: frozenset[str]
) -> tuple[tuple[index.Listed, ...], ...]:
    """The packages that have one of these files, each with all of its files, each once. StepFailed as `listed`."""
    found: dict[tuple[str, str, str], tuple[index.Listed, ...]] = {}
    for content in _indexes(root, release, kept):
        for paragraph in index.paragraphs(content):
            files = tuple(index.listed_in(paragraph))
            if any(one.path in withdrawn for one in files):
                found.setdefault((files[0].package, files[0].version, files[0].architecture), files)
    return tuple(found.values())


def _indexes(root: Path, release: Release, kept: str) -> Iterator[bytes]:
    if not release.named():
        raise StepFailed(
            "a release that names nothing by SHA-256 cannot be checked", on=root / release.at,
            do="have its tool write SHA-256, and judge the release again",
        )  # fmt: skip
    for stem in stems(release):
        content = index_of(root, release, stem, kept)
        if content is None:
            raise StepFailed(
                "an index is not the one that its release names", on=root / release.at / stem,
                do="do not sign it; judge the release again",
            )  # fmt: skip
        yield content


def pool_path(root: Path, release: Release, path: str) -> str:
    """A listed file below the root. A flat repository may name it from the folder above."""
    own = f"{release.base}/{path}" if release.base else path
    if "dists" in release.at.split("/") or (root / own).exists() or not (root / path).exists():
        return own
    return path


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadInput("a file cannot be read", on=path, why=error.strerror or "") from None
