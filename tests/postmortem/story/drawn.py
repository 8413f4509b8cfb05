"""A figure as the notebooks make one."""

from __future__ import annotations

import io
from datetime import timedelta

from irkit.show import Figure, Table
from tests.postmortem.story.people import START


def drawing() -> Figure:
    """A window as matplotlib draws it."""
    import matplotlib as mpl
    from matplotlib.figure import Figure as Drawing

    with mpl.rc_context({"svg.fonttype": "none"}):
        picture = Drawing(figsize=(9, 2.2))
        axes = picture.subplots()
        axes.broken_barh([(0, 41)], (0.1, 0.8), color="#f0c04a", hatch="//", label="perhaps exposed")
        axes.broken_barh([(2, 39)], (0.1, 0.8), color="#a33b00", label="surely exposed")
        axes.set_xlabel("days since issue")
        axes.set_yticks([])
        axes.legend(loc="upper left")
        out = io.StringIO()
        picture.savefig(out, format="svg")
    data = Table(
        ("End", "Time (UTC)"), (("opened, not before", START - timedelta(days=41)), ("closed, not after", START))
    )
    return Figure(out.getvalue(), "Surely exposed for 39 days, perhaps for 41", "Exposure window of the token", data)
