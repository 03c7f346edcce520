"""Curves of survival or incidence by site, with bands and the numbers at risk under the axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spinesurv.core.end_point import OF_DEATH, Words
from spinesurv.figures.checks import require_columns
from spinesurv.figures.small_cells import shown_count
from spinesurv.figures.style import (
    PAGE_INCHES,
    QUIET,
    SMALL,
    TEXT,
    colour,
    dashes,
    inches_from,
    new_figure,
    style,
    text_inches,
    wrapped,
)
from spinesurv.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = ("site", "time_days", "survival", "low", "high", "n_risk")

_NOMINAL_DAYS = (0, 90, 180, 365, 545, 730, 1095, 1460, 1825, 2555, 3650)
_ROW, _FIRST_ROW, _NAMES = 0.155, 0.62, 1.5  # inches: line of the risk table, its first line, widest name
_PLOT = 2.7  # inches: height of the curves


def plot_survival_curves(
    table: pd.DataFrame,
    ax: Axes | None = None,
    *,
    max_days: float | None = None,
    ticks_days: Sequence[float] | None = None,
    time_zero: str = "time zero",
    words: Words = OF_DEATH,
) -> Axes:
    """Survival of each site over time, or incidence of an end point that others compete with.

    The coloured rows of the risk table are the legend.

    Parameters
    ----------
    table : one row per site and day of a grid, with site, time_days, survival, low, high (in [0, 1]) and
        n_risk, the patients still under observation just before that day; n_risk missing = under 5
    ax : axes to draw on, with room below for one line per site; None = a new figure of the right size
    max_days : last day shown; None = the last day of the table
    ticks_days : days marked on the axis; each moves to the nearest day of the table. None = 0, 90, 180, 365,
        545, 730 and then years, as far as they fit
    time_zero : what day 0 is, in words
    words : of the end point; of any but death 1 - survival is drawn, which is its incidence

    Returns
    -------
    Axes
        Its `.figure` goes to `save_figure`.
    """
    require_columns(table, COLUMNS, "survival curves")
    sites = list(dict.fromkeys(table["site"].astype(str)))
    grid = np.unique(table["time_days"].to_numpy(dtype=float))
    last = float(grid[-1]) if max_days is None else float(max_days)
    ticks = _ticks(grid, last, ticks_days)
    with style():
        names = [wrapped(site, _NAMES, TEXT) for site in sites]
        highest = 0.0
        axes = _new_axes(names) if ax is None else ax
        for position, site in enumerate(sites):
            rows = table[table["site"].astype(str) == site].sort_values("time_days")
            rows = rows[rows["time_days"] <= last]
            paint: dict[str, Any] = {"color": colour(position)}
            days = rows["time_days"].to_numpy(dtype=float)
            shown = rows[["survival", "low", "high"]].to_numpy(dtype=float) * 100
            value, low, high = (shown if words.of_death else 100 - shown).T
            highest = max(highest, np.nanmax(high, initial=0.0), np.nanmax(low, initial=0.0))
            axes.fill_between(
                days,
                low,
                high,
                step="post",
                alpha=0.16 if len(sites) <= 4 else 0.09,
                linewidth=0,
                **paint,
            )
            axes.step(
                days,
                value,
                where="post",
                linestyle=dashes(position),
                label=site,
                **paint,
            )
        axes.set_xlim(0, last)
        axes.set_ylim(0, 101 if words.of_death else max(1.04 * highest, 1.0))
        if words.of_death:
            axes.set_yticks(range(0, 101, 20))
        axes.grid(axis="y", color="#ebebeb", linewidth=0.5)
        axes.set_axisbelow(True)
        axes.set_ylabel(
            "Patients alive (%)" if words.of_death else wrapped(f"{words.counted} (%)", _PLOT, TEXT)
        )
        axes.set_xticks(ticks, [_tick_label(day) for day in ticks], linespacing=1.25)
        axes.set_xlabel(f"Days since {time_zero} (months in brackets)", labelpad=3)
        _risk_table(axes, table, sites, names, ticks)
    return axes


def _ticks(grid: np.ndarray, last: float, wanted: Sequence[float] | None) -> list[float]:
    days: list[float] = []
    for nominal in _NOMINAL_DAYS if wanted is None else wanted:
        nearest = float(grid[np.argmin(np.abs(grid - nominal))])
        if nearest > last or (wanted is None and abs(nearest - nominal) > 0.05 * last):
            continue
        days.append(nearest)
    if wanted is not None:
        return sorted(set(days))
    kept: list[float] = []
    for day in sorted(set(days), reverse=True):  # later ticks are the rarer ones: earlier ones make room
        if not kept or kept[-1] - day >= 0.085 * last:
            kept.append(day)
    if kept and kept[-1] != 0 and 0.0 in days:
        kept[-1] = 0.0
    return kept[::-1]


def _tick_label(day: float) -> str:
    return f"{day:g}\n({day / DAYS_PER_MONTH:.0f})"


def room_below(names: Sequence[str]) -> float:
    """Inches under the axes for the risk table of these curves."""
    return _FIRST_ROW + 0.16 + _ROW * sum(name.count("\n") + 1 for name in names)


def _new_axes(names: list[str]) -> Axes:
    below = room_below(names)
    height = _PLOT + below + 0.12
    left = max([0.55, *(text_inches(name) + 0.7 for name in names)])
    figure = new_figure(PAGE_INCHES, height)
    return figure.add_axes(
        (left / PAGE_INCHES, below / height, 1 - (left + 0.22) / PAGE_INCHES, _PLOT / height)
    )


def _risk_table(
    axes: Axes, table: pd.DataFrame, sites: list[str], names: list[str], ticks: list[float]
) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.transforms import blended_transform_factory

    inches = inches_from(axes)
    at_day = blended_transform_factory(axes.transData, inches)
    shown: dict[str, Any] = {"clip_on": False, "va": "top", "fontsize": TEXT}
    axes.text(-0.30, -_FIRST_ROW + 0.13, "Number at risk", ha="right", transform=inches,
              **{**shown, "fontsize": SMALL, "color": QUIET})  # fmt: skip
    depth = -_FIRST_ROW
    for position, (site, name) in enumerate(zip(sites, names, strict=True)):
        rows = table[table["site"].astype(str) == site]
        at_risk = dict(zip(rows["time_days"].astype(float), rows["n_risk"], strict=True))
        axes.add_artist(
            Line2D([-0.56, -0.30], [depth - 0.06] * 2, transform=inches, clip_on=False,
                   color=colour(position), linestyle=dashes(position), linewidth=1.6)
        )  # fmt: skip
        axes.text(-0.62, depth, name, ha="right", transform=inches, linespacing=1.15, **shown)
        for day in ticks:
            axes.text(day, depth, _count(at_risk, day), ha="center", transform=at_day, **shown)
        depth -= _ROW * (name.count("\n") + 1)


def _count(at_risk: dict[float, Any], day: float) -> str:
    return shown_count(at_risk[day]) if day in at_risk else "–"
