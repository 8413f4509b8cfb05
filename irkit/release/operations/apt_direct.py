"""A release written and signed by us, with no tool that keeps it.

Everything is made and proven in `.irkit-part` inside the release's folder; a list written last says that it is whole. Then the files move
into their places, each at once: copies by hash, indexes, Release, Release.gpg, and InRelease last. apt asks for InRelease first and goes by
it alone, so until that moment a client sees the old release, and from then on the new one. A client in between may find an index
that the InRelease it holds does not name: it refuses that and keeps its old lists. Where Release says Acquire-By-Hash, not even that:
indexes are fetched by their digests, and both the old and the new are there. Killed on the way, the next run moves what is left.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

from irkit.errors import StepFailed
from irkit.openpgp import moving
from irkit.openpgp.bulk import ToSign, sign_one
from irkit.openpgp.clear import sign_clear
from irkit.release.apt import index, rebuild, repository
from irkit.release.apt.repository import Release
from irkit.release.operations.apt_job import Job

_STAGED, _WHOLE = ".irkit-part", "whole.json"


def write(job: Job, before: Release) -> None:
    """Bring the release to where it should be. StepFailed when something cannot be written or proven; then nothing has moved."""
    staged = job.folder / _STAGED
    try:
        order = _left_over(job, staged)
        if order is None:
            shutil.rmtree(staged, ignore_errors=True)
            order = _stage(job, before, staged)
        for name in order:
            if (staged / name).exists():
                (job.folder / name).parent.mkdir(parents=True, exist_ok=True)
                (staged / name).replace(job.folder / name)
        shutil.rmtree(staged)
    except OSError as error:
        raise StepFailed(
            "the release cannot be written", on=job.folder, why=error.strerror or "", do="make room or give permission, and run it again"
        ) from None  # fmt: skip


def clear_away(job: Job) -> None:
    """What a run left that was killed when all was in place."""
    shutil.rmtree(job.folder / _STAGED, ignore_errors=True)


def _stage(job: Job, before: Release, staged: Path) -> list[str]:
    """Make everything in the staging folder. Gives the names in the order in which they move."""
    changed: dict[str, bytes] = {}
    text = before.text
    if job.withdrawn:
        changed = rebuild.shortened(
            before.text, lambda stem: repository.index_of(job.root, before, stem, job.kept), job.withdrawn
        )
        text = rebuild.release_file(before.text, changed, datetime.now(UTC)) if changed else text
    order = []
    for path, data in changed.items():
        for name in [*_by_hash(text, path, data), path]:
            if name != path or moving.inside(job.folder, path).exists():
                moving.write(moving.inside(staged, name), data)
                order.append(name)
    order.sort(key=lambda name: "/by-hash/" not in f"/{name}")
    digest = hashlib.sha256(text).hexdigest()
    moving.write(staged / "Release", text)
    if (job.folder / "Release").exists():
        sign_one(job.signer, ToSign(staged / "Release", staged / "Release.gpg", digest, armored=True))
        order += ["Release", "Release.gpg"]
    sign_clear(job.signer, text, staged / "InRelease", gpgv=True)
    order.append("InRelease")
    moving.write(staged / _WHOLE, json.dumps(_sign_of(job) | {"order": order}).encode())
    return order


def _by_hash(release: bytes, path: str, data: bytes) -> list[str]:
    """Where clients that fetch by hash look for an index: under each digest that the release names."""
    said = index.fields(release)
    if said.get("acquire-by-hash", "").lower() != "yes":
        return []
    folder = path.rpartition("/")[0]
    return [
        f"{folder}/by-hash/{section}/{hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()}".lstrip("/")
        for section, algorithm in index.HASHES.items()
        if section.lower() in said
    ]


def _left_over(job: Job, staged: Path) -> list[str] | None:
    """The order in which a killed run was moving, when its work was whole and for this very job."""
    try:
        said = json.loads((staged / _WHOLE).read_bytes())
    except (OSError, ValueError):
        return None
    if {name: said.get(name) for name in _sign_of(job)} != _sign_of(job):
        return None
    return [str(name) for name in said["order"]]


def _sign_of(job: Job) -> dict[str, object]:
    return {"judged": job.sha256, "withdrawn": sorted(job.withdrawn), "signing": job.signer.signing}
