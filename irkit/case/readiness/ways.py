"""What irkit's adapters would do about a credential: its calls are made and not sent. What they answer with a hand task is by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from irkit.case.desk import Desk
from irkit.case.readiness.asking import Came
from irkit.case.registries import completed
from irkit.errors import BadInput, IrkitError
from irkit.model import Fact, Held
from irkit.plan import HumanTask
from irkit.providers import PROVIDERS
from irkit.providers.interface import Need, Provider, Setting, Target
from irkit.readiness.estimate import Way

_DAYS = 90


def _aws(held: Held, setting: Setting) -> tuple[Setting, Target]:
    return _with(setting, user=held.name), Target(None, "access-key-id", held.id)


def _plain(shape: str) -> Callable[[Held, Setting], tuple[Setting, Target]]:
    return lambda held, setting: (setting, Target(None, shape, held.id))


def _deploy_key(held: Held, setting: Setting) -> tuple[Setting, Target]:
    repository, _, number = held.id.rpartition("/")
    return setting, Target(None, "deploy-key", f"repos/{repository}/keys/{number}")


def _gitlab(path: str) -> Callable[[Held, Setting], tuple[Setting, Target]]:
    def of(held: Held, setting: Setting) -> tuple[Setting, Target]:
        place, _, number = held.id.rpartition("/")
        where = f"{path}/{place.replace('/', '%2F')}/" if place else ""
        last = {
            "deploy token": "deploy_tokens",
            "deploy key": "deploy_keys",
            "personal access token": "personal_access_tokens",
        }
        return setting, Target(None, "token-path", f"{where}{last.get(held.kind, 'access_tokens')}/{number}")

    return of


_ADAPTERS: dict[tuple[str, str], tuple[str, Callable[[Held, Setting], tuple[Setting, Target]]]] = {
    ("aws", "access key"): ("aws", _aws),
    ("github", "fine-grained token"): ("github", _plain("github_pat")),
    ("github", "deploy key"): ("github-keys", _deploy_key),
    ("gitlab", "personal access token"): ("gitlab", _gitlab("")),
    ("gitlab", "project access token"): ("gitlab", _gitlab("projects")),
    ("gitlab", "group access token"): ("gitlab", _gitlab("groups")),
    ("gitlab", "deploy token"): ("gitlab", _gitlab("projects")),
    ("npm", "access token"): ("npm", _plain("registry-token")),
    ("vault", "token"): ("vault", _plain("vault-service")),
}
"""By issuer and kind: the provider's file, and what of a listed credential it has to know."""

_ISSUERS = ("aws", "github", "gitlab", "npm", "vault")


def way(case: Desk, held: Held, came: Came) -> Way | None:
    """None where nobody knows whose credential it is, and for an OpenPGP key, which has no issuer."""
    if held.issuer not in _ISSUERS:
        return None
    answered = came.answered(held.issuer)
    why = f"{held.issuer} answered the team's own access" if answered else f"no list of {held.issuer} came whole"
    access: Fact = "yes" if answered else "unknown"
    found = _ADAPTERS.get((held.issuer, held.kind))
    if found is None:
        return Way(held.issuer, access, why, "no", "no")
    name, of = found
    provider = PROVIDERS[name]
    own = case.settings.provider(name) if name in case.settings.providers else case.settings.provider(held.issuer)
    setting, target = of(held, completed(name, own.setting()))
    return Way(
        held.issuer, access, why, _revokes(provider, setting, target), _replaces(provider, setting, target, held)
    )


def _revokes(provider: Provider, setting: Setting, target: Target) -> Fact:
    try:
        made = [step.ask(setting, target) for step in provider.steps]
    except IrkitError:
        return "unknown"
    return "no" if not made or any(isinstance(one, HumanTask) for one in made) else "yes"


def _replaces(provider: Provider, setting: Setting, target: Target, held: Held) -> Fact:
    if provider.replacement is None:
        return "no"
    try:
        made = provider.replacement.ask(
            setting, target, Need(held.name or "fresh", held.scope or (), timedelta(days=_DAYS))
        )
    except BadInput:
        return "unknown"  # what it must be able to do is not known, say
    except IrkitError:
        return "unknown"
    return "no" if isinstance(made, HumanTask) else "yes"


def _with(setting: Setting, **options: str) -> Setting:
    return replace(setting, options={**options, **setting.options})
