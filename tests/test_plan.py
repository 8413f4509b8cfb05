"""A plan is a value: same content, same digest; any change, another; and it survives being written down."""

from dataclasses import replace

import pytest

from irkit.errors import BadInput
from irkit.model import SecretRef
from irkit.plan import (
    Action,
    Auth,
    AwsCall,
    Call,
    Encoded,
    Fresh,
    GpgCommand,
    HumanTask,
    NativeCall,
    Plan,
    Put,
    Replace,
    Sealed,
    SignIn,
    canonical,
    document,
    read,
)

CALL = Call(
    "POST",
    "https://api.example/revoke",
    "nobody",
    body={"credentials": (SecretRef("env:TOKEN"),), "deep": {"n": 1}},
    mutates=True,
)
PLAN = Plan(
    "case-1",
    "revoke",
    "carol",
    (
        Action("revoke", "fp:1", "revoke the token", CALL),
        Action(
            "deactivate",
            "AKIA",
            "deactivate the key",
            AwsCall("iam", "update_access_key", "responder", {"Status": "Inactive"}),
        ),
        Action(
            "deactivate",
            "fp:3",
            "give it another password",
            Call(
                "POST",
                "https://db.example/",
                "responder",
                Auth(
                    "header",
                    SecretRef("env:A"),
                    sign_in=SignIn("https://db.example/in", {"p": SecretRef("env:A")}, "t"),
                ),
                body={"password": Fresh(32), "empty": {}},
            ),
        ),
        Action(
            "revoke",
            "fp:4",
            "x",
            NativeCall("redis", "h:1", "create-user", "responder", params={"password": Fresh(24)}),
        ),
        Action("sign", "a.tar.gz", "sign", GpgCommand("sign-detached", "/home", "KEY", (("artifact", "a.tar.gz"),))),
        Action("by-hand", "fp:2", "remove it", HumanTask("Remove it", "the settings page", ("open", "delete"))),
    ),
    ("because",),
    2,
)


def test_a_plan_survives_being_written_down():
    assert read(Plan, document(PLAN)) == PLAN
    assert read(Plan, document(PLAN)).digest == PLAN.digest


@pytest.mark.parametrize(
    "changed",
    [
        replace(PLAN, approvals_required=1),
        replace(PLAN, author="mallory"),
        replace(PLAN, actions=PLAN.actions[::-1]),
        replace(PLAN, actions=(replace(PLAN.actions[0], attempt=2), *PLAN.actions[1:])),
        replace(
            PLAN, actions=(replace(PLAN.actions[0], do=replace(CALL, url="https://evil.example/")), *PLAN.actions[1:])
        ),
    ],
)
def test_any_change_is_another_digest(changed):
    assert changed.digest != PLAN.digest


def test_an_action_has_the_same_id_in_every_plan():
    assert replace(PLAN, reasons=()).actions[0].id == PLAN.actions[0].id
    assert len({action.id for action in PLAN.actions}) == len(PLAN.actions)


def test_canonical_json_does_not_depend_on_order():
    assert canonical({"b": 1, "a": [1, 2]}) == canonical({"a": [1, 2], "b": 1}) == b'{"a":[1,2],"b":1}'


def test_what_is_no_plan_is_refused_naming_the_field():
    plain = document(PLAN)
    plain["actions"][0]["do"]["method"] = "TELEPORT"
    with pytest.raises(BadInput, match="method"):
        read(Plan, plain)


FRESH = SecretRef("minted:ci")
LEAVES = {
    "a value in a sealed box": Sealed(FRESH, "a2V5"),
    "a value in base64": Encoded(FRESH),
    "a value as it is": FRESH,
    "a tree of all": {"a": Sealed(FRESH, "a2V5"), "b": ({"c": Encoded(FRESH)}, FRESH, 1, 1.5, True, None, "text")},
    "what only looks like one": {"sealed": "text", "base64_of": "text", "secret_ref": 1},
}


@pytest.mark.parametrize("case", LEAVES)
def test_leaves_of_every_kind_survive_being_written_down_and_keep_the_digest(case):
    body = {"value": LEAVES[case]}
    native = NativeCall("file", "/p", "write", "responder", params=body, mutates=True)
    do = Replace("ci", CALL, (Put("x:y", (replace(CALL, body=body), AwsCall("s", "o", "responder", body), native)),))
    plan = replace(PLAN, actions=(Action("replace", "fp:1", "replace it", do),))
    again = read(Plan, document(plan))
    assert again == plan
    assert again.digest == plan.digest
    assert type(again.actions[0].do.into[0].calls[0].body["value"]) is type(LEAVES[case])
    assert read(Plan, document(again)).digest == plan.digest


def test_another_public_key_is_another_digest():
    def sealed(key):
        return replace(PLAN, actions=(Action("put", "x", "put", replace(CALL, body={"v": Sealed(FRESH, key)})),)).digest

    assert sealed("a2V5") != sealed("YW5vdGhlcg==")


def test_what_is_sought_in_a_reply_counts_in_the_digest():
    assert replace(PLAN, actions=(Action("a", "x", "y", replace(CALL, about="field")),)).digest != PLAN.digest
