"""What cannot be redacted is not shown: rules over messages, and a real kernel that tries to show it."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from IPython.display import SVG
from matplotlib.figure import Figure
from PIL import Image

from irkit.guard import active, drawing, opaque
from irkit.guard.extension import Outlet
from irkit.redact import Redactor
from tests.guard.canary import forms_in, make_canary, notebook, redactor_of
from tests.guard.test_engine import IN_KERNEL, outside

RUNNER = """
import sys
from pathlib import Path
from irkit.guard.engine import run_notebook
from irkit.redact import Redactor
here = Path(sys.argv[1])
print(run_notebook(here / "in.ipynb", here / "out.ipynb", {}, Redactor(), cwd=here))
"""
SAYS = "irkit does not show this"


@pytest.fixture
def canary() -> Iterator[str]:
    before, made = active.get_redactor(), make_canary()
    drawing.guard()
    active.set_redactor(redactor_of(made))
    yield made
    active.set_redactor(before)


def picture() -> str:
    out = io.BytesIO()
    Image.new("RGB", (3, 3)).save(out, "png")
    return base64.b64encode(out.getvalue()).decode()


def drawn(form: str = "png") -> bytes:
    figure, out = Figure(figsize=(1, 1), dpi=30), io.BytesIO()
    figure.text(0.1, 0.1, "plain")
    figure.savefig(out, format=form)
    return out.getvalue()


OPAQUE = (
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "application/pdf",
    "video/mp4",
    "audio/wav",
    "application/octet-stream",
    "application/x-pickle",
    "application/x-python-code",
    "application/vnd.apache.arrow.file",
    "font/woff2",
)


@pytest.mark.parametrize("kind", OPAQUE)
def test_what_is_no_text_is_replaced_by_a_sentence_that_says_how_to_look(canary: str, kind: str) -> None:
    shown = opaque.shown({"data": {kind: picture(), "text/plain": "<it>"}})["data"]
    assert set(shown) == {"text/plain"}
    assert shown["text/plain"].startswith(f"{SAYS} ({kind}, ")
    assert "outside the case folder" in shown["text/plain"]
    assert shown["text/plain"].endswith("\n<it>")


@pytest.mark.parametrize("kind", OPAQUE)
def test_its_address_in_a_page_is_emptied_and_the_page_says_so(canary: str, kind: str) -> None:
    html = f'<p>before</p><img src="data:{kind};base64,{picture()}"><p>after</p>'
    shown = opaque.shown({"data": {"text/html": html}})["data"]["text/html"]
    assert picture() not in shown
    assert '<img src="data:,"><p>after</p>' in shown
    assert shown.startswith(f'<p role="note">{SAYS} ({kind}, ')


TEXTS = (
    "text/plain",
    "text/markdown",
    "text/latex",
    "application/json",
    "application/javascript",
    "application/geo+json",
    "application/vnd.jupyter.widget-view+json",
    "application/xml",
)


@pytest.mark.parametrize("kind", TEXTS)
def test_text_of_any_kind_is_left_to_the_redactor(canary: str, kind: str) -> None:
    assert opaque.shown({"data": {kind: "words"}}) == {"data": {kind: "words"}}


def test_metadata_of_a_picture_is_no_picture(canary: str) -> None:
    content = {"data": {"text/plain": "x"}, "metadata": {"image/png": {"width": 3}, "text/html": {"isolated": True}}}
    assert opaque.shown(content) == content


@pytest.mark.parametrize("form", ["png", "jpg", "pdf", "svg"])
def test_what_guarded_matplotlib_drew_is_shown_wherever_it_stands(canary: str, form: str) -> None:
    kind = {"png": "image/png", "jpg": "image/jpeg", "pdf": "application/pdf", "svg": "image/svg+xml"}[form]
    data = drawn(form)
    encoded = base64.b64encode(data).decode()
    html = f'<img src="data:{kind};base64,{encoded}">'
    if form == "svg":
        html += SVG(data.decode()).data
    content = {"data": {kind: data.decode() if form == "svg" else encoded, "text/html": html}, "deep": [{"a": html}]}
    assert opaque.shown(content) == content


def test_a_script_may_break_an_address_over_lines(canary: str) -> None:
    encoded = base64.b64encode(drawn()).decode()
    wrapped = "\\\n".join(encoded[at : at + 76] for at in range(0, len(encoded), 76))
    html = f'<script>frames[0] = "data:image/png;base64,{wrapped}"</script>'
    assert opaque.shown({"data": {"text/html": html}})["data"]["text/html"] == html


def svg(inner: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{inner}</svg>'


REFUSED = {
    "letters as shapes": ('<path d="M0 0L9 9"/>', "in shapes without words"),
    "a code of squares": ('<rect width="1" height="1"/>', "in shapes without words"),
    "glyphs that are used": ('<defs><path id="A"/></defs><use href="#A"/>', "in shapes without words"),
    "a picture within": ('<text>words</text><image href="data:image/png;base64,AAAA"/>', "with a picture in it"),
    "a page within": ("<foreignObject><p>x</p></foreignObject><text>words</text>", "with a picture in it"),
    "words in pieces": ("<text>HALF<tspan>REST</tspan></text>", "whose words stand in pieces"),
}


@pytest.mark.parametrize("refused", REFUSED)
def test_a_drawing_from_elsewhere_that_cannot_be_read_is_refused(canary: str, refused: str) -> None:
    inner, why = REFUSED[refused]
    drawing_ = svg(
        inner.replace("HALF", canary[:9]).replace("REST", canary[9:].replace("&", "&amp;").replace("<", "&lt;"))
    )
    shown = opaque.shown({"data": {"image/svg+xml": drawing_}})["data"]
    assert set(shown) == {"text/plain"}
    assert why in shown["text/plain"]
    encoded = base64.b64encode(drawing_.encode()).decode()
    page = opaque.shown({"data": {"text/html": f'<img src="data:image/svg+xml;base64,{encoded}">'}})["data"][
        "text/html"
    ]
    assert encoded not in page
    assert why in page
    page = opaque.shown({"data": {"text/html": f"<p>before</p>{drawing_}"}})["data"]["text/html"]
    assert "<svg" not in page
    assert why in page


def test_a_drawing_from_elsewhere_with_words_is_shown_redacted_and_says_what_is_not_read(canary: str) -> None:
    made = svg('<path d="M0 0L9 9"/><text>words</text>')
    shown = opaque.shown({"data": {"image/svg+xml": made, "text/plain": "<it>"}})["data"]
    assert set(shown) == {"text/html", "text/plain"}
    assert "letters that are drawn as shapes it cannot read" in shown["text/html"]
    encoded = shown["text/html"].partition("base64,")[2].partition('"')[0]
    assert base64.b64decode(encoded).decode() == made


def test_words_in_such_a_drawing_are_redacted_before_they_are_encoded(canary: str) -> None:
    made = svg(f'<path d="M0 0L9 9"/><text>{canary.replace("&", "&amp;").replace("<", "&lt;")}</text>')
    shown = opaque.shown({"data": {"image/svg+xml": made}})["data"]["text/html"]
    encoded = shown.partition("base64,")[2].partition('"')[0]
    assert b"[redacted fp:canary]" in base64.b64decode(encoded)


def test_a_page_whose_tags_cut_the_secret_is_shown_as_its_words(canary: str) -> None:
    from html import escape

    html = f"<p>token <b>{escape(canary[:9])}</b><i>{escape(canary[9:])}</i> found</p>"
    assert (
        opaque.shown({"data": {"text/html": html}})["data"]["text/html"]
        == "<pre>token [redacted fp:canary] found</pre>"
    )


def test_binary_parts_of_a_message_are_emptied_text_is_redacted_and_drawn_pictures_stay(canary: str) -> None:
    png = drawn()
    kept, refused = opaque.buffers([base64.b64decode(picture()), f"a {canary}".encode(), memoryview(png)])
    assert [bytes(piece) for piece in kept] == [b"", b"a [redacted fp:canary]", png]
    assert refused == 1


def test_traffic_of_widgets_is_redacted_and_what_is_left_out_of_it_is_said(canary: str) -> None:
    """As ipywidgets sends it: a password's value, a picture's bytes, both with a message of parts and with a whole message."""
    sent: list[tuple[str, Any, Any]] = []

    def send(_stream: Any, message: Any, content: Any = None, **named: Any) -> None:
        whole = isinstance(message, dict)
        kind, content = (message["header"]["msg_type"], message["content"]) if whole else (message, content)
        sent.append((kind, content, named.get("buffers") or (message.get("buffers") if whole else None)))

    outlet, png = Outlet(send), base64.b64decode(picture())
    state = {
        "_model_name": "PasswordModel",
        "value": canary,
        "tooltip": f"<img src='data:image/png;base64,{picture()}'>",
    }
    content = {"comm_id": "a", "data": {"state": state, "buffer_paths": [["value"]]}}
    outlet(None, "comm_open", content, buffers=[png], metadata={"note": canary})
    header = {"msg_type": "comm_msg"}
    outlet(None, {"header": header, "content": content, "buffers": [png, canary.encode()], "metadata": {}})
    assert [kind for kind, _, _ in sent] == ["stream", "comm_open", "stream", "comm_msg"]
    assert [buffers for _, _, buffers in sent[1::2]] == [[b""], [b"", b"[redacted fp:canary]"]]
    assert all(SAYS in content["text"] for _, content, _ in sent[::2])
    assert forms_in(json.dumps([content for _, content, _ in sent]), canary) == []
    assert picture() not in json.dumps([content for _, content, _ in sent])


def test_without_a_case_nothing_changes() -> None:
    before = active.get_redactor()
    active.set_redactor(Redactor())
    try:
        content = {"data": {"image/png": picture(), "text/html": f'<img src="data:image/png;base64,{picture()}">'}}
        assert opaque.shown(content) is content
        assert opaque.buffers([b"\0\xff"]) == ([b"\0\xff"], 0)
    finally:
        active.set_redactor(before)


SHOWN = {
    "a figure": "plt.plot([0, 1]); plt.title('plain'); plt.show()",
    "a figure with the secret, set before": "first.axes[0].set_ylabel('y'); display(first)",
    "a figure as SVG": "set_matplotlib_formats('svg'); display(first); set_matplotlib_formats('png')",
    "a figure from a file": "first.savefig('a.png'); display(Image('a.png'))",
    "a film": "display(HTML(FuncAnimation(first, lambda n: [], frames=2).to_jshtml()))",
}
NOT_SHOWN = {
    "a picture": "display(Image(data=PNG))",
    "a picture of Pillow": "display(PIL.Image.new('RGB', (2, 2)))",
    "a picture in a page": "display(HTML('<img src=\"data:image/png;base64,' + base64.b64encode(PNG).decode() + '\">'))",
    "a sound": "display(Audio([0.0, 0.5], rate=8000))",
    "a pickle": "display({'application/x-pickle': base64.b64encode(pickle.dumps(T)).decode()}, raw=True)",
    "a result": "Image(data=PNG)",
    "a display that is changed": "h = display('x', display_id=True); h.update(Image(data=PNG))",
    "a figure drawn before the case was opened": "display(Image(data=before))",
    "a drawing in shapes": 'display(SVG(\'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0L9 9"/></svg>\'))',
    "binary parts of a widget": "Comm(target_name='x', data={'a': 1}, buffers=[PNG])",
}
BEFORE = """
import base64, io, os, pickle, PIL.Image
import matplotlib.pyplot as plt
from comm import create_comm as Comm
from IPython.display import HTML, SVG, Audio, Image, display
from matplotlib.animation import FuncAnimation
from matplotlib_inline.backend_inline import set_matplotlib_formats
T = os.environ['T']
first = plt.figure(); first.add_subplot().set_title(T)
out = io.BytesIO(); first.savefig(out); before = out.getvalue()
out = io.BytesIO(); PIL.Image.new('RGB', (2, 2)).save(out, 'png'); PNG = out.getvalue()
plt.close('all')
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """The outputs of each cell above, run for real in a guarded kernel whose case is opened after a figure was made."""
    folder, made = tmp_path_factory.mktemp("pictures"), make_canary()
    (folder / "home").mkdir()
    ways = {**SHOWN, **NOT_SHOWN}
    notebook(folder / "in.ipynb", BEFORE, IN_KERNEL, *ways.values(), parameters="label: str = ''")
    ran = subprocess.run(
        [sys.executable, "-c", RUNNER, str(folder)],
        env=outside(folder, made),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "error_name=None" in ran.stdout, ran.stdout + ran.stderr
    cells = json.loads((folder / "out.ipynb").read_text())["cells"][-len(ways) :]
    assert forms_in((folder / "out.ipynb").read_bytes(), made) == []
    return {name: cell["outputs"] for name, cell in zip(ways, cells, strict=True)}


@pytest.mark.parametrize("way", SHOWN)
def test_a_guarded_kernel_shows_what_it_drew(seen: dict[str, list[dict[str, Any]]], way: str) -> None:
    assert SAYS not in json.dumps(seen[way])
    kinds = {kind for output in seen[way] for kind in output["data"]}
    assert kinds & {"image/png", "image/svg+xml", "text/html"}


@pytest.mark.parametrize("way", NOT_SHOWN)
def test_a_guarded_kernel_shows_nothing_it_cannot_see_into(seen: dict[str, list[dict[str, Any]]], way: str) -> None:
    said = json.dumps(seen[way])
    assert SAYS in said
    assert 'image/png":' not in said
    assert "iVBOR" not in said
