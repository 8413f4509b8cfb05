"""How well a rehearsal went: what is true in the drill's world against what irkit found. Pure.

`findings` holds plain values, each key optional; what is missing is answered "not measured", never "failed":

    located      {credential: the document of `irkit locate --format json`}
    usage        {credential: the document of `irkit usage --format json`}
    windows      {credential: {"opened": {"earliest": I, "latest": I}, ...}}, I an ISO time, {"at": time} or None
    verdicts     {credential: "dead" | "not dead" | "inconclusive"}
    contained    {credential: "yes" | "no" | "unknown", the last only where nothing but unreadable logs makes it so}
    resigned     paths of the artifacts signed anew        quarantined   paths set aside
    mutations    {"planned": n, "carried_out": n}          leaks         places where a secret was found to have escaped

Credentials are named "github-token", "aws-key" and "release-key".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any

from irkit.drill.card import Chapter, Check, Scorecard, of
from irkit.drill.truth import AWS_KEY, GITHUB_TOKEN, RELEASE_KEY, Place, Truth, Use
from irkit.model import WEAK_FORMS, iso, parse_instant

Findings = Mapping[str, Any]


def score(truth: Truth, findings: Findings, *, expect: Mapping[str, str] | None = None) -> Scorecard:
    """Compares `findings` with `truth`. `expect` gives the verdict to expect where it is not "dead" (a drill with faults)."""
    checks: list[Check] = []
    for credential in (GITHUB_TOKEN, AWS_KEY, RELEASE_KEY):
        checks += of(Chapter.STANDS, *_located(truth, credential, _part(findings, "located", credential)))
    for credential in (GITHUB_TOKEN, AWS_KEY):
        found = _part(findings, "usage", credential)
        asked = (
            *_used(truth, credential, found),
            *_begot(truth, credential, found),
            *_stands_out(truth, credential, found),
        )
        checks += of(Chapter.USED, *asked)
    for credential in (GITHUB_TOKEN, AWS_KEY, RELEASE_KEY):
        checks += of(Chapter.SINCE, _window(truth, credential, _part(findings, "windows", credential)))
    for credential in (GITHUB_TOKEN, AWS_KEY):
        wanted = (expect or {}).get(credential, "dead")
        verdict = _part(findings, "verdicts", credential)
        contained = {"dead": "yes", "not dead": "no"}.get(wanted, "unknown")
        if contained == "yes" and truth.unread:
            contained = "unknown"  # what it begot may stand where nobody can read
        checks += of(
            Chapter.REVOKED,
            _equal(f"{credential}: verdict", wanted, verdict),
            _equal(f"{credential}: contained", contained, _part(findings, "contained", credential)),
        )
    checks += of(Chapter.REVOKED, _mutations(findings.get("mutations")))
    checks += of(Chapter.SIGNED, *_artifacts(truth, findings.get("resigned"), findings.get("quarantined")))
    checks += of(Chapter.ESCAPED, _set_check("places where a secret escaped", (), findings.get("leaks")))
    return Scorecard(tuple(checks))


# Chapter 1: where it stands.


def _located(truth: Truth, credential: str, found: Mapping[str, Any] | None) -> list[Check]:
    places = truth.places_of(credential)
    names = [
        f"{credential}: {what}"
        for what in ("places", "false places", "lines", "forms", "branches and tags that hold it")
    ]
    if found is None:
        held = sorted(_held(places, lambda place: (*place.refs, *place.tags)))
        return [
            _unmeasured(name, what)
            for name, what in zip(names, (_count(places), "0", "-", _forms(places), _list(held)), strict=True)
        ]
    rows = [row for row in found["occurrences"] if row["form"] not in WEAK_FORMS]
    paired = {place: [row for row in rows if _stands_at(place, row)] for place in places}
    missing = [place.path or place.blob[:12] for place, hits in paired.items() if not hits]
    stray = [row["path"] for row in rows if not any(_stands_at(place, row) for place in places)]
    astray = [
        f"{place.path}:{row['line']} for {place.line}"
        for place, hits in paired.items()
        for row in hits[:1]
        if place.line is not None and all(hit["line"] != place.line for hit in hits)
    ]
    miswritten = [
        f"{place.path}: {hits[0]['form']} for {place.form}"
        for place, hits in paired.items()
        if hits and all(hit["form"] != place.form for hit in hits)
    ]
    told = _count(places) if not missing else f"{len(places) - len(missing)}, not {_list(missing)}"
    held = sorted(_held(places, lambda place: (*place.refs, *place.tags)))
    names_held = sorted(_held(rows, lambda row: (*row.get("refs", ()), *row.get("tags", ()))))
    return [
        Check(names[0], _count(places), told, not missing),
        Check(names[1], "0", _list(stray) or "0", not stray),
        Check(names[2], "each as planted", _list(astray) or "each as planted", not astray),
        Check(names[3], _forms(places), _list(miswritten) or _forms(places), not miswritten),
        Check(names[4], _list(held) or "none", _list(names_held) or "none", held == names_held),
    ]


def _stands_at(place: Place, row: Mapping[str, Any]) -> bool:
    if row["place"] != place.place:
        return False
    if place.place == "git":
        return bool(row["path"] == place.path and row["blob"] == place.blob)
    if place.place == "git-tag":
        return bool(row["path"] == place.path)
    if place.place in ("file", "archive"):
        return f"/{row['path']}".endswith(f"/{place.path}")
    marks = (mark["commit"] for mark in row.get("added", ()))
    return any(place.blob in str(text) for text in (row.get("blob"), row.get("commit"), row["path"], *marks))


def _forms(places: Iterable[Place]) -> str:
    return _list(sorted({place.form for place in places}), 12)


def _held(things: Iterable[Any], names: Callable[[Any], Iterable[str]]) -> set[str]:
    return {
        name.removeprefix("refs/").removeprefix("heads/").removeprefix("tags/")
        for thing in things
        for name in names(thing)
    }


# Chapter 1: who used it, since when.


def _used(truth: Truth, credential: str, found: Mapping[str, Any] | None) -> list[Check]:
    use = truth.uses_of(credential, "by_key")[0]
    derived = [one.key for one in truth.uses_of(credential, "derived")]
    created = [one.key for one in truth.uses_of(credential, "created")]
    strangers = sorted(set(truth.intruders) & use.addresses.keys())
    own = found["by_key"] if found else {}
    seen = sorted(set(strangers) & set(own.get("addresses", ()))) if found else None
    return [
        _equal(f"{credential}: events", use.events, own.get("events")),
        _equal(f"{credential}: duplicates", use.duplicates, own.get("duplicates")),
        _span(f"{credential}: first and last use", use, own or None),
        _set_check(f"{credential}: intruder's addresses", strangers, seen),
        _set_check(
            f"{credential}: keys derived from it", derived, [one["key"] for one in found["derived"]] if found else None
        ),
        _set_check(f"{credential}: keys made with it", created, _made_keys(found) if found else None),
        _equal(
            f"{credential}: events that only name it",
            truth.mentions.get(credential, 0),
            found["mentions"] if found else None,
        ),
    ]


def _begot(truth: Truth, credential: str, found: Mapping[str, Any] | None) -> list[Check]:
    """The tree of descent, edge by edge, and what of it lives, is dead, was used."""
    children = [child for child in truth.children if child.credential == credential]
    tree = found.get("descent") if found else None
    words = {True: "yes", False: "no", None: "unknown"}
    edges = [f"{one.kind} {one.id[-8:]} of {one.parent[-8:]}" for one in children]
    lives = [f"{one.id[-8:]} {words[one.lives]}" for one in children]
    used = [f"{one.id[-8:]} {words[one.used]}" for one in children]
    got = [f"{row['kind']} {row['id'][-8:]} of {row['parent'][-8:]}" for row in tree] if tree is not None else None
    alive = [f"{row['id'][-8:]} {row['alive']}" for row in tree] if tree is not None else None
    seen = [f"{row['id'][-8:]} {row['used']}" for row in tree] if tree is not None else None
    return [
        _set_check(f"{credential}: tree of descent", edges, got),
        _set_check(f"{credential}: what of it still lives", lives, alive),
        _set_check(f"{credential}: what of it was used", used, seen),
    ]


def _stands_out(truth: Truth, credential: str, found: Mapping[str, Any] | None) -> list[Check]:
    """Every sign of the intruder must stand out, and no address of the owner's."""
    signs = [sign for sign in truth.signs if sign.credential == credential]
    names = (f"{credential}: signs of the intruder", f"{credential}: alarms about its owner")
    if found is None or "findings" not in found:
        return [_unmeasured(names[0], str(len(signs))), _unmeasured(names[1], "none")]
    rows = found["findings"]
    missed = [
        sign.words
        for sign in signs
        if not any(sign.words in row["title"] and row["attack"] == sign.attack for row in rows)
    ]
    told = str(len(signs)) if not missed else f"{len(signs) - len(missed)}, not {_list(missed)}"
    about_owner = [row["title"] for row in rows if any(row["title"].startswith(owner) for owner in truth.owners)]
    return [Check(names[0], str(len(signs)), told, not missed), _set_check(names[1], (), about_owner)]


