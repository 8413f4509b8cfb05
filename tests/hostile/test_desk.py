"""Hostile texts where they reach a case by other ways: keys, releases, saved plans, replies of providers, names of evidence."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from irkit.case import Case, elsewhere, oneoff
from irkit.case.gating import look
from irkit.case.resigning.inventory import inventoried
from irkit.case.seal import seal
from irkit.case.sealed_evidence import seal as seal_evidence
from irkit.errors import IrkitError
from irkit.model import Kind, SecretRef, State
from irkit.openpgp import Gpg
from irkit.openpgp.armor import armored
from irkit.openpgp.keys import export_public
from irkit.openpgp.packets import USER_ID, all_packets, framed
from irkit.plan import document
from irkit.providers import PROVIDERS
from irkit.providers.interface import Reply
from irkit.resign.records import Record, read_record
from irkit.show import Facts, View
from irkit.show.plain import inert_json
from tests.case.signing import incident
from tests.hostile import EVERY, FAMILIES
from tests.hostile.test_readers import USABLE, as_bytes, harmless
from tests.hostile.test_renderings import ACTS
from tests.owners import Owner

TOKEN = "unknown-service_FAKE_FAKE_FAKE_0123456789"
NAMES = [case for case in EVERY if case.short and 0 < len(as_bytes(case)) < 200 and not set("/\0") & set(case.text)]


@pytest.fixture
def case(owner: Owner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    (tmp_path / "alice.asc").write_text(owner.certificate)
    return Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")], approvers=[tmp_path / "alice.asc"])


def with_user_ids(data: bytes, texts: list[bytes]) -> bytes:
    """The block with these user ids behind its primary, unsigned, as anybody can put them there."""
    first, *rest = [framed(tag, body) for tag, body in all_packets(data)]
    return b"".join((first, *(framed(USER_ID, text) for text in texts), *rest))


def test_user_ids_of_a_leaked_key_are_shown(owner: Owner, tmp_path: Path) -> None:
    secret = owner.gpg("--export-secret-keys", owner.key.primary)
    leaked = tmp_path / "leaked.asc"
    leaked.write_bytes(armored(with_user_ids(secret, [as_bytes(case) for case in USABLE]), "PGP PRIVATE KEY BLOCK"))
    found = oneoff.inspected(f"file:{leaked}")
    harmless(found.view())
    assert not ACTS.search(inert_json(found.document()))
    (key,) = found.document()["keys"]
    assert len(key["user_ids"]) == len(USABLE) + 1
    harmless(oneoff.identified(f"file:{leaked}"))


def test_user_ids_that_gpg_itself_takes_are_shown_and_signed_for_what_they_are(
    make_gpg_home: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person whose name tries to be a verdict, a digest, markup: the ring, an approval, a seal and the statement of an approval."""
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    people = []
    for name in (
        "[GNUPG:] GOODSIG 0123456789ABCDEF Alice",
        "<img src=x onerror=window.__ran=1>",
        "Digest: sha256:00 \u202e",
    ):
        home = make_gpg_home()
        made = Gpg(home).must(
            "a key",
            ["--allow-freeform-uid", "--quick-gen-key", "--", name, "ed25519", "default", "1y"],
            passphrase=None,
        )
        people.append((home, made.first("KEY_CREATED").fields[1]))  # type: ignore[union-attr]
        (tmp_path / f"{len(people)}.asc").write_text(export_public(home, people[-1][1]))
    files = [tmp_path / f"{number + 1}.asc" for number in range(len(people))]
    case = Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")], approvers=files)
    harmless(case.plan_revocation(approvals_required=3))
    for home, key in people:
        harmless(case.approve("revoke", key, home))
    harmless(seal(case, people[0][1], people[0][0]))
    text = (case.folder / "seals" / "1.txt").read_text()
    assert not ACTS.search(text)
    assert text.count("\nHead: ") == 1
    for record in case.journal.records(Kind.APPROVAL):
        statement = record.body["statement"]
        assert not ACTS.search(statement)
        assert len(statement.splitlines()) == 6
    harmless(case.status())
    harmless(case.verify())


def test_a_saved_plan_is_shown_and_signed_line_by_line(case: Case, owner: Owner, tmp_path: Path) -> None:
    """It comes as a file from somebody else: each text of it may be theirs."""
    case.plan_revocation()
    plan = case.plan("revoke")
    (action, *_rest) = plan.actions
    for number, hostile in enumerate(one for one in USABLE if one.recordable):
        made = replace(
            plan,
            reasons=(hostile.text,),
            case_id=hostile.text,
            actions=(replace(action, what=hostile.text, target=hostile.text),),
        )
        path = tmp_path / "plan.json"
        path.write_text(json.dumps({"plan": document(made), "digest": made.digest}))
        harmless(elsewhere.request_view(path))
        if number % 40 == 0:
            shown = elsewhere.sign_request(path, tmp_path / "approval.json", owner.key.primary, owner.home, None)
            harmless(shown)
            statement = json.loads((tmp_path / "approval.json").read_text())["statement"]
            assert not ACTS.search(statement)
            assert len(statement.splitlines()) == 6


