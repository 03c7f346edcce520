"""Recorded and imputed values side by side: is what was filled in plausible?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from spinesurv.figures.checks import require_columns
from spinesurv.figures.small_panels import small_panels
from spinesurv.figures.style import COLOURS, INK, SMALL, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = ("variable", "form", "value", "level", "source", "imputation", "amount")
IMPUTED_COLOUR = COLOURS[1]
#: levels whose names find room under a panel, and their letters
MOST_NAMES, LONGEST_NAME = 5, 6


def plot_imputation_values(
    table: pd.DataFrame, figure: Figure | None = None, *, labels: Mapping[str, str] | None = None
) -> Figure:
    """Density of numbers and shares of levels, one panel per variable; recorded in black, each imputation in colour.

    Parameters
    ----------
    table : variable, form (density or share), value, level, source (recorded or imputed), imputation, amount
    figure : empty figure to draw on; None = a new one of the right size
    labels : variable -> name with unit

    Returns
    -------
    Figure
    """
    require_columns(table, COLUMNS, "imputed values")
    names = list(dict.fromkeys(table["variable"]))
    titles = [(labels or {}).get(name, name) for name in names]
    note = (
        "Black: recorded. Orange: imputed, one line per imputation; they may differ where gaps do not come at random. "
        "Level 0: first of the codebook."
    )
    with style():
        whole, axes_of = small_panels(titles, note, figure)
        for name, axes in zip(names, axes_of, strict=True):
            _panel(axes, table[table["variable"] == name])
    return whole


def _panel(axes: Axes, rows: pd.DataFrame) -> None:
    from matplotlib.ticker import MaxNLocator

    shares = rows["form"].iloc[0] == "share"
    marker = {"marker": "o", "markersize": 2.4, "markeredgewidth": 0} if shares else {}
    for number, line in rows.groupby("imputation", sort=True):
        look = (
            {"color": IMPUTED_COLOUR, "linewidth": 0.8, "alpha": 0.75, "zorder": 2}
            if number
            else {"color": INK, "linewidth": 1.3, "zorder": 3}
        )
        axes.plot(line["value"], line["amount"], **look, **marker)  # type: ignore[arg-type]
    axes.set_ylim(bottom=0)
    axes.set_ylabel("Share" if shares else "Density", labelpad=2)
    if shares:
        axes.yaxis.set_major_locator(MaxNLocator(3))
    else:
        axes.set_yticks([])  # the height of a density says nothing by itself
        axes.xaxis.set_major_locator(MaxNLocator(4))
        return
    levels = rows.drop_duplicates("value").sort_values("value")
    words = [str(level) for level in levels["level"]]
    if len(words) <= MOST_NAMES and max(map(len, words)) <= LONGEST_NAME:
        axes.set_xticks(levels["value"], words, fontsize=SMALL)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.set_xlabel("Level", fontsize=SMALL, labelpad=1)
