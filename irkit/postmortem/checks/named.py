"""The checks that an action item may name in `front.toml`, each with its parameters. Pure: nothing is looked at here.

Paths are those of this machine; a relative one counts from the case's folder. Credentials are references, never values.
The schema that editors read is docs/schemas/front.schema.json, made from these models (`irkit draft --schema`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from irkit.errors import BadInput
from irkit.model import RuleName, SecretRef, iso, parse_instant

IN_REPOSITORY = ("pre-commit", "pre-receive", "ci")


def _reference(text: str) -> str:
    try:
        return str(SecretRef.parse(text))
    except BadInput as error:
        raise ValueError(error.what) from None


def _public(text: str) -> str:
    if not _reference(text).startswith("id:"):
        raise ValueError("only a public identifier belongs here, as id:VALUE")
    return text


def _instant(text: str) -> str:
    try:
        return iso(parse_instant(text))
    except BadInput as error:
        raise ValueError(f"{error.what}: {error.do}") from None


Where = Annotated[str, Field(min_length=1, max_length=4096)]
"""A path; `~` is the home of whoever runs irkit."""
Reference = Annotated[str, AfterValidator(_reference)]
Days = Annotated[float, Field(gt=0, le=3650)]


class _Named(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    def parameters(self) -> dict[str, Any]:
        """What was said, as plain JSON; the name of the check is among it."""
        plain: dict[str, Any] = self.model_dump(mode="json", exclude_defaults=True)
        return {"check": getattr(self, "check")} | plain  # noqa: B009  (each kind has its own)


class ReadinessRun(_Named):
    """A team's readiness was run lately, by this policy, and had no finding of these rules."""

    check: Literal["readiness"]
    folder: Where = Field(description="The team's folder, of irkit new TEAM --readiness.")
    within_days: Days = Field(default=8, description="The last inventory may be so old; a week and a day otherwise.")
    policy: Where | None = Field(
        default=None, description="The policy file that the run must have been judged by, as it is now."
    )
    rules: tuple[RuleName, ...] = Field(default=(), description="Rules of which the run must have no finding.")
    match: str = Field(
        default="*", min_length=1, description="Only credentials of this name: ISSUER:KIND:ID, with * for any letters."
    )

    @model_validator(mode="after")
    def _match_is_about_rules(self) -> ReadinessRun:
        if self.match != "*" and not self.rules:
            raise ValueError("match says of which credentials the rules are asked, and no rules are named")
        return self


class Rotated(_Named):
    """The old credentials of a case were proved dead, and in a rotation a fresh one stands in their place."""

    check: Literal["rotation"]
    case: Where = Field(description="The folder of the rotation or the incident; . is this case itself.")
    credential: str = Field(default="", description="One of its credentials, by name; all of them otherwise.")
    within_days: Days | None = Field(
        default=None, description="The proof may be so old: then the next rotation is due."
    )


class GuardInstalled(_Named):
    """The guard stands in a repository: a hook that git runs, or a CI snippet that is committed."""

    check: Literal["guard-installed"]
    repository: Where = Field(description="A clone, or a bare repository.")
    where: tuple[Literal["pre-commit", "pre-receive", "ci"], ...] = Field(
        min_length=1, description="pre-commit: of a clone; pre-receive: where pushes arrive; ci: among what HEAD holds."
    )


class GuardCoverage(_Named):
    """irkit guard coverage finds no gap: commits really went through the guard."""

    check: Literal["guard-coverage"]
    repositories: tuple[Where, ...] = Field(
        min_length=1, description="Paths, github:OWNER/REPO, gitlab:GROUP/PROJECT; a host is asked as case.toml says."
    )
    branches: tuple[str, ...] = Field(default=(), description="Only branches that fit one of these patterns.")
    since: Annotated[str, AfterValidator(_instant)] = Field(
        default="", description="Leave out what was there before, ISO 8601 with zone."
    )
    earlier: Where | None = Field(default=None, description="An earlier report as JSON: records must go on from there.")


class KnownCredential(_Named):
    """A credential is among the team's known ones, so that the guard finds it wherever it stands."""

    check: Literal["known-credential"]
    file: Where = Field(description="The file of known credentials, such as .irkit-known.toml.")
    name: str = Field(default="", description="What findings call it.")
    credential: Reference = Field(default="", description="The credential, by reference: it is digested and compared.")
    key: Reference = Field(default="", description="The team's key, by reference; credential needs it.")

    @model_validator(mode="after")
    def _says_which(self) -> KnownCredential:
        if not (self.name or self.credential):
            raise ValueError("name or credential must say which one")
        if bool(self.credential) != bool(self.key):
            raise ValueError("credential and key belong together")
        return self


class CleanHome(_Named):
    """irkit guard scan --home finds nothing in a home."""

    check: Literal["clean-home"]
    home: Where = Field(default="~", description="The home; that of whoever runs irkit otherwise.")
    known: Where | None = Field(default=None, description="The file of known credentials.")
    key: Reference = Field(default="", description="The team's key, by reference; known needs it.")
    baseline: Where | None = Field(
        default=None, description="Accepted findings; .irkit-guard.toml of the home otherwise."
    )

    @model_validator(mode="after")
    def _known_has_its_key(self) -> CleanHome:
        if bool(self.known) != bool(self.key):
            raise ValueError("known and key belong together")
        return self


class Narrower(_Named):
    """What took a leaked AWS key's place may do less than the old one could, and nothing more."""

    check: Literal["narrower"]
    old: Where = Field(description="The IAM policy of the old key, as a JSON file.")
    new: Where | None = Field(default=None, description="The IAM policy of the new one, as a JSON file.")
    key_id: Annotated[str, AfterValidator(_public)] = Field(
        default="",
        description="Or the id of the new key, as id:VALUE: AWS is asked for its policies as case.toml says.",
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> Narrower:
        if bool(self.new) == bool(self.key_id):
            raise ValueError("either new or key_id must say what the new one may do")
        return self


class Rehearsed(_Named):
    """Somebody rehearsed lately, and contained in time. The latest rehearsal counts, not the best."""

    check: Literal["rehearsal"]
    within_days: Days = Field(description="The last rehearsal may be so old.")
    contained_within_min: float | None = Field(
        default=None, gt=0, description="Minutes until every credential was contained."
    )
    scenario: str = Field(default="", description="Only rehearsals of this scenario.")
    difficulty: str = Field(default="", description="Only rehearsals of this difficulty.")
    by: Literal["people", "unattended"] = Field(default="people", description="Whether people worked.")
    history: Where | None = Field(
        default=None, description="The file with the results; that of irkit drill --history otherwise."
    )


Check = (
    ReadinessRun | Rotated | GuardInstalled | GuardCoverage | KnownCredential | CleanHome | Narrower | Rehearsed
)  # fmt: skip
Named = Annotated[Check, Field(discriminator="check")]

CHECKS: dict[str, type[Check]] = {
    "readiness": ReadinessRun, "rotation": Rotated, "guard-installed": GuardInstalled, "guard-coverage": GuardCoverage,
    "known-credential": KnownCredential, "clean-home": CleanHome, "narrower": Narrower, "rehearsal": Rehearsed,
}  # fmt: skip
"""Every check by its name."""


def parameters_of(check: str) -> tuple[str, ...]:
    """What may be said beside the name; nothing for a check that there is not."""
    kind = CHECKS.get(check)
    return tuple(name for name in kind.model_fields if name != "check") if kind else ()
