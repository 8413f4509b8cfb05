"""The least scopes of a classic token, and the permissions of a fine-grained one, for what a token was seen to do. Pure.

What a classic token needs is taken from GitHub's API description (`github_scopes.json` says which version; the test that writes it
holds it against the package). Of fine-grained tokens the description says too little: `github_fine` has those."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any

from irkit.exposure.narrower.github_fine import permissions
from irkit.exposure.narrower.proposal import NOT_ENOUGH, Line, Proposal, nothing_seen
from irkit.exposure.narrower.seen import Act, Seen, Things, text_of
from irkit.exposure.usage.abilities import GITHUB, IMPLIED, SCOPES
from irkit.model import UsageEvent

KIND = "GitHub classic scopes, or permissions of a fine-grained token"
PUBLIC, PRIVATE = "public", "private"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_BY_GIT = ("git.clone", "git.fetch", "git.push")
_SPELT = {
    "manage_runner:org": "manage_runners:org",
    "admin:organization": "admin:org",
    "admin:repository": "repo",
    "write:user": "user",
}
"""What the description calls by another name than GitHub's list of scopes."""
_OF_WHOM = {"repo.": "repo", "org.": ":org", "enterprise.": ":enterprise"}
"""Which scopes of an ability are meant by an event of that beginning."""


@dataclass(frozen=True)
class Table:
    source: str
    endpoints: Mapping[str, Mapping[str, Sequence[Sequence[str]]]]
    templates: tuple[tuple[str, re.Pattern[str], str], ...]

    def named(self, method: str, path: str) -> str:
        """The endpoint that a path is of; of several the one with the fewest places for names. "" when the table has none."""
        fitting = [name for verb, pattern, name in self.templates if verb == method and pattern.fullmatch(path)]
        return min(fitting, key=lambda name: name.count("{"), default="")


@cache
def table() -> Table:
    plain: Any = json.loads(files("irkit.exposure.narrower").joinpath("github_scopes.json").read_text("utf-8"))
    templates = []
    for name in plain["endpoints"]:
        method, _, path = name.partition(" ")
        templates.append((method, re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path))), name))
    return Table(plain["source"], plain["endpoints"], tuple(templates))


def things(event: UsageEvent) -> Sequence[Things]:
    """`METHOD PATH` of a request, else the name of the audit log's event; what it was done to, and whether anybody may see that."""
    method, path = (
        text_of(event.raw, "request_method").upper(),
        text_of(event.raw, "url_path") or text_of(event.raw, "route"),
    )
    is_request = method in _METHODS and path.startswith("/")
    name = f"{method} {path.partition('?')[0]}" if is_request else event.action
    public = (event.raw or {}).get("public_repo", (event.raw or {}).get("repository_public"))
    seen = {True: PUBLIC, False: PRIVATE}.get(public) if isinstance(public, bool) else ""
    parts = path.strip("/").split("/")
    in_path = "/".join(parts[1:3]) if is_request and parts[0] == "repos" and len(parts) > 2 else ""
    target = in_path if in_path and "/" not in event.target else event.target
    return [(name, [f"{target} ({seen})" if seen else target])]


def narrowed(seen: Seen, scopes: Sequence[str] = ()) -> Proposal:
    """The proposal; `scopes` are those that the token has, () where they are not known."""
    refused = [
        Line(name, "", (), act.refused + act.failed, f"not proposed: it never succeeded{act.perhaps_allowed}")
        for name, act in sorted(seen.acts.items())
        if not act.done
    ]
    if not seen.done:
        return Proposal(KIND, None, tuple(refused), notes=nothing_seen(KIND).notes)
    held = {one for scope in scopes for one in (scope, *IMPLIED.get(scope, ()))}
    wants: list[Sequence[str]] = []
    fine: dict[str, str] = {}
    lines, unknown, coarse = [], [], []
    for name, act in seen.done.items():
        needed, why = _classic(name, act, held)
        if needed is None:
            unknown.append(name)
        wants += needed or ()
        needs = permissions(name)
        if needs is None:
            coarse.append(name)
        for permission, access in needs or ():
            fine[permission] = max(access, fine.get(permission, ""))  # "write" comes after "read"
        said = " and ".join(" or ".join(one) for one in needed or ()) or ("none" if needed is not None else "")
        lines.append(Line(name, said, tuple(act.things)[:6], act.done, f"{why}{act.perhaps_allowed}"))
    chosen = least(wants, held)
    repositories = _repositories(seen)
    text = {
        "classic_scopes": chosen,
        "fine_grained": {
            "repositories": repositories,
            "permissions": {"metadata": "read", **dict(sorted(fine.items()))},
        },
    }
    notes = [
        NOT_ENOUGH,
        "the permissions of a fine-grained token are told by the part of the API that a path is in: unverified",
    ]
    if unknown:
        notes.insert(1, f"which scope these need is not known here: {_few(unknown)}")
    if coarse:
        notes.append(
            f"which permission of a fine-grained token these need is not known here, and not proposed: {_few(coarse)}"
        )
    notes += _weaker(seen, repositories)
    if not seen.only_from:
        notes.append(
            "uses by whoever else had the token count as well: --only-from NETWORK leaves out what came from elsewhere"
        )
    faults = _wider(chosen, scopes)
    return Proposal(
        KIND,
        text,
        (*lines, *refused),
        (),
        f"GitHub's API description ({table().source}), classic scopes alone",
        faults,
        tuple(notes),
    )


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _weaker(seen: Seen, repositories: Sequence[str]) -> Iterable[str]:
    if "git.push" in seen.done:
        yield "a push that changes a workflow needs the scope workflow (a fine-grained token: workflows, write) as well, which no log tells"
    if any(act.unnamed or act.more for act in seen.done.values()):
        yield "the logs do not name every repository, or more than are told apart: those that are listed are not all"
    if len({one.partition("/")[0] for one in repositories}) > 1:
        yield "a fine-grained token is of one owner: these repositories need one for each"


