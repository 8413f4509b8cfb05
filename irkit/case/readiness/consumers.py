"""What takes each credential: by its public id, by a CI secret's name, by the names that the policy gives. One walk for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from irkit.model import Consumer, Held, Unasked
from irkit.model.held import NAMED_ONLY
from irkit.readiness.policy import Policy

_AWS_IDS = ("AKIA", "ASIA")  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
_OF_MACHINES = frozenset(
    {
        "circleci",
        "compose",
        "docker",
        "github-actions",
        "gitlab-ci",
        "helm",
        "jenkins",
        "kubernetes",
        "systemd",
        "terraform",
    }
)
"""What reads these files runs without a person; a script, an `.env` or a package manager's file may be anybody's."""


def consumed(held: Sequence[Held], paths: Sequence[Path], policy: Policy) -> tuple[list[Held], list[Unasked]]:
    """Each with what was found taking it below the paths. BadInput when a path is not there. Without paths nobody looked."""
    if not paths:
        return list(held), [Unasked("consumers", "what takes each credential", "no repository or folder is named")]
    from irkit.sources.consumers import consumers_in

    names = {one.key: _names(one, policy) for one in held}
    ids = {one.key: (one.id,) if _takes_by_id(one) else () for one in held}
    found = consumers_in(paths, _each(names.values()), _each(ids.values()))
    by_name: dict[str, list[Consumer]] = defaultdict(list)
    for consumer in found.consumers:
        by_name[consumer.name].append(consumer)
    kept = _kept(held)
    labels = _labels(paths)
    made = []
    for one in held:
        taking = [take for name in (*names[one.key], *ids[one.key]) for take in by_name[name]]
        stores = [place for name in names[one.key] for place in kept[name]]
        made.append(_with(one, taking, stores, labels))
    skipped = [Unasked("consumers", one.what, one.why) for one in found.skipped]
    return made, skipped


def _takes_by_id(held: Held) -> bool:
    """Whether whoever takes it writes its id down: of a key of AWS, and of an OpenPGP key. A number or a user's name stands in any file."""
    aws = (held.issuer, held.kind) == ("aws", "access key") and held.id.startswith(_AWS_IDS)
    return aws or held.issuer == "openpgp"


def _names(held: Held, policy: Policy) -> tuple[str, ...]:
    owned = policy.owned(held)
    told = owned.names if owned else ()
    return (*told, held.name) if held.kind in NAMED_ONLY and held.name else told


def _each(groups: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for group in groups for one in group))  # type: ignore[attr-defined]


def _kept(held: Sequence[Held]) -> Mapping[str, Sequence[str]]:
    """Where a CI keeps a secret of each name, as its own list says."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in held:
        if one.kind in NAMED_ONLY:
            found[one.name] += one.stored
    return found


def _labels(paths: Sequence[Path]) -> dict[str, str]:
    """Folders as they are told: by their name, since their path is this machine's own."""
    names = [path.name for path in paths]
    return {str(path): path.name for path in paths if path.name and names.count(path.name) == 1}


def _with(held: Held, taking: Sequence[Consumer], stores: Sequence[str], labels: Mapping[str, str]) -> Held:
    """A file that only names it says nothing more where something in it was found taking it."""
    told = {one.where for one in taking if not one.what.startswith("file ")}
    taking = [one for one in taking if not one.what.startswith("file ") or one.where not in told]
    consumers = tuple(dict.fromkeys(_told(one, labels) for one in taking))
    places = tuple(dict.fromkeys((*(one.store for one in taking if one.store), *stores)))
    machines = any(one.platform in _OF_MACHINES for one in taking)
    also = (*held.also, "automation") if machines and "automation" not in (held.holder, *held.also) else held.also
    if any(one.platform not in _OF_MACHINES for one in taking):
        also = (*also, "unknown")
    stored = (*held.stored, *(place for place in places if place not in held.stored))
    return replace(held, consumers=consumers, stored=stored, also=also)


def _told(one: Consumer, labels: Mapping[str, str]) -> str:
    where = _short(one.where, labels)
    return where if one.what.startswith("file ") else f"{one.what} ({where})"


def _short(where: str, labels: Mapping[str, str]) -> str:
    for path, name in labels.items():
        if where.startswith(f"{path}/"):
            return name + where.removeprefix(path)
    return where
