"""Keys and signatures: what was revoked, made, published, signed again and set aside. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from irkit.model import Kind, OpenPgpKey
from irkit.postmortem.story import Story, short
from irkit.show import Block, Cell, Facts, Notice, Table


def resigning(story: Story) -> tuple[Block, ...]:
    keys = [credential for credential in story.credentials if isinstance(credential, OpenPgpKey)]
    if not keys and not story.of(Kind.JUDGED, Kind.RESIGNED, Kind.KEY_GENERATED):
        return (Notice("info", "No signing key is part of this case."),)
    return (*_keys(story), *_published(story), *_artifacts(story), *_statement(story))


def _keys(story: Story) -> Iterator[Block]:
    revoked, made = story.of(Kind.KEY_REVOKED), story.of(Kind.KEY_GENERATED)
    rows = [
        (
            str(r.body.get("key")),
            r.body.get("reason"),
            _joined(r.body.get("on_the_wire")),
            r.at,
            r.body.get("certificate") or "none kept",
        )
        for r in revoked
    ]
    columns = ("Old key", "Reason", "Reason on the wire", "Revoked (UTC)", "Revocation")
    yield Table.of(columns, rows, "Keys revoked")
    yield from _unrevokable(story)
    for record in made:
        body = record.body
        new: tuple[tuple[str, Cell], ...] = (
            ("Primary", _text(body.get("primary"))),
            ("Signing key", _text(body.get("signing"))),
            ("User id", _text(body.get("user_id"))),
            ("Expires", _text(body.get("expires"))),
            ("Made", record.at),
            (
                "Its own revocation certificates",
                _joined(
                    [one for one in (body.get("revocation_certificate"), body.get("revocation_superseded")) if one]
                ),
            ),
        )
        yield Facts(new, "New key")
    if not made:
        yield Notice("warn", "No new key has been made yet.")


def _unrevokable(story: Story) -> Iterator[Block]:
    for credential in story.credentials:
        if said := story.unrevokable(credential.name):
            why = f"nobody of ours can revoke it, as people say ({said.body.get('why')})"
            yield Notice(
                "bad", f"{short(credential.name)}: {why}. It counts wherever it is held, until it is taken out there."
            )
            ways = [
                (_text(one.get("name")), one.get("possible"), _text(one.get("why")))
                for one in said.body.get("ways") or ()
            ]
            yield Table.of(("Way", "Possible", "Why"), ways, "Ways to revoke it that were looked for")


def _artifacts(story: Story) -> Iterator[Block]:
    judged = story.judged()
    signed = {str(record.body.get("path")): record for record in story.of(Kind.RESIGNED)}
    held = {str(record.body.get("path")): record for record in story.of(Kind.QUARANTINED)}
    gone = {str(record.body.get("path")): record for record in story.of(Kind.WITHDRAWN)}
    if not judged and not signed and not held:
        yield Notice("warn", "What the key signed has not been judged yet, so what can be trusted is unknown.")
        return
    left = [path for path in judged if path not in signed and path not in held and path not in gone]
    counts: tuple[tuple[str, Cell], ...] = (
        ("Artifacts judged", len(judged)), ("Re-signed", len(signed)), ("Quarantined", len(held)), ("Withdrawn", len(gone)),
        ("Left", len(left)),
    )  # fmt: skip
    yield Facts(counts, "Artifacts")
    rows: list[tuple[Cell, ...]] = []
    apart = held | gone
    for path in sorted(
        judged.keys() | signed.keys() | apart.keys(), key=lambda path: (path in signed, path not in apart, path)
    ):
        verdict, record = judged.get(path, {}), signed.get(path) or apart.get(path)
        now = (
            "re-signed"
            if path in signed
            else "quarantined"
            if path in held
            else "withdrawn"
            if path in gone
            else "left as it was"
        )
        why = apart[path].body.get("why") if path in apart else verdict.get("why")
        proof = _joined(signed[path].body.get("proven_by")) if path in signed else ""
        digest = verdict.get("sha256") or (record.body.get("sha256") if record else None)
        rows.append((path, _text(verdict.get("verdict")), _text(why), now, proof, _text(digest)))
    columns = ("Artifact", "Judged", "Why", "Now", "Verified by", "SHA-256")
    yield Table.of(columns, rows, "Every artifact the old key signed, those that are not trusted first", most=200)


def _published(story: Story) -> Iterator[Block]:
    last = {str(record.body["place"]): record for record in story.of(Kind.PUBLISHED)}
    rows = [
        (place, record.body.get("old"), record.body.get("new"), record.body.get("why"), record.at)
        for place, record in sorted(last.items())
    ]
    if rows:
        columns = ("Place", "Old key", "New key", "Read back", "At (UTC)")
        yield Table.of(columns, rows, "Where the keys are published, as a client without a copy sees it")


def _statement(story: Story) -> Iterator[Block]:
    stated = story.of(Kind.STATED)
    if not stated:
        return
    last = stated[-1]
    voices = {
        str(one.body["fingerprint"]): str(one.body["who"])
        for one in story.of(Kind.VOUCHED)
        if one.body.get("statement") == last.body.get("evidence")
    }
    facts = (
        ("Transition statement", str(last.body["path"])), ("Signed by the new key", _text(last.body.get("key"))),
        ("Signed by people", ", ".join(voices.values()) or "nobody yet"), ("SHA-256", _text(last.body.get("evidence"))),
    )  # fmt: skip
    yield Facts(facts, "What consumers are told")


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)


def _joined(value: object) -> str | None:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or None
    return _text(value)