def least(wants: Iterable[Sequence[str]], held: Collection[str] = ()) -> list[str]:
    """One scope for each want: such that is chosen already where one is, else the one that holds the fewest others, of those that the token
    has where it has one; what another holds is left out."""
    chosen: list[str] = []
    for want in sorted(([one for one in want if one in held] or want for want in wants), key=len):
        if not any(one == scope or one in IMPLIED.get(scope, ()) for one in want for scope in chosen):
            chosen.append(min(want, key=lambda one: (len(IMPLIED.get(one, ())), want.index(one))))
    return sorted(one for one in set(chosen) if not any(one in IMPLIED.get(other, ()) for other in chosen))


def _classic(name: str, act: Act, held: Collection[str]) -> tuple[Sequence[Sequence[str]] | None, str]:
    """What is needed: several wants, of each one scope is enough; None where nobody says."""
    kind = (
        PUBLIC if act.things and all(one.endswith(f"({PUBLIC})") for one in act.things) and not act.unnamed else PRIVATE
    )
    method, _, path = name.partition(" ")
    if path:
        endpoint = table().named("GET" if method == "HEAD" else method, path)
        if not endpoint:
            return None, "the description names no scope for it, or has no such path"
        spelt = [[_SPELT.get(one, one) for one in want] for want in table().endpoints[endpoint][kind]]
        wants = [[one for one in want if one in SCOPES] for want in spelt]
        if not all(wants):
            return None, f"{endpoint}: what the description names is no scope that there is"
        return wants, f"{endpoint}, of {kind} repositories" if "{repo}" in endpoint else endpoint
    if name in _BY_GIT:
        scope = ["repo", "public_repo"] if kind == PUBLIC else ["repo"]
        free = kind == PUBLIC and name != "git.push"
        return ([] if free else [scope]), f"git over HTTPS, of {kind} repositories"
    for ability in GITHUB:
        if any(fnmatchcase(name, pattern) for pattern in ability.seen_as):
            return _widest(
                name, kind, ability.wants, held
            ), f"{ability.what}: which scope it took no list says; the widest that fits"
    return None, "which scope allows it is not known here"


def _widest(name: str, kind: str, wants: Sequence[str], held: Collection[str]) -> Sequence[Sequence[str]]:
    """Of several scopes that allow things of a kind the one that surely allows this: of those that the token has, where it has one."""
    fitting = [one for one in wants if one != "public_repo" or kind == PUBLIC or "repo" not in wants]
    of = next((of for begin, of in _OF_WHOM.items() if name.startswith(begin)), "")
    fitting = [one for one in fitting if of in one] or fitting
    fitting = [one for one in fitting if one in held] or fitting
    if kind == PUBLIC and "public_repo" in fitting:
        return [["public_repo"]]
    most = max(len(IMPLIED.get(one, ())) for one in fitting)
    return [[one] for one in fitting if len(IMPLIED.get(one, ())) == most]


def _repositories(seen: Seen) -> list[str]:
    """Those that were named; of an owner alone none is."""
    named = (one.rpartition(" (")[0] or one for act in seen.done.values() for one in act.things)
    return sorted({one for one in named if one.count("/") == 1})


def _wider(chosen: Sequence[str], scopes: Sequence[str]) -> tuple[str, ...]:
    """What the token so far has not: somebody else's answer, or a scope that the description asks for and GitHub does not."""
    held = {one for scope in scopes for one in (scope, *IMPLIED.get(scope, ()))}
    wider = [one for one in chosen if one not in held]
    if not scopes or not wider:
        return ()
    return (f"it was done without {', '.join(wider)}, which the token has not: leave that out",)
