"""Independent clocks: what a code host, its CI, a package index or a scanner recorded, read from saved answers.

Dates in git can be chosen by whoever commits; these cannot. One file for each host; `read` picks the reader from the content.
"""

from irkit.sources.clocks.interface import Record, Sign
from irkit.sources.clocks.pushes import Push, arrival
from irkit.sources.clocks.read import read_clock, read_clocks, recognise
from irkit.sources.clocks.standing import instants

__all__ = ["Push", "Record", "Sign", "arrival", "instants", "read_clock", "read_clocks", "recognise"]
