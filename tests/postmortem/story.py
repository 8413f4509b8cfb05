"""An incident told as journal records: a GitHub token and a release-signing key leaked in one repository. Nothing here is real."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from irkit.model import (
    ApiToken,
    Bound,
    Clock,
    Fingerprint,
    Incident,
    Instant,
    Kind,
    OpenPgpKey,
    OpenPgpSubkey,
    Record,
    SecretRef,
    Standing,
    State,
    Trust,
    Window,
)
from irkit.plan import Action, Approval, Call, Ended, GpgCommand, HumanTask, Outcome, Plan, canonical, document
from irkit.show import Figure, Table

START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
NOW = datetime(2026, 5, 5, 8, 0, tzinfo=UTC)
OLD, NEW, ALICE, BOB = "AB12" * 10, "CD34" * 10, "A11C" * 10, "B0B0" * 10
HOSTILE = "<script>alert(1)</script> \x1b[31m [x](https://evil.example) @everyone \u202e | `"

TOKEN = ApiToken(
    SecretRef("env:LEAKED_TOKEN"), "github", "github_pat", Fingerprint("1f" * 32), facts=(("Checksum", "valid"),)
)
KEY = OpenPgpKey(
    SecretRef("file:leaked-key.asc"),
    OLD,
    Fingerprint("2e" * 32),
    ("Example Releases <releases@example.org>",),
    (
        OpenPgpSubkey(OLD, "ed25519", "2023-01-10T00:00:00Z", "stub", True, ("certify",)),
        OpenPgpSubkey("EF56" * 10, "ed25519", "2023-01-10T00:00:00Z", "cleartext", False, ("sign",)),
    ),
)


def sha256(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def instant(minutes: float, clock: Clock, source: str, trust: Trust = Trust.OURS) -> Instant:
    return Instant(START + timedelta(minutes=minutes), clock, source, trust)


class Journal:
    """Writes records as the case does: in order, chained, at the minute given."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.kept: dict[str, Any] = {}

    def add(self, minutes: float, kind: Kind, body: Mapping[str, Any], actor: str = "alice") -> Record:
        seq, previous = len(self.records) + 1, self.records[-1].digest if self.records else "0" * 64
        digest = hashlib.sha256(previous.encode() + canonical(dict(body))).hexdigest()
        self.records.append(Record(seq, START + timedelta(minutes=minutes), kind, actor, body, previous, digest))
        return self.records[-1]

    def keep(self, minutes: float, plain: Any, what: str, source: str) -> str:
        digest = "sha256:" + hashlib.sha256(canonical(plain)).hexdigest()
        self.kept[digest] = plain
        self.add(
            minutes, Kind.EVIDENCE, {"digest": digest, "what": what, "source": source, "bytes": len(canonical(plain))}
        )
        return digest

    def load(self, digest: str) -> Any:
        return self.kept[digest]


def opened(*credentials: ApiToken | OpenPgpKey, aware: bool = True) -> Journal:
    journal = Journal()
    known = Instant(START - timedelta(minutes=14), Clock.AWARE, "mail of a researcher", Trust.STATED) if aware else None
    incident = Incident(
        "2026-014", "Release credentials in a public commit", credentials or (TOKEN,),
        instant(0, Clock.JOURNAL, "the responder's clock"), known, "alice",
    )  # fmt: skip
    journal.add(0, Kind.CASE_OPENED, document(incident))
    return journal


def window(closed: float | None) -> Window:
    commit = Instant(
        START - timedelta(days=41), Clock.ISSUED, "the provider's record of when it was issued", Trust.INDEPENDENT
    )
    push = Instant(
        START - timedelta(days=39, hours=4), Clock.PUSH, "push record of the repository's host", Trust.INDEPENDENT
    )
    end = Bound()
    if closed is not None:
        end = Bound(
            instant(closed - 6, Clock.STILL_ALIVE, "it answered the probe"),
            instant(closed, Clock.CONFIRMED_DEAD, "the provider refused it"),
            ("alive when last asked before the revocation, refused after it",),
        )
    narrow = ("the host's push log before that date", "logs of the build server")
    why = ("it cannot have leaked before it was issued", "the push record shows it public by then")
    return Window(
        Bound(commit, push, (*why, "commit dates were not used: whoever commits can choose them")), end, narrow
    )


def located(journal: Journal, minutes: float) -> None:
    mark = {"commit": "9f1c" * 10, "author_time": "2026-03-25T22:10:00Z", "commit_time": "2026-03-25T22:14:00Z"}
    gone = {"commit": "77aa" * 10, "author_time": "2026-03-28T08:00:00Z", "commit_time": "2026-03-28T08:00:00Z"}
    git = {
        "repository": "widget.git",
        "blob": "0a" * 20,
        "reachable": True,
        "commits": 12,
        "added": [mark],
        "removed": [gone],
    }
    path = "ci/release.env"
    found = [
        {
            "place": "git",
            "path": path,
            "line": 3,
            "offset": 118,
            "form": "raw",
            "live": False,
            **git,
            "tags": ["v2.3.0"],
        },
        {
            "place": "archive",
            "path": f"dist/widget.tar.gz!{path}",
            "line": 3,
            "offset": 118,
            "form": "raw",
            "live": True,
        },
        {
            "place": "file",
            "path": "notebooks/debug.ipynb",
            "line": None,
            "offset": 20411,
            "form": "base64",
            "live": True,
        },
    ]
    skipped = [{"what": "backup/2026-03.tar.gz", "why": "the gzip stream ends early"}]
    plain = {"credential": {"fingerprint": TOKEN.name}, "occurrences": found, "skipped": skipped}
    digest = journal.keep(minutes, plain, "occurrences", "widget.git, dist/, notebooks/")
    journal.add(
        minutes, Kind.LOCATED, {"evidence": digest, "occurrences": 3, "live": 2, "skipped": 1, "paths": ["widget.git"]}
    )


