"""What the journal keeps of a re-signing step: one record for each key and for each artifact that it concerns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from irkit.case.desk import Desk
from irkit.case.resigning.judging import disposed
from irkit.model import Kind
from irkit.plan import Action, GpgCommand
from irkit.resign.choices import Release
from irkit.resign.disposition import LISTED, Disposed, Fate

Recorded = tuple[Kind, dict[str, Any]]

_KEYS = {
    "generate-key": Kind.KEY_GENERATED, "add-subkey": Kind.KEY_GENERATED,
    "revoke-key": Kind.KEY_REVOKED, "revoke-subkey": Kind.KEY_REVOKED,
    "quarantine": Kind.QUARANTINED, "withdraw-tag": Kind.WITHDRAWN,
}  # fmt: skip
_SIGNED = ("sign-detached", "sign-clear", "sign-rpm", "sign-tag")
_INDEXED = ("sign-manifest", "sign-apt", "index-rpm")


class Recorder:
    """Tells the records of each step; what stands in an index is known from the judgement that the plan was made of."""

    def __init__(self, case: Desk) -> None:
        self._case = case
        self._things: list[tuple[Release, Disposed]] | None = None

    def records(self, action: Action, command: GpgCommand, facts: Mapping[str, str], evidence: str) -> list[Recorded]:
        """In order. `facts` are those of `irkit.openpgp.operations.Done`."""
        operation = command.operation
        body = {**facts, "evidence": evidence}
        if operation in ("quarantine", "withdraw-tag"):
            return [(_KEYS[operation], body | {"path": action.target})]
        if operation in _KEYS:
            kind = _KEYS[operation]
            return [(kind, body | {"certificate": evidence} if kind is Kind.KEY_REVOKED else body)]
        if operation.startswith("publish-"):
            return [(Kind.PUBLISHED, _published(action, facts))]
        if operation in _SIGNED:
            return [(Kind.RESIGNED, body | {"path": action.target, "through": ""})]
        if operation == "attest-commits":
            commits = [value for name, value in command.arguments if name == "commit"]
            prefix = action.target.removesuffix("commits")
            return [(Kind.RESIGNED, _brief(facts, f"{prefix}{commit}", "", action.target)) for commit in commits]
        if operation in _INDEXED:
            return list(self._index(action, command, facts))
        return []

    def _index(self, action: Action, command: GpgCommand, facts: Mapping[str, str]) -> Iterator[Recorded]:
        """The index itself, under every name it has, and each thing that is signed through it alone."""
        folder = command.argument("folder")
        for release, thing in self.things():
            if release.folder != folder or thing.fate is not Fate.RESIGN:
                continue
            name = release.called(thing.path)
            if _is_index(command, thing):
                digest = facts.get(f"sha256 {thing.path}") or facts.get("new_sha256") or facts.get("sha256", "")
                yield Kind.RESIGNED, _brief(facts, name, digest, "") | {"signature": facts.get("signature", "")}
            elif thing.through and _through(command, thing):
                yield Kind.RESIGNED, _brief(facts, name, thing.artifact.sha256 or "", action.target)

    def unvouched(self) -> Iterator[Recorded]:
        """What is withdrawn by not being vouched for: commits that are not attested, tag objects that no name leads to. Once."""
        told = {one.body.get("path") for one in self._case.journal.records(Kind.WITHDRAWN)}
        for release, thing in self.things():
            name = release.called(thing.path)
            by_a_step = thing.kind == "git-tag" and thing.artifact.ref
            if thing.fate is Fate.WITHDRAW and not by_a_step and name not in told:
                yield (
                    Kind.WITHDRAWN,
                    {
                        "path": name,
                        "why": thing.why,
                        "kept_at": "there is no such file here; its line left the index"
                        if thing.kind in LISTED
                        else "where it was; nobody vouches for it",
                    },
                )

    def things(self) -> list[tuple[Release, Disposed]]:
        if self._things is None and not self._case.journal.records(Kind.JUDGED):
            self._things = []  # a plan that was given, not made of a judgement
        if self._things is None:
            self._things = disposed(self._case)
        return self._things


def _is_index(command: GpgCommand, thing: Disposed) -> bool:
    if command.operation == "sign-apt":
        return thing.kind in ("apt-release", "apt-inrelease") and thing.path.rpartition("/")[0] == command.argument(
            "release"
        )
    return thing.path == command.argument("artifact")


def _through(command: GpgCommand, thing: Disposed) -> bool:
    if command.operation == "sign-apt":
        return thing.through.rpartition("/")[0] == command.argument("release")
    return thing.through == command.argument("signature")


def _brief(facts: Mapping[str, str], path: str, sha256: str, through: str) -> dict[str, Any]:
    return {
        "path": path, "sha256": sha256, "signature": "", "key": facts.get("key", ""), "through": through,
        "proven_by": facts.get("proven_by", ""),
    }  # fmt: skip


def _published(action: Action, facts: Mapping[str, str]) -> dict[str, Any]:
    said = {name: facts.get(name, "") for name in ("published", "why", "read_back_at", "still_to_do", "a_person_must")}
    return {
        "place": action.target, "old": facts.get("old_standing", "unknown"), "new": facts.get("new_standing", "unknown"),
        **{name: value for name, value in said.items() if value or name == "why"},
    }  # fmt: skip
