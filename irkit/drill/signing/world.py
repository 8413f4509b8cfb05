"""The world of a leaked signing key: the drill's usual one, and beside it all that a release team has signed with that key.

release/files    2,000 signed files in versions, each version with its SHA256SUMS     release/source.git   60 signed tags
release/deb      an apt repository      release/rpm   an rpm repository (where rpmbuild is)
release/installer.git   a repository that trusts the key      record/   what mirrors knew before the leak
release.toml     the list of both, as `irkit.case.resigning.settings` reads it
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import tomli_w

from irkit.drill.history import utc
from irkit.drill.homes import gpg
from irkit.drill.signing import deb, embedders, files, rpm, tags
from irkit.drill.signing.dated import sign_dated
from irkit.drill.signing.truth import Part
from irkit.drill.world import World, build
from irkit.errors import BadInput
from irkit.model import iso
from irkit.plan import document, read

FILES, TAGS = 2000, 60
LIST, TRUTH = "release.toml", "signing.json"
MIRROR = "what mirror.kestrel.example held, kept by its operator"


@dataclass(frozen=True)
class SigningWorld:
    """The usual world, the releases beside it, and what is true of each artifact. `trusting` are the paths that embed the key."""

    world: World
    parts: tuple[Part, ...]
    trusting: tuple[str, ...]
    installer: Path

    @classmethod
    def load(cls, folder: Path) -> SigningWorld:
        """One that was built before. BadInput when `folder` holds none."""
        world = World.load(folder)
        try:
            plain = json.loads((folder / TRUTH).read_text())
            parts = tuple(read(Part, one) for one in plain["parts"])
            return cls(world, parts, tuple(plain["trusting"]), Path(plain["installer"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadInput(
                "this drill cannot be read", on=folder / TRUTH, why=type(error).__name__, do="build a new one"
            ) from None

    @property
    def listed(self) -> Path:
        return self.world.folder / LIST

    @property
    def missing(self) -> str:
        return "; ".join(f"{part.name}: {part.missing}" for part in self.parts if part.missing)


def build_signing(folder: Path, *, seed: int, now: datetime, count: int = FILES, tag_count: int = TAGS) -> SigningWorld:
    """Build it; the same seed gives the same artifacts but for keys and signatures. Errors are those of `irkit.drill.world.build`."""
    world = build(folder, seed=seed, now=now)
    home, key = world.homes.release, world.truth.release_key
    base, record = world.folder / "release", world.folder / "record"
    base.mkdir()
    record.mkdir()
    chance = Random(f"{seed}/signing")  # noqa: S311  (the content of files; keys are gpg's)

    def sign(paths: list[Path], at: datetime) -> None:
        sign_dated(home, key, paths, at)

    now = utc(now)
    before = now - timedelta(days=12)
    parts = (
        files.build(base / "files", record / "SHA256SUMS", sign, chance, now, count),
        tags.build(base / "source.git", record / "ls-remote", home, key, now, tag_count),
        deb.build(base / "deb", record / "Packages", home, key, now),
        rpm.build(base / "rpm", record / "primary.xml", home, key),
    )
    site = world.folder / "site"
    site.mkdir()
    (world.folder / "apart").mkdir(mode=0o700)
    (site / "larkspur-keyring.asc").write_bytes(gpg(home, "--armor", "--export", key))
    installer = base / "installer.git"
    trusting = embedders.build(installer, home, key, now)
    _list(world.folder / LIST, parts, before, installer)
    told = {"parts": [document(part) for part in parts], "trusting": list(trusting), "installer": str(installer)}
    (world.folder / TRUTH).write_text(json.dumps(told))
    return SigningWorld(world, parts, trusting, installer)


def _list(path: Path, parts: tuple[Part, ...], before: datetime, installer: Path) -> None:
    there = [part for part in parts if not part.missing]
    releases = [{"path": part.folder, "name": part.name} for part in there]
    records = [
        {"path": f"record/{part.record}", "source": MIRROR, "at": iso(before), "trust": "independent", "of": part.name}
        for part in there
    ]
    path.write_text(
        tomli_w.dumps({"releases": [*releases, {"path": str(installer), "name": "installer"}], "records": records})
    )
