"""The form of plans that digests are made of: it stays when a later irkit gives a plan or one of its parts more fields. Pure."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

_PLANS = "irkit.plan."

FIRST_FORM: dict[str, frozenset[str]] = {
    name: frozenset(fields.split())
    for name, fields in {
        "Sealed": "sealed key",
        "Encoded": "base64_of",
        "Dated": "dated plus_s",
        "Signed": "signed_with audience claims",
        "Fresh": "random_bytes",
        "SignIn": "url body token",
        "Auth": "kind secret scheme user header sign_in",
        "Call": "method url identity auth headers query body form mutates in_url about kind",
        "AwsCall": "service operation identity params secret region endpoint about mutates kind",
        "NativeCall": "protocol address operation identity user secret params mutates kind",
        "Put": "store calls",
        "Replace": "name make into kind",
        "GpgCommand": "operation home key arguments passphrase kind",
        "HumanTask": "title page steps kind",
        "Action": "verb target what do irreversible attempt gate",
        "Plan": "case_id chapter author actions reasons approvals_required approvals_valid_h author_key",
    }.items()
}
"""The fields that count in a digest whatever they hold. Never shorten it and add nothing: every other field counts only where it
differs from its default, so that plans and actions keep their digests and ids when a later irkit knows more fields."""


def without_later(value: Any, plain: Any) -> Any:
    """`plain` is the document of `value`."""
    if isinstance(value, tuple) and isinstance(plain, list):
        return [without_later(one, its) for one, its in zip(value, plain, strict=True)]
    if isinstance(value, dict) and isinstance(plain, dict):
        return {name: without_later(value[name], its) if name in value else its for name, its in plain.items()}
    if not type(value).__module__.startswith(_PLANS) or not is_dataclass(value) or not isinstance(plain, dict):
        return plain
    held = {one.name: one for one in fields(value)}
    return {
        name: without_later(getattr(value, name), its)
        for name, its in plain.items()
        if name not in held or not _is_later_default(value, held[name])
    }


def _is_later_default(value: Any, one: Field[Any]) -> bool:
    first = FIRST_FORM.get(type(value).__name__, frozenset({"kind"}))
    if one.name in first:
        return False
    default = one.default_factory() if one.default_factory is not MISSING else one.default
    held: bool = getattr(value, one.name) == default
    return held
