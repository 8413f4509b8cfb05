"""With one layer of the guard off its leak is found, so the search can fail; with all of them on nothing is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.canary.layers import LAYERS
from tests.canary.stage import Stage, stage
from tests.canary.table import leaks, showing
from tests.needs import needs

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made() -> Iterator[Stage]:
    with stage("token-and-key") as ready:
        yield ready


BROWSER = needs("chromium", "npm:playwright-core")
WHICH = [pytest.param(name, marks=BROWSER) if layer.lab else name for name, layer in LAYERS.items()]


@pytest.mark.parametrize("name", WHICH)
def test_the_leak_of_a_layer_that_is_off_is_found(made: Stage, name: str) -> None:
    assert showing(leaks(made, name, off=True), LAYERS[name])


@pytest.mark.parametrize("name", ["messages", "parameters", "gate", pytest.param("screen", marks=BROWSER)])
def test_nothing_is_found_with_all_of_them_on(made: Stage, name: str) -> None:
    assert leaks(made, name, off=False) == []
