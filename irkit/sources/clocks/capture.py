"""Fetching what a code host recorded, before it expires: reads only, page by page, bounded, and told where something is missing.

Registries of packages are asked too, for all that they tell of one package.

GitHub: https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api,
https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api. GitLab: https://docs.gitlab.com/api/rest/#pagination.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from irkit.errors import BadInput
from irkit.model import Skipped, iso
from irkit.network import Door
from irkit.plan import Auth, Call
from irkit.providers.interface import Reply, Setting
from irkit.sources.clocks.packages import npm_registry
from irkit.sources.clocks.read import ENVELOPE, without_secrets
from irkit.sources.hosts import PUBLIC_BASES

PAGES = 50
"""Pages that are asked for of one list at most."""

_HEADERS = {
    "github": (("Accept", "application/vnd.github+json"), ("X-GitHub-Api-Version", "2022-11-28")),
    "gitlab": (("Accept", "application/json"),),
    "npm": (("Accept", "application/json"),),
    "devpi": (("Accept", "application/json"),),
}

# The size of a page keeps each answer well below what the network door reads of one (1 MiB).
_QUESTIONS: dict[str, tuple[tuple[str, str, dict[str, str]], ...]] = {
    "github": (
        ("github-clones", "/repos/{name}/traffic/clones", {}),
        ("github-activity", "/repos/{name}/activity", {"per_page": "100"}),
        ("github-events", "/repos/{name}/events", {"per_page": "100"}),
        ("github-runs", "/repos/{name}/actions/runs", {"per_page": "30"}),
        ("github-releases", "/repos/{name}/releases", {"per_page": "20"}),
        ("github-forks", "/repos/{name}/forks", {"per_page": "50"}),
        ("github-alerts", "/repos/{name}/secret-scanning/alerts", {"per_page": "50", "hide_secret": "true"}),
        ("github-audit", "/orgs/{owner}/audit-log", {"per_page": "100", "include": "all", "phrase": "repo:{name}"}),
    ),
    "gitlab": (
        ("gitlab-events", "/projects/{id}/events", {"per_page": "100", "action": "pushed"}),
        ("gitlab-pipelines", "/projects/{id}/pipelines", {"per_page": "100"}),
        ("gitlab-forks", "/projects/{id}/forks", {"per_page": "50"}),
        ("gitlab-audit", "/projects/{id}/audit_events", {"per_page": "100"}),
    ),
    "npm": (("npm-uploads", "/{id}", {}),),
    "devpi": (("devpi-uploads", "/{name}", {}),),
}


@dataclass(frozen=True)
class Place:
    """A repository at a code host: `host` is "github" or "gitlab", `name` is `owner/name` (GitLab: with all groups).

    Or a package in an npm registry: `host` is "npm", `name` is `name` or `@scope/name`. Or one in an index of devpi: `host` is "devpi",
    `name` is `user/index/package`.
    """

    host: str
    name: str


@dataclass(frozen=True)
class Answer:
    """One answer, its pages joined: `document` says what it is, when and whom it was asked, and what is missing ("" for nothing)."""

    kind: str
    document: Mapping[str, Any]
    entries: int
    missing: str


def place_of(text: str) -> Place:
    """`OWNER/REPO` (GitHub), `github:OWNER/REPO`, `gitlab:GROUP/PROJECT`, the address of a repository; `npm:PACKAGE`,
    `devpi:USER/INDEX/PACKAGE`.

    BadInput for anything else.
    """
    if match := re.fullmatch(r"npm:((?:@[\w.~-]+/)?[\w~-][\w.~-]*)", text.strip(), re.ASCII):
        return Place("npm", match[1])
    if match := re.fullmatch(r"devpi:(\w[\w.-]*/\w[\w.-]*/\w[\w.-]*)", text.strip(), re.ASCII):
        return Place("devpi", match[1])
    host, name = _split(text.strip())
    name = name.strip("/").removesuffix(".git")
    right = r"[\w.-]+/[\w.-]+" if host == "github" else r"[\w.-]+(/[\w.-]+)+"
    if not re.fullmatch(right, name, re.ASCII) or ".." in name.split("/"):
        raise BadInput(
            "this names no repository of a code host", on=text[:100],
            do="write OWNER/REPO, gitlab:GROUP/PROJECT, npm:PACKAGE, devpi:USER/INDEX/PACKAGE, or the repository's address",
        )  # fmt: skip
    return Place(host, name)


def _split(text: str) -> tuple[str, str]:
    if match := re.match(r"(github|gitlab):(?!//)(.*)", text):
        return match[1], match[2]
    if match := re.match(r"(?:https?://|ssh://)?(?:[\w.-]+@)?([\w-]+(?:\.[\w-]+)+)(?::\d+)?[/:](.*)", text):
        host = next((host for host in PUBLIC_BASES if host in match[1].lower()), "")
        if host:
            return host, match[2]
        raise BadInput(
            "it cannot be told which kind of code host this is", on=match[1],
            do="write github:OWNER/REPO or gitlab:GROUP/PROJECT, and its API with --base",
        )  # fmt: skip
    return "github", text


def capture(place: Place, door: Door, setting: Setting, pages: int = PAGES) -> Iterator[Answer | Skipped]:
    """Each answer of the host about the repository, or why there is none. After a rate limit nothing more is asked.

    `setting`: the API's base ("" is the public one; for npm the registry that the user's own npm names) and the responder's own
    credential, sent to that base alone: as a bearer token, or as the password that the provider's settings make of it. BadInput
    where nothing says where a registry is.
    """
    if place.host == "npm" and not setting.base:
        setting = replace(setting, base=npm_registry(place.name))
    if place.host == "devpi" and not setting.base:
        raise BadInput(
            "the address of your devpi server is not known", on=place.name, do="name it with --base, or in case.toml"
        )
    owner, _, _ = place.name.partition("/")
    limited = ""
    for kind, path, query in _QUESTIONS[place.host]:
        if limited:
            yield Skipped(kind, f"not asked: {limited}")
            continue
        words = {"name": place.name, "owner": owner, "id": quote(place.name, safe="@" if place.host == "npm" else "")}
        asked = {name: value.format(**words) for name, value in query.items()}
        clock, at = _Clock(), datetime.now(UTC)
        answer, missing = listed(door, place.host, setting, path.format(**words), asked, pages, heard=clock.hear)
        if place.host == "npm" and "1 MiB" in missing:
            missing += f"; save what npm view {place.name} name time versions --json prints, and give the file"
        limited = missing if "rate limit" in missing else ""
        if answer is None:
            yield Skipped(kind, missing)
        else:
            document = asked_of(place, kind, at, missing, setting.base) | {
                "path": path.format(**words), "ahead_s": clock.ahead_s, "age_s": clock.age_s,
                "answer": without_secrets(_told(kind, answer)),
            }  # fmt: skip
            yield Answer(kind, document, _count(answer), missing)


def asked_of(place: Place, kind: str, at: datetime, missing: str, base: str = "") -> dict[str, Any]:
    """What is noted about a question: which, about what, when (before it was sent, by our clock), of whom, and what is missing."""
    parts = urlsplit(base)
    registry = f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
    return {ENVELOPE: kind, "repository": place.name, "asked": iso(at), "registry": registry, "missing": missing}


@dataclass
class _Clock:
    """How far the host's clock was ahead of ours, in seconds, by the Date of its last answer (RFC 9110, 6.6.1); None where it told none.

    `age_s` is how long an answer lay in a cache on its way (RFC 9111, 5.1): it tells what was so that long before.
    """

    ahead_s: float | None = None
    age_s: int = 0

    def hear(self, reply: Reply) -> None:
        age = reply.headers.get("age", "")
        self.age_s = max(self.age_s, int(age) if age.isdecimal() and len(age) < 10 else 0)
        try:
            told = parsedate_to_datetime(reply.headers.get("date", "")).astimezone(UTC)
        except ValueError:
            return
        self.ahead_s = round((told - datetime.now(UTC)).total_seconds() + self.age_s, 1)


@dataclass
class Patience:
    """How long in all, in seconds, to wait where a host says when it may be asked again; `wait` is how."""

    left_s: float = 0.0
    wait: Callable[[float], None] = time.sleep

    def waited(self, reply: Reply) -> bool:
        """Waits as the host's Retry-After says (RFC 9110, section 10.2.3; seconds). False when it says none, or too much is left."""
        later = reply.headers.get("retry-after", "")
        if reply.status not in (403, 429, 503) or not later.isdecimal():
            return False
        seconds = max(1, int(later))  # a host that says 0 again and again is not asked for ever
        if seconds > self.left_s:
            return False
        self.left_s -= seconds
        self.wait(seconds)
        return True


