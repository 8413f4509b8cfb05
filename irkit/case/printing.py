"""A page as PDF, by the Chromium of this machine: tagged, with an outline, its title and its language. Nothing is fetched.

The flags are Chromium's own (https://peter.sh/experiments/chromium-command-line-switches/). It gets a profile of its own, which is removed
afterwards, and a network in which no name resolves and no proxy answers; the page's policy forbids it to ask for anything in any case.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

from irkit.errors import NotAvailable, StepFailed
from irkit.sources.private import private_folder

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-default-browser-check", "--disable-sync",
    "--disable-extensions", "--disable-background-networking", "--disable-component-update", "--disable-breakpad",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9",
    "--no-pdf-header-footer", "--generate-pdf-document-outline", "--export-tagged-pdf",
)  # fmt: skip
_MOST_S = 180
_DATES = re.compile(rb"/(CreationDate|ModDate) \(D:\d{14}\+00'00'\)")
_NODES = re.compile(rb"\(node\d{8}\)")


def browser() -> str | None:
    """The path of the first browser of `BROWSERS` on PATH; None when there is none."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def to_pdf(page: str, at: datetime) -> bytes:
    """The page printed as its style sheet says, and dated `at` (UTC): nothing in it tells when it was printed.

    The same page gives the same bytes from the same browser, as far as it is known to differ (`_as_ever`). NotAvailable without one;
    StepFailed when it makes no PDF.
    """
    program = browser()
    if program is None:
        raise NotAvailable(
            "a PDF is printed by Chromium", why=f"none of {', '.join(BROWSERS)} is on PATH",
            do="get it with: apt-get install chromium; or export --format html and print that",
        )  # fmt: skip
    with private_folder() as aside:
        source, made = aside / "page.html", aside / "page.pdf"
        source.write_text(page, encoding="utf-8")
        said = _print(program, aside, source, made)
        try:
            content = made.read_bytes()
        except OSError:
            content = b""
    if not content.startswith(b"%PDF-"):
        raise StepFailed(
            "the page could not be printed", on=program, why=said, do="export --format html and print that"
        )
    return _as_ever(content, at)


def _as_ever(content: bytes, at: datetime) -> bytes:
    """Without what two printings of a page differ in: its dates, and the names of elements of its structure, which Chromium counts from
    wherever its process was. They are counted from 1 in the same order, as their table wants them. No length changes, so no place does."""
    stamp = at.strftime("%Y%m%d%H%M%S").encode()
    content = _DATES.sub(lambda found: b"/%s (D:%s+00'00')" % (found[1], stamp), content)
    names = {name: b"(node%08d)" % number for number, name in enumerate(sorted(set(_NODES.findall(content))), 1)}
    return _NODES.sub(lambda found: names[found[0]], content)


def _print(program: str, aside: Path, source: Path, made: Path) -> str:
    """What the browser said last. Its home, profile and temporary files are the folder's, which goes with them."""
    home = aside / "home"
    home.mkdir(mode=0o700)
    # Chromium's sandbox refuses to run as root, where a container usually is.
    alone = ["--no-sandbox"] if os.geteuid() == 0 else []
    command = [program, *_FLAGS, *alone, f"--user-data-dir={home}", f"--print-to-pdf={made}", source.as_uri()]
    environment = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    environment |= {"HOME": str(home), "TMPDIR": str(home), "XDG_CONFIG_HOME": str(home), "XDG_CACHE_HOME": str(home)}
    try:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=_MOST_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"it did not end within {_MOST_S} s"
    except OSError as error:
        return error.strerror or "it cannot be run"
    last = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return f"it ended with code {done.returncode}{f': {last[-1][:200]}' if last else ''}"
