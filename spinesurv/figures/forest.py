"""Forest plots: a measure by site and pooled, with the prediction interval for a new site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spinesurv.core.tables import POOLED, STACKED
from spinesurv.figures.checks import require_columns
from spinesurv.figures.intervals import axis_limits, draw_span
from spinesurv.figures.style import (
    BOLD,
    INK,
    PAGE_INCHES,
    QUIET,
    SMALL,
    TEXT,
    colour,
    inches_from,
    new_figure,
    style,
    text_inches,
    wrapped,
)
from spinesurv.figures.wording import estimate_words, horizon_words, metric_wording

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = (
    "site",
    "model",
    "metric",
    "horizon_days",
    "value",
    "low",
    "high",
    "pi_low",
    "pi_high",
    "n",
    "status",
)

#: panels that fit on one page; longer tables are cut with `pages`
PANELS_PER_PAGE = 8

_ROW, _TITLE, _AXIS, _LEGEND, _GAP = (
    0.155,
    0.24,
    0.35,
    0.28,
    0.1,
)  # inches: two figures of six sites on a page
_TITLE_LINE = 0.13  # inches of each further line of a title


def plot_forest(
    table: pd.DataFrame,
    figure: Figure | None = None,
    *,
    rows: str = "site",
    labels: Mapping[str, str] | None = None,
    columns: int = 2,
) -> Figure:
    """One panel per system (or per site, measure and horizon), the same axis for the same measure.

    Parameters
    ----------
    table : rows of tables/performance.csv that are to be shown: site (a site, `stacked` or `pooled`), model,
        metric, horizon_days, value, low, high, pi_low, pi_high, n, status
    figure : empty figure to draw on; None = a new one of the right size
    rows : what the lines of a panel are: `site`, or `model` to compare systems with one another
    labels : model -> short name
    columns : panels side by side

    Returns
    -------
    Figure
    """
    require_columns(table, COLUMNS, "forest")
    apart = "model" if rows == "site" else "site"
    panels = [part for _, part in table.groupby([apart, "metric", "horizon_days"], sort=False, dropna=False)]
    across = min(columns, len(panels))
    words = {**{POOLED: "Pooled over sites", STACKED: "All patients"}, **(labels or {})}
    limits = {
        m: axis_limits(part, metric_wording(str(m)).reference)
        for m, part in table.groupby("metric", sort=False)
    }
    with style():
        each = PAGE_INCHES / columns if across > 1 else min(PAGE_INCHES, 5.2)
        names = _row_names(table[rows], words, each * 0.30)
        left = _margin(names)
        right = max(BOLD * text_inches(estimate_words(r), SMALL) for r in table.to_dict("records")) + 0.16
        heights = [
            max(_height(panels[k], rows, names) for k in range(start, min(start + across, len(panels))))
            for start in range(0, len(panels), across)
        ]
        width = each * across
        titles = [
            wrapped(_title(part, apart, words), (each - 0.1) / BOLD, TEXT + (1 if len(panels) == 1 else 0.5))
            for part in panels
        ]
        title = _TITLE + _TITLE_LINE * max(text.count("\n") for text in titles)
        height = _LEGEND + sum(heights) + (title + _AXIS) * len(heights) + _GAP * (len(heights) - 1) + 0.05
        whole = new_figure(width, height) if figure is None else figure
        top = height - _LEGEND
        for line, tall in enumerate(heights):
            for column, part in enumerate(panels[line * across : (line + 1) * across]):
                inner = _height(part, rows, names)
                corner = (column * each + left) / width
                box = (
                    corner,
                    (top - title - inner) / height,
                    (each - left - right - 0.1) / width,
                    inner / height,
                )
                axes = whole.add_axes(box)
                text = titles[line * across + column]
                _panel(axes, part, rows, names, text, limits, alone=len(panels) == 1)
            top -= tall + title + _AXIS + _GAP
        _legend(whole, table, height)
    return whole


def _row_names(values: pd.Series, words: Mapping[str, str], inches: float) -> dict[str, str]:
    """Name of each row, broken where it is too wide."""
    return {v: wrapped(words.get(v, str(v)), inches, TEXT) for v in dict.fromkeys(values)}


def _height(part: pd.DataFrame, rows: str, names: Mapping[str, str]) -> float:
    return _ROW * (sum(names[v].count("\n") + 1 for v in part[rows]) + 0.6)


def _margin(names: Mapping[str, str]) -> float:
    """Inches for the widest name, which may be bold."""
    return BOLD * max(text_inches(n) for n in names.values()) + 0.14


def _title(part: pd.DataFrame, apart: str, words: Mapping[str, str]) -> str:
    """Whose panel, and at which horizon."""
    heading = words.get(part[apart].iloc[0], str(part[apart].iloc[0]))
    return f"{heading}, {horizon_words(part['horizon_days'].iloc[0])}"


def _panel(
    axes: Axes,
    part: pd.DataFrame,
    rows: str,
    names: Mapping[str, str],
    title: str,
    limits: Mapping[Any, tuple[float, float]],
    *,
    alone: bool,
) -> None:
    from matplotlib.patches import Polygon
    from matplotlib.ticker import MaxNLocator
    from matplotlib.transforms import blended_transform_factory

    metric = part["metric"].iloc[0]
    wording = metric_wording(metric)
    lowest, highest = limits[metric]
    axes.set_xlim(lowest, highest)
    total = sum(names[v].count("\n") + 1 for v in part[rows]) + 0.6
    axes.set_ylim(total, 0)
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    if wording.reference is not None:
        axes.axvline(wording.reference, color=QUIET, linewidth=0.6, linestyle=(0, (3, 2)), zorder=0)
    left = blended_transform_factory(inches_from(axes), axes.transData)
    right = blended_transform_factory(inches_from(axes, side=1), axes.transData)
    largest = float(np.nanmax(part["n"].to_numpy(dtype=float), initial=1.0))
    depth = 0.3
    for row in part.to_dict("records"):
        name = names[row[rows]]
        lines = name.count("\n") + 1
        y = depth + lines / 2
        depth += lines
        summary = row["site"] in (POOLED, STACKED) if rows == "site" else row["site"] == POOLED
        weight = "bold" if rows == "site" and summary else "normal"
        axes.text(-0.08, y, name, transform=left, ha="right", va="center", fontweight=weight, linespacing=1.0)
        value, low, high = (float(row[k]) for k in ("value", "low", "high"))
        if row["status"] == "gap" or not np.isfinite(value):
            axes.text(
                0.1,
                y,
                estimate_words(row),
                transform=right,
                ha="left",
                va="center",
                fontsize=SMALL,
                color=QUIET,
            )
            continue
        if summary:
            draw_span(
                axes,
                y,
                float(row["pi_low"]),
                float(row["pi_high"]),
                (lowest, highest),
                color=INK,
                linewidth=0.7,
            )
            ends = (max(low, lowest), min(high, highest)) if np.isfinite(low + high) else (value, value)
            tips = [(ends[0], y), (value, y - 0.3), (ends[1], y), (value, y + 0.3)]
            axes.add_patch(
                Polygon(tips, closed=True, facecolor=colour(0), edgecolor=colour(0), linewidth=0.4, zorder=3)
            )
        else:
            draw_span(axes, y, low, high, (lowest, highest), color=colour(0), linewidth=1.0)
            size = 2.0 + 3.2 * np.sqrt(max(float(row["n"]), 0.0) / largest) if np.isfinite(row["n"]) else 3.0
            if lowest <= value <= highest:
                axes.plot([value], [y], "s", color=colour(0), markersize=size, markeredgewidth=0, zorder=3)
        axes.text(
            0.1,
            y,
            estimate_words(row),
            transform=right,
            ha="left",
            va="center",
            fontsize=SMALL,
            fontweight=weight,
        )
    axes.set_xlabel(wording.on_axis, fontsize=SMALL, labelpad=1.5)
    axes.tick_params(axis="x", labelsize=SMALL)
    axes.text(0.06 - _margin(names), -0.15, title, transform=left, ha="left", va="bottom", fontweight="bold",
              fontsize=TEXT + (1 if alone else 0.5))  # fmt: skip


def _legend(figure: Figure, table: pd.DataFrame, height: float) -> None:
    from matplotlib.lines import Line2D

    plain: dict[str, Any] = {"linestyle": "none", "markeredgewidth": 0, "color": colour(0)}
    handles, names = [], []
    if (~table["site"].isin([POOLED, STACKED])).any():
        handles.append(
            Line2D([], [], marker="s", markersize=4, color=colour(0), linewidth=1, markeredgewidth=0)
        )
        names.append("site, 95 % CI (area of the square: patients)")
    if table["site"].isin([POOLED, STACKED]).any():
        handles.append(Line2D([], [], marker="D", markersize=5, **plain))
        names.append("pooled, 95 % CI")
    if table[["pi_low", "pi_high"]].notna().any(axis=None):
        handles.append(Line2D([], [], color=INK, linewidth=0.7))
        names.append("95 % prediction interval for a new site")
    if (table["status"] == "provisional").any():
        handles.append(Line2D([], [], linestyle="none"))
        names.append("† provisional")
    figure.legend(handles, names, loc="upper left", bbox_to_anchor=(0.0, 1.0), ncols=len(names), fontsize=SMALL,
                  handlelength=1.6, columnspacing=1.4, borderaxespad=0.1)  # fmt: skip
