"""The transition statement of a case: made from the journal, signed by the new key, vouched for by people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from irkit.case.approvals import Approver, begun_at, check, may_not_vouch
from irkit.case.carry_out import wait_for_people
from irkit.case.desk import Desk
from irkit.case.disk import sync_folder
from irkit.case.exposure.windows import latest_window
from irkit.case.leaving import refuse_leaks
from irkit.case.resigning.judging import disposed, leaked_key, scope
from irkit.errors import BadInput, StepFailed, Waiting
from irkit.model import Kind, Record, SecretRef, iso, unrevokable
from irkit.openpgp import approvals as signatures
from irkit.openpgp import moving, read_key
from irkit.plan import Action, GpgCommand, HumanTask, Plan
from irkit.resign.choices import read_place
from irkit.resign.disposition import INDEXES, Fate
from irkit.resign.statement import KeyNamed, Listed, Statement, listed
from irkit.show import Facts, Notice, Table, View
from irkit.show.page import page
from irkit.show.plain import inert_json

FOLDER = "transition"


def statement(case: Desk, *, wait: bool = False) -> View:
    """Write `transition/statement.txt`, `.html` and `.json` into the case and sign the text with the new key. Again: only if it changed.

    BadInput before the plan was carried out. WouldLeak, before it is signed, when the gate finds a secret in it. Waiting when that plan
    is not approved, since a statement is public; with `wait` also as long as too few people have signed it.
    """
    plan = case.ledger.latest("resign")
    made = case.journal.records(Kind.KEY_GENERATED)
    if plan is None or not made:
        raise BadInput("there is nothing to state yet", on=case.folder, do="carry out the re-signing plan first")
    current = _build(case, plan, made[-1])
    folder = case.folder / FOLDER
    text = current.text()
    if not _stands(case, text):
        records = case.journal.records()
        check(plan, records, case.approvers, begun_at(plan, records)).require(plan, case.approvers, records)
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(case.folder)
        for other in folder.glob("statement.txt.*.asc"):  # by people over another text; the journal keeps them
            other.unlink(missing_ok=True)
        home, key, passphrase = _signer(plan, made[-1])
        shown = {
            "statement.txt": text.encode(),
            "statement.json": (inert_json(current.document(), indent=1) + "\n").encode(),
            "statement.html": page(current.view()).encode(),
        }
        refuse_leaks(case, shown)
        signature = signatures.sign(home, key, text, case.resolve(passphrase) if passphrase else None)
        signatures.verify(text, signature, {made[-1].body["primary"]: made[-1].body["certificate"]})
        for name, content in (shown | {"statement.txt.asc": signature.encode()}).items():
            moving.write(folder / name, content, private=True)
        digest = case.evidence.put(text.encode())
        body = {
            "evidence": digest,
            "path": f"{FOLDER}/statement.txt",
            "signature": signature,
            "key": made[-1].body["primary"],
        }
        case.write(Kind.STATED, body | {"required": current.required})
    if wait:
        wait_for_people([one for one in plan.actions if isinstance(one.do, HumanTask) and not _is_over(case, one)])
    missing = current.required - len(vouched(case))
    if wait and missing > 0:
        raise Waiting(
            "the transition statement waits for people", on=folder / "statement.txt", why=f"{missing} more must sign it",
            do="have each run: irkit vouch CASE --key FINGERPRINT",
        )  # fmt: skip
    return view(case)


def _is_over(case: Desk, action: Action) -> bool:
    return action.id in case.ledger.hand_done or case.ledger.settled(action.id) is not None


def vouch(
    case: Desk, key: str, *, home: Path | None = None, passphrase: SecretRef | None = None, signature: str = ""
) -> View:
    """A person signs the statement: here with their gpg home, or elsewhere (`gpg --armor --detach-sign statement.txt`) and gives that.

    BadInput for a key that is not one of the case's people, for an automation's, of who has left, and for a signature that does not hold.
    """
    person = _person(case, key)
    stated = latest(case)
    text = case.evidence.get(stated.body["evidence"]).decode()
    if not signature:
        if home is None:
            raise BadInput(
                "there is nothing to sign with", on=person.who, do="give --home, or --signature with one made elsewhere"
            )
        signature = _signed(case, text, person, home, passphrase)
    signer(text, signature, [person])
    moving.write(case.folder / FOLDER / f"statement.txt.{person.fingerprint}.asc", signature.encode(), private=True)
    case.write(
        Kind.VOUCHED,
        {
            "statement": stated.body["evidence"],
            "who": person.who,
            "fingerprint": person.fingerprint,
            "signature": signature,
        },
    )
    return view(case)


def signer(text: str, signature: str, people: Iterable[Approver]) -> str:
    """Who of these people signed this text, by fingerprint. BadInput when none did."""
    try:
        return signatures.verify(text, signature, {one.fingerprint: one.certificate for one in people})
    except BadInput as error:
        raise BadInput(
            "this is no good signature over the statement by a person who may vouch for it", why=error.why,
            do=f"sign the statement as it is now: gpg --armor --detach-sign {FOLDER}/statement.txt",
        ) from None  # fmt: skip


def _signed(case: Desk, text: str, person: Approver, home: Path, passphrase: SecretRef | None) -> str:
    try:
        return signatures.sign(home, person.fingerprint, text, case.resolve(passphrase) if passphrase else None)
    except StepFailed as error:
        raise StepFailed("the statement could not be signed", on=person.who, why=error.why, do=error.do) from None


def vouched(case: Desk) -> dict[str, str]:
    """Whose signatures over the latest statement hold, checked again: fingerprint to name."""
    stated = latest(case)
    text = case.evidence.get(stated.body["evidence"]).decode()
    found = {}
    people = case.approvers
    for record in case.journal.records(Kind.VOUCHED):
        person = people.get(record.body["fingerprint"])
        if record.body["statement"] != stated.body["evidence"] or person is None:
            continue
        signatures.verify(text, record.body["signature"], {person.fingerprint: person.certificate}, record.at)
        found[person.fingerprint] = person.who
    return found


def latest(case: Desk) -> Record:
    """The record of the statement as it was signed last. BadInput while there is none."""
    found = case.journal.records(Kind.STATED)
    if not found:
        raise BadInput("there is no transition statement yet", on=case.folder, do="make it: irkit statement CASE")
    return found[-1]


def view(case: Desk) -> View:
    """The statement as it stands: who signed it, and what it says."""
    stated = latest(case)
    people = vouched(case)
    missing = int(stated.body["required"]) - len(people)
    said = (
        Notice("ok", f"Signed by the new key and by {len(people)} people: it can be published.")
        if missing <= 0
        else Notice(
            "warn",
            f"Signed by the new key. {missing} more people must sign it: irkit vouch CASE --key FINGERPRINT --home HOME",
        )
    )
    facts = Facts(
        (("Statement", stated.body["path"]), ("New key", stated.body["key"]), ("SHA-256", stated.body["evidence"]))
    )
    rows = [(who, key) for key, who in people.items()]
    where = case.folder / FOLDER
    files = Facts(
        (("To publish", f"{where}/statement.txt, .txt.asc, .txt.FINGERPRINT.asc of each person, .html, .json"),)
    )
    return View(
        "Transition statement", (said, facts, Table.of(("Signed by", "Key"), rows, "People who vouch for it"), files)
    )


def _build(case: Desk, plan: Plan, made: Record) -> Statement:
    old, leaked = leaked_key(case), scope(case)
    revoked, never = case.journal.records(Kind.KEY_REVOKED), unrevokable(case.journal.records(), old.name)
    resigned, withdrawn = _lists(case)
    opened = latest_window(case, old.name).opened
    fresh = read_key(made.body["certificate"].encode(), SecretRef(f"gpg:{made.body['primary']}"), None)
    people = [one for one in case.approvers.values() if not one.automation]
    at = max((one.at for one in case.journal.records() if one.kind in _CHANGES), default=datetime.now(UTC))
    return Statement(
        title=f"Transition to a new signing key: {', '.join(fresh.user_ids) or fresh.openpgp}",
        made_at=iso(at.replace(microsecond=0)),
        old=KeyNamed(old.openpgp, old.user_ids),
        new=KeyNamed(fresh.openpgp, fresh.user_ids, str(made.body.get("primary_expires", ""))),
        exposed_since=iso(opened.earliest.at) if opened.earliest else "unknown",
        exposed_by=iso(opened.latest.at) if opened.latest else "unknown",
        exposed_why=_why(opened.latest.source if opened.latest else ""),
        revoked_at=iso(revoked[-1].at.replace(microsecond=0)) if revoked else "not yet",
        reason=str(revoked[-1].body.get("reason", "")) if revoked else "",
        resigned=resigned,
        withdrawn=withdrawn,
        published=_published(case),
        vouchers=tuple((one.who, one.fingerprint) for one in people),
        required=min(plan.approvals_required, len(people)),
        subkeys=() if leaked.whole else leaked.subkeys,
        unrevokable=str(never.body["why"]) if never else "",
    )


_CHANGES = (Kind.KEY_GENERATED, Kind.KEY_REVOKED, Kind.UNREVOKABLE, Kind.RESIGNED, Kind.QUARANTINED, Kind.PUBLISHED)


def _why(source: str) -> str:
    return f"it was seen exposed ({source})" if source else "it was exposed"


def _published(case: Desk) -> tuple[str, ...]:
    """Places where a reader can get the keys, when the last look there said so; no folder of ours is one."""
    last = {str(one.body["place"]): one.body.get("published") for one in case.journal.records(Kind.PUBLISHED)}
    places = (read_place(place) for place, seen in last.items() if seen == "yes")
    return tuple(dict.fromkeys(one.public for one in places if one.public))


def _lists(case: Desk) -> tuple[tuple[Listed, ...], tuple[Listed, ...]]:
    """What the journal says was really done, by what was judged: nothing stands in both."""
    done = {str(one.body["path"]): one.body for one in case.journal.records(Kind.RESIGNED)}
    aside = {str(one.body["path"]) for one in case.journal.records(Kind.QUARANTINED)}
    resigned, withdrawn = [], []
    for release, thing in disposed(case):
        path, before = release.called(thing.path), thing.artifact
        if path in aside or thing.fate is Fate.WITHDRAW:
            withdrawn.append(listed(path, thing.kind, before.sha256, before.content, thing.why))
        elif path in done:
            now = str(done[path].get("sha256") or "")
            if thing.kind in INDEXES:  # its text is another one now
                resigned.append(listed(path, thing.kind, now, ()))
            else:
                resigned.append(listed(path, thing.kind, now or before.sha256, before.content))
    return tuple(resigned), tuple(withdrawn)


def _signer(plan: Plan, made: Record) -> tuple[Path, str, SecretRef | None]:
    """Where the new key signs: the home of the plan's signing steps."""
    for action in plan.actions:
        do = action.do
        if isinstance(do, GpgCommand) and do.operation in ("generate-key", "add-subkey"):
            home = do.argument("signing_home") or do.home
            return Path(home), str(made.body["signing"]), do.passphrase
    raise BadInput("this plan makes no key", on=plan.name, do="make the plan again")


def _stands(case: Desk, text: str) -> bool:
    found = case.journal.records(Kind.STATED)
    return bool(found) and case.evidence.get(found[-1].body["evidence"]) == text.encode()


def _person(case: Desk, key: str) -> Approver:
    fingerprint = key.upper().replace(" ", "")
    person = case.approvers.get(fingerprint)
    if person is None:
        known = (
            ", ".join(f"{one.who} {one.fingerprint}" for one in case.approvers.values() if not one.automation)
            or "nobody yet"
        )
        raise BadInput(
            "this key is not one of the case's people",
            on=fingerprint[:40],
            why=f"known: {known}",
            do="irkit add-approver CASE FILE.asc",
        )
    if why := may_not_vouch(person, case.journal.records()):
        raise BadInput("this signature would not count", on=person.who, why=why, do="have another person sign")
    return person


def read_signature(path: Path) -> str:
    """An armored detached signature made elsewhere. BadInput when the file cannot be read."""
    return moving.read_text(path)
