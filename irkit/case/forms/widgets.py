"""Forms out of ipywidgets: fields with their labels, one button, and what came of it below as a view.

The page above a form is an output of its own, which is brought up to date when a form changed something; it is what a saved notebook
keeps (`irkit.guard.notebook` drops the form). https://ipywidgets.readthedocs.io/en/8.1.5/
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from irkit.errors import IrkitError
from irkit.show import Notice, View, live

LEFT = "A form stood here. Run this cell in JupyterLab (irkit lab) to have it again."
_VIEW = "application/vnd.jupyter.widget-view+json"

Check = Callable[[str], object]


def in_lab() -> bool:
    """Whether this is a kernel of `irkit lab`, where a person can fill in a form."""
    return os.environ.get(live.VARIABLE) == "1"


@dataclass(frozen=True)
class Field:
    """One text field. `check` raises an IrkitError, which empties it; `changed` hears of what was typed and taken."""

    name: str
    label: str
    check: Check
    hint: str = ""
    start: str = ""


@dataclass(frozen=True)
class Choice:
    """One of several, as label and value. `offered` is asked again whenever a field of the form changes."""

    name: str
    label: str
    offered: Callable[[Mapping[str, str]], Sequence[tuple[str, str]]]
    none: str = "nobody"


@dataclass(frozen=True)
class Form:
    """Fields under a title, and a button that says what it does. `act` gets what the fields hold, and returns what came of it."""

    title: str
    fields: tuple[Field | Choice, ...]
    button: str
    act: Callable[[Mapping[str, str]], View]


class Page:
    """A view with forms under it; `again` makes the view anew after a form was used."""

    def __init__(self, again: Callable[[], View], forms: Sequence[Form]) -> None:
        self.again, self.forms = again, tuple(forms)
        self.view = again()

    def __repr__(self) -> str:
        return self.view.text()

    def _ipython_display_(self) -> None:
        from IPython.display import display

        self._shown = f"irkit-{uuid.uuid4().hex[:12]}"
        display(_still(self.view), raw=True, display_id=self._shown)  # type: ignore[no-untyped-call]
        if not self.forms:
            return
        box = _box([_Live(form, self.refresh).box for form in self.forms])
        view = {_VIEW: box._repr_mimebundle_()[_VIEW], "text/plain": LEFT}
        display(view, raw=True)  # type: ignore[no-untyped-call]

    def refresh(self) -> None:
        from IPython.display import update_display

        self.view = self.again()
        update_display(_still(self.view), raw=True, display_id=self._shown)  # type: ignore[no-untyped-call]


def _still(view: View) -> dict[str, str]:
    """The view as a page, whatever it holds: only that can be brought up to date."""
    return {"text/html": view.html(2), "text/plain": view.text()}


class _Live:
    """One form on the screen."""

    def __init__(self, form: Form, used: Callable[[], None]) -> None:
        widgets = _ipywidgets()
        self.form, self.used = form, used
        self.result = widgets.HTML()
        self.inputs: dict[str, Any] = {}
        for field in form.fields:
            self.inputs[field.name] = self._input(widgets, field)
        self._offer()
        self.button = widgets.Button(
            description=form.button, layout=widgets.Layout(width="auto", align_self="flex-start")
        )
        self.button.on_click(self._pressed)
        title = widgets.HTML(f"<h3>{_escaped(form.title)}</h3>")
        self.box = _box([title, *self.inputs.values(), self.button, self.result])

    def _input(self, widgets: Any, field: Field | Choice) -> Any:
        wide = {"layout": widgets.Layout(width="100%", max_width="46em"), "style": {"description_width": "13em"}}
        if isinstance(field, Choice):
            return widgets.Dropdown(description=field.label, **wide)
        made = widgets.Text(
            field.start, description=field.label, placeholder=field.hint, continuous_update=False, **wide
        )
        made.observe(lambda change: self._typed(field, str(change["new"])), "value")
        return made

    def _typed(self, field: Field, text: str) -> None:
        """Looked at as soon as it arrives: what is not taken does not stay."""
        if text and (told := _told(lambda: field.check(text))):
            self.inputs[field.name].value = ""
            self._say(told)
        self._offer()

    def _offer(self) -> None:
        for field in self.form.fields:
            if isinstance(field, Choice):
                box = self.inputs[field.name]
                offered = tuple(field.offered(self._held())) or ((field.none, ""),)
                if tuple(box.options) != offered:
                    box.options = offered
                    box.index, box.index = None, 0  # or the browser goes on showing none

    def _held(self) -> dict[str, str]:
        return {name: str(box.value or "") for name, box in self.inputs.items()}

    def _pressed(self, _button: Any) -> None:
        held = self._held()
        for field in self.form.fields:  # a value that was set in another way than by typing is looked at too
            if isinstance(field, Field) and (told := _told(lambda: field.check(held[field.name]))):  # noqa: B023  (called at once)
                self.inputs[field.name].value = ""
                return self._say(told)
        # It stays enabled: a button that is not loses the keyboard's focus, and what it does twice does nothing twice.
        if told := _told(lambda: self._say(self.form.act(held))):
            return self._say(told)
        return self.used()

    def _say(self, view: View) -> None:
        self.result.value = f'<div role="status">{view.html(4)}</div>'


def _told(act: Callable[[], object]) -> View | None:
    """What went wrong, as a view. Of an error that is not irkit's only the kind: its text may hold what was typed."""
    try:
        act()
    except IrkitError as error:
        return View("Not done", (Notice("bad", error.sentence()),))
    except Exception as error:
        return View(
            "Not done", (Notice("bad", f"irkit could not do this ({type(error).__name__}): use the command line"),)
        )
    return None


def _box(children: Sequence[Any]) -> Any:
    widgets = _ipywidgets()
    box = widgets.VBox(list(children))
    for name in ("ik-view", "ik-form"):
        box.add_class(name)
    return box


def _ipywidgets() -> Any:
    import ipywidgets

    return ipywidgets


def _escaped(text: str) -> str:
    from html import escape

    from irkit.show.plain import visible

    return escape(visible(text))
