"""Trace of an imputation: do the chains mix, and has what they fill in stopped to drift?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from spinesurv.figures.checks import require_columns
from spinesurv.figures.small_panels import small_panels
from spinesurv.figures.style import colour, dashes, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = ("imputation", "sweep", "variable", "level", "mean")


def plot_imputation_trace(
    table: pd.DataFrame, figure: Figure | None = None, *, labels: Mapping[str, str] | None = None
) -> Figure:
    """Mean of the imputed values after each sweep, one panel per variable and level, one line per chain.

    Parameters
    ----------
    table : imputation, sweep (0 = first pass), variable, level, mean of the values filled in; a category has rows of
        its levels, with the share as the mean, and level is empty for the others
    figure : empty figure to draw on; None = a new one of the right size
    labels : variable -> name with unit

    Returns
    -------
    Figure
    """
    require_columns(table, COLUMNS, "imputation trace")
    panels = table.assign(panel=_panel_names(table, labels or {}))
    titles = list(dict.fromkeys(panels["panel"]))
    note = "One line per chain; chains that cross each other and have no trend have settled. Sweep 0: first pass."
    with style():
        from matplotlib.ticker import MaxNLocator

        whole, axes_of = small_panels(titles, note, figure)
        for title, axes in zip(titles, axes_of, strict=True):
            for k, (_, line) in enumerate(panels[panels["panel"] == title].groupby("imputation", sort=False)):
                axes.plot(line["sweep"], line["mean"], color=colour(k), linestyle=dashes(k), linewidth=0.9)
            axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
            axes.yaxis.set_major_locator(MaxNLocator(4))
            axes.set_xlabel("Sweep", labelpad=1)
    return whole


def _panel_names(table: pd.DataFrame, labels: Mapping[str, str]) -> list[str]:
    return [
        f"{labels.get(variable, variable)}: share {level}" if level else labels.get(variable, variable)
        for variable, level in zip(table["variable"], table["level"].fillna(""), strict=True)
    ]
