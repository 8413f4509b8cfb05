"""A text as a picture, always the same for the same text."""

from __future__ import annotations

import io


def drawn(text: str) -> bytes:
    """PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 1), dpi=60)
    FigureCanvasAgg(figure)
    figure.text(0.02, 0.5, text, fontsize=9, parse_math=False)
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()
