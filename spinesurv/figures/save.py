"""Write a figure as SVG, and as PDF where asked, with the table it shows beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from spinesurv.core.tables import write_bytes, write_table, write_text
from spinesurv.figures.style import FONTS, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def figure_svg(figure: Figure | Axes) -> str:
    """The figure as SVG text; the same figure always gives the same text."""
    from io import StringIO

    from matplotlib.backends.backend_svg import FigureCanvasSVG

    whole: Any = getattr(figure, "figure", None) or figure
    text = StringIO()
    with style():
        FigureCanvasSVG(whole).print_svg(text, metadata={"Date": None, "Creator": "spinesurv"})
    stack = ", ".join(f if f == "sans-serif" else f"'{f}'" for f in FONTS)
    return text.getvalue().replace("font-family: 'DejaVu Sans'", f"font-family: {stack}")


def figure_pdf(figure: Figure | Axes) -> bytes:
    """The figure as a PDF of one page with its letters embedded; the same figure always gives the same bytes."""
    from io import BytesIO

    from matplotlib.backends.backend_pdf import FigureCanvasPdf

    whole: Any = getattr(figure, "figure", None) or figure
    page = BytesIO()
    with style():
        FigureCanvasPdf(whole).print_pdf(page, metadata={"CreationDate": None, "Creator": "spinesurv"})
    return page.getvalue()


def save_figure(
    figure: Figure | Axes,
    table: pd.DataFrame,
    path: Path | str,
    *,
    beside: Mapping[str, pd.DataFrame] | None = None,
    pdf: bool = False,
) -> list[Path]:
    """Write `<name>.svg` and `<name>.csv`, the latter exactly the table that the figure shows.

    Parameters
    ----------
    figure : what a `plot_` function returned
    table : the table that was drawn; aggregates only, it travels with the figure
    path : where to, `figures/<name>` with or without .svg
    beside : further tables that were drawn, written as `<name>_<key>.csv`
    pdf : write `<name>.pdf` too, for print

    Returns
    -------
    list of the paths written, the picture first
    """
    whole = Path(path)
    name = whole.name.removesuffix(".svg")
    picture = whole.with_name(f"{name}.svg")
    write_text(figure_svg(figure), picture)
    written = [picture]
    if pdf:
        written.append(whole.with_name(f"{name}.pdf"))
        write_bytes(figure_pdf(figure), written[-1])
    for suffix, part in {"": table, **{f"_{k}": v for k, v in (beside or {}).items()}}.items():
        target = whole.with_name(f"{name}{suffix}.csv")
        write_table(part, target)
        written.append(target)
    return written
