"""What else to look with when logs are read: rules, a GeoIP file, a policy, scopes, more workers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from irkit.case.exposure.geoip import countries
from irkit.errors import BadInput, NotAvailable
from irkit.exposure import UsageReport
from irkit.exposure.usage.blast import SCOPES_OF, Blast, of_policy, of_scopes, of_use_alone
from irkit.exposure.usage.places import CountryOf, no_country
from irkit.exposure.usage.policy import statements_of

if TYPE_CHECKING:
    from irkit.exposure.usage.sigma import RuleBook

_LARGEST = 50 << 20  # bytes of a policy or of one rule: more is another kind of file


@dataclass(frozen=True)
class Means:
    """Paths are "" where nothing was given; `scopes` is a list such as "repo, workflow", or `@FILE` that holds one. With
    `workers` 0 there are as many as is worth it. `salts` are references to the salts of Vault audit devices, `also` further names
    under which logs know the credential."""

    rules: str = ""
    geoip: str = ""
    policy: str = ""
    scopes: str = ""
    workers: int = 0
    scheduler: str = ""
    salts: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    def country_of(self) -> CountryOf:
        return countries(Path(self.geoip)) if self.geoip else no_country

    def rule_book(self) -> RuleBook | None:
        """BadInput when the folder holds no rule, NotAvailable without pySigma."""
        if not self.rules:
            return None
        from irkit.exposure.usage.sigma import RuleBook  # with YAML and SQLite, which nothing else here needs

        return RuleBook(_rule_texts(Path(self.rules)))

    def spread(self) -> dict[str, Any]:
        """How the reading is spread over processes and machines."""
        return {"workers": self.workers, "scheduler": self.scheduler}

    def policies(self) -> tuple[list[Any], tuple[str, ...]]:
        """What the policy file holds, and no notes. BadInput when it cannot be read."""
        return [_json(Path(self.policy))], ()

    def scope_list(self) -> tuple[str, ...]:
        return tuple(one.strip() for one in _scopes(self.scopes) if one.strip()) if self.scopes else ()

    def blast(self, report: UsageReport, provider: str) -> Blast:
        """A policy is asked of an AWS key, scopes of a token of anybody else's. BadInput when the policy cannot be read."""
        if self.policy and provider in ("aws", "unknown"):
            path = Path(self.policy)
            return of_policy(report.outcomes, statements_of(_json(path), on=path), catalogue())
        if self.scopes and provider in SCOPES_OF:
            return of_scopes(report.outcomes, _scopes(self.scopes))
        if self.scopes and provider != "aws":
            return of_use_alone(report.outcomes, f"what scopes of {provider} allow is not worked out here")
        return of_use_alone(report.outcomes)


def _rule_texts(folder: Path) -> Iterator[tuple[str, str]]:
    files = (
        [folder] if folder.is_file() else sorted(one for one in folder.rglob("*") if one.suffix in (".yml", ".yaml"))
    )
    if not files:
        raise BadInput("there are no Sigma rules here", on=folder, do="give a folder with .yml files")
    for file in files:
        name = str(file.relative_to(folder)) if file != folder else file.name
        yield name, _text(file)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise BadInput("this file is too large for what it should be", on=path)
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise BadInput("this file cannot be read", on=path, why=str(error.strerror), do="check the path") from None


def _json(path: Path) -> Any:
    try:
        return json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise BadInput("this is no JSON", on=path, why=str(error), do="give an IAM policy as JSON") from None


def _scopes(text: str) -> Sequence[str]:
    plain = _text(Path(text[1:])) if text.startswith("@") else text
    head, colon, rest = plain.partition(":")
    if colon and head.strip().lower() == "x-oauth-scopes":
        plain = rest
    return plain.replace("\n", ",").replace(" ", ",").split(",")


def catalogue() -> frozenset[str]:
    """Every IAM action there is, where policy_sentry is installed; else none."""
    try:
        library: Any = import_module("policy_sentry.querying.all")
        return frozenset(library.get_all_actions())
    except (ImportError, NotAvailable, OSError, ValueError):
        return frozenset()
