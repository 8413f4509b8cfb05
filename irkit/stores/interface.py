"""What a store is: a place that receives a fresh credential, so that its consumers read it there.

Like a provider, a store describes calls and reads replies; it sends none and holds no secret. A new one is a short file and a table of
cases in `tests/stores/`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from irkit.errors import BadInput
from irkit.model import SecretRef
from irkit.plan import Ask
from irkit.providers.interface import Accepted, Reading, Reply, Setting

Fields = Mapping[str, str]
"""What a place says, by the names in the store's pattern; what was looked up is added under names of its own."""

FRESH = "fresh"
"""The field under which `ask_back` finds the reference to the fresh value, for a place on this machine: its door compares there."""


@dataclass(frozen=True)
class Store:
    """A kind of place. A place is written `NAME:REST`; `form` shows how, `pattern` (named groups) reads REST.

    `look_up` asks what has to be known first (a public key), `learn` reads the answer into further fields. `ask_put` makes the calls,
    in order; the value is a reference. `ask_back` asks for what stands there now; `read_back` says ALIVE when it is the value, which is
    hidden in the reply as `[redacted LABEL]`, or when the store vouches for it otherwise (a version, a time); None where no store
    gives it back. `version` finds in the reply to a put how the store calls what it holds now.
    """

    name: str
    title: str
    form: str
    pattern: str
    tested: str  # as a provider's
    ask_put: Callable[[Setting, Fields, SecretRef], tuple[Ask, ...]]
    read_put: Callable[[Reply], Accepted]
    look_up: Callable[[Setting, Fields], Ask | None] | None = None
    learn: Callable[[Reply], Mapping[str, str]] | None = None
    ask_back: Callable[[Setting, Fields], Ask | None] | None = None
    read_back: Callable[[Reply, str], Reading] | None = None
    version: Callable[[Reply], str] | None = None
    proved: Mapping[str, str] = field(default_factory=dict)  # of "put", "read back": by what

    def fields(self, rest: str) -> Fields:
        """BadInput when it is no place of this kind."""
        found = re.fullmatch(self.pattern, rest)
        if found is None:
            raise BadInput(
                "this is no place to put a credential", on=f"{self.name}:{rest}"[:80], do=f"write {self.form}"
            )
        return {name: value for name, value in found.groupdict().items() if value is not None}
