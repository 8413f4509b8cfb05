"""Colours are told from their grounds, and from one another, by people who see no red, no green or no blue.

Simulation: Machado, Oliveira and Fernandes 2009, severity 1.0, https://www.inf.ufrgs.br/~oliveira/pubs_files/CVD_Simulation/CVD_Simulation.html
Contrast: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio . Distance: CIE 1976 L*a*b* under D65.
"""

from __future__ import annotations

import re
from itertools import combinations
from typing import Literal

import pytest

from irkit.show.canvas import svg, themed
from irkit.show.palette import ROLES, edge_of, variables
from irkit.show.style import BLOCKS
from irkit.show.svg import fault

Theme = Literal["light", "dark"]
THEMES = pytest.mark.parametrize("theme", ["light", "dark"])
GROUNDS = ("ground", "band")
TEXT = ("ink", "soft", "ok", "info", "warn", "bad")
LINES = ("link", "exposed", "itself", "sessions-edge", "made-edge", "unknown-edge")
DATA = ("exposed", "itself", "sessions", "made", "unknown", "soft")
SEEN = {
    "all colours": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "no blue": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
TO_XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
D65 = (0.95047, 1.0, 1.08883)
APART = 20
"""Some ten times what is just noticed side by side."""


def linear(colour: str) -> list[float]:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def times(matrix: tuple[tuple[float, ...], ...], vector: list[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def contrast(one: str, other: str) -> float:
    dark, light = sorted(times(TO_XYZ, linear(colour))[1] for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def lab(colour: str, seen: str) -> tuple[float, float, float]:
    shown = [min(1.0, max(0.0, part)) for part in times(SEEN[seen], linear(colour))]
    x, y, z = (
        ratio ** (1 / 3) if ratio > 216 / 24389 else (24389 / 27 * ratio + 16) / 116
        for ratio in (part / white for part, white in zip(times(TO_XYZ, shown), D65, strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@THEMES
@pytest.mark.parametrize(("names", "least"), [(TEXT, 4.5), (LINES, 3.0)], ids=["text", "graphics"])
def test_each_is_told_from_its_grounds(theme: Theme, names: tuple[str, ...], least: float) -> None:
    low = {
        (name, ground): round(got, 2)
        for name in names
        for ground in GROUNDS
        if (got := contrast(getattr(ROLES[name], theme), getattr(ROLES[ground], theme))) < least
    }
    assert low == {}


@THEMES
def test_a_fill_that_is_too_light_has_an_edge_that_is_not(theme: Theme) -> None:
    for name in DATA:
        edge = getattr(edge_of(ROLES[name]), theme)
        assert all(contrast(edge, getattr(ROLES[ground], theme)) >= 3 for ground in GROUNDS), name


@THEMES
@pytest.mark.parametrize("seen", SEEN)
def test_any_two_colours_of_data_stay_apart(theme: Theme, seen: str) -> None:
    places = {name: lab(getattr(ROLES[name], theme), seen) for name in DATA}
    near = {
        (one, other): round(far)
        for one, other in combinations(DATA, 2)
        if (far := sum((a - b) ** 2 for a, b in zip(places[one], places[other], strict=True)) ** 0.5) < APART
    }
    assert near == {}


def test_a_role_is_known_by_its_colour() -> None:
    assert len({role.light for role in ROLES.values()}) == len(ROLES)


def test_the_style_has_the_colours_of_the_palette_and_no_others() -> None:
    known = {colour for role in ROLES.values() for colour in (role.light, role.dark)}
    assert set(re.findall(r"#[0-9a-f]{6}", BLOCKS)) <= known
    assert variables("dark", ("ink",)) == f"--ik-ink: {ROLES['ink'].dark};"


def test_a_drawing_has_its_colours_as_variables_and_its_words_as_they_are() -> None:
    written = 'style="fill: #ffffff"'

    def put(figure) -> None:
        figure.add_subplot().text(0, 0, written, color=ROLES["exposed"].light)

    drawn = svg(1, put)
    style, rest = drawn.split("</style>", 1)
    assert fault(drawn) == ""
    assert "prefers-color-scheme: dark" in style
    assert f"--ik-exposed: {ROLES['exposed'].dark}" in style
    assert "--ik-made" not in style
    assert set(re.findall(r"#[0-9a-f]{6}", rest.replace(written, ""))) == set()
    assert written in rest
    assert drawn == svg(1, put)


def test_what_is_no_tag_is_left_alone() -> None:
    assert themed("#ffffff a < b #1b1f24") == "#ffffff a < b #1b1f24"
