"""matplotlib under the guard: what a picture shows is what a picture of the redacted text shows, byte for byte, and not the raw one."""

from __future__ import annotations

import copy
import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.textpath import TextPath
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from irkit.guard import active, drawing
from irkit.redact import Redactor
from tests.guard.canary import forms_in, make_canary, redactor_of

LABEL = "[redacted fp:canary]"


@pytest.fixture(scope="module", autouse=True)
def _guarded() -> None:
    drawing.guard()


@pytest.fixture
def canary() -> Iterator[str]:
    """A secret that nothing hides yet: call `opened` for that."""
    before = active.get_redactor()
    active.set_redactor(Redactor())
    yield make_canary().replace("<", "").replace("&", "")
    active.set_redactor(before)


def opened(canary: str) -> None:
    active.set_redactor(redactor_of(canary))


def title(figure: Figure, text: str) -> None:
    figure.add_subplot().set_title(text)


def wrapped(figure: Figure, text: str) -> None:
    figure.set_size_inches(2, 2)
    figure.text(0.1, 0.9, f"the token {text} was found", wrap=True)


def in_words(figure: Figure, text: str) -> None:
    figure.text(0.1, 0.5, f"token\n{text}\nfound")


def tick_labels(figure: Figure, text: str) -> None:
    figure.add_subplot().set_xticks([0, 1], [text, "b"])


def formatted_ticks(figure: Figure, text: str) -> None:
    figure.add_subplot().yaxis.set_major_formatter(lambda value, _at: f"{text} {value}")


def legend(figure: Figure, text: str) -> None:
    axes = figure.add_subplot()
    axes.plot([0, 1], label=text)
    axes.legend(title=text)


def annotation(figure: Figure, text: str) -> None:
    box = {"boxstyle": "round"}
    figure.add_subplot().annotate(text, (0.5, 0.5), xytext=(0.1, 0.1), arrowprops={"arrowstyle": "->"}, bbox=box)


def table(figure: Figure, text: str) -> None:
    figure.add_subplot().table([[text, "b"]], colLabels=["a", text], rowLabels=[text])


def everywhere_else(figure: Figure, text: str) -> None:
    axes = figure.add_subplot(projection="3d")
    axes.set(xlabel=text, ylabel=text, zlabel=text)
    axes.text(0, 0, 0, text)
    figure.suptitle(text)
    figure.supxlabel(text)


def colour_bar(figure: Figure, text: str) -> None:
    axes = figure.add_subplot()
    bar = figure.colorbar(axes.imshow(np.arange(4).reshape(2, 2)), label=text)
    bar.set_ticks([0, 1], labels=[text, "b"])


DRAWN: dict[str, Callable[[Figure, str], None]] = {
    one.__name__: one
    for one in (
        title,
        wrapped,
        in_words,
        tick_labels,
        formatted_ticks,
        legend,
        annotation,
        table,
        everywhere_else,
        colour_bar,
    )
}


def figure_of(draw: Callable[[Figure, str], None], text: str, **named: Any) -> Figure:
    figure = Figure(dpi=60, **named)
    FigureCanvasAgg(figure)
    draw(figure, text)
    return figure


def saved(figure: Figure, form: str = "png", **named: Any) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format=form, **named)
    return out.getvalue()


def pixels(data: bytes) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(io.BytesIO(data)))


def same(one: bytes, other: bytes) -> bool:
    return bool(np.array_equal(pixels(one), pixels(other)))


WAYS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "as it is": ({}, {}),
    "as a notebook shows it": ({}, {"bbox_inches": "tight"}),
    "laid out": ({"layout": "constrained"}, {}),
}


@pytest.mark.parametrize("what", DRAWN)
@pytest.mark.parametrize("way", WAYS)
def test_pixels_show_the_redacted_text_although_it_was_set_before_the_case_was_opened(
    canary: str, what: str, way: str
) -> None:
    made, how = WAYS[way]
    figure = figure_of(DRAWN[what], canary, **made)
    raw = saved(figure_of(DRAWN[what], canary, **made), **how)
    reference = saved(figure_of(DRAWN[what], LABEL, **made), **how)
    opened(canary)
    redacted = saved(figure, **how)
    assert same(redacted, reference)
    assert not same(redacted, raw)


def plain(figure: Figure, text: str) -> None:
    figure.text(0.1, 0.5, text)