def used(journal: Journal, minutes: float, credential: str = TOKEN.name, hostile: str = "") -> None:
    by_key = {
        "events": 214, "duplicates": 3, "first": "2026-03-27T03:12:44Z", "last": "2026-05-04T08:41:02Z",
        "addresses": {"198.51.100.23": 181, "203.0.113.9": 30, "192.0.2.200": 3}, "agents": {hostile or "curl/8.5": 181, "octokit": 33},
        "regions": {}, "actions": {"git:clone": 150, "repo:download_zip": 52, "org:list_members": 12}, "errors": {"403": 9}, "writes": 2,
    }  # fmt: skip
    derived = [{**by_key, "key": "installation-8841", "parent": credential, "events": 4, "duplicates": 0, "writes": 0}]
    findings = [
        {"what": "new address outside the usual ranges", "address": "198.51.100.23"},
        {"what": "clone of 31 repositories in one night"},
    ]
    plain = {
        "credential": {"name": credential}, "by_key": by_key, "derived": derived, "created": ["deploy key 77"], "mentions": 6,
        "findings": findings, "skipped": [{"what": "audit-2026-04-11.jsonl.gz", "why": "line 88 is not JSON"}],
    }  # fmt: skip
    digest = journal.keep(minutes, plain, "usage", "organisation audit log, 2026-03-01 to 2026-05-04")
    journal.add(
        minutes, Kind.USAGE_READ, {"credential": credential, "evidence": digest, "summary": by_key, "skipped": 1}
    )


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


def whole(hostile: str = "") -> Journal:
    """From the researcher's mail to the last signature."""
    journal = opened(TOKEN, KEY)
    journal.add(
        1,
        Kind.STEP_STARTED,
        {"playbook": "token-and-key", "step": "exposure", "notebook": "01_exposure.ipynb", "parameters": {}},
    )
    located(journal, 4)
    used(journal, 9, hostile=hostile)
    journal.add(10, Kind.WINDOW, {"credential": TOKEN.name, "window": document(window(None))})
    journal.add(
        11,
        Kind.STEP_ENDED,
        {"playbook": "token-and-key", "step": "exposure", "ended": "done", "why": "", "exit_code": 0},
    )
    revoked(journal)
    stand(journal, 26, "after", State.ALIVE, "200, not yet spread")
    for minute in (26.5, 27, 27.5):
        stand(journal, minute, "after", State.ALIVE, "200, not yet spread")
    stand(journal, 28, "after", State.DEAD, "401 Bad credentials")
    journal.add(
        28.1,
        Kind.VERDICT,
        {
            "credential": TOKEN.name,
            "verdict": "dead",
            "why": "alive before, dead after, and the look-alike answers the same",
        },
    )
    journal.add(29, Kind.WINDOW, {"credential": TOKEN.name, "window": document(window(28))})
    journal.add(
        34,
        Kind.HUMAN_DONE,
        {"plan": REVOKE_PLAN.digest, "action": BY_HAND.id, "who": "bob", "text": "deploy key 77 deleted"},
        "bob",
    )
    resigned(journal, hostile)
    journal.add(100, Kind.NOTE, {"section": "severity", "text": "SEV-2"})
    journal.add(
        101, Kind.NOTE, {"section": "lessons", "text": f"Two approvers were awake at the same time by luck. {hostile}"}
    )
    journal.add(
        102, Kind.NOTE, {"section": "detection", "text": "A researcher wrote to us. The scanner should have found it."}
    )
    journal.add(110, Kind.EXPORTED, {"path": "postmortem.html", "sha256": "5e" * 32})
    return journal


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


def accepted_but_alive() -> Journal:
    """The provider said yes, and the token still answers."""
    journal = opened(TOKEN)
    journal.add(10, Kind.WINDOW, {"credential": TOKEN.name, "window": document(window(None))})
    revoked(journal)
    stand(journal, 26, "after", State.ALIVE, "200, it names its owner")
    journal.add(
        40, Kind.VERDICT, {"credential": TOKEN.name, "verdict": "not dead", "why": "it still answered after 15 min"}
    )
    return journal


def outcome_unknown() -> Journal:
    """irkit was stopped after it sent the revocation, and the provider cannot be reached."""
    journal = opened(TOKEN, aware=False)
    planned(journal, 15, REVOKE_PLAN)
    carry_out(journal, 22, REVOKE_PLAN, REVOKE, None, "")
    stand(journal, 26, "after", State.UNKNOWN, "it could not be asked: the host does not answer")
    journal.add(
        27, Kind.VERDICT, {"credential": TOKEN.name, "verdict": "inconclusive", "why": "no answer after the revocation"}
    )
    return journal


def drawing() -> Figure:
    """A window as matplotlib draws it."""
    import matplotlib as mpl
    from matplotlib.figure import Figure as Drawing

    with mpl.rc_context({"svg.fonttype": "none"}):
        picture = Drawing(figsize=(9, 2.2))
        axes = picture.subplots()
        axes.broken_barh([(0, 41)], (0.1, 0.8), color="#f0c04a", hatch="//", label="perhaps exposed")
        axes.broken_barh([(2, 39)], (0.1, 0.8), color="#a33b00", label="surely exposed")
        axes.set_xlabel("days since issue")
        axes.set_yticks([])
        axes.legend(loc="upper left")
        out = io.StringIO()
        picture.savefig(out, format="svg")
    data = Table(
        ("End", "Time (UTC)"), (("opened, not before", START - timedelta(days=41)), ("closed, not after", START))
    )
    return Figure(out.getvalue(), "Surely exposed for 39 days, perhaps for 41", "Exposure window of the token", data)
