"""Files that are not to be trusted are set aside, for their owner alone to read; nothing is deleted.

quarantine     folder, artifact, sha256 ("" for none), signature (any number), quarantine, why
"""

from __future__ import annotations

from pathlib import Path

from irkit.openpgp import moving
from irkit.openpgp.operations import Done, Hands, Operation
from irkit.plan import GpgCommand
from irkit.show.plain import visible


def _quarantine(command: GpgCommand, _hands: Hands) -> Done:
    folder, room = Path(command.argument("folder")), Path(command.argument("quarantine"))
    name, planned, why = command.argument("artifact"), command.argument("sha256"), command.argument("why")
    beside = [value for label, value in command.arguments if label == "signature" and value]
    wanted = [name, *beside] if planned else beside
    moved = [moving.move(moving.inside(folder, each), moving.inside(room, each)) for each in wanted]
    kept = moving.inside(room, name if planned else wanted[0] if wanted else name)
    digest = moving.sha256_of(kept) or ""
    changed = (
        "" if not planned or digest == planned else f"; it had changed since it was judged: SHA-256 then {planned}"
    )
    note = f"{visible(name)}\nSHA-256 {digest}\nWhy: {visible(why)}{changed}\n"
    said = kept.with_name(f"{kept.name}.why")
    moving.write(said, note.encode(), private=True)
    moving.make_private(room, said, *(moving.inside(room, each) for each in wanted))
    facts = (("path", name), ("sha256", digest), ("why", why + changed), ("kept_at", str(kept)))
    return Done(f"{name} {'was moved to quarantine' if any(moved) else 'was in quarantine already'}", facts)


OPERATIONS: dict[str, Operation] = {"quarantine": _quarantine}
