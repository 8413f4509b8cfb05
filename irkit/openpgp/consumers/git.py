"""git, which judges by gpg's status and gives an exit code of its own: `git verify-tag` and `git verify-commit`."""

from __future__ import annotations

from collections.abc import Callable

from irkit.openpgp.consumers.gpg import fill
from irkit.openpgp.consumers.interface import (
    Answer,
    Consumer,
    KeyringState,
    Sample,
    here,
    run,
    says_version,
)
from irkit.openpgp.runner import throwaway_home

_GET = "apt-get install git gnupg"


def _asks(verb: str) -> Callable[[KeyringState, Sample], Answer]:
    def asks(ring: KeyringState, sample: Sample) -> Answer:
        with throwaway_home(agent=False) as home:
            fill(home, ring)
            name = sample.tag if verb == "verify-tag" else sample.commit
            ran = run(["git", "-C", str(sample.repository), verb, name], home)
        why = ran.line_with("revoked", "o public key", "Good signature", "BAD signature", "expired")
        return Answer(ran.returncode == 0, f"exit code {ran.returncode}, {why or ran.last_words()}")

    return asks


CONSUMERS = tuple(
    Consumer(f"git {verb}", "git", says_version("git"), here("git", "gpg", get=_GET), _asks(verb))
    for verb in ("verify-tag", "verify-commit")
)
