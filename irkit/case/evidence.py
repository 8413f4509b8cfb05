"""Evidence by digest: a file is named by the SHA-256 of its content, so that nobody can change it unseen."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from irkit.case.disk import sync_folder, write_whole
from irkit.errors import BadInput, StepFailed
from irkit.plan import canonical


class Evidence:
    """The `evidence/` folder of a case. Digests are written `sha256:HEX`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes, suffix: str = "") -> str:
        """Keep `content` and return its digest, once it is on the disk with its name, which `suffix` ends.

        A kill or a power cut leaves the whole file or none. StepFailed when the disk refuses. Whoever journals the digest does so
        afterwards: no record names evidence that is not there.
        """
        name = hashlib.sha256(content).hexdigest()
        kept = self.folder / f"{name}{suffix}"
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            if kept.exists():
                sync_folder(self.folder)  # whoever put it there may have been killed before its name was on the disk
            else:
                write_whole(kept, content)
        except OSError as error:
            raise StepFailed(
                "evidence could not be kept", on=self.folder, why=error.strerror or str(error),
                do="make room, or work where the case can be written, and run it again",
            ) from None  # fmt: skip
        return f"sha256:{name}"

    def put_document(self, plain: Any) -> str:
        return self.put(canonical(plain))

    def get(self, digest: str) -> bytes:
        """The content. BadInput when it is not there; StepFailed when it is not what its name says."""
        name = digest.removeprefix("sha256:")
        try:
            kept = self.folder / name
            content = (kept if kept.exists() else kept.with_suffix(".pgp")).read_bytes()
        except OSError:
            raise BadInput("evidence is missing", on=digest, do="restore the case folder from its backup") from None
        if hashlib.sha256(content).hexdigest() != name:
            raise StepFailed("evidence was changed after it was kept", on=digest, do="trust the journal, not this file")
        return content

    def document(self, digest: str) -> Any:
        return json.loads(self.get(digest))

    def changed(self) -> tuple[str, ...]:
        """Digests of files whose content no longer matches their name."""
        wrong = []
        for kept in sorted(self.folder.glob("[0-9a-f]*")):
            if hashlib.sha256(kept.read_bytes()).hexdigest() != kept.name.removesuffix(".pgp"):
                wrong.append(f"sha256:{kept.name}")
        return tuple(wrong)
