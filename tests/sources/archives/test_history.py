"""A history of libedit reads as it was typed, however its bytes arrive."""

from __future__ import annotations

from irkit.sources.archives.history import HISTORY, _typed
from irkit.sources.archives.interface import Source

WRITTEN = b"_HiStOrY_V2_\nselect\\0401;\nc:\\\\040\\040x\\012y\\\n"
TYPED = b"_HiStOrY_V2_\nselect 1;\nc:\\040 x y\\\n"


def test_blanks_stand_where_they_were_typed() -> None:
    assert HISTORY.is_one(WRITTEN)
    (member,) = HISTORY.members(Source.in_memory(WRITTEN, "h"), lambda *_: None)
    assert b"".join(member.pieces) == TYPED


def test_wherever_it_is_cut_it_reads_the_same() -> None:
    for cut in range(len(WRITTEN)):
        assert b"".join(_typed(iter((WRITTEN[:cut], WRITTEN[cut:])))) == TYPED, cut
