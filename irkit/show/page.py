"""One view as a page of its own: no script, no request, a policy that allows nothing but its own style and pictures within."""

from __future__ import annotations

import base64
import hashlib

from jinja2 import Environment

from irkit.show.blocks import View
from irkit.show.html import body
from irkit.show.plain import visible
from irkit.show.style import BLOCKS

_STYLE = (
    BLOCKS
    + ":root{background:Canvas;color:CanvasText}body{max-width:60rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif}"
)
_TEMPLATE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'sha256-{{ digest }}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{{ title }}</title>
<style>{{ style | safe }}</style>
</head>
<body>
<main class="ik-view">
<h1>{{ title }}</h1>
{{ body | safe }}
</main>
</body>
</html>
"""


def page(view: View) -> str:
    """The whole document as text. Its blocks are escaped as everywhere."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    made = Environment(autoescape=True).from_string(_TEMPLATE)
    return made.render(title=visible(view.title), digest=digest, style=_STYLE, body=body(view))
