"""The nomogram: predictors as axes under a scale of points, total points over axes of survival; read with a ruler."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd

from spinesurv.figures.checks import require_columns
from spinesurv.figures.flagged_labels import CENTRED, LEFT, RIGHT, Placed, place_labels
from spinesurv.figures.style import (
    FAINT,
    INK,
    PAGE_INCHES,
    QUIET,
    SMALL,
    TEXT,
    new_figure,
    style,
    text_inches,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = ("axis", "kind", "label", "unit", "run", "tick", "points", "major", "reason")

# inches: widest title, room between title and axis and right of it, around labels, between poles; slope of poles
_TITLE, _BESIDE, _RIGHT, _GAP, _POLE, _LEAN = 1.62, 0.30, 0.30, 0.035, 0.07, 0.25
_MAJOR, _MINOR = 0.055, 0.032
_TEXT_ROW, _TITLE_ROW = 0.112, 0.118
_ABOVE, _BETWEEN, _SECTION, _FOOT = 0.075, 0.06, 0.10, 0.24

_HOW = "For each predictor read the points straight above its value. Add them up. Straight below the total stands the survival."

#: scales under which the others hang: labels above the line, guides down to the last axis that is read on them
_SCALES = ("points", "total")
_LONG = 30
_HINTED = 1.06  # letters fitted to the pixels of a screen are wider than drawn ones
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, eq=False)
class _Run:
    """One stretch of an axis: ticks, where their labels go, room for leaning poles, depth below its line."""

    ticks: pd.DataFrame
    labels: list[str]
    placed: list[Placed]
    lean: float
    depth: float


@dataclass(frozen=True, eq=False)
class _Row:
    """One axis with its title; `rise` and `depth` from the line of its first run."""

    key: str
    kind: str
    title: str
    reason: str
    runs: list[_Run]
    rise: float
    depth: float


def plot_nomogram(
    table: pd.DataFrame, figure: Figure | None = None, *, linear_predictor: bool = False
) -> Figure:
    """Draw the axes of a nomogram to be used with a ruler.

    An axis that folds back (a spline that rises and then falls) goes on in a line below. Labels without room stand
    as flags on poles. Every axis is a group of the SVG, `nomogram-axis-<axis>`; in it are
    `nomogram-line-<axis>-<run>`, and `nomogram-major-`, `nomogram-minor-`, `nomogram-label-` and
    `nomogram-pole-<axis>-<run>-<number of the tick>`.

    Parameters
    ----------
    table : one row per tick, with axis, kind (points, predictor, total, linear_predictor, survival, median), label,
        unit, run, tick (text of the label), points (item points above, total points from `total` on), major (whether
        labelled), reason (why an axis has no tick)
    figure : empty figure to draw on; None = a new one of the right size
    linear_predictor : draw the axis of the linear predictor too

    Returns
    -------
    Figure
    """
    require_columns(table, COLUMNS, "nomogram")
    shown = table if linear_predictor else table[table["kind"] != "linear_predictor"]
    with style():
        titles = {str(key): _title(part) for key, part in shown.groupby("axis", sort=False)}
        left = max(
            text_inches(t) * (1.13 if k in ("points", "total_points") else 1) for k, t in titles.items()
        )
        left += _BESIDE
        width = PAGE_INCHES - left - _RIGHT
        rows = _rows(shown, titles, width)
        height = _FOOT + sum(row.rise + row.depth for row in rows) + _BETWEEN * (len(rows) - 1) + _SECTION
        whole = new_figure(PAGE_INCHES, height) if figure is None else figure
        size = (PAGE_INCHES, height)
        top, lines = height, {}
        for row in rows:
            top -= (_SECTION if row.kind == "total" else 0.0) + row.rise
            lines[row.key] = top
            box = (left, top - row.depth, width, row.rise + row.depth)
            axes = _panel(whole, box, size, f"nomogram-axis-{row.key}", (-row.depth, row.rise))
            _draw_row(axes, row, left)
            top -= row.depth + _BETWEEN
        _guides(whole, rows, lines, (left, width), size)
        whole.text(0.0, 0.045 / height, _HOW, fontsize=SMALL, color=QUIET, ha="left", va="bottom")
    return whole


def _title(part: pd.DataFrame) -> str:
    label, unit = str(part["label"].iloc[0]), _raised(str(part["unit"].iloc[0]))
    return wrapped(f"{_short([label])[0]} ({unit})" if unit else _short([label])[0], _TITLE, TEXT)


def _raised(unit: str) -> str:
    """`10^9/L` as 10⁹/L."""
    return re.sub(r"\^(\d+)", lambda found: found[1].translate(_SUPERSCRIPT), unit)


def _short(labels: Sequence[str]) -> list[str]:
    """Labels without what stands in brackets, where they are long and stay different from each other."""
    short = [t.partition(" (")[0] if len(t) > _LONG else t for t in labels]
    return [s if short.count(s) == 1 else t for s, t in zip(short, labels, strict=True)]


def _rows(table: pd.DataFrame, titles: dict[str, str], width: float) -> list[_Row]:
    rows, length = [], 1.0
    for key, part in table.groupby("axis", sort=False):
        kind = str(part["kind"].iloc[0])
        if kind in _SCALES:
            length = float(part["points"].max())
        title = titles[str(key)]
        half_title = _TITLE_ROW * (title.count("\n") + 1) / 2
        if part["points"].isna().all():
            rows.append(_Row(str(key), kind, title, str(part["reason"].iloc[0]), [], half_title, half_title))
            continue
        runs = [
            _run(run.assign(inches=run["points"] / length * width), kind, width, half_title)
            for _, run in part.groupby("run", sort=False)
        ]
        rise, depth = max(_ABOVE, half_title), sum(run.depth for run in runs)
        if kind in _SCALES:
            rise, depth = max(half_title, _MAJOR + _TEXT_ROW), half_title
        rows.append(_Row(str(key), kind, title, "", runs, rise, max(depth, half_title)))
    return rows


def _run(ticks: pd.DataFrame, kind: str, width: float, half_title: float) -> _Run:
    major = ticks[ticks["major"]].sort_values("inches", kind="stable")
    labels = [text.replace("-", "−") if kind != "predictor" else text for text in _short(list(major["tick"]))]
    wide = [_HINTED * text_inches(text, SMALL) for text in labels]
    placed = place_labels(
        list(major["inches"]),
        wide,
        low=-_BESIDE + 0.08,
        high=width + _RIGHT - 0.02,
        left=width + _RIGHT - PAGE_INCHES + 0.06,
        gap=_GAP,
        pole=_POLE,
        row=_TEXT_ROW,
    )
    leaning = max(abs(p.x - x) for p, x in zip(placed, major["inches"], strict=True))
    lean = min(max(_LEAN * leaning, 0.06), 0.2) if leaning > 0.005 else 0.0
    if any(p.side == LEFT and p.x - _GAP - w < -_BESIDE for p, w in zip(placed, wide, strict=True)):
        lean = max(lean, half_title - _MAJOR)  # flags under the title
    depth = _MAJOR + 0.03 + lean + _TEXT_ROW * (1 + max(p.row for p in placed))
    return _Run(pd.concat([ticks[~ticks["major"]], major]), labels, placed, lean, depth)


def _panel(
    figure: Figure,
    box: tuple[float, float, float, float],
    size: tuple[float, float],
    name: str,
    y: tuple[float, float],
) -> Axes:
    """Axes whose two coordinates are inches from the left end of a line and upwards from it."""
    x, bottom, width, height = box
    axes = figure.add_axes((x / size[0], bottom / size[1], width / size[0], height / size[1]))
    axes.set_gid(name)
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(*y)
    return axes


def _draw_row(axes: Axes, row: _Row, left: float) -> None:
    scale = row.kind in _SCALES
    axes.text(-left, 0, row.title, ha="left", va="center", fontsize=TEXT, fontweight="bold" if scale else "normal",
              linespacing=1.1)  # fmt: skip
    if row.reason:
        axes.text(0, 0, row.reason, ha="left", va="center", fontsize=SMALL, color=QUIET)
    y = 0.0
    for number, run in enumerate(row.runs):
        _draw_run(axes, row.key, number, run, y, up=scale)
        y -= run.depth


def _draw_run(axes: Axes, key: str, number: int, run: _Run, y: float, *, up: bool) -> None:
    sign = 1 if up else -1
    ends = run.ticks["inches"].min(), run.ticks["inches"].max()
    paint: dict[str, Any] = {"color": INK, "clip_on": False, "solid_capstyle": "butt"}
    name = f"{key}-{number}"
    axes.plot(ends, [y, y], linewidth=0.8, gid=f"nomogram-line-{name}", zorder=3, **paint)
    count = {True: 0, False: 0}
    for tick in run.ticks.to_dict("records"):
        major = bool(tick["major"])
        x, tip = tick["inches"], y + sign * (_MAJOR if major else _MINOR)
        axes.plot([x, x], [y, tip], linewidth=0.7 if major else 0.4, zorder=3,
                  gid=f"nomogram-{'major' if major else 'minor'}-{name}-{count[major]}", **paint)  # fmt: skip
        if major:
            text, placed = run.labels[count[True]], run.placed[count[True]]
            _draw_label(axes, text, placed, (x, tip), run.lean, sign, f"nomogram-label-{name}-{count[True]}")
        count[major] += 1


def _draw_label(
    axes: Axes, text: str, placed: Placed, tip: tuple[float, float], lean: float, sign: int, name: str
) -> None:
    middle = tip[1] + sign * (0.012 + lean + _TEXT_ROW * (placed.row + 0.5))
    paint: dict[str, Any] = {
        "fontsize": SMALL, "gid": name, "va": "center_baseline", "zorder": 2,
        "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 0.3},
    }  # fmt: skip
    if placed.side == CENTRED:
        axes.text(placed.x, middle, text, ha="center", **paint)
        return
    axes.plot([tip[0], placed.x, placed.x], [tip[1], tip[1] + sign * lean, middle + sign * 0.03], color=QUIET,
              linewidth=0.4, clip_on=False, zorder=2.5, solid_joinstyle="round",
              gid=name.replace("label", "pole", 1))  # fmt: skip
    right = placed.side == RIGHT
    axes.text(placed.x + (_GAP if right else -_GAP), middle, text, ha="left" if right else "right", **paint)


def _guides(
    figure: Figure,
    rows: list[_Row],
    lines: dict[str, float],
    across: tuple[float, float],
    size: tuple[float, float],
) -> None:
    """Faint lines from the labels of each scale down to the last axis that is read on it."""
    starts = [k for k, row in enumerate(rows) if row.kind in _SCALES] + [len(rows)]
    for start, stop in pairwise(starts):
        scale, last = rows[start], rows[stop - 1]
        low = lines[last.key] - sum(run.depth for run in last.runs[:-1])
        box = (across[0], low, across[1], max(lines[scale.key] - low, 1e-6))
        axes = _panel(figure, box, size, f"nomogram-guides-{scale.key}", (0, box[3]))
        axes.set_zorder(-1)
        ticks = scale.runs[0].ticks
        for x in ticks["inches"][ticks["major"]]:
            axes.plot([x, x], [0, box[3]], color=FAINT, linewidth=0.5, clip_on=False)
