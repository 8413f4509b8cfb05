"""A key whose secret part gpg holds to be on a card: the agent's file is rewritten as the stub it keeps of such a key."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from irkit.openpgp import Gpg

SERIAL = "D2760001240102000005000012340000"


def on_card(home: Path, fingerprint: str) -> None:
    """The number #d# goes; what stays is "shadowed" by application OPENPGP of a card that is not here (agent/protect.c)."""
    listing = Gpg(home).must("listing", ["--with-colons", "--with-keygrip", "--list-keys"]).stdout.decode().splitlines()
    after = listing[next(i for i, line in enumerate(listing) if fingerprint in line) :]
    grip = next(line for line in after if line.startswith("grp")).split(":")[9]
    path = home / "private-keys-v1.d" / f"{grip}.key"
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=True, capture_output=True)
    text = " ".join(path.read_text().split())
    public = re.search(r"\(q\s*#([0-9A-F ]+)#\)", text)
    assert public
    point = public[1].replace(" ", "")
    path.write_text(
        "Key: (shadowed-private-key (ecc (curve Ed25519)(flags eddsa)(q\n"
        f"  #{point}#)(shadowed t1-v1\n  (#{SERIAL}# OPENPGP.1))))\n"
    )
