"""GitHub's secrets for Actions (of a repository, an environment, an organisation) and Dependabot.

GitHub takes a value only in a sealed box for its public key, and never gives one back: it says when a secret was changed.
Calls: https://docs.github.com/rest/actions/secrets, https://docs.github.com/rest/dependabot/secrets
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote

from irkit.errors import BadInput
from irkit.model import SecretRef
from irkit.plan import Auth, Call, Json, Sealed
from irkit.providers.interface import Reading, Reply, Setting
from irkit.providers.replies import accepted_by
from irkit.stores.interface import Fields, Store
from irkit.stores.replies import DOTS, base, changed_lately, responder

PUBLIC = "https://api.github.com"
_HEADERS = (("Accept", "application/vnd.github+json"), ("X-GitHub-Api-Version", "2022-11-28"))
_OWNER = r"(?P<owner>[A-Za-z0-9-]+)/(?P<repo>[A-Za-z0-9._-]+)"
_NAME = r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
VISIBILITIES = ("all", "private", "selected")

Path = Callable[[Fields], str]


def _repository(kind: str) -> Path:
    return lambda place: f"/repos/{place['owner']}/{place['repo']}/{kind}/secrets"


def _environment(place: Fields) -> str:
    return f"/repos/{place['owner']}/{place['repo']}/environments/{quote(place['environment'], safe='')}/secrets"


def _organisation(place: Fields) -> str:
    return f"/orgs/{place['owner']}/actions/secrets"


def _learn(reply: Reply) -> Mapping[str, str]:
    """The public key and its id."""
    document = reply.json()
    if reply.status != 200 or not isinstance(document, dict):
        return {}
    found = {name: document.get(name) for name in ("key", "key_id")}
    return {name: value for name, value in found.items() if isinstance(value, str)} if all(found.values()) else {}


def _who_may_read(setting: Setting) -> dict[str, Json]:
    """An organisation's secret is sent with who may read it: saying nothing could open it to more than before."""
    visibility = setting.options.get("visibility", "")
    chosen = [one for one in setting.options.get("repository_ids", "").replace(",", " ").split() if one.isdigit()]
    if visibility not in VISIBILITIES or (visibility == "selected" and not chosen):
        raise BadInput(
            "it is not said which repositories may read this secret",
            on="github-org",
            do='write visibility = "private", "all" or "selected" (with repository_ids = "1 2") under '
            "[stores.github-org.options] in case.toml",
        )
    ids: tuple[Json, ...] = tuple(int(one) for one in chosen)
    return {"visibility": visibility, **({"selected_repository_ids": ids} if visibility == "selected" else {})}


def read_back(reply: Reply, _label: str) -> Reading:
    document = reply.json()
    return changed_lately("GitHub", reply, document.get("updated_at") if isinstance(document, dict) else None)


def _store(
    name: str, title: str, form: str, pattern: str, path: Path, more: Callable[[Setting], dict[str, Json]]
) -> Store:
    def call(setting: Setting, place: Fields, last: str) -> Call:
        url = base(setting, name, PUBLIC) + path(place) + last
        return Call("GET", url, "responder", Auth("bearer", responder(setting, name)), _HEADERS)

    def ask_put(setting: Setting, place: Fields, value: SecretRef) -> tuple[Call, ...]:
        asked = call(setting, place, f"/{place['name']}")
        body: dict[str, Json] = {"encrypted_value": Sealed(value, place["key"]), "key_id": place["key_id"]}
        return (Call("PUT", asked.url, "responder", asked.auth, _HEADERS, body=body | more(setting), mutates=True),)

    return Store(
        name=name,
        title=title,
        form=f"{name}:{form}",
        pattern=DOTS + pattern,
        tested="contract: @octokit/openapi; and a stateful loopback server that opens the sealed box; never github.com itself",
        look_up=lambda setting, place: call(setting, place, "/public-key"),
        learn=_learn,
        ask_put=ask_put,
        read_put=accepted_by("GitHub", done=(201, 204)),
        ask_back=lambda setting, place: call(setting, place, f"/{place['name']}"),
        read_back=read_back,
        proved={"put": "contract: @octokit/openapi", "read back": "contract: @octokit/openapi"},
    )


def _nothing(_setting: Setting) -> dict[str, Json]:
    return {}


GITHUB_ACTIONS = _store(
    "github-actions", "GitHub Actions secret of a repository", "OWNER/REPO/NAME", f"{_OWNER}/{_NAME}",
    _repository("actions"), _nothing,
)  # fmt: skip
GITHUB_DEPENDABOT = _store(
    "github-dependabot", "Dependabot secret of a repository", "OWNER/REPO/NAME", f"{_OWNER}/{_NAME}",
    _repository("dependabot"), _nothing,
)  # fmt: skip
GITHUB_ENVIRONMENT = _store(
    "github-environment", "GitHub Actions secret of an environment", "OWNER/REPO/ENVIRONMENT/NAME",
    f"{_OWNER}/(?P<environment>.+)/{_NAME}", _environment, _nothing,
)  # fmt: skip
GITHUB_ORG = _store(
    "github-org", "GitHub Actions secret of an organisation", "ORG/NAME", f"(?P<owner>[A-Za-z0-9-]+)/{_NAME}",
    _organisation, _who_may_read,
)  # fmt: skip