def _made_keys(found: Mapping[str, Any]) -> list[str]:
    return [one["id"] for one in found["created"] if one["kind"] in ("access-key", "deploy-key")]


def _span(name: str, use: Use, own: Mapping[str, Any] | None) -> Check:
    expected = " to ".join(iso(at) for at in (use.first, use.last) if at)
    if own is None:
        return _unmeasured(name, expected)
    first, last = _instant(own.get("first")), _instant(own.get("last"))
    told = " to ".join(iso(at) if at else "unknown" for at in (first, last))
    return Check(name, expected, told, _same_second(first, use.first) and _same_second(last, use.last))


def _window(truth: Truth, credential: str, found: Mapping[str, Any] | None) -> Check:
    """The bounds of the opening must hold the true push; a bound taken from a date that an author chose would not."""
    name, pushed = f"{credential}: when the exposure began", truth.leak_of(credential).pushed
    if found is None:
        return _unmeasured(name, iso(pushed))
    earliest, latest = (_instant(found["opened"].get(end)) for end in ("earliest", "latest"))
    told = " to ".join(iso(at) if at else "unknown" for at in (earliest, latest))
    holds = (earliest is None or earliest <= pushed) and (latest is None or pushed <= latest)
    return Check(name, f"holds {iso(pushed)}", told, holds)


