"""Releases of apt repositories.

sign-apt       key ("" for the one that generate-key made), user_id, other_than, folder (the root, which holds `dists`), release
               ("dists/stable"), sha256 (of the judged text of Release), withdrawn (any number: paths that must leave the index, below
               the root), tool ("direct", "reprepro", "aptly"), config (reprepro's base folder, aptly's configuration file), codename

What was judged is a text; it names indexes by digest, and they name packages by digest. So before anything is signed every package
that stays must have the digest that the judged text leads to, and afterwards the new release must list those and nothing else.
`Release`, `Release.gpg`, `InRelease` and changed indexes are kept as `NAME.KEYID` beside. With nothing withdrawn, "direct" leaves
Release as it is; the tools write it anew (its date changes), and so does a withdrawal.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from irkit.errors import BadInput, IrkitError, StepFailed
from irkit.openpgp import moving
from irkit.openpgp.clear import wrong_clear
from irkit.openpgp.cleartext import text_of
from irkit.openpgp.content import NotJudged
from irkit.openpgp.operations import Done, Hands, Operation
from irkit.openpgp.operations.signing_key import signer_of
from irkit.openpgp.signatures import verify_both
from irkit.openpgp.verdicts import against
from irkit.plan import GpgCommand
from irkit.release.apt import index, rebuild, repository
from irkit.release.apt.repository import Release
from irkit.release.operations import apt_direct, apt_tools
from irkit.release.operations.apt_job import FILES, Job

_TOOLS = {"direct": apt_direct.write, "reprepro": apt_tools.by_reprepro, "aptly": apt_tools.by_aptly}


def _sign(command: GpgCommand, hands: Hands) -> Done:
    job, tool = _job(command, hands), command.argument("tool") or "direct"
    if tool not in _TOOLS:
        raise BadInput("an apt repository is not signed by this tool", on=tool, do=f"one of {', '.join(_TOOLS)}")
    before = _judged(job)
    staying = repository.listed(job.root, before, job.kept, without=job.withdrawn)
    facts = [
        ("path", f"{job.at}/Release"), ("release", str(job.folder)), ("judged", job.sha256), ("packages", str(len(staying))),
        *job.signer.facts(), ("proven_by", "gpg, sequoia"),
        *(("withdrawn", path) for path in sorted(job.withdrawn)),
    ]  # fmt: skip
    if not _wrong(job, staying, tool):
        apt_direct.clear_away(job)
        return Done(f"{job.at} was signed already", (*facts, *_now(job)))
    _pool_is_as_listed(job, before, staying)
    facts += [("old_signature", str(path)) for path in _keep(job, before, tool)]
    _TOOLS[tool](job, before)
    why = _wrong(job, staying, tool)
    if why:
        raise StepFailed(
            f"{tool} did not sign the release as it should", on=job.folder, why=why, do="look at it before clients do"
        )
    return Done(f"{job.at} was signed with {job.signer.primary}{_warning(job)}", (*facts, *_now(job)))


def _job(command: GpgCommand, hands: Hands) -> Job:
    root, at = Path(command.argument("folder")), command.argument("release").strip("/") or "."
    moving.inside(root, f"{at}/Release")  # refuses a path that leads out
    return Job(
        root=root,
        at=at,
        sha256=command.argument("sha256"),
        withdrawn=frozenset(_below(at, value) for name, value in command.arguments if name == "withdrawn" and value),
        signer=signer_of(command, hands),
        config=Path(command.argument("config") or "."),
        codename=command.argument("codename") or at.removeprefix("dists/"),
    )


def _below(at: str, path: str) -> str:
    """A withdrawn path as the index names it: below its base."""
    base = repository.base_of(at)
    return path.removeprefix(f"{base}/") if base else path


def _judged(job: Job) -> Release:
    """The release as it was judged, from what stands there or from what an earlier run kept."""
    seen = []
    for end in ("", job.kept):
        for name in ("Release", "InRelease"):
            try:
                data = (job.folder / f"{name}{end}").read_bytes()
                text = data if name == "Release" else text_of(data)
            except (OSError, IrkitError):
                continue
            seen.append(hashlib.sha256(text).hexdigest())
            if seen[-1] == job.sha256:
                return Release(job.at, repository.base_of(job.at), text)
    raise NotJudged(
        "the release is not the one that was judged", on=job.folder,
        why=f"SHA-256 of Release is {seen[0]}, planned {job.sha256}" if seen else "there is no Release file",
        do="do not sign it; judge the release again",
    )  # fmt: skip


def _wrong(job: Job, staying: dict[str, index.Listed], tool: str) -> str:
    """Why the release is not yet signed as it should be; "" when it is."""
    plain, inline = job.folder / "Release", job.folder / "InRelease"
    try:
        now = repository.read_release(job.root, job.at)
        if not now.agree:
            return "Release and InRelease differ"
        lists = {path: one.sha256 for path, one in repository.listed(job.root, now).items()}
        if lists != {path: one.sha256 for path, one in staying.items()}:
            odd = sorted({*lists.items()} ^ {(path, one.sha256) for path, one in staying.items()})
            return f"it does not list what it should: {', '.join(path for path, _digest in odd[:3])}"
        if tool == "direct" and not job.withdrawn and hashlib.sha256(now.text).hexdigest() != job.sha256:
            return "its text is not the one that was judged"
        if wrong_clear(job.signer.certificate, inline, job.signer.primary, gpgv=True):
            return "InRelease is not signed by the new key alone"
        if plain.exists():
            said = verify_both(job.signer.certificate, plain, job.folder / "Release.gpg")
            if against(said, job.signer.primary):
                return "Release.gpg is not by the new key alone"
    except (OSError, IrkitError) as error:
        return str(error)
    return apt_tools.other_key_configured(job) if tool == "reprepro" else ""


def _pool_is_as_listed(job: Job, before: Release, staying: dict[str, index.Listed]) -> None:
    for path, one in staying.items():
        name = repository.pool_path(job.root, before, path)
        digest = moving.sha256_of(moving.inside(job.root, name))
        if digest != one.sha256:
            raise StepFailed(
                "a package is not the one that the index lists", on=name,
                why="it is not there" if digest is None else f"SHA-256 is {digest}, listed {one.sha256 or 'without one'}",
                do="judge the release again, and withdraw the package or bring the right one back",
            )  # fmt: skip


def _keep(job: Job, before: Release, tool: str) -> list[Path]:
    """Copies beside of all that may change. Of an earlier run that was killed they are there already, and of the judged release."""
    names = list(FILES)
    if job.withdrawn or tool != "direct":
        names = [*(path for path in before.named() if index.is_index(path)), *names]
    resumed = _kept_is_judged(job)
    found = []
    for name in names:
        path = job.folder / name
        kept = path.with_name(f"{path.name}{job.kept}")
        if path.exists() and not (resumed and kept.exists()):
            moving.keep_copy(path, kept)
        if kept.exists() and name in FILES:
            found.append(kept)
    return found


def _kept_is_judged(job: Job) -> bool:
    """Whether kept copies are of this very release: then they are the old ones, whatever stands in their places now."""
    for name in ("Release", "InRelease"):
        try:
            data = (job.folder / f"{name}{job.kept}").read_bytes()
            text = data if name == "Release" else text_of(data)
        except (OSError, IrkitError):
            continue
        return hashlib.sha256(text).hexdigest() == job.sha256
    return False


def _now(job: Job) -> tuple[tuple[str, str], ...]:
    text = repository.read_release(job.root, job.at).text
    within = "" if job.at == "." else f"{job.at}/"
    digests = (
        (f"sha256 {within}{name}", moving.sha256_of(job.folder / name) or "") for name in ("Release", "InRelease")
    )
    return (*digests, ("sha256", hashlib.sha256(text).hexdigest()), ("signature", str(job.folder / "InRelease")))


def _warning(job: Job) -> str:
    until = rebuild.lapsed(repository.read_release(job.root, job.at).text, datetime.now(UTC))
    return f"; its Valid-Until has passed ({until}), so apt refuses it until it is made anew" if until else ""


OPERATIONS: dict[str, Operation] = {"sign-apt": _sign}
