"""`irkit guard scan`: a folder, a repository or what is staged in it, searched for secrets by Kingfisher, and for a case's own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from irkit.errors import BadInput, WouldLeak
from irkit.guard.gate import Leak, gate
from irkit.guard.staged import copy_staged, top
from irkit.guard.unknown import ALLOW_FILE, Unknown, allowed_in, unknown_secrets
from irkit.model import Skipped
from irkit.redact import Redactor
from irkit.sources.private import private_folder

_NAMED = 5


@dataclass(frozen=True)
class Scanned:
    """What was found: `unknown` by the scanner (allowed ones too), `leaks` of the case's own, `skipped` what was not read."""

    what: str
    unknown: tuple[Unknown, ...] = ()
    leaks: tuple[Leak, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    def refuse(self) -> None:
        """WouldLeak naming files, lines and fingerprints."""
        stopping = [one for one in self.unknown if not one.allowed]
        places = [*map(str, self.leaks), *map(str, stopping)]
        if not places:
            return
        more = f"; and {len(places) - _NAMED} more" if len(places) > _NAMED else ""
        allow = f"; if one is no secret, put its fingerprint into {ALLOW_FILE}" if stopping else ""
        raise WouldLeak(
            f"what looks like a secret stands in {self.what}",
            on="; ".join(places[:_NAMED]) + more,
            do=f"take it out, and revoke it if it ever left this machine{allow}",
        )

    def sentence(self) -> str:
        allowed = sum(one.allowed for one in self.unknown)
        rest = f", {allowed} allowed" if allowed else ""
        return f"No rule matched in {self.what}{rest}. That does not show that there is no secret."


def scan(path: Path, *, staged: bool, redactor: Redactor | None) -> Scanned:
    """Search `path`, or what is staged in the repository it is in. NotAvailable without Kingfisher; BadInput for a wrong path."""
    if not path.exists():
        raise BadInput("there is nothing at this path", on=path, do="check the path and give it again")
    if not staged:
        return _searched(path, redactor, allowed_in(path if path.is_dir() else path.parent), str(path))
    root = top(path)
    with private_folder() as private:
        copies = private / "staged"
        copies.mkdir()
        made, skipped = copy_staged(root, copies)
        if not made:
            return Scanned("what is staged", skipped=tuple(skipped))
        found = _searched(copies, redactor, allowed_in(root), "what is staged")
    return Scanned(
        found.what,
        tuple(replace(one, file=_here(one.file, copies)) for one in found.unknown),
        tuple(replace(one, file=Path(_here(str(one.file), copies))) for one in found.leaks),
        (*skipped, *(Skipped(_here(one.what, copies), one.why) for one in found.skipped)),
    )


def _searched(path: Path, redactor: Redactor | None, allowed: frozenset[str], what: str) -> Scanned:
    unknown = unknown_secrets(path, redactor or Redactor(), allowed)
    if redactor is None:
        return Scanned(what, unknown)
    gated = gate(path, redactor)
    return Scanned(what, unknown, gated.leaks, gated.skipped)


def _here(file: str, copies: Path) -> str:
    return file.removeprefix(f"{copies}/")
