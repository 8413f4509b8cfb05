"""What was added to a repository or an account, and outlives the token it was added with.

https://docs.github.com/rest/deploy-keys/deploy-keys, https://docs.github.com/rest/repos/webhooks,
https://docs.github.com/rest/users/keys, https://docs.github.com/rest/users/gpg-keys.

Options: `repository` (OWNER/REPO) for deploy keys and webhooks, `login` for SSH and GPG keys, `since` (ISO 8601, UTC): what was
there before the exposure began does not count.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from irkit.model import State
from irkit.plan import Call, HumanTask
from irkit.providers.github_calls import HEADERS, as_responder, base, part, repository_path, site
from irkit.providers.interface import Reading, Reply, Setting, Survivors, Target

_PAGE = (("per_page", "100"),)


def _of_repository(what: str, path: str, page: str) -> Survivors:
    def ask(setting: Setting, _target: Target) -> Call | None:
        name = setting.options.get("repository", "")
        if "/" not in name:
            return None
        return as_responder(
            setting,
            "GET",
            f"/repos/{repository_path(name)}/{path}",
            query=_PAGE,
            about=setting.options.get("since", ""),
        )

    def close(setting: Setting, _target: Target) -> HumanTask:
        name = setting.options.get("repository", "OWNER/REPO")
        return _look(what, f"{site(setting)}/{name}/{page}")

    return Survivors(what, close, None, ask, _reader(what))


def _of_account(what: str, path: str) -> Survivors:
    def ask(setting: Setting, _target: Target) -> Call | None:
        """Everybody may ask for these; the responder only has a larger hourly limit."""
        if not (login := setting.options.get("login", "")):
            return None
        where, since = f"/users/{part(login)}/{path}", setting.options.get("since", "")
        return as_responder(setting, "GET", where, query=_PAGE, about=since) or Call(
            "GET", base(setting) + where, "nobody", None, HEADERS, _PAGE, about=since
        )

    def close(setting: Setting, _target: Target) -> HumanTask:
        return _look(what, f"{site(setting)}/settings/keys")

    return Survivors(what, close, None, ask, _reader(what))


def _look(what: str, page: str) -> HumanTask:
    return HumanTask(
        f"Look at the {what}, and remove those that nobody of yours added",
        page,
        ("Compare with the list in the case: id, title, and when each was added", "Remove what is not yours"),
    )


def _reader(what: str) -> Callable[[Reply], Reading]:
    def read(reply: Reply) -> Reading:
        """One that was added since is alive. One without a date counts, and a list that goes on is not the whole."""
        if reply.status is None:
            return Reading(State.UNKNOWN, reply.nothing_came)
        document = reply.json()
        if reply.status != 200 or not isinstance(document, list):
            return Reading(State.UNKNOWN, f"GitHub answered {reply.status} when asked for the {what}")
        since = _time(reply.about)
        added = [one for one in document if isinstance(one, dict) and _counts(str(one.get("created_at", "")), since)]
        when = f" since {reply.about}" if since else ""
        if added:
            named = ", ".join(f"#{one.get('id')} of {one.get('created_at') or 'no date'}" for one in added[:3])
            more = f" and {len(added) - 3} more" if len(added) > 3 else ""
            return Reading(State.ALIVE, f"{len(added)} {what}{when}: {named}{more}")
        if 'rel="next"' in reply.headers.get("link", ""):
            return Reading(State.UNKNOWN, f"the list of {what} goes on beyond its first hundred")
        return Reading(State.DEAD, f"no {what}{when}")

    return read


def _counts(created: str, since: datetime | None) -> bool:
    made = _time(created)
    return since is None or made is None or made >= since


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


SURVIVORS = (
    _of_repository("deploy keys", "keys", "settings/keys"),
    _of_repository("webhooks", "hooks", "settings/hooks"),
    _of_account("SSH keys", "keys"),
    _of_account("GPG keys", "gpg_keys"),
)
