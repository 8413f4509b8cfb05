"""A variable of a CircleCI context. CircleCI never gives one back: it says when a variable was changed.

Calls: https://circleci.com/docs/api/v2/ (Context)
"""

from __future__ import annotations

from irkit.model import SecretRef
from irkit.plan import Auth, Call
from irkit.providers.interface import Reading, Reply, Setting
from irkit.providers.replies import accepted_by, has
from irkit.stores.interface import Fields, Store
from irkit.stores.replies import base, changed_lately, responder

PUBLIC = "https://circleci.com"
_STORE = "circleci-context"


def _ask_back(setting: Setting, place: Fields) -> Call:
    """The first page of the context's variables, which come without values."""
    url = f"{base(setting, _STORE, PUBLIC)}/api/v2/context/{place['context']}/environment-variable"
    auth = Auth("header", responder(setting, _STORE), header="Circle-Token")
    return Call("GET", url, "responder", auth, about=place["name"])


def _ask_put(setting: Setting, place: Fields, value: SecretRef) -> tuple[Call, ...]:
    asked = _ask_back(setting, place)
    return (Call("PUT", f"{asked.url}/{place['name']}", "responder", asked.auth, body={"value": value}, mutates=True),)


def _read_back(reply: Reply, _label: str) -> Reading:
    document = reply.json()
    items = document.get("items") if isinstance(document, dict) else None
    found = [one for one in items if one.get("variable") == reply.about] if isinstance(items, list) else []
    return changed_lately("CircleCI", reply, found[0].get("updated_at") if found else None)


CIRCLECI_CONTEXT = Store(
    name=_STORE,
    title="CircleCI context",
    form=f"{_STORE}:CONTEXT-ID/NAME",
    pattern=r"(?P<context>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/(?P<name>[A-Za-z_][A-Za-z0-9_]*)",
    tested="unverified: from CircleCI's documentation",
    ask_put=_ask_put,
    read_put=accepted_by("CircleCI", done=(200,), says=has("variable")),
    ask_back=_ask_back,
    read_back=_read_back,
)
