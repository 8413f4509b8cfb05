"""What an OpenPGP operation of a plan is given and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from irkit.errors import BadInput
from irkit.model import Resolver, Secret
from irkit.network import Door
from irkit.plan import GpgCommand


@dataclass(frozen=True)
class Done:
    """What was done, or found done already; the facts for the journal; and the certificate that came of it, armored."""

    what: str
    facts: tuple[tuple[str, str], ...]
    certificate: str = ""


@dataclass(frozen=True)
class Hands:
    """What an operation may use: `resolve` for references, `door` for what is published over the network."""

    resolve: Resolver | None = None
    door: Door | None = None

    def passphrase(self, command: GpgCommand) -> Secret | None:
        """The passphrase of the command's key; None when it has none. BadInput without a resolver."""
        if command.passphrase is None:
            return None
        if self.resolve is None:
            raise BadInput(
                "this command needs a passphrase", on=command.summary(), do="call it with a resolver of references"
            )
        return self.resolve(command.passphrase)


Operation = Callable[[GpgCommand, Hands], Done]
"""Looks first: what already holds is said and not done again. StepFailed when it cannot be done."""
