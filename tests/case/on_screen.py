"""Forms as they are on the screen."""

from __future__ import annotations

from typing import Any

from irkit.case.forms import widgets
from irkit.case.forms.widgets import Page
from irkit.show import View


def on_screen(page: View | Page, number: int = 0) -> Any:
    """A form of the page, as it is on the screen."""
    assert isinstance(page, Page)
    page._ipython_display_()
    return widgets._Live(page.forms[number], page.refresh)


def says(form: Any) -> str:
    return str(form.result.value)
