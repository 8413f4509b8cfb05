"""The chain of trust from the trees of keys and what became of the artifacts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from irkit.model.key_tree import Certifier, KeyTree, TreeKey, TreeUserId
from irkit.resign.disposition import Fate
from irkit.resign.trust_chain import MOST_DRAWN, Chain, Node, Vouched, beside, figure, nodes, paired, sentence, table
from irkit.show.svg import fault

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MADE = datetime(2025, 1, 1, tzinfo=UTC)
PRIMARY, SIGNING, LAPSED = "A" * 40, "B" * 40, "C" * 40
NEW, NEW_SIGNING, STRANGER = "D" * 40, "E" * 40, "F" * 40
OLD_TREE = KeyTree(
    TreeKey(PRIMARY, "EdDSA Ed25519", MADE, ("certify",)),
    (
        TreeKey(LAPSED, "EdDSA Ed25519", MADE, ("sign",), expires=datetime(2026, 1, 1, tzinfo=UTC)),
        TreeKey(SIGNING, "EdDSA Ed25519", MADE, ("sign",), expires=datetime(2027, 1, 1, tzinfo=UTC)),
    ),
    (
        TreeUserId(
            "Old <old@example.test>", certified_by=(Certifier(STRANGER, MADE), Certifier("9" * 16, MADE, revoked=True))
        ),
    ),
)
NEW_TREE = KeyTree(
    TreeKey(NEW, "EdDSA Ed25519", NOW, ("certify",)),
    (TreeKey(NEW_SIGNING, "EdDSA Ed25519", NOW, ("sign",)),),
    (TreeUserId("New <new@example.test>", certified_by=(Certifier(PRIMARY[-16:], NOW),)),),
)
REVOKED = replace(OLD_TREE, primary=replace(OLD_TREE.primary, revoked="compromised"))


def told(chain: Chain) -> list[tuple[int, str, str, str, str]]:
    return [(one.depth, one.what, one.name.split(" (")[0], one.state, one.why) for one in nodes(chain, NOW)]


def states(chain: Chain) -> dict[str, str]:
    return {name: state for _depth, _what, name, state, _why in told(chain)}


def test_before_the_chain_goes_from_the_primary_to_what_each_subkey_signed() -> None:
    chain = Chain(
        (OLD_TREE,),
        (
            Vouched("rpm", SIGNING),
            Vouched("git-tag", SIGNING[-16:]),
            Vouched("git-tag", SIGNING),
            Vouched("rpm", LAPSED),
        ),
    )
    assert told(chain) == [
        (0, "primary", PRIMARY, "in force", "never expires"),
        (1, "user id", "Old <old@example.test>", "in force", "bound by its primary"),
        (2, "certification by", STRANGER, "unknown", "not verified; dated 2025-01-01 00:00:00Z"),
        (2, "certification by", "9" * 16, "revoked", "taken back"),
        (1, "subkey", LAPSED, "expired", "expired 2026-01-01 00:00:00Z"),
        (2, "artifacts", "1 rpm", "expired", "signed with an expired key"),
        (1, "subkey", SIGNING, "in force", "expires 2027-01-01 00:00:00Z"),
        (2, "artifacts", "2 git-tag", "in force", "signed"),
        (2, "artifacts", "1 rpm", "in force", "signed"),
    ]


def test_when_the_primary_is_revoked_all_that_hangs_on_it_is() -> None:
    chain = Chain((REVOKED,), (Vouched("rpm", SIGNING),), leaked=PRIMARY)
    assert set(states(chain).values()) == {"revoked"}
    assert (1, "subkey", SIGNING, "revoked", "revoked with its primary") in told(chain)
    assert (2, "artifacts", "1 rpm", "revoked", "signed with a revoked key") in told(chain)


def test_a_revoked_subkey_leaves_the_rest_in_force() -> None:
    subkeys = (OLD_TREE.subkeys[0], replace(OLD_TREE.subkeys[1], revoked="compromised"))
    found = states(Chain((replace(OLD_TREE, subkeys=subkeys),), ()))
    assert (found[PRIMARY], found[SIGNING]) == ("in force", "revoked")


def test_what_the_leaked_key_certified_counts_for_nothing() -> None:
    line = (2, "certification by", PRIMARY[-16:], "revoked", "the leaked key's word counts for nothing")
    assert line in told(Chain((NEW_TREE, REVOKED), (), leaked=PRIMARY))
    assert line not in told(Chain((NEW_TREE, OLD_TREE), ()))


def test_afterwards_the_signed_anew_hang_on_the_new_key_and_the_rest_stands_apart_in_the_end() -> None:
    artifacts = (
        *[Vouched("rpm", NEW_SIGNING, Fate.RESIGN)] * 3,
        Vouched("rpm", "", Fate.QUARANTINE),
        Vouched("git-tag", "", Fate.WITHDRAW),
        Vouched("detached", STRANGER, Fate.LEAVE),
    )
    found = [one for one in told(Chain((NEW_TREE, REVOKED), artifacts, PRIMARY)) if one[1] == "artifacts"]
    assert found == [
        (2, "artifacts", "3 rpm", "in force", "re-signed"),
        (0, "artifacts", "1 detached", "unknown", "by no key of this chain"),
        (0, "artifacts", "1 rpm", "set apart", "quarantined"),
        (0, "artifacts", "1 git-tag", "set apart", "withdrawn"),
    ]


def test_every_artifact_is_counted_once() -> None:
    artifacts = (
        Vouched("rpm", SIGNING),
        Vouched("rpm", NEW_SIGNING),
        Vouched("rpm", ""),
        Vouched("rpm", PRIMARY[-16:]),
    )
    counted = [
        int(one.name.split()[0])
        for one in nodes(Chain((NEW_TREE, OLD_TREE), artifacts), NOW)
        if one.what == "artifacts"
    ]
    assert sum(counted) == len(artifacts)


def test_what_is_not_known_is_unknown_and_never_in_force() -> None:
    bare = KeyTree(TreeKey(PRIMARY, "", None, None, expiry_known=False), (), (TreeUserId("Old", certified_by=None),))
    found = told(Chain((bare,), ()))
    assert (0, "primary", PRIMARY, "unknown", "whether it is revoked or expires is not known here") in found
    assert (2, "certifications", "", "unknown", "the key's certificate is not known here") in found
    assert table(nodes(Chain((bare,), ()), NOW)).rows[0][2] is None


def test_the_sentence_says_what_the_picture_shows() -> None:
    chain = Chain(
        (NEW_TREE, REVOKED),
        (*[Vouched("rpm", NEW_SIGNING, Fate.RESIGN)] * 3, Vouched("rpm", SIGNING), Vouched("rpm", "", Fate.QUARANTINE)),
    )
    assert sentence("After", nodes(chain, NOW)) == (
        "After: primaries and subkeys: 2 in force, 3 revoked; artifacts: 3 under a key in force, "
        "1 under a revoked key alone, 1 quarantined."
    )


def test_the_picture_is_only_a_picture_and_says_each_state_by_a_mark_of_its_own() -> None:
    chain = Chain((NEW_TREE, REVOKED), (Vouched("rpm", "", Fate.QUARANTINE),), PRIMARY)
    drawn = figure("After", nodes(chain, NOW))
    assert fault(drawn.svg) == ""
    assert drawn.svg == figure("After", nodes(chain, NOW)).svg
    for word in ("Cross, struck through: revoked", "Hollow and grey: expired", "set apart"):
        assert word in drawn.caption
    assert drawn.data is not None
    assert len(drawn.data.rows) == len(nodes(chain, NOW))


def test_of_a_long_chain_the_first_lines_are_drawn_and_all_are_told() -> None:
    user_ids = tuple(TreeUserId(f"{number} <x@example.test>") for number in range(MOST_DRAWN + 5))
    drawn = figure("Before", nodes(Chain((replace(OLD_TREE, user_ids=user_ids),), ()), NOW))
    assert f"The first {MOST_DRAWN} of {MOST_DRAWN + 8} lines are drawn" in drawn.caption
    assert drawn.data is not None
    assert len(drawn.data.rows) == MOST_DRAWN + 8


def test_before_and_after_stand_side_by_side_each_thing_with_itself() -> None:
    old, new = (
        Node(0, "primary", "OLD (ed25519)", "in force", "never expires"),
        Node(0, "primary", "NEW", "in force", ""),
    )
    gone = replace(old, state="revoked", why="revoked: compromised")
    signed = Node(1, "artifacts", "3 detached", "in force", "signed")
    left, apart = replace(signed, name="1 detached"), Node(0, "artifacts", "2 detached", "set apart", "quarantined")
    before, after = (old, signed), (new, gone, left, apart)
    assert paired(before, after) == [(None, new), (old, gone), (signed, left), (None, apart)]
    drawn = beside(before, after)
    assert fault(drawn.svg) == ""
    assert drawn.data is not None
    assert drawn.data.rows[1][2:] == ("in force", "never expires", "revoked", "revoked: compromised")
    assert drawn.data.rows[2][2:] == ("3 in force", "signed", "1 in force", "signed")
    assert drawn.data.rows[3][2:4] == ("not there", "—")
    assert drawn.alt == f"{sentence('Before', before)} {sentence('After', after)}"
    assert drawn == beside(before, after)
