"""The trust chain at the desk: from what the journal says of keys and artifacts, before and after, drawn and in rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from irkit.case.desk import Desk
from irkit.case.resigning.judging import leaked_key
from irkit.case.resigning.recording import Recorder
from irkit.errors import IrkitError
from irkit.model import Kind, OpenPgpKey, Record, parse_instant, unrevokable
from irkit.model.key_tree import KeyTree, TreeKey, TreeUserId
from irkit.openpgp import export_public
from irkit.openpgp.trees import key_trees
from irkit.plan import GpgCommand
from irkit.resign.disposition import Disposed, Fate
from irkit.resign.judging import signed_by
from irkit.resign.trust_chain import Chain, Vouched, beside, nodes
from irkit.show import Notice, View

_TITLE = "The chain of trust"


def trust_chain(case: Desk) -> View:
    """What hung on the leaked key, and what hangs on which key now. As far as the plan was carried out: the journal is read."""
    now = datetime.now(UTC)
    old = _old_tree(case)
    before, after = chains(case, old)
    first, then = nodes(before, now), nodes(after, now)
    blocks = [beside(first, then)]
    notices = []
    if said := unrevokable(case.journal.records(), leaked_key(case).name):
        notices.append(
            Notice("bad", f"The old key cannot be revoked, and goes on counting where it is held: {said.body['why']}.")
        )
    elif not case.journal.records(Kind.KEY_REVOKED):
        notices.append(Notice("warn", "The old key is not revoked yet: what comes after is as it stands now."))
    if not case.journal.records(Kind.KEY_GENERATED):
        notices.append(Notice("info", "No new key is made yet."))
    if any(one.certified_by is None for one in old.user_ids):
        notices.append(
            Notice(
                "info", "Who certified the old key is not known: its certificate is in no gpg home that the plan names."
            )
        )
    return View(_TITLE, (*notices, *blocks))


def chains(case: Desk, old: KeyTree) -> tuple[Chain, Chain]:
    """The chain before, with every artifact under the old key that signed it, and the chain as the journal says it is now."""
    things = _things(case)
    leaked = leaked_key(case)
    before = Chain((old.as_it_was(),), tuple(Vouched(one.kind, _signer(one, leaked)) for _path, one in things))
    old = _revoked(case, old)
    fresh = [
        tree for record in case.journal.records(Kind.KEY_GENERATED)[-1:] for tree in key_trees(_certificate(record))
    ]
    others = [tree for tree in fresh if tree.primary.fingerprint != old.primary.fingerprint]
    done = _Done.of(case)
    now = tuple(Vouched(one.kind, *done.now(path, one, leaked)) for path, one in things)
    return before, Chain((*others, old), now, old.primary.fingerprint if old.primary.revoked else "")


def _things(case: Desk) -> list[tuple[str, Disposed]]:
    """Every judged thing under the name by which the plan calls it. None when no release was judged."""
    if not case.journal.records(Kind.JUDGED):
        return []
    return [(release.called(thing.path), thing) for release, thing in Recorder(case).things()]


def _signer(thing: Disposed, leaked: OpenPgpKey) -> str:
    """Whose signature vouched for it: the old key's (sub)key where it bears one, else whoever it names."""
    issuers = [row.artifact.issuer or "" for row in thing.rows]
    own = [row.artifact.issuer or "" for row in thing.rows if signed_by(row.artifact, leaked)]
    return next((one for one in (*own, *issuers) if one), "")


@dataclass(frozen=True)
class _Done:
    """What the journal says was done, by the name of each thing; nothing that was only planned."""

    resigned: dict[str, str]
    quarantined: frozenset[str]
    withdrawn: frozenset[str]

    @classmethod
    def of(cls, case: Desk) -> _Done:
        signing = {
            str(one.body["primary"]): str(one.body["signing"]) for one in case.journal.records(Kind.KEY_GENERATED)
        }
        by = {
            str(one.body["path"]): str(one.body.get("signing") or signing.get(str(one.body["key"]), one.body["key"]))
            for one in case.journal.records(Kind.RESIGNED)
        }
        aside, gone = (
            frozenset(str(one.body["path"]) for one in case.journal.records(kind))
            for kind in (Kind.QUARANTINED, Kind.WITHDRAWN)
        )
        return cls(by, aside, gone)

    def now(self, path: str, thing: Disposed, leaked: OpenPgpKey) -> tuple[str, Fate | None]:
        """Who vouches for it now, and what became of it; None when nothing did yet."""
        if path in self.quarantined:
            return "", Fate.QUARANTINE
        if path in self.withdrawn:
            return "", Fate.WITHDRAW
        if path in self.resigned:
            return self.resigned[path], Fate.RESIGN
        return _signer(thing, leaked), Fate.LEAVE if thing.fate is Fate.LEAVE else None


def _revoked(case: Desk, old: KeyTree) -> KeyTree:
    """The old key with the revocation that the journal knows of, where its certificate does not hold one."""
    records = case.journal.records(Kind.KEY_REVOKED)
    if not records or any(key.revoked for key in old.keys):
        return old
    reason = str(records[-1].body.get("reason") or "for a reason not known")
    gone = {str(one.body["subkey"]) for one in records if one.body.get("subkey")}
    if gone:
        return replace(
            old, subkeys=tuple(replace(key, revoked=reason if key.fingerprint in gone else "") for key in old.subkeys)
        )
    return replace(old, primary=replace(old.primary, revoked=reason))


def _certificate(record: Record) -> bytes:
    return str(record.body["certificate"]).encode()


def _old_tree(case: Desk) -> KeyTree:
    """From the gpg home that the plan revokes in; where that has no such key, from what the case knows of what leaked."""
    leaked = leaked_key(case)
    plan = case.ledger.latest("resign")
    homes = [action.do.home for action in plan.actions if isinstance(action.do, GpgCommand)] if plan else []
    for home in dict.fromkeys(one for one in homes if one):
        try:
            trees = key_trees(export_public(Path(home), leaked.openpgp).encode())
        except IrkitError:
            continue
        found = next((tree for tree in trees if tree.primary.fingerprint == leaked.openpgp), None)
        if found:
            return found
    return _described(leaked)


def _described(key: OpenPgpKey) -> KeyTree:
    """Without a certificate nothing says who certified it, nor whether it expires."""
    keys = [
        TreeKey(
            sub.fingerprint,
            sub.algorithm,
            parse_instant(sub.created) if sub.created else None,
            sub.usage,
            expiry_known=False,
        )
        for sub in sorted(key.keys, key=lambda sub: not sub.primary)
    ] or [TreeKey(key.openpgp, "", None, None, expiry_known=False)]
    return KeyTree(keys[0], tuple(keys[1:]), tuple(TreeUserId(text, certified_by=None) for text in key.user_ids))
