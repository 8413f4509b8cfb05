"""Packages and repositories of rpm.

sign-rpm       key ("" for the one that generate-key made), user_id, other_than, folder, artifact, rpm-header and rpm-payload (SHA-256, as
               judged; rpm-payload may be left out where the header names it), kept (a folder; "" for beside the package)
index-rpm      key, user_id, other_than, folder, artifact (repomd.xml, below `folder`; "repodata/repomd.xml" without it), old_keys
               (fingerprints of the old key and its subkeys, by blanks: no package may name one; without it, those of other_than), package
               (any number: SHA-256 of header and of payload as judged, and the path below `folder`; with one, no other may be there)

sign-rpm works on a copy and replaces the package at once when the copy has the header and the payload that were judged, and gpg,
Sequoia and rpm itself, each knowing the new key alone, hold its signature for good. What differs from the old file is the part
before the header: that is kept as `ARTIFACT.KEYID.sighdr` in `kept`, and with the rest of the new file behind it is the old file again.

The file's modification time becomes another one, by a second at least: a new signature fits into the room of the old one, and
createrepo takes a file of the same size and time, in whole seconds, for the same file.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import tempfile
import time
from pathlib import Path

from irkit.errors import BadInput, IrkitError, StepFailed
from irkit.openpgp import moving
from irkit.openpgp.content import NotJudged
from irkit.openpgp.operations import Done, Hands, Operation
from irkit.openpgp.operations.signing_key import signer_of
from irkit.openpgp.signatures import check_with_gpg, check_with_sequoia
from irkit.openpgp.signer import Signer
from irkit.openpgp.verdicts import against
from irkit.plan import GpgCommand
from irkit.release import programs
from irkit.release.operations import rpm_index
from irkit.release.rpm.package import Rpm, front_of, read_rpm

_SAID_OK = re.compile(r"Signature, key ID [0-9a-f]+: OK$", re.MULTILINE)
_SAID_NOT = re.compile(r": (?:BAD|NOKEY|NOTTRUSTED|NOTFOUND|UNKNOWN)\b", re.MULTILINE)


def _sign(command: GpgCommand, hands: Hands) -> Done:
    by = signer_of(command, hands)
    folder, name = Path(command.argument("folder")), command.argument("artifact")
    path = moving.inside(folder, name)
    now = _as_judged(
        path, command, "the package is not the one that was judged", "do not sign it; judge the release again"
    )
    moving.clear_away(path)
    facts = [
        ("path", name), ("artifact", str(path)), ("rpm-header", now.header), ("rpm-payload", now.payload),
        *by.facts(), ("proven_by", "gpg, sequoia, rpmkeys"),
    ]  # fmt: skip
    if not wrong(by, path, now):
        return Done(f"{name} was signed already", (*facts, ("sha256", now.sha256)))
    facts.append(("old_sha256", now.sha256))
    if now.signatures:
        kept = Path(command.argument("kept") or folder) / f"{name}.{_former_id(by, now)}.sighdr"
        _keep(kept, front_of(path)[0])
        facts.append(("old_signature", str(kept)))
    if command.passphrase is not None:
        programs.unlock(by)
    part = moving.part_of(path)
    try:
        shutil.copyfile(path, part)
        shutil.copymode(path, part)
        _rpmsign(by, part, path)
        fresh = _as_judged(
            part, command, "signing changed more than the signature", "nothing was replaced; look at rpmsign"
        )
        why = wrong(by, part, fresh)
        if why:
            raise StepFailed("the fresh signature does not verify", on=path, why=why, do="nothing was replaced")
        with part.open("rb+") as stream:
            os.fsync(stream.fileno())
        stood = int(path.stat().st_mtime)
        os.utime(part, (time.time(), max(time.time(), stood + 1)))
        moving.place(part, path)
    except OSError as error:
        raise StepFailed(
            "the package could not be replaced", on=path, why=error.strerror or "", do="make room or give permission, and run it again"
        ) from None  # fmt: skip
    finally:
        moving.clear_away(path)
    return Done(f"{name} was signed with {by.primary}", (*facts, ("sha256", fresh.sha256)))


def wrong(by: Signer, path: Path, rpm: Rpm) -> str:
    """Why this is not a package signed by that key alone, "" when gpg, Sequoia and rpm say that it is."""
    if not rpm.signatures:
        return "it bears no signature"
    strangers = [one.packet.issuer for one in rpm.signatures if not any(one.packet.made_by(own) for own in by.own)]
    if strangers:
        return f"it names {', '.join(strangers)}"
    header, packets = front_of(path)[1], [one.packet for one in rpm.signatures if not one.whole]
    if not packets:
        return "it is not signed over its header"
    said = (check([by.certificate], header, packets) for check in (check_with_gpg, check_with_sequoia))
    if bad := against((one for verdicts in said for one in verdicts), by.primary):
        return bad
    told = programs.ask(
        ["rpmkeys", "--dbpath", str(_database(by.certificate)), "-K", "-v", "--", str(path)],
        what="rpm did not check",
        on=path,
    )
    if told.returncode == 0 and _SAID_OK.search(told.stdout) and not _SAID_NOT.search(told.stdout):
        return ""
    return f"rpm: {programs.last_words(told)}"


def _as_judged(path: Path, command: GpgCommand, what: str, do: str) -> Rpm:
    header, payload = command.argument("rpm-header"), command.argument("rpm-payload")
    if not header:
        raise BadInput(
            "the digest of the judged package is missing", on=path, do="give rpm-header, as the inventory says it"
        )
    try:
        rpm = read_rpm(path)
    except FileNotFoundError:
        raise NotJudged(what, on=path, why="it is gone", do=do) from None
    except (OSError, IrkitError) as error:
        raise StepFailed(what, on=path, why=str(error), do=do) from None
    if rpm.header != header:
        raise NotJudged(what, on=path, why=f"SHA-256 of its header is {rpm.header}, planned {header}", do=do)
    if payload and rpm.payload != payload:
        raise NotJudged(what, on=path, why=f"SHA-256 of its payload is {rpm.payload}, planned {payload}", do=do)
    if not payload and rpm.payload_as_told is not True:
        raise NotJudged(what, on=path, why="its payload is not the one that its header names", do=do)
    return rpm


def _rpmsign(by: Signer, part: Path, path: Path) -> None:
    """Replaces every signature in it by one. Debian's macro for gpg names a program that is not there (gpg2)."""
    macros = {
        "__gpg": programs.found("gpg"),
        "_gpg_name": f"{by.signing}!",
        "_gpg_path": str(by.home.absolute()),
        "_gpg_digest_algo": "sha512",
        "_gpg_sign_cmd_extra_args": "--batch --no-tty --pinentry-mode error",
        "_openpgp_sign": "gpg",
    }
    defined = [word for name, value in macros.items() for word in ("--define", f"{name} {value}")]
    programs.run(
        ["rpmsign", *defined, "--resign", "--", str(part)], what="the package could not be signed", on=path, home=by.home,
        do="check the key, its home and its passphrase",
    )  # fmt: skip


@functools.cache
def _database(certificate: str) -> Path:
    """An rpm database that knows one key, kept while this process lives."""
    room = tempfile.TemporaryDirectory(prefix="irkit-rpmdb-")
    _ROOMS.append(room)
    armored = Path(room.name, "key.asc")
    armored.write_text(certificate)
    database = Path(room.name, "db")
    database.mkdir()
    programs.run(
        ["rpmkeys", "--dbpath", str(database), "--import", str(armored)], what="rpm could not import the new key",
        do="rpm may not know its algorithm",
    )  # fmt: skip
    return database


_ROOMS: list[tempfile.TemporaryDirectory[str]] = []  # each is removed when the process ends


def _keep(kept: Path, front: bytes) -> None:
    if kept.exists() and kept.read_bytes() != front:
        raise StepFailed("an earlier copy is in the way", on=kept, why="it differs", do="move it aside and go on")
    moving.write(kept, front)


def _former_id(by: Signer, rpm: Rpm) -> str:
    return by.former_id if by.former else (rpm.signatures[0].packet.issuer or by.former_id)[-16:]


OPERATIONS: dict[str, Operation] = {"sign-rpm": _sign, **rpm_index.OPERATIONS}
