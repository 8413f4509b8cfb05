"""What is said of a part that is missing names packages; irkit's own name may be another project's on an index."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from irkit.extras import how_to_get

ROOT = Path(__file__).parent.parent
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


def _normal(text: str) -> str:
    """https://packaging.python.org/en/latest/specifications/name-normalization/"""
    return re.sub(r"[-_.]+", "-", text).lower()


@pytest.mark.parametrize("extra", sorted(EXTRAS))
def test_each_package_of_an_extra_is_named(extra: str) -> None:
    said = how_to_get(extra)
    for requirement in EXTRAS[extra]:
        name = re.split(r"[\[<>=;]", requirement)[0]
        assert _normal(name) in _normal(said)
    assert "irkit" not in said


def test_without_its_metadata_a_checkout_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(name: str) -> list[str]:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", gone)
    assert how_to_get("scan") == "pip install '.[scan]' in a checkout of irkit"


@pytest.mark.parametrize("folder", ["irkit", "docs", "tests", "notebooks", "playbooks"])
def test_nobody_is_told_to_install_irkit_by_its_name(folder: str) -> None:
    told = re.compile(r"""pip install\s+(-\S+\s+)*['"]?irkit(?=['"\s\[]|$)(?!\[scan\] @)""")
    texts = [one for one in (ROOT / folder).rglob("*") if one.suffix in {".py", ".md", ".yml", ".yaml", ".ipynb", ""}]
    found = [one for one in texts if one.is_file() and "node_modules" not in one.parts and told.search(one.read_text())]
    assert [one for one in found if one.name not in {"extras.py", "test_extras.py", "test_ci.py"}] == []
