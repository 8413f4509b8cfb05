"""Keys registered at GitHub: a repository's deploy keys, a user's SSH and GPG keys. Known by where GitHub keeps them.

A key's public id is its path in GitHub's API: `repos/OWNER/REPO/keys/ID`, `users/LOGIN/keys/ID`, `users/LOGIN/gpg_keys/ID`; for the
administrator of an Enterprise Server, which does not revoke by value, also `admin/tokens/ID` and `admin/keys/ID`.
https://docs.github.com/rest/deploy-keys/deploy-keys, https://docs.github.com/rest/users/keys,
https://docs.github.com/rest/users/gpg-keys. GitHub's register is asked, not its SSH server: a key alone answers there as `ssh`.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping

from irkit.errors import BadInput
from irkit.model import State
from irkit.plan import Call, HumanTask, Identity, Leaf
from irkit.providers.github_calls import (
    HEADERS,
    as_responder,
    base,
    is_control,
    is_own_server,
    part,
    read_changed,
    repository_path,
    site,
)
from irkit.providers.interface import (
    LookUp,
    Made,
    Need,
    Provider,
    Reading,
    Replacement,
    Reply,
    Setting,
    Shape,
    Step,
    Target,
)

_LOGIN = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:_[a-z0-9]{3,8})?"
_ID = r"[1-9][0-9]{0,18}"
_PATTERNS = {
    "deploy-key": rf"repos/{_LOGIN}/(?!\.\.?/)[A-Za-z0-9._-]{{1,100}}/keys/{_ID}",
    "ssh-key": rf"users/{_LOGIN}/keys/{_ID}",
    "gpg-key": rf"users/{_LOGIN}/gpg_keys/{_ID}",
    "server-token": rf"admin/tokens/{_ID}",
    "server-key": rf"admin/keys/{_ID}",
}
_OF_SERVER = ("server-token", "server-key")
_OWNERS = {"deploy-key": "octocat/irkit-look-alike"}


def _look_alike(shape: str) -> Callable[[], str]:
    """Twelve digits and more: GitHub counts its keys up, and is at nine."""

    def make() -> str:
        number = 10**17 + secrets.randbelow(10**17)
        return f"{_list_of(shape, _OWNERS.get(shape, 'octocat'))}/{number}"

    return make


def _shape(name: str) -> Shape:
    return Shape(name, _PATTERNS[name], "https://docs.github.com/rest", None, _look_alike(name))


def _list_of(shape: str, owner: str) -> str:
    """The path of the list in which a key stands. `owner` is OWNER/REPO for a deploy key, a login for a user's, else of no matter."""
    if shape in _OF_SERVER:
        return "admin/tokens" if shape == "server-token" else "admin/keys"
    if shape == "deploy-key":
        return f"repos/{repository_path(owner)}/keys"
    return f"users/{part(owner)}/{'keys' if shape == 'ssh-key' else 'gpg_keys'}"


def owner_of(public_id: str) -> str:
    """`OWNER/REPO` or a login; "" for what belongs to a server, or is no public id of a key."""
    parts = public_id.split("/")
    return "/".join(parts[1:-2]) if len(parts) > 3 else ""


def _is_id(target: Target) -> bool:
    return re.fullmatch(_PATTERNS.get(target.shape, ""), target.public_id) is not None


def ask_standing(setting: Setting, target: Target) -> Call:
    """The list that the key stands in: a 404 on the key alone would also be what GitHub tells who may not see it."""
    control = is_control(target)
    owner = setting.options.get("owner", "") if control else owner_of(target.public_id)
    of_server = target.shape in _OF_SERVER
    if not (control or _is_id(target)) or not (owner or of_server):
        raise BadInput(
            "it is not known whose key this is", do="give its id as repos/OWNER/REPO/keys/ID or users/LOGIN/keys/ID"
        )
    about: Leaf = target.secret if control and target.secret else target.public_id
    path, query = f"/{_list_of(target.shape, owner)}", (("per_page", "100"),)
    asked = as_responder(setting, "GET", path, query=query, about=about)
    if asked is None and (of_server or target.shape == "deploy-key"):
        raise BadInput(
            "these are shown to administrators only, of the repository or the server",
            do="name the responder's credential under [providers.github-keys] in case.toml",
        )
    identity: Identity = "control" if control else "responder" if asked else "nobody"
    auth = asked.auth if asked else None
    return Call("GET", base(setting) + path, identity, auth, HEADERS, query, about=about)


def read_standing(reply: Reply) -> Reading:
    """Alive while it is listed. Every refusal is about who asked."""
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    if reply.status != 200 or not isinstance(document, list):
        return Reading(State.UNKNOWN, f"GitHub answered {reply.status}: the list of keys could not be read")
    number = reply.about.rpartition("/")[2]
    found = next((one for one in document if isinstance(one, dict) and number and str(one.get("id")) == number), None)
    if found:
        used = f", last used {found['last_used']}" if found.get("last_used") else ""
        return Reading(
            State.ALIVE, f"GitHub lists it, added {found.get('created_at', 'at a time it does not say')}{used}"
        )
    if not number or 'rel="next"' in reply.headers.get("link", ""):
        return Reading(State.UNKNOWN, "the list of keys goes on beyond its first hundred")
    return Reading(State.DEAD, "GitHub no longer lists it")


