"""Groups of several point scores: a small panel of curves for each score, its groups named beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from spinesurv.core.end_point import OF_DEATH, Words
from spinesurv.figures.checks import require_columns
from spinesurv.figures.score_groups import COLUMNS
from spinesurv.figures.small_cells import shown_count
from spinesurv.figures.style import (
    BOLD,
    INK,
    PAGE_INCHES,
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

#: scores that fit on one page; longer tables are cut with `pages`
SCORES_PER_PAGE = 8

_ACROSS = 2
_LEFT, _NAMES, _GAP = (
    0.5,
    1.35,
    0.12,
)  # inches beside a panel: its axis, names of the groups, room to the next
_HIGH, _HEAD, _FOOT, _LINE = 1.2, 0.14, 0.36, 0.112  # inches: panel, room above, axis below, a line of words


def plot_groups_of_scores(
    table: pd.DataFrame,
    figure: Figure | None = None,
    *,
    time_zero: str = "time zero",
    words: Words = OF_DEATH,
) -> Figure:
    """Survival (or incidence) of the groups of each score, best group first, with the patients in each.

    Parameters
    ----------
    table : one row per score, group and day of a grid, best group first, with the columns of `plot_score_groups`
    figure : empty figure to draw on; None = a new one of the right size
    time_zero : what day 0 is, in words
    words : of the end point, as in `plot_survival_curves`

    Returns
    -------
    Figure
    """
    require_columns(table, COLUMNS, "groups of scores")
    scores = [part for _, part in table.groupby("score", sort=False)]
    each = PAGE_INCHES / _ACROSS
    last = float(table["time_days"].max())
    with style():
        titles = [wrapped(str(part["score"].iloc[0]), (each - _GAP) / BOLD, TEXT) for part in scores]
        told = [_told(part) for part in scores]
        head = _HEAD + _LINE * max(title.count("\n") + 1 for title in titles)
        tall = max(_HIGH, max(_LINE * sum(t.count("\n") + 1 for t in names) for names in told) + 0.1)
        height = -(-len(scores) // _ACROSS) * (head + tall + _FOOT)
        whole = new_figure(PAGE_INCHES, height) if figure is None else figure
        for k, part in enumerate(scores):
            row, column = divmod(k, _ACROSS)
            bottom = height - (row + 1) * (head + tall + _FOOT) + _FOOT
            box = (
                (column * each + _LEFT) / PAGE_INCHES,
                bottom / height,
                (each - _LEFT - _NAMES - _GAP) / PAGE_INCHES,
                tall / height,
            )
            axes = whole.add_axes(box)
            _curves(axes, part, told[k], last, tall, words)
            axes.text(-_LEFT + 0.02, tall + 0.06, titles[k], transform=inches_from(axes), ha="left", va="bottom",
                      fontsize=TEXT, fontweight="bold", color=INK)  # fmt: skip
            axes.set_xlabel(f"Days since {time_zero}", fontsize=SMALL, labelpad=1)
    return whole


def _told(part: pd.DataFrame) -> list[str]:
    """Each group with its patients, broken to stand beside the panel; a number is never broken."""
    room, out = _NAMES - 0.3, []
    for group in part.drop_duplicates("group").to_dict("records"):
        name = wrapped(f"{group['group']}:", room, SMALL)
        number = f"{shown_count(group['patients'])} ({100 * group['share']:.0f} %)"
        fits = text_inches(f"{name.splitlines()[-1]} {number}", SMALL) <= room
        out.append(f"{name}{' ' if fits else chr(10)}{number}")
    return out


def _curves(axes: Axes, part: pd.DataFrame, told: list[str], last: float, tall: float, words: Words) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.ticker import MaxNLocator

    right = inches_from(axes, side=1)
    down = tall
    for k, ((_, rows), text) in enumerate(zip(part.groupby("group", sort=False), told, strict=True)):
        rows = rows.sort_values("time_days")
        share = 100 * rows["survival"] if words.of_death else 100 * (1 - rows["survival"])
        axes.step(rows["time_days"], share, where="post", color=colour(k), linestyle=dashes(k), linewidth=1.1)
        sample = Line2D([0.06, 0.24], [down - 0.06] * 2, transform=right, clip_on=False, color=colour(k),
                        linestyle=dashes(k), linewidth=1.4)  # fmt: skip
        axes.add_artist(sample)
        axes.text(0.29, down, text, transform=right, ha="left", va="top", fontsize=SMALL, linespacing=1.05)
        down -= _LINE * (text.count("\n") + 1) + 0.01
    axes.set_xlim(0, last)
    axes.set_ylim(bottom=0, top=101 if words.of_death else None)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    axes.tick_params(labelsize=SMALL)
    axes.grid(axis="y", color="#ebebeb", linewidth=0.5)
    axes.set_axisbelow(True)
    label = "Alive (%)" if words.of_death else f"{words.counted} (%)"
    axes.set_ylabel(wrapped(label, tall, SMALL), fontsize=SMALL, labelpad=2)
