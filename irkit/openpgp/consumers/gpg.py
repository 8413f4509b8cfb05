"""gpg, judged twice: by its exit code, as most scripts do, and by its status lines."""

from __future__ import annotations

from pathlib import Path

from irkit.openpgp.consumers.interface import Answer, Consumer, KeyringState, Sample, here, says_version
from irkit.openpgp.keyblock import detached_signatures
from irkit.openpgp.runner import Gpg, throwaway_home
from irkit.openpgp.signatures import check_with_gpg

_GET = "apt-get install gnupg"


def fill(home: Path, ring: KeyringState) -> None:
    """Import what the ring held; then take the old key out as its user would, and import what is left."""
    gpg = Gpg(home)
    gpg.run(["--no-autostart", "--import"], stdin=b"".join(ring.held))
    if ring.taken_out:
        gpg.must("the old key could not be deleted", ["--yes", "--delete-keys", ring.taken_out], on=ring.taken_out)
        gpg.run(["--no-autostart", "--import"], stdin=b"".join(ring.left))


def _by_exit_code(ring: KeyringState, sample: Sample) -> Answer:
    with throwaway_home(agent=False) as home:
        fill(home, ring)
        result = Gpg(home).run(["--no-autostart", "--verify", "--", str(sample.signature), str(sample.text)])
    told = [
        one.keyword
        for one in result.status
        if one.keyword.endswith("SIG") and one.keyword not in ("NEWSIG", "VALIDSIG")
    ]
    return Answer(result.returncode == 0, f"exit code {result.returncode}, {', '.join(told) or result.last_words()}")


def _by_status_lines(ring: KeyringState, sample: Sample) -> Answer:
    """GOODSIG and VALIDSIG for each signature, by a key of the ring, and nothing said against it."""
    signatures = detached_signatures(sample.signature.read_bytes())
    verdicts = check_with_gpg(ring.trusted, sample.text, signatures)
    return Answer(all(one.good for one in verdicts), ", ".join(one.reason for one in verdicts))


CONSUMERS = (
    Consumer("gpg", "file", says_version("gpg"), here("gpg", get=_GET), _by_exit_code),
    Consumer("gpg (status lines)", "file", says_version("gpg"), here("gpg", get=_GET), _by_status_lines),
)