FORMULAS: dict[str, Callable[[str], str]] = {
    "in a formula": lambda secret: rf"$\mathrm{{{secret}}}$ and so on",
    "with its dashes escaped": lambda secret: r"$\mathrm{" + secret.replace("-", r"\-") + "}$",
    "in braces": lambda secret: f"${{{secret[:1]}}}{{{secret[1:]}}}$",
    "with spaces, which a formula leaves out": lambda secret: f"${' '.join(secret)}$",
    "beside a formula": lambda secret: f"$x^2$ is no {secret}",
}


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_that_spells_the_secret_is_drawn_as_redacted_words(formula: str, canary: str) -> None:
    canary = canary.replace("'", "")
    text = FORMULAS[formula](canary)
    opened(canary)
    shown = drawing.words(text)
    assert LABEL in shown
    assert forms_in("".join(character for character in shown if character not in "\\{} "), canary) == []
    assert same(saved(figure_of(plain, text)), saved(figure_of(plain, shown)))


def test_a_formula_without_a_secret_stays_one(canary: str) -> None:
    opened(canary)
    assert drawing.words(r"$\frac{1}{2}$ and \$5") == r"$\frac{1}{2}$ and \$5"


@pytest.mark.parametrize("fonttype", ["none", "path"])
def test_an_svg_holds_neither_the_text_nor_its_letters_as_paths(canary: str, fonttype: str) -> None:
    with rc_context({"svg.fonttype": fonttype, "svg.hashsalt": "x"}):
        figure = figure_of(legend, canary)
        raw = saved(figure, "svg", metadata={"Date": None})
        reference = saved(figure_of(legend, LABEL), "svg", metadata={"Date": None})
        opened(canary)
        redacted = saved(figure, "svg", metadata={"Date": None})
    assert redacted == reference
    assert redacted != raw
    assert forms_in(redacted, canary) == []


def test_a_pdf_holds_the_glyphs_of_the_redacted_text(canary: str) -> None:
    plainly = {"pdf.compression": 0, "pdf.fonttype": 42}
    none = {"CreationDate": None}
    with rc_context(plainly):
        figure = figure_of(legend, canary)
        raw = saved(figure, "pdf", metadata=none)
        reference = saved(figure_of(legend, LABEL), "pdf", metadata=none)
        opened(canary)
        redacted = saved(figure, "pdf", metadata=none)
    assert redacted == reference
    assert redacted != raw


def letters(text: str) -> np.ndarray[Any, Any]:
    return np.array(TextPath((0, 0), text, size=12).vertices)


def test_a_path_of_letters_is_made_again_when_there_is_more_to_hide(canary: str) -> None:
    path, reference = TextPath((3, 4), canary, size=7), TextPath((3, 4), LABEL, size=7)
    raw = np.array(path.vertices)
    path.set_size(14)
    reference.set_size(14)
    opened(canary)
    assert np.array_equal(path.vertices, reference.vertices)
    assert not np.array_equal(path.vertices, raw)
    assert np.array_equal(copy.deepcopy(path).vertices, reference.vertices)
    assert np.array_equal(letters(canary), letters(LABEL))


def test_letters_as_a_patch_or_a_marker_are_redacted(canary: str) -> None:
    def draw(figure: Figure, text: str) -> None:
        axes = figure.add_subplot()
        axes.add_patch(PathPatch(TextPath((0, 0), text, size=1)))
        axes.set(xlim=(0, 9), ylim=(0, 9))

    figure, reference = figure_of(draw, canary), saved(figure_of(draw, LABEL))
    opened(canary)
    assert same(saved(figure), reference)


def test_a_marker_made_of_letters_is_redacted(canary: str) -> None:
    def draw(figure: Figure, text: str) -> None:
        figure.add_subplot().plot([0, 1], marker=text, markersize=90)

    canary = canary.replace("'", "")
    raw = saved(figure_of(draw, f"${canary}$"))
    opened(canary)
    redacted = saved(figure_of(draw, f"${canary}$"))
    assert not same(redacted, raw)
    assert np.array_equal(letters(f"${canary}$"), letters(LABEL))


