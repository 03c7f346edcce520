"""Groups of a point score: how many patients each holds, and their curves beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from spinesurv.core.end_point import OF_DEATH, Words
from spinesurv.figures.checks import require_columns
from spinesurv.figures.small_cells import shown_count
from spinesurv.figures.style import (
    INK,
    PAGE_INCHES,
    QUIET,
    SMALL,
    TEXT,
    colour,
    new_figure,
    style,
    text_inches,
    wrapped,
)
from spinesurv.figures.survival_curves import plot_survival_curves, room_below

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = ("score", "group", "patients", "share", "time_days", "survival", "low", "high", "n_risk")

#: groups whose names fit above their bars; the rows of the risk table name them as well
MOST_NAMED = 6

_LEFT, _BARS, _PLOT = 0.12, 1.75, 2.7  # inches: margin, width of the bars, height of both panels


def plot_score_groups(
    table: pd.DataFrame,
    ax: Axes | None = None,
    *,
    max_days: float | None = None,
    time_zero: str = "time zero",
    words: Words = OF_DEATH,
) -> Axes:
    """Bars of the groups, best first, and the survival (or incidence) of each in the same colour.

    Parameters
    ----------
    table : one row per group and day of a grid, best group first, with score (name of the score), group, patients (missing
        = under 5), share (of the patients whose group is known, in [0, 1]), time_days, survival, low, high (in [0, 1])
        and n_risk (missing = under 5)
    ax : axes for the curves alone, without the bars; None = a new figure of the right size with both
    max_days : last day shown; None = the last day of the table
    time_zero : what day 0 is, in words
    words : of the end point, as in `plot_survival_curves`

    Returns
    -------
    Axes
        Those of the curves.
    """
    require_columns(table, COLUMNS, "score groups")
    curves = table.rename(columns={"group": "site"})
    if ax is not None:
        return plot_survival_curves(curves, ax, max_days=max_days, time_zero=time_zero, words=words)
    groups = table.drop_duplicates("group")
    with style():
        names = [wrapped(str(name), 1.5, TEXT) for name in groups["group"]]
        below = room_below(names)
        top = 0.42
        height = _PLOT + below + top
        start = max(_LEFT + _BARS + 0.75, max(text_inches(name) for name in names) + 0.75)
        figure = new_figure(PAGE_INCHES, height)
        bars = figure.add_axes((_LEFT / PAGE_INCHES, below / height, _BARS / PAGE_INCHES, _PLOT / height))
        curve = figure.add_axes(
            (start / PAGE_INCHES, below / height, 1 - (start + 0.22) / PAGE_INCHES, _PLOT / height)
        )
        _bars(bars, groups)
        figure.text(
            _LEFT / PAGE_INCHES, 1 - 0.06 / height, wrapped(str(table["score"].iloc[0]), PAGE_INCHES - 0.3, TEXT),
            va="top", fontsize=TEXT, color=INK, fontweight="bold",
        )  # fmt: skip
    return plot_survival_curves(curves, curve, max_days=max_days, time_zero=time_zero, words=words)


def _bars(axes: Axes, groups: pd.DataFrame) -> None:
    """One bar for each group with its patients; its name above, where all names fit on a line of their own."""
    widest = float(groups["share"].max())
    names = [wrapped(str(name), _BARS, SMALL) for name in groups["group"]]
    named = len(names) <= MOST_NAMED and not any("\n" in name for name in names)
    for position, (name, row) in enumerate(zip(names, groups.to_dict("records"), strict=True)):
        axes.barh(position, row["share"], height=0.36, color=colour(position), alpha=0.85)
        told = f"{shown_count(row['patients'])} ({100 * row['share']:.0f} %)"
        above = f"{name}: {told}" if named and text_inches(f"{name}: {told}", SMALL) < _BARS else told
        axes.text(0, position - 0.24, above, va="bottom", ha="left", fontsize=SMALL, color=INK)
    axes.set_xlim(0, widest * 1.02)
    axes.set_ylim(len(groups) - 0.45, -0.75)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.set_title("Patients (share of those grouped)", fontsize=SMALL, color=QUIET, loc="left", pad=2)
