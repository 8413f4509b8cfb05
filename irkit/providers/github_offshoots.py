"""What a person does about what a leaked GitHub token left behind: where to go.

https://docs.github.com/en/authentication/connecting-to-github-with-ssh/managing-deploy-keys ,
https://docs.github.com/en/organizations/managing-programmatic-access-to-your-organization
"""

from __future__ import annotations

from irkit.plan import HumanTask
from irkit.providers.interface import Accepted, Offspring, Reply, Setting

_PAGES: dict[str, tuple[str, str]] = {
    "deploy-key": ("the deploy key", "{owner}/settings/keys"),
    "token": ("the token", "settings/tokens"),
    "webhook": ("the webhook", "{owner}/settings/hooks"),
    "oauth-app": ("the OAuth app", "settings/developers"),
    "github-app": ("the GitHub App", "settings/apps"),
    "app-installation": ("the installed App", "settings/installations"),
    "member": ("the organisation member", "orgs/{owner}/people"),
    "invitation": ("the invitation", "orgs/{owner}/people"),
    "collaborator": ("the collaborator", "{owner}/settings/access"),
    "runner": ("the self-hosted runner", "{owner}/settings/actions/runners"),
}


def by_hand(setting: Setting, child: Offspring) -> HumanTask:
    """The page of a repository or of the account, on the server of the case."""
    what, page = _PAGES.get(child.kind, (child.kind, "settings/security-log"))
    site = setting.base.removesuffix("/api/v3").rstrip("/") if setting.base else "https://github.com"
    owner = f" of {child.owner}" if child.owner else ""
    name = child.ids[0] or "(the log gives no id)"
    steps = (child.made, "Remove it there", "If somebody of yours made it on purpose, say so instead")
    return HumanTask(
        f"Remove {what} {name}{owner}", f"{site}/{page.format(owner=child.owner)}", tuple(one for one in steps if one)
    )


def read(_reply: Reply) -> Accepted:
    """Nothing is sent to GitHub for what a token left behind."""
    return Accepted(None, "this is done by a person")
