"""The rules of chapter 2 as tables: which plan, which verdict, how an unsettled action is settled."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from irkit.errors import BadInput
from irkit.model import ApiToken, Clock, Fingerprint, Instant, Secret, SecretRef, Standing, State, Trust
from irkit.plan import AwsCall, Call, Ended, HumanTask, Plan, canonical, document, read
from irkit.providers import PROVIDERS
from irkit.providers.interface import Reading, Setting
from irkit.revoke import (
    KILLS,
    Facts,
    Outliving,
    Verdict,
    after_unknown,
    containment,
    control_of,
    plan_revocation,
    proof_of_death,
    target_of,
)

A, D, U, N = State.ALIVE, State.DEAD, State.UNKNOWN, None
AT = Instant(datetime(2026, 3, 1, 12, tzinfo=UTC), Clock.JOURNAL, "the test", Trust.OURS)


def said(state: State | None) -> Standing | None:
    return Standing(state, f"said {state}", AT) if state else None


# before, control, after -> verdict, a word of the reason
PROOFS = [
    (A, D, [D], "dead", "alive before"),
    (A, D, [A, D], "dead", "alive before"),
    (A, D, [U, D], "dead", "alive before"),
    (A, D, [D, U, D], "dead", "alive before"),
    (A, D, [D, A, D], "inconclusive", "dead, then alive, then dead"),
    (A, D, [D, A, U, D], "inconclusive", "dead, then alive, then dead"),
    (A, D, [D, A, D, D], "dead", "alive before"),
    (A, D, [A], "not dead", "still works"),
    (A, D, [D, A], "not dead", "still works"),
    (A, D, [U], "inconclusive", "cannot be read"),
    (A, D, [D, U], "inconclusive", "cannot be read"),
    (A, D, [], "inconclusive", "not asked about since"),
    (A, A, [D], "inconclusive", "proves nothing"),
    (A, A, [A], "inconclusive", "proves nothing"),
    (A, A, [U], "inconclusive", "proves nothing"),
    (A, U, [D], "inconclusive", "look-alike's answer"),
    (A, U, [A], "not dead", "still works"),
    (A, U, [U], "inconclusive", "cannot be read"),
    (A, N, [D], "inconclusive", "no look-alike was asked"),
    (A, N, [A], "not dead", "still works"),
    (U, D, [D], "inconclusive", "never seen to work"),
    (U, D, [A], "not dead", "still works"),
    (U, D, [U], "inconclusive", "cannot be read"),
    (U, A, [D], "inconclusive", "proves nothing"),
    (U, U, [D], "inconclusive", "look-alike's answer"),
    (U, N, [D], "inconclusive", "no look-alike was asked"),
    (D, D, [D], "inconclusive", "refused before anything was done"),
    (D, D, [A], "not dead", "still works"),
    (D, A, [D], "inconclusive", "proves nothing"),
    (D, U, [D], "inconclusive", "look-alike's answer"),
    (D, N, [D], "inconclusive", "no look-alike was asked"),
    (N, D, [D], "inconclusive", "never asked about"),
    (N, D, [A], "not dead", "still works"),
    (N, A, [D], "inconclusive", "proves nothing"),
    (N, U, [D], "inconclusive", "look-alike's answer"),
    (N, N, [D], "inconclusive", "no look-alike was asked"),
    (N, N, [], "inconclusive", "not asked about since"),
]


@pytest.mark.parametrize(("before", "control", "after", "verdict", "why"), PROOFS)
def test_a_death_is_proved_only_so(
    before: State | None, control: State | None, after: list[State], verdict: str, why: str
) -> None:
    answer = proof_of_death(said(before), said(control), [one for state in after if (one := said(state))])
    assert answer.verdict == verdict
    assert why in answer.why


def test_a_verdict_of_dead_needs_the_look_alike_refused_whatever_else_is_said() -> None:
    states = (A, D, U, N)
    for before in states:
        for control in states:
            for last in states:
                for first in states:
                    after = [one for state in (first, last) if (one := said(state))]
                    answer = proof_of_death(said(before), said(control), after, living=said(A))
                    if answer.verdict == "dead":
                        assert control is D
                        assert after[-1].state is D
                    if after and after[-1].state is A and control is not A:
                        assert answer.verdict == "not dead"


@pytest.mark.parametrize(
    ("before", "living", "verdict"),
    [
        (D, A, "dead"),
        (N, A, "dead"),
        (U, A, "dead"),
        (D, D, "inconclusive"),
        (N, U, "inconclusive"),
        (U, U, "inconclusive"),
    ],
)
def test_a_living_token_of_the_same_kind_stands_in_for_one_never_seen_alive(
    before: State | None, living: State, verdict: str
) -> None:
    control = Reading(State.DEAD, "401")
    assert proof_of_death(said(before), control, [Reading(State.DEAD, "401")], living=said(living)).verdict == verdict


@pytest.mark.parametrize(("now", "verdict"), [(D, "inconclusive"), (A, "dead"), (U, "dead"), (N, "dead")])
def test_a_probe_that_has_come_to_refuse_everything_proves_no_death(now: State | None, verdict: str) -> None:
    refused = Reading(State.DEAD, "401")
    found = proof_of_death(said(A), refused, [refused], living=said(A), living_now=said(now))
    assert found.verdict == verdict
    assert ("refuses everything" in found.why) is (verdict == "inconclusive")


SETTLED = [
    (D, False, Ended.DONE, "is dead"),
    (A, False, Ended.FAILED, "no effect"),
    (U, False, Ended.UNKNOWN, "cannot be told"),
    (D, True, Ended.UNKNOWN, "dead before this step"),
    (A, True, Ended.FAILED, "no effect"),
    (U, True, Ended.UNKNOWN, "cannot be told"),
]


@pytest.mark.parametrize(("state", "was_dead", "ended", "why"), SETTLED)
def test_an_action_without_an_outcome_is_settled_by_asking(
    state: State, was_dead: bool, ended: Ended, why: str
) -> None:
    answer = after_unknown(Reading(state, "as read"), was_dead_already=was_dead)
    assert answer[0] is ended
    assert why in answer[1]


KEY = bytes(32)


def token(provider: str, shape: str, public_id: str = "", ref: str = "env:TOKEN") -> ApiToken:
    return ApiToken(SecretRef(ref), provider, shape, Fingerprint.of(Secret("visibly-fake"), KEY), public_id)


AKIA = "AKIAQVISIBLYFAKE0000"
RESPONDER = SecretRef("env:ADMIN")
OAUTH = {"revocation_endpoint": "https://id.example.org/revoke"}

# credential, setting -> verb, identity, what it does; in order
PLANS = {
    "github token": (
        token("github", "ghp"),
        Setting(),
        [("revoke", "nobody", "POST https://api.github.com/credentials/revoke")],
    ),
    "github token, responder known": (
        token("github", "ghp"),
        Setting(responder=RESPONDER),
        [("revoke", "nobody", "POST https://api.github.com/credentials/revoke")],
    ),
    "github token of an own server": (
        token("github", "github_pat"),
        Setting("https://git.example.org/api/v3/", RESPONDER),
        [("revoke", "responder", "POST https://git.example.org/api/v3/credentials/revoke")],
    ),
    "github installation token": (
        token("github", "ghs"),
        Setting(),
        [("revoke", "leaked", "DELETE https://api.github.com/installation/token")],
    ),
    "aws key, responder and user known": (
        token("aws", "access-key", AKIA),
        Setting(responder=RESPONDER, options={"user": "ci"}),
        [
            ("deactivate", "responder", f"aws iam UpdateAccessKey AccessKeyId={AKIA} Status=Inactive UserName=ci"),
            ("delete", "responder", f"aws iam DeleteAccessKey AccessKeyId={AKIA} UserName=ci"),
        ],
    ),
    "aws key, nobody else can act": (
        token("aws", "access-key", AKIA),
        Setting(),
        [
            ("deactivate", "leaked", f"aws iam UpdateAccessKey AccessKeyId={AKIA} Status=Inactive"),
            ("by-hand", "", "by hand: Deactivate, then delete"),
        ],
    ),
    "aws key id alone, user known": (
        token("aws", "access-key-id", AKIA, f"id:{AKIA}"),
        Setting(options={"user": "ci"}),
        [
            ("deactivate", "responder", f"aws iam UpdateAccessKey AccessKeyId={AKIA} Status=Inactive UserName=ci"),
            ("delete", "responder", f"aws iam DeleteAccessKey AccessKeyId={AKIA} UserName=ci"),
        ],
    ),
    "aws temporary key": (
        token("aws", "temporary-key", "ASIAQVISIBLYFAKE0000"),
        Setting(),
        [("by-hand", "", "by hand: End the sessions")],
    ),
    "oauth2 token": (
        token("oauth2", "opaque"),
        Setting(responder=RESPONDER, options=OAUTH),
        [("revoke", "responder", "POST https://id.example.org/revoke")],
    ),
    "oauth2 token, no endpoint": (
        token("oauth2", "opaque"),
        Setting("https://id.example.org"),
        [("by-hand", "", "by hand: Revoke the token at its authorization server at https://id.example.org")],
    ),
    "index token": (
        token("pypi", "pypi-token", "1234"),
        Setting("https://index.example.org/manage"),
        [
            (
                "by-hand",
                "",
                "by hand: Remove the API token in the index's account settings at https://index.example.org/manage",
            )
        ],
    ),
    "unknown issuer": (token("unknown", "unknown"), Setting(), [("by-hand", "", "by hand: Find out who issued")]),
}


def plan(case: str, **more: object) -> Plan:
    credential, setting, _ = PLANS[case]
    return plan_revocation("case-1", "alice", credential, PROVIDERS.get(credential.provider), setting, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("case", PLANS)
def test_a_plan_says_exactly_what_will_be_done(case: str) -> None:
    made = plan(case)
    credential, _, expected = PLANS[case]
    killing = [action for action in made.actions if action.verb in KILLS]
    assert [action.verb for action in killing] == [verb for verb, _, _ in expected]
    for action, (_, identity, summary) in zip(killing, expected, strict=True):
        assert action.do.summary().startswith(summary)
        assert action.target == credential.name
        if isinstance(action.do, Call | AwsCall):
            assert action.do.identity == identity
            assert action.do.mutates
        else:
            assert isinstance(action.do, HumanTask)
            assert action.do.steps


@pytest.mark.parametrize("case", PLANS)
def test_a_plan_survives_being_written_down_and_the_same_facts_give_the_same_digest(case: str) -> None:
    made = plan(case)
    assert read(Plan, document(made)) == made
    assert plan(case).digest == made.digest
    assert plan(case, attempt=2).digest != made.digest
    assert b"visibly-fake" not in canonical(made)


ORDERS = {
    "no log was read": (Facts(None, ("the deploy job",)), "Contain", "no log of its use was read"),
    "strangers use it": (
        Facts(("two addresses nobody knows", "a new user was made"), ("the deploy job",)),
        "Contain",
        "two addresses nobody knows (and 1 more",
    ),
    "the logs do not tell": (
        Facts((), ("the deploy job",), gaps="2 of their inputs could not be read"),
        "Contain",
        "that is no answer: 2 of their inputs",
    ),
    "nobody looked for consumers": (Facts(()), "Contain", "irkit consumers"),
    "nobody needs it": (Facts((), ()), "Contain", "nothing breaks"),
    "consumers would break": (Facts((), ("the deploy job",)), "Replace", "stays exposed"),
    "somebody uses it, and no log shows it": (
        Facts((), ("the deploy job",), in_use=True),
        "Contain",
        "whatever the logs show",
    ),
}


@pytest.mark.parametrize("case", ORDERS)
def test_a_plan_says_whether_to_contain_or_to_replace_first_and_why(case: str) -> None:
    facts, first, why = ORDERS[case]
    said = plan("github token", facts=facts).reasons[0]
    assert said.startswith(first)
    assert why in said


def test_replacing_first_switches_the_consumers_over_before_anything_dies_and_watches_before_what_cannot_be_undone() -> (
    None
):
    made = plan("aws key, responder and user known", facts=Facts((), ("the deploy job", "the backup job")))
    assert [action.verb for action in made.actions] == ["replace", "switch", "deactivate", "observe", "delete", "close"]
    assert [action.gate for action in made.actions] == [True, True, False, True, False, False]
    switch = made.actions[1].do
    assert isinstance(switch, HumanTask)
    assert switch.steps == ("the deploy job", "the backup job")


def test_who_used_it_only_since_it_was_exposed_is_named_and_gets_no_fresh_one() -> None:
    facts = Facts(("a stranger",), ("the deploy job",), newcomers=("Boto3 at 203.0.113.66",))
    made = plan("aws key, responder and user known", facts=facts)
    (switch,) = [action.do for action in made.actions if action.verb == "switch"]
    assert isinstance(switch, HumanTask)
    assert switch.steps == ("the deploy job",)
    assert any("taken for the intruder" in reason and "203.0.113.66" in reason for reason in made.reasons)
    alone = plan(
        "aws key, responder and user known", facts=Facts(("a stranger",), (), newcomers=("Boto3 at 203.0.113.66",))
    )
    assert not {"replace", "switch"} & {action.verb for action in alone.actions}


def test_containing_first_waits_for_nobody() -> None:
    made = plan("aws key, responder and user known", facts=Facts(("a stranger",), ("the deploy job",)))
    assert [action.verb for action in made.actions] == ["deactivate", "delete", "close", "replace", "switch"]
    assert not any(action.gate for action in made.actions)


def test_a_persons_word_is_told_as_one() -> None:
    word = Outliving("webhooks", Reading(D, "a person looked"), word=True)
    found = containment(Verdict("dead", "why"), [word], [])
    assert found.yes is True
    assert "on a person's word: webhooks" in " ".join(found.why)


CONTAINMENTS = {
    "dead, nothing left": ("dead", [], [], True, "nothing alive is known"),
    "dead, a session lives": ("dead", [("sessions", A)], [], False, "sessions live on"),
    "dead, a key was left behind": ("dead", [("sessions", D)], ["Deactivate the access-key X"], False, "not yet ended"),
    "dead, nobody could be asked": ("dead", [("sessions", U)], [], None, "could not be asked: sessions"),
    "dead, nobody could be asked, and a key lives": (
        "dead",
        [("sessions", U), ("keys", A)],
        [],
        False,
        "could not be asked: sessions",
    ),
    "not dead": ("not dead", [], [], False, "why"),
    "inconclusive": ("inconclusive", [], [], None, "why"),
}


@pytest.mark.parametrize("case", CONTAINMENTS)
def test_contained_means_that_nothing_alive_is_known(case: str) -> None:
    verdict, survivors, left, contained, why = CONTAINMENTS[case]
    found = containment(
        Verdict(verdict, "why"),
        [Outliving(what, Reading(state, "said")) for what, state in survivors],
        left,  # type: ignore[arg-type]
    )
    assert found.yes is contained
    assert why in " ".join(found.why)


def test_what_it_begot_is_not_nothing_where_no_log_was_read() -> None:
    found = containment(
        Verdict("dead", "why"), [Outliving("sessions", Reading(D, "none"))], [], ["what it begot: no log"]
    )
    assert found.yes is None
    assert "what it begot: no log" in found.why


def test_a_plan_says_what_survives_and_how_its_provider_was_tested() -> None:
    reasons = " ".join(plan("aws key, responder and user known").reasons)
    assert "AWSRevokeOlderSessions" in reasons
    assert "moto" in reasons
    assert "cannot be undone: delete" in reasons
    assert "unverified" in " ".join(plan("index token").reasons)


def test_a_responder_must_name_the_user_of_another_ones_key() -> None:
    with pytest.raises(BadInput, match=r"IAM user.*case\.toml"):
        plan_revocation(
            "case-1", "alice", token("aws", "access-key", AKIA), PROVIDERS["aws"], Setting(responder=RESPONDER)
        )


def test_the_control_is_a_look_alike_of_the_same_shape() -> None:
    target = target_of(token("github", "ghp"))
    control = control_of(PROVIDERS["github"], target)
    assert control is not None
    assert str(control.secret) == "control:github/ghp"
    assert control.shape == "ghp"
    assert target_of(token("aws", "access-key-id", AKIA, f"id:{AKIA}")).secret is None
    assert control_of(PROVIDERS["aws"], target_of(token("aws", "temporary-key-id", "ASIA", "id:ASIA"))) is None
