"""The chain of trust: primary, subkeys, user ids, who certified them, and what they signed; before and after. Pure.

What a revoked key vouches for has no trust of its own left, and what the leaked key certified of others counts for nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Literal

from irkit.model.key_tree import Certifier, KeyTree, TreeKey, TreeUserId
from irkit.resign.disposition import Fate
from irkit.show import Cell, Figure, Table
from irkit.show.branches import Branch, side_by_side, svg
from irkit.show.times import stamp

State = Literal["in force", "revoked", "expired", "unknown", "set apart"]
MOST_DRAWN = 40
_MARKS: dict[State, Literal["filled", "cross", "hollow", "diamond", "square"]] = {
    "in force": "filled", "revoked": "cross", "expired": "hollow", "unknown": "diamond", "set apart": "square",
}  # fmt: skip
COLUMNS = ("What", "Name", "State", "Why")
_CAPTION = (
    "Filled circle: in force. Cross, struck through: revoked. Hollow and grey: expired. Diamond: not known. "
    "Square, below the dashed line: set apart. Times in UTC."
)


@dataclass(frozen=True)
class Vouched:
    """One artifact: its kind, the (sub)key whose signature vouches for it ("" for nobody), and what became of it, None for nothing yet."""

    kind: str
    by: str
    fate: Fate | None = None


@dataclass(frozen=True)
class Chain:
    """Keys with what hangs on them, and artifacts. `leaked` is the primary whose word counts for nothing; "" while it still does."""

    keys: tuple[KeyTree, ...]
    artifacts: tuple[Vouched, ...]
    leaked: str = ""


@dataclass(frozen=True)
class Node:
    """One line of the chain; `depth` counts from 0, parents stand in front of their children."""

    depth: int
    what: str
    name: str
    state: State
    why: str


def nodes(chain: Chain, now: datetime) -> tuple[Node, ...]:
    """The chain from each primary down; what was quarantined or withdrawn, and what no key of it signed, at the end."""
    found: list[Node] = []
    here = [one for one in chain.artifacts if one.fate not in (Fate.QUARANTINE, Fate.WITHDRAW)]
    leaked = next((tree for tree in chain.keys if tree.primary.fingerprint == chain.leaked), None)
    for tree in chain.keys:
        found += _of_key(tree, here, leaked, now)
    others = [one for one in here if not any(tree.named(one.by) for tree in chain.keys)]
    found += _counted(0, others, "unknown", "by no key of this chain")
    for fate in (Fate.QUARANTINE, Fate.WITHDRAW):
        apart = [one for one in chain.artifacts if one.fate is fate]
        found += _counted(0, apart, "set apart", fate.value)
    return tuple(found)


def _of_key(tree: KeyTree, artifacts: Sequence[Vouched], leaked: KeyTree | None, now: datetime) -> Iterator[Node]:
    primary = tree.primary
    state, why = _standing(primary, now)
    yield Node(0, "primary", _named(primary), state, why)
    for user_id in tree.user_ids:
        yield from _of_user_id(user_id, (state, why), leaked)
    yield from _counted(1, _by(artifacts, primary), state, _signed_with(state))
    for key in tree.subkeys:
        own, because = _standing(key, now)
        if state in ("revoked", "expired"):
            own, because = state, f"{state} with its primary"
        yield Node(1, "subkey", _named(key), own, because)
        yield from _counted(2, _by(artifacts, key), own, _signed_with(own))


def _of_user_id(one: TreeUserId, primary: tuple[State, str], leaked: KeyTree | None) -> Iterator[Node]:
    state, why = primary
    if one.revoked:
        state, why = "revoked", "this user id is revoked"
    elif state in ("revoked", "expired"):
        why = f"{state} with its primary"
    else:
        why = "bound by its primary"
    yield Node(1, "user id", one.text, state, why)
    if one.certified_by is None:
        yield Node(2, "certifications", "", "unknown", "the key's certificate is not known here")
    for certifier in one.certified_by or ():
        yield _certification(certifier, state, leaked)


def _certification(one: Certifier, user_id: State, leaked: KeyTree | None) -> Node:
    """A word of others, as the packet claims: whether they gave it is for their own key to say."""
    name = one.issuer or "nobody named"
    if leaked and leaked.named(one.issuer):
        return Node(2, "certification by", name, "revoked", "the leaked key's word counts for nothing")
    if one.revoked:
        return Node(2, "certification by", name, "revoked", "taken back")
    if user_id in ("revoked", "expired"):
        return Node(2, "certification by", name, user_id, f"{user_id} with the user id")
    return Node(
        2, "certification by", name, "unknown", f"not verified; dated {stamp(one.made)}" if one.made else "not verified"
    )


def _standing(key: TreeKey, now: datetime) -> tuple[State, str]:
    if key.revoked:
        return "revoked", f"revoked: {key.revoked}"
    if not key.expiry_known:
        return "unknown", "whether it is revoked or expires is not known here"
    if key.expires is None:
        return "in force", "never expires"
    return (
        ("expired", f"expired {stamp(key.expires)}")
        if key.expires <= now
        else ("in force", f"expires {stamp(key.expires)}")
    )


def _named(key: TreeKey) -> str:
    may = ", ".join(key.usage) if key.usage else "usage not known" if key.usage is None else "no usage"
    return f"{key.fingerprint} ({key.algorithm or 'algorithm not known'}; {may})"


def _by(artifacts: Sequence[Vouched], key: TreeKey) -> list[Vouched]:
    return [
        one for one in artifacts if one.by and (key.fingerprint.endswith(one.by) or key.fingerprint.startswith(one.by))
    ]


def _signed_with(state: State) -> str:
    return {"in force": "signed", "revoked": "signed with a revoked key", "expired": "signed with an expired key"}.get(
        state, "signed"
    )


def _counted(depth: int, artifacts: Iterable[Vouched], state: State, why: str) -> list[Node]:
    """One line for each kind and fate, with how many there are."""
    counts = Counter((one.kind, one.fate) for one in artifacts)
    return [
        Node(
            depth,
            "artifacts",
            f"{number} {kind}",
            state,
            fate.value if fate is not None and fate is not Fate.LEAVE else why,
        )
        for (kind, fate), number in sorted(counts.items(), key=lambda item: (item[0][0], item[0][1] or ""))
    ]


def table(told: Sequence[Node], caption: str = "") -> Table:
    """One row a node; the dash before a name is as long as the node is deep."""
    rows: list[tuple[Cell, ...]] = []
    for one in told:
        rows.append((_hung(one), one.name, None if one.state == "unknown" else one.state, one.why))
    return Table.of(COLUMNS, rows, caption)


def sentence(title: str, told: Sequence[Node]) -> str:
    """The picture in words: keys by state, artifacts by what vouches for them."""
    keys = Counter(one.state for one in told if one.what in ("primary", "subkey"))
    artifacts: Counter[str] = Counter()
    for one in told:
        if one.what == "artifacts":
            artifacts[one.why if one.state == "set apart" else f"{_UNDER[one.state]}"] += int(one.name.split()[0])
    said = [f"{number} {state}" for state, number in keys.items()]
    signed = [f"{number} {word}" for word, number in artifacts.items()]
    return f"{title}: primaries and subkeys: {', '.join(said) or 'none'}; artifacts: {', '.join(signed) or 'none'}."


_UNDER: dict[State, str] = {
    "in force": "under a key in force",
    "revoked": "under a revoked key alone",
    "expired": "under an expired key alone",
    "unknown": "under a key whose state is not known",
    "set apart": "set apart",
}


def figure(title: str, told: Sequence[Node]) -> Figure:
    """The chain as a picture, 900 px wide, with its sentence and table; of a long one the first 40 lines are drawn."""
    caption = _CAPTION
    if len(told) > MOST_DRAWN:
        caption += f" The first {MOST_DRAWN} of {len(told)} lines are drawn; the table holds all."
    return Figure(
        svg(title, [_branch(one) for one in told[:MOST_DRAWN]]), sentence(title, told), caption, table(told, title)
    )


def beside(before: Sequence[Node], after: Sequence[Node]) -> Figure:
    """Before and after in two columns, each key and artifact in one row with itself; of a long chain the first 40 rows are drawn."""
    pairs = paired(before, after)
    caption = f"{_CAPTION} Left: before; right: now, what belongs together in one row."
    if len(pairs) > MOST_DRAWN:
        caption += f" The first {MOST_DRAWN} of {len(pairs)} rows are drawn; the table holds all."
    drawn = [tuple(_branch(one) if one else None for one in pair) for pair in pairs[:MOST_DRAWN]]
    rows: list[tuple[Cell, ...]] = []
    for old, new in pairs:
        one = new or old
        if one:
            name = one.name.partition(" ")[2] if one.what == "artifacts" else one.name
            rows.append((_hung(one), name, *_told(old), *_told(new)))
    data = Table.of(
        ("What", "Name", "Before", "Why, before", "After", "Why, after"), rows, "The chain of trust, before and after"
    )
    return Figure(
        side_by_side(("Before", "After"), [(old, new) for old, new in drawn]),
        f"{sentence('Before', before)} {sentence('After', after)}",
        caption,
        data,
    )


def paired(before: Sequence[Node], after: Sequence[Node]) -> list[tuple[Node | None, Node | None]]:
    """Rows in the order of both: the same thing in one row; what was not there, or is no more, beside nothing."""
    one, other = ([_same(node) for node in nodes] for nodes in (before, after))
    pairs: list[tuple[Node | None, Node | None]] = []
    for what, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if what == "equal":
            pairs += list(zip(before[a:b], after[c:d], strict=True))
        else:
            pairs += [(None, node) for node in after[c:d]] + [(node, None) for node in before[a:b]]
    return pairs


def _same(one: Node) -> tuple[object, ...]:
    """What makes a node the same after as before: artifacts by their kind, whatever their number."""
    name = one.name.partition(" ")[2] if one.what == "artifacts" else one.name
    return (one.depth, one.what, name, one.state == "set apart")


def _hung(one: Node) -> str:
    return ("└" + "─" * (2 * one.depth - 1) + " " if one.depth else "") + one.what


def _told(one: Node | None) -> tuple[Cell, Cell]:
    if one is None:
        return "not there", "—"
    if one.what == "artifacts":
        return f"{one.name.split()[0]} {one.state}", one.why
    return (None if one.state == "unknown" else one.state), one.why


def _branch(one: Node) -> Branch:
    label = f"{one.name} artifacts" if one.what == "artifacts" else f"{one.what}  {_short(one)}".strip()
    return Branch(
        one.depth,
        label,
        one.why,
        _MARKS[one.state],
        struck=one.state == "revoked",
        faint=one.state == "expired",
        apart=one.state == "set apart",
    )


def _short(one: Node) -> str:
    """A fingerprint by its last 16 digits, which is its key id; the table has it whole."""
    if one.what in ("primary", "subkey"):
        fingerprint, _, rest = one.name.partition(" ")
        return f"{fingerprint[-16:]} {rest}"
    return one.name
