"""Stores on this machine: the keyring, a file, a file encrypted with SOPS or age. Their doors compare and never give a value back."""

from __future__ import annotations

import json
from collections.abc import Mapping

from irkit.errors import BadInput
from irkit.model import SecretRef, State
from irkit.plan import Ask, Json, NativeCall
from irkit.providers.interface import Reading, Reply, Setting
from irkit.providers.replies import accepted_by, has, message_of
from irkit.stores.interface import FRESH, Fields, Store

_read_put = accepted_by("this machine", done=(200,), says=has("written"))


def _version(reply: Reply) -> str:
    document = reply.json()
    return str(document.get("version", "")) if isinstance(document, dict) else ""


def _read_back(reply: Reply, _label: str) -> Reading:
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    equal = document.get("equal") if reply.status == 200 and isinstance(document, dict) else None
    if not isinstance(equal, bool):
        return Reading(State.UNKNOWN, f"it could not be compared: {message_of(document)}")
    return Reading(State.ALIVE, "it holds the fresh value") if equal else Reading(State.DEAD, "it holds something else")


def _learn(reply: Reply) -> Mapping[str, str]:
    """Whether the place could take it, so that nothing is made that could be put nowhere."""
    return {"ready": "yes"} if reply.status == 200 and has("ready")(reply.json()) is not None else {}


def _fresh(place: Fields) -> SecretRef:
    return SecretRef(place[FRESH])


def _put_into_keyring(_setting: Setting, place: Fields, value: SecretRef) -> tuple[Ask, ...]:
    return (NativeCall("keyring", place["entry"], "set", "responder", params={"value": value}, mutates=True),)


def _back_from_keyring(_setting: Setting, place: Fields) -> Ask:
    return NativeCall("keyring", place["entry"], "compare", "responder", params={"value": _fresh(place)})


KEYRING = Store(
    name="keyring",
    title="Keyring of this machine",
    form="keyring:SERVICE/USER",
    pattern=r"(?P<entry>[^/]+/.+)",
    tested="real part: the keyring library, with a backend in memory",
    look_up=lambda _setting, place: NativeCall("keyring", place["entry"], "look", "responder"),
    learn=_learn,
    ask_put=_put_into_keyring,
    read_put=_read_put,
    ask_back=_back_from_keyring,
    read_back=_read_back,
    proved={"put": "real part: keyring library", "read back": "real part: keyring library"},
)


def _put_into_file(_setting: Setting, place: Fields, value: SecretRef) -> tuple[Ask, ...]:
    return (NativeCall("file", place["path"], "write", "responder", params={"value": value}, mutates=True),)


def _back_from_file(_setting: Setting, place: Fields) -> Ask:
    return NativeCall("file", place["path"], "compare", "responder", params={"value": _fresh(place)})


FILE = Store(
    name="file",
    title="File on this machine",
    form="file:PATH",
    pattern=r"(?P<path>[~/].*[^/])",
    tested="real part: the file system",
    look_up=lambda _setting, place: NativeCall("file", place["path"], "look", "responder"),
    learn=_learn,
    ask_put=_put_into_file,
    read_put=_read_put,
    ask_back=_back_from_file,
    read_back=_read_back,
    version=_version,
    proved={"put": "real part: file system", "read back": "real part: file system"},
)


def _index(place: Fields) -> str:
    """`a.b.0` as sops writes it: `["a"]["b"][0]`."""
    return "".join(f"[{part}]" if part.isdigit() else f"[{json.dumps(part)}]" for part in place["key"].split("."))


def _put_into_sops(_setting: Setting, place: Fields, value: SecretRef) -> tuple[Ask, ...]:
    params: dict[str, Json] = {"index": _index(place), "value": value}
    return (NativeCall("sops", place["path"], "set", "responder", params=params, mutates=True),)


def _back_from_sops(_setting: Setting, place: Fields) -> Ask:
    params: dict[str, Json] = {"index": _index(place), "value": _fresh(place)}
    return NativeCall("sops", place["path"], "compare", "responder", params=params)


SOPS = Store(
    name="sops",
    title="File encrypted with SOPS",
    form="sops:PATH#KEY (KEY as a.b.c)",
    pattern=r"(?P<path>[~/][^#]*[^/#])#(?P<key>[^.#]+(?:\.[^.#]+)*)",
    tested="real part: sops, with an age key",
    look_up=lambda _setting, place: NativeCall("sops", place["path"], "look", "responder"),
    learn=_learn,
    ask_put=_put_into_sops,
    read_put=_read_put,
    ask_back=_back_from_sops,
    read_back=_read_back,
    version=_version,
    proved={"put": "real part: sops", "read back": "real part: sops"},
)


def _recipients(setting: Setting, place: Fields) -> tuple[str, ...]:
    told = tuple(one.strip() for one in setting.options.get("recipients", "").split(",") if one.strip())
    if not told:
        raise BadInput(
            "it is not known for whom this file is to be encrypted",
            on=place["path"],
            do='write recipients = "age1..., age1..." under [stores.age.options] in case.toml',
        )
    return told


def _look_at_age(setting: Setting, place: Fields) -> Ask:
    params: dict[str, Json] = {"recipients": _recipients(setting, place)}
    return NativeCall("age", place["path"], "look", "responder", params=params)


def _put_into_age(setting: Setting, place: Fields, value: SecretRef) -> tuple[Ask, ...]:
    params: dict[str, Json] = {"recipients": _recipients(setting, place), "value": value}
    return (NativeCall("age", place["path"], "write", "responder", params=params, mutates=True),)


def _back_from_age(setting: Setting, place: Fields) -> Ask | None:
    """Only an identity can look into the file."""
    if setting.responder is None:
        return None
    params: dict[str, Json] = {"value": _fresh(place)}
    return NativeCall("age", place["path"], "compare", "responder", secret=setting.responder, params=params)


AGE = Store(
    name="age",
    title="File encrypted with age",
    form="age:PATH",
    pattern=r"(?P<path>[~/].*[^/])",
    tested="real part: pyrage, an implementation of age",
    look_up=_look_at_age,
    learn=_learn,
    ask_put=_put_into_age,
    read_put=_read_put,
    ask_back=_back_from_age,
    read_back=_read_back,
    version=_version,
    proved={"put": "real part: pyrage", "read back": "real part: pyrage"},
)
