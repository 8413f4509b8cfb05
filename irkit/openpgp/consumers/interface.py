"""What a consumer of signatures is: a program that decides for its user whether a signature is good."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from irkit.errors import NotAvailable, StepFailed
from irkit.model.matrix import RingName, SampleName
from irkit.openpgp.keyblock import shown

Form = Literal["file", "git", "apt", "rpm"]
_PATIENCE_S = 60


@dataclass(frozen=True)
class Answer:
    """Whether the consumer's ordinary user would take the sample for good; None when that could not be found out."""

    accepts: bool | None
    why: str


@dataclass(frozen=True)
class KeyringState:
    """What a consumer trusts, as binary certificates. `earlier` is what it held while nobody knew of the leak.

    With `taken_out` (a primary's fingerprint) that key was removed from what it `held`, by the means the consumer offers,
    and it trusts what is `left`.
    """

    name: RingName
    held: tuple[bytes, ...]
    earlier: tuple[bytes, ...]
    taken_out: str = ""
    left: tuple[bytes, ...] = ()

    @property
    def trusted(self) -> tuple[bytes, ...]:
        return self.left if self.taken_out else self.held


@dataclass(frozen=True)
class Sample:
    """The same harmless content signed in every form that could be made; `missing` says why one could not.

    `signature` is detached and armored; `repository` is a bare git repository with the signed `tag` and `commit`; `apt` is a flat
    repository with InRelease, `apt_before` what stood at its address before the revocation; `rpm` is a signed package. Beside `text` a
    consumer may keep what it has made of the sample, for all rings; `alone` is held meanwhile.
    """

    name: SampleName
    text: Path
    signature: Path
    repository: Path
    tag: str
    commit: str
    apt: Path
    apt_before: Path
    rpm: Path
    missing: Mapping[Form, str]
    alone: threading.Lock = field(default_factory=threading.Lock, compare=False, repr=False)

    def must_have(self, form: Form) -> None:
        """NotAvailable when the sample could not be made in this form."""
        if form in self.missing:
            raise NotAvailable(f"no {form} sample could be made", why=self.missing[form])


@dataclass(frozen=True)
class Consumer:
    """`available` is None when it can be asked here, else how to get it; `asks` runs it in a throw-away place of its own."""

    name: str
    form: Form
    version: Callable[[], str]
    available: Callable[[], str | None]
    asks: Callable[[KeyringState, Sample], Answer]


@dataclass(frozen=True)
class Ran:
    """How a program ended, and all it said."""

    returncode: int
    said: str

    def last_words(self) -> str:
        """The last line that says something; user ids in it are strangers' text and are escaped."""
        return self._lines()[-1] if self._lines() else "it said nothing"

    def line_with(self, *words: str) -> str:
        """The first line that holds the first of the words that stands anywhere; "" when none does."""
        return next((line for word in words for line in self._lines() if word in line), "")

    def _lines(self) -> list[str]:
        return [shown(line.strip())[:200].rstrip(".!") for line in self.said.split("\n") if line.strip()]


def run(command: Sequence[str], place: Path, *, stdin: bytes = b"", **environment: str) -> Ran:
    """Run in `place`, with nothing of the user's environment but PATH. NotAvailable when the program is not here."""
    settings = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(place), "TMPDIR": str(place)}
    settings |= {
        "LC_ALL": "C.UTF-8",
        "GNUPGHOME": str(place),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    try:
        ended = subprocess.run(
            command,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=place,
            env=settings | environment,
            timeout=_PATIENCE_S,
            check=False,
        )
    except FileNotFoundError:
        raise NotAvailable("a program is not here", on=command[0]) from None
    except subprocess.TimeoutExpired:
        raise StepFailed("a program did not answer", on=command[0], why=f"nothing after {_PATIENCE_S} s") from None
    return Ran(ended.returncode, ended.stdout.decode("utf-8", "backslashreplace"))


def must(command: Sequence[str], place: Path, *, stdin: bytes = b"", **environment: str) -> str:
    """Run, and StepFailed with its own words unless it ends with 0."""
    ran = run(command, place, stdin=stdin, **environment)
    if ran.returncode != 0:
        raise StepFailed("a program ended in error", on=command[0], why=ran.last_words())
    return ran.said


def here(*programs: str, get: str) -> Callable[[], str | None]:
    """None when all programs are on PATH, else how to get them."""
    return lambda: None if all(shutil.which(one) for one in programs) else get


def says_version(program: str, *options: str) -> Callable[[], str]:
    """The first line that the program says of its version; "" when it does not answer."""

    def ask() -> str:
        with throwaway_place() as place:
            try:
                return run([program, *(options or ("--version",))], place).said.strip().partition("\n")[0]
            except (NotAvailable, StepFailed):
                return ""

    return ask


@contextmanager
def throwaway_place() -> Iterator[Path]:
    """An empty directory, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="irkit-", ignore_cleanup_errors=True) as name:
        yield Path(name)
