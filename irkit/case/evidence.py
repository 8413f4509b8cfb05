"""Evidence by digest: a file is named by the SHA-256 of its content, so that nobody can change it unseen."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from irkit.errors import BadInput, StepFailed
from irkit.plan import canonical


class Evidence:
    """The `evidence/` folder of a case. Digests are written `sha256:HEX`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes, suffix: str = "") -> str:
        """Keep `content` and return its digest; `suffix` ends the file's name. Atomic: a kill leaves the whole file or none."""
        name = hashlib.sha256(content).hexdigest()
        kept = self.folder / f"{name}{suffix}"
        if not kept.exists():
            self.folder.mkdir(mode=0o700, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=".")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                Path(temporary).replace(kept)
            except OSError as error:
                Path(temporary).unlink(missing_ok=True)
                raise StepFailed("evidence could not be kept", on=self.folder, why=str(error.strerror)) from None
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
