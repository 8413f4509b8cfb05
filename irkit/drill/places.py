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
                live=bool(refs),
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
            found.append(Place(hit[0], "git-commit", "", hit[1], names[one.mark], reachable=one.mark in reachable))
    return sorted(found, key=lambda place: (place.credential, place.place, place.path, place.blob))
