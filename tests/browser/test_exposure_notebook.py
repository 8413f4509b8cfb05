"""What a responder sees first: notebook 01 on a case, in JupyterLab, run from the menu, with the timeline drawn."""

from __future__ import annotations

import re
import sys
from html import escape as html_of
from pathlib import Path

import pytest

from irkit.exposure.picture import _CAPTION as TIMELINE
from tests.browser.driver import drive, served
from tests.e2e.incident import incident
from tests.needs import needs

pytestmark = [needs("chromium", "npm:playwright-core"), pytest.mark.slow]

PICTURE = Path("timeline.png")


def test_the_timeline_is_seen_and_nothing_is_asked_of_the_internet(tmp_path: Path) -> None:
    with incident(tmp_path) as whole:
        code, _, err = whole.run()  # to the first gate: from then on Lab knows the parameters
        assert code == 3, err
        home = tmp_path / "lab-home"
        home.mkdir()
        lab = [sys.executable, "-m", "irkit", "lab", str(whole.case.folder), "--no-browser"]
        with served(lab, tmp_path, {"HOME": str(home), "TMPDIR": "/tmp"}) as running:
            seen = drive(
                running,
                "01_exposure.ipynb",
                selector='.jp-OutputArea-output figure img[src^="data:image/svg+xml"]',
                screenshot=tmp_path / PICTURE,
                keep=True,
                timeout_ms=120000,
                height=1400,
            )
    assert seen["ok"], seen["error"]
    assert seen["errors"] == []
    assert seen["external"] == []
    assert seen["saved"] is True
    html = "".join(seen["html"])
    figures = [part.partition("</figure>")[0] for part in html.split("<figure")[1:]]
    assert sum(html_of(TIMELINE) in one for one in figures) == 3  # one timeline for each credential
    assert len(figures) == 10, [re.sub(r"<[^>]*>", " ", one)[:80] for one in figures]
    assert all('alt="' in one or "<figcaption" in one for one in figures)
    assert "Every place it stands or stood" in html
    assert (tmp_path / PICTURE).stat().st_size > 10_000
    saved = (whole.case.folder / "notebooks" / "working" / "01_exposure.ipynb").read_bytes()
    for secret in ("github-token", "aws-key"):
        assert (tmp_path / "world" / "vault" / secret).read_bytes().strip().split(b":")[-1] not in saved
