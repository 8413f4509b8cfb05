"""A CI/CD variable of a GitLab project, written masked.

Calls: https://docs.gitlab.com/api/project_level_variables/
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from irkit.model import SecretRef, State
from irkit.plan import Auth, Call, Json
from irkit.providers.interface import Reading, Reply, Setting
from irkit.providers.replies import accepted_by, has, message_of
from irkit.stores.interface import Fields, Store
from irkit.stores.replies import DOTS, base, holds, responder

PUBLIC = "https://gitlab.com"
_STORE = "gitlab-variable"


def _variables(setting: Setting, place: Fields) -> str:
    return f"{base(setting, _STORE, PUBLIC)}/api/v4/projects/{quote(place['project'], safe='')}/variables"


def _auth(setting: Setting) -> Auth:
    return Auth("header", responder(setting, _STORE), header="PRIVATE-TOKEN")


def _scope(place: Fields) -> tuple[tuple[str, str], ...]:
    """Which of several variables of one name: the one of this environment, or of all."""
    return (("filter[environment_scope]", place.get("scope", "*")),)


def _ask(setting: Setting, place: Fields) -> Call:
    url = f"{_variables(setting, place)}/{place['key']}"
    return Call("GET", url, "responder", _auth(setting), query=_scope(place))


def _learn(reply: Reply) -> Mapping[str, str]:
    """Whether the variable is there. The reply holds the value that is there now: nothing of it is taken on."""
    document = reply.json()
    if reply.status == 200 and has("key")(document) is not None:
        return {"there": "yes"}
    return {"there": "no"} if reply.status == 404 and "Variable" in message_of(document) else {}


def _ask_put(setting: Setting, place: Fields, value: SecretRef) -> tuple[Call, ...]:
    """`raw`: else GitLab would expand a `$` in the value. What was protected, or not, stays as it was."""
    body: dict[str, Json] = {"value": value, "masked": True, "raw": True}
    url = _variables(setting, place)
    if place["there"] == "yes":
        put = Call(
            "PUT", f"{url}/{place['key']}", "responder", _auth(setting), query=_scope(place), body=body, mutates=True
        )
        return (put,)
    protected = setting.options.get("protected", "true") != "false"
    fresh: dict[str, Json] = {"key": place["key"], "protected": protected, "environment_scope": place.get("scope", "*")}
    return (Call("POST", url, "responder", _auth(setting), body=body | fresh, mutates=True),)


def _read_back(reply: Reply, label: str) -> Reading:
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    if reply.status != 200 or not isinstance(document, dict):
        return Reading(State.UNKNOWN, f"GitLab answered {reply.status}: {message_of(document)}")
    return holds("GitLab", document.get("value"), label)


GITLAB_VARIABLE = Store(
    name=_STORE,
    title="GitLab CI/CD variable of a project",
    form=f"{_STORE}:GROUP/PROJECT/KEY, or {_STORE}:GROUP/PROJECT/KEY@ENVIRONMENT",
    pattern=DOTS + r"(?P<project>[^@]+)/(?P<key>[A-Za-z0-9_]{1,255})(?:@(?P<scope>.+))?",
    tested="unverified: a stateful loopback server written after GitLab's documentation; never a GitLab",
    look_up=_ask,
    learn=_learn,
    ask_put=_ask_put,
    read_put=accepted_by("GitLab", done=(200, 201), says=has("key")),
    ask_back=_ask,
    read_back=_read_back,
)
