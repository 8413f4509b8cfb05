"""How a case ends, at the desk: the facts for and against, established or brought by a person, who decides. Nothing is revoked here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from irkit.case.containment import probing
from irkit.case.desk import Desk
from irkit.case.ledger import Ledger
from irkit.errors import BadInput, IrkitError, Waiting
from irkit.exposure.visibly_fake import visibly_fake
from irkit.model import ApiToken, Credential, Kind, State, unrevokable
from irkit.needles import MIN_BYTES
from irkit.postmortem.closing import (
    CONTAINED,
    ENDS,
    FAKE,
    NOTHING_WAITS,
    REFUSED,
    SAID,
    SEARCHED,
    UNUSED,
    As,
    Fact,
    closed,
    objections,
)
from irkit.providers import identify
from irkit.show import Block, Notice, Table, View

ASKED = "asked"
"""The moment of a probe that nothing was planned around."""


def closing(case: Desk, kind: str = "") -> View:
    """What speaks for and against ending the case so. Waiting until a person has said that it ends; "" asks nothing and only tells."""
    records = case.journal.records()
    last = closed(records)
    if last is not None and kind in ("", last.body["as"]):
        return _closed_view(last.body)
    if not kind:
        return View("How it ends", (Notice("info", "The case is open. Nobody has asked for it to be closed."),))
    facts = facts_of(case, _known(kind))
    against = objections(_known(kind), facts)
    said = f"irkit close CASE --as '{kind}' --why '...' --evidence FILE"
    if kind == "false alarm":
        said += f" --fact '...' (one of: {', '.join(SAID)})"
    raise Waiting(
        f"whether this case is closed as {kind} is for a person to decide", on=case.incident.case_id,
        why="; ".join(against) or "all that is known speaks for it", do=said,
    )  # fmt: skip


def close(
    case: Desk, kind: str, why: str, *, said: Sequence[str] = (), evidence: Sequence[Path] = (), despite: str = ""
) -> View:
    """A person closes the case. `said` are facts they bring (`irkit.postmortem.closing.SAID`), `evidence` the files that show them,
    `despite` why what nobody knows does not matter. BadInput naming everything that speaks against it.
    """
    ending = _known(kind)
    if not why.strip():
        raise BadInput("a case is closed for a reason", do="give it: --why")
    unheard = [name for name in said if name not in SAID]
    if unheard:
        raise BadInput("there is no such fact to bring", on=unheard[0][:60], why=f"known: {', '.join(SAID)}")
    if said and not evidence:
        raise BadInput("a fact that a person brings needs something that shows it", do="add --evidence FILE")
    texts = [(path, _text(path)) for path in evidence]
    facts = (*facts_of(case, ending), *_brought(case, said, why))
    if against := objections(ending, facts, despite):
        raise BadInput(
            f"the case cannot be closed as {ending}", on=case.incident.case_id, why="; ".join(against),
            do="find out what is not known, or say why it does not matter: --despite" if not _firm(ending, facts) else "go on with it",
        )  # fmt: skip
    kept = [case.keep({"text": text}, "why the case was closed", str(path)) for path, text in texts]
    body = {
        "as": ending,
        "why": why,
        "who": case.responder,
        "facts": [
            {"credential": one.credential, "fact": one.name, "answer": one.answer, "why": one.why, "by": one.by}
            for one in facts
        ],
        "evidence": kept,
        "despite": despite,
    }
    case.write(Kind.CLOSED, body)
    return _closed_view(case.journal.records()[-1].body)


def _known(kind: str) -> As:
    found = next((one for one in ENDS if one == kind), None)
    if found is None:
        raise BadInput("a case does not end so", on=kind[:60], why=f"known: {', '.join(ENDS)}")
    return found


def _firm(kind: As, facts: Sequence[Fact]) -> bool:
    """Whether something speaks against it that no reason can set aside."""
    return bool(objections(kind, facts, despite="whatever is not known"))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror or "" if isinstance(error, OSError) else "it is not text in UTF-8"
        raise BadInput("this evidence cannot be read", on=path, why=why, do="give it as a text file") from None


# The facts


def facts_of(case: Desk, kind: As) -> tuple[Fact, ...]:
    """What irkit can establish itself. For a false alarm each issuer is asked, once, whether it knows the credential."""
    if kind == "contained":
        return (*_contained(case), _nothing_waits(case))
    found: list[Fact] = []
    for credential in case.credentials:
        found += [
            _refused(case, credential),
            _unused(case, credential),
            _fake(case, credential),
            _searched(case, credential),
        ]
    return tuple(found)


def _refused(case: Desk, credential: Credential) -> Fact:
    name = credential.name
    if not isinstance(credential, ApiToken):
        return Fact(name, REFUSED, None, "a key has no issuer that could be asked")
    ledger = case.ledger
    if not ledger.sampled(name, ASKED):
        probing.sample(case, credential, ASKED)
        probing.sample(case, credential, "control")
        probing.sample_living(case, credential)
        ledger = case.ledger
    moments = ("before", "settling", "after", ASKED)
    seen = [one for moment in moments for one in ledger.sampled(name, moment)]
    control = ledger.sampled(name, "control")
    if any(one.state is State.ALIVE for one in seen):
        return Fact(name, REFUSED, False, "its issuer let it in")
    last, look_alike = seen[-1], control[-1] if control else None
    if last.state is not State.DEAD:
        return Fact(name, REFUSED, None, last.why)
    if look_alike is None or look_alike.state is not State.DEAD:
        return Fact(
            name, REFUSED, None, "it is refused, but whether one that was never issued is refused likewise is not known"
        )
    if (living := ledger.sampled(name, "living")) and living[-1].state is State.DEAD:
        return Fact(name, REFUSED, None, f"it is refused, and so is one of its kind that should work: {living[-1].why}")
    return Fact(
        name, REFUSED, True, "its issuer answers as to one that was never issued; that it was ever valid is not shown"
    )


def _unused(case: Desk, credential: Credential) -> Fact:
    read = [one for one in case.journal.records(Kind.USAGE_READ) if one.body["credential"] == credential.name]
    if not read:
        return Fact(credential.name, UNUSED, None, "no log was read for it")
    summary, skipped = read[-1].body.get("summary") or {}, read[-1].body.get("skipped")
    if summary.get("events"):
        return Fact(credential.name, UNUSED, False, f"the logs show {summary['events']} uses")
    if not read[-1].body.get("of_issuer", True):
        return Fact(credential.name, UNUSED, None, "no log was read that is known to be its issuer's")
    if skipped:
        return Fact(credential.name, UNUSED, None, "no use in the logs, of which some could not be read")
    return Fact(
        credential.name,
        UNUSED,
        True,
        "no use in the logs that were read; that they reach as far as the leak, people know",
    )


def _fake(case: Desk, credential: Credential) -> Fact:
    if not isinstance(credential, ApiToken):
        return Fact(credential.name, FAKE, False, "it is a whole OpenPGP key")
    try:
        text = credential.ref.rest if credential.ref.is_public else case.resolve(credential.ref).text()
    except IrkitError as error:
        return Fact(credential.name, FAKE, None, f"it cannot be read: {error}")
    found = identify(text) if len(text.strip().encode()) >= MIN_BYTES else ()
    why = visibly_fake(text, found[0].checked if found else None)
    return Fact(credential.name, FAKE, bool(why), why or "nothing in it shows that")


def _searched(case: Desk, credential: Credential) -> Fact:
    located = case.journal.records(Kind.LOCATED)
    if not located:
        return Fact(credential.name, SEARCHED, None, "nobody has searched for it")
    body = located[-1].body
    count = body.get("by_credential", {}).get(credential.name, 0)
    if body.get("skipped"):
        return Fact(credential.name, SEARCHED, None, f"{count} places; {body['skipped']} things could not be read")
    return Fact(credential.name, SEARCHED, True, f"{count} places")


def _contained(case: Desk) -> Iterator[Fact]:
    records = case.journal.records()
    for credential in case.credentials:
        if isinstance(credential, ApiToken):
            last = [one for one in records if one.kind is Kind.CONTAINED and one.body["credential"] == credential.name]
            answer = last[-1].body["contained"] if last else None
            why = "; ".join(last[-1].body["why"]) if last else "nobody has proved it dead"
        else:
            revoked = [
                one for one in records if one.kind is Kind.KEY_REVOKED and one.body.get("key") == credential.name
            ]
            answer = True if revoked else None
            why = "it is revoked; who has the revocation is in the consumer matrix" if revoked else "it is not revoked"
            if said := unrevokable(records, credential.name):
                answer, why = False, f"it cannot be revoked: {said.body['why']}"
        yield Fact(credential.name, CONTAINED, answer, why or "dead, and nothing outlives it")


def _nothing_waits(case: Desk) -> Fact:
    ledger = Ledger.of(case.journal.records())
    open_ = sorted(action for action in ledger.intents if ledger.begun(action))
    latest = [plan for chapter in ("revoke", "resign") if (plan := ledger.latest(chapter))]
    open_ += [
        one.id
        for plan in latest
        for one in plan.actions
        if not ledger.settled(one.id) and one.id not in ledger.hand_done
    ]
    if open_:
        return Fact("", NOTHING_WAITS, False, f"{len(set(open_))} actions of its plans are not settled")
    return Fact("", NOTHING_WAITS, True, "every action of its plans is settled")


def _brought(case: Desk, said: Sequence[str], why: str) -> Iterator[Fact]:
    """What a person says is said of every credential of the case."""
    for credential in case.credentials:
        for name in dict.fromkeys(said):
            yield Fact(credential.name, name, True, f"{SAID[name]}: {why}", case.responder)


# As something to look at


def _closed_view(body: Mapping[str, object]) -> View:
    facts = body.get("facts")
    rows = [
        (one["credential"] or "the case", one["fact"], one["answer"], one["why"], one["by"])
        for one in (facts if isinstance(facts, list) else [])
    ]
    blocks: list[Block] = [
        Notice("ok", f"{body['who']} closed the case as {body['as']}: {body['why']}"),
        Table.of(("Of", "Fact", "Holds", "Why", "Says"), rows, "What was known when it was closed"),
    ]
    if body.get("despite"):
        blocks.append(Notice("warn", f"Closed although not all is known: {body['despite']}"))
    return View("How it ended", tuple(blocks))
