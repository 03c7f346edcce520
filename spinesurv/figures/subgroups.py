"""Subgroups under each other, systems beside each other: is a system as good, and as well calibrated, in each of them?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spinesurv.core.end_point import OF_DEATH, Words
from spinesurv.figures.checks import require_columns
from spinesurv.figures.intervals import axis_limits, draw_span
from spinesurv.figures.small_cells import count_or_dash
from spinesurv.figures.style import (
    BOLD,
    FAINT,
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
from spinesurv.figures.wording import estimate_words, metric_wording

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = (
    "label", "subgroup", "declared", "model", "metric", "horizon_days", "patients", "deaths", "value", "low", "high", "status",
)  # fmt: skip

#: systems that fit beside each other
SYSTEMS_PER_PAGE = 2

_NAMES, _COUNTS = 1.95, 0.86  # inches of the two columns on the left
_LINE, _ABOVE, _BELOW = 0.155, 0.42, 0.42  # inches of a line, over the panels, under them
_INDENT = 0.1


def plot_subgroups(
    table: pd.DataFrame,
    figure: Figure | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    words: Words = OF_DEATH,
) -> Figure:
    """One measure in every subgroup, with 95 % intervals; the dotted line is the value of all patients.

    Parameters
    ----------
    table : rows of tables/subgroups.csv with one measure and one horizon, of at most `SYSTEMS_PER_PAGE` systems: label (of the
        variable), subgroup, declared (yes, no, or empty for all patients), model, metric, horizon_days, patients, deaths,
        value, low, high, status
    figure : empty figure to draw on; None = a new one of the right size
    labels : model -> short name
    words : of the end point

    Returns
    -------
    Figure
    """
    require_columns(table, COLUMNS, "subgroups")
    models = list(dict.fromkeys(table["model"]))
    with style():
        lines = _lines(table)
        depth = sum(line["tall"] for line in lines)
        width, each = PAGE_INCHES, (PAGE_INCHES - _NAMES - _COUNTS) / len(models)
        wording = metric_wording(str(table["metric"].iloc[0]))
        axis = wrapped(wording.on_axis, each - 0.12, SMALL)
        below = _BELOW + 0.11 * axis.count("\n")
        titles = [wrapped((labels or {}).get(m, str(m)), (each - 0.1) / BOLD, TEXT) for m in models]
        height = _ABOVE + 0.13 * max(t.count("\n") for t in titles) + depth * _LINE + below
        whole = new_figure(width, height) if figure is None else figure
        bottom, tall = below / height, depth * _LINE / height
        names = whole.add_axes((0.0, bottom, (_NAMES + _COUNTS) / width, tall))
        _names(names, lines, depth, words.events)
        right = BOLD * max(text_inches(estimate_words(row), SMALL) for row in table.to_dict("records")) + 0.1
        limits = axis_limits(table.assign(pi_low=np.nan, pi_high=np.nan), wording.reference)
        for k, model in enumerate(models):
            corner = (_NAMES + _COUNTS + k * each + 0.08) / width
            panel = whole.add_axes((corner, bottom, (each - right - 0.16) / width, tall))
            part = table[table["model"] == model]
            _panel(panel, part, lines, depth, limits, wording.reference)
            panel.set_xlabel(axis, fontsize=SMALL, labelpad=1.5, loc="left", multialignment="left")
            panel.text(
                0.0, (depth + 0.35) * _LINE, titles[k], transform=inches_from(panel), fontweight="bold", va="bottom", fontsize=TEXT
            )  # fmt: skip
    return whole


def _lines(table: pd.DataFrame) -> list[dict[str, Any]]:
    """What stands under each other: a heading for each variable, then its subgroups; `tall` in lines of text."""
    first = table.drop_duplicates(["label", "subgroup"])
    lines: list[dict[str, Any]] = []
    for label, part in first.groupby("label", sort=False):
        alone = len(part) == 1 and part["declared"].iloc[0] == ""
        if not alone:
            words = str(label) if part["declared"].iloc[0] == "yes" else f"{label} (exploratory)"
            text = wrapped(words, (_NAMES + _COUNTS - 0.1) / BOLD, TEXT)
            lines.append({"text": text, "heading": True, "tall": text.count("\n") + 1.35})
        for row in part.to_dict("records"):
            text = wrapped(str(row["subgroup"]), _NAMES - _INDENT - 0.05, TEXT)
            lines.append(
                {
                    "text": text[:1].upper() + text[1:],
                    "heading": False,
                    "alone": alone,
                    "key": (row["label"], row["subgroup"]),
                    "counts": f"{count_or_dash(row['patients'])} / {count_or_dash(row['deaths'])}",
                    "tall": text.count("\n") + 1.0,
                }
            )
    return lines


def _names(axes: Axes, lines: list[dict[str, Any]], depth: float, events: str) -> None:
    axes.set_axis_off()
    at = inches_from(axes)
    top = depth * _LINE
    axes.text(_NAMES + _COUNTS - 0.08, top + 0.35 * _LINE, f"Patients / {events}", transform=at, ha="right", va="bottom",
              fontsize=SMALL, color=QUIET)  # fmt: skip
    for line in lines:
        middle = top - line["tall"] * _LINE / 2
        bold = line["heading"] or line["alone"]
        axes.text(
            0.02 if bold else 0.02 + _INDENT,
            middle - (0.1 * _LINE if line["heading"] else 0.0),
            line["text"],
            transform=at,
            va="center",
            fontweight="bold" if bold else "normal",
            linespacing=1.0,
        )
        if not line["heading"]:
            axes.text(
                _NAMES + _COUNTS - 0.08,
                middle,
                line["counts"],
                transform=at,
                ha="right",
                va="center",
                fontsize=SMALL,
            )
        top -= line["tall"] * _LINE


def _panel(
    axes: Axes,
    part: pd.DataFrame,
    lines: list[dict[str, Any]],
    depth: float,
    limits: tuple[float, float],
    reference: float | None,
) -> None:
    from matplotlib.patches import Polygon
    from matplotlib.ticker import MaxNLocator
    from matplotlib.transforms import blended_transform_factory

    axes.set_xlim(*limits)
    axes.set_ylim(depth, 0)
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    axes.tick_params(axis="x", labelsize=SMALL)
    if reference is not None:
        axes.axvline(reference, color=FAINT, linewidth=0.8, zorder=0)
    rows = {(row["label"], row["subgroup"]): row for row in part.to_dict("records")}
    told = blended_transform_factory(inches_from(axes, side=1), axes.transData)
    depth = 0.0
    for line in lines:
        y = depth + line["tall"] / 2
        depth += line["tall"]
        row = None if line["heading"] else rows.get(line["key"])
        if row is None:
            continue
        gap = row["status"] == "gap" or not np.isfinite(row["value"])
        paint: dict[str, Any] = {
            "ha": "left",
            "va": "center",
            "fontsize": SMALL,
            "color": QUIET if gap else INK,
        }
        axes.text(
            0.06,
            y,
            estimate_words(row),
            transform=told,
            fontweight="bold" if line["alone"] else "normal",
            **paint,
        )
        if gap:
            continue
        value, low, high = (float(row[k]) for k in ("value", "low", "high"))
        if line["alone"]:
            axes.axvline(value, color=QUIET, linewidth=0.7, linestyle=(0, (1, 1.5)), zorder=0)
            ends = (max(low, limits[0]), min(high, limits[1])) if np.isfinite(low + high) else (value, value)
            tips = [(ends[0], y), (value, y - 0.3), (ends[1], y), (value, y + 0.3)]
            axes.add_patch(Polygon(tips, closed=True, facecolor=INK, edgecolor=INK, linewidth=0.4, zorder=3))
            continue
        draw_span(axes, y, low, high, limits, color=colour(0), linewidth=1.0)
        if limits[0] <= value <= limits[1]:
            axes.plot([value], [y], "s", color=colour(0), markersize=3.6, markeredgewidth=0, zorder=3)
