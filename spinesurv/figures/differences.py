"""Paired differences of every system to the reference, horizons side by side, with prediction intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spinesurv.figures.checks import require_columns, require_one
from spinesurv.figures.intervals import axis_limits, draw_span
from spinesurv.figures.style import (
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
from spinesurv.figures.wording import horizon_words, metric_wording, sentence_case

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = (
    "site", "model", "reference", "metric", "horizon_days", "threshold", "value", "low", "high", "pi_low", "pi_high",
    "status",
)  # fmt: skip

_LINE, _ROOM, _TITLE, _LEGEND, _FOOT, _BETWEEN, _NAMES = 0.125, 0.075, 0.24, 0.3, 0.4, 0.16, 1.75  # inches
_BETTER, _WORSE, _OPEN = colour(0), colour(1), QUIET


def plot_differences(
    table: pd.DataFrame, figure: Figure | None = None, *, labels: Mapping[str, str] | None = None
) -> Figure:
    """Systems in rows, horizons in columns; one measure, one reference, one site.

    Parameters
    ----------
    table : rows of tables/performance.csv with a reference: site (one, usually `pooled`), model, reference, metric,
        horizon_days, threshold, value (model minus reference), low, high, pi_low, pi_high, status
    figure : empty figure to draw on; None = a new one of the right size
    labels : model -> short name

    Returns
    -------
    Figure
    """
    from matplotlib.transforms import blended_transform_factory

    require_columns(table, COLUMNS, "differences")
    for column in ("site", "metric", "reference", "threshold"):
        require_one(table, column, "differences")
    words = labels or {}
    metric, reference = str(table["metric"].iloc[0]), str(table["reference"].iloc[0])
    models = list(dict.fromkeys(table["model"]))
    horizons = sorted(table["horizon_days"].unique())
    higher_is = _higher_is(metric)
    limits = axis_limits(table, 0.0)
    with style():
        names = {m: wrapped(words.get(m, str(m)), _NAMES - 0.1, TEXT) for m in models}
        left = max(text_inches(n) for n in names.values()) + 0.24
        each = min((PAGE_INCHES - left - 0.05) / len(horizons), 3.2)
        legend = _legend_rows(table, higher_is)
        width = max(left + each * len(horizons) + 0.05, 5.4)
        inner = sum(_LINE * (n.count("\n") + 1) + _ROOM for n in names.values()) + _ROOM
        height = _LEGEND + _TITLE + inner + _FOOT
        whole = new_figure(width, height) if figure is None else figure
        for k, day in enumerate(horizons):
            box = (
                (left + k * each) / width,
                _FOOT / height,
                (each - _BETWEEN) / width,
                inner / height,
            )
            axes = whole.add_axes(box)
            rows = (
                table[table["horizon_days"].isna()] if pd.isna(day) else table[table["horizon_days"] == day]
            )
            _panel(axes, rows, names, inner, limits, higher_is)
            axes.set_title(sentence_case(horizon_words(day)), fontsize=TEXT + 0.5, pad=4)
            if k == 0:
                beside = blended_transform_factory(inches_from(axes), axes.transData)
                for m, y in _depths(names).items():
                    axes.text(-0.08, y, names[m], transform=beside, ha="right", va="center", linespacing=1.0)
        told = metric_wording(metric)
        where = _at(table["threshold"].iloc[0])
        whole.text((left + (each * len(horizons) - _BETWEEN) / 2) / width, 0.03 / height,
                   f"{told.label}{where}, difference from {words.get(reference, reference)}",
                   ha="center", va="bottom")  # fmt: skip
        _draw_legend(whole, legend)
    return whole


def _at(threshold: Any) -> str:
    return "" if pd.isna(threshold) else f" at {100 * float(threshold):g} %"


def _higher_is(metric: str) -> str:
    from spinesurv.metrics import METRICS

    return METRICS[metric].higher_is if metric in METRICS else ""


def _depths(names: Mapping[str, str]) -> dict[str, float]:
    """Model -> inches of the middle of its row from the top of a panel."""
    out, depth = {}, _ROOM
    for model, name in names.items():
        tall = _LINE * (name.count("\n") + 1)
        out[model] = depth + tall / 2
        depth += tall + _ROOM
    return out


def _verdict(low: float, high: float, higher_is: str) -> str:
    """Colour of a difference: better, worse, or not told apart from none."""
    if not np.isfinite(low + high) or low <= 0 <= high or higher_is not in ("better", "worse"):
        return _OPEN
    return _BETTER if (low > 0) == (higher_is == "better") else _WORSE


def _panel(
    axes: Axes,
    rows: pd.DataFrame,
    names: Mapping[str, str],
    inner: float,
    limits: tuple[float, float],
    higher_is: str,
) -> None:
    from matplotlib.patches import Polygon
    from matplotlib.ticker import MaxNLocator

    axes.set_xlim(*limits)
    axes.set_ylim(inner, 0)
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    axes.tick_params(axis="x", labelsize=SMALL)
    axes.axvline(0, color=QUIET, linewidth=0.6, linestyle=(0, (3, 2)), zorder=0)
    depths = _depths(names)
    for row in rows.to_dict("records"):
        y = depths[row["model"]]
        value, low, high = (float(row[k]) for k in ("value", "low", "high"))
        if row["status"] == "gap" or not np.isfinite(value):
            axes.text(
                0.5, y, "no estimate", transform=axes.get_yaxis_transform(), ha="center", va="center",
                fontsize=SMALL, color=QUIET, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
            )  # fmt: skip
            continue
        draw_span(axes, y, float(row["pi_low"]), float(row["pi_high"]), limits, color=INK, linewidth=0.6)
        paint = _verdict(low, high, higher_is)
        ends = (max(low, limits[0]), min(high, limits[1])) if np.isfinite(low + high) else (value, value)
        tips = [(ends[0], y), (value, y - 0.05), (ends[1], y), (value, y + 0.05)]
        face = "white" if paint == _OPEN else paint
        axes.add_patch(Polygon(tips, closed=True, facecolor=face, edgecolor=paint, linewidth=0.8, zorder=3))


def _legend_rows(table: pd.DataFrame, higher_is: str) -> list[tuple[Any, str]]:
    from matplotlib.lines import Line2D

    plain: dict[str, Any] = {"linestyle": "none", "marker": "D", "markersize": 4.5}
    ends = table[["low", "high"]].to_numpy(dtype=float)
    seen = {_verdict(low, high, higher_is) for low, high in ends if np.isfinite(low + high)}
    out: list[tuple[Any, str]] = []
    for paint, told in (
        (_BETTER, "better than the reference"),
        (_WORSE, "worse"),
        (_OPEN, "not told apart (95 % CI reaches 0)"),
    ):
        if paint in seen:
            face = "white" if paint == _OPEN else paint
            out.append(
                (Line2D([], [], color=paint, markerfacecolor=face, markeredgewidth=0.8, **plain), told)
            )
    if table[["pi_low", "pi_high"]].notna().any(axis=None):
        out.append((Line2D([], [], color=INK, linewidth=0.6), "95 % prediction interval for a new site"))
    return out


def _draw_legend(figure: Figure, rows: list[tuple[Any, str]]) -> None:
    if rows:
        figure.legend([h for h, _ in rows], [t for _, t in rows], loc="upper left", bbox_to_anchor=(0.0, 1.0),
                      ncols=len(rows), fontsize=SMALL, handlelength=1.6, columnspacing=1.3, borderaxespad=0.1)  # fmt: skip
