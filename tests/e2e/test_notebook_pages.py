"""The drill's notebooks as `jupyter nbconvert --to irkit_html` hands them out, and a view as a page of its own, before axe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from irkit.case import Case
from irkit.case.exporting import GuardedHTMLExporter
from irkit.show.page import page
from tests.browser.looking import complaints, looked
from tests.needs import needs

pytestmark = [pytest.mark.slow, needs("chromium", "npm:playwright-core", "npm:axe-core")]


@pytest.fixture(scope="module")
def looks(drill: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Each in light, in dark, and as on paper."""
    _, result, _, _ = drill
    folder, case = tmp_path_factory.mktemp("pages"), result.postmortem.parent
    pages = {one.stem: _exported(one, case) for one in sorted((case / "notebooks").glob("0*.ipynb"))}
    pages["a view"] = page(Case.open(case).status())
    wanted: dict[str, dict[str, Any]] = {}
    for name, text in pages.items():
        file = folder / f"{name}.html"
        file.write_text(text)
        for how, more in (("light", {}), ("dark", {"dark": True, "open": True}), ("paper", {"print": True})):
            wanted[f"{name}, {how}"] = {"file": file, "axe": True, **more}
    return looked(wanted)


def _exported(notebook: Path, case: Path) -> str:
    exporter = GuardedHTMLExporter()
    exporter.case = str(case)
    return str(exporter.from_filename(str(notebook))[0])


def test_nothing_is_asked_for_and_axe_finds_nothing(looks: dict[str, dict[str, Any]]) -> None:
    assert [name for name in looks if name.endswith("light")] == [
        "01_exposure, light", "02_revoke, light", "03_resign, light", "04_postmortem, light", "a view, light",
    ]  # fmt: skip
    assert {name: told for name, seen in looks.items() if (told := complaints(seen))} == {}
    assert min(seen["passed"] for seen in looks.values()) > 10
