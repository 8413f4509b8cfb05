"""Is this SVG only a picture? A strict check that refuses, and never rewrites, what it does not know. Pure.

Allowed is what matplotlib draws: shapes, text, clips, gradients, references within the same drawing. Scripts, foreign
content, event attributes, anything fetched from elsewhere and internal DTD subsets are refused.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

_SVG = "http://www.w3.org/2000/svg"
_DESCRIPTIVE = frozenset(
    {
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "http://creativecommons.org/ns#",
        "http://purl.org/dc/elements/1.1/",
    }
)
_SHAPES = frozenset({
    "svg", "g", "path", "defs", "use", "symbol", "marker", "pattern", "text", "tspan", "rect", "circle", "ellipse", "line",
    "polyline", "polygon", "clipPath", "mask", "linearGradient", "radialGradient", "stop", "title", "desc", "style", "metadata",
})  # fmt: skip
_FETCHES = re.compile(r"@import|javascript:|expression\s*\(|url\s*\(\s*['\"]?(?!#)|\\", re.IGNORECASE)
_HREFS = frozenset({"href", "{http://www.w3.org/1999/xlink}href"})


def fault(svg: str) -> str:
    """Why this is not shown, in words; "" when it is nothing but a picture."""
    if re.search(r"<!ENTITY|<!DOCTYPE[^>]*\[|<\?xml-stylesheet", svg, re.IGNORECASE):
        return "it declares entities or a style sheet from elsewhere"
    try:
        root = ElementTree.fromstring(svg)  # noqa: S314  (entities are refused above)
    except (ElementTree.ParseError, ValueError) as error:
        return f"it is not well-formed SVG ({error})"
    if root.tag != f"{{{_SVG}}}svg":
        return "it is not an SVG drawing"
    return next((found for element in root.iter() if (found := _fault_of(element))), "")


def _fault_of(element: ElementTree.Element) -> str:
    namespace, _, name = str(element.tag).lstrip("{").rpartition("}")
    if namespace not in _DESCRIPTIVE and (namespace != _SVG or name not in _SHAPES):
        return f"it holds <{name}>"
    if name == "style" and _FETCHES.search(element.text or ""):
        return "its style fetches from elsewhere"
    for attribute, value in element.attrib.items():
        if attribute.lower().startswith("on"):
            return f"it holds the event attribute {attribute}"
        if attribute in _HREFS and not value.startswith("#"):
            return "it refers to something outside itself"
        if namespace == _SVG and _FETCHES.search(value):
            return f"its attribute {attribute.rpartition('}')[2]} fetches from elsewhere"
    return ""
