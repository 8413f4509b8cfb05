"""Where planted values stand in a history, read off the trees it was made of. Pure."""

from __future__ import annotations

from collections.abc import Callable

from irkit.drill.history import History, blob_id
from irkit.drill.truth import Place


def places_in(
    history: History, names: dict[int, str], form_in: Callable[[bytes], tuple[str, str, bytes] | None]
) -> list[Place]:
    """Every place of every planted value, read off the kept trees and messages."""
    reachable = history.reachable()
    tips = {ref: history[mark].tree for ref, mark in history.refs.items()}
    tagged = {tag: history[mark].tree for tag, mark in history.tags.items()}
    found: list[Place] = []
    seen: dict[tuple[str, bytes], None] = {
        (path, data): None for one in history.commits for path, data in one.tree.items()
    }
    for path, data in seen:
        if (hit := form_in(data)) is None:
            continue
        credential, form, value = hit
        holders = {one.mark for one in history.commits if one.tree.get(path) == data}
        refs = tuple(sorted(ref for ref, tree in tips.items() if tree.get(path) == data))
        found.append(
            Place(
                credential,
                "git",
                path,
                form,
                blob_id(data),
                line=data[: data.index(value)].count(b"\n") + 1 if form != "armor" else None,
                live=any(ref.startswith("refs/heads/") for ref in refs),
                reachable=not holders.isdisjoint(reachable),
                commits=len(holders),
                added=tuple(names[mark] for mark in sorted(holders) if holders.isdisjoint(history[mark].parents)),
                removed=tuple(
                    names[one.mark]
                    for one in history.commits
                    if one.mark not in holders and not holders.isdisjoint(one.parents)
                ),
                refs=refs,
                tags=tuple(sorted(tag for tag, tree in tagged.items() if tree.get(path) == data)),
            )
        )
    for one in history.commits:
        if (hit := form_in(one.message.encode())) is not None:
            found.append(_in_message(history, names, one.mark, hit[0], hit[1]))
    for tag, message in history.told.items():
        if (hit := form_in(message.encode())) is not None:
            name = tag.removeprefix("refs/tags/")
            found.append(Place(hit[0], "git-tag", name, hit[1], name, tags=(tag,)))
    return sorted(found, key=lambda place: (place.credential, place.place, place.path, place.blob))


def _in_message(history: History, names: dict[int, str], mark: int, credential: str, form: str) -> Place:
    """A commit message is held by every ref and tag that leads to the commit."""
    refs = tuple(sorted(ref for ref, tip in history.refs.items() if mark in history.ancestry(tip)))
    tags = tuple(sorted(tag for tag, tip in history.tags.items() if mark in history.ancestry(tip)))
    live, reachable = any(ref.startswith("refs/heads/") for ref in refs), bool(refs or tags)
    return Place(credential, "git-commit", names[mark], form, names[mark], None, live, reachable, refs=refs, tags=tags)