def ask_delete(setting: Setting, target: Target) -> Call | HumanTask:
    """DELETE, as the repository's administrator or as the key's own owner: GitHub lets nobody else."""
    number = target.public_id.rpartition("/")[2]
    paths = {
        "deploy-key": f"/repos/{repository_path(owner_of(target.public_id))}/keys/{number}",
        "ssh-key": f"/user/keys/{number}",
        "gpg-key": f"/user/gpg_keys/{number}",
        "server-token": f"/admin/tokens/{number}",
        "server-key": f"/admin/keys/{number}",
    }
    if not _is_id(target) or (target.shape in _OF_SERVER and not is_own_server(setting)):
        return BY_HAND
    return as_responder(setting, "DELETE", paths[target.shape], mutates=True) or by_hand(setting, target)


def by_hand(setting: Setting, target: Target) -> HumanTask:
    pages = {
        "deploy-key": f"{owner_of(target.public_id)}/settings/keys",
        "server-token": "stafftools",
        "server-key": "stafftools",
    }
    page = pages.get(target.shape, "settings/keys")
    return HumanTask("Delete the key in GitHub's settings", f"{site(setting)}/{page}", BY_HAND.steps)


BY_HAND = HumanTask(
    "Delete the key in GitHub's settings",
    "https://github.com/settings/keys",
    (
        "For a deploy key, sign in as an administrator of the repository; else as the key's owner",
        "Find it by its fingerprint and delete it; look for others that were added since the exposure began",
        "Deleting a GPG key turns the commits signed with it to Unverified: revoke the key itself first, and think before deleting",
    ),
)


def _ask_owner(setting: Setting, target: Target) -> Call | None:
    """Who is asked about the look-alike: the same repository or user, by the name that GitHub gives back."""
    owner = owner_of(target.public_id)
    if not owner or setting.options.get("owner"):
        return None
    path = f"/repos/{repository_path(owner)}" if target.shape == "deploy-key" else f"/users/{part(owner)}"
    return as_responder(setting, "GET", path) or Call("GET", base(setting) + path, "nobody", None, HEADERS)


def _read_owner(_setting: Setting, reply: Reply) -> Mapping[str, str]:
    document = reply.json() if reply.status == 200 else None
    found = document.get("full_name") or document.get("login") if isinstance(document, dict) else None
    return {"owner": found} if isinstance(found, str) else {}


def _describe(value: str) -> tuple[tuple[str, str], ...]:
    parts = value.split("/")
    kinds = {
        "repos/keys": "deploy key",
        "users/keys": "SSH key of a user",
        "users/gpg_keys": "GPG key of a user",
        "admin/tokens": "personal access token, as an Enterprise Server's administrator sees it",
        "admin/keys": "SSH key, as an Enterprise Server's administrator sees it",
    }
    owner, where = owner_of(value), "repository" if parts[0] == "repos" else "user"
    whose = ((where, owner),) if owner else ()
    return (("kind", kinds[f"{parts[0]}/{parts[-2]}"]), *whose, ("id at GitHub", parts[-1]))


def _ask_replacement(setting: Setting, target: Target, need: Need) -> HumanTask:
    task = by_hand(setting, target)
    steps = (
        f"Make a key pair where it will be used, so that its private part never travels: ssh-keygen -t ed25519 -C {need.name}",
        "Add its public part there; a deploy key as read-only unless it must write",
    )
    return HumanTask(f"Add the replacement {need.name} for the key", task.page, steps)


GITHUB_KEYS = Provider(
    name="github-keys",
    title="GitHub's registered keys",
    docs="docs/providers/github-keys.md",
    shapes=tuple(_shape(name) for name in _PATTERNS),
    by_hand=BY_HAND,
    tested="contract: @octokit/openapi (every call); a stateful loopback server written after it; never github.com itself",
    ask_standing=ask_standing,
    read_standing=read_standing,
    steps=(Step("delete", "Delete the key at GitHub", ask_delete, read_changed),),
    survives=(
        "connections that were opened with the key before, until they close",
        "the same key where it is registered elsewhere: other hosts and servers, and authorized_keys",
        "clones made with it; for a GPG key, the signatures made with it, which become Unverified",
    ),
    describe=_describe,
    public_id=lambda value: value,
    look_up=LookUp(_ask_owner, _read_owner),
    replacement=Replacement(
        _ask_replacement,
        lambda _document: None,
        lambda _reply: Made(None, "a person makes it"),
        better="a GitHub App or the workflow's own GITHUB_TOKEN instead of a deploy key; an SSH key in hardware (ed25519-sk) for people",
    ),
    proved={
        "identify": "offline",
        "verify": "contract: @octokit/openapi",
        "revoke": "contract: @octokit/openapi",
        "confirm": "contract: @octokit/openapi",
    },
)
