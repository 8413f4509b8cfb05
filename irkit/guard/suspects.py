"""Does a parameter or an argument look like the secret itself rather than a reference to it? Rules only; nothing is sent anywhere.

What is known not to be a secret is let through: references (`env:`, `file:`, ...), digests and commit ids (hexadecimal,
`sha256:...`), OpenPGP fingerprints, UUIDs, paths, instants. A token that is plain hexadecimal therefore cannot be told from a
digest: it is stopped when the case knows it, or when the parameter is called a token or a password, and not otherwise. Behind
`env:`, `id:` and the like no randomness is looked for, but a token by its shape or a private key is stopped there too.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from irkit.errors import BadInput, WouldLeak
from irkit.model.secret import SCHEMES

if TYPE_CHECKING:  # every command looks at its arguments
    from irkit.redact import Redactor

HOW = (
    "pass a reference instead (env:NAME, file:PATH, fd:N, prompt:LABEL or keyring:SERVICE/USER); "
    "if it is a public identifier write id:VALUE"
)

_REFERENCE = re.compile(rf"(?:{'|'.join(SCHEMES)}|fp):\S")
_LABELLED = r"(?:sha\d+|md5|blake2[bs]|blake3)[:-][A-Za-z0-9+/=_-]+"
_DIGEST = re.compile(
    rf"{_LABELLED}"
    r"|(?:0x)?[0-9a-f]+"
    r"|[0-9a-f]{4}(?: {1,2}[0-9a-f]{4})+",  # in groups, as gpg prints fingerprints
    re.IGNORECASE,
)
_PUBLIC = r"\bAAAA(?:[BC]3NzaC1|E2VjZHNhLXNoYTIt|GnNrLX)[A-Za-z0-9+/]+={0,2}|\bage1[02-9ac-hj-np-z]{58}\b"
"""A public SSH key (RFC 4253, 6.6), an age recipient (https://age-encryption.org/v1)."""
_IN_A_SENTENCE = re.compile(rf"\b(?i:{_LABELLED})|{_PUBLIC}")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_ADDED = re.compile(
    rf"{_UUID.pattern}|(?:^|(?<=-))(?:[0-9a-f]{{7,12}}|(?:[0-9a-f]{{16}}){{1,8}}|[0-9a-f]{{17}}|[0-9a-f]{{40}})(?![^-])",
    re.IGNORECASE,
)
"""A UUID, and behind a dash a digest: what names are made different by."""
_NAMED = re.compile(
    r"(?:^|_)(?:token|pass(?:word|wd|phrase)|secret|api_?key|private_?key|secret_?key)s?$", re.IGNORECASE
)
_PLAINLY = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"), "a private key"),
    (re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\."), "a JSON Web Token"),
    (re.compile(r"(?<![\w.+-])[\w.+-]{1,40}://[^/\s:@]*:[^/\s@]+@"), "an address with a password in it"),
    (re.compile(r"\bAGE-SECRET-KEY-1[0-9A-Z]{20,}"), "an age key"),
)
_TOLD = re.compile(  # password=..., also within an address or a connection string; "password": "..."
    r"(?:(?<![\w-])|(?<=[_-])|(?<=[a-z])(?=[TPSK]))(?:token|pass(?:word|wd|phrase)|pwd|secret|(?:api|private|secret|access|account|shared)[_-]?key)"
    r"(?:[\"']?\s{0,3}=\s{0,3}|[\"']\s{0,3}:\s{0,3})[\"']?([^\s&;,\"'{}<>\[\]()]{6,})",
    re.IGNORECASE,
)
_RUN = re.compile(r"[A-Za-z0-9_+/=.-]{20,}")
_PADDED = re.compile(
    r"(?:[A-Za-z0-9+/]{4}){5,}(?:[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)"
)  # base64 to its end, which no path looks like
_SHORTEST = 16  # of what any issuer hands out
_WORDS = re.compile(r"[\s,;'\"()<>]+")
_PARTS = re.compile(r"[\s,;'\"()<>/:@?&#=|]+")  # of an address, where a token may be the user, a password or a query
_PIECES = re.compile(r"[\s,;'\"()<>/:@?&#=|.]+")  # of a file's name
_ASSIGNED = re.compile(r"(?:--)?([A-Za-z_][\w.-]{0,39})=(.*)", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{[a-z][a-z0-9_]*\}")  # of a playbook: what is put there is looked at when it is
_OPTION = re.compile(r"--[a-z][a-z-]*")
_ACCESSOR = re.compile(r"(?:^|_)accessor$")
"""Vault's public name of a token, which looks random and opens nothing (https://developer.hashicorp.com/vault/docs/concepts/tokens)."""
_CLASSES = (str.islower, str.isupper, str.isdigit)


def refuse(parameters: Mapping[str, Any], redactor: Redactor) -> None:
    """WouldLeak when a parameter holds, or looks like, a secret. The parameter is named, its value is not."""
    for name, value in parameters.items():
        for text in _texts(value):
            why = suspicion(text, name=name, redactor=redactor)
            if why:
                raise WouldLeak("this parameter would write a secret into the notebook", on=name, why=why, do=HOW)


def refuse_within(document: Any, on: str) -> None:
    """The same of a document with names at any depth: WouldLeak naming the entry (`providers.github.options.x`), not its value."""
    for place, name, text in _entries(document):
        why = suspicion(text, name=name)
        if why:
            raise WouldLeak("a secret would stand in plain text", on=f"{on}: {place}", why=why, do=HOW)


def _entries(value: Any, place: str = "the whole", name: str = "") -> Iterator[tuple[str, str, str]]:
    """(place, the last name in it, text) of every text. A name that looks like a secret itself is not repeated."""
    if isinstance(value, Mapping):
        above = f"{place}." if name else ""
        for key, item in value.items():
            shown = "(a name that is not shown)" if suspicion(str(key)) else str(key)
            if shown != key and isinstance(key, str):
                yield f"{above}{shown}", "", key
            yield from _entries(item, f"{above}{shown}", str(key))
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _entries(item, place, name)
    else:
        yield from ((place, name, text) for text in _texts(value))


def refuse_arguments(arguments: Sequence[str]) -> None:
    """What follows `irkit` on a command line. Nothing of it is repeated; the argument is named by its number.

    BadInput when an argument is itself a secret, where a reference belongs; WouldLeak when one stands inside a parameter, an
    address or a text.
    """
    option = ""
    for number, argument in enumerate(arguments, 1):
        why, whole = _suspected(argument, option)
        if why:
            raise (BadInput if whole else WouldLeak)(
                "a credential must be given as a reference, not as a value",
                on=f"argument {number}{_about(argument, option)}, not shown",
                why=why,
                do=f"{HOW}; and take this line out of the shell's history: other users of this machine could read it",
            )
        option = argument if _OPTION.fullmatch(argument) else ""


def _about(argument: str, option: str) -> str:
    """The option or the parameter that it is for, unless that may be the secret."""
    if option:
        return f", after {option}"
    name = assigned[1] if (assigned := _ASSIGNED.fullmatch(argument)) else ""
    return f", for {name}" if name and not suspicion(name) else ""


def _suspected(argument: str, option: str) -> tuple[str, bool]:
    """Why, and whether it is the argument as a whole."""
    itself = _PARTS.search(argument.strip()) is None
    if shape := _issued_as(argument):
        return f"its value has the shape of {shape}", itself
    assigned = _ASSIGNED.fullmatch(argument)
    name, value = (assigned[1], assigned[2]) if assigned else (option.strip("-"), argument)
    return "" if _is_here(value) else suspicion(value, name=name.replace("-", "_")), itself


def _is_here(text: str) -> bool:
    """A path that exists is a path, however random the names of its folders are."""
    try:
        return Path(text).exists()
    except (OSError, ValueError):
        return False


def suspicion(text: str, *, name: str = "", redactor: Redactor | None = None) -> str:
    """Why `text` looks like a secret, in words that do not repeat it; "" when it does not."""
    if redactor is not None and redactor.finds(text.encode("utf-8", "surrogatepass")):
        return "its value is a credential of this case"
    text = text.strip()
    reference = _REFERENCE.match(text) is not None
    if _PLACEHOLDER.fullmatch(text):
        return ""
    if not reference and _NAMED.search(name) and len(text) >= 6:
        return "it is named as a secret and its value is no reference"
    for pattern, what in _PLAINLY:
        if pattern.search(text):
            return f"its value looks like {what}"
    if not all(_REFERENCE.match(value) or _PLACEHOLDER.fullmatch(value) for value in _TOLD.findall(text)):
        return "a value in it is named as a secret and is no reference"
    if _DIGEST.fullmatch(text) or _UUID.fullmatch(text):
        return ""
    shape = _issued_as(text)
    if shape:
        return f"its value has the shape of {shape}"
    if reference or (text.startswith(("/", "./", "../", "~/")) and not _PADDED.fullmatch(text)):
        return ""  # a path, and folders may have any name
    plain = _IN_A_SENTENCE.sub(" ", text)
    if _ACCESSOR.search(name):
        return ""
    return "its value looks random" if any(_looks_random(run) and not _names(run) for run in _runs(plain)) else ""


def plainly(text: str, redactor: Redactor | None = None) -> str:
    """Only the sure signs of a secret, for prose, where random looks and words such as "password" prove nothing; "" without one."""
    if redactor is not None and redactor.finds(text.encode("utf-8", "surrogatepass")):
        return "it is a credential of this case"
    for pattern, what in _PLAINLY:
        if pattern.search(text):
            return f"it looks like {what}"
    shape = _issued_as(text)
    return f"it has the shape of {shape}" if shape else ""


def _issued_as(text: str) -> str:
    """The provider and shape that `text`, or a word in it, fits; shapes with a wrong checksum count, a typo is as secret.

    What is its own public identifier (an AWS key id, the path of a deploy key) is no secret.
    """
    from irkit.providers import identify

    behind = text.partition(":")[2] if _REFERENCE.match(text) else ""
    for word in dict.fromkeys((text, behind, *_WORDS.split(text), *_PARTS.split(text), *_PIECES.split(text))):
        for found in identify(word) if len(word) >= _SHORTEST else ():
            if found.public_id != word:
                return f"{found.provider} {found.shape}"
    return ""


def _names(word: str) -> bool:
    """Whether it is the public identifier of a credential."""
    from irkit.providers import identify

    return any(found.public_id == word for found in identify(word))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str | PurePath):
        yield str(value)
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(key)
            yield from _texts(item)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _texts(item)


def _runs(text: str) -> Iterator[str]:
    """Stretches that could be one random value: whole base64 words, and the pieces between separators of names and paths."""
    for run in _RUN.findall(text):
        length = len(run.rstrip("="))
        if _PADDED.fullmatch(run) or (
            not run.startswith(("/", ".", "~")) and "/" in run and length in (40, 43, 64, 86)
        ):
            yield run.rstrip("=")  # the length of 30, 32, 48 or 64 random bytes
        yield from (piece for piece in re.split(r"[/.=]", run) if len(piece) >= 20)


def _looks_random(run: str) -> bool:
    """Letters and digits mixed as no name is: many kinds of characters, and one change of kind in three characters.

    Changes count within the pieces between dashes and underscores, which stand in a name every few characters.
    """
    if _DIGEST.fullmatch(run):
        return False
    pieces = [piece for piece in re.split(r"[^A-Za-z0-9]+", _ADDED.sub("", run)) if piece]
    plain = "".join(pieces)
    if len(plain) < 20 or not any(map(str.isdigit, plain)) or not any(map(str.isalpha, plain)):
        return False
    changes = sum(map(_changes, pieces)) / (len(plain) - 1)
    in_one_case = plain.isupper() or plain.islower()
    return _entropy(plain) >= 3.3 and changes >= (0.2 if in_one_case and len(plain) >= 32 else 0.3)


def _changes(piece: str) -> int:
    """How often letters of one case, of the other, and digits follow one another."""
    kinds = [next(number for number, of in enumerate(_CLASSES) if of(char)) for char in piece]
    return sum(a != b for a, b in pairwise(kinds))


def _entropy(text: str) -> float:
    """Shannon entropy in bits per character."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())
