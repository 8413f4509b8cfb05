"""The index of an rpm repository, made and signed anew: `index-rpm` of `irkit.release.operations.rpm`.

Everything is made in a folder beside and proven there: every package listed with the checksum it has, gpg and Sequoia hold the
signature for good. Then metadata files move in (their names hold their checksums, so none that is in use is overwritten),
`repomd.xml.asc`, and `repomd.xml` last: until then a client sees the old index, and in the moment between the two a signature that
does not fit, which it refuses. The old two are kept as `repomd.xml.KEYID` and `repomd.xml.asc.KEYID`, the old metadata files stay.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from irkit.errors import BadInput, IrkitError, StepFailed
from irkit.openpgp import moving
from irkit.openpgp.bulk import ToSign, sign_one
from irkit.openpgp.content import NotJudged
from irkit.openpgp.operations import Done, Hands, Operation
from irkit.openpgp.operations.signing_key import signer_of
from irkit.openpgp.signatures import verify_both
from irkit.openpgp.signer import Signer
from irkit.openpgp.verdicts import against
from irkit.plan import GpgCommand
from irkit.release import programs
from irkit.release.rpm.package import Rpm, read_rpm
from irkit.release.rpm.repodata import digest_of, listed_packages, read_repomd

_STAGED = ".repodata.irkit-part"


def _index(command: GpgCommand, hands: Hands) -> Done:
    by = signer_of(command, hands)
    name = command.argument("artifact") or "repodata/repomd.xml"
    repomd = moving.inside(Path(command.argument("folder")), name)
    folder, repodata, signature = repomd.parent.parent, repomd.parent, repomd.with_name("repomd.xml.asc")
    if not folder.is_dir():
        raise BadInput("there is no such repository", on=folder, do="give the folder that holds repodata")
    packages = _packages(folder, command.argument("old_keys").split() or by.former)
    _as_judged(command, folder, packages)
    facts = [
        ("path", name), ("artifact", str(repomd)), ("signature", str(signature)), ("packages", str(len(packages))),
        *by.facts(), ("proven_by", "gpg, sequoia"),
    ]  # fmt: skip
    staged = folder / _STAGED
    if not _wrong(folder, packages) and _signed_by(by, repomd, signature):
        shutil.rmtree(staged, ignore_errors=True)  # of a run that was killed at its very end
        return Done("the index was made and signed already", (*facts, ("sha256", moving.sha256_of(repomd) or "")))
    shutil.rmtree(staged, ignore_errors=True)
    try:
        _made(folder, staged, packages)
        fresh = staged / "repodata" / "repomd.xml"
        digest = moving.sha256_of(fresh) or ""
        sign_one(by, ToSign(fresh, staged / "repodata" / "repomd.xml.asc", digest, armored=True))
        ours = _signed_by(by, repomd, signature)  # then it is no old index, only out of date
        for path in (signature, repomd):
            if path.exists() and not ours:
                kept = moving.kept_as(path, by.former_id)
                if moving.sha256_of(kept) is None:  # an earlier run may have kept the old one and been killed half way
                    moving.keep_copy(path, kept)
                facts.append((f"old_{'signature' if path is signature else 'index'}", str(kept)))
        _moved_in(staged / "repodata", repodata)
    except OSError as error:
        raise StepFailed(
            "the index cannot be written", on=folder, why=error.strerror or "", do="make room or give permission, and run it again"
        ) from None  # fmt: skip
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return Done(f"the index was made anew and signed with {by.primary}", (*facts, ("sha256", digest)))


def _packages(folder: Path, old: Sequence[str]) -> dict[str, Rpm]:
    """Every package below the repository. StepFailed when one cannot be read, or still names an old key."""
    found: dict[str, Rpm] = {}
    for path in sorted(folder.rglob("*.rpm")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not path.name.startswith("."):
            try:
                found[name] = read_rpm(path)
            except IrkitError as error:
                raise StepFailed(
                    "a package cannot be indexed",
                    on=path,
                    why=str(error),
                    do="set it aside and judge the release again",
                ) from None
    for name, rpm in found.items():
        if any(one.packet.made_by(key) for one in rpm.signatures for key in old):
            raise StepFailed(
                "a package is still signed by the old key",
                on=name,
                do="sign it anew or set it aside, then make the index",
            )
    return found


def _as_judged(command: GpgCommand, folder: Path, packages: dict[str, Rpm]) -> None:
    """NotJudged unless the packages that are there are those that were judged, where the plan names them: the index vouches for each."""
    judged = [value.split(" ", 2) for label, value in command.arguments if label == "package"]
    top = Path(command.argument("folder"))
    wanted = {str(top / path): (header, payload) for header, payload, path in judged}
    found = {str(folder / name): (rpm.header, rpm.payload) for name, rpm in packages.items()}
    if wanted and (odd := sorted(path for path in wanted.keys() | found.keys() if wanted.get(path) != found.get(path))):
        raise NotJudged(
            "the packages are not those that were judged", on=odd[0],
            why="it has gone" if odd[0] not in found else "it is another one" if odd[0] in wanted else "it was not judged",
            do="do not sign the index; judge the release again",
        )  # fmt: skip


def _made(folder: Path, staged: Path, packages: dict[str, Rpm]) -> None:
    """A whole new `repodata` in the staging folder, proven against the packages."""
    staged.mkdir()
    args = ["createrepo_c", "--quiet", "--outputdir", str(staged)]
    if (folder / "repodata" / "repomd.xml").exists():
        _old_metadata(folder, staged)
        # Carries over what is not made from packages: advisories, groups.
        args += ["--update", "--keep-all-metadata"]
        if not any(one.kind.endswith("_db") for one in read_repomd((folder / "repodata" / "repomd.xml").read_bytes())):
            args.append("--no-database")
    programs.run([*args, "--excludes", f"{_STAGED}/*", str(folder)], what="the index could not be made", on=folder)
    shown = {one.path: one for one in listed_packages(staged)}
    if set(shown) != set(packages):
        odd = sorted(set(shown) ^ set(packages))
        raise StepFailed("the new index does not list the packages that are there", on=folder, why=", ".join(odd[:5]))
    for name, one in shown.items():
        actual = packages[name].sha256 if one.algorithm == "sha256" else digest_of(folder / name, one.algorithm)
        if actual != one.digest:
            raise StepFailed(
                "the new index names another checksum than a package has", on=name,
                why="createrepo_c took it for unchanged, by its size and time", do="touch the file and run it again",
            )  # fmt: skip


def _old_metadata(folder: Path, staged: Path) -> None:
    """The old index in the staging folder, where createrepo_c looks for it. StepFailed when a file is not the one that it names."""
    (staged / "repodata").mkdir()
    shutil.copyfile(folder / "repodata" / "repomd.xml", staged / "repodata" / "repomd.xml")
    for one in read_repomd((staged / "repodata" / "repomd.xml").read_bytes()):
        path, copy = moving.inside(folder, one.path), moving.inside(staged, one.path)
        if path.exists():
            shutil.copyfile(path, copy)
        if digest_of(copy, one.algorithm) != one.digest:
            raise StepFailed(
                "the old index is not whole", on=path, why="its checksum is not the one in repomd.xml",
                do="set repodata aside and judge the release again",
            )  # fmt: skip


def _moved_in(fresh: Path, repodata: Path) -> None:
    repodata.mkdir(exist_ok=True)
    last = ["repomd.xml.asc", "repomd.xml"]
    for name in [*sorted(path.name for path in fresh.iterdir() if path.name not in last), *last]:
        (fresh / name).replace(repodata / name)


def _wrong(folder: Path, packages: dict[str, Rpm]) -> bool:
    """Whether the index that stands there lists other than these packages."""
    try:
        shown = {one.path: one for one in listed_packages(folder)}
    except (OSError, IrkitError):
        return True
    return set(shown) != set(packages) or any(
        (packages[name].sha256 if one.algorithm == "sha256" else digest_of(folder / name, one.algorithm)) != one.digest
        for name, one in shown.items()
    )


def _signed_by(by: Signer, repomd: Path, signature: Path) -> bool:
    try:
        return not against(verify_both(by.certificate, repomd, signature), by.primary, "gpg", "sequoia")
    except IrkitError:
        return False


OPERATIONS: dict[str, Operation] = {"index-rpm": _index}
