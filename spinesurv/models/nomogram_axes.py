"""Every axis of a nomogram as a table of ticks: points, predictors, total points, survival and median survival."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.models.nomogram import TOTAL, Nomogram
from spinesurv.models.nomogram_predictors import PredictorAxis
from spinesurv.stats.axis_ticks import COARSE, Ticks, divided, outward, pretty_ticks, scale_ticks, spaced
from spinesurv.stats.nomogram import linear_predictor_of
from spinesurv.units import DAYS_PER_MONTH

AXIS_COLUMNS = [
    "axis", "kind", "label", "unit", "horizon_days", "run", "value", "tick", "points", "major", "reason",
]  # fmt: skip

#: labelled survival in percent; where the axis is crowded the later ones go first
SURVIVAL_PERCENT = (50, 10, 90, 30, 70, 20, 80, 40, 60, 95, 5, 99, 1, 98, 2)

#: labelled medians in months, likewise
MEDIAN_MONTHS = (12, 6, 24, 3, 1, 60, 36, 18, 0.5, 2, 9, 48, 4, 5, 30)

#: months that a piece between two labels may have
MONTH_STEPS = (0.1, 0.5, 1, 2, 3, 6, 12)

# share of the length of an axis that labels keep from each other, on top of their digits, and that ticks keep
_LABEL_SHARE, _DIGIT_SHARE, _TICK_SHARE = 0.012, 0.012, 0.0045


def axes_table(nomogram: Nomogram, horizons_days: Sequence[float]) -> pd.DataFrame:
    """One row per tick.

    axis : `points`, a variable (of two that interact one, followed by the level of the other), `total_points`, `linear_predictor`, `survival_<day>`, `median_survival`
    kind : points, predictor, total, linear_predictor, survival or median
    run : 0, 1, ... for the stretches of an axis that folds back
    value : number at the tick; survival in percent, medians in months; missing for levels
    tick : the same as text, or the level
    points : where it stands, in item points for points and predictors, in total points for all others
    major : whether it is labelled
    reason : why an axis has no ticks; it then has this one row
    """
    rows = [
        *_own_scale("points", "points", "Points", nomogram.max_points),
        *(row for axis in nomogram.axes for row in _predictor_rows(nomogram, axis)),
        *_own_scale(TOTAL, "total", "Total points", outward(0, nomogram.largest_total, most=COARSE)[1]),
        *_linear_predictor_rows(nomogram),
        *(row for day in horizons_days for row in _survival_rows(nomogram, float(day))),
        *_median_rows(nomogram),
    ]
    table = pd.DataFrame(rows, columns=AXIS_COLUMNS)
    return table.astype({"horizon_days": float, "run": int, "value": float, "points": float, "major": bool})


def _rows(axis: str, kind: str, label: str, unit: str, ticks: Ticks, **more: Any) -> list[dict[str, Any]]:
    words = more.pop("words", None) or [f"{v:.12g}" for v in ticks.values]
    fixed = {"axis": axis, "kind": kind, "label": label, "unit": unit, "run": 0, "reason": "", **more}
    return [
        {**fixed, "value": value, "tick": word, "points": point, "major": major}
        for value, word, point, major in zip(ticks.values, words, ticks.points, ticks.major, strict=True)
    ]


def _without_ticks(
    axis: str, kind: str, label: str, unit: str, reason: str, **more: Any
) -> list[dict[str, Any]]:
    fixed = {"axis": axis, "kind": kind, "label": label, "unit": unit, "run": 0, "reason": reason, **more}
    return [{**fixed, "value": np.nan, "tick": "", "points": np.nan, "major": False}]


def _gaps(values: np.ndarray, length: float) -> dict[str, float]:
    """Distances that labels and ticks keep, in points, on an axis `length` points long."""
    digits = max((len(f"{v:.12g}".replace(".", "")) for v in values), default=1)
    return {
        "label_gap": (_LABEL_SHARE + _DIGIT_SHARE * digits) * length,
        "tick_gap": _TICK_SHARE * length,
    }


def _number_rows(
    axis: str,
    kind: str,
    label: str,
    unit: str,
    low: float,
    high: float,
    position: Callable[[np.ndarray], np.ndarray],
    length: float,
    **more: Any,
) -> list[dict[str, Any]]:
    whole = more.pop("whole", False)
    gaps = _gaps(pretty_ticks(low, high, most=10, whole=whole), length)
    ticks = scale_ticks(low, high, position, whole=whole, **gaps)
    return _rows(axis, kind, label, unit, ticks, **more)


def _own_scale(axis: str, kind: str, label: str, largest: float) -> list[dict[str, Any]]:
    return _number_rows(axis, kind, label, "", 0.0, largest, lambda points: points, largest)


def _predictor_rows(nomogram: Nomogram, axis: PredictorAxis) -> list[dict[str, Any]]:
    lowest, per_unit = nomogram.scale.lowest[axis.group], nomogram.scale.per_unit
    named = (axis.key, "predictor", axis.label, axis.unit)
    if not axis.is_number:
        nothing = np.full(len(axis.levels), np.nan)
        ticks = Ticks(nothing, (axis.parts - lowest) * per_unit, np.ones(len(axis.levels), dtype=bool))
        return _rows(*named, ticks, words=axis.levels)

    def position(values: np.ndarray) -> np.ndarray:
        return (axis.part(values) - lowest) * per_unit

    runs = zip(axis.turns[:-1], axis.turns[1:], strict=True)
    return [
        row
        for run, (low, high) in enumerate(runs)
        for row in _number_rows(*named, low, high, position, nomogram.max_points, whole=axis.whole, run=run)
    ]


def _linear_predictor_rows(nomogram: Nomogram) -> list[dict[str, Any]]:
    low, high = nomogram.linear_predictor(np.array([0.0, nomogram.largest_total]))
    marks = pretty_ticks(low, high, most=20)

    def position(values: np.ndarray) -> np.ndarray:
        return nomogram.scale.total_points(values, centre=nomogram.centre)

    return _number_rows(
        "linear_predictor", "linear_predictor", "Linear predictor", "log hazard ratio",
        marks[0], marks[-1], position, nomogram.largest_total,
    )  # fmt: skip


def _survival_rows(nomogram: Nomogram, day: float) -> list[dict[str, Any]]:
    named = (f"survival_{day:g}", "survival", f"Survival at {day:g} days", "%")
    hazard = float(nomogram.model.hazard(day, stratum=nomogram.stratum))
    if np.isnan(hazard):
        return _without_ticks(*named, f"no training patient was followed to day {day:g}", horizon_days=day)
    if hazard == 0:
        return _without_ticks(*named, f"no training patient died by day {day:g}", horizon_days=day)

    def position(percent: np.ndarray) -> np.ndarray:
        lp = linear_predictor_of(percent / 100.0, hazard)
        return nomogram.scale.total_points(lp, centre=nomogram.centre)

    return _marked_rows(nomogram, named, SURVIVAL_PERCENT, position, horizon_days=day)


def _median_rows(nomogram: Nomogram) -> list[dict[str, Any]]:
    named = ("median_survival", "median", "Median survival", "months")

    def position(months: np.ndarray) -> np.ndarray:
        hazard = nomogram.model.hazard(months * DAYS_PER_MONTH, stratum=nomogram.stratum)
        with np.errstate(divide="ignore"):  # before the first death no total has its median
            lp = linear_predictor_of(0.5, hazard)
        return nomogram.scale.total_points(lp, centre=nomogram.centre)

    return _marked_rows(nomogram, named, MEDIAN_MONTHS, position, steps=MONTH_STEPS)


def _marked_rows(
    nomogram: Nomogram,
    named: tuple[str, str, str, str],
    marks: Sequence[float],
    position: Callable[[np.ndarray], np.ndarray],
    steps: Sequence[float] | None = None,
    **more: Any,
) -> list[dict[str, Any]]:
    """Rows of an axis whose labels are chosen from a list, the most wanted first."""
    wanted = np.array(marks, dtype=float)
    points = position(wanted)
    inside = (points >= 0) & (points <= nomogram.largest_total)
    wanted, points = wanted[inside], points[inside]
    gaps = _gaps(wanted, nomogram.largest_total)
    kept = np.sort(wanted[spaced(points, range(len(points)), gap=gaps["label_gap"])])
    if len(kept) < 2:
        reason = f"fewer than two of {len(marks)} round values lie between the ends of the total points"
        return _without_ticks(*named, reason, **more)
    return _rows(*named, divided(kept, position, tick_gap=gaps["tick_gap"], steps=steps), **more)
