"""A release of many signed files and a case whose plan signs them anew, without a playbook around it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from irkit.case import Case
from irkit.case.plans import keep_plan
from irkit.case.resigning.judging import leaked_key
from irkit.model import Artifact, SecretRef
from irkit.openpgp.bulk import Signed, ToSign, sign_many
from irkit.openpgp.verifying import Pair
from irkit.plan import Plan
from irkit.resign import Choices, Judged, Judgement, Release, plan_resign
from tests.owners import Owner

NEW_USER_ID = "Example Releases, new key <releases@example.test>"


@dataclass(frozen=True)
class SignedRelease:
    """`before` are the old key's signatures by the artifact's name."""

    case: Case
    plan: Plan
    folder: Path
    old: Owner
    new_home: Path
    before: dict[str, bytes]

    @property
    def pairs(self) -> list[Pair]:
        return [(self.folder / name, self.folder / f"{name}.asc") for name in sorted(self.before)]

    def kept(self, name: str) -> Path:
        return self.folder / f"{name}.{self.old.key.primary[-16:]}.asc"


def signed_release(folder: Path, make_owner: Callable[..., Owner], new_home: Path, count: int) -> SignedRelease:
    old, files = make_owner(), folder / "release"
    files.mkdir()
    for number in range(count):
        (files / f"app-{number:04}.tar.gz").write_bytes(b"release %d\n" % number)
    items = [ToSign(path, path.with_name(f"{path.name}.asc")) for path in sorted(files.iterdir())]
    assert all(isinstance(one, Signed) for one in sign_many(old.home, old.key.signing, items))
    leaked = folder / "leaked.key"
    leaked.write_bytes(old.gpg("--armor", "--export-secret-keys", old.key.primary))
    case = Case.create(folder / "case", [SecretRef(f"file:{leaked}")])
    judged = [Judged(_artifact(one, old), Judgement.TRUSTED, "known from before") for one in items]
    how = Choices(str(old.home), str(new_home), NEW_USER_ID, str(folder / "case/quarantine"), approvals_required=0)
    made = plan_resign("case", case.responder, leaked_key(case), [Release(str(files), tuple(judged))], how)
    keep_plan(case, made)
    return SignedRelease(case, made, files, old, new_home, {one.artifact.name: one.out.read_bytes() for one in items})


def _artifact(item: ToSign, old: Owner) -> Artifact:
    digest = hashlib.sha256(item.artifact.read_bytes()).hexdigest()
    return Artifact(item.artifact.name, digest, item.out.name, old.key.signing, None, "not verified")
