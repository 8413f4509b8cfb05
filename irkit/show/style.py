"""The one style of everything irkit shows as HTML: a notebook carries it with each view, the postmortem once.

Colours are those of `irkit.show.palette`. They follow JupyterLab's theme where there is one and the reader's preference elsewhere,
and so do pictures; on paper all is light. Levels differ in word, mark and weight as well: nothing is told by colour alone.
"""

from __future__ import annotations

from typing import Final, Literal

from irkit.show.palette import PAGE, ROLES
from irkit.show.strip import STYLE as _STRIP

_LAB: Final = {
    "ink": "--jp-content-font-color1", "soft": "--jp-content-font-color2", "line": "--jp-border-color2",
    "ground": "--jp-layout-color0", "band": "--jp-layout-color1",
}  # fmt: skip


def _declared(theme: Literal["light", "dark"]) -> str:
    """The roles of the palette, JupyterLab's own where it has one; and the scheme, which pictures follow."""
    colours = {name: getattr(ROLES[name], theme) for name in PAGE}
    followed = {name: f"var({_LAB[name]}, {colour})" if name in _LAB else colour for name, colour in colours.items()}
    return f" --ik-scheme: {theme}; " + " ".join(f"--ik-{name}: {colour};" for name, colour in followed.items()) + " "


_BLOCKS = """
.ik-view { color: var(--ik-ink); line-height: 1.5; max-width: 68rem; }
.ik-view p { margin: .5em 0; max-width: 46em; }
.ik-view :is(h1, h2, h3, h4, h5, h6, p, summary, figcaption) { overflow-wrap: anywhere; }
.ik-scroll { overflow-x: auto; margin: .9em 0; }
.ik-view table { border-collapse: collapse; margin: 0; font-size: .9em; font-variant-numeric: tabular-nums;
  border: 0; table-layout: auto; color: inherit; }
.ik-view caption { caption-side: top; text-align: left; font-weight: 600; padding: 0 0 .35em; color: var(--ik-ink); }
.ik-view th, .ik-view td { text-align: left; vertical-align: top; padding: .38em .9em .38em 0; border: 0;
  border-bottom: 1px solid var(--ik-line); max-width: 34em; white-space: normal; overflow-wrap: break-word; background: none; }
.ik-view thead th { font-weight: 600; color: var(--ik-soft); border-bottom: 1.5px solid var(--ik-soft); vertical-align: bottom; }
.ik-view tbody tr, .ik-view tbody tr:hover { background: none; }
.ik-view tbody th { font-weight: 600; }
.ik-view .ik-facts th { color: var(--ik-soft); font-weight: 500; white-space: nowrap; padding-right: 1.6em; }
.ik-view .ik-num { text-align: right; }
.jp-RenderedHTMLCommon .ik-view th, .jp-RenderedHTMLCommon .ik-view td { text-align: left; }
.jp-RenderedHTMLCommon .ik-view .ik-num { text-align: right; }
.jp-RenderedHTMLCommon .ik-view tbody tr:nth-child(odd) { background: none; }
.ik-view time { white-space: nowrap; font-variant-numeric: tabular-nums; }
.ik-view code { font-family: ui-monospace, "SFMono-Regular", Menlo, Consolas, "Liberation Mono", monospace; font-size: .92em;
  overflow-wrap: anywhere; background: none; padding: 0; color: inherit; }
.ik-view code.ik-short { white-space: nowrap; overflow-wrap: normal; }
.ik-unknown { font-style: italic; color: var(--ik-soft); border-bottom: 1px dotted var(--ik-soft); }
.ik-more { color: var(--ik-soft); font-size: .9em; }
.ik-details { margin: .3em 0; } .ik-details > summary { cursor: pointer; }
.ik-details[open] > summary { font-weight: 600; }
.ik-view a { color: var(--ik-info); text-decoration: underline; }
.ik-notice { border-left: .3em solid var(--ik-level); background: var(--ik-band); padding: .55em .9em; margin: .9em 0; max-width: 46em; }
.ik-view .ik-notice p { margin: 0; }
.ik-notice strong { color: var(--ik-level); }
.ik-ok { --ik-level: var(--ik-ok); } .ik-info { --ik-level: var(--ik-info); border-left-style: double; }
.ik-warn { --ik-level: var(--ik-warn); border-left-style: dashed; } .ik-bad { --ik-level: var(--ik-bad); border-left-width: .5em; }
.ik-figure { margin: 1em 0; }
.ik-figure img { display: block; max-width: 100%; height: auto; color-scheme: var(--ik-scheme); border: 1px solid var(--ik-line);
  border-radius: 3px; }
.ik-figure figcaption { color: var(--ik-soft); font-size: .9em; margin: .4em 0; max-width: 46em; }
.ik-figure summary { cursor: pointer; color: var(--ik-soft); font-size: .9em; }
.ik-view h2 { font-size: 1.35em; } .ik-view h3 { font-size: 1.15em; } .ik-view h4 { font-size: 1em; }
.ik-view :is(a, summary, [tabindex], input, select, button):focus-visible { outline: .18em solid var(--ik-info) !important;
  outline-offset: .15em; }
.ik-form { padding: .2em; } .ik-form select { appearance: auto; background-image: none !important; color-scheme: var(--ik-scheme); }
.ik-form .ik-form { border-top: 1px solid var(--ik-line); padding: 0 0 1em; }
@media (prefers-reduced-motion: reduce) { .ik-view, .ik-view * { animation: none !important; transition: none !important;
  scroll-behavior: auto !important; } }
"""

_LIGHT, _DARK = _declared("light"), _declared("dark")
BLOCKS: Final = (
    f".ik-view {{{_LIGHT}}}\n"
    f"@media screen and (prefers-color-scheme: dark) {{ body:not([data-jp-theme-light]):not(.vscode-light) .ik-view {{{_DARK}}} }}\n"
    f'@media screen {{ [data-jp-theme-light="false"] .ik-view, .vscode-dark .ik-view {{{_DARK}}} }}\n'
    + _BLOCKS
    + _STRIP
)
"""Style sheet of blocks. It names only classes that begin with `ik-`, so it touches nothing else in a notebook."""
