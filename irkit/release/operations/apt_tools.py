"""A release signed anew by the tool that keeps it, so that what it publishes next is signed by the new key, too.

reprepro: `SignWith` in conf/distributions names the new key (the old file is kept beside), withdrawn packages leave its database, `export`.
aptly: withdrawn packages leave the local repository, then `publish update` (of a snapshot: `publish switch` to the same one).
Both call gpg themselves: they are told the home by GNUPGHOME, and find the key unlocked in its agent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from irkit.errors import BadInput, StepFailed
from irkit.openpgp import moving
from irkit.release import programs
from irkit.release.apt import index, repository
from irkit.release.apt.repository import Release
from irkit.release.operations.apt_job import Job

_SIGN_WITH = re.compile(r"^SignWith:[^\n]*(?:\n[ \t][^\n]*)*", re.MULTILINE | re.IGNORECASE)


def by_reprepro(job: Job, before: Release) -> None:
    """Change the key, take out what is withdrawn, export. StepFailed with reprepro's own words."""
    programs.found("reprepro")
    base = ["reprepro", "-b", str(job.config.absolute())]
    _configure(job)
    programs.unlock(job.signer)
    withdrawn = repository.taken_out(job.root, before, job.kept, job.withdrawn)
    _set_aside(job, before, withdrawn)
    for one, *_others in withdrawn:
        which = f"Package (== {one.package}), Version (== {one.version})"
        kind = "dsc" if one.kind == "source" else "udeb" if one.path.endswith(".udeb") else "deb"
        if kind != "dsc":
            which += f", Architecture (== {one.architecture})"
        args = ["-T", kind, "removefilter", job.codename, which]
        programs.run(
            [*base, "--export=silent-never", *args],
            what="reprepro could not take a package out",
            on=one.path,
            home=job.signer.home,
        )
    programs.run(
        [*base, "export", job.codename], what="reprepro could not sign the release", on=job.folder, home=job.signer.home,
        do="see that the key has no passphrase, or that gpg-agent keeps it long enough (default-cache-ttl)",
    )  # fmt: skip


def _set_aside(job: Job, before: Release, withdrawn: Sequence[Sequence[index.Listed]]) -> None:
    """reprepro deletes the files of what it takes out. StepFailed while one is there: it is evidence."""
    staying = repository.listed(job.root, before, job.kept, without=job.withdrawn)
    for one in (one for files in withdrawn for one in files if one.path not in staying):
        path = moving.inside(job.root, repository.pool_path(job.root, before, one.path))
        if path.exists():
            raise StepFailed(
                "a withdrawn package is still in the pool", on=path, why="reprepro would delete it",
                do="set it aside first, then go on",
            )  # fmt: skip


def by_aptly(job: Job, before: Release) -> None:
    """Take out what is withdrawn, publish again. StepFailed with aptly's own words."""
    programs.found("aptly")
    base = ["aptly", f"-config={job.config.absolute()}"]
    published = _published(job, base)
    names = [str(one["Name"]) for one in published["Sources"]]
    prefix = str(published["Prefix"])
    withdrawn = [files[0] for files in repository.taken_out(job.root, before, job.kept, job.withdrawn)]
    if withdrawn and published["SourceKind"] != "local":
        raise StepFailed(
            "a package cannot be taken out of a snapshot", on=", ".join(names), why="aptly's snapshots do not change",
            do="make one without it (aptly snapshot filter), aptly publish switch to it, and judge the release again",
        )  # fmt: skip
    for one in withdrawn:
        query = f"{one.package} (= {one.version}) {{{one.architecture}}}"
        for name in names:
            programs.run(
                [*base, "repo", "remove", name, query],
                what="aptly could not take a package out",
                on=one.path,
                home=job.signer.home,
            )
    programs.unlock(job.signer)
    args = ["-batch", f"-gpg-key={job.signer.signing}!", job.codename, prefix]
    if published["SourceKind"] == "local":
        args = ["publish", "update", *args]
    else:
        components = ",".join(str(one["Component"]) for one in published["Sources"])
        args = ["publish", "switch", f"-component={components}", *args, *names]
    programs.run(
        [*base, *args], what="aptly could not sign the release", on=job.folder, home=job.signer.home,
        do="see that the key has no passphrase, or that gpg-agent keeps it long enough (default-cache-ttl)",
    )  # fmt: skip


def other_key_configured(job: Job) -> str:
    """Why reprepro would sign with another key next time; "" when it would not."""
    wanted = f"SignWith: {job.signer.primary}"
    found = [_SIGN_WITH.search(text) for _at, _end, text in _stanzas(job)]
    return (
        ""
        if found and all(one and one[0] == wanted for one in found)
        else "conf/distributions does not name the new key alone"
    )


def _configure(job: Job) -> None:
    path = job.config / "conf" / "distributions"
    text = moving.read_text(path)
    kept = path.with_name(f"{path.name}{job.kept}")
    changed = text
    for start, end, stanza in reversed(list(_stanzas(job))):
        if re.search(r"^SignWith:\s*!", stanza, re.MULTILINE | re.IGNORECASE):
            raise StepFailed(
                "reprepro signs by a script here", on=path, why="SignWith begins with !",
                do="change the script, then judge the release again",
            )  # fmt: skip
        wanted = f"SignWith: {job.signer.primary}"
        fresh = _SIGN_WITH.sub(wanted, stanza) if _SIGN_WITH.search(stanza) else f"{stanza.rstrip()}\n{wanted}\n"
        changed = changed[:start] + fresh + changed[end:]
    if changed != text:
        if not kept.exists():
            moving.keep_copy(path, kept)
        moving.write(path, changed.encode())


def _stanzas(job: Job) -> Iterator[tuple[int, int, str]]:
    """(start, end, text) of what conf/distributions says of this release. BadInput when it says nothing."""
    path = job.config / "conf" / "distributions"
    text = moving.read_text(path)
    found = False
    for one in re.finditer(r"(?:[^\n]+(?:\n|\Z))+", text):
        said = index.fields(one[0].encode())
        if job.codename in (said.get("codename"), said.get("suite")):
            found = True
            yield one.start(), one.end(), one[0]
    if not found:
        raise BadInput("reprepro knows no such release", on=f"{path}: {job.codename}", do="give its codename")


def _published(job: Job, base: list[str]) -> dict[str, Any]:
    told = programs.run([*base, "publish", "list", "-json"], what="aptly does not say what it publishes", on=job.config)
    fits = [one for one in json.loads(told) if one["Distribution"] == job.codename]
    if len(fits) != 1:
        raise BadInput(
            "aptly publishes no such release" if not fits else "aptly publishes several releases of that name",
            on=job.codename, do="give its distribution as codename",
        )  # fmt: skip
    found: dict[str, Any] = fits[0]
    return found
