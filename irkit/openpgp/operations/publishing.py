"""Both public keys, put where clients look for them: the old one revoked, the new one good.

All of them take the new key as `key_of` finds it (home, and key or user_id and other_than), and old_home and old_key (the fingerprint
that leaked, of a primary key or of a subkey). Each is read back as clean clients get it. With unrevoked=yes the old key is one that
nobody of ours can revoke: the new one is published alone, and the old one leaves where it can.

publish-wkd      out (the web server's root), address, method (advanced or direct), verify_url (where `out` is served; "" if not yet)
publish-hkp      server (hkp://, hkps:// or https://)
publish-vks      server (https://), verify (mail addresses of the new key to be confirmed, by blanks)
publish-keyring  path, old (remove or revoked)
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import cast

from irkit.errors import BadInput, OutcomeUnknown, StepFailed
from irkit.network import Door
from irkit.openpgp import keys, moving
from irkit.openpgp.operations.interface import Done, Hands, Operation
from irkit.openpgp.operations.signing_key import key_of, other_than
from irkit.openpgp.publishing import PublishedAt, hkp, keyring_file, vks, wkd
from irkit.openpgp.publishing.answers import said
from irkit.openpgp.publishing.pair import Pair, pair
from irkit.plan import Call, GpgCommand
from irkit.providers.interface import Reply

_LATER = "run it again: what is there is looked for first, and nothing is sent twice without need"
Fact = tuple[str, str]
_ANYHOW = ("revoked", "soft", "good", "absent")  # of a key that servers do not delete and nobody can revoke


def standing(command: GpgCommand, hands: Hands) -> PublishedAt:
    """Where both keys stand at the place of a publish-... command: for a probe before and after. Nothing is changed.

    Unknown where it could not be asked. BadInput for another command; StepFailed when the old key is not in its home.
    """
    pair_ = _pair(command, ready=False)
    if command.operation == "publish-wkd":
        where, url = _directory(command), command.argument("verify_url")
        if url:
            return wkd.standing_at(url, where, pair_, _door(hands))[0]
        return wkd.standing_in_file(Path(command.argument("out")) / where.file, pair_)
    if command.operation == "publish-hkp":
        return hkp.standing_at(command.argument("server"), pair_, _door(hands))
    if command.operation == "publish-vks":
        return vks.standing_at(command.argument("server"), pair_, _door(hands))
    if command.operation == "publish-keyring":
        return keyring_file.standing_at(Path(command.argument("path")), pair_)
    raise BadInput("this command publishes nothing", on=command.operation)


def _wkd(command: GpgCommand, hands: Hands) -> Done:
    where, out, url = _directory(command), Path(command.argument("out")), command.argument("verify_url")
    pair_ = _pair(command)
    new = wkd.minimal(Path(command.home), pair_.new, where.address)
    leaves = _unrevoked(command)
    old = b"" if leaves else wkd.minimal(Path(command.argument("old_home")), pair_.old_primary, where.address)
    if not new and not old:
        raise StepFailed(
            "neither key bears this mail address", on=where.address, why="a client takes only keys that do",
            do="name the address of a user id of the old key or of the new one",
        )  # fmt: skip
    path = moving.inside(out, where.file)
    policy = moving.inside(out, f"{where.folder}/policy")
    before = path.read_bytes() if path.is_file() else b""
    block = wkd.composed(new, old, before, pair_.old_primary if leaves else "")
    if not policy.exists():
        moving.write(policy, b"")  # may be empty, and must be there (section 4.5)
    moving.write(path, block)
    wanted = (("revoked",) if old else ("absent",), ("present",) if new else ("absent",))
    facts = (
        ("path", str(path)), ("address", where.address), ("method", where.method), ("old", pair_.old), ("new", pair_.new),
        ("bytes", str(len(block))), ("sha256", moving.sha256_of(path) or ""),
    )  # fmt: skip
    written = wkd.standing_in_file(path, pair_)
    done = _concluded(written, facts, block != before, wanted, do="look at the file and at gpg's words")
    if not url:
        words = f"{path} holds what clients need{'' if block != before else ' already'}; it is published once {out} is deployed"
        return Done(words, (*facts, *written.facts("unknown"), ("still_to_do", f"deploy {out} at {where.host}")))
    seen, first = wkd.standing_at(url, where, pair_, _door(hands))
    done = _concluded(seen, facts, block != before, wanted, do=f"deploy {out} at {where.host} and run it again")
    if new and first not in ("", pair_.new):
        raise StepFailed("clients are shown another key first", on=seen.place, why=first, do=f"deploy {out} anew")
    return Done(done.what, (*done.facts, ("shown_first", first or "unknown")))


def _hkp(command: GpgCommand, hands: Hands) -> Done:
    server, pair_, door = command.argument("server"), _pair(command), _door(hands)
    before = hkp.standing_at(server, pair_, door)
    replies = [door.send(call) for call in _missing(command, pair_, before, hkp.adding)]
    _reached(server, replies)
    seen = hkp.standing_at(server, pair_, door) if replies else before
    facts = [("server", server), ("old", pair_.old), ("new", pair_.new), *_sent(replies)]
    if _unrevoked(command):
        return _concluded(seen, tuple(facts), bool(replies), (_ANYHOW, ("present",)), bare=True)
    if replies:
        facts.append(("append_only", hkp.append_only(replies[-1])))
    if seen.published:
        again = hkp.received(server, pair_)
        facts.append(("gpg_recv_keys", again.why))
        if not again.unknown and not again.published:
            raise StepFailed("gpg gets other keys from there", on=again.place, why=again.why, do=_LATER)
    elif seen.new_with_user_id == "no" and seen.new == "present":
        facts.append(
            ("a_person_must", f"confirm the new key's mail address at {server}, where it serves user ids at all")
        )
    return _concluded(seen, tuple(facts), bool(replies), bare=True)


def _vks(command: GpgCommand, hands: Hands) -> Done:
    server, pair_, door = command.argument("server"), _pair(command), _door(hands)
    before = vks.standing_at(server, pair_, door)
    wanted = (_ANYHOW if _unrevoked(command) else ("revoked",)), ("present",)
    if before.published:
        return _concluded(before, (("server", server), ("old", pair_.old), ("new", pair_.new)), False)
    if before.new_with_user_id != "yes":
        before = replace(before, new="absent")  # to be handed in again: only that tells how far the confirmation is
    replies, states = [], dict[str, str]()
    for call in _missing(command, pair_, before, vks.upload):
        reply = door.send(call)
        replies.append(reply)
        uploaded = vks.read_upload(reply, pair_.new)
        states |= uploaded.states
        asked = tuple(mail for mail in command.argument("verify").split() if uploaded.states.get(mail) == "unpublished")
        if asked and uploaded.token:
            states |= vks.read_upload(door.send(vks.request_verify(server, uploaded.token, asked)), pair_.new).states
    _reached(server, replies)
    seen = vks.standing_at(server, pair_, door)
    told = [Reply(one.status) if one.status == 200 else one for one in replies]  # a 200 holds the token of the upload
    facts = [("server", server), ("old", pair_.old), ("new", pair_.new), *_sent(told)]
    facts += [(f"state of {mail}", state) for mail, state in sorted(states.items())]
    waiting = [mail for mail, state in sorted(states.items()) if state != "published"]
    if waiting and not seen.published:
        facts.append(("a_person_must", _confirmation(server, waiting, states)))
    return _concluded(seen, tuple(facts), bool(replies), wanted, bare=True)


def _keyring(command: GpgCommand, _hands: Hands) -> Done:
    path, old = Path(command.argument("path")), command.argument("old", "remove")
    if old not in ("remove", "revoked"):
        raise BadInput(
            "the old key is either removed or left in, revoked", on=old[:40], do="say old=remove or old=revoked"
        )
    if old == "revoked" and _unrevoked(command):
        raise BadInput("a key that cannot be revoked cannot stay as a revoked one", on=path, do="say old=remove")
    pair_ = _pair(command)
    try:
        before = path.read_bytes()
    except OSError as error:
        raise BadInput("the key ring cannot be read", on=path, why=error.strerror or "", do="check the path") from None
    after = keyring_file.renewed(before, pair_, cast(keyring_file.OldKey, old))
    others = [name for name in keyring_file.key_names(before) if name not in (pair_.old_primary, pair_.new)]
    facts = [("path", str(path)), ("old", pair_.old), ("new", pair_.new), ("other_keys", str(len(others)))]
    if [name for name in keyring_file.key_names(after) if name not in (pair_.old_primary, pair_.new)] != others:
        raise StepFailed("other keys would not stay as they are", on=path, do="nothing was written; change it by hand")
    if after != before:
        kept = _kept(path, before, pair_.old)
        facts.append(("old_file", str(kept)))
        moving.write(path, after)
    accepted = ("absent",) if old == "remove" and pair_.old_primary != pair_.new else ("revoked", "absent")
    facts.append(("sha256", moving.sha256_of(path) or ""))
    return _concluded(keyring_file.standing_at(path, pair_), tuple(facts), after != before, (accepted, ("present",)))


def _concluded(
    seen: PublishedAt,
    facts: tuple[Fact, ...],
    changed: bool,
    wanted: tuple[Collection[str], Collection[str]] = (("revoked",), ("present",)),
    bare: bool = False,
    do: str = _LATER,
) -> Done:
    """Published, when the read-back shows it. With `bare`, a new key without its user id is said to be that, and not published."""
    whole = seen.new_with_user_id == "yes" or "present" not in wanted[1]
    if seen.old in wanted[0] and seen.new in wanted[1] and (whole or bare):
        name = dict(facts)
        if "present" not in wanted[1]:
            words = f"{name['old']} is {seen.old} at {seen.place}; {name['new']} has no user id of that address"
            return Done(words, (*facts, *seen.facts("no")))
        if whole:
            words = f"{name['new']} is published at {seen.place}{'' if changed else ' already'}, and {name['old']} is {seen.old} there"
            return Done(words, (*facts, *seen.facts("yes")))
        words = (
            f"{name['old']} is {seen.old} at {seen.place}; {name['new']} stands there without its user id, "
            "so that only who knows it already can take it"
        )
        return Done(words, (*facts, *seen.facts("no")))
    told = dict(facts).get("server_said", "")
    why = f"{seen.why}; to what was sent the server said: {told}" if told else seen.why
    if seen.unknown:
        raise OutcomeUnknown("it is not known whether the keys are published", on=seen.place, why=why, do=do)
    raise StepFailed("the keys are not published", on=seen.place, why=why, do=do)


def _missing(command: GpgCommand, pair_: Pair, before: PublishedAt, make: Callable[[str, str], Call]) -> list[Call]:
    """What has to be sent: the new key first, so that nobody finds the old one revoked and no other."""
    server, calls = command.argument("server"), []
    if before.new != "present":
        calls.append(make(server, keys.export_public(Path(command.home), pair_.new)))
    if before.old != "revoked" and not _unrevoked(command) and not (calls and pair_.old_primary == pair_.new):
        calls.append(make(server, keys.export_public(Path(command.argument("old_home")), pair_.old_primary)))
    return calls


def _reached(server: str, replies: list[Reply]) -> None:
    """StepFailed when it is certain that nothing left this machine: then nothing is unknown."""
    if replies and not any(reply.sent for reply in replies):
        raise StepFailed("the key server cannot be reached", on=server, why=replies[0].nothing_came, do=_LATER)


def _sent(replies: list[Reply]) -> list[Fact]:
    return [("server_said", "; ".join(said(reply) for reply in replies))] if replies else []


def _confirmation(server: str, waiting: list[str], states: dict[str, str]) -> str:
    asked = [mail for mail in waiting if states[mail] == "pending"]
    rest = [mail for mail in waiting if states[mail] != "pending"]
    steps = [f"open the mail that {server} sent to {mail} and confirm it" for mail in asked]
    steps += [
        f"have {server} send a mail to {mail} (its page for uploads, or verify={mail}), and confirm it" for mail in rest
    ]
    return "; ".join(steps)


def _kept(path: Path, before: bytes, old: str) -> Path:
    """The file as it was, beside it. A name that holds something else is passed over: nothing is overwritten."""
    for number in range(1, 100):
        kept = moving.kept_as(path, old, f".{number}" if number > 1 else "")
        if not kept.exists() or kept.read_bytes() == before:
            moving.keep_copy(path, kept)
            return kept
    raise StepFailed("there are too many earlier copies", on=path, do="move them aside and go on")


def _pair(command: GpgCommand, *, ready: bool = True) -> Pair:
    home, old = Path(command.home), keys.checked_fingerprint(command.argument("old_key"))
    made = ready or command.key
    entry = key_of(command) if made else keys.find_generated(home, command.argument("user_id"), other_than(command))
    found = pair(Path(command.argument("old_home") or command.home), old, home, entry)
    if ready:
        found.must_be_ready(unrevoked=_unrevoked(command))
    return found


def _unrevoked(command: GpgCommand) -> bool:
    return command.argument("unrevoked") == "yes"


def _directory(command: GpgCommand) -> wkd.Directory:
    return wkd.Directory(command.argument("address"), cast(wkd.Method, command.argument("method", "advanced")))


def _door(hands: Hands) -> Door:
    if hands.door is None:
        raise BadInput("this is published over the network", do="call it with a door to it")
    return hands.door


OPERATIONS: dict[str, Operation] = {
    "publish-wkd": _wkd,
    "publish-hkp": _hkp,
    "publish-vks": _vks,
    "publish-keyring": _keyring,
}
