"""AUC over time: how well each system still tells those who die from those who live on, as the day moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spinesurv.figures.checks import require_columns, require_one
from spinesurv.figures.highlight import (
    OTHERS,
    draw_key,
    highlighted_groups,
    key_inches,
    key_rows,
    line_styles,
)
from spinesurv.figures.style import PAGE_INCHES, QUIET, SMALL, new_figure, style
from spinesurv.figures.wording import metric_wording

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = ("model", "site", "horizon_days", "auc", "low", "high")

_LEFT, _RIGHT, _HIGH, _FOOT, _NOTE = 0.5, 0.12, 1.75, 0.46, 0.16  # inches
_TICKS = (7, 14, 30, 42, 90, 180, 365, 730, 1095, 1825)
_CHANCE = 0.5


def plot_auc_over_time(
    table: pd.DataFrame,
    figure: Figure | None = None,
    *,
    reference: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> Figure:
    """Panels with a few systems in colour, the reference in black and all others in grey, on one scale.

    Parameters
    ----------
    table : one row per system and day, with model, site (one), horizon_days, auc, low, high (pointwise 95 %)
    figure : empty figure to draw on; None = a new one of the right size
    reference : system drawn in black in every panel; None = none
    labels : model -> short name

    Returns
    -------
    Figure
    """
    require_columns(table, COLUMNS, "AUC over time")
    require_one(table, "site", "AUC over time")
    models = list(dict.fromkeys(table["model"]))
    groups = highlighted_groups(models, reference)
    across = min(2, len(groups))
    limits = _limits(table)
    with style():
        width = PAGE_INCHES if across == 2 else 4.6
        each = width / across
        keys = [
            key_rows(
                [((labels or {}).get(m, m), line) for m, line in line_styles(group, reference).items()],
                each - _LEFT - _RIGHT,
                1,
            )
            for group in groups
        ]
        heads = [
            max(key_inches(key) for key in keys[k : k + across]) + 0.06 for k in range(0, len(keys), across)
        ]
        height = sum(heads) + len(heads) * (_HIGH + _FOOT) + _NOTE + 0.03
        whole = new_figure(width, height) if figure is None else figure
        top = height - 0.03
        for line, head in enumerate(heads):
            for column in range(min(across, len(groups) - line * across)):
                k = line * across + column
                left = column * each + _LEFT
                box = (
                    left / width,
                    (top - head - _HIGH) / height,
                    (each - _LEFT - _RIGHT) / width,
                    _HIGH / height,
                )
                axes = whole.add_axes(box)
                _panel(axes, table, line_styles(groups[k], reference), limits)
                draw_key(axes, keys[k], left=0, top=_HIGH + head, width=each - _LEFT - _RIGHT, columns=1)
            top -= head + _HIGH + _FOOT
        note = "Bands: pointwise 95 % intervals, each day by itself. Dashed line: chance."
        if len(groups) > 1:
            note += " Grey: the other systems."
        whole.text(0.0, 0.01, note, fontsize=SMALL, color=QUIET, ha="left", va="bottom")
    return whole


def _limits(table: pd.DataFrame) -> tuple[float, float]:
    values = table["auc"].dropna()
    if not len(values):
        return 0.4, 1.0
    low, high = float(min(values.min(), _CHANCE)), float(values.max())
    return max(0.0, low - 0.05), min(1.0, high + 0.06)


def _panel(
    axes: Axes,
    table: pd.DataFrame,
    lines: Mapping[str, dict[str, Any]],
    limits: tuple[float, float],
) -> None:
    from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

    for model, part in table.groupby("model", sort=False):
        part = part.sort_values("horizon_days")
        if model not in lines:
            axes.plot(part["horizon_days"], part["auc"], **OTHERS)
            continue
        paint = lines[str(model)]
        axes.fill_between(
            part["horizon_days"], part["low"], part["high"], color=paint["color"], alpha=0.11, linewidth=0
        )
        axes.plot(part["horizon_days"], part["auc"], **paint, marker="o", markersize=2.2, markeredgewidth=0)
    axes.axhline(_CHANCE, color=QUIET, linewidth=0.6, linestyle=(0, (3, 2)), zorder=0)
    axes.set_xscale("log")
    days = table["horizon_days"].to_numpy(dtype=float)
    first, last = float(days.min()), float(days.max())
    axes.set_xlim(first * 0.93, last * 1.07 if last > first else last * 1.5)
    ticks: list[float] = [t for t in _TICKS if first * 0.93 <= t <= last * 1.07] or [first]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.set_ylim(*limits)
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.grid(axis="y", color="#ededed", linewidth=0.5)
    axes.set_axisbelow(True)
    axes.set_xlabel("Day of judgement (days, log scale)", labelpad=2)
    axes.set_ylabel(metric_wording("auc").on_axis, labelpad=3)
    if not np.isfinite(table["auc"].to_numpy(dtype=float)).any():
        axes.text(0.5, 0.5, "no curve", transform=axes.transAxes, ha="center", va="center",
                  color=QUIET, fontsize=SMALL)  # fmt: skip