# Chapters 2 and 3: what was done.


def _mutations(found: Mapping[str, int] | None) -> Check:
    name = "mutations carried out"
    if found is None:
        return _unmeasured(name, "each planned one once")
    planned, done = found["planned"], found["carried_out"]
    return Check(name, f"{planned}, each once", str(done), planned == done)


def _artifacts(truth: Truth, resigned: Iterable[str] | None, quarantined: Iterable[str] | None) -> list[Check]:
    good = truth.artifacts_that_are("good")
    doubtful = (*truth.artifacts_that_are("tampered"), *truth.artifacts_that_are("unknown"))
    signed = None if resigned is None else sorted({PurePath(path).name for path in resigned})
    aside = None if quarantined is None else sorted({PurePath(path).name for path in quarantined})
    wrongly = None if signed is None else [name for name in signed if name in doubtful]
    return [
        _set_check(
            "artifacts signed anew", good, None if signed is None else [name for name in signed if name in good]
        ),
        _set_check("doubtful artifacts signed anew", (), wrongly),
        _set_check("artifacts in quarantine", doubtful, None if aside is None else [n for n in aside if n in doubtful]),
        _set_check("good artifacts in quarantine", (), None if aside is None else [n for n in aside if n in good]),
    ]


# The small parts.


def _part(findings: Findings, key: str, credential: str) -> Any:
    return (findings.get(key) or {}).get(credential)


def _unmeasured(name: str, expected: str) -> Check:
    return Check(name, expected, "not measured", None)


def _equal(name: str, expected: object, got: object) -> Check:
    return _unmeasured(name, str(expected)) if got is None else Check(name, str(expected), str(got), expected == got)


def _set_check(name: str, expected: Iterable[str], got: Iterable[str] | None) -> Check:
    wanted = sorted(set(expected))
    if got is None:
        return _unmeasured(name, _list(wanted) or "none")
    had = sorted(set(got))
    return Check(name, _list(wanted) or "none", _list(had) or "none", wanted == had)


def _instant(value: Any) -> datetime | None:
    if isinstance(value, Mapping):
        value = value.get("at")
    return parse_instant(value) if isinstance(value, str) else value


def _same_second(one: datetime | None, other: datetime | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) < timedelta(seconds=1)


def _count(things: Iterable[object]) -> str:
    return str(sum(1 for _ in things))


def _list(names: Iterable[str], most: int = 4) -> str:
    listed = list(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more
