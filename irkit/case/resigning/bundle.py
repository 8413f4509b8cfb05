"""The bundle that automation signs with, put where its consumers read it, as a fresh credential is.

It is made from the gpg home at the moment of use and is in this process alone until the place has it. Unlike a minted
credential it is not lost by a kill: the home still holds the subkey, and the same bundle is made and put again.
"""

from __future__ import annotations

from pathlib import Path

from irkit.case.containment import distribution
from irkit.case.desk import Desk
from irkit.errors import IrkitError, OutcomeUnknown, StepFailed
from irkit.model import SecretRef, State
from irkit.network import Door
from irkit.openpgp.bundle import PROVED, proven_bundle
from irkit.openpgp.keys import checked_fingerprint
from irkit.openpgp.operations.interface import Done
from irkit.openpgp.operations.keys import signing_subkey
from irkit.plan import Ended, GpgCommand, NativeCall
from irkit.stores import hold, let_go
from irkit.stores.catalogue import store_of
from irkit.stores.interface import FRESH


def carry_out(case: Desk, command: GpgCommand) -> Done:
    """A `ci-bundle` step whose argument `store` names a place of `docs/stores.md`. Raises as `put_bundle`."""
    return put_bundle(
        case, Path(command.home), signing_subkey(command), command.passphrase, command.argument("store")
    )  # fmt: skip


def put_bundle(case: Desk, home: Path, signing: str, passphrase: SecretRef | None, store: str) -> Done:
    """Prove the bundle of one signing subkey and put it into one place, read back where the store can.

    `store` is written as in case.toml's `into`. BadInput for a place that will not do, before a secret is touched; WouldLeak
    when the bundle can more than sign; StepFailed when the place did not take it, OutcomeUnknown when that is not known.
    """
    signing = checked_fingerprint(signing)
    ref = SecretRef(f"minted:ci-bundle-{signing}")
    (put,) = distribution.puts(case, (store,), ref)
    bundle = proven_bundle(home, signing, case.resolve(passphrase) if passphrase else None)
    facts = (("signing", signing), ("store", store), ("proved", PROVED))
    hold(ref.rest, bundle)
    try:
        door = case.door.hides(bundle, str(ref))
        if _stands_there(case, door, store, ref):
            return Done(
                f"the bundle of {signing} is in {store} already", (*facts, ("read_back", "it holds the bundle"))
            )
        placed = distribution.carry(case, door, put, ref)
        why = door.hidden(placed.why)
    finally:
        let_go(ref)
    if placed.ended is Ended.UNKNOWN:
        raise OutcomeUnknown(
            "whether the place holds the bundle is not known",
            on=store,
            why=why,
            do="put it there again: it is the same bundle",
        )
    if placed.ended is not Ended.DONE:
        raise StepFailed("the place did not take the bundle", on=store, why=why, do="mend that and put it there again")
    said = (*facts, ("read_back", why), *((("version", placed.version),) if placed.version else ()))
    return Done(f"the bundle of {signing} is in {store}: {why}", said)


def _stands_there(case: Desk, door: Door, place: str, ref: SecretRef) -> bool:
    """Whether the place holds this very bundle, by its value. A store that vouches for a time alone does not say so."""
    store, fields = store_of(place)
    setting = case.settings.store(store.name).setting()
    try:
        asked = store.ask_back(setting, {**fields, FRESH: str(ref)}) if store.ask_back else None
        if asked is None or store.read_back is None:
            return False
        reply = door.send(asked)
    except IrkitError:
        return False
    by_value = isinstance(asked, NativeCall) or f"[redacted {ref}]" in reply.body
    return by_value and store.read_back(reply, str(ref)).state is State.ALIVE
