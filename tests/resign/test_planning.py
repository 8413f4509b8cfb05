"""The plan: revoke, make, sign what is proven, set aside the rest of what the key signed, leave what it never signed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from irkit.errors import BadInput
from irkit.model import SecretRef, TrustedIn
from irkit.plan import GpgCommand, HumanTask, Plan, document, read
from irkit.resign import Choices, Judged, Judgement, Release, plan_resign
from irkit.resign.choices import Place, read_place
from tests.resign.test_judging import EVIL, KEY, OLD, STRANGER, SUB, A, S, T, U, artifact

NEW = "New Releases <releases@example.test>"


def planned(*judged: Judged, **other: object) -> Plan:
    how = replace(Choices("/homes/old", "/homes/new", NEW, "case/quarantine"), **other)  # type: ignore[arg-type]
    return plan_resign("2026-014", "alice", KEY, [Release("release", judged)], how)


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


def test_a_key_that_did_not_leak_is_superseded_and_nothing_is_set_aside() -> None:
    rows = [
        Judged(artifact(), T, "because"),
        Judged(artifact("b.tar"), U, "because"),
        Judged(artifact("c.tar", EVIL), A, "because"),
    ]
    plan = planned(*rows, revoke_as="superseded")
    assert [action.verb for action in plan.actions] == ["revoke-key", "generate-key", "sign-detached"]
    assert plan.actions[0].what == f"revoke {OLD} as superseded"
    assert command(plan, "revoke-key").argument("reason") == "superseded"
    assert any(reason.startswith("2 artifacts are not proven") for reason in plan.reasons)
    assert planned(*rows, revoke_as="compromised") == planned(*rows)


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


def test_the_signature_of_a_list_stays_when_a_file_leaves_the_list() -> None:
    own = replace(artifact(sha256=EVIL), signature_path="app.tar.asc")
    listed = replace(own, kind="listed", signature_path="SHA256SUMS.asc")
    do = command(planned(Judged(own, A, "because"), Judged(listed, A, "because")), "quarantine")
    assert [value for name, value in do.arguments if name == "signature"] == ["app.tar.asc"]


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


def test_a_clear_signed_text_is_signed_in_place() -> None:
    row = Judged(replace(artifact(), kind="clearsigned", signature_path="app.tar"), T, "because")
    do = command(planned(row), "sign-clear")
    assert (do.argument("artifact"), do.argument("sha256")) == ("app.tar", "aa" * 32)


def test_both_public_keys_are_written_when_there_is_a_place_for_them() -> None:
    plan = planned(publish=(Place("folder", "site/keys"),))
    written = [action.do for action in plan.actions if action.verb == "export-public"]
    assert [do.argument("out") for do in written if isinstance(do, GpgCommand)] == [
        f"site/keys/{OLD}.asc",
        "site/keys/new-key.asc",
    ]


def test_each_place_has_its_step_and_names_both_keys() -> None:
    places = (
        "keyring:ring.gpg",
        "wkd:www#releases@example.test",
        "hkp://keys.example.test",
        "vks:https://keys.example.test",
    )
    plan = planned(publish=tuple(map(read_place, places)))
    published = [action for action in plan.actions if action.verb.startswith("publish-")]
    assert [action.verb for action in published] == ["publish-keyring", "publish-wkd", "publish-hkp", "publish-vks"]
    for action in published:
        assert isinstance(action.do, GpgCommand)
        assert (action.do.argument("old_key"), action.do.argument("user_id"), action.do.home) == (
            OLD,
            NEW,
            "/homes/new",
        )

    assert [action.irreversible for action in published] == [False, False, True, True]


def test_a_place_is_typed_as_it_is_shown() -> None:
    for text in (
        "folder:site", "keyring:ring.gpg#revoked", "wkd:www#a@b.test|https://b.test", "wkd-direct:www#a@b.test",
        "hkps://keys.example.test", "vks:https://keys.example.test#a@b.test",
    ):  # fmt: skip
        assert str(read_place(text)) == text


@pytest.mark.parametrize("text", ["", "ftp://x", "wkd:www", "wkd:#a@b", "folder:", "keys.example.test"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        read_place(text)


SUBKEY_ONLY = replace(KEY, keys=(replace(KEY.keys[0], secret="stub", protection="secret part left out"), KEY.keys[1]))


def test_when_only_a_subkey_leaked_it_alone_is_revoked_and_the_primary_gets_another() -> None:
    how = Choices("/homes/old", "/homes/new", NEW, "case/quarantine")
    rows = (Judged(artifact(), T, "because"), Judged(artifact("b.tar", issuer=OLD), U, "because"))
    plan = plan_resign("2026-014", "alice", SUBKEY_ONLY, [Release("release", rows)], how)
    assert [action.verb for action in plan.actions] == ["revoke-subkey", "add-subkey", "sign-detached"]
    revoked, _, signed = (action.do for action in plan.actions)
    assert isinstance(revoked, GpgCommand)
    assert isinstance(signed, GpgCommand)
    assert revoked.argument("subkey") == SUB
    assert (signed.home, signed.key, signed.argument("artifact")) == ("/homes/old", OLD, "app.tar")
    assert any("b.tar" in reason for reason in plan.reasons), "what the primary signed itself is left alone"


def test_a_bundle_for_ci_is_made_of_the_new_key_alone() -> None:
    do = command(planned(ci_bundle="github-secret:acme/app#GPG_KEY"), "ci-bundle")
    assert (do.home, do.key, do.argument("store")) == ("/homes/new", "", "github-secret:acme/app#GPG_KEY")


def test_the_responder_may_revoke_the_whole_key_all_the_same() -> None:
    how = Choices("/homes/old", "/homes/new", NEW, "case/quarantine", whole_key=True)
    plan = plan_resign("2026-014", "alice", SUBKEY_ONLY, [], how)
    assert [action.verb for action in plan.actions] == ["revoke-key", "generate-key"]


def row(path: str, kind: str, judgement: Judgement, signature: str | None = None, **content: str) -> Judged:
    pairs = tuple((name.replace("_", "-"), value) for name, value in content.items())
    ref = path if path.startswith("refs/") else None
    made = replace(artifact(path), kind=kind, signature_path=signature or path, content=pairs, ref=ref)
    return Judged(made, judgement, "because")


def verbs(plan: Plan) -> list[tuple[str, str]]:
    return [(action.verb, action.target) for action in plan.actions[2:]]


def test_a_manifest_is_signed_anew_when_each_file_in_it_is_proven_and_without_what_is_not() -> None:
    sums, listed = "SHA256SUMS", "SHA256SUMS.asc"
    rows = [
        row(sums, "manifest", U, listed), row("a.tar", "listed", T, listed), row("b.tar", "listed", A, listed),
    ]  # fmt: skip
    plan = planned(*rows)
    assert verbs(plan) == [("quarantine", "b.tar"), ("sign-manifest", sums)]
    do = command(plan, "sign-manifest")
    assert [value for name, value in do.arguments if name == "withdrawn"] == ["b.tar"]


def test_a_manifest_whose_every_file_is_doubtful_goes_aside_itself() -> None:
    rows = [row("SHA256SUMS", "manifest", U, "SHA256SUMS.asc"), row("b.tar", "listed", A, "SHA256SUMS.asc")]
    assert verbs(planned(*rows)) == [("quarantine", "SHA256SUMS"), ("quarantine", "b.tar")]


def test_an_apt_index_is_signed_once_after_its_packages_left() -> None:
    index = "dists/stable/InRelease"
    rows = [
        row(index, "apt-inrelease", U, apt_release="cc" * 32), row("dists/stable/Release", "apt-release", U, "dists/stable/Release.gpg"),
        row("pool/a.deb", "apt-package", T, index), row("pool/b.deb", "apt-package", S, index),
    ]  # fmt: skip
    plan = planned(*rows)
    assert verbs(plan) == [("quarantine", "pool/b.deb"), ("sign-apt", "dists/stable")]


def test_a_line_whose_file_is_not_here_stays_only_when_its_digest_is_known_from_before() -> None:
    sums, listed = "SHA256SUMS", "SHA256SUMS.asc"
    rows = [
        row(sums, "manifest", U, listed), row("a.tar", "listed", T, listed),
        missing(row("gone.tar", "listed", U, listed)), missing(row("kept.tar", "listed", T, listed)),
    ]  # fmt: skip
    plan = planned(*rows)
    assert verbs(plan) == [("sign-manifest", sums)]  # there is no file to set aside
    assert [value for name, value in command(plan, "sign-manifest").arguments if name == "withdrawn"] == ["gone.tar"]


def test_a_list_of_nothing_but_missing_files_is_signed_for_none_of_them() -> None:
    rows = [row("SHA256SUMS", "manifest", U, "SHA256SUMS.asc"), missing(row("b.tar", "listed", U, "SHA256SUMS.asc"))]
    assert verbs(planned(*rows)) == [("quarantine", "SHA256SUMS")]


def missing(one: Judged) -> Judged:
    return replace(one, artifact=replace(one.artifact, verdict="listed, missing"))


@pytest.mark.parametrize("issuer", [None, STRANGER])
def test_an_rpm_that_is_not_proven_leaves_before_the_metadata_is_signed_anew(issuer: str | None) -> None:
    loose = row("b.rpm", "rpm", U, "b.rpm" if issuer else "")
    rows = [
        row("a.rpm", "rpm", T, "a.rpm"), replace(loose, artifact=replace(loose.artifact, issuer=issuer)),
        row("repodata/repomd.xml", "rpm-repomd", U, "repodata/repomd.xml.asc"),
    ]  # fmt: skip
    assert [verb for verb, path in verbs(planned(*rows)) if path == "b.rpm"] == ["quarantine"]


def test_an_rpm_that_is_not_proven_stays_where_nothing_would_vouch_for_it() -> None:
    row_of = row("b.rpm", "rpm", U, "b.rpm")
    assert verbs(planned(replace(row_of, artifact=replace(row_of.artifact, issuer=STRANGER)))) == []


def test_rpm_packages_come_before_their_metadata_and_that_before_a_manifest_that_lists_them() -> None:
    rows = [
        row("a.rpm", "rpm", T, rpm_header="dd" * 32), row("repodata/repomd.xml", "rpm-repomd", U, "repodata/repomd.xml.asc"),
        row("SHA256SUMS", "manifest", T, "SHA256SUMS.asc"), row("a.rpm", "listed", T, "SHA256SUMS.asc"),
    ]  # fmt: skip
    plan = planned(*rows)
    assert verbs(plan) == [("sign-rpm", "a.rpm"), ("index-rpm", "repodata/repomd.xml"), ("sign-manifest", "SHA256SUMS")]
    assert command(plan, "sign-manifest").argument("changed") == "a.rpm"


def test_tags_are_signed_or_withdrawn_and_a_person_pushes_them() -> None:
    rows = [
        row("refs/tags/v1", "git-tag", T, git_tag="1" * 40, git_target="2" * 40),
        row("refs/tags/v2", "git-tag", A, git_tag="3" * 40),
        row("4" * 40, "git-commit", T), row("5" * 40, "git-commit", U),
    ]  # fmt: skip
    plan = planned(*rows)
    assert [verb for verb, _ in verbs(plan)] == ["withdraw-tag", "sign-tag", "attest-commits", "push-tags"]
    assert command(plan, "attest-commits").argument("commit") == "4" * 40
    assert isinstance(plan.actions[-1].do, HumanTask)


def test_whoever_embeds_the_key_has_a_task_but_not_for_what_is_history() -> None:
    how = Choices("/homes/old", "/homes/new", NEW, "case/quarantine")
    places = [
        TrustedIn("Dockerfile", "fingerprint", OLD, 3, "app.git", True),
        TrustedIn("old.sh", "long key id", OLD[-16:], 1, "app.git", False),
    ]
    plan = plan_resign("2026-014", "alice", KEY, [], how, places)
    assert [(action.verb, action.target) for action in plan.actions[2:]] == [("stop-trusting", "app.git: Dockerfile")]


@pytest.mark.parametrize(
    ("secret", "says"),
    [("cleartext", "The primary's secret part leaked"), ("stub", "The primary's secret part is not in")],
)
def test_the_reasons_say_what_leaked(secret: str, says: str) -> None:
    key = replace(KEY, keys=(replace(KEY.keys[0], secret=secret), KEY.keys[1]))
    plan = plan_resign("c", "a", key, [], Choices("o", "n", NEW, "q"))
    assert says in plan.reasons[0]
