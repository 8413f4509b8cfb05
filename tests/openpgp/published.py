"""A leaked key, revoked, and its successor: what the tests of publishing put everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from irkit.network import Door
from irkit.openpgp import Gpg, generate, revoke
from irkit.openpgp.keyring import RingKey, list_ring
from irkit.openpgp.operations import Hands
from irkit.openpgp.publishing.pair import Pair, pair
from irkit.openpgp.publishing.rings import without_revocations
from irkit.openpgp.runner import throwaway_home
from irkit.plan import GpgCommand
from irkit.redact import Redactor
from tests.owners import Owner

ADDRESS = "releases@example.test"
OLD_ID, NEW_ID = f"Example Releases <{ADDRESS}>", f"Example Releases (2026) <{ADDRESS}>"


@dataclass(frozen=True)
class Two:
    """The old key, revoked as compromised, and the new one, each in the home of its owner."""

    old: Owner
    new: Owner

    @property
    def pair(self) -> Pair:
        (entry,) = list_ring(self.new.home, self.new.key.primary, secret=True)
        return pair(self.old.home, self.old.key.primary, self.new.home, entry)

    def command(self, operation: str, **more: str) -> GpgCommand:
        said = {
            "old_home": str(self.old.home), "old_key": self.old.key.primary, "user_id": self.new.key.user_id,
            "other_than": self.old.key.primary, **more,
        }  # fmt: skip
        return GpgCommand(operation, str(self.new.home), arguments=tuple(said.items()))  # type: ignore[arg-type]


def two_keys(homes: tuple[Path, Path], old_id: str = OLD_ID, new_id: str = NEW_ID) -> Two:
    old, new = Owner(homes[0], generate(homes[0], old_id)), Owner(homes[1], generate(homes[1], new_id))
    revoke(old.home, old.key.primary, text="leaked")
    return Two(old, new)


@contextmanager
def keys_of_a_module() -> Iterator[Two]:
    """One pair for all tests of a file, which only read it."""
    with throwaway_home() as one, throwaway_home() as other:
        yield two_keys((one, other))


def hands(timeout_s: float = 10) -> Hands:
    def resolve(_ref: object) -> None:
        raise AssertionError("nothing that is published is a secret")

    return Hands(door=Door(resolve, Redactor(()), timeout_s))  # type: ignore[arg-type]


@contextmanager
def client_that_knew(two: Two) -> Iterator[Path]:
    """A gpg home that holds the old key as good."""
    with throwaway_home() as home:
        (home / "dirmngr.conf").write_text("standard-resolver\n")
        Gpg(home).must("a test's import", ["--import"], stdin=without_revocations(two.pair.old_certificate))
        assert not key_in(home, two.old.key.primary).revoked
        yield home


def key_in(home: Path, fingerprint: str) -> RingKey:
    (entry,) = list_ring(home, fingerprint)
    return entry.primary
