"""Decision curves: what acting on a predicted risk gains over treating nobody and over treating everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spinesurv.core.end_point import OF_DEATH, Words
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
from spinesurv.figures.wording import sentence_case

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = ("model", "site", "horizon_days", "threshold", "net_benefit", "low", "high", "treat_all")

_LEFT, _RIGHT, _HIGH, _TITLE = 0.58, 0.12, 1.33, 0.24  # inches around a panel
_TICKS, _FOOT, _NOTE, _KEY_GAP = 0.2, 0.38, 0.16, 0.03
_LEAST_TOP = 0.02  # net benefit up to which an axis reaches at least
_NONE: dict[str, Any] = {"color": QUIET, "linewidth": 0.7, "linestyle": (0, (1, 1.2)), "zorder": 2}
_ALL: dict[str, Any] = {"color": QUIET, "linewidth": 0.9, "linestyle": (0, (6, 1.5, 1, 1.5)), "zorder": 2}


def plot_decision(
    table: pd.DataFrame,
    figure: Figure | None = None,
    *,
    highlighted: Sequence[str] | None = None,
    reference: str | None = None,
    labels: Mapping[str, str] | None = None,
    words: Words = OF_DEATH,
) -> Figure:
    """One panel per horizon: net benefit over the threshold, some systems in colour, the others grey.

    Parameters
    ----------
    table : one row per system, horizon and threshold, with model, site (one), horizon_days, threshold (risk in
        [0, 1]), net_benefit, low, high (pointwise 95 %), treat_all (net benefit of treating all patients whom the
        system can judge)
    figure : empty figure to draw on; None = a new one of the right size
    highlighted : systems in colour with their band, see `highlighted_groups`; None = the first that fit
    reference : system drawn in black where it is highlighted
    labels : model -> short name
    words : of the end point

    Returns
    -------
    Figure
    """
    require_columns(table, COLUMNS, "decision")
    require_one(table, "site", "decision")
    models = list(dict.fromkeys(table["model"]))
    group = list(highlighted) if highlighted is not None else highlighted_groups(models, reference)[0]
    horizons = sorted(table["horizon_days"].unique())
    lines = line_styles(group, reference)
    across = min(2, len(horizons))
    with style():
        width = PAGE_INCHES if across == 2 else 4.6
        named = [((labels or {}).get(m, m), lines[m]) for m in group]
        named += [("treat all patients", _ALL), ("treat nobody", _NONE)]
        if len(models) > len(group):
            named.append(("other systems", {**OTHERS, "linewidth": 1.2}))
        columns = 3 if across == 2 else 2
        key = key_rows(named, width, columns)
        above = key_inches(key) + _KEY_GAP
        deep = -(-len(horizons) // across)
        note = _NOTE if _own_treat_all(table, group) else 0.0
        height = above + deep * (_TITLE + _HIGH) + (deep - 1) * _TICKS + _FOOT + note
        each = width / across
        whole = new_figure(width, height) if figure is None else figure
        for k, day in enumerate(horizons):
            top = height - above - (k // across) * (_TITLE + _HIGH + _TICKS) - _TITLE
            left = (k % across) * each + _LEFT
            box = (left / width, (top - _HIGH) / height, (each - _LEFT - _RIGHT) / width, _HIGH / height)
            axes = whole.add_axes(box)
            _panel(axes, table[table["horizon_days"] == day], lines)
            risk = f"Risk of {words.event}" if words.of_death else "Risk"
            if k + across >= len(horizons):
                axes.set_xlabel(f"{risk} at which one would act (%)", labelpad=2)
            axes.set_title(f"{sentence_case(words.event)} by day {day:g}", pad=4)
            if k == 0:
                draw_key(
                    axes, key, left=-_LEFT, top=_HIGH + _TITLE + above - 0.02, width=width, columns=columns
                )
        if note:
            words_below = (
                "Dash-dotted in a colour: treating all, where a system judges other patients than most."
            )
            whole.text(0.0, 0.01, words_below, fontsize=SMALL, color=QUIET, ha="left", va="bottom")
    return whole


def _panel(axes: Axes, rows: pd.DataFrame, lines: Mapping[str, dict[str, Any]]) -> None:
    from matplotlib.ticker import MaxNLocator

    shown = rows[rows["net_benefit"].notna()]
    everyone = _usual_treat_all(rows)
    top = 100 * max([_LEAST_TOP, everyone.max(), *shown["net_benefit"]]) * 1.06
    bottom = -0.12 * top
    for model, part in rows.groupby("model", sort=False):
        part = part.sort_values("threshold")
        at, value = part["threshold"] * 100, part["net_benefit"] * 100
        if model not in lines:
            axes.plot(at, value.clip(lower=2 * bottom), **OTHERS)
            continue
        paint = lines[str(model)]
        axes.fill_between(
            at, part["low"] * 100, part["high"] * 100, color=paint["color"], alpha=0.11, linewidth=0
        )
        axes.plot(at, value.clip(lower=2 * bottom), **paint)
        own = part.set_index("threshold")["treat_all"]
        if _differs(own, everyone):
            axes.plot(own.index * 100, own * 100, **{**_ALL, "color": paint["color"]})
    axes.plot(everyone.index * 100, everyone * 100, **_ALL)
    axes.axhline(0, **_NONE)
    last = 100 * float(shown["threshold"].max()) if len(shown) else 100.0
    axes.set_xlim(0, min(100.0, 10 * np.ceil((last + 1) / 10)))
    axes.set_ylim(bottom, top)
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.grid(color="#ededed", linewidth=0.5)
    axes.set_axisbelow(True)
    axes.set_ylabel("Net benefit\n(true positives per 100)", labelpad=3)
    if not len(shown):
        axes.text(0.5, 0.5, "no curve", transform=axes.transAxes, ha="center", va="center",
                  color=QUIET, fontsize=SMALL)  # fmt: skip


def _differs(own: pd.Series[Any], everyone: pd.Series[Any]) -> bool:
    """Whether treating all is another line for a system than for most: by a hundredth of the axis, where it is drawn.

    Below the line of treating nobody the lines part without end as the threshold rises, and say nothing.
    """
    usual = everyone.reindex(own.index)
    drawn = (own > 0) | (usual > 0)
    return bool(((own - usual).abs()[drawn] > 0.01 * max(_LEAST_TOP, usual.max())).any())


def _own_treat_all(table: pd.DataFrame, group: Sequence[str]) -> bool:
    """Whether a system in colour has a line of its own for treating all."""
    for _, rows in table.groupby("horizon_days", sort=False):
        everyone = _usual_treat_all(rows)
        for _, part in rows[rows["model"].isin(group)].groupby("model", sort=False):
            if _differs(part.sort_values("threshold").set_index("threshold")["treat_all"], everyone):
                return True
    return False


def _usual_treat_all(rows: pd.DataFrame) -> pd.Series[Any]:
    """Threshold -> net benefit of treating all, the one that holds for most systems."""
    curves = rows.pivot(index="threshold", columns="model", values="treat_all")
    return curves.median(axis=1)