def listed(
    door: Door,
    host: str,
    setting: Setting,
    path: str,
    query: Mapping[str, str],
    pages: int = PAGES,
    patience: Patience | None = None,
    heard: Callable[[Reply], object] = lambda _: None,
) -> tuple[Any, str]:
    """An answer with its pages joined, and what is missing in words. The answer is None when not even the first page came.

    With `patience` a rate limit is waited out when the host says for how long. `heard` is given every reply.
    """
    base = (setting.base or PUBLIC_BASES[host]).rstrip("/")
    auth = _signed_in(host, setting)
    url, joined = f"{base}{path}" + (f"?{urlencode(query)}" if query else ""), None
    for _ in range(pages):
        identity = "responder" if auth else "nobody"
        call = Call("GET", url, identity, auth, _HEADERS[host])  # type: ignore[arg-type]
        reply = door.send(call)
        while patience and patience.waited(reply):
            reply = door.send(call)
        heard(reply)
        content = reply.json() if reply.status == 200 else None
        if not isinstance(content, list | dict):
            return joined, _why(reply) if joined is None else f"a later page is missing: {_why(reply)}"
        joined = _joined(joined, content)
        following = _next(reply)
        if not following:
            return joined, ""
        if not _same_place(following, base):
            return joined, "a later page is missing: the host named one at another address, which was not asked"
        url = following
    return joined, f"only the first {pages} pages were asked for, and there are more"


