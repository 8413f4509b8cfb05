"""The plan: revoke, make, sign what is proven, set aside the rest of what the key signed, leave what it never signed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from irkit.model import Artifact, SecretRef
from irkit.plan import GpgCommand, HumanTask, Plan, document, read
from irkit.resign import Judged, Judgement, plan_resign
from tests.resign.test_judging import EVIL, KEY, OLD, STRANGER, SUB, A, S, T, U, artifact

NEW = "New Releases <releases@example.test>"


def planned(*judged: Judged, **other: object) -> Plan:
    choices = {
        "old_home": "/homes/old",
        "new_home": "/homes/new",
        "user_id": NEW,
        "folder": "release",
        "quarantine": "case/quarantine",
    }
    return plan_resign("2026-014", "alice", KEY, judged, **(choices | other))  # type: ignore[arg-type]


def command(plan: Plan, verb: str) -> GpgCommand:
    (found,) = [action.do for action in plan.actions if action.verb == verb]
    assert isinstance(found, GpgCommand)
    return found


# judgement, issuer of the signature (None: no signature) -> what the plan does with it
FATES = [
    (T, SUB, "sign-detached"),
    (T, OLD[-16:], "sign-detached"),
    (T, STRANGER, None),
    (T, None, None),
    (U, SUB, "quarantine"),
    (U, STRANGER, None),
    (U, None, None),
    (S, SUB, "quarantine"),
    (S, None, "quarantine"),
    (S, STRANGER, "quarantine"),
    (A, SUB, "quarantine"),
    (A, None, "quarantine"),
]


@pytest.mark.parametrize(("judgement", "issuer", "verb"), FATES)
def test_what_becomes_of_an_artifact(judgement: Judgement, issuer: str | None, verb: str | None) -> None:
    plan = planned(Judged(artifact(issuer=issuer), judgement, "because"))
    assert [action.verb for action in plan.actions[2:]] == ([verb] if verb else [])
    assert any("app.tar" in reason for reason in plan.reasons) is (verb is None)


def test_the_old_key_is_revoked_and_the_new_one_made_before_anything_is_signed() -> None:
    plan = planned(
        Judged(artifact(), T, "because"), old_passphrase=SecretRef("env:OLD"), new_passphrase=SecretRef("prompt:new")
    )
    assert [action.verb for action in plan.actions] == ["revoke-key", "generate-key", "sign-detached"]
    revoke, make, sign = (action.do for action in plan.actions)
    assert isinstance(revoke, GpgCommand)
    assert isinstance(make, GpgCommand)
    assert isinstance(sign, GpgCommand)
    assert (revoke.home, revoke.key, revoke.passphrase) == ("/homes/old", OLD, SecretRef("env:OLD"))
    assert (make.home, make.argument("user_id"), make.argument("other_than")) == ("/homes/new", NEW, OLD)
    assert sign.key == ""
    assert (sign.argument("artifact"), sign.argument("sha256"), sign.argument("signature")) == (
        "app.tar",
        "aa" * 32,
        "app.tar.asc",
    )
    assert [action.irreversible for action in plan.actions] == [True, False, False]


def test_the_same_input_in_any_order_gives_the_same_digest() -> None:
    judged = [Judged(artifact(f"{number}.tar"), (T, U, A)[number % 3], "because") for number in range(9)]
    digest = planned(*judged).digest
    for order in (judged[::-1], judged[4:] + judged[:4]):
        assert planned(*order).digest == digest
    assert planned(*judged, attempt=2).digest != digest


def test_a_plan_survives_being_written_down() -> None:
    plan = planned(Judged(artifact(), T, "because"), Judged(artifact("b.tar", EVIL), A, "because"))
    assert read(Plan, document(plan)) == plan


def test_judgements_survive_being_written_down() -> None:
    judged = Judged(artifact(), T, "because")
    assert read(Judged, document(judged)) == judged


def test_an_artifact_goes_aside_with_all_its_signatures() -> None:
    rows = [
        Judged(replace(artifact(sha256=EVIL), signature_path=name), A, "because")
        for name in ("app.tar.asc", "app.tar.sig")
    ]
    do = command(planned(*rows), "quarantine")
    assert [value for name, value in do.arguments if name == "signature"] == ["app.tar.asc", "app.tar.sig"]
    assert do.argument("why") == "altered: because"


def test_each_signature_of_an_artifact_is_made_anew() -> None:
    rows = [Judged(replace(artifact(), signature_path=name), T, "because") for name in ("app.tar.asc", "app.tar.sig")]
    made = [
        action.do.argument("signature")
        for action in planned(*rows).actions
        if isinstance(action.do, GpgCommand) and action.verb == "sign-detached"
    ]
    assert made == ["app.tar.asc", "app.tar.sig"]


def test_a_signature_kept_from_an_earlier_run_is_not_signed_over() -> None:
    kept = Judged(replace(artifact(), signature_path=f"app.tar.{OLD[-16:]}.asc"), T, "because")
    fresh = Judged(artifact(issuer=STRANGER), T, "because")
    assert [action.verb for action in planned(kept, fresh).actions] == ["revoke-key", "generate-key"]


def test_a_clear_signed_text_is_for_a_person_to_sign() -> None:
    row = Artifact("InRelease", "aa" * 32, "InRelease", SUB, None, "not verified", "clearsigned")
    assert isinstance(planned(Judged(row, T, "because")).actions[-1].do, HumanTask)


def test_both_public_keys_are_written_when_there_is_a_place_for_them() -> None:
    written = [action.do for action in planned(publish="site/keys").actions if action.verb == "export-public"]
    assert [do.argument("out") for do in written if isinstance(do, GpgCommand)] == [
        f"site/keys/{OLD}.asc",
        "site/keys/new-key.asc",
    ]


@pytest.mark.parametrize(
    ("secret", "says"), [("cleartext", "The primary's secret part leaked"), ("stub", "Only subkeys leaked")]
)
def test_the_reasons_say_what_leaked(secret: str, says: str) -> None:
    key = replace(KEY, keys=(replace(KEY.keys[0], secret=secret), KEY.keys[1]))
    plan = plan_resign("c", "a", key, [], old_home="o", new_home="n", user_id=NEW, folder="f", quarantine="q")
    assert says in plan.reasons[0]
