"""A few stages side by side, each with its answer: where something stands, at a glance. Knows no domain type.

An answer is told by its word, by a mark and by the kind of line above it; colour only repeats that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from irkit.show.blocks import Level

Answer = Literal["yes", "no", "unknown", "apart"]
"""`apart`: the question does not arise here."""

WORDS: Final = {"yes": "yes", "no": "no", "unknown": "unknown", "apart": "not part of this"}
MARKS: Final = {"yes": "●", "no": "○", "unknown": "?", "apart": "–"}  # noqa: RUF001  (a dash, as in a table)


@dataclass(frozen=True)
class Stage:
    """One question and its answer, with the reason in `detail`. `level` is how much that should alarm, which the answer alone
    does not tell: of one stage "yes" is the good news, of another the bad."""

    label: str
    answer: Answer
    detail: str = ""
    level: Level = "info"


@dataclass(frozen=True)
class Strip:
    """Stages from the first to the last. `caption` names what they are stages of."""

    stages: tuple[Stage, ...]
    caption: str = ""


def html(strip: Strip, text: Callable[[str], str]) -> str:
    """An ordered list, which the style lays side by side; `text` escapes."""
    items = "".join(
        f'<li class="ik-stage ik-{stage.level} ik-says-{stage.answer}"><p class="ik-answer">'
        f'<span class="ik-mark" aria-hidden="true">{MARKS[stage.answer]}</span>'
        f"<strong>{text(stage.label)}:</strong> {WORDS[stage.answer]}</p>"
        + (f'<p class="ik-detail">{text(stage.detail)}</p>' if stage.detail else "")
        + "</li>"
        for stage in strip.stages
    )
    caption = f'<p class="ik-caption">{text(strip.caption)}</p>' if strip.caption else ""
    # A list without bullets is no list to some readers unless it says so.
    return f'{caption}<ol class="ik-strip" role="list">{items}</ol>'


STYLE: Final = """
.ik-view ol.ik-strip { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .6rem; list-style: none;
  margin: .5em 0 .9em; padding: 0; }
.jp-RenderedHTMLCommon .ik-view ol.ik-strip { margin: .5em 0 .9em; padding: 0; }
.ik-view .ik-caption { font-weight: 600; }
.ik-view .ik-stage { background: var(--ik-band); border: 1px solid var(--ik-line); border-top: .3em solid var(--ik-level);
  border-radius: 3px; margin: 0; padding: .5em .8em .6em; }
.ik-view .ik-stage.ik-info { border-top-style: double; } .ik-view .ik-stage.ik-warn { border-top-style: dashed; }
.ik-view .ik-stage.ik-bad { border-top-width: .5em; }
.ik-view .ik-stage.ik-says-apart { border-top-style: dotted; --ik-level: var(--ik-soft); }
.ik-view .ik-stage p { margin: 0; overflow-wrap: anywhere; }
.ik-view .ik-answer { color: var(--ik-level); font-weight: 600; }
.ik-view .ik-answer strong { color: var(--ik-ink); }
.ik-mark { display: inline-block; min-width: 1.2em; }
.ik-view .ik-detail { color: var(--ik-soft); font-size: .9em; margin-top: .25em; }
"""
