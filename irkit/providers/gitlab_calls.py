"""What GitLab's files share: the address, and calls as the responder."""

from __future__ import annotations

from typing import Literal

from irkit.plan import Auth, Call, Json
from irkit.providers.interface import Setting

PUBLIC = "https://gitlab.com/api/v4"


def base(setting: Setting) -> str:
    """The address of the API: a server's own address is enough."""
    if not setting.base:
        return PUBLIC
    given = setting.base.rstrip("/")
    return given if given.endswith("/api/v4") else f"{given}/api/v4"


def site(setting: Setting) -> str:
    return base(setting).removesuffix("/api/v4")


def as_responder(
    setting: Setting,
    method: Literal["GET", "POST", "PUT", "DELETE"],
    path: str,
    *,
    body: Json = None,
    query: tuple[tuple[str, str], ...] = (),
    about: str = "",
    mutates: bool = False,
) -> Call | None:
    """None without a responder."""
    if setting.responder is None:
        return None
    auth = Auth("header", setting.responder, header="PRIVATE-TOKEN")
    return Call(method, base(setting) + path, "responder", auth, (), query, body, mutates=mutates, about=about)
