"""A kernel of JupyterLab, as far as forms go."""

from __future__ import annotations

from typing import Any

import pytest

from irkit.show import live


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, dict[str, Any]]]:
    """As in a kernel of `irkit lab`; what is displayed is kept."""
    monkeypatch.setenv(live.VARIABLE, "1")
    shown: list[tuple[Any, dict[str, Any]]] = []
    monkeypatch.setattr("IPython.display.display", lambda what, **how: shown.append((what, how)))
    monkeypatch.setattr("IPython.display.update_display", lambda what, **how: shown.append((what, how)))
    return shown
