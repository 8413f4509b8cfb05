"""The one style of everything irkit shows as HTML: a notebook carries it with each view, the postmortem once.

Colours are named by their role. They follow JupyterLab's theme where there is one and the reader's preference
elsewhere. Levels differ in word, mark and weight as well as in hue (Okabe and Ito's palette, darkened or
lightened to 4.5:1 on their ground); nothing is told by colour alone. https://jfly.uni-koeln.de/color/
"""

from __future__ import annotations

from typing import Final

_LIGHT = """
  --ik-ink: var(--jp-content-font-color1, #1b1f24); --ik-soft: var(--jp-content-font-color2, #57606a);
  --ik-line: var(--jp-border-color2, #d5dae0); --ik-ground: var(--jp-layout-color0, #ffffff);
  --ik-band: var(--jp-layout-color1, #f6f7f9);
  --ik-ok: #00664c; --ik-info: #005a96; --ik-warn: #7d5200; --ik-bad: #a33b00;
"""
_DARK = """
  --ik-ink: var(--jp-content-font-color1, #e6e8eb); --ik-soft: var(--jp-content-font-color2, #a7afb8);
  --ik-line: var(--jp-border-color2, #3b424b); --ik-ground: var(--jp-layout-color0, #14171b);
  --ik-band: var(--jp-layout-color1, #1d2126);
  --ik-ok: #4fd0a7; --ik-info: #79bdf0; --ik-warn: #f0c04a; --ik-bad: #ff9a66;
"""

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
.ik-figure img { display: block; max-width: 100%; height: auto; background: #ffffff; border: 1px solid var(--ik-line); border-radius: 3px; }
.ik-figure figcaption { color: var(--ik-soft); font-size: .9em; margin: .4em 0; max-width: 46em; }
.ik-figure summary { cursor: pointer; color: var(--ik-soft); font-size: .9em; }
"""

BLOCKS: Final = (
    f".ik-view {{{_LIGHT}}}\n"
    f"@media screen and (prefers-color-scheme: dark) {{ body:not([data-jp-theme-light]):not(.vscode-light) .ik-view {{{_DARK}}} }}\n"
    f'@media screen {{ [data-jp-theme-light="false"] .ik-view, .vscode-dark .ik-view {{{_DARK}}} }}\n' + _BLOCKS
)
"""Style sheet of blocks. It names only classes that begin with `ik-`, so it touches nothing else in a notebook."""
