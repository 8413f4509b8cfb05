"""What a pipe hides: secrets by reference, in every form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from irkit.errors import BadInput
from irkit.model import SecretRef
from irkit.needles import Needle, key_needles, private_material, token_needles
from irkit.redact import Hidden, Redactor
from irkit.stores import resolve

_ARMOR = re.compile(rb"[A-Za-z0-9+/=]{16,}")


def redactor_of(refs: Iterable[str]) -> Redactor:
    """Hides what these references lead to, under the reference's own name. BadInput for one that leads nowhere, or to too little."""
    hidden = []
    for text in refs:
        ref = SecretRef.parse(text)
        if ref.is_public:
            raise BadInput("this is a public identifier, and is not hidden", on=ref, do="give a reference to the value")
        hidden.append(Hidden(str(ref), _needles(resolve(ref).reveal())))
    return Redactor(hidden)


def _needles(value: bytes) -> tuple[Needle, ...]:
    if material := private_material(value):
        return (*key_needles(material), *_lines(value))
    from irkit.providers import PROVIDERS, identify

    text = value.decode("utf-8", "replace")
    parts = {value: None}
    for found in identify(text):  # of a pair, each half is a secret
        provider = PROVIDERS.get(found.provider)
        if provider and provider.secret_parts:
            parts |= dict.fromkeys(part.encode() for part in provider.secret_parts(text))
    needles = {needle.pattern: needle for part in parts for needle in token_needles(part)}
    return tuple(needles.values())


def _lines(value: bytes) -> Iterator[Needle]:
    """Each line of an armored key by itself: `grep -n`, and whatever writes a log, sets something before each. The first begins alike for
    every key of its kind."""
    lines = [line.strip() for line in value.splitlines()]
    body = [line for line in lines if _ARMOR.fullmatch(line)]
    for line in body[1:] or body:
        yield Needle("armor line", line, splits=True, letters=line)
