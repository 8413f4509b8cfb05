"""rpm with a database of its own. `rpm -K` says "digests OK" of an unsigned package and ends with 0: the word is looked for."""

from __future__ import annotations

import re
from pathlib import Path

from irkit.openpgp.armor import PUBLIC_KEY, armored
from irkit.openpgp.consumers.interface import (
    Answer,
    Consumer,
    KeyringState,
    Sample,
    here,
    must,
    run,
    says_version,
    throwaway_place,
)

_SIGNATURE = re.compile(r"Signature, key ID [0-9a-f]+: (\w+)")


def _asks(ring: KeyringState, sample: Sample) -> Answer:
    with throwaway_place() as place:
        database = ["--dbpath", str(place / "db")]
        (place / "db").mkdir()
        _import(place, database, ring.held)
        if ring.taken_out:
            must(["rpm", *database, "-e", *_packages_of(place, database, ring.taken_out)], place)
            _import(place, database, ring.left)
        ran = run(["rpmkeys", *database, "--checksig", "--verbose", str(sample.rpm)], place)
    said = ", ".join(_SIGNATURE.findall(ran.said)) or ran.last_words()
    accepts = ran.returncode == 0 and "Signature" in ran.said
    return Answer(accepts, f"exit code {ran.returncode}, signature {said}")


def _import(place: Path, database: list[str], certificates: tuple[bytes, ...]) -> None:
    for certificate in certificates:
        (place / "key.asc").write_bytes(armored(certificate, PUBLIC_KEY))
        run(["rpmkeys", *database, "--import", str(place / "key.asc")], place)


def _packages_of(place: Path, database: list[str], fingerprint: str) -> list[str]:
    """The pseudo-packages that stand for a key: gpg-pubkey-ID-TIME, ID being the end of its key id."""
    listed = must(["rpm", *database, "-qa", "gpg-pubkey*"], place).split()
    return [one for one in listed if one.startswith(f"gpg-pubkey-{fingerprint[-8:].lower()}-")]


CONSUMERS = (
    Consumer(
        "rpm",
        "rpm",
        says_version("rpm"),
        here("rpm", "rpmkeys", "rpmsign", "rpmbuild", get="apt-get install rpm"),
        _asks,
    ),
)
