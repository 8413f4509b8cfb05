"""Takes back single user ids of a key. Looks first, and holds for done only what stands in the packets."""

from __future__ import annotations

from pathlib import Path

from irkit.errors import BadInput, StepFailed
from irkit.model import Secret
from irkit.openpgp.bench import Bench, bench, whole_block
from irkit.openpgp.keyblock import KEY_REVOCATION, shown
from irkit.openpgp.keys import checked_fingerprint
from irkit.openpgp.revocations import CERTIFICATION_REVOCATION, certifications_in, when
from irkit.openpgp.revoking import must_have_primary, not_shown, of_kind, take_in


def revoke_user_id(home: Path, primary: str, user_id: str, *, passphrase: Secret | None = None) -> bool:
    """Revoke one user id, given as it is shown (escaped); True when this did it. Its reason is 0x20, no longer valid.

    gpg refuses for the last user id in force: then revoke the key.
    """
    primary = checked_fingerprint(primary)
    raw = _user_id(whole_block(home, primary), primary, user_id)
    if _user_id_revoked(whole_block(home, primary), primary, raw):
        return False
    must_have_primary(home, primary, "the user id")
    with bench(home, [primary], of_kind(primary, KEY_REVOCATION)) as table:
        said = table.run(["--quick-revoke-uid", "--", primary, _uid_hash(table, primary, raw)], passphrase=passphrase)
        made = table.block(primary)
    if not _user_id_revoked(made, primary, raw):
        raise StepFailed(
            "the user id could not be revoked",
            on=shown(raw),
            why=said.last_words(),
            do="the last one of a key goes with the key: revoke the key",
        )
    take_in(home, primary, made)
    if not _user_id_revoked(whole_block(home, primary), primary, raw):
        raise not_shown(shown(raw))
    return True


def _user_id(block: bytes, primary: str, user_id: str) -> bytes:
    own = dict.fromkeys(raw for key, raw, _one in certifications_in(block) if key == primary)
    for raw in own:
        if user_id in (shown(raw), raw.decode("utf-8", "replace")):
            return raw
    raise BadInput(
        "the key has no such user id", on=shown(user_id)[:120], why="it has " + ", ".join(shown(raw) for raw in own)
    )


def _user_id_revoked(block: bytes, primary: str, raw: bytes) -> bool:
    """By packets, since a listing shows the user ids of a revoked key as revoked too."""
    own = [
        one
        for key, user_id, one in certifications_in(block)
        if key == primary and user_id == raw and one.made_by(primary)
    ]
    gone = [when(one) for one in own if one.kind == CERTIFICATION_REVOCATION]
    said = [when(one) for one in own if one.kind != CERTIFICATION_REVOCATION]
    return bool(gone) and (not said or max(gone) >= max(said))


def _uid_hash(table: Bench, primary: str, raw: bytes) -> str:
    """gpg's own name for a user id (field 8 of its listing): a stranger's text is never an argument."""
    listing = table.run(["--with-colons", "--fixed-list-mode", "--list-keys", "--", primary]).stdout
    wanted = raw.replace(b"\\", b"\\x5c").replace(b":", b"\\x3a").replace(b"\n", b"\\n")
    for fields in (line.split(b":") for line in listing.split(b"\n")):
        if fields[0] == b"uid" and fields[9] == wanted:
            return fields[7].decode()
    raise StepFailed("gpg does not list this user id", on=shown(raw), do="look at: gpg --list-keys")
