"""What was added to a repository or an account, and outlives the token it was added with.

https://docs.github.com/rest/deploy-keys/deploy-keys, https://docs.github.com/rest/repos/webhooks,
https://docs.github.com/rest/users/keys, https://docs.github.com/rest/users/gpg-keys.

Options: `repository` (OWNER/REPO) for deploy keys and webhooks, `login` for SSH and GPG keys, `since` (ISO 8601, UTC): what was
there before the exposure began does not count.
"""

from __future__ import annotations

from irkit.plan import Call, HumanTask
from irkit.providers.github_calls import HEADERS, as_responder, base, part, repository_path, site
from irkit.providers.interface import Reply, Setting, Survivors, Target
from irkit.providers.listings import added_since

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

    return Survivors(what, close, None, ask, added_since("GitHub", what, _goes_on))


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

    return Survivors(what, close, None, ask, added_since("GitHub", what, _goes_on))


def _look(what: str, page: str) -> HumanTask:
    return HumanTask(
        f"Look at the {what}, and remove those that nobody of yours added",
        page,
        ("Compare with the list in the case: id, title, and when each was added", "Remove what is not yours"),
    )


def _goes_on(reply: Reply) -> bool:
    return 'rel="next"' in reply.headers.get("link", "")


SURVIVORS = (
    _of_repository("deploy keys", "keys", "settings/keys"),
    _of_repository("webhooks", "hooks", "settings/hooks"),
    _of_account("SSH keys", "keys"),
    _of_account("GPG keys", "gpg_keys"),
)
