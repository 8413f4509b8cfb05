"""What a provider is: how its credentials look, how to ask whether one lives, how to revoke it, what survives.

A provider describes calls and reads replies; it never sends and never holds a secret. A new one is a file
of some forty lines and a table of cases in `tests/providers/`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from irkit.model import SecretRef, State
from irkit.plan import Ask, HumanTask
from irkit.providers.shape import Shape as Shape


@dataclass(frozen=True)
class Reply:
    """What came back, already redacted. `status` is None when nothing came back; then `sent` says whether the request may have arrived."""

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    body: str = ""
    sent: bool = True
    failure: str = ""  # "timeout", "refused", "tls", ... when status is None
    about: str = ""  # the public identifier the call was about, when the reply is a list to find it in

    def json(self) -> Any:
        """The body as JSON, or None when it is not JSON (an HTML page of a firewall, say)."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):  # brackets without end are no document
            return None

    @property
    def nothing_came(self) -> str:
        """Why there is no status, in words; "" when there is one."""
        if self.status is not None:
            return ""
        return f"no answer ({self.failure}); " + ("the request may have arrived" if self.sent else "nothing was sent")

    @property
    def looks_like_html(self) -> bool:
        return self.body.lstrip()[:15].lower().startswith(("<!doctype", "<html"))


@dataclass(frozen=True)
class Reading:
    """How a reply was read: alive, dead or unknown, and why in words."""

    state: State
    why: str


@dataclass(frozen=True)
class Accepted:
    """How the reply to a revocation was read. `yes` None: it cannot be told. Accepted is not dead."""

    yes: bool | None
    why: str


@dataclass(frozen=True)
class Setting:
    """What the case knows of this provider: the base address, the responder's own credential, and provider-specific values.

    `base` is "" for the provider's public address. `options` are plain, public strings (a user name, a client id).
    """

    base: str = ""
    responder: SecretRef | None = None
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Target:
    """The credential a call is about: `secret` is None when only its public identifier is known.

    A look-alike has `beside`, the public identifier of the one it stands beside: whom it pretends to be, and where.
    """

    secret: SecretRef | None
    shape: str
    public_id: str = ""
    beside: str = ""


@dataclass(frozen=True)
class Step:
    """One mutation of a containment: the call, what it does in words, how to read its reply.

    `ask` may answer with a HumanTask: for this shape, or with what the case knows, a person must do this step.
    `ask_settled` and `read_settled` find out later whether the step took effect, where the standing of the credential
    cannot show it (a key that was deactivated before it was deleted is refused either way). `listed` is the field of the
    body that takes a list of up to `most` credentials: the calls of many are then sent as one, which spares an hourly limit.
    `undo` takes back a step that is not irreversible; its reply is read by `read`, and it took effect when the step no longer does.
    """

    verb: Literal["deactivate", "delete", "revoke"]
    what: str
    ask: Callable[[Setting, Target], Ask | HumanTask]
    read: Callable[[Reply], Accepted]
    irreversible: bool = True
    ask_settled: Callable[[Setting, Target], Ask] | None = None
    read_settled: Callable[[Reply], Accepted] | None = None
    listed: str = ""
    most: int = 1000
    undo: Callable[[Setting, Target], Ask | HumanTask] | None = None


@dataclass(frozen=True)
class Offspring:
    """Something a leaked credential brought into being and that may still live. `ids` are several where one act ends them all
    (the sessions of one role). `owner` is the user, role or repository it belongs to; `made` says when, how and with what;
    `attempt` grows when it was used with success after it had been ended."""

    kind: str
    ids: tuple[str, ...]
    owner: str = ""
    made: str = ""
    attempt: int = 1


@dataclass(frozen=True)
class Offshoots:
    """How what a credential begot is put out of use, kind by kind.

    `ask` answers with a HumanTask where only a person can, or should. `ask_settled` makes, of a call that was announced, the
    question whether it took effect.
    """

    ask: Callable[[Setting, Offspring], Ask | HumanTask]
    read: Callable[[Reply], Accepted]
    ask_settled: Callable[[Setting, Ask], Ask] | None = None
    read_settled: Callable[[Reply], Accepted] | None = None


@dataclass(frozen=True)
class Survivors:
    """One kind of thing that may outlive the revocation: sessions, child tokens, open connections, webhooks.

    `what` names it. `ask` asks whether any lives now (None: nobody can be asked), `read` says ALIVE, DEAD (none lives) or
    UNKNOWN. `close` ends them, whether or not any is known, and may be sent although none is left: a call, a task for a
    person, or None where nothing need be done. `read_closed` reads the reply to it. It is settled by `ask`.
    """

    what: str
    close: Callable[[Setting, Target], Ask | HumanTask | None]
    read_closed: Callable[[Reply], Accepted] | None = None
    ask: Callable[[Setting, Target], Ask | None] | None = None
    read: Callable[[Reply], Reading] | None = None


@dataclass(frozen=True)
class Need:
    """What a replacement must be able to do: its name at the provider, the least scopes, its life (None: the provider's longest).

    `since` is when its making was announced, where that is long past: a provider that gives no names is asked what it made since.
    `others` are public ids that the case knows to be none of it: of the old one, and of what earlier attempts made.
    """

    name: str
    scopes: tuple[str, ...] = ()
    lives: timedelta | None = None
    since: datetime | None = None
    others: tuple[str, ...] = ()

    def made_since(self, told: str) -> bool:
        """Whether a provider's time (ISO 8601) is not before `since`, allowing for five minutes between the clocks."""
        try:
            at = datetime.fromisoformat(told)
        except ValueError:
            return False
        return self.since is not None and at.tzinfo is not None and at >= self.since - timedelta(minutes=5)


