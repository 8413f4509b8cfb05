"""The table of places opens at the evidence: each row leads to how to look at it, and what it says works."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from irkit.case import Case
from irkit.case.exposure.places import located_view
from irkit.model import Occurrence, SecretRef
from irkit.show import Details, Facts, Link, Table, View
from irkit.sources.addresses import page
from tests.sources.git.conftest import Repo

FAKE = "ghp_" + "FAKE" * 9
COMMIT = "c0ffee" * 6 + "c0ff"


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[View, Repo, str]:
    monkeypatch.setenv("FAKE_TOKEN", FAKE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    repo = Repo(tmp_path / "a shop")
    holding = repo.commit(f"with {FAKE}", {"some key.env": f"first\nTOKEN={FAKE}\nOTHER=FAKEsecretbeside\n"})
    repo.commit("gone", {"some key.env": None})
    repo.git("remote", "add", "origin", "git@github.com:acme/shop.git")
    (tmp_path / "notes it's.txt").write_text(f"x\n{FAKE}\n")
    case = Case.create(tmp_path / "case", [SecretRef.parse("env:FAKE_TOKEN")])
    return case.locate(repo.path, tmp_path / "notes it's.txt"), repo, holding


def rows(view: View) -> dict[str, dict[str, object]]:
    opened = [block for block in view.blocks if isinstance(block, Details)]
    return {block.summary: dict(block.blocks[0].rows) for block in opened if isinstance(block.blocks[0], Facts)}


def test_every_row_leads_to_its_own_details(shown: tuple[View, Repo, str]) -> None:
    view = shown[0]
    [table] = [block for block in view.blocks if isinstance(block, Table)]
    links = [row[0].to.removeprefix("#") for row in table.rows if isinstance(row[0], Link)]
    names = [block.name for block in view.blocks if isinstance(block, Details)]
    assert links == names
    assert len(names) == len(table.rows) >= 3
    html = view.html()
    assert all(f'href="#ik-at-{name}"' in html and f'id="ik-at-{name}"' in html for name in names)


def test_what_it_says_to_look_with_prints_the_evidence(shown: tuple[View, Repo, str]) -> None:
    for summary, facts in rows(shown[0]).items():
        printed = subprocess.run(["sh", "-c", str(facts["To look at it"])], capture_output=True, text=True, check=True)
        assert FAKE in printed.stdout, summary
        assert len(printed.stdout.splitlines()) == 1


def test_the_page_at_the_host_is_of_that_line_in_the_commit_that_brought_it(shown: tuple[View, Repo, str]) -> None:
    view, _, holding = shown
    found = {link.to for facts in rows(view).values() if isinstance(link := facts.get("At its host"), Link)}
    assert f"https://github.com/acme/shop/blob/{holding}/some%20key.env#L2" in found
    assert f"https://github.com/acme/shop/commit/{holding}" in found


def test_neither_the_value_nor_what_stands_beside_it_is_shown(shown: tuple[View, Repo, str]) -> None:
    for text in (shown[0].html(), shown[0].text(), shown[0].markdown()):
        assert FAKE not in text
        assert "FAKEsecretbeside" not in text


@pytest.mark.parametrize(
    ("address", "leads_to"),
    [
        ("https://github.com/o/r.git", f"https://github.com/o/r/blob/{COMMIT}/a/b%23.py#L3"),
        (
            "ssh://git@gitlab.example.com:2222/g/s/p.git",
            f"https://gitlab.example.com/g/s/p/-/blob/{COMMIT}/a/b%23.py#L3",
        ),
        ("git@github.example.com:o/r", f"https://github.example.com/o/r/blob/{COMMIT}/a/b%23.py#L3"),
        ("https://user:pass@github.com/o/r", f"https://github.com/o/r/blob/{COMMIT}/a/b%23.py#L3"),
        ("https://code.example/o/r", ""),
        ("/srv/git/r.git", ""),
        ("javascript:alert(1)//github.com/o/r", ""),
    ],
)
def test_a_page_is_named_only_where_the_host_is_known(address: str, leads_to: str) -> None:
    assert page(address, COMMIT, "a/b#.py", 3) == leads_to


def test_a_link_to_anything_but_a_page_or_a_place_in_the_view_stays_text() -> None:
    for to in ("javascript:alert(1)", "http://x.example", "#a b", "file:///etc/passwd", "https://x.example/\u202e"):
        html = View("t", (Table(("c",), ((Link("<b>", to),),)),)).html()
        assert "<a " not in html
        assert "&lt;b&gt;" in html


def test_a_name_of_a_ref_is_told_as_what_it_is() -> None:
    found = Occurrence("fp:fake", "git-ref", "/srv/shop!name of a ref to abc", None, 0, "raw", live=True)
    [facts] = rows(located_view([found], (), "t", opens=True)).values()
    assert facts["To look at it"] == "git --no-pager -C /srv/shop for-each-ref"
    assert "name of a ref to abc" in located_view([found], (), "t").markdown()
