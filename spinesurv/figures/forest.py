"""Forest plots: sites side by side with the pooled value, systems below each other, measures and horizons in columns."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
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
from spinesurv.figures.wording import estimate_words, horizon_words, metric_wording, sentence_case

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

#: height of a figure that leaves room for its caption on a page
MOST_INCHES = 8.9

_ROW, _LINE, _SYSTEM, _AFTER = (
    0.116,
    0.105,
    0.16,
    0.05,
)  # inches: a site, a line of words, a system's name, a gap
_LEGEND, _HEAD, _AXIS, _GAP = (
    0.24,
    0.2,
    0.5,
    0.14,
)  # inches: key, names of columns, axis below, between columns
_NAMES, _WIDEST, _BESIDE = (
    1.25,
    3.1,
    2.3,
)  # inches: widest name; widest column; from here estimates stand beside


@dataclass(frozen=True)
class _Row:
    """A line of a system: its site, how deep it begins and how tall it is, in inches."""

    model: Any
    site: Any
    top: float
    tall: float


def systems_per_page(table: pd.DataFrame) -> int:
    """How many systems of these sites fit on a page; longer tables are cut with `pages`."""
    block = _SYSTEM + _ROW * table["site"].nunique() + _LINE + _AFTER
    return max(1, int((MOST_INCHES - _LEGEND - _HEAD - _AXIS) / block))


def plot_forest(
    table: pd.DataFrame, figure: Figure | None = None, *, labels: Mapping[str, str] | None = None
) -> Figure:
    """Systems below each other, each with its sites; one column per measure and horizon, one axis per measure.

    The estimate stands in figures beside every line where columns are wide, else under the pooled line alone.

    Parameters
    ----------
    table : rows of tables/performance.csv that are to be shown: site (a site, `stacked` or `pooled`), model,
        metric, horizon_days, value, low, high, pi_low, pi_high, n, status
    figure : empty figure to draw on; None = a new one of the right size
    labels : model -> short name

    Returns
    -------
    Figure
    """
    require_columns(table, COLUMNS, "forest")
    columns = list(table[["metric", "horizon_days"]].drop_duplicates().itertuples(index=False, name=None))
    limits = {
        m: axis_limits(part, metric_wording(str(m)).reference)
        for m, part in table.groupby("metric", sort=False)
    }
    with style():
        names = {site: _site(site) for site in dict.fromkeys(table["site"])}
        left = BOLD * max(text_inches(name) for name in names.values()) + 0.2
        each = min(_WIDEST, (PAGE_INCHES - left) / len(columns))
        words = {k: estimate_words(row) for k, row in zip(table.index, table.to_dict("records"), strict=True)}
        room = BOLD * max(text_inches(text, SMALL) for text in words.values()) + 0.12
        beside = room if each >= _BESIDE else 0.0
        panel = each - _GAP - beside
        told = {k: text if beside else wrapped(text, each - 0.04, SMALL) for k, text in words.items()}
        rows, depth = _layout(table, names, {} if beside else told)
        key = _legend_inches(table, left + each * len(columns))
        width, height = left + each * len(columns), key + _HEAD + depth + _AXIS
        whole = new_figure(width, height) if figure is None else figure
        for k, (metric, day) in enumerate(columns):
            box = ((left + k * each) / width, _AXIS / height, panel / width, depth / height)
            axes = whole.add_axes(box)
            part = table[(table["metric"] == metric) & _same(table["horizon_days"], day)]
            _panel(axes, part, rows, told, limits[metric], depth, beside=bool(beside))
            axes.set_title(_head(metric, day, columns), loc="center", fontsize=TEXT, pad=5)
            if k == 0:
                _names(axes, rows, names, labels or {}, depth)
        _axis_names(whole, columns, left, each, panel, (width, height))
        _legend(whole, table, width)
    return whole


def _same(days: pd.Series, day: float) -> pd.Series:
    return days.isna() if pd.isna(day) else days == day


def _site(site: Any) -> str:
    words = {POOLED: "Pooled over sites", STACKED: "All patients"}
    return wrapped(words.get(site, str(site)), _NAMES / BOLD, TEXT)


def _head(metric: Any, day: float, columns: Sequence[tuple[Any, float]]) -> str:
    """Name of a column: its horizon, and its measure where there are several."""
    horizon = sentence_case(horizon_words(day))
    if len({m for m, _ in columns}) == 1:
        return horizon
    return f"{metric_wording(metric).label}{'' if pd.isna(day) else ', ' + horizon}"


def _layout(
    table: pd.DataFrame, names: Mapping[Any, str], under: Mapping[Hashable, str]
) -> tuple[list[_Row], float]:
    """Where each line stands, from the top, and how deep all of it is."""
    rows, depth = [], 0.0
    for model, mine in table.groupby("model", sort=False):
        depth += _SYSTEM
        for site, lines in mine.groupby("site", sort=False):
            tall = max(_ROW, _LINE * (names[site].count("\n") + 1))
            if _summary(site) and under:
                tall = max(tall, _ROW + _LINE * max(under[k].count("\n") + 1 for k in lines.index))
            rows.append(_Row(model, site, depth, tall))
            depth += tall
        depth += _AFTER
    return rows, depth


def _summary(site: Any) -> bool:
    return site in (POOLED, STACKED)


def _names(
    axes: Axes, rows: Sequence[_Row], names: Mapping[Any, str], labels: Mapping[str, str], depth: float
) -> None:
    """Systems and sites to the left of the first column."""
    inches = inches_from(axes)
    margin = BOLD * max(text_inches(name) for name in names.values()) + 0.16
    seen = None
    for row in rows:
        if row.model != seen:
            seen = row.model
            axes.text(-margin, depth - row.top + 0.03, labels.get(row.model, str(row.model)), transform=inches, ha="left",
                      va="bottom", fontweight="bold", fontsize=TEXT)  # fmt: skip
        lines = _LINE * names[row.site].count("\n")
        middle = row.top + (_ROW + lines if _summary(row.site) else row.tall) / 2
        axes.text(-0.08, depth - middle, names[row.site], transform=inches, ha="right", va="center",
                  fontsize=SMALL, fontweight="bold" if _summary(row.site) else "normal", linespacing=1.0)  # fmt: skip


def _panel(
    axes: Axes,
    part: pd.DataFrame,
    rows: Sequence[_Row],
    told: Mapping[Hashable, str],
    limits: tuple[float, float],
    depth: float,
    *,
    beside: bool,
) -> None:
    from matplotlib.ticker import MaxNLocator
    from matplotlib.transforms import blended_transform_factory

    axes.set_xlim(*limits)
    axes.set_ylim(depth, 0)
    axes.patch.set_visible(False)  # names of systems reach under the columns
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    axes.xaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 2.5, 5, 10]))
    axes.tick_params(axis="x", labelsize=SMALL)
    axes.grid(axis="x", color="#efefef", linewidth=0.5)
    axes.set_axisbelow(True)
    reference = metric_wording(part["metric"].iloc[0]).reference
    if reference is not None:
        axes.axvline(reference, color=QUIET, linewidth=0.6, linestyle=(0, (3, 2)), zorder=0)
    right = blended_transform_factory(inches_from(axes, side=1), axes.transData)
    middle = blended_transform_factory(axes.transAxes, axes.transData)
    largest = float(np.nanmax(part["n"].to_numpy(dtype=float), initial=1.0))
    place = {(row["model"], row["site"]): (k, row) for k, row in part.iterrows()}
    for line in rows:
        if (line.model, line.site) not in place:
            continue
        k, row = place[line.model, line.site]
        summary = _summary(line.site)
        y = line.top + (_ROW if summary and not beside else line.tall) / 2
        gap = row["status"] == "gap" or not np.isfinite(float(row["value"]))
        if not gap:
            _estimate(axes, row, y, limits, largest, summary=summary)
        shown: dict[str, Any] = {"fontsize": SMALL, "color": QUIET if gap else INK}
        if beside:
            axes.text(0.06, y, told[k], transform=right, ha="left", va="center",
                      fontweight="bold" if summary else "normal", **shown)  # fmt: skip
        elif summary:
            under = line.top + _ROW + (line.tall - _ROW) / 2 - 0.01
            axes.text(0.5, under, told[k], transform=middle, ha="center", va="center", linespacing=1.0,
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4}, **shown)  # fmt: skip
        elif gap:
            axes.text(0.5, y, "–", transform=middle, ha="center", va="center", **shown)


def _estimate(
    axes: Axes, row: pd.Series, y: float, limits: tuple[float, float], largest: float, *, summary: bool
) -> None:
    """A square with its interval, or a diamond with the prediction interval."""
    from matplotlib.patches import Polygon

    value, low, high = (float(row[k]) for k in ("value", "low", "high"))
    if summary:
        draw_span(axes, y, float(row["pi_low"]), float(row["pi_high"]), limits, color=INK, linewidth=0.7)
        ends = (max(low, limits[0]), min(high, limits[1])) if np.isfinite(low + high) else (value, value)
        half = 0.36 * _ROW
        tips = [(ends[0], y), (value, y - half), (ends[1], y), (value, y + half)]
        axes.add_patch(
            Polygon(tips, closed=True, facecolor=colour(0), edgecolor=colour(0), linewidth=0.4, zorder=3)
        )
        return
    draw_span(axes, y, low, high, limits, color=colour(0), linewidth=0.9)
    size = 1.8 + 2.6 * np.sqrt(max(float(row["n"]), 0.0) / largest) if np.isfinite(row["n"]) else 2.6
    if limits[0] <= value <= limits[1]:
        axes.plot([value], [y], "s", color=colour(0), markersize=size, markeredgewidth=0, zorder=3)


def _axis_names(
    figure: Figure,
    columns: Sequence[tuple[Any, float]],
    left: float,
    each: float,
    panel: float,
    size: tuple[float, float],
) -> None:
    """Under the columns of a measure its name and unit, once."""
    metrics = [m for m, _ in columns]
    for metric in dict.fromkeys(metrics):
        first, count = metrics.index(metric), metrics.count(metric)
        wide = each * (count - 1) + panel
        middle = left + first * each + wide / 2
        text = wrapped(metric_wording(metric).on_axis, wide + _GAP - 0.04, SMALL)
        figure.text(
            middle / size[0], 0.28 / size[1], text, ha="center", va="top", fontsize=SMALL, linespacing=1.0
        )


def _entries(table: pd.DataFrame) -> list[tuple[str, dict[str, Any]]]:
    """Words and sample of each sign that is drawn."""
    summary = table["site"].isin([POOLED, STACKED])
    plain: dict[str, Any] = {"linestyle": "none", "markeredgewidth": 0, "color": colour(0)}
    out: list[tuple[str, dict[str, Any]]] = []
    if (~summary).any():
        square = {"marker": "s", "markersize": 4, "color": colour(0), "linewidth": 1, "markeredgewidth": 0}
        out.append(("site, 95 % CI (area of the square: patients)", square))
    if summary.any():
        out.append(("pooled, 95 % CI", {"marker": "D", "markersize": 5, **plain}))
    if table[["pi_low", "pi_high"]].notna().any(axis=None):
        out.append(("95 % prediction interval for a new site", {"color": INK, "linewidth": 0.7}))
    if (table["status"] == "provisional").any():
        out.append(("† provisional", {"linestyle": "none"}))
    return out


def _legend_columns(table: pd.DataFrame, width: float) -> int:
    entries = _entries(table)
    return max(1, min(len(entries), int(width / (max(text_inches(w, SMALL) for w, _ in entries) + 0.42))))


def _legend_inches(table: pd.DataFrame, width: float) -> float:
    return _LEGEND + 0.14 * (-(-len(_entries(table)) // _legend_columns(table, width)) - 1)


def _legend(figure: Figure, table: pd.DataFrame, width: float) -> None:
    from matplotlib.lines import Line2D

    entries = _entries(table)
    handles = [Line2D([], [], **look) for _, look in entries]
    figure.legend(handles, [words for words, _ in entries], loc="upper left", bbox_to_anchor=(0.0, 1.0),
                  ncols=_legend_columns(table, width), fontsize=SMALL, handlelength=1.6, columnspacing=1.4,
                  borderaxespad=0.1)  # fmt: skip
