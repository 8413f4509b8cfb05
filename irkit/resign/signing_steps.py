"""The steps on artifacts of a re-signing plan, format by format. Pure.

What is set aside goes first, then files and packages are signed, then the indexes that list them, then what stands in git.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from irkit.model import OpenPgpKey, SecretRef
from irkit.plan import Action, GpgCommand, HumanTask
from irkit.resign.choices import Release
from irkit.resign.disposition import GONE, INDEXES, LISTED, Disposed, Fate, bears, listed_otherwise, lists
from irkit.resign.key_steps import Pairs

_CLEAR = ("clearsigned", "apt-dsc", "apt-changes", "apt-buildinfo")
_COMMITS_A_STEP = 1000


@dataclass(frozen=True)
class Signer:
    """Who signs: the home, the key ("" for the one that the plan makes) and how it is found there; and whose signatures must be gone."""

    home: str
    key: str
    said: Pairs
    passphrase: SecretRef | None
    signature_name: str = "same"
    old_keys: tuple[str, ...] = ()


def set_aside(release: Release, things: Sequence[Disposed], quarantine: str) -> list[Action]:
    """One step for each, with all its signatures: they leave together."""
    actions = []
    room = f"{quarantine}/{release.name}" if release.name else quarantine
    for one in things:
        if one.fate is Fate.QUARANTINE:
            said: Pairs = (
                ("folder", release.folder), ("artifact", one.path), ("sha256", one.artifact.sha256 or ""),
                *(("signature", each) for each in one.signatures), ("quarantine", room), ("why", one.why),
            )  # fmt: skip
            command = GpgCommand("quarantine", "", arguments=said)
            what = f"set {one.path} aside: {one.rows[0].judgement}"
            actions.append(Action("quarantine", release.called(one.path), what, command, irreversible=False))
        elif one.fate is Fate.WITHDRAW and one.kind == "git-tag" and one.artifact.ref:
            said = (
                ("repository", release.folder),
                ("ref", one.path),
                ("tag", _content(one, "git-tag")),
                ("why", one.why),
            )
            command = GpgCommand("withdraw-tag", "", arguments=said)
            what = f"withdraw {one.path}: {one.rows[0].judgement}"
            actions.append(Action("withdraw-tag", release.called(one.path), what, command, irreversible=False))
    return actions


def files(
    release: Release, things: Sequence[Disposed], by: Signer, old: OpenPgpKey, leaked: frozenset[str]
) -> list[Action]:
    """What is signed by itself: detached signatures, clear-signed texts, rpm packages."""
    actions = []
    for one in _resigned(things):
        if one.kind in (*INDEXES, *LISTED) or one.kind.startswith("git-"):
            continue
        if one.kind == "rpm":
            actions.append(_step("sign-rpm", release, one, by, *one.artifact.content))
        elif one.kind in _CLEAR:
            actions.append(_step("sign-clear", release, one, by, ("sha256", one.artifact.sha256 or "")))
        else:
            named = (
                row.artifact
                for row in one.rows
                if bears(row.artifact, old, leaked, one.rows) and row.artifact.kind not in LISTED
            )
            for signature in dict.fromkeys(artifact.signature_path or "" for artifact in named):
                actions.append(_detached(release, one, signature, by))
    return actions


def _detached(release: Release, one: Disposed, signature: str, by: Signer) -> Action:
    more: Pairs = (("sha256", one.artifact.sha256 or ""), ("signature", signature))
    if by.signature_name != "same":
        more += (("signature_name", by.signature_name),)
    return _step("sign-detached", release, one, by, *more)


def indexes(release: Release, things: Sequence[Disposed], by: Signer) -> list[Action]:
    """SHA256SUMS, rpm metadata, apt releases: after what they list, without what left."""
    gone = [one for one in things if one.fate in GONE and not one.kind.startswith("git-")]
    changed = [one.path for one in _resigned(things) if one.kind == "rpm" or listed_otherwise(one)]
    actions: list[Action] = []
    for one in _resigned(things):
        if one.kind == "rpm-repomd":
            judged = [
                ("package", _package(each))
                for each in things
                if each.kind == "rpm" and lists(one, each) and each not in gone
            ]
            actions.append(_step("index-rpm", release, one, by, ("old_keys", " ".join(by.old_keys)), *judged))
        elif one.kind in ("apt-release", "apt-inrelease"):
            actions += _apt(release, one, gone, by, actions)
    for one in _resigned(things):
        if one.kind == "manifest":
            signature = next((row.artifact.signature_path for row in one.rows if row.artifact.signature_path), one.path)
            listed = [
                (name, path)
                for name, paths in (("withdrawn", [each.path for each in gone]), ("changed", changed))
                for path in paths
            ]
            more: Pairs = (("sha256", one.artifact.sha256 or ""), ("signature", signature or one.path), *listed)
            actions.append(_step("sign-manifest", release, one, by, *more))
    return actions


def _package(one: Disposed) -> str:
    """What of a package stays as it is when it is signed anew, and its path."""
    return f"{_content(one, 'rpm-header')} {_content(one, 'rpm-payload')} {one.path}"


def _apt(
    release: Release, one: Disposed, gone: Iterable[Disposed], by: Signer, before: Sequence[Action]
) -> list[Action]:
    """One step a distribution, whichever of Release and InRelease named it first."""
    distribution = one.path.rpartition("/")[0]
    target = release.called(distribution)
    if any(action.target == target for action in before):
        return []
    withdrawn = tuple(("withdrawn", each.path) for each in gone if each.kind in ("apt-package", "apt-source"))
    said: Pairs = (
        *by.said, ("folder", release.folder), ("release", distribution), ("sha256", _content(one, "apt-release")),
        *withdrawn, ("tool", release.tool), *((("config", release.config),) if release.config else ()),
        ("codename", distribution.removeprefix("dists/")),
    )  # fmt: skip
    command = GpgCommand("sign-apt", by.home, by.key, said, by.passphrase)
    return [Action("sign-apt", target, f"sign the index {distribution} with the new key", command, irreversible=False)]


def in_git(release: Release, things: Sequence[Disposed], by: Signer) -> list[Action]:
    """Tags are signed anew with target, date and message as they are; commits are never rewritten, an attestation speaks for them."""
    actions: list[Action] = []
    for one in _resigned(things):
        if one.kind == "git-tag":
            said: Pairs = (
                *by.said, ("repository", release.folder), ("ref", one.path),
                ("tag", _content(one, "git-tag")), ("target", _content(one, "git-target")),
            )  # fmt: skip
            command = GpgCommand("sign-tag", by.home, by.key, said, by.passphrase)
            actions.append(
                Action(
                    "sign-tag",
                    release.called(one.path),
                    f"sign {one.path} with the new key",
                    command,
                    irreversible=False,
                )
            )
    commits = [one.path for one in _resigned(things) if one.kind == "git-commit"]
    if commits:
        said = (*by.said, ("repository", release.folder), *(("commit", commit) for commit in commits))
        command = GpgCommand("attest-commits", by.home, by.key, said, by.passphrase)
        what = f"attest {len(commits)} commits that are known from before, in a signed note; none is rewritten"
        actions.append(Action("attest-commits", release.called("commits"), what, command, irreversible=False))
    if actions or any(one.fate is Fate.WITHDRAW and one.kind == "git-tag" for one in things):
        actions.append(_push(release))
    return actions


def _push(release: Release) -> Action:
    steps = (
        "look at what changed: git for-each-ref refs/resign refs/tags",
        "push the tags by force to the host people fetch from, and refs/resign and refs/notes/resign beside them",
        "tell those who have a clone: git fetch --tags --force",
    )
    task = HumanTask("push the tags that were signed anew", release.folder, steps)
    return Action("push-tags", release.called("tags"), f"push the tags of {release.folder}", task)


def _step(operation: str, release: Release, one: Disposed, by: Signer, *more: tuple[str, str]) -> Action:
    said: Pairs = (*by.said, ("folder", release.folder), ("artifact", one.path), *more)
    command = GpgCommand(operation, by.home, by.key, said, by.passphrase)  # type: ignore[arg-type]
    what = f"sign {one.path} ({(one.artifact.sha256 or '')[:12]}) with the new key"
    return Action(operation, release.called(one.path), what, command, irreversible=False)


def _content(one: Disposed, name: str) -> str:
    return dict(one.artifact.content).get(name, "")


def _resigned(things: Iterable[Disposed]) -> list[Disposed]:
    return [one for one in things if one.fate is Fate.RESIGN]
