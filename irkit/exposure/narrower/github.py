"""The least scopes of a classic token, and the permissions of a fine-grained one, for what a token was seen to do. Pure.

What a classic token needs is taken from GitHub's API description (`github_scopes.json` says which version; the test that writes it
holds it against the package). Of fine-grained tokens the description says too little, so that those are told by the part of the API
that a path is in: unverified.
https://docs.github.com/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any

from irkit.exposure.narrower.proposal import NOT_ENOUGH, Line, Proposal, nothing_seen
from irkit.exposure.narrower.seen import Act, Seen, text_of
from irkit.exposure.usage.abilities import GITHUB, IMPLIED
from irkit.model import UsageEvent

KIND = "GitHub classic scopes, or permissions of a fine-grained token"
PUBLIC, PRIVATE = "public", "private"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_READS = ("GET", "HEAD")
_PERMISSIONS = {
    "contents": "contents", "git": "contents", "commits": "contents", "branches": "contents", "releases": "contents", "compare": "contents",
    "tarball": "contents", "zipball": "contents", "readme": "contents", "merges": "contents", "issues": "issues", "labels": "issues",
    "milestones": "issues", "assignees": "issues", "pulls": "pull_requests", "actions": "actions", "check-runs": "checks",
    "check-suites": "checks", "deployments": "deployments", "environments": "environments", "pages": "pages", "statuses": "statuses",
    "hooks": "repository_hooks", "keys": "administration", "collaborators": "administration", "code-scanning": "security_events",
    "secret-scanning": "secret_scanning_alerts", "dependabot": "vulnerability_alerts", "subscribers": "metadata", "languages": "metadata",
    "topics": "metadata", "contributors": "metadata", "tags": "metadata",
}  # fmt: skip
_BY_GIT = {"git.clone": ("contents", "read"), "git.fetch": ("contents", "read"), "git.push": ("contents", "write")}


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


def things(event: UsageEvent) -> tuple[str, Iterable[str]]:
    """`METHOD PATH` of a request, else the name of the audit log's event; what it was done to, and whether anybody may see that."""
    method, path = (
        text_of(event.raw, "request_method").upper(),
        text_of(event.raw, "url_path") or text_of(event.raw, "route"),
    )
    name = f"{method} {path.partition('?')[0]}" if method in _METHODS and path.startswith("/") else event.action
    public = (event.raw or {}).get("public_repo", (event.raw or {}).get("repository_public"))
    seen = {True: PUBLIC, False: PRIVATE}.get(public) if isinstance(public, bool) else ""
    return name, [f"{event.target} ({seen})" if seen else event.target]


def narrowed(seen: Seen, scopes: Sequence[str] = ()) -> Proposal:
    """The proposal; `scopes` are those that the token has, () where they are not known."""
    refused = [
        Line(name, "", (), act.refused + act.failed, "not proposed: it never succeeded")
        for name, act in sorted(seen.acts.items())
        if not act.done
    ]
    if not seen.done:
        return Proposal(KIND, None, tuple(refused), notes=nothing_seen(KIND).notes)
    wants: list[Sequence[str]] = []
    permissions: dict[str, str] = {}
    lines, unknown = [], []
    for name, act in seen.done.items():
        needed, why = _classic(name, act)
        if needed is None:
            unknown.append(name)
        wants += needed or ()
        permission, access = _fine(name)
        if permission:
            permissions[permission] = max(access, permissions.get(permission, ""))  # "write" comes after "read"
        said = " and ".join(" or ".join(one) for one in needed or ()) or ("none" if needed is not None else "")
        lines.append(Line(name, said, tuple(act.things)[:6], act.done, why))
    chosen = least(wants)
    text = {
        "classic_scopes": chosen,
        "fine_grained": {
            "repositories": _repositories(seen),
            "permissions": {"metadata": "read", **dict(sorted(permissions.items()))},
        },
    }
    notes = [
        NOT_ENOUGH,
        "the permissions of a fine-grained token are told by the part of the API that a path is in: unverified",
    ]
    if unknown:
        more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
        notes.insert(1, f"which scope these need is not known here: {', '.join(unknown[:5])}{more}")
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


def least(wants: Iterable[Sequence[str]]) -> list[str]:
    """One scope for each want: such that is chosen already where one is, else the one that holds the fewest others; what another holds is
    left out."""
    chosen: list[str] = []
    for want in sorted(wants, key=len):
        if not any(one == scope or one in IMPLIED.get(scope, ()) for one in want for scope in chosen):
            chosen.append(min(want, key=lambda one: (len(IMPLIED.get(one, ())), want.index(one))))
    return sorted(one for one in set(chosen) if not any(one in IMPLIED.get(other, ()) for other in chosen))


def _classic(name: str, act: Act) -> tuple[Sequence[Sequence[str]] | None, str]:
    """What is needed: several wants, of each one scope is enough; None where nobody says."""
    kind = (
        PUBLIC if act.things and all(one.endswith(f"({PUBLIC})") for one in act.things) and not act.unnamed else PRIVATE
    )
    method, _, path = name.partition(" ")
    if path:
        endpoint = table().named("GET" if method == "HEAD" else method, path)
        if not endpoint:
            return None, "the description names no scope for it, or has no such path"
        return table().endpoints[endpoint][
            kind
        ], f"{endpoint}, of {kind} repositories" if "{repo}" in endpoint else endpoint
    if name in _BY_GIT:
        scope = ["repo", "public_repo"] if kind == PUBLIC else ["repo"]
        free = kind == PUBLIC and name != "git.push"
        return ([] if free else [scope]), f"git over HTTPS, of {kind} repositories"
    for ability in GITHUB:
        if any(fnmatchcase(name, pattern) for pattern in ability.seen_as):
            return [ability.wants], f"{ability.what}: one of these, by GitHub's list of scopes"
    return None, "which scope allows it is not known here"


def _fine(name: str) -> tuple[str, str]:
    if name in _BY_GIT:
        return _BY_GIT[name]
    method, _, path = name.partition(" ")
    parts = path.strip("/").split("/")
    if len(parts) < 4 or parts[0] != "repos":
        return "", ""
    if parts[3:5] == ["actions", "secrets"]:
        return "secrets", "read" if method in _READS else "write"
    permission = _PERMISSIONS.get(parts[3], "")
    return (permission, "read" if method in _READS else "write") if permission else ("", "")


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
