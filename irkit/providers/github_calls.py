"""What all of GitHub's files share: the address, the headers, and how a change is answered."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from irkit.errors import BadInput
from irkit.plan import Auth, Call, Json, Leaf
from irkit.providers.interface import Accepted, Reply, Setting, Target

PUBLIC = "https://api.github.com"
HEADERS = (("Accept", "application/vnd.github+json"), ("X-GitHub-Api-Version", "2022-11-28"))


def base(setting: Setting) -> str:
    return (setting.base or PUBLIC).rstrip("/")


def site(setting: Setting) -> str:
    """Where a person goes: an Enterprise Server's API lies below /api/v3 of its site."""
    return setting.base.rstrip("/").removesuffix("/api/v3") if setting.base else "https://github.com"


def is_own_server(setting: Setting) -> bool:
    return urlsplit(base(setting)).hostname != urlsplit(PUBLIC).hostname


def part(text: str) -> str:
    """One segment of a path: an option that holds a slash, or is dots, leads nowhere else. BadInput for dots alone."""
    if text in (".", ".."):
        raise BadInput("this is no name of anything at GitHub", on=text, do="correct it in case.toml")
    return quote(text, safe="")


def repository_path(name: str) -> str:
    """`OWNER/REPO` as the two segments they are."""
    owner, _, repository = name.partition("/")
    return f"{part(owner)}/{part(repository)}"


def as_responder(
    setting: Setting,
    method: str,
    path: str,
    *,
    body: Json = None,
    query: tuple[tuple[str, str], ...] = (),
    about: Leaf = "",
    mutates: bool = False,
) -> Call | None:
    """None without a responder, or when the responder's credential is an app's client secret, which is good for that app alone."""
    if setting.responder is None or setting.options.get("client_id"):
        return None
    return Call(
        method,  # type: ignore[arg-type]
        base(setting) + path,
        "responder",
        Auth("bearer", setting.responder),
        HEADERS,
        query,
        body,
        mutates=mutates,
        about=about,
    )


def is_control(target: Target) -> bool:
    return target.secret is not None and target.secret.scheme == "control"


def read_changed(reply: Reply) -> Accepted:
    """200, 202 and 204 are accepted, which is not yet dead. 202 is also the answer for what was never issued."""
    if reply.status is None:
        return Accepted(None if reply.sent else False, reply.nothing_came)
    if reply.status in (202, 204):
        return Accepted(True, f"GitHub accepted it ({reply.status})")
    document = reply.json()
    if not isinstance(document, dict):
        # A firewall's page says nothing of what became of the request behind it.
        return Accepted(None, f"{reply.status} without JSON: this was not GitHub's API answering")
    message = str(document.get("message", ""))[:120]
    if reply.status >= 500:
        return Accepted(None, f"GitHub answered {reply.status}: {message}")
    return Accepted(False, f"GitHub answered {reply.status}: {message}")