@pytest.mark.parametrize("form", ["png", "svg", "pdf", "jpg", "eps", "svgz"])
def test_metadata_names_and_addresses_are_in_no_file(canary: str, form: str, tmp_path: Path) -> None:
    def draw(figure: Figure, text: str) -> None:
        axes = figure.add_subplot()
        axes.set_gid(text)
        axes.set_url(f"https://x.example/{text}")
        axes.scatter([0], [0], urls=[f"https://y.example/{text}"]).set_gid(text)
        figure.set_label(text)

    figure = figure_of(draw, canary)
    opened(canary)
    chunks = PngInfo()
    chunks.add_text("Note", canary)
    more: dict[str, Any] = {
        "png": {"metadata": {"Title": canary, canary: "x"}, "pil_kwargs": {"compress_level": 0}},
        "jpg": {"pil_kwargs": {"comment": canary}},
        "eps": {"metadata": {"Creator": canary}},
    }.get(form, {"metadata": {"Title": canary}})
    with rc_context({"pdf.compression": 0}):
        figure.savefig(tmp_path / f"x.{form}", **more)
        figure.savefig(tmp_path / "y.png", pil_kwargs={"pnginfo": chunks})
    for file in (tmp_path / f"x.{form}", tmp_path / "y.png"):
        assert redactor_of(canary).finds(file.read_bytes()) == ()
        assert forms_in(file.read_bytes(), canary) == []


def test_pages_of_a_pdf_and_notes_on_them_are_redacted(canary: str, tmp_path: Path) -> None:
    opened(canary)
    with rc_context({"pdf.compression": 0}), PdfPages(tmp_path / "x.pdf", metadata={"Author": canary}) as pages:
        pages.attach_note(canary)
        pages.savefig(figure_of(title, canary))
    assert forms_in((tmp_path / "x.pdf").read_bytes(), canary) == []


def test_a_window_has_no_secret_in_its_title(canary: str) -> None:
    from matplotlib import pyplot

    with rc_context():
        pyplot.switch_backend("agg")
        figure = pyplot.figure(num=canary)
        opened(canary)
        try:
            assert forms_in(figure.canvas.manager.get_window_title(), canary) == []
            figure.canvas.manager.set_window_title(f"found {canary}")
            assert figure.canvas.manager.get_window_title() == f"found {LABEL}"
            assert forms_in(figure.canvas.get_default_filename(), canary) == []
        finally:
            pyplot.close(figure)


def test_what_was_drawn_is_known_until_there_is_more_to_hide(canary: str, tmp_path: Path) -> None:
    figure = figure_of(title, "plain")
    before = saved(figure)
    opened(canary)
    assert before not in drawing.drawn
    png, svg = saved(figure), saved(figure, "svg")
    figure.savefig(tmp_path / "x", format="png")
    assert png in drawing.drawn
    assert svg in drawing.drawn
    assert (tmp_path / "x").read_bytes() in drawing.drawn
    assert png[:-1] not in drawing.drawn
    active.add(redactor_of(canary))
    assert png in drawing.drawn
    active.add(redactor_of(make_canary()))
    assert png not in drawing.drawn


def test_an_svg_that_is_written_anew_on_its_way_is_still_known(canary: str) -> None:
    from IPython.display import SVG

    opened(canary)
    assert SVG(saved(figure_of(title, "plain"), "svg").decode()).data.encode() in drawing.drawn


def test_without_a_case_nothing_changes(canary: str) -> None:
    figure = figure_of(title, canary)
    png = saved(figure, metadata={"Title": canary})
    assert Image.open(io.BytesIO(png)).info["Title"] == canary
    assert figure.axes[0].get_title() == canary
    assert png not in drawing.drawn


LAZILY = """
import sys
from irkit.guard import drawing
drawing.guard()
drawing.guard()
assert "matplotlib" not in sys.modules
assert sum(type(finder).__name__ == "_Watch" for finder in sys.meta_path) == 1
import matplotlib.text
text = matplotlib.text.Text
patched = vars(text)["_text"]
drawing.guard()
assert vars(text)["_text"] is patched
assert drawing._holds()
"""


def test_it_waits_for_matplotlib_and_patches_once() -> None:
    subprocess.run([sys.executable, "-c", LAZILY], check=True)


def test_were_words_kept_elsewhere_nothing_drawn_would_count(canary: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later matplotlib might: then pictures are refused rather than trusted."""
    from matplotlib.text import Text

    opened(canary)
    figure = figure_of(title, "plain")
    monkeypatch.setattr(Text, "_text", "")
    assert saved(figure) not in drawing.drawn


def test_a_picture_that_follows_light_and_dark_is_known_as_it_is_shown(canary: str) -> None:
    from irkit.show import canvas
    from irkit.show.palette import EXPOSED

    opened(canary)
    drawn = canvas.svg(1, lambda figure: figure.text(0, 0, canary, color=EXPOSED.light))
    assert "var(--ik-exposed)" in drawn
    assert LABEL in drawn
    assert not forms_in(drawn, canary)
    assert drawn.encode() in drawing.drawn
