"""Who issues credentials, by name. To add a provider: a file like its neighbours, a line in `outlines.py`, a page, a table of cases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, MutableMapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from irkit.errors import BadInput
from irkit.needles import MIN_BYTES
from irkit.providers.outlines import LONGEST, OUTLINES, may_be
from irkit.providers.shape import Format, Identified

if TYPE_CHECKING:
    from irkit.providers.interface import Provider
    from irkit.providers.unknown import UNKNOWN

__all__ = ["PROVIDERS", "UNKNOWN", "Identified", "Provider", "identify", "provider_named"]


class _Providers(MutableMapping[str, "Provider"]):
    """Each is imported when it is asked for: `gcp-key` is GCP_KEY in `gcp_key.py`. To know a credential by its shape one needs one."""

    def __init__(self, names: Iterable[str]) -> None:
        self._loaded: dict[str, Provider | None] = dict.fromkeys(names)

    def __getitem__(self, name: str) -> Provider:
        found = self._loaded[name]
        if found is None:
            module = name.replace("-", "_")
            found = self._loaded[name] = getattr(import_module(f"{__name__}.{module}"), module.upper())
        return found

    def __setitem__(self, name: str, provider: Provider) -> None:
        self._loaded[name] = provider

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded)

    def __len__(self) -> int:
        return len(self._loaded)


PROVIDERS = _Providers(OUTLINES)

_FORMATS = {"aws": "aws_format"}
"""Where to know a credential takes less than to know its provider; these are asked about most."""


def provider_named(name: str) -> Provider:
    """BadInput, naming those that are known, for any other name."""
    if name == "unknown":
        from irkit.providers.unknown import UNKNOWN

        return UNKNOWN
    if name not in PROVIDERS:
        known = ", ".join(sorted(PROVIDERS))
        raise BadInput("there is no such provider", on=name[:40], why=f"irkit knows {known}", do="see docs/providers")
    return PROVIDERS[name]


def identify(value: str) -> tuple[Identified, ...]:
    """What a value looks like, offline, best first: a fitting checksum before none before a wrong one.

    Empty when nothing fits. BadInput when it is too short to be a credential; the value is never repeated.
    """
    text = value.strip("\r\n")
    if len(text.encode("utf-8", "replace")) < MIN_BYTES:
        raise BadInput(
            "this is too short to be a credential",
            on=f"{len(text)} characters",
            why=f"under {MIN_BYTES} it would be found everywhere",
            do="check that the reference points at the whole value",
        )
    if len(text) > LONGEST:
        return ()
    found = [
        _identified(name, form, shape.name, text, shape.check(text) if shape.check else None)
        for name, form in ((name, _format(name)) for name in may_be(text))
        for shape in form.shapes
        if not shape.opaque and re.fullmatch(shape.pattern, text)
    ]
    return tuple(sorted(found, key=lambda one: (True, None, False).index(one.checked)))


def _format(name: str) -> Format | Provider:
    if name in _FORMATS:
        form: Format = import_module(f"{__name__}.{_FORMATS[name]}").FORMAT
        return form
    return PROVIDERS[name]


def _identified(name: str, form: Format | Provider, shape: str, value: str, checked: bool | None) -> Identified:
    public_id = form.public_id(value) if form.public_id else ""
    facts = form.describe(value) if form.describe else ()
    return Identified(name, shape, public_id, facts, checked)


def __getattr__(name: str) -> Any:
    if name == "UNKNOWN":
        return provider_named("unknown")
    if name == "Provider":
        from irkit.providers.interface import Provider

        return Provider
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
