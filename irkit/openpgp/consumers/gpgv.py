"""gpgv: verifies against a file of keys and trusts them all. Debian's tools, and many scripts, call it."""

from __future__ import annotations

from irkit.openpgp.consumers.interface import (
    Answer,
    Consumer,
    KeyringState,
    Sample,
    here,
    run,
    says_version,
    throwaway_place,
)


def _asks(ring: KeyringState, sample: Sample) -> Answer:
    with throwaway_place() as place:
        keys = place / "keys.gpg"
        keys.write_bytes(b"".join(ring.trusted))
        ran = run(["gpgv", "--keyring", str(keys), str(sample.signature), str(sample.text)], place)
    return Answer(
        ran.returncode == 0, f"exit code {ran.returncode}, {ran.line_with('Good sig', 'BAD sig') or ran.last_words()}"
    )


CONSUMERS = (Consumer("gpgv", "file", says_version("gpgv"), here("gpgv", get="apt-get install gpgv"), _asks),)