def _signed_in(host: str, setting: Setting) -> Auth | None:
    """As the provider's adapter signs in where it has its own way: a password sent as a token is a password shown to no purpose."""
    if setting.responder is None:
        return None
    user = setting.options.get("user", "")
    if host == "devpi" or (host == "npm" and user):
        return Auth("basic", setting.responder, user=user)
    return Auth("bearer", setting.responder)


def _joined(before: Any, content: Any) -> Any:
    if before is None:
        return content
    if isinstance(before, list) and isinstance(content, list):
        return before + content
    if isinstance(before, dict) and isinstance(content, dict):
        return {
            name: value + content.get(name, []) if isinstance(value, list) else value for name, value in before.items()
        }
    return before


def _next(reply: Reply) -> str:
    from requests.utils import parse_header_links

    links = parse_header_links(reply.headers.get("link", ""))
    return next((link["url"] for link in links if link.get("rel") == "next"), "")


def _same_place(url: str, base: str) -> bool:
    asked, own = urlsplit(url), urlsplit(base)
    return (asked.scheme, asked.netloc) == (own.scheme, own.netloc) and asked.path.startswith(own.path)


def _why(reply: Reply) -> str:
    """Why there was no answer. A rate limit is told with the time from which on it may be asked again."""
    if reply.status is None:
        return reply.nothing_came
    later = reply.headers.get("retry-after", "")
    spent = reply.headers.get("x-ratelimit-remaining", reply.headers.get("ratelimit-remaining")) == "0"
    if reply.status == 429 or (reply.status == 403 and (spent or later)):
        reset = reply.headers.get("x-ratelimit-reset", reply.headers.get("ratelimit-reset", ""))
        again = (
            f"in {later} s"
            if later
            else f"at {iso(datetime.fromtimestamp(int(reset), UTC))}"
            if reset.isdigit()
            else "later"
        )
        return f"rate limit: ask again {again}"
    if reply.status == 200:
        return "200 without JSON: this was not the host's API answering, or more than 1 MiB"
    if 300 <= reply.status < 400:
        return f"{reply.status}: it has moved; redirects are not followed, name it as it is called now"
    words = {
        401: "the credential was refused",
        403: "not allowed",
        404: "not there, or not to be seen with this credential",
    }
    return f"{reply.status}: {words.get(reply.status, 'no answer of use')}"


def _told(kind: str, answer: Any) -> Any:
    """Of a package the times and digests alone: its registry sends every version's whole description along."""
    if kind == "devpi-uploads" and isinstance(answer, dict) and isinstance(answer.get("result"), dict):
        kept = ("name", "version", "+links")
        versions = {
            name: {key: one.get(key) for key in kept} for name, one in answer["result"].items() if isinstance(one, dict)
        }
        return {"result": versions, "type": answer.get("type")}
    if kind != "npm-uploads" or not isinstance(answer, dict) or not isinstance(answer.get("versions"), dict):
        return answer
    versions = {name: {"dist": one.get("dist")} for name, one in answer["versions"].items() if isinstance(one, dict)}
    return {"name": answer.get("name"), "time": answer.get("time"), "versions": versions}


def _count(answer: Any) -> int:
    if isinstance(answer, list):
        return len(answer)
    for name in ("versions", "result"):
        if isinstance(answer.get(name), dict):
            return len(answer[name])
    return sum(len(value) for value in answer.values() if isinstance(value, list))
