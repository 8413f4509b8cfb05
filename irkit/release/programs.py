"""Programs of the distributions (rpmsign, reprepro, ...) that sign by calling gpg themselves.

They are told of a gpg home through GNUPGHOME in their own environment. No passphrase is handed to them: gpg-agent keeps it for a
while once it was used, so a key is used once through our own runner and then found unlocked.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from irkit.errors import NotAvailable, StepFailed
from irkit.openpgp.runner import Gpg
from irkit.openpgp.signer import Signer

HOW = {
    "rpmsign": "apt-get install rpm, or dnf install rpm-sign",
    "rpmkeys": "apt-get install rpm",
    "createrepo_c": "apt-get install createrepo-c, or dnf install createrepo_c",
    "reprepro": "apt-get install reprepro",
    "aptly": "apt-get install aptly",
    "gpgv": "apt-get install gpgv",
}


def found(program: str) -> str:
    """Where it is. NotAvailable with how to get it."""
    path = shutil.which(program)
    if path is None:
        raise NotAvailable(f"{program} is not here", do=f"install it: {HOW.get(program, program)}")
    return path


def run(
    args: Sequence[str], *, what: str, on: object = "", home: Path | None = None, do: str = "", timeout_s: float = 600
) -> str:
    """Run and give what it printed. StepFailed with `what` and its own last words when it does not end with 0."""
    ended = ask(args, what=what, on=on, home=home, timeout_s=timeout_s)
    if ended.returncode != 0:
        raise StepFailed(what, on=on, why=last_words(ended), do=do)
    return ended.stdout


def ask(
    args: Sequence[str], *, what: str, on: object = "", home: Path | None = None, timeout_s: float = 600
) -> subprocess.CompletedProcess[str]:
    """Run and give how it ended, whatever that is. NotAvailable when the program is not here, StepFailed when it hangs."""
    try:
        return subprocess.run(
            [found(args[0]), *args[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="backslashreplace",
            env=environment(home),
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise StepFailed(
            what, on=on, why=f"{args[0]} did not end within {timeout_s:g} s", do="see whether it waits for a passphrase"
        ) from None


def environment(home: Path | None) -> Mapping[str, str]:
    """Ours, in plain English and UTC, with GNUPGHOME set to `home` or not set at all."""
    kept = {name: value for name, value in os.environ.items() if name not in ("GNUPGHOME", "LANGUAGE", "GPG_TTY")}
    kept |= {"LC_ALL": "C.UTF-8", "TZ": "UTC"}
    return kept | ({"GNUPGHOME": str(home.absolute())} if home else {})


def last_words(ended: subprocess.CompletedProcess[str]) -> str:
    lines = [line.strip() for line in (ended.stderr + "\n" + ended.stdout).splitlines() if line.strip()]
    return "; ".join(lines[-3:])[:400] or f"{Path(ended.args[0]).name} ended with {ended.returncode} and said nothing"


def unlock(by: Signer) -> None:
    """Use the signing key once, so that gpg-agent holds it open for the program that signs next. StepFailed when it cannot sign."""
    Gpg(by.home).must(
        "the new key cannot sign",
        ["--local-user", f"{by.signing}!", "--detach-sign"],
        on=by.signing,
        passphrase=by.passphrase,
        stdin=b"unlocked by irkit\n",
    )
