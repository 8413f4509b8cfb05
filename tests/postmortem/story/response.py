"""The records of chapters 2 and 3: what was planned, approved and carried out, and what was signed again."""

from __future__ import annotations

from datetime import timedelta

from irkit.model import Clock, Kind, Standing, State
from irkit.plan import Action, Approval, Call, Ended, GpgCommand, HumanTask, Outcome, Plan, document
from tests.postmortem.story.exposure import window
from tests.postmortem.story.journal import Journal, instant, sha256
from tests.postmortem.story.people import ALICE, BOB, KEY, NEW, OLD, START, TOKEN


def stand(journal: Journal, minutes: float, moment: str, state: State, why: str) -> None:
    clock = {State.ALIVE: Clock.STILL_ALIVE, State.DEAD: Clock.CONFIRMED_DEAD}.get(state, Clock.JOURNAL)
    reply = journal.keep(
        minutes, {"reply": why, "moment": moment, "at": minutes}, f"reply to the probe ({moment})", "GitHub, GET /user"
    )
    standing = Standing(state, why, instant(minutes, clock, "github answered the probe"), reply)
    journal.add(minutes, Kind.STANDING, {"credential": TOKEN.name, "moment": moment, "standing": document(standing)})


REVOKE = Action("revoke", TOKEN.name, "revoke the token at GitHub",
                Call("POST", "https://api.github.example/credentials/revoke", "nobody", mutates=True))  # fmt: skip
KEYS_PAGE = HumanTask(
    "Review deploy keys", "https://github.example/org/settings/keys", ("list the keys", "delete number 77")
)
BY_HAND = Action("review", TOKEN.name, "review deploy keys made with the token", KEYS_PAGE)
REVOKE_PLAN = Plan("2026-014", "revoke", "alice", (REVOKE, BY_HAND), ("used from an address that is not ours",), 2)
REVOKE_KEY = Action("revoke-key", OLD, "revoke the old signing key", GpgCommand("revoke-key", "/case/gpg", OLD))
RESIGN_PLAN = Plan("2026-014", "resign", "alice", (REVOKE_KEY,), ("a signing subkey leaked in the clear",), 1)


def approve(journal: Journal, minutes: float, plan: Plan, who: str, key: str) -> None:
    approval = Approval(
        plan.digest, key, who, START + timedelta(minutes=minutes), f"I approve {plan.digest}", "(armored signature)"
    )
    journal.add(minutes, Kind.APPROVAL, document(approval), who.split()[0].lower())


def carry_out(journal: Journal, minutes: float, plan: Plan, action: Action, ended: Ended | None, why: str) -> None:
    journal.add(
        minutes, Kind.INTENT, {"plan": plan.digest, "action": action.id, "what": action.what, "target": action.target}
    )
    if ended is not None:
        outcome = Outcome(
            action.id, ended, why, instant(minutes + 1, Clock.REVOKE_SENT, "the responder's clock"), sha256(why)
        )
        body = {"plan": plan.digest, "target": action.target, "what": action.what, "outcome": document(outcome)}
        journal.add(minutes + 1, Kind.OUTCOME, body)


def planned(journal: Journal, minutes: float, plan: Plan) -> None:
    journal.add(minutes, Kind.PLAN, {"name": plan.name, "digest": plan.digest, "plan": document(plan)})


def revoked(journal: Journal) -> None:
    planned(journal, 15, REVOKE_PLAN)
    approve(journal, 19, REVOKE_PLAN, "Alice Example <alice@example.org>", ALICE)
    approve(journal, 21, REVOKE_PLAN, "Bob Example <bob@example.org>", BOB)
    stand(journal, 22, "before", State.ALIVE, "200, it names its owner")
    stand(journal, 22.2, "control", State.DEAD, "401 Bad credentials")
    carry_out(journal, 22.5, REVOKE_PLAN, REVOKE, Ended.DONE, "202 accepted")


def resigned(journal: Journal, hostile: str = "") -> None:
    journal.add(40, Kind.KEY_INSPECTED, {"key": document(KEY)})
    journal.add(41, Kind.WINDOW, {"credential": OLD, "window": document(window(52))})
    names = ["widget-2.1.0.tar.gz", "widget-2.2.0.tar.gz", "widget-2.3.0.tar.gz", "InRelease"]
    artifacts = [{"path": name, "verdict": "unchanged", "why": "the digest of the mirror's list of 2026-02-11", "sha256": f"{number}a" * 32}
                 for number, name in enumerate(names)]  # fmt: skip
    artifacts.append(
        {
            "path": "widget-2.3.1.tar.gz",
            "verdict": "unproven",
            "why": hostile or "no digest from before the exposure",
            "sha256": "9b" * 32,
        }
    )
    journal.add(45, Kind.JUDGED, {"evidence": "", "artifacts": artifacts})
    planned(journal, 46, RESIGN_PLAN)
    approve(journal, 49, RESIGN_PLAN, "Bob Example <bob@example.org>", BOB)
    journal.add(50.5, Kind.KEY_GENERATED, {"primary": NEW, "signing": "1234" * 10, "user_id": "Example Releases <releases@example.org>",
                                         "expires": "2028-05-04T00:00:00Z", "revocation_certificate": sha256("revocation")})  # fmt: skip
    carry_out(journal, 50.8, RESIGN_PLAN, REVOKE_KEY, Ended.DONE, "revocation made and checked")
    journal.add(
        52,
        Kind.KEY_REVOKED,
        {
            "key": OLD,
            "reason": "compromised",
            "on_the_wire": "0x02 key has been compromised",
            "certificate": sha256("old"),
        },
    )
    for number, name in enumerate(names):
        body = {
            "path": name,
            "sha256": f"{number}a" * 32,
            "signature": f"{name}.asc",
            "key": NEW,
            "proven_by": ["gpg", "sequoia"],
        }
        journal.add(55 + number, Kind.RESIGNED, body)
    held = {"path": "widget-2.3.1.tar.gz", "sha256": "9b" * 32, "why": hostile or "no digest from before the exposure"}
    journal.add(60, Kind.QUARANTINED, held | {"kept_at": "quarantine/widget-2.3.1.tar.gz"})
