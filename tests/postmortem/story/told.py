"""Three incidents from their first record to the last: one that ends well and two that do not."""

from __future__ import annotations

from irkit.model import Kind, State
from irkit.plan import document
from tests.postmortem.story.exposure import located, used, window
from tests.postmortem.story.journal import Journal, opened
from tests.postmortem.story.people import KEY, TOKEN
from tests.postmortem.story.response import BY_HAND, REVOKE, REVOKE_PLAN, carry_out, planned, resigned, revoked, stand


def whole(hostile: str = "") -> Journal:
    """From the researcher's mail to the last signature."""
    journal = opened(TOKEN, KEY)
    journal.add(
        1,
        Kind.STEP_STARTED,
        {
            "playbook": "token-and-key",
            "step": "exposure",
            "notebook": "01_exposure.ipynb",
            "parameters": {},
            "playbook_sha256": "7c" * 32,
            "extends": [{"name": "shared/leak", "sha256": "6b" * 32}],
            "notebook_sha256": "8d" * 32,
            "csf": ["RS.AN-03", "DE.AE-02"],
            "attack": [],
            "versions": {"python": "3.11.7", "irkit": "0.0.9", "gpg": "2.2.40"},
        },
    )
    located(journal, 4)
    used(journal, 9, hostile=hostile)
    journal.add(10, Kind.WINDOW, {"credential": TOKEN.name, "window": document(window(None))})
    journal.add(
        11,
        Kind.STEP_ENDED,
        {
            "playbook": "token-and-key",
            "step": "exposure",
            "ended": "done",
            "why": "",
            "exit_code": 0,
            "executed": "notebooks/01_exposure.ipynb",
            "executed_sha256": "9e" * 32,
        },
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
