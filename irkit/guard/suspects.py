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
from typing import Any

from irkit.errors import BadInput, WouldLeak
from irkit.model.secret import SCHEMES
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
_IN_A_SENTENCE = re.compile(rf"\b{_LABELLED}", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_NAMED = re.compile(
    r"(?:^|_)(?:token|pass(?:word|wd|phrase)|secret|api_?key|private_?key|secret_?key)s?$", re.IGNORECASE
)
_PLAINLY = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"), "a private key"),
    (re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\."), "a JSON Web Token"),
    (re.compile(r"\w+://[^/\s:@]*:[^/\s@]{3,}@"), "an address with a password in it"),
    (re.compile(r"\bAGE-SECRET-KEY-1[0-9A-Z]{20,}"), "an age key"),
)
_RUN = re.compile(r"[A-Za-z0-9_+/=.-]{20,}")
_SHORTEST = 16  # of what any issuer hands out
_WORDS = re.compile(r"[\s,;'\"()<>]+")
_PARTS = re.compile(r"[\s,;'\"()<>/:@?&#=|]+")  # of an address, where a token may be the user, a password or a query
_PIECES = re.compile(r"[\s,;'\"()<>/:@?&#=|.]+")  # of a file's name
_ASSIGNED = re.compile(r"(?:--)?([A-Za-z_][\w.-]{0,39})=(.*)", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{[a-z][a-z0-9_]*\}")  # of a playbook: what is put there is looked at when it is
_OPTION = re.compile(r"--[a-z][a-z-]*")
_CLASSES = (str.islower, str.isupper, str.isdigit)


def refuse(parameters: Mapping[str, Any], redactor: Redactor) -> None:
    """WouldLeak when a parameter holds, or looks like, a secret. The parameter is named, its value is not."""
    for name, value in parameters.items():
        for text in _texts(value):
            why = suspicion(text, name=name, redactor=redactor)
            if why:
                raise WouldLeak("this parameter would write a secret into the notebook", on=name, why=why, do=HOW)


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
    if _DIGEST.fullmatch(text) or _UUID.fullmatch(text):
        return ""
    shape = _issued_as(text)
    if shape:
        return f"its value has the shape of {shape}"
    if reference or text.startswith(("/", "./", "../", "~/")):
        return ""  # a path, and folders may have any name
    plain = _IN_A_SENTENCE.sub(" ", text)
    return "its value looks random" if any(_looks_random(run) and not _names(run) for run in _runs(plain)) else ""


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
        if not run.startswith(("/", ".", "~")) and "/" in run and len(run.rstrip("=")) in (40, 43, 64, 86):
            yield run.rstrip("=")  # the length of 30, 32, 48 or 64 random bytes
        for piece in re.split(r"[/.=]", run):
            # In a name a dash or an underscore stands every few characters; in URL-safe base64, every thirty.
            many = 12 * sum(map(piece.count, "-_")) > len(piece)
            yield from (part for part in (re.split(r"[-_]", piece) if many else (piece,)) if len(part) >= 20)


def _looks_random(run: str) -> bool:
    """Letters and digits mixed as no name is: many kinds of characters, and one change of kind in three characters."""
    if _DIGEST.fullmatch(run) or _UUID.fullmatch(run):
        return False
    plain = re.sub(r"[^A-Za-z0-9]", "", run)
    if len(plain) < 20 or not any(map(str.isdigit, plain)) or not any(map(str.isalpha, plain)):
        return False
    kinds = [next(number for number, of in enumerate(_CLASSES) if of(char)) for char in plain]
    changes = sum(a != b for a, b in pairwise(kinds)) / (len(plain) - 1)
    return changes >= 0.3 and _entropy(plain) >= 3.3


def _entropy(text: str) -> float:
    """Shannon entropy in bits per character."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())
