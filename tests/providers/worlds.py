"""What the tests of a whole death share: a door over values held by the test, and the provider's questions asked through it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from irkit.model import Secret, SecretRef, State
from irkit.network import Door
from irkit.plan import HumanTask
from irkit.providers.interface import Accepted, Made, Need, Provider, Reading, Reply, Setting, Survivors, Target
from irkit.redact import Redactor
from irkit.revoke import control_of, proof_of_death
from irkit.stores import resolve


@dataclass
class World:
    provider: Provider
    setting: Setting
    target: Target
    values: dict[str, str] = field(default_factory=dict)

    def resolve(self, ref: SecretRef) -> Secret:
        return Secret(self.values[str(ref)]) if str(ref) in self.values else resolve(ref)

    @property
    def door(self) -> Door:
        return Door(self.resolve, Redactor(), 10)

    def with_options(self, **options: str) -> World:
        return replace(self, setting=replace(self.setting, options={**self.setting.options, **options}))

    def standing(self, target: Target | None = None) -> Reading:
        assert self.provider.ask_standing is not None
        assert self.provider.read_standing is not None
        return self.provider.read_standing(
            self.door.send(self.provider.ask_standing(self.setting, target or self.target))
        )

    def control(self) -> Reading:
        look_alike = control_of(self.provider, self.target)
        assert look_alike is not None
        return self.standing(look_alike)

    def reply_to(self, step: int) -> Reply:
        call = self.provider.steps[step].ask(self.setting, self.target)
        assert not isinstance(call, HumanTask)
        assert (call.mutates, call.identity) == (True, "responder")
        return self.door.send(call)

    def step(self, step: int) -> Accepted:
        return self.provider.steps[step].read(self.reply_to(step))

    def settled(self, step: int) -> Accepted:
        one = self.provider.steps[step]
        assert one.ask_settled is not None
        assert one.read_settled is not None
        return one.read_settled(self.door.send(one.ask_settled(self.setting, self.target)))

    @property
    def survivor(self) -> Survivors:
        return self.provider.survivors[0]

    def surviving(self) -> Reading:
        assert self.survivor.ask is not None
        assert self.survivor.read is not None
        call = self.survivor.ask(self.setting, self.target)
        assert call is not None
        return self.survivor.read(self.door.send(call))

    def close(self) -> Accepted:
        call = self.survivor.close(self.setting, self.target)
        assert call is not None
        assert not isinstance(call, HumanTask)
        assert self.survivor.read_closed is not None
        return self.survivor.read_closed(self.door.send(call))

    def replaced(self, need: Need) -> tuple[Made, Secret | None, Reply]:
        replacement = self.provider.replacement
        assert replacement is not None
        call = replacement.ask(self.setting, self.target, need)
        assert not isinstance(call, HumanTask)
        reply, secret = self.door.mint(call, replacement.secret_of)
        return replacement.read(reply), secret, reply

    def dies_by(self, *steps: int) -> str:
        """Asked before, with the look-alike, and after the steps: the verdict."""
        before, control = self.standing(), self.control()
        assert (before.state, control.state) == (State.ALIVE, State.DEAD), (before, control)
        for step in steps:
            accepted = self.step(step)
            assert accepted.yes is True, accepted
        return proof_of_death(before, control, [self.standing()]).verdict
