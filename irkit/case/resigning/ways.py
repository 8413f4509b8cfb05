"""What can be done about the old key from here, and what cannot."""

from __future__ import annotations

from irkit.case.desk import Desk
from irkit.show import View


def ways(case: Desk, *, old_home: str = "", certificate: str = "", revoker_home: str = "") -> View:
    raise NotImplementedError