def test_names_in_a_release_pass_from_judgement_to_quarantine_as_what_they_are(
    tmp_path: Path, make_owner: Callable[..., Owner], make_gpg_home: Callable[[], Path]
) -> None:
    made = incident(tmp_path, make_owner, make_gpg_home())
    wanted = [one for one in FAMILIES["file_names"] if one in NAMES][:12]
    for hostile in wanted:
        name = hostile.text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        artifact = made.release / f"{name}.tar"
        artifact.write_text("x")
        made.old.sign_with_gpg_alone(artifact, made.release / f"{artifact.name}.asc")
    harmless(made.case.judge_release(made.release, records=[made.record()]))
    harmless(inventoried([made.release], made.old.key.primary).view())
    made.plan()
    harmless(made.case.show_plan("resign"))
    made.approve("resign")
    harmless(made.case.carry_out("resign"))
    notes = sorted((made.case.folder / "quarantine").rglob("*.why"))
    assert len(notes) >= len({one.text for one in wanted})
    for note in notes:
        assert not ACTS.search(note.read_text())
        assert len(note.read_text().splitlines()) == 3
    harmless(made.case.statement())
    assert not ACTS.search((made.case.folder / "transition" / "statement.txt").read_text())
    made.case.export("md")


RECORDS: dict[str, Callable[[str], str]] = {
    "a digest list": lambda text: f"{'0a' * 32}  {text}\n",
    "a BSD digest list": lambda text: f"SHA256 ({text}) = {'0a' * 32}\n",
    "git refs": lambda text: f"{'0a' * 20}\trefs/tags/{text}\n",
    "an apt index": lambda text: f"Package: {text}\nFilename: {text}\nSHA256: {'0a' * 32}\nSize: 1\n\n",
    "an apt Release": lambda text: f"Origin: {text}\nSHA256:\n {'0a' * 32} 1 {text}\n",
    "header digests": lambda text: f"{text}.rpm: {'0a' * 32}\n",
    "an answer of PyPI": lambda text: json.dumps(
        {
            "releases": {text: [{"filename": text, "digests": {"sha256": "0a" * 32}, "upload_time_iso_8601": text}]},
            "info": {"name": text},
        }
    ),
    "a GitHub release": lambda text: json.dumps(
        [{"tag_name": text, "created_at": text, "assets": [{"name": text, "digest": text, "created_at": text}]}]
    ),
    "rpm metadata": lambda text: (
        '<metadata xmlns="http://linux.duke.edu/metadata/common"><package><location href="' + _quoted(text) + '"/>'
        f'<checksum type="sha256">{"0a" * 32}</checksum></package></metadata>'
    ),
}


def _quoted(text: str) -> str:
    return "".join(f"&#{ord(one)};" if one in "<>&\"'" or ord(one) > 126 else one for one in text)


def record_or_why(text: str) -> Record | str:
    try:
        return read_record(text)
    except IrkitError as error:
        return str(error)


@pytest.mark.parametrize("kind", RECORDS)
def test_records_from_before_are_read_and_shown(kind: str) -> None:
    for hostile in USABLE:
        read = record_or_why(RECORDS[kind](hostile.text))
        if isinstance(read, str):
            assert not ACTS.search(read)
            continue
        rows = tuple((entry.path, entry.digest) for entry in read.entries) + tuple((wrong, "") for wrong in read.wrong)
        harmless(View(read.format, (Facts(rows),)))
        assert all(len(entry.digest) in (40, 64, 128) for entry in read.entries)


BODIES: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "a message": lambda text: json.dumps({"message": text, "error": text, "login": text, "id": 1, "name": text}),
    "a list of errors": lambda text: json.dumps(
        {"errors": [{"message": text, "detail": text}], "ok": False, "error": text}
    ),
    "a status": lambda text: json.dumps(
        {"status": text, "active": text, "expires_at": text, "scopes": [text], "revoked": text}
    ),
}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_replies_of_a_provider_are_read_into_harmless_sentences(provider: str) -> None:
    steps = PROVIDERS[provider].steps
    readers = [one for one in (PROVIDERS[provider].read_standing, *(step.read for step in steps)) if one]
    texts = FAMILIES["http_replies"] + FAMILIES["revocation_texts"] + FAMILIES["log_fields"][:10]
    for make in BODIES.values():
        for status in (None, 200, 204, 401, 403, 404, 422, 429, 500):
            rows = []
            for hostile in texts if status in (200, 401) else texts[:4]:
                reply = Reply(status, {"content-type": hostile.text, "retry-after": hostile.text}, make(hostile.text))
                said = [reader(reply) for reader in readers]
                assert not any(getattr(one, "state", None) is State.DEAD and status in (None, 429, 500) for one in said)
                rows += [(str(number), one.why) for number, one in enumerate(said)]
            harmless(View(provider, (Facts(tuple(rows)),)))


def test_names_of_evidence_and_of_what_the_gate_finds_are_shown(case: Case, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    for hostile in NAMES:
        name = as_bytes(hostile)
        (Path(str(folder)) / name.decode("utf-8", "surrogateescape")).write_text(f"x {TOKEN}")
    found = look(case, folder)
    assert len(found.gated.leaks) >= len({as_bytes(one) for one in NAMES}) > 100
    assert not ACTS.search(inert_json(found.document()))
    with pytest.raises(IrkitError) as refused:
        found.refuse()
    assert not ACTS.search(str(refused.value))
    harmless(replace(found, gated=replace(found.gated, leaks=())).view())


def test_evidence_is_sealed_under_any_name(owner: Owner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    owner.gpg("--quick-add-key", owner.key.primary, "cv25519", "encr", "never")
    (tmp_path / "alice.asc").write_text(owner.certificate)
    case = Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")], approvers=[tmp_path / "alice.asc"])
    for number, hostile in enumerate([one for one in USABLE if one.recordable][::16]):
        harmless(seal_evidence(case, f"x{number}".encode(), hostile.text, hostile.text))
    harmless(case.verify())
