"""policy.yaml: what a team asks of the credentials it holds. A rule that is not named is not asked; an unknown word is refused.

The schema that editors read is docs/schemas/policy.schema.json, made from these models (`irkit readiness schema`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from fnmatch import fnmatchcase
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from irkit.errors import BadInput
from irkit.faults import told
from irkit.model import Held, RuleName
from irkit.yaml_values import Place, TooMuch, line_of, load, tree, twice

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_LARGEST = 1 << 20
_AS_HELD = "ISSUER:KIND:ID as the table shows it, with * for any letters: aws:access key:ci-*"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Asked(_Entry):
    """A rule that has nothing to be set. `severity` is how much a finding should alarm."""

    severity: Literal["warn", "bad"] = Field(default="warn", description="How much a finding should alarm.")


class InDays(Asked):
    """A rule that allows a number of days."""

    days: int = Field(ge=1, le=36500, strict=True, description="So many days are allowed.")


class Age(InDays):
    """How old a credential may be. `person_days` is for those of people, where that is another number."""

    person_days: int | None = Field(
        default=None,
        ge=1,
        le=36500,
        strict=True,
        description="The same for those of people; days where it is not said.",
    )


class Rules(_Entry):
    """Each rule may be left out, and is then not asked. One that is named without its setting is refused: it would not be asked either."""

    age: Age | None = Field(default=None, description="Older than so many days.")
    no_expiry: Asked | None = Field(default=None, alias="no-expiry", description="It never expires.")
    never_used: InDays | None = Field(
        default=None, alias="never-used", description="Never used in the days since it was made."
    )
    unused: InDays | None = Field(default=None, description="Not used for so many days.")
    wider_than_use: Asked | None = Field(
        default=None, alias="wider-than-use", description="It may do what it was never seen doing."
    )
    shared: Asked | None = Field(default=None, description="Used by people and by machines.")
    long_lived: Asked | None = Field(
        default=None, alias="long-lived", description="Its platform offers a short-lived one instead."
    )
    no_escrow: Asked | None = Field(
        default=None, alias="no-escrow", description="A key without a revocation certificate apart from it."
    )
    stale_publication: Asked | None = Field(
        default=None, alias="stale-publication", description="A place serves a key otherwise than its owner holds it."
    )
    nobody_approves: Asked | None = Field(
        default=None, alias="nobody-approves", description="Too few people could approve its revocation."
    )

    @field_validator("*", mode="before")
    @classmethod
    def _set(cls, value: Any) -> Any:
        if value is None:
            raise ValueError("it is named and asks nothing: write {}, or its days")
        return value

    def asked(self) -> Iterator[tuple[str, Asked]]:
        for name, field in type(self).model_fields.items():
            rule = getattr(self, name)
            if rule is not None:
                yield field.alias or name, rule

    def left_out(self) -> tuple[str, ...]:
        asked = {name for name, _ in self.asked()}
        return tuple(name for name in get_args(RuleName) if name not in asked)


class Owned(_Entry):
    """Who holds what matches, where its issuer does not say."""

    match: str = Field(min_length=1, description=_AS_HELD)
    holder: Literal["automation", "person"] | None = Field(default=None, description="A machine's, or a person's.")
    owner: str = Field(default="", description="Who answers for it.")
    names: tuple[str, ...] = Field(
        default=(), description="Under which names its consumers take it: a CI secret's, a variable's."
    )


class Accepted(_Entry):
    """A finding that people live with, why, and until when; from the day after it counts again."""

    match: str = Field(min_length=1, description=_AS_HELD)
    rule: RuleName
    why: str = Field(min_length=1, description="Why, in a sentence.")
    until: date = Field(description="The last day, YYYY-MM-DD.")


class Policy(_Entry):
    """The whole file."""

    approvals: int = Field(
        default=2, ge=1, le=20, strict=True, description="How many people must approve a revocation."
    )
    rules: Rules = Field(description="What is asked of each credential.")
    holders: tuple[Owned, ...] = Field(default=(), description="Who holds what; the first that matches counts.")
    accepted: tuple[Accepted, ...] = Field(default=(), description="Findings that people live with for a while.")

    def owned(self, held: Held) -> Owned | None:
        return next((one for one in self.holders if fnmatchcase(held.key, one.match)), None)

    def idle(self, held: Sequence[Held]) -> tuple[str, ...]:
        """Entries that match nothing that is held: it was renamed, or is gone, or was not listed."""
        keys = [one.key for one in held]
        named = [(f"holders.{n}", one.match) for n, one in enumerate(self.holders)]
        named += [(f"accepted.{n}", one.match) for n, one in enumerate(self.accepted)]
        return tuple(f"{where} ({match})" for where, match in named if not any(fnmatchcase(key, match) for key in keys))

    def accepts(self, key: str, rule: str, today: date) -> Accepted | None:
        found = (one for one in self.accepted if one.rule == rule and fnmatchcase(key, one.match))
        return next((one for one in found if today <= one.until), None)


def read_policy(path: Path) -> Policy:
    """BadInput naming the file, every line at fault and why; no value is repeated."""
    try:
        with path.open("rb") as file:
            raw_text = file.read(_LARGEST + 1)
        if len(raw_text) > _LARGEST:
            raise BadInput(
                "the policy is too much", on=path, why=f"it is larger than {_LARGEST >> 20} MiB", do="shorten it"
            )
        text = raw_text.decode()
    except OSError as error:
        raise BadInput(
            "there is no policy that can be read", on=path, why=error.strerror or "",
            do="name the file, or begin with one: irkit readiness example > policy.yaml",
        ) from None  # fmt: skip
    except UnicodeDecodeError:
        raise BadInput("the policy is not YAML", on=path, why="it is not text in UTF-8", do="mend it") from None
    raw, node = _parsed(text, path)
    faults = [(where, "it is there twice, and only the last one counts") for where in twice(node)]
    try:
        policy = Policy.model_validate(raw)
    except ValidationError as error:
        faults += [(where, why) for where, why in told(error)]
    if faults:
        first, *more = sorted((line_of(node, where), _dotted(where), why) for where, why in faults)
        others = "".join(f"; line {line}: {name}: {why}" for line, name, why in more[:5])
        raise BadInput(
            "the policy has a wrong entry",
            on=f"{path}:{first[0]}: {first[1]}",
            why=f"{first[2]}{others}",
            do=_mend(faults),
        )
    return policy


def _parsed(text: str, path: Path) -> tuple[Any, yaml.Node | None]:
    try:
        return load(text), tree(text)
    except RecursionError:
        raise BadInput("the policy is not YAML", on=path, why="it is nested too deeply", do="mend it") from None
    except TooMuch as error:
        raise BadInput(
            "the policy is too much", on=path, why=str(error), do="write out what its aliases stand for"
        ) from None
    except Exception as error:  # of a date or a number that is none, the library raises whatever Python does
        mark = getattr(error, "problem_mark", None)
        raise BadInput(
            "the policy is not YAML", on=f"{path}:{mark.line + 1}" if mark else path, do="mend that line"
        ) from None


def _mend(faults: Sequence[tuple[Place, str]]) -> str:
    """With the rules that there are, where one that there is not was asked."""
    if any(where[:1] == ("rules",) and len(where) == 2 and where[1] not in get_args(RuleName) for where, _ in faults):
        return f"mend it; the rules are {', '.join(get_args(RuleName))}"
    return "mend it"


def _dotted(where: Place) -> str:
    return ".".join(map(str, where)) or "the whole"


def example() -> str:
    """A policy to begin with; docs/policy.example.yaml is it, with the schema's place for editors before it."""
    return resources.files("irkit.readiness").joinpath("example.yaml").read_text(encoding="utf-8")


def example_rules() -> str:
    """Its rules alone, as YAML: how many must approve, and who holds what, is each team's own."""
    text = example()
    return text[text.index("\nrules:\n") + 1 : text.index("\n# Who holds what")]


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the file, the same for the same irkit."""
    made = Policy.model_json_schema()
    for rule in made["$defs"]["Rules"]["properties"].values():  # left out, or set: never null
        rule |= next(one for one in rule.pop("anyOf") if "$ref" in one)
        rule.pop("default")
    return {"$schema": DIALECT, **made, "title": "A policy of the credentials that a team holds, for irkit"}
