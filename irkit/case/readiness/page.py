"""The readiness report as one HTML page, in the form of the postmortem's: no script, nothing loaded, its style named by its digest."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from irkit.model import iso
from irkit.postmortem.shapes.html import policy_of, style_of
from irkit.readiness import tables, views
from irkit.readiness.rules import RULES
from irkit.readiness.run import Run, verdicts
from irkit.readiness.trend import Changed
from irkit.show import Block, Facts, Level, Notice, Prose, View, html
from irkit.show.layout import WORDS
from irkit.show.plain import visible
from irkit.show.times import stamp

if TYPE_CHECKING:
    from jinja2 import Template

_TLP = "TLP:AMBER+STRICT"
"""A list of every credential of a team, and of what is wrong with each, is for the team alone."""

_WIDE = """
.ik-page.ik-wide { max-width: 100rem; grid-template-columns: minmax(0, 1fr); }
.ik-page.ik-wide .ik-toc { position: static; max-height: none; margin-bottom: 2rem; }
.ik-page.ik-wide .ik-toc ol { columns: 4 12rem; }
.ik-page #held table:has(thead th:nth-child(10)) { table-layout: fixed; width: 100%; min-width: 60rem; }
.ik-page #held table:has(thead th:nth-child(10)) :is(td, th) { padding-right: .8rem; overflow-wrap: anywhere; }
.ik-page #held thead:has(th:nth-child(10)) th:nth-child(1) { width: 17%; }
.ik-page #held thead:has(th:nth-child(10)) th:nth-child(3) { width: 10%; }
.ik-page #held thead:has(th:nth-child(10)) th:is(:nth-child(5), :nth-child(6), :nth-child(7)) { width: 7.5%; }
.ik-page #held thead:has(th:nth-child(10)) th:nth-child(8) { width: 11.5%; }
.ik-page #held thead:has(th:nth-child(10)) th:is(:nth-child(9), :nth-child(10)) { width: 8.5%; }
@media screen and (max-width: 40rem) { .ik-page.ik-wide .ik-table tbody td { min-width: 9em; } }
@page { size: A4 landscape; }
@media print {
  .ik-page.ik-wide ul.ik-heads { grid-template-columns: repeat(5, 1fr); }
  .ik-page.ik-wide .ik-head { padding-bottom: 1mm; margin-bottom: 2mm; border-bottom-width: 1.5pt; }
  .ik-view.ik-page.ik-wide .ik-head .ik-kind { margin-top: 1mm; }
  .ik-page.ik-wide h1 { font-size: 15pt; margin: 0; }
  .ik-page.ik-wide ul.ik-heads { gap: 2mm; margin: 0; }
  .ik-page.ik-wide .ik-headline { padding: 1mm 2mm; }
  .ik-page.ik-wide .ik-notice { max-width: none; margin: 1mm 0; padding: 1mm 2mm; }
  .ik-page.ik-wide main > section { margin-bottom: 3mm; padding-top: 2mm; }
  .ik-page.ik-wide main > section:is(#summary, #today, #to-do) { margin-bottom: 0; padding-top: 1mm; }
  .ik-page.ik-wide :is(#today, #to-do) caption { position: absolute; clip-path: inset(50%); }
  .ik-page.ik-wide :is(#summary, #today, #to-do) h2 { font-size: 11pt; margin: 0 0 .5mm; }
  .ik-page.ik-wide :is(#today, #to-do) :is(td, th) { padding-block: .4mm; }
  .ik-page.ik-wide #unasked { break-before: page; border-top: 0; }
  .ik-page.ik-wide .ik-foot { margin-top: 0; padding-block: 1mm 0; break-inside: avoid; }
  .ik-page #held table:has(thead th:nth-child(10)) { min-width: 0; }
}
"""
"""Ten columns want the whole width of a window, and paper that lies on its side. Its first sheet holds the answer and what to do."""


def page(run: Run, before: Run | None, changed: Sequence[Changed], team: str, title: str, head: str) -> str:
    from markupsafe import Markup

    style = style_of(f"{team} · readiness", _TLP) + _WIDE
    made = _template().render(
        team=team,
        title=f"Readiness of {title or team}",
        tlp=_TLP,
        at=run.inventory.at,
        policy=policy_of(style),
        style=Markup(style),  # noqa: S704  (our own file)
        headlines=_headlines(run, before, changed),
        sections=[(key, name, _body(name, blocks)) for key, name, blocks in _sections(run, before, changed)],
        head=head,
    )
    # The gate searches bytes and readers copy text: what is written must be valid UTF-8 whatever came in.
    return made.encode("utf-8", "replace").decode()


def _sections(run: Run, before: Run | None, changed: Sequence[Changed]) -> list[tuple[str, str, tuple[Block, ...]]]:
    taken = run.inventory
    unasked: tuple[Block, ...] = (
        (tables.unasked_table(taken.unasked),)
        if taken.unasked
        else (Notice("ok", "Every list that was asked for came whole."),)
    )
    if run.missing:
        unasked += (tables.missing_table(run),)
    policy = Facts((("Policy", run.policy), ("Its SHA-256", run.policy_sha256), ("People who could approve", run.team.can),
                    ("People who must", run.team.must), ("Rules that it does not ask", ", ".join(left_out(run)) or "none"),
                    ("Entries that match nothing held", ", ".join(run.idle) or "none")))  # fmt: skip
    doing: Block = tables.to_do_table(run) if run.counting else views.said(run)
    return [
        ("today", "How long would it take us today", views.today_blocks(run)),
        ("to-do", "What to do about what breaks the policy", (doing,)),
        ("unasked", "What was not asked", (Prose((_UNASKED,)), *unasked, Prose((_BEYOND,)))),
        ("trend", "Since the last run", views.trend_blocks(before, run, changed)),
        ("findings", "Against the policy", (*views.findings_blocks(run, to_do=False), policy)),
        ("held", "What the team holds", (tables.held_table(run.held, run), tables.lists_table(taken))),
        ("ready", "Each credential, today", (Prose((views.HOW,)), tables.estimates_table(run.estimates, run.held))),
        ("unknown", "What is not known", views.unknown_blocks(run)),
        ("instead", "What there is instead", (Prose((_INSTEAD,)), tables.instead_table())),
    ]


_UNASKED = "What stands here may hold credentials that appear nowhere below. It is unknown, and not none."
_BEYOND = (
    "Beside these, no list that is asked shows: GitHub's classic tokens, the keys of its apps, and people's SSH keys; AWS's roles, and "
    "what is not a password or an access key; GitLab's SSH keys of people; batch tokens of Vault; issuers that irkit has no list of."
)
_INSTEAD = "Read in the makers' documentation; irkit has tried none of it."


def left_out(run: Run) -> tuple[str, ...]:
    """What the policy does not ask is not kept, either."""
    return tuple(name for name in RULES if name not in run.rules)


def _body(title: str, blocks: tuple[Block, ...]) -> object:
    from markupsafe import Markup

    return Markup(html.body(View(title, blocks)))  # noqa: S704  (escaped by irkit.show.html)


def _headlines(run: Run, before: Run | None, changed: Sequence[Changed]) -> list[dict[str, Any]]:
    counts, taken = verdicts(run.estimates), run.inventory
    unknown = sum(one.answer == "unknown" for one in run.findings)
    was = f"{views.findings_before(before, run, changed)}; " if before else ""
    worse = any(one.change == "worse" for one in changed)
    missing = f"; {len(run.missing)} held before were not seen" if run.missing else ""
    found: list[tuple[str, str, Level, str]] = [
        ("Ready today", f"{counts['ready']} of {len(run.estimates)}", views.level_of_today(run),
         f"{counts['not ready']} not ready, {counts['unknown']} unknown"),
        ("Findings", str(len(run.counting)), views.level_of_findings(run), f"{was}{unknown} answers are unknown"),
        ("Held", str(len(run.held)), "info" if run.held else "warn", f"in {len(taken.asked)} lists that came whole{missing}"),
        ("Not asked", str(len(taken.unasked)), "warn" if taken.unasked else "ok", "what they hold is unknown"),
        ("Since the last run", str(len({one.key for one in changed})) if before else "first run",
         "bad" if worse else "info", (views.changes_in_words(changed) or "nothing changed") if before else "nothing to compare with"),
    ]  # fmt: skip
    return [{"label": label, "value": value, "level": level, "detail": detail} for label, value, level, detail in found]


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"visible": visible, "stamp": stamp, "iso": iso, "word": WORDS.__getitem__}
    text = resources.files("irkit.case.readiness").joinpath("page.html.j2").read_text(encoding="utf-8")
    return environment.from_string(text)
