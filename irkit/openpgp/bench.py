"""A key ring of its own for one change, with the private keys of a gpg home behind it.

gpg changes a key in place, and it does some changes only while the key is not revoked, or silently not at all. Here a copy is
changed, without the revocations that stand in the way; what comes out is looked at, and only then imported into the home.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from irkit.model import Secret
from irkit.openpgp.keys import ring_entry
from irkit.openpgp.packets import SIGNATURE, SignatureInfo, all_packets, joined, signature_packet
from irkit.openpgp.runner import Gpg, GpgResult

_EVERYTHING = ("--export-options", "export-local-sigs,export-sensitive-revkeys")


@dataclass(frozen=True)
class Bench:
    """Runs gpg on the copied ring; the agent, and so the private keys, are those of the home. With `at` (UTC) as if it were then."""

    gpg: Gpg
    ring: Path
    at: datetime | None = None

    def run(
        self, args: Sequence[str], *, stdin: bytes = b"", passphrase: Secret | None = None, dialogue: bool = False
    ) -> GpgResult:
        then = ["--faked-system-time", f"{int(self.at.timestamp())}!"] if self.at else []
        ring = [*then, "--no-default-keyring", "--keyring", str(self.ring), "--no-auto-check-trustdb"]
        return self.gpg.run([*ring, *args], stdin=stdin, passphrase=passphrase, dialogue=dialogue)

    def block(self, fingerprint: str) -> bytes:
        return self.run([*_EVERYTHING, "--export", "--", fingerprint]).stdout


@contextlib.contextmanager
def bench(
    home: Path, fingerprints: Sequence[str], without: Callable[[SignatureInfo], bool], at: datetime | None = None
) -> Iterator[Bench]:
    """A bench with these keys of the home, less the signatures that `without` names. StepFailed when one of them is not there."""
    blocks = [whole_block(home, fingerprint) for fingerprint in fingerprints]
    folder = Path(tempfile.mkdtemp(prefix="irkit-"))
    try:
        ring = folder / "ring.gpg"
        ring.write_bytes(b"".join(_less(block, without) for block in blocks))
        yield Bench(Gpg(home), ring, at)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def whole_block(home: Path, fingerprint: str) -> bytes:
    """The public key, binary, with what an ordinary export leaves out: local signatures, sensitive designated revokers."""
    ring_entry(home, fingerprint)
    return (
        Gpg(home)
        .must("a key could not be exported", [*_EVERYTHING, "--export", "--", fingerprint], on=fingerprint)
        .stdout
    )


def whole_ring(home: Path) -> bytes:
    """Every public key of the home, the same way; b"" for an empty ring."""
    return Gpg(home).must("the key ring could not be exported", [*_EVERYTHING, "--export"], on=home).stdout


def _less(block: bytes, without: Callable[[SignatureInfo], bool]) -> bytes:
    kept = [(tag, body) for tag, body in all_packets(block) if tag != SIGNATURE or not without(signature_packet(body))]
    return joined(kept)
