"""A variable of a CircleCI context. CircleCI never gives one back.

Calls: https://circleci.com/docs/api/v2/ (Context)
"""

from __future__ import annotations

from irkit.model import SecretRef
from irkit.plan import Auth, Call
from irkit.providers.interface import Setting
from irkit.providers.replies import accepted_by, has
from irkit.stores.interface import Fields, Store
from irkit.stores.replies import base, responder

PUBLIC = "https://circleci.com"
_STORE = "circleci-context"


def _ask_put(setting: Setting, place: Fields, value: SecretRef) -> tuple[Call, ...]:
    url = f"{base(setting, _STORE, PUBLIC)}/api/v2/context/{place['context']}/environment-variable/{place['name']}"
    auth = Auth("header", responder(setting, _STORE), header="Circle-Token")
    return (Call("PUT", url, "responder", auth, body={"value": value}, mutates=True),)


CIRCLECI_CONTEXT = Store(
    name=_STORE,
    title="CircleCI context",
    form=f"{_STORE}:CONTEXT-ID/NAME",
    pattern=r"(?P<context>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/(?P<name>[A-Za-z_][A-Za-z0-9_]*)",
    tested="unverified: from CircleCI's documentation",
    ask_put=_ask_put,
    read_put=accepted_by("CircleCI", done=(200,), says=has("variable")),
)
