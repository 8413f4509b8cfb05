"""Lists of digests (SHA256SUMS), brought up to date and signed anew.

sign-manifest  key ("" for the one that generate-key made), user_id, other_than, folder, artifact, sha256 (of the judged list), signature
               (the same as artifact for a clear-signed list), withdrawn (any number: files whose lines go), changed (any number:
               files whose digest may be another one now)

Paths are relative to `folder`. The old list stays beside as NAME.KEYID and its signature as NAME.KEYID.asc. List and signature are
both written and verified under other names first; they disagree for the time between two renames.
"""

from __future__ import annotations

import contextlib
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from irkit.errors import IrkitError, StepFailed
from irkit.openpgp import moving
from irkit.openpgp.armor import is_armored
from irkit.openpgp.cleartext import hashed, looks_clear_signed, whole
from irkit.openpgp.content import NotJudged
from irkit.openpgp.keyblock import read_signatures, shown
from irkit.openpgp.operations import Done, Hands, Operation
from irkit.openpgp.operations.signing_key import signer_of
from irkit.openpgp.signer import Signer
from irkit.plan import GpgCommand
from irkit.release.rewriting import Manifest, Rewritten, read_manifest


@dataclass(frozen=True)
class _Work:
    """The paths of one step, and what was asked for."""

    folder: Path
    name: str
    artifact: Path
    out: Path
    judged: str
    signer: Signer

    @property
    def clear(self) -> bool:
        return self.out == self.artifact

    @property
    def kept(self) -> Path:
        return moving.kept_as(self.artifact, self.signer.former_id)

    @property
    def kept_signature(self) -> Path:
        return self.kept if self.clear else moving.kept_as(self.artifact, self.signer.former_id, self.out.suffix)


def _sign_manifest(command: GpgCommand, hands: Hands) -> Done:
    folder, name = Path(command.argument("folder")), command.argument("artifact")
    artifact = moving.inside(folder, name)
    out = moving.inside(folder, command.argument("signature"))
    work = _Work(folder, name, artifact, out, command.argument("sha256"), signer_of(command, hands))
    now = _read(artifact)
    judged = _judged(work, now)
    manifest = _manifest(work, judged)
    withdrawn, changed = (_all(command, each) for each in ("withdrawn", "changed"))
    digests = {path: _digest(folder, path) for path in changed if path in manifest.paths and path not in withdrawn}
    wanted = manifest.rewritten(withdrawn, _there(work, digests))
    not_here = _matching(work, wanted)
    fresh = judged if wanted.data == _text(work, judged) else wanted.data
    was_done, written = _brought_about(work, now, fresh, wanted)
    facts = [
        ("path", name), ("sha256", work.judged), ("new_sha256", sha256(written).hexdigest()), ("signature", str(out)),
        ("dropped", _listed(wanted.dropped)), ("changed", _listed(wanted.changed)), ("not_here", _listed(not_here)),
        ("not_listed", _listed(sorted({*withdrawn, *changed} - set(manifest.paths)))),
        *work.signer.facts(), ("proven_by", "gpg, sequoia"),
    ]  # fmt: skip
    for label, kept in (("old_manifest", work.kept), ("old_signature", work.kept_signature)):
        if kept.exists():
            facts.append((label, str(kept)))
    said = "was signed already" if was_done else f"was signed with {work.signer.primary}"
    return Done(f"{name} {said}", tuple(facts))


def _judged(work: _Work, now: bytes) -> bytes:
    """The list as it was judged: what stands there, or the copy kept beside when this step has replaced it before."""
    if sha256(now).hexdigest() == work.judged:
        return now
    with contextlib.suppress(OSError):
        before = work.kept.read_bytes()
        if sha256(before).hexdigest() == work.judged and _ours(work, now):
            return before
    raise NotJudged(
        "the list of digests is not the one that was judged", on=work.artifact,
        why=f"SHA-256 is {sha256(now).hexdigest()}, planned {work.judged}", do="do not sign it; judge the release again",
    )  # fmt: skip


def _ours(work: _Work, now: bytes) -> bool:
    """Whether what stands there now was signed by the new key."""
    if not work.clear:
        return work.out.exists() and not work.signer.wrong(now, _read(work.out))
    frame = whole(now)
    return frame is not None and not work.signer.wrong(frame.signed, frame.signature)


def _manifest(work: _Work, data: bytes) -> Manifest:
    manifest = read_manifest(_text(work, data), posixpath.dirname(work.name))
    if manifest.wrong or not manifest.paths:
        raise StepFailed(
            "this is not a list of SHA-256 digests", on=work.artifact, why="; ".join(manifest.wrong[:3]) or "it lists nothing",
            do="correct the list, or sign it as it is like any other file",
        )  # fmt: skip
    return manifest


