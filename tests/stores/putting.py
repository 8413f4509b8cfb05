"""A fresh value put into a place as a case does it: look up, put, read back, through the one door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from irkit.model import Secret, SecretRef
from irkit.network import Door
from irkit.plan import Action as PlanAction
from irkit.plan import Ask, Plan, Put, Replace, document, read
from irkit.providers.interface import Accepted, Reading, Reply, Setting
from irkit.redact import Redactor
from irkit.stores.catalogue import store_of
from irkit.stores.interface import FRESH, Fields, Store

VALUE = "fresh-and-visibly-fake-$0123456789"
FRESH_REF = SecretRef("minted:ci")
ADMIN = "the-responders-fake-token"
ADMIN_REF = SecretRef("env:ADMIN")


@dataclass
class Putting:
    """`replies` are all that came back, so that a test can look for the value in them."""

    setting: Setting
    values: Mapping[str, str] = field(default_factory=dict)
    value: str = VALUE
    replies: list[Reply] = field(default_factory=list)

    def resolve(self, ref: SecretRef) -> Secret:
        return Secret({str(FRESH_REF): self.value, str(ADMIN_REF): ADMIN, **self.values}[str(ref)])

    @property
    def door(self) -> Door:
        return Door(self.resolve, Redactor(), 5).hides(Secret(self.value), str(FRESH_REF))

    def send(self, call: Ask) -> Reply:
        reply = self.door.send(call)
        self.replies.append(reply)
        return reply

    def looked_up(self, place: str) -> tuple[Store, Fields]:
        store, fields = store_of(place)
        asked = store.look_up(self.setting, fields) if store.look_up else None
        learned = store.learn(self.send(asked)) if asked and store.learn else {}
        return store, {**fields, **learned, FRESH: str(FRESH_REF)}

    def put(self, place: str) -> tuple[Accepted, str]:
        """How it was taken, and the version. The calls go through a plan first, as they would have to be approved."""
        store, fields = self.looked_up(place)
        (call,) = planned(place, store.ask_put(self.setting, fields, FRESH_REF))
        assert call.mutates
        reply = self.send(call)
        return store.read_put(reply), store.version(reply) if store.version else ""

    def back(self, place: str) -> Reading | None:
        store, fields = store_of(place)
        asked = store.ask_back(self.setting, {**fields, FRESH: str(FRESH_REF)}) if store.ask_back else None
        if asked is None or store.read_back is None:
            return None
        assert not asked.mutates
        return store.read_back(self.send(asked), str(FRESH_REF))


def planned(place: str, calls: tuple[Ask, ...]) -> tuple[Ask, ...]:
    plan = Plan("c", "revoke", "a", (PlanAction("replace", "t", "w", Replace("ci", calls[0], (Put(place, calls),))),))
    again = read(Plan, document(plan))
    assert again.digest == plan.digest
    do = again.actions[0].do
    assert isinstance(do, Replace)
    return do.into[0].calls
