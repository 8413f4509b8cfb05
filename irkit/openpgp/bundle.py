"""What automation signs with: the signing subkey and a stub in the primary's place, proven able to sign and to do nothing else.

Whoever steals it can sign until the subkey lapses or is revoked. Without the primary's secret part nobody can make that time
longer, add another subkey or certify a key, and that is tried here, not assumed. What is tried is tried on a copy of the
public keys that is thrown away: even where it succeeds, nothing has changed in the home.
"""

from __future__ import annotations

from pathlib import Path

from irkit.errors import OutcomeUnknown, StepFailed, WouldLeak
from irkit.model import Secret
from irkit.openpgp.keyblock import read_signatures
from irkit.openpgp.keyring import RingEntry, list_ring
from irkit.openpgp.keys import (
    check_bundle,
    checked_fingerprint,
    export_public,
    export_signing_subkeys,
    has_secret,
    refuse_open_home,
)
from irkit.openpgp.runner import Gpg, GpgResult, throwaway_home

CANNOT = (
    "certify another key",
    "add a subkey",
    "make its life longer",
    "make the primary's life longer",
    "add a user id",
)
PROVED = f"signs; cannot {', '.join(CANNOT)}"
_GPG_MISSES_THE_PRIMARY = "No secret key"
_SAMPLE = b"irkit: can this home sign?\n"


def proven_bundle(home: Path, signing: str, passphrase: Secret | None = None) -> Secret:
    """The armored bundle of one signing subkey for a CI system, under the passphrase it has in `home`, if any.

    WouldLeak when it holds or can do more than sign, StepFailed when it cannot sign or the subkey is on a card.
    """
    bundle = export_signing_subkeys(home, signing, passphrase)
    prove_bundle(bundle, signing, passphrase)
    return bundle


def prove_bundle(bundle: Secret, signing: str, passphrase: Secret | None = None) -> str:
    """Prove a bundle in a throw-away home; gives the primary's fingerprint. Raises as `proven_bundle`."""
    signing = checked_fingerprint(signing)
    primary = check_bundle(bundle.reveal(), signing)
    with throwaway_home() as home:
        _import(home, bundle, signing, passphrase)
        prove_signing_only(home, signing, passphrase)
    return primary


def install(home: Path, signing_home: Path, signing: str, passphrase: Secret | None = None) -> bool:
    """Bring the secret signing subkey, and no other secret part, into another home; True when it was not there yet.

    Proven there before and after: a home that holds the primary's secret part is refused. Raises as `proven_bundle`.
    """
    signing = checked_fingerprint(signing)
    signing_home.mkdir(mode=0o700, parents=True, exist_ok=True)
    refuse_open_home(signing_home)
    fresh = not has_secret(signing_home, signing)
    if fresh:
        bundle = export_signing_subkeys(home, signing, passphrase)
        _refuse_primary(signing_home, check_bundle(bundle.reveal(), signing))
        _import(signing_home, bundle, signing, passphrase)
    prove_signing_only(signing_home, signing, passphrase)
    return fresh


def prove_signing_only(home: Path, signing: str, passphrase: Secret | None = None) -> None:
    """From this home one can sign with the subkey, and change or certify nothing.

    WouldLeak when the primary's secret part is there or anything of `CANNOT` succeeds; OutcomeUnknown when one of them fails for
    another reason than that the primary is missing; StepFailed when it does not sign.
    """
    signing = checked_fingerprint(signing)
    entry = _entry_of(home, signing)
    _refuse_primary(home, entry.primary.fingerprint)
    for what, result in zip(CANNOT, _attempts(home, entry.primary.fingerprint, signing, passphrase), strict=True):
        if result.returncode == 0:
            raise WouldLeak(
                f"what should only sign can {what}", on=signing, why=f"gpg did it from {home}",
                do="take the primary's secret part out of that home",
            )  # fmt: skip
        if _GPG_MISSES_THE_PRIMARY not in result.stderr:
            raise OutcomeUnknown(
                f"whether it can {what} is not known", on=signing, why=result.last_words(), do="mend that and try again"
            )
    _prove_it_signs(home, signing, passphrase)


def _attempts(home: Path, primary: str, signing: str, passphrase: Secret | None) -> tuple[GpgResult, ...]:
    """Each of `CANNOT`, by the secret parts of `home` on a scratch copy of the public keys."""
    with throwaway_home() as scratch:
        stranger = Gpg(scratch).must(
            "a key to certify could not be made", ["--quick-gen-key", "--", "Nobody <nobody@example.invalid>", "ed25519", "sign", "1d"]
        ).status[-1].fields[1]  # fmt: skip
        copy = [
            "--no-default-keyring", "--keyring", str(scratch / "copy.kbx"), "--trustdb-name", str(scratch / "copy.db"), "--yes",
        ]  # fmt: skip
        public = export_public(home, primary) + export_public(scratch, stranger)
        gpg = Gpg(home)
        gpg.must("the public keys could not be copied", [*copy, "--import"], on=primary, stdin=public.encode())
        commands = (
            ["--local-user", primary, "--quick-sign-key", "--", stranger],
            ["--quick-add-key", "--", primary, "ed25519", "sign", "1d"],
            ["--quick-set-expire", "--", primary, "5y", signing],
            ["--quick-set-expire", "--", primary, "5y"],
            ["--quick-add-uid", "--", primary, "Nobody <nobody@example.invalid>"],
        )
        return tuple(gpg.run([*copy, *command], passphrase=passphrase) for command in commands)


def _prove_it_signs(home: Path, signing: str, passphrase: Secret | None) -> None:
    import pysequoia

    result = Gpg(home).must(
        "the signing subkey does not sign", ["--armor", "--local-user", f"{signing}!", "--detach-sign"],
        on=signing, passphrase=passphrase, stdin=_SAMPLE,
    )  # fmt: skip
    (signature,) = read_signatures(result.stdout)
    certificate = pysequoia.Cert.from_bytes(export_public(home, signing).encode())
    try:
        good = pysequoia.verify(
            bytes=_SAMPLE, store=lambda _ids: [certificate], signature=pysequoia.Sig.from_bytes(result.stdout)
        ).valid_sigs
    except Exception as error:  # the library raises bare RuntimeError
        raise StepFailed(
            "what the signing subkey signs does not verify", on=signing, why=(str(error).splitlines() or [""])[0]
        ) from None
    if [one.signing_key.upper() for one in good] != [signing] or not signature.made_by(signing):
        raise StepFailed("another key signed in its place", on=signing, do="see which keys that home holds")


def _entry_of(home: Path, signing: str) -> RingEntry:
    for entry in list_ring(home, signing, secret=True):
        if any(key.fingerprint == signing and key.secret for key in entry.subkeys):
            return entry
    raise StepFailed(
        "the secret part of the signing subkey is not in that home", on=signing, why=str(home), do="name another home"
    )


def _refuse_primary(home: Path, primary: str) -> None:
    if has_secret(home, primary):
        raise WouldLeak(
            "the home that should only sign holds the primary's secret part", on=primary, why=str(home),
            do="choose another home for automation, or take the primary out of this one",
        )  # fmt: skip


def _import(home: Path, bundle: Secret, signing: str, passphrase: Secret | None) -> None:
    result = Gpg(home).run(["--import"], stdin=bundle.reveal(), passphrase=passphrase)
    if result.returncode != 0 or not has_secret(home, signing):
        raise StepFailed("the signing subkey could not be imported", on=signing, why=result.last_words())
