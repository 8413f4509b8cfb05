"""Who vouches for the transition statement, who may, what they sign; and in JupyterLab a form to do it there, or to take in a signature."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from irkit.case.approvals import Approver, may_not_vouch
from irkit.case.desk import Desk
from irkit.case.forms import signing, typed
from irkit.case.forms.widgets import Form, Page, in_lab
from irkit.case.resigning import statement
from irkit.errors import BadInput
from irkit.model import Record
from irkit.show import Block, Cell, Details, Facts, Notice, Passage, Span, Table, View, Written

_LINES = 400


def vouching(case: Desk, home: str | Path = "") -> View | Page:
    """The page; in JupyterLab with two forms under it. BadInput while there is no statement."""
    stated = statement.latest(case)

    def again() -> View:
        return view(case, statement.latest(case))

    return Page(again, (_sign(case, stated, str(home)), _take(case, stated))) if in_lab() else again()


def view(case: Desk, stated: Record) -> View:
    """Who may vouch, and who has; the whole text that they sign; and the commands, one for each who may and has not."""
    have, missing = statement.vouched(case), _missing(case, stated)
    records, rows = case.journal.records(), list[tuple[Cell, ...]]()
    for person in case.approvers.values():
        why = may_not_vouch(person, records)
        rows.append((person.who, person.fingerprint, f"no: {why}" if why else "yes", person.fingerprint in have))
    facts = Facts(
        (
            ("Statement", stated.body["path"]),
            ("SHA-256", stated.body["evidence"]),
            ("New key", stated.body["key"]),
            ("People", f"{len(have)} of {stated.body['required']}"),
        )
    )
    enough = (
        Notice("warn", f"{missing} more must sign it. Whoever signs it says all that is in it: read it before.")
        if missing
        else Notice("ok", "Enough people have signed it.")
    )
    columns = ("Person", "Key", "May vouch", "Has signed it")
    blocks: list[Block] = [facts, Table.of(columns, rows, "Who may vouch for it"), enough, _text(case, stated)]
    if left := [one.fingerprint for one in _able(case) if one.fingerprint not in have]:
        blocks.append(Table.of(("To", "Command"), _commands(case, left), "The same on a command line"))
    return View("People who vouch for the transition statement", tuple(blocks))


def _text(case: Desk, stated: Record) -> Details:
    lines = case.evidence.get(stated.body["evidence"]).decode().splitlines()
    shown: list[Block] = [Written((Passage("code", (Span("\n".join(lines[:_LINES]), "code"),)),))]
    if more := lines[_LINES:]:
        shown.append(Notice("info", f"{len(more)} more lines are in {stated.body['path']}"))
    return Details("What is signed", tuple(shown), "transition-statement")


def _commands(case: Desk, left: Sequence[str]) -> list[tuple[str, str]]:
    folder, path = shlex.quote(str(case.folder)), shlex.quote(f"{case.folder}/{statement.FOLDER}/statement.txt")
    return [
        *((f"vouch as {key[-16:]}", f"irkit vouch {folder} --key {key}") for key in left),
        ("sign it on another machine", f"gpg --armor --detach-sign {path}"),
        ("and take it back", f"irkit vouch {folder} --key FINGERPRINT --signature FILE"),
    ]


def _sign(case: Desk, stated: Record, home: str) -> Form:
    def act(held: Mapping[str, str]) -> View:
        _require_latest(case, stated)
        typed.same_digest("the statement", stated.body["path"], stated.body["evidence"], held["digest"])
        signer = typed.chosen(stated.body["path"], held["signer"])
        if signer in statement.vouched(case):
            return _result(case, stated, "This key has signed the statement already; nothing was signed again.")
        phrase = typed.reference(held["passphrase"], case.redactor)
        statement.vouch(case, signer, home=Path(held["home"]).expanduser(), passphrase=phrase)
        return _result(case, stated, f"Signed with the key {signer}.")

    fields = signing.fields(case, home, lambda: _able(case))
    return Form("Vouch for it here", fields, "Sign the statement", act)


def _take(case: Desk, stated: Record) -> Form:
    def act(held: Mapping[str, str]) -> View:
        _require_latest(case, stated)
        path = Path(typed.said("the signature", held["file"], case.redactor)).expanduser()
        signature = statement.read_signature(path)
        text = case.evidence.get(stated.body["evidence"]).decode()
        signer = statement.signer(text, signature, _able(case))
        if signer in statement.vouched(case):
            return _result(case, stated, "This key's signature was taken before.")
        statement.vouch(case, signer, signature=signature)
        return _result(case, stated, f"The signature of the key {signer} was taken.")

    fields = (signing.plain(case, "file", "Signature", "its path, as gpg --armor --detach-sign wrote it"),)
    return Form("Or take a signature that was made elsewhere", fields, "Take this signature", act)


def _able(case: Desk) -> list[Approver]:
    records = case.journal.records()
    return [one for one in case.approvers.values() if not may_not_vouch(one, records)]


def _missing(case: Desk, stated: Record) -> int:
    return max(0, int(stated.body["required"]) - len(statement.vouched(case)))


def _require_latest(case: Desk, stated: Record) -> None:
    if statement.latest(case).body["evidence"] != stated.body["evidence"]:
        raise BadInput(
            "the statement says something else by now, so nothing was taken", on=stated.body["path"],
            do="run the cell of the statement and this one again, and read what it says",
        )  # fmt: skip


def _result(case: Desk, stated: Record, what: str) -> View:
    missing = _missing(case, stated)
    after = f"{missing} more must sign it." if missing else "That is enough: it can be published."
    have = len(statement.vouched(case))
    return View(f"Statement: {have} of {stated.body['required']}", (Notice("ok", f"{what} {after}"),))
