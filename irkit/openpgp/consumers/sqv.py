"""sqv: Sequoia's gpgv. One valid signature by a key of the ring is enough for it."""

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
        keys = place / "keys.pgp"
        keys.write_bytes(b"".join(ring.trusted))
        ran = run(["sqv", "--verbose", "--keyring", str(keys), str(sample.signature), str(sample.text)], place)
    return Answer(ran.returncode == 0, f"exit code {ran.returncode}, {ran.last_words()}")


CONSUMERS = (Consumer("sqv", "file", says_version("sqv"), here("sqv", get="apt-get install sqv"), _asks),)