def _text(work: _Work, data: bytes) -> bytes:
    """The list itself, taken out of its frame where it is clear-signed."""
    if not work.clear:
        if looks_clear_signed(data):
            raise StepFailed("this list is clear-signed", on=work.artifact, do="name the list itself as its signature")
        return data
    frame = whole(data)
    if frame is None:
        raise StepFailed(
            "this is not one clear-signed text", on=work.artifact, why="text around the frame is signed by nobody",
            do="remove what stands around it and judge the release again",
        )  # fmt: skip
    return frame.text


def _there(work: _Work, digests: Mapping[str, str | None]) -> dict[str, str]:
    gone = [path for path, digest in digests.items() if digest is None]
    if gone:
        raise StepFailed(
            "a file that was to be listed anew is gone", on=shown(gone[0]), why=f"it is listed in {work.name}",
            do="withdraw it, or bring it back",
        )  # fmt: skip
    return {path: digest for path, digest in digests.items() if digest}


def _matching(work: _Work, wanted: Rewritten) -> tuple[str, ...]:
    """Listed files that are not here. StepFailed when one that is here has another digest than the list tells."""
    if not wanted.entries:
        raise StepFailed("nothing is left in the list", on=work.artifact, do="withdraw the list itself")
    not_here = []
    for path, digest in wanted.entries:
        found = _digest(work.folder, path)
        if found is None:
            not_here.append(path)
        elif found != digest:
            raise StepFailed(
                "a listed file is not the one in the list", on=shown(path), why=f"SHA-256 is {found}, listed {digest}",
                do="judge it: quarantine it, or name it as changed",
            )  # fmt: skip
    return tuple(not_here)


def _digest(folder: Path, path: str) -> str | None:
    """SHA-256 of a file of the release; a link is followed when it stays within the folder."""
    real = (folder / path).resolve()
    if not real.is_relative_to(folder.resolve()):
        raise StepFailed("a listed file is a link out of the folder", on=shown(path), do="replace the link by the file")
    return moving.sha256_of(real)


def _brought_about(work: _Work, now: bytes, fresh: bytes, wanted: Rewritten) -> tuple[bool, bytes]:
    """Whether it was so already, and what stands at the list's place in the end."""
    if work.clear:
        frame = whole(now)
        if frame is not None and frame.signed == hashed(wanted.data) and _ours(work, now):
            return True, now
        made = work.signer.clear(wanted.data)
        _checked(work, made, wanted.data)
        if not _ours(work, now):
            moving.keep_copy(work.artifact, work.kept)
        with _replacing(work.artifact, made) as put:
            moving.place(put, work.artifact)
        return False, made
    old = _read(work.out) if work.out.exists() else b""
    signed = bool(old) and not work.signer.wrong(fresh, old)
    if signed and now == fresh:
        return True, now
    signature = old if signed else work.signer.detached(fresh, armor=is_armored(old))
    if why := work.signer.wrong(fresh, signature):
        raise StepFailed("the fresh signature does not verify", on=work.artifact, why=why, do="try again")
    if old and not _made_by(work.signer, old):
        moving.keep_copy(work.out, work.kept_signature)
    if now != fresh and sha256(now).hexdigest() == work.judged:
        moving.keep_copy(work.artifact, work.kept)
    with contextlib.ExitStack() as beside:
        list_part = beside.enter_context(_replacing(work.artifact, fresh)) if now != fresh else None
        moving.place(beside.enter_context(_replacing(work.out, signature, work.artifact)), work.out)
        if list_part is not None:
            moving.place(list_part, work.artifact)
    return False, fresh


def _checked(work: _Work, made: bytes, wanted: bytes) -> None:
    """StepFailed unless the clear-signed text is the list that was wanted, and both programs hold it for good."""
    frame = whole(made)
    other = frame is None or frame.signed != hashed(wanted)
    why = "the text is another one" if frame is None or other else work.signer.wrong(frame.signed, frame.signature)
    if why:
        raise StepFailed(
            "the fresh signature does not verify", on=work.artifact, why=why, do="nothing was replaced; try again"
        )


def _made_by(signer: Signer, signature: bytes) -> bool:
    try:
        return all(one.made_by(signer.signing) or one.made_by(signer.primary) for one in read_signatures(signature))
    except IrkitError:
        return False


@contextlib.contextmanager
def _replacing(path: Path, data: bytes, like: Path | None = None) -> Iterator[Path]:
    """The new content under another name, with the permissions of what it replaces."""
    with moving.beside(path, data) as fresh:
        with contextlib.suppress(OSError):
            fresh.chmod((path if path.exists() else like or path).stat().st_mode & 0o666)
        yield fresh


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise StepFailed("there is no such list", on=path, why="it is gone", do="judge the release again") from None
    except OSError as error:
        raise StepFailed(
            "a file cannot be read", on=path, why=error.strerror or "", do="look at its permissions"
        ) from None


def _all(command: GpgCommand, name: str) -> tuple[str, ...]:
    return tuple(posixpath.normpath(value) for label, value in command.arguments if label == name and value)


def _listed(paths: Iterable[str]) -> str:
    return "\n".join(map(shown, paths))


OPERATIONS: dict[str, Operation] = {"sign-manifest": _sign_manifest}
