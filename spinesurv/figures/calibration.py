"""Calibration: observed against predicted risk, one panel per system and horizon, with the predictions below."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from spinesurv.core.end_point import OF_DEATH, Words
from spinesurv.core.tables import POOLED, STACKED
from spinesurv.figures.checks import require_columns
from spinesurv.figures.style import (
    FAINT,
    INK,
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

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = ("model", "site", "horizon_days", "risk", "observed", "low", "high")
COUNT_COLUMNS = ("model", "site", "horizon_days", "risk_low", "risk_high", "n")

#: systems that fit on one page; longer tables are cut with `pages`
SYSTEMS_PER_PAGE = 5

_NAMES, _TOP, _BOTTOM, _RIGHT, _AXIS = 1.02, 0.30, 0.50, 0.12, 0.47  # inches around and between the panels
_HISTOGRAM, _BETWEEN = 0.30, 0.14
_ALL_SITES = "all sites, with 95 % band"
#: ends of the axes in percent: the first that holds everything drawn
_ENDS = (10.0, 20.0, 30.0, 40.0, 50.0, 100.0)


def plot_calibration(
    table: pd.DataFrame,
    figure: Figure | None = None,
    *,
    points: pd.DataFrame | None = None,
    counts: pd.DataFrame | None = None,
    labels: Mapping[str, str] | None = None,
    reestimated: Collection[str] = (),
    words: Words = OF_DEATH,
) -> Figure:
    """Small multiples: systems in rows, horizons in columns; axes of all panels end at the same risk.

    Parameters
    ----------
    table : one row per point of a curve, with model, site, horizon_days, risk (predicted risk of the end point, in
        [0, 1]), observed, low, high. With several sites each is a thin line and the row `stacked` or
        `pooled`, where there is one, is the thick line with its band
    figure : empty figure to draw on; None = a new one of the right size
    points : observed and mean predicted risk of groups of patients, with the columns of `table`; circles with
        intervals, of the thick site only. A system may have points and no curve
    counts : patients by predicted risk, with model, site, horizon_days, risk_low, risk_high, n (missing =
        under 5, drawn as a cross on the base line)
    labels : model -> short name, in the order of the rows
    reestimated : models whose survival per total was learned again in the training data; said beside them
    words : of the end point

    Returns
    -------
    Figure
    """
    if counts is not None and len(counts):
        require_columns(counts, COUNT_COLUMNS, "calibration, counts")
    shown = table
    if points is not None and len(points):
        require_columns(points, COLUMNS, "calibration, points")
        shown = pd.concat([table[list(COLUMNS)], points[list(COLUMNS)]]) if len(table) else points
    require_columns(shown, COLUMNS, "calibration")
    models = list(dict.fromkeys(shown["model"]))
    order = {model: k for k, model in enumerate(labels or ())}
    models.sort(key=lambda model: order.get(model, len(order)))
    horizons = sorted(shown["horizon_days"].unique())
    sites = [s for s in dict.fromkeys(table["site"]) if s not in (POOLED, STACKED)]
    end = _end(shown, counts)
    with style():
        panel = min(1.75, (PAGE_INCHES - _NAMES - _AXIS - _RIGHT) / len(horizons) - 0.1)
        width = _NAMES + _AXIS + _RIGHT + len(horizons) * (panel + 0.1)
        row = panel + _HISTOGRAM + _BETWEEN
        legend = _legend_inches(sites, width)
        height = _TOP + legend + len(models) * row - _BETWEEN + _BOTTOM
        whole = new_figure(width, height) if figure is None else figure
        panels: list[list[Axes]] = []
        for r, model in enumerate(models):
            panels.append([])
            for c, horizon in enumerate(horizons):
                left = _NAMES + _AXIS + c * (panel + 0.1)
                top = height - _TOP - legend - r * row
                axes = whole.add_axes((left / width, (top - panel) / height, panel / width, panel / height))
                below = whole.add_axes(
                    (
                        left / width,
                        (top - panel - _HISTOGRAM) / height,
                        panel / width,
                        (_HISTOGRAM - 0.05) / height,
                    ),
                    sharex=axes,
                )
                groups = None if points is None else _rows(points, model, horizon)
                _curves(axes, _rows(table, model, horizon), sites, groups, end)
                _histogram(below, None if counts is None else _rows(counts, model, horizon), sites, end)
                _outer_axes(axes, below, end, first=c == 0, last=r == len(models) - 1)
                if r == 0:
                    axes.set_title(f"Risk by day {horizon:g}", loc="center", pad=5)
                panels[-1].append(axes)
            name = (labels or {}).get(model, str(model))
            _row_name(panels[-1][0], name, words.learned if model in reestimated else "", panel)
        middle = (_NAMES + _AXIS + (width - _NAMES - _AXIS - _RIGHT) / 2) / width
        along = f"Predicted risk of {words.event} (%)"
        if text_inches(along, TEXT) > width - _NAMES:
            along = "Predicted risk (%)"
        whole.text(middle, 0.05 / height, along, ha="center", va="bottom")
        if len(sites) > 1:
            _legend(whole, table, sites, width)
    return whole


def _end(shown: pd.DataFrame, counts: pd.DataFrame | None) -> float:
    """Percent at which the axes end, so that small risks are not drawn in one corner."""
    highest = float(shown[["risk", "observed", "high"]].max().max()) if len(shown) else 1.0
    if counts is not None and len(counts):
        highest = max(highest, float(counts.loc[counts["n"] != 0, "risk_high"].max()))
    return next((end for end in _ENDS if 100 * highest <= end + 1e-9), 100.0)


def _rows(table: pd.DataFrame, model: Any, horizon: float) -> pd.DataFrame:
    return table[(table["model"] == model) & (table["horizon_days"] == horizon)]


def _main_site(rows: pd.DataFrame) -> Any:
    """The site drawn thick: stacked, pooled, or the only one there is."""
    present = list(dict.fromkeys(rows["site"]))
    for site in (STACKED, POOLED):
        if site in present:
            return site
    return present[0] if len(present) == 1 else None


def _curves(
    axes: Axes, rows: pd.DataFrame, sites: list[Any], points: pd.DataFrame | None, end: float
) -> None:
    axes.plot([0, 100], [0, 100], color=QUIET, linewidth=0.7, linestyle=(0, (3, 2)), zorder=1)
    axes.set_xlim(0, end)
    axes.set_ylim(0, end)
    axes.set_xticks([0, end / 2, end])
    axes.set_yticks([0, end / 2, end])
    axes.grid(color="#ededed", linewidth=0.5)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(True)
    main = _main_site(rows)
    for position, site in enumerate(sites):
        one = rows[rows["site"] == site].sort_values("risk")
        if site != main and one["observed"].notna().any():
            axes.plot(one["risk"] * 100, one["observed"] * 100, color=colour(position + 1),
                      linestyle=dashes(position + 1), linewidth=0.8)  # fmt: skip
    thick = rows[rows["site"] == main].sort_values("risk")
    if thick["observed"].notna().any():
        axes.fill_between(thick["risk"] * 100, thick["low"] * 100, thick["high"] * 100,
                          color=colour(0), alpha=0.2, linewidth=0)  # fmt: skip
        axes.plot(thick["risk"] * 100, thick["observed"] * 100, color=colour(0), linewidth=1.5)
    grouped = points is not None and len(points) > 0
    if points is not None and grouped:
        _circles(axes, points[points["site"] == _main_site(points)])
    if not rows["observed"].notna().any() and not grouped:
        axes.text(end / 2, end / 2, "no curve", ha="center", va="center", color=QUIET, fontsize=SMALL,
                  bbox={"facecolor": "white", "edgecolor": "none", "pad": 2})  # fmt: skip


def _circles(axes: Axes, points: pd.DataFrame) -> None:
    known = points["low"].notna()
    axes.vlines(points.loc[known, "risk"] * 100, points.loc[known, "low"] * 100, points.loc[known, "high"] * 100,
                color=INK, linewidth=0.5, alpha=0.7, zorder=3)  # fmt: skip
    axes.plot(points["risk"] * 100, points["observed"] * 100, "o", markersize=2.4, markerfacecolor="white",
              markeredgecolor=INK, markeredgewidth=0.6, zorder=4)  # fmt: skip


def _histogram(axes: Axes, counts: pd.DataFrame | None, sites: list[Any], end: float) -> None:
    axes.spines[["left", "top", "right"]].set_visible(False)
    axes.set_yticks([])
    if counts is None or not len(counts):
        axes.set_ylim(0, 1)
        return
    main = _main_site(counts)
    parts = [(main, FAINT)] if main is not None else [(s, colour(k + 1)) for k, s in enumerate(sites)]
    base: dict[float, float] = {}
    for site, paint in parts:
        one = counts[counts["site"] == site]
        at = [float(x) * 100 for x in one["risk_low"]]
        n = [0.0 if pd.isna(x) else float(x) for x in one["n"]]
        axes.bar(at, n, width=(one["risk_high"] - one["risk_low"]) * 100, align="edge",
                 bottom=[base.get(x, 0.0) for x in at], color="#9a9a9a" if paint == FAINT else paint,
                 edgecolor="white", linewidth=0.3)  # fmt: skip
        base.update({x: base.get(x, 0.0) + height for x, height in zip(at, n, strict=True)})
        hidden = one[one["n"].isna()]
        middle = (hidden["risk_low"] + hidden["risk_high"]) * 50
        if len(hidden) and site == main:
            axes.plot(middle, [0.09] * len(hidden), "x", transform=axes.get_xaxis_transform(), color=QUIET,
                      markersize=2.2, markeredgewidth=0.6)  # fmt: skip
    highest = max(base.values(), default=0.0)
    axes.set_ylim(0, highest * 1.05 if highest else 1)
    if highest and main is not None:
        peak = max(base, key=lambda x: base[x])
        right = peak < end / 2
        axes.text(0.985 if right else 0.015, 0.98, f"max {highest:.0f}", transform=axes.transAxes,
                  ha="right" if right else "left", va="top", fontsize=SMALL - 1, color=QUIET)  # fmt: skip


def _outer_axes(axes: Axes, below: Axes, end: float, *, first: bool, last: bool) -> None:
    axes.tick_params(labelbottom=False, labelleft=first, bottom=False)
    below.tick_params(labelbottom=last)
    if last:
        below.set_xticks([0, end / 2, end])
        left, _, right = below.get_xticklabels()
        left.set_horizontalalignment("left")
        right.set_horizontalalignment("right")
    if first:
        axes.set_ylabel("Observed risk (%)", labelpad=2)
        below.set_ylabel("n", rotation=0, ha="right", va="center", labelpad=4, color=INK)


def _row_name(axes: Axes, name: str, reestimated: str, panel: float) -> None:
    """Name of a system, and what was learned again per total, where anything was."""
    inches = inches_from(axes)
    left = -(_NAMES + _AXIS) + 0.04
    text = wrapped(name, _NAMES - 0.12, TEXT + 0.5)
    axes.text(left, panel, text, transform=inches, ha="left", va="top", fontweight="bold", fontsize=TEXT)
    if reestimated:
        drop = 0.15 * (text.count("\n") + 1)
        note = wrapped(f"{reestimated} per total re-estimated in the training sites", _NAMES - 0.12, SMALL)
        axes.text(
            left, panel - drop, note, transform=inches, ha="left", va="top", fontsize=SMALL, color=QUIET
        )


def _legend_columns(sites: list[Any], width: float) -> int:
    widest = max(text_inches(name, SMALL) for name in [*map(str, sites), _ALL_SITES]) + 0.45
    return max(1, min(len(sites) + 1, int(width / widest)))


def _legend_inches(sites: list[Any], width: float) -> float:
    """Height of the legend above the panels; 0 where there is one site only."""
    lines = -(-(len(sites) + 1) // _legend_columns(sites, width))
    return 0.08 + 0.155 * lines if len(sites) > 1 else 0.0


def _legend(figure: Figure, table: pd.DataFrame, sites: list[Any], width: float) -> None:
    from matplotlib.lines import Line2D

    present = table["site"].isin([STACKED, POOLED]).any()
    lines = [Line2D([], [], color=colour(0), linewidth=1.5)] if present else []
    names = [_ALL_SITES] if present else []
    for position, site in enumerate(sites):
        lines.append(
            Line2D([], [], color=colour(position + 1), linestyle=dashes(position + 1), linewidth=0.9)
        )
        names.append(str(site))
    figure.legend(
        lines,
        names,
        loc="upper left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=_legend_columns(sites, width),
        fontsize=SMALL,
        handlelength=1.8,
        columnspacing=1.2,
        borderaxespad=0.2,
    )
