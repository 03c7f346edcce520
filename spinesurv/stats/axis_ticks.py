"""Ticks of an axis read with a ruler: round values, labels that keep their distance, where a curve folds back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import BoolArray, FloatArray, floats

PRETTY = (1.0, 2.0, 5.0)
FINE, COARSE = 20, 12  # steps that an axis is rounded to, and most labels that it is planned with
PIECES = (*range(10, 1, -1), *range(11, 21))  # of a step between two labels, the most wanted first


@dataclass(frozen=True, eq=False)
class Ticks:
    """Ticks of one stretch of an axis.

    Parameters
    ----------
    values : (ticks,) rising
    points : (ticks,) where they stand
    major : (ticks,) whether a tick is labelled; the others divide the step between two labels evenly
    """

    values: FloatArray
    points: FloatArray
    major: BoolArray


def pretty_step(low: float, high: float, *, most: int = 40, whole: bool = False) -> float:
    """Smallest step of 1, 2 or 5 times a power of ten that places at most `most` ticks in [low, high]."""
    rough = (high - low) / most
    if not rough > 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(rough))
    steps = [factor * power * scale for scale in (1.0, 10.0) for factor in PRETTY]
    for step in steps:
        if len(_multiples(low, high, step)) <= most and not (whole and step < 1):
            return float(step)
    return 1.0 if whole else float(steps[-1])


def pretty_ticks(low: float, high: float, *, most: int = 40, whole: bool = False) -> FloatArray:
    """Rising multiples of a pretty step within [low, high]; `low` alone where the two are equal."""
    if not high > low:
        return floats([low])
    return _multiples(low, high, pretty_step(low, high, most=most, whole=whole))


def monotone_runs(points: ArrayLike) -> list[slice]:
    """Stretches of an axis along which the points do not turn back.

    Neighbouring stretches share the tick at which they turn, so that each can be drawn as a line of its own.
    A flat piece belongs to the stretch before it.
    """
    p = floats(points)
    runs, start, direction = [], 0, 0.0
    for k in range(1, len(p)):
        step = np.sign(p[k] - p[k - 1])
        if step and direction and step != direction:
            runs.append(slice(start, k))
            start, direction = k - 1, step
        else:
            direction = step or direction
    runs.append(slice(start, len(p)))
    return runs


def outward(low: float, high: float, *, most: int = FINE, whole: bool = False) -> tuple[float, float]:
    """The range widened to multiples of the step that places at most `most` ticks in it."""
    step = pretty_step(low, high, most=most, whole=whole)
    slack = 1e-9
    ends = np.array([np.floor(low / step + slack), np.ceil(high / step - slack)]) * step
    return float(_tidy(ends)[0]), float(_tidy(ends)[1])


def scale_ticks(
    low: float,
    high: float,
    position: Callable[[FloatArray], FloatArray],
    *,
    label_gap: float,
    tick_gap: float,
    whole: bool = False,
) -> Ticks:
    """Ticks from `low` to `high`, both labelled; round values between, as many as keep their distance.

    Labels are multiples of the finest pretty step at which at least half of them keep `label_gap`, or of the finest
    at all where none does; where the axis is crowded the less round ones go.

    Parameters
    ----------
    position : values -> points, along which the points rise or fall throughout
    label_gap, tick_gap : smallest distance of two labels, and of two ticks, in points
    whole : only whole numbers
    """
    inside = pretty_ticks(low, high, most=COARSE, whole=whole)
    for most in range(COARSE, 1, -1):
        marks = pretty_ticks(low, high, most=most, whole=whole)
        apart = np.abs(np.diff(position(marks))) >= label_gap
        if 2 * apart.sum() >= max(1, len(apart)):
            inside = marks
            break
    values = np.unique(_tidy(np.concatenate([[low, high], inside])))
    order = sorted(range(len(values)), key=lambda k: -_roundness(float(values[k])))
    kept = spaced(position(values), order, gap=label_gap, always=[0, len(values) - 1])
    return divided(values[kept], position, tick_gap=tick_gap, whole=whole)


def spaced(
    points: ArrayLike, order: Sequence[int], *, gap: float, always: Sequence[int] | None = None
) -> BoolArray:
    """Which of some ticks can be labelled: those of `always`, then in `order` each at least `gap` from all taken."""
    p = floats(points)
    kept = np.zeros(len(p), dtype=bool)
    kept[list(always or [])] = True
    for k in order:
        kept[k] |= bool(np.all(np.abs(p[kept] - p[k]) >= gap))
    return kept


def divided(
    labelled: ArrayLike,
    position: Callable[[FloatArray], FloatArray],
    *,
    tick_gap: float,
    whole: bool = False,
    steps: Sequence[float] | None = None,
) -> Ticks:
    """Labelled values and, between each two, the finest even division that is pretty and keeps `tick_gap`.

    `steps` : sizes of a piece that are allowed instead of pretty ones, such as those of months
    """
    marks = floats(labelled)
    values, major = [marks[:1]], [np.ones(min(1, len(marks)), dtype=bool)]
    for low, high in pairwise(marks):
        minor = _even_division(float(low), float(high), position, tick_gap, whole=whole, steps=steps)
        values += [minor, floats([high])]
        major += [np.zeros(len(minor), dtype=bool), np.ones(1, dtype=bool)]
    all_values = np.concatenate(values)
    return Ticks(all_values, position(all_values), np.concatenate(major))


def _multiples(low: float, high: float, step: float) -> FloatArray:
    slack = 1e-9
    first, last = np.ceil(low / step - slack), np.floor(high / step + slack)
    ticks = np.arange(first, last + 1) * step
    return floats(np.round(ticks, 12 - int(np.floor(np.log10(max(abs(low), abs(high), step))))) + 0.0)


def _even_division(
    low: float,
    high: float,
    position: Callable[[FloatArray], FloatArray],
    tick_gap: float,
    *,
    whole: bool,
    steps: Sequence[float] | None,
) -> FloatArray:
    for pieces in PIECES:
        size = (high - low) / pieces
        fits = _is_pretty(size) if steps is None else bool(np.isclose(size, steps, rtol=1e-9).any())
        if not fits or (whole and size < 1 - 1e-9):
            continue
        ticks = _tidy(np.linspace(low, high, pieces + 1))
        if np.abs(np.diff(position(ticks))).min() >= tick_gap:
            return ticks[1:-1]
    return floats([])


def _is_pretty(size: float) -> bool:
    return bool(np.isclose(size / 10.0 ** np.floor(np.log10(size) + 1e-9), PRETTY, rtol=1e-9).any())


def _roundness(value: float) -> int:
    """How coarse a pretty step still meets the value: 0 is the roundest, then 100, 50, 20, 10, 5, ..."""
    exponents = range(9, -10, -1)
    steps = [factor * 10.0**e for e in exponents for factor in PRETTY[::-1]]
    return next(
        (-k for k, step in enumerate(steps) if abs(value / step - round(value / step)) < 1e-9), -len(steps)
    )


def _tidy(values: FloatArray) -> FloatArray:
    """Without the last digits of a sum, at 12 digits of the largest value."""
    largest = float(np.abs(values).max(initial=0.0))
    if not largest:
        return values
    return floats(np.round(values, 12 - int(np.floor(np.log10(largest)))) + 0.0)  # no minus zero