@dataclass(frozen=True)
class Made:
    """How the reply to the making of a fresh credential was read. `public_id` is what its provider calls it,
    `log_keys` what logs do, where its value tells. `by_time`: it was found by when it was made, and may be somebody else's."""

    yes: bool | None
    why: str
    public_id: str = ""
    expires: str = ""
    log_keys: tuple[str, ...] = ()
    by_time: bool = False


@dataclass(frozen=True)
class Replacement:
    """How a fresh credential is made, always through the responder's own.

    `secret_of` takes the value out of the reply's JSON inside the network door, the only place where it is seen; None when it
    is not there. `read` reads the same reply with the value hidden. `ask_named` and `read_named` find one by its name (after a kill, say):
    `Made.yes` True with its id when it exists. `ask_undo` removes one whose value was lost. `better` says in a sentence what
    would need no long-lived secret at all. `in_place` says whether the fresh one would end the old one at once, or could not outlive it:
    then nothing can be rotated in quiet. `room` is how many there can be at once; 0: as many as one likes.
    """

    ask: Callable[[Setting, Target, Need], Ask | HumanTask]
    secret_of: Callable[[Any], str | None]
    read: Callable[[Reply], Made]
    better: str = ""
    ask_named: Callable[[Setting, Need], Ask] | None = None
    read_named: Callable[[Reply, Need], Made] | None = None
    ask_undo: Callable[[Setting, str], Ask | HumanTask] | None = None
    in_place: Callable[[Setting, Target, Need], bool] | None = None
    room: int = 0


ABILITIES = ("identify", "verify", "scope", "revoke", "confirm", "survivors", "replace")
"""What a provider's file may be able to do, as the table in the documentation has them."""

UNVERIFIED = "unverified"


@dataclass(frozen=True)
class LookUp:
    """A read-only question whose answer becomes options of the setting (a user name, discovered endpoints).

    `ask` gives None when there is nothing to ask or no need to; `read` gives {} when the reply does not say.
    """

    ask: Callable[[Setting, Target], Ask | None]
    read: Callable[[Setting, Reply], Mapping[str, str]]

    def learned(self, setting: Setting, reply: Reply) -> Setting:
        """The setting with what the reply taught; what the case says itself wins."""
        return replace(setting, options={**self.read(setting, reply), **setting.options})


@dataclass(frozen=True)
class Used:
    """When a credential was last used, as its provider knows (UTC; None: never), and for what, in words."""

    at: datetime | None
    what: str = ""


@dataclass(frozen=True)
class LastUse:
    """The provider's own word on when a credential was last used: it knows of uses that no log shows.

    `ask` gives None when there is nobody to ask; `read` gives None when the reply does not say.
    """

    ask: Callable[[Setting, Target], Ask | None]
    read: Callable[[Reply], Used | None]


@dataclass(frozen=True)
class Provider:
    """Who issued a credential, and what can be asked of them.

    `ask_standing` makes the probe of liveness; with a `control:` reference in `Target.secret` it probes the
    look-alike. It raises NotAvailable for a shape that cannot be asked about, BadInput when the setting lacks
    something. `steps` are the mutations that contain the credential, in order; empty means there is no API and
    `by_hand` says what a person does. `survives` names what outlives the revocation. `propagation` is how long
    the provider documents that a revocation takes to be seen everywhere.

    `proved` says of each of ABILITIES what a test proves it with: "real server: NAME", "contract: DOCUMENT", "offline" (a format
    that is decoded); what is left out is unverified. A test must bear the claim: `@proves(...)` in tests/providers/proofs.py.
    """

    name: str
    title: str
    docs: str
    shapes: tuple[Shape, ...]
    by_hand: HumanTask
    tested: str  # in words: "real server: ...", "contract: ..." or "unverified"
    ask_standing: Callable[[Setting, Target], Ask] | None = None
    read_standing: Callable[[Reply], Reading] | None = None
    steps: tuple[Step, ...] = ()
    survives: tuple[str, ...] = ()
    propagation: timedelta = timedelta(seconds=60)
    describe: Callable[[str], tuple[tuple[str, str], ...]] | None = None
    public_id: Callable[[str], str] | None = None
    log_keys: Callable[[str], tuple[str, ...]] | None = None  # under what names its logs know the value
    secret_parts: Callable[[str], tuple[str, ...]] | None = None  # parts that are secret alone (AWS: the secret key)
    look_up: LookUp | None = None
    offshoots: Offshoots | None = None
    survivors: tuple[Survivors, ...] = ()
    replacement: Replacement | None = None
    last_use: LastUse | None = None
    proved: Mapping[str, str] = field(default_factory=dict)
    read_control: Callable[[Reply], Reading] | None = (
        None  # of the look-alike, where a refusal says more of it than of the leaked one
    )
    tells_scope: bool = False  # the probe's answer, or the value itself, says what the credential may do

    @property
    def abilities(self) -> Mapping[str, bool]:
        """What this file can do at all, tested or not."""
        asks = self.ask_standing is not None
        return {
            "identify": any(not shape.opaque for shape in self.shapes),
            "verify": asks,
            "scope": self.tells_scope or "scope" in self.proved,
            "revoke": bool(self.steps),
            "confirm": asks,
            "survivors": any(one.ask for one in self.survivors),
            "replace": self.replacement is not None,
        }

    def shape_of(self, value: str) -> Shape | None:
        return next((shape for shape in self.shapes if shape.matches(value)), None)

    def shape_named(self, name: str) -> Shape | None:
        return next((shape for shape in self.shapes if shape.name == name), None)
