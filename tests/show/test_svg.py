"""A picture is shown only when it is nothing but a picture."""

from __future__ import annotations

import io

import pytest

from irkit.show import Figure, View
from irkit.show.svg import fault

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'


@pytest.mark.parametrize(
    "inner",
    [
        "<script>alert(1)</script>",
        "<foreignObject><p>x</p></foreignObject>",
        '<rect onload="alert(1)"/>',
        '<rect ONCLICK="alert(1)"/>',
        '<image href="https://evil.example/x.png"/>',
        '<use xlink:href="https://evil.example/x.svg#a"/>',
        '<a href="javascript:alert(1)"><text>x</text></a>',
        "<style>@import 'https://evil.example/x.css';</style>",
        "<style>* { background: url(https://evil.example/x) }</style>",
        "<style>* { background: \\75rl(https://evil.example/x) }</style>",
        "<rect style=\"fill: url( 'https://evil.example/x')\"/>",
        '<rect fill="url(//evil.example/x)"/>',
        '<animate attributeName="href" to="javascript:alert(1)"/>',
        '<p xmlns="http://www.w3.org/1999/xhtml">x</p>',
        "<rect>",
    ],
)
def test_what_is_more_than_a_picture_is_refused(inner: str) -> None:
    svg = f"{HEAD}{inner}</svg>"
    assert fault(svg)
    shown = View("t", (Figure(svg, "what it would show"),)).html()
    assert "<img" not in shown
    assert "what it would show" in shown


@pytest.mark.parametrize(
    "svg",
    [
        '<!DOCTYPE svg [<!ENTITY a "b">]>' + HEAD + "<text>&a;</text></svg>",
        '<?xml-stylesheet href="https://evil.example/x.css"?>' + HEAD + "</svg>",
        "<html><body/></html>",
        "",
    ],
)
def test_what_is_not_plain_svg_is_refused(svg: str) -> None:
    assert fault(svg)


@pytest.mark.parametrize("fonttype", ["none", "path"])
def test_a_drawing_of_matplotlib_is_a_picture(fonttype: str) -> None:
    import matplotlib as mpl
    from matplotlib.figure import Figure as Drawing

    with mpl.rc_context({"svg.fonttype": fonttype}):
        drawing = Drawing()
        axes = drawing.subplots()
        axes.fill_between([1, 2], [1, 2], label="exposed", hatch="//")
        axes.annotate("revoked", (1.5, 1.5), arrowprops={"arrowstyle": "->"})
        axes.legend()
        out = io.StringIO()
        drawing.savefig(out, format="svg")
    assert fault(out.getvalue()) == ""
