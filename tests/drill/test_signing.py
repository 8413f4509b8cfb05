"""The drill of a leaked signing key, small: every artifact ends in exactly one place, and the forgery is told."""

from __future__ import annotations

from pathlib import Path

from irkit.case import Case
from irkit.drill.signing.rpm import missing
from irkit.drill.signing.run import rehearse_signing
from irkit.model import Kind


def test_every_artifact_ends_where_it_belongs_and_the_page_says_so(tmp_path: Path) -> None:
    said: list[str] = []
    rehearsed = rehearse_signing(tmp_path / "d", seed=3, say=said.append, count=60, tags=9)
    assert rehearsed.stopped is None
    assert rehearsed.full, rehearsed.view.text()
    assert ("rpm" in rehearsed.missing) is bool(missing())

    case = Case.open(rehearsed.case)
    ended = [
        {str(one.body["path"]) for one in case.journal.records(kind)}
        for kind in (Kind.RESIGNED, Kind.QUARANTINED, Kind.WITHDRAWN)
    ]
    assert sum(map(len, ended)) == len(set.union(*ended)), "nothing stands in two of them"

    page = rehearsed.postmortem.read_text()
    assert rehearsed.postmortem.stat().st_size < 1_000_000
    for words in ("Who still trusts the old key", "What consumers are told", "withdrawn"):
        assert words in page
    assert "has not been judged yet" not in page
